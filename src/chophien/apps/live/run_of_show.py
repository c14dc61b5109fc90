"""Changing what a show sells, before it and while it is on air."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, Max

from chophien.apps.bus.services import publish
from chophien.apps.catalog.selectors import find_sku
from chophien.apps.live.models import Room
from chophien.apps.live.services import HinderedGoodsError
from chophien.apps.programme.models import Segment, Show
from chophien.apps.vetting.selectors import list_goods_faults
from chophien.domain.limits import (
    SEGMENT_MINUTES_MAX,
    SEGMENTS_MAX,
    TALKING_POINTS_CHARS_MAX,
)
from chophien.wire.events import RunChanged, room_channel

# Places beyond every place in use: rows pass through them while they change.
_ASIDE = 10_000


class RunError(ValueError):
    """The run-of-show cannot be changed so: `full`, `there`, `goods`, `segment` or `plan`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentPlan:
    """For how long goods are meant to be talked of, and what not to forget."""

    minutes: int | None
    points: str


@transaction.atomic
def add_goods(*, show_id: int, sku_id: int, at: datetime) -> Segment:
    """Put a sku at the end of the run-of-show. Locks the show.

    Raises:
        RunError: `goods`, there is no such sku; `there`, it is in already; `full`.
        HinderedGoodsError: papers are missing, or it was taken down.
    """
    _lock(show_id)
    if find_sku(sku_id) is None:
        raise RunError("goods")
    segments = Segment.objects.filter(show_id=show_id)
    if segments.filter(sku_id=sku_id).exists():
        raise RunError("there")
    if segments.count() >= SEGMENTS_MAX:
        raise RunError("full")
    if faults := list_goods_faults([sku_id], at):
        raise HinderedGoodsError(faults)
    last = segments.aggregate(last=Max("position"))["last"]
    segment = Segment.objects.create(
        show_id=show_id, sku_id=sku_id, position=0 if last is None else last + 1
    )
    _tell(show_id)
    return segment


@transaction.atomic
def take_out_goods(*, show_id: int, sku_id: int) -> None:
    """Take a sku out of the run-of-show; what is pinned is unpinned first. Locks the show.

    Raises:
        RunError: `segment`, it is not in.
    """
    _lock(show_id)
    if not Segment.objects.filter(show_id=show_id, sku_id=sku_id).delete()[0]:
        raise RunError("segment")
    Room.objects.filter(show_id=show_id, pinned_id=sku_id).update(pinned=None)
    _tell(show_id)


@transaction.atomic
def move_goods(*, show_id: int, sku_id: int, place: int) -> None:
    """Put a sku at a place, counted from 0; the others close ranks. Locks the show.

    Raises:
        RunError: `segment`, it is not in.
    """
    _lock(show_id)
    order = list(
        Segment.objects.filter(show_id=show_id)
        .order_by("position")
        .values_list("sku_id", flat=True)
    )
    if sku_id not in order:
        raise RunError("segment")
    order.remove(sku_id)
    order.insert(max(place, 0), sku_id)
    _write_order(show_id, order)
    _tell(show_id)


@transaction.atomic
def plan_segment(*, show_id: int, sku_id: int, plan: SegmentPlan) -> None:
    """Write for how long, and what to say.

    Raises:
        RunError: `plan`, too long; `segment`, it is not in.
    """
    minutes, points = plan.minutes, plan.points.strip()
    if len(points) > TALKING_POINTS_CHARS_MAX:
        raise RunError("plan")
    if minutes is not None and not 1 <= minutes <= SEGMENT_MINUTES_MAX:
        raise RunError("plan")
    found = Segment.objects.filter(show_id=show_id, sku_id=sku_id)
    if not found.update(planned_minutes=minutes, talking_points=points):
        raise RunError("segment")


def _lock(show_id: int) -> None:
    if not Show.objects.select_for_update().filter(id=show_id).exists():
        raise RunError("segment")


def _write_order(show_id: int, order: Sequence[int]) -> None:
    Segment.objects.filter(show_id=show_id).update(position=F("position") + _ASIDE)
    places = {sku_id: place for place, sku_id in enumerate(order)}
    segments = list(Segment.objects.filter(show_id=show_id))
    for segment in segments:
        segment.position = places[segment.sku_id]
    Segment.objects.bulk_update(segments, ["position"])


def _tell(show_id: int) -> None:
    room = Room.objects.filter(show_id=show_id).first()
    if room is not None:
        publish(room_channel(room.pk), RunChanged(room_id=room.pk))
