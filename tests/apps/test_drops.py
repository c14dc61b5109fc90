"""Coupons that fall into a live room."""

from datetime import timedelta

import pytest
from tests.factories import OPENING, make_festival, make_room, make_sku, make_stall, make_user

from chophien.apps.live import drops
from chophien.apps.live.drops import (
    Dropped,
    NotForThisRoom,
    NotOnAir,
    UnderWay,
    claim_drop,
    drop_coupon,
    end_drop,
)
from chophien.apps.live.models import CouponDrop
from chophien.apps.live.selectors import list_open_drops
from chophien.apps.programme.models import Show
from chophien.apps.promotions.models import Coupon, WalletCoupon
from chophien.apps.promotions.planning import CouponPlan, end_rule, plan_coupon
from chophien.apps.promotions.wallets import AllGone, Got, HadEnough, NotNow
from chophien.wire.events import room_channel

MINUTE = timedelta(minutes=1)


def make_coupon(festival, *, way="drop", count_max=100, stall=None, **fields) -> Coupon:
    plan = CouponPlan(
        festival_id=festival.id,
        issuer="platform" if stall is None else "seller",
        stall_id=None if stall is None else stall.id,
        way=way,
        rule={"off": 20_000, "threshold": 100_000},
        count_max=count_max,
        **fields,
    )
    coupon = plan_coupon(plan, by_id=None, at=OPENING)
    assert isinstance(coupon, Coupon)
    return coupon


@pytest.fixture
def room(festival):
    return make_room(festival, make_sku(make_stall()))


def drop(room, coupon, *, at=OPENING, lasts=5 * MINUTE, **fields) -> CouponDrop:
    outcome = drop_coupon(room_id=room.id, coupon_id=coupon.id, lasts=lasts, at=at, **fields)
    assert isinstance(outcome, Dropped), outcome
    return outcome.drop


def test_viewer_takes_a_dropped_coupon_once(festival, room):
    viewer = make_user()
    falling = drop(room, make_coupon(festival, per_buyer_max=5))

    first = claim_drop(drop_id=falling.id, user_id=viewer.id, at=OPENING + MINUTE)
    second = claim_drop(drop_id=falling.id, user_id=viewer.id, at=OPENING + MINUTE)

    assert isinstance(first, Got)
    assert second == HadEnough(per_buyer_max=1)
    falling.refresh_from_db()
    assert falling.claimed == falling.coupon.held.count() == 1


@pytest.mark.parametrize("minutes", [-1, 5, 6])
def test_drop_is_taken_in_its_window_only(festival, room, minutes):
    falling = drop(room, make_coupon(festival))

    outcome = claim_drop(drop_id=falling.id, user_id=make_user().id, at=OPENING + minutes * MINUTE)

    assert outcome == NotNow()
    assert not WalletCoupon.objects.exists()


def test_drop_ends_with_the_show_and_with_the_coupon(festival, room):
    Show.objects.filter(id=room.show_id).update(ends_at=OPENING + 3 * MINUTE)
    short = make_coupon(festival, ends_at=OPENING + 2 * MINUTE)

    assert drop(room, make_coupon(festival)).ends_at == OPENING + 3 * MINUTE
    assert drop(room, short).ends_at == OPENING + 2 * MINUTE


def test_ended_drop_gives_nothing_more(festival, room):
    falling = drop(room, make_coupon(festival))

    assert end_drop(drop_id=falling.id, at=OPENING + MINUTE)
    assert not end_drop(drop_id=falling.id, at=OPENING + 2 * MINUTE)
    outcome = claim_drop(drop_id=falling.id, user_id=make_user().id, at=OPENING + MINUTE)
    assert outcome == NotNow()


def test_coupon_that_the_organiser_ended_is_not_taken(festival, room):
    coupon = make_coupon(festival)
    falling = drop(room, coupon)
    end_rule(coupon, at=OPENING + MINUTE)

    outcome = claim_drop(drop_id=falling.id, user_id=make_user().id, at=OPENING + 2 * MINUTE)

    assert outcome == NotNow()


def test_drop_of_a_count_gives_no_more_and_the_rest_stays_with_the_coupon(festival, room):
    coupon = make_coupon(festival, count_max=10)
    falling = drop(room, coupon, count_max=2)

    outcomes = [
        claim_drop(drop_id=falling.id, user_id=make_user(f"viewer-{number}").id, at=OPENING)
        for number in range(3)
    ]

    assert [type(outcome) for outcome in outcomes] == [Got, Got, AllGone]
    coupon.refresh_from_db()
    assert coupon.claimed == 2
    assert not list_open_drops(room.id, OPENING).exists()


def test_coupon_that_is_all_gone_undoes_the_count_of_the_drop(festival, room):
    coupon = make_coupon(festival, count_max=1)
    falling = drop(room, coupon)
    claim_drop(drop_id=falling.id, user_id=make_user("an").id, at=OPENING)

    outcome = claim_drop(drop_id=falling.id, user_id=make_user("binh").id, at=OPENING)

    assert outcome == AllGone()
    falling.refresh_from_db()
    assert falling.claimed == 1


def test_only_coupons_meant_for_it_fall_in_a_room(festival, room):
    shown = room.pinned.product.stall
    elsewhere = make_festival(slug="phien-khac")

    def try_drop(coupon):
        return drop_coupon(room_id=room.id, coupon_id=coupon.id, lasts=MINUTE, at=OPENING)

    assert isinstance(try_drop(make_coupon(festival, stall=shown)), Dropped)
    refused = [
        make_coupon(festival, stall=make_stall("gian-khac")),
        make_coupon(festival, way="claim"),
        make_coupon(elsewhere),
        make_coupon(festival, ends_at=OPENING - MINUTE),
    ]
    assert {try_drop(coupon) for coupon in refused} == {NotForThisRoom()}


@pytest.mark.parametrize("shift", [timedelta(days=-1), timedelta(days=400)])
def test_nothing_falls_when_the_show_is_not_on(festival, room, shift):
    outcome = drop_coupon(
        room_id=room.id, coupon_id=make_coupon(festival).id, lasts=MINUTE, at=OPENING + shift
    )

    assert outcome == NotOnAir()


def test_pressing_twice_drops_once_and_later_again(festival, room):
    coupon = make_coupon(festival)
    first = drop(room, coupon)

    again = drop_coupon(room_id=room.id, coupon_id=coupon.id, lasts=MINUTE, at=OPENING + MINUTE)

    assert again == UnderWay(ends_at=first.ends_at)
    assert drop(room, coupon, at=first.ends_at).id != first.id


def test_room_hears_of_a_drop_and_of_its_end(festival, room, monkeypatch):
    told = []
    monkeypatch.setattr(drops, "publish", lambda channel, event: told.append((channel, event)))
    falling = drop(room, make_coupon(festival))
    end_drop(drop_id=falling.id, at=OPENING + MINUTE)

    assert [channel for channel, _ in told] == [room_channel(room.id)] * 2
    assert [event.ends_at for _, event in told] == [OPENING + 5 * MINUTE, OPENING + MINUTE]
    assert not list_open_drops(room.id, OPENING + MINUTE).exists()


@pytest.mark.parametrize("lasts", [timedelta(), timedelta(hours=2)])
def test_drop_of_no_time_or_of_hours_is_a_mistake(festival, room, lasts):
    with pytest.raises(ValueError, match="a drop lasts"):
        drop_coupon(room_id=room.id, coupon_id=make_coupon(festival).id, lasts=lasts, at=OPENING)
