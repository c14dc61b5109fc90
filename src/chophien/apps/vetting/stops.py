"""Stopping and lifting: who presses first counts, and what was pressed is never rewritten."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from chophien.apps.catalog.models import Product
from chophien.apps.catalog.services import change_state
from chophien.apps.programme.models import Host, Show
from chophien.apps.vetting.models import Lift, Stop
from chophien.domain.limits import TEXT_CHARS_MAX


@dataclass(frozen=True, slots=True, kw_only=True)
class StopOrder:
    """What the organiser stops, and why. `target_id` is of a show, a product or a host."""

    kind: str
    target_id: int
    ground: str
    reason: str
    by_id: int
    complaint_id: int | None = None
    evidence: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    stop: Stop


@dataclass(frozen=True, slots=True, kw_only=True)
class StoppedBefore:
    """Somebody else was quicker; nothing was added."""

    stop: Stop


class StopError(ValueError):
    """A stop or a lift that cannot be: `kind`, `ground`, `reason` or `target`."""


Stoppable = type[Show] | type[Product] | type[Host]
_TARGETS: dict[str, tuple[Stoppable, str]] = {
    Stop.Kind.SHOW_STOPPED: (Show, "show_id"),
    Stop.Kind.ROOM_MUTED: (Show, "show_id"),
    Stop.Kind.GOODS_TAKEN_DOWN: (Product, "product_id"),
    Stop.Kind.HOST_BARRED: (Host, "host_id"),
}


@transaction.atomic
def make_stop(order: StopOrder, *, at: datetime) -> Stopped | StoppedBefore:
    """Stop it, once: locks what is stopped. Goods are withdrawn in the same transaction.

    Raises:
        StopError: unknown kind or ground, no reason, or there is no such thing.
    """
    if order.kind not in _TARGETS:
        raise StopError("kind")
    if order.ground not in Stop.Ground.values:
        raise StopError("ground")
    reason = order.reason.strip()
    if not reason or len(reason) > TEXT_CHARS_MAX:
        raise StopError("reason")
    model, field_name = _TARGETS[order.kind]
    if not _lock(model, order.target_id):
        raise StopError("target")
    held = Stop.objects.filter(
        kind=order.kind, lift__isnull=True, **{field_name: order.target_id}
    ).first()
    if held is not None:
        return StoppedBefore(stop=held)
    stop = Stop.objects.create(
        kind=order.kind,
        ground=order.ground,
        reason=reason,
        made_by_id=order.by_id,
        made_at=at,
        complaint_id=order.complaint_id,
        evidence=_keep_state(order),
        **{field_name: order.target_id},
    )
    if order.kind == Stop.Kind.GOODS_TAKEN_DOWN:
        change_state(product_id=order.target_id, state=Product.State.WITHDRAWN)
    return Stopped(stop=stop)


@transaction.atomic
def lift_stop(*, stop_id: int, reason: str, by_id: int, at: datetime) -> Stop | None:
    """End a stop; none when it was lifted before. Goods are again what they were.

    Raises:
        StopError: no reason, or there is no such stop.
    """
    why = reason.strip()
    if not why or len(why) > TEXT_CHARS_MAX:
        raise StopError("reason")
    stop = Stop.objects.select_for_update().filter(id=stop_id).first()
    if stop is None:
        raise StopError("target")
    if Lift.objects.filter(stop=stop).exists():
        return None
    Lift.objects.create(stop=stop, reason=why, made_by_id=by_id, made_at=at)
    if stop.product_id is not None:
        was = stop.evidence.get("state", Product.State.WITHDRAWN.value)
        change_state(product_id=stop.product_id, state=was)
    return stop


def _lock(model: Stoppable, target_id: int) -> bool:
    """Whether there is such a thing; whoever else stops it waits until this is decided."""
    return model.objects.select_for_update().filter(id=target_id).exists()


def _keep_state(order: StopOrder) -> dict[str, Any]:
    """What was gathered, and for goods the state that a lift brings back."""
    if order.kind != Stop.Kind.GOODS_TAKEN_DOWN:
        return order.evidence
    state = Product.objects.values_list("state", flat=True).get(id=order.target_id)
    return {**order.evidence, "state": state}
