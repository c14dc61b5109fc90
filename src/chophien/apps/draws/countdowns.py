"""Counting down in a room: to words, to the next product, to a coupon that falls."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from chophien.apps.bus.services import publish
from chophien.apps.draws.models import Countdown
from chophien.apps.live.drops import DROP_MAX, drop_coupon
from chophien.apps.live.models import Room
from chophien.apps.live.selectors import list_droppable
from chophien.apps.live.services import HinderedGoodsError, NotInShowError, put_on_air
from chophien.apps.programme.models import Segment
from chophien.domain.limits import CARD_TEXT_CHARS_MAX, COUNTDOWN_TIME_MAX
from chophien.wire.events import CountdownSet, room_channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What is counted down to: words, a sku to put on air, or a coupon to let fall."""

    text: str = ""
    sku_id: int | None = None
    coupon_id: int | None = None
    drop_lasts: timedelta = timedelta(minutes=3)
    count_max: int | None = None

    def __post_init__(self) -> None:
        """Refuse a goal that is none or two.

        Raises:
            ValueError: with what is wrong.
        """
        if self.sku_id is not None and self.coupon_id is not None:
            raise ValueError("goal: one of them")
        if self.sku_id is None and self.coupon_id is None and not self.text.strip():
            raise ValueError("goal: nothing is counted down to")
        if len(self.text) > CARD_TEXT_CHARS_MAX:
            raise ValueError("goal: the words are too long for their card")
        if not timedelta() < self.drop_lasts <= DROP_MAX:
            raise ValueError("goal: a coupon falls for up to an hour")

    @property
    def kind(self) -> Countdown.Kind:
        if self.sku_id is not None:
            return Countdown.Kind.PIN
        return Countdown.Kind.WORDS if self.coupon_id is None else Countdown.Kind.DROP


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    countdown: Countdown


@dataclass(frozen=True, slots=True, kw_only=True)
class NotPossible:
    """The show is over by then, or the product or coupon is not one of this room."""


@transaction.atomic
def set_countdown(
    *, room_id: int, goal: Goal, ends_at: datetime, by_id: int | None, at: datetime
) -> Counting | NotPossible:
    """Count down to `ends_at`, instead of what was counted down to before.

    Locks the room's row, so that one is under way at a time.
    """
    room = Room.objects.select_for_update(of=("self",), no_key=True).select_related("show")
    found = room.get(id=room_id)
    if not at < ends_at <= min(at + COUNTDOWN_TIME_MAX, found.show.ends_at):
        return NotPossible()
    if not _is_reachable(found, goal, ends_at):
        return NotPossible()
    Countdown.objects.filter(room_id=room_id, done_at=None).update(done_at=at)
    countdown = Countdown.objects.create(
        room_id=room_id,
        kind=goal.kind,
        text=goal.text.strip(),
        sku_id=goal.sku_id,
        coupon_id=goal.coupon_id,
        lasts_s=int(goal.drop_lasts.total_seconds()) if goal.coupon_id is not None else 0,
        count_max=goal.count_max,
        made_at=at,
        ends_at=ends_at,
        made_by_id=by_id,
    )
    _tell(countdown)
    return Counting(countdown=countdown)


def _is_reachable(room: Room, goal: Goal, ends_at: datetime) -> bool:
    if goal.sku_id is not None:
        return Segment.objects.filter(show_id=room.show_id, sku_id=goal.sku_id).exists()
    if goal.coupon_id is not None:
        return list_droppable(room, ends_at).filter(id=goal.coupon_id).exists()
    return True


@transaction.atomic
def stop_countdown(*, room_id: int, at: datetime) -> bool:
    """Count down no more; nothing happens by itself. `False` when nothing was counted down to."""
    running = Countdown.objects.select_for_update().filter(room_id=room_id, done_at=None).first()
    if running is None:
        return False
    _finish(running, at)
    return True


def run_out_due(*, at: datetime) -> int:
    """Do what is due at the end of every countdown that ran out, each once; returns how many."""
    due = Countdown.objects.filter(done_at=None, ends_at__lte=at)
    ids = list(due.order_by("ends_at").values_list("id", flat=True))
    return sum(_run_out(countdown_id, at) for countdown_id in ids)


@transaction.atomic
def _run_out(countdown_id: int, at: datetime) -> bool:
    """Put the product on air or let the coupon fall; one that went meanwhile is left out."""
    running = Countdown.objects.select_for_update(of=("self",)).filter(id=countdown_id).first()
    if running is None or running.done_at is not None or running.ends_at > at:
        return False
    _finish(running, at)
    if running.sku_id is not None:
        try:
            put_on_air(room_id=running.room_id, sku_id=running.sku_id, at=at)
        except (NotInShowError, HinderedGoodsError):
            return True  # taken out of the show, or down, meanwhile: what is pinned stays
    if running.coupon_id is not None:
        drop_coupon(
            room_id=running.room_id,
            coupon_id=running.coupon_id,
            lasts=timedelta(seconds=running.lasts_s),
            count_max=running.count_max,
            by_id=running.made_by_id,
            at=at,
        )
    return True


def _finish(countdown: Countdown, at: datetime) -> None:
    countdown.done_at = at
    countdown.save(update_fields=["done_at"])
    _tell(countdown)


def _tell(countdown: Countdown) -> None:
    is_over = countdown.done_at is not None
    event = CountdownSet(
        room_id=countdown.room_id,
        countdown_id=countdown.pk,
        kind=countdown.kind,
        ends_at=None if is_over else countdown.ends_at,
    )
    publish(room_channel(countdown.room_id), event)
