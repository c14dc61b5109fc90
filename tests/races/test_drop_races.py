"""However many viewers reach for what falls into a room, no more is taken than falls."""

from datetime import timedelta
from functools import partial

from django.db import connection
from tests.factories import OPENING, make_coupon, make_room, make_sku, make_stall, make_user
from tests.races.conftest import race

from chophien.apps.live import drops
from chophien.apps.live.drops import Dropped, claim_drop, drop_coupon
from chophien.apps.live.models import CouponDrop, DropClaim
from chophien.apps.promotions.models import Coupon, WalletCoupon
from chophien.apps.promotions.wallets import AllGone, Got, put_in_wallet

VIEWERS = 8


def let_five_fall(festival):
    """Five of fifty coupons fall into a room; the claims of eight viewers, each made twice."""
    room = make_room(festival, make_sku(make_stall()))
    coupon = make_coupon(festival, {"off": 20_000}, way="drop", count_max=50)
    outcome = drop_coupon(
        room_id=room.id, coupon_id=coupon.id, lasts=timedelta(minutes=5), at=OPENING, count_max=5
    )
    assert isinstance(outcome, Dropped)
    viewers = [make_user(f"viewer-{number}").id for number in range(VIEWERS)]
    claims = [
        partial(claim_drop, drop_id=outcome.drop.id, user_id=viewer, at=OPENING)
        for viewer in [*viewers, *viewers]
    ]
    return outcome.drop, claims


def take_by_reading_first(drop, user_id, at):
    """The planted fault: look how many were taken, and count one's own later."""
    if CouponDrop.objects.get(id=drop.id).claimed >= drop.count_max:
        return AllGone()
    connection.cursor().execute("SELECT pg_sleep(0.05)")  # others look in the meantime
    return put_in_wallet(coupon=drop.coupon, user_id=user_id, at=at)


def test_negative_control_reading_first_takes_more_than_falls(festival, monkeypatch):
    monkeypatch.setattr(drops, "_claim", take_by_reading_first)
    _, claims = let_five_fall(festival)

    outcomes = race(claims[:VIEWERS])

    assert sum(isinstance(outcome, Got) for outcome in outcomes) > 5


def test_no_race_takes_more_than_falls_nor_twice(festival):
    falling, claims = let_five_fall(festival)

    outcomes = race(claims)

    falling.refresh_from_db()
    assert sum(isinstance(outcome, Got) for outcome in outcomes) == falling.claimed == 5
    assert sum(isinstance(outcome, AllGone) for outcome in outcomes) > 0
    assert DropClaim.objects.count() == WalletCoupon.objects.count() == 5
    assert Coupon.objects.get().claimed == 5
