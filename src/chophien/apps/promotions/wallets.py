"""How coupons come into wallets: claimed, given by hand, dropped in a live room."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F, Max

from chophien.apps.promotions.models import Coupon, WalletCoupon


@dataclass(frozen=True, slots=True, kw_only=True)
class Got:
    held: WalletCoupon


@dataclass(frozen=True, slots=True, kw_only=True)
class AllGone:
    """Every coupon of the kind is claimed, or its budget is spent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HadEnough:
    """The person has got as many of this kind as one person may."""

    per_buyer_max: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NotNow:
    """The coupon cannot be claimed at this instant, or not by claiming at all."""


ClaimOutcome = Got | AllGone | HadEnough | NotNow


def claim(*, coupon_id: int, user_id: int, at: datetime) -> ClaimOutcome:
    """Take a coupon that anyone may claim; the count and each person's share hold in any race."""
    coupon = Coupon.objects.filter(id=coupon_id).first()
    if coupon is None or coupon.way != Coupon.Way.CLAIM or not is_claimable(coupon, at):
        return NotNow()
    return put_in_wallet(coupon=coupon, user_id=user_id, at=at)


def is_claimable(coupon: Coupon, at: datetime) -> bool:
    """Whether its claim window is open and its use not over."""
    return (
        (coupon.claim_starts_at is None or coupon.claim_starts_at <= at)
        and (coupon.claim_ends_at is None or coupon.claim_ends_at > at)
        and (coupon.ends_at is None or coupon.ends_at > at)
    )


def put_in_wallet(*, coupon: Coupon, user_id: int, at: datetime) -> Got | AllGone | HadEnough:
    """Give one coupon of the kind to a person, if one is left and the person may have it.

    `nth` is unique for a person and kind: of two devices that claim the same one at once, one
    is refused by the database and tries the next.
    """
    for _ in range(coupon.per_buyer_max):
        has = WalletCoupon.objects.filter(coupon=coupon, user_id=user_id).count()
        if has >= coupon.per_buyer_max:
            break
        try:
            with transaction.atomic():
                if not _count_one(coupon):
                    return AllGone()
                held = WalletCoupon.objects.create(
                    coupon=coupon, user_id=user_id, nth=has, got_at=at
                )
        except IntegrityError:
            continue
        return Got(held=held)
    return HadEnough(per_buyer_max=coupon.per_buyer_max)


def _count_one(coupon: Coupon) -> bool:
    left = Coupon.objects.filter(id=coupon.id, claimed__lt=F("count_max"))
    return bool(left.update(claimed=F("claimed") + 1))


def give(*, coupon_id: int, user_ids: Collection[int], at: datetime) -> int:
    """Give one coupon of the kind to each of these people, in order; returns how many got one."""
    coupon = Coupon.objects.get(id=coupon_id)
    return sum(
        isinstance(put_in_wallet(coupon=coupon, user_id=user_id, at=at), Got)
        for user_id in sorted(user_ids)
    )


def reserve(*, coupon_id: int, count: int) -> bool:
    """Keep coupons of a kind for prizes, as if they were claimed; `False` when too few are left."""
    left = Coupon.objects.filter(id=coupon_id, claimed__lte=F("count_max") - count)
    return bool(left.update(claimed=F("claimed") + count))


def unreserve(*, coupon_id: int, count: int) -> None:
    """Let coupons go that were kept for prizes."""
    if count:
        kept = Coupon.objects.filter(id=coupon_id, claimed__gte=count)
        assert kept.update(claimed=F("claimed") - count), "more coupons let go than were kept"


def award(*, coupon_id: int, user_id: int, at: datetime) -> WalletCoupon:
    """Give a coupon that was kept for a prize; it comes on top of what one person may claim.

    Needs a transaction. A claim of the same person at the same instant is waited for.
    """
    while True:
        had = WalletCoupon.objects.filter(coupon_id=coupon_id, user_id=user_id)
        most = had.aggregate(most=Max("nth"))["most"]
        nth = 0 if most is None else most + 1
        try:
            with transaction.atomic():
                return WalletCoupon.objects.create(
                    coupon_id=coupon_id, user_id=user_id, nth=nth, got_at=at
                )
        except IntegrityError:
            continue  # the same person claimed one meanwhile: the next number is free
