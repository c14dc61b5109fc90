"""Coupons that fall into a live room: whoever is quick takes one, nobody takes two."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from chophien.apps.bus.services import publish
from chophien.apps.live.models import CouponDrop, DropClaim, Room
from chophien.apps.live.selectors import count_left, list_droppable
from chophien.apps.promotions.wallets import (
    AllGone,
    ClaimOutcome,
    Got,
    HadEnough,
    NotNow,
    is_claimable,
    put_in_wallet,
)
from chophien.wire.events import CouponDropped, DropCounted, room_channel

DROP_MAX = timedelta(hours=1)
# Claims of the last look and of one that came late.
TAKEN_LATELY = timedelta(seconds=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    drop: CouponDrop


@dataclass(frozen=True, slots=True, kw_only=True)
class NotOnAir:
    """Nobody watches: the show has not begun or is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotForThisRoom:
    """The coupon is not one to drop, is over or all gone, or its stall is not in the show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderWay:
    """The same coupon is falling in this room; it can be dropped again at `ends_at`."""

    ends_at: datetime


DropOutcome = Dropped | NotOnAir | NotForThisRoom | UnderWay


@transaction.atomic
def drop_coupon(
    *,
    room_id: int,
    coupon_id: int,
    lasts: timedelta,
    at: datetime,
    count_max: int | None = None,
    by_id: int | None = None,
) -> DropOutcome:
    """Let a room's viewers take a coupon for a while, at most until show or coupon end.

    Locks the room's row, so that pressing twice drops once.

    Raises:
        ValueError: a drop of no time, of more than `DROP_MAX`, or of nothing.
    """
    if not timedelta() < lasts <= DROP_MAX or (count_max is not None and count_max < 1):
        raise ValueError(f"a drop lasts up to {DROP_MAX} and gives at least one coupon")
    room = Room.objects.select_for_update(of=("self",)).select_related("show").get(id=room_id)
    if not room.show.starts_at <= at < room.show.ends_at:
        return NotOnAir()
    coupon = list_droppable(room, at).filter(id=coupon_id).first()
    if coupon is None:
        return NotForThisRoom()
    falling = room.drops.filter(coupon=coupon, ends_at__gt=at).first()
    if falling is not None:
        return UnderWay(ends_at=falling.ends_at)
    ends = [at + lasts, room.show.ends_at, coupon.ends_at, coupon.claim_ends_at]
    drop = CouponDrop.objects.create(
        room=room, coupon=coupon, dropped_at=at, count_max=count_max, dropped_by_id=by_id,
        ends_at=min(end for end in ends if end is not None),
    )  # fmt: skip
    _tell(drop)
    return Dropped(drop=drop)


@transaction.atomic
def end_drop(*, drop_id: int, at: datetime) -> bool:
    """End a drop now; what was taken stays taken. `False` when it had ended."""
    if not CouponDrop.objects.filter(id=drop_id, ends_at__gt=at).update(ends_at=at):
        return False
    _tell(CouponDrop.objects.get(id=drop_id))
    return True


def claim_drop(*, drop_id: int, user_id: int, at: datetime) -> ClaimOutcome:
    """Take the coupon of a drop that is falling now, once for each person.

    Counts of the drop and of the coupon hold in any race: both move in conditional statements,
    and a second claim of the same person is refused by the database.
    """
    drop = CouponDrop.objects.select_related("coupon", "room__show").filter(id=drop_id).first()
    if drop is None or not drop.dropped_at <= at < drop.ends_at or at >= drop.room.show.ends_at:
        return NotNow()
    if not is_claimable(drop.coupon, at):
        return NotNow()
    if drop.claims.filter(user_id=user_id).exists():
        return HadEnough(per_buyer_max=1)
    try:
        return _claim(drop, user_id, at)
    except _RefusedError as refused:
        return refused.outcome
    except IntegrityError:  # the same person from two devices: the other one was quicker
        return HadEnough(per_buyer_max=1)


class _RefusedError(Exception):
    """Undoes what was counted so far and carries the answer out of the transaction."""

    def __init__(self, outcome: AllGone | HadEnough) -> None:
        super().__init__()
        self.outcome = outcome


@transaction.atomic
def _claim(drop: CouponDrop, user_id: int, at: datetime) -> Got:
    is_left = Q(count_max__isnull=True) | Q(claimed__lt=F("count_max"))
    counted = CouponDrop.objects.filter(is_left, id=drop.id, ends_at__gt=at)
    if not counted.update(claimed=F("claimed") + 1):
        raise _RefusedError(AllGone())
    outcome = put_in_wallet(coupon=drop.coupon, user_id=user_id, at=at)
    if not isinstance(outcome, Got):
        raise _RefusedError(outcome)
    DropClaim.objects.create(drop=drop, user_id=user_id, held=outcome.held, claimed_at=at)
    return outcome


def tell_left(*, at: datetime) -> int:
    """Tell rooms how many coupons are left where some were taken lately; returns how many drops.

    Called every second, so that a rush of claims is one event a second, not one each.
    """
    since = at - TAKEN_LATELY
    lately = DropClaim.objects.filter(claimed_at__gt=since).values("drop_id")
    taken = CouponDrop.objects.filter(id__in=lately, ends_at__gt=at).select_related("coupon")
    for drop in taken:
        event = DropCounted(room_id=drop.room_id, drop_id=drop.pk, left=count_left(drop))
        publish(room_channel(drop.room_id), event)
    return len(taken)


def _tell(drop: CouponDrop) -> None:
    publish(
        room_channel(drop.room_id),
        CouponDropped(
            room_id=drop.room_id, drop_id=drop.id, coupon_id=drop.coupon_id, ends_at=drop.ends_at
        ),
    )
