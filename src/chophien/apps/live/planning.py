"""Planning shows with their rooms: made, changed, cancelled."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from chophien.apps.bus.services import publish
from chophien.apps.live.models import Room
from chophien.apps.live.services import HinderedGoodsError, open_room
from chophien.apps.programme.models import Host, Show
from chophien.apps.programme.services import (
    HostTakenError,
    ShowPlan,
    has_other_show,
    plan_show,
)
from chophien.apps.vetting.selectors import list_goods_faults
from chophien.domain.limits import SEGMENTS_MAX, SHOW_TIME_MAX
from chophien.wire.events import FAIR, ShowChanged


class PlanError(ValueError):
    """A show cannot be planned so: `past`, `long`, `goods`, `title` or `over`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowChange:
    """What may change of a show that is planned already; its goods change on its desk."""

    titles: tuple[str, str, str]
    pitches: tuple[str, str, str]
    starts_at: datetime
    ends_at: datetime
    producer_id: int | None


@transaction.atomic
def plan_with_room(plan: ShowPlan, *, producer_id: int | None, at: datetime) -> Room:
    """Put a show into the programme and open its room.

    Raises:
        PlanError: no title, over already, longer than `SHOW_TIME_MAX`, or too many goods.
        HinderedGoodsError: goods whose papers are missing.
        HostTakenError: the host has another show in that time.
    """
    _judge(plan.titles[0], plan.starts_at, plan.ends_at, at)
    if len(plan.sku_ids) > SEGMENTS_MAX:
        raise PlanError("goods")
    if faults := list_goods_faults(plan.sku_ids, at):
        raise HinderedGoodsError(faults)
    show = plan_show(plan)
    Show.objects.filter(id=show.pk).update(producer_id=producer_id)
    room = open_room(show_id=show.pk, pinned_sku_id=next(iter(plan.sku_ids), None))
    publish(FAIR, ShowChanged(show_id=show.pk))
    return room


@transaction.atomic
def change_show(*, show_id: int, change: ShowChange, at: datetime) -> None:
    """Change a show that is not over. Locks its host, as planning does.

    Raises:
        PlanError: as `plan_with_room`; `over`, it has ended or was cancelled.
        HostTakenError: the host has another show in that time.
    """
    _judge(change.titles[0], change.starts_at, change.ends_at, at)
    show = Show.objects.select_for_update(of=["self"]).filter(id=show_id).first()
    if show is None or show.cancelled_at is not None or show.ends_at <= at:
        raise PlanError("over")
    Host.objects.select_for_update().get(id=show.host_id)
    if has_other_show(show.host_id, change.starts_at, change.ends_at, but=show_id):
        raise HostTakenError(f"host {show.host_id} is taken")
    show.title_vi, show.title_en, show.title_zh = change.titles
    show.pitch_vi, show.pitch_en, show.pitch_zh = change.pitches
    show.starts_at, show.ends_at = change.starts_at, change.ends_at
    show.producer_id = change.producer_id
    show.save()
    publish(FAIR, ShowChanged(show_id=show_id))


@transaction.atomic
def cancel_show(*, show_id: int, at: datetime) -> bool:
    """Take a show out of the programme; its room says so, orders stay. `False`: too late."""
    is_cancelled = bool(
        Show.objects.filter(id=show_id, cancelled_at__isnull=True, ends_at__gt=at).update(
            cancelled_at=at
        )
    )
    if is_cancelled:
        publish(FAIR, ShowChanged(show_id=show_id))
    return is_cancelled


def _judge(title: str, starts_at: datetime, ends_at: datetime, at: datetime) -> None:
    if not title.strip():
        raise PlanError("title")
    if ends_at <= max(starts_at, at):
        raise PlanError("past")
    if ends_at - starts_at > SHOW_TIME_MAX:
        raise PlanError("long")
