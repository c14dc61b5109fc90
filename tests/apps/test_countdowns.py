"""Countdowns that do what they say, and milestones that are counted and told once."""

from datetime import timedelta

import pytest
from tests.drawing import make_people
from tests.factories import OPENING, make_coupon, make_order, make_room, make_sku, make_stall

from chophien.apps.chat.models import Likes
from chophien.apps.draws import countdowns, milestones
from chophien.apps.draws.countdowns import (
    Counting,
    Goal,
    NotPossible,
    run_out_due,
    set_countdown,
    stop_countdown,
)
from chophien.apps.draws.milestones import count_show, reach_due, set_milestones
from chophien.apps.draws.models import Countdown, Milestone
from chophien.apps.draws.selectors import find_celebrated, find_countdown
from chophien.apps.live import drops
from chophien.apps.live.drops import Dropped, claim_drop, drop_coupon, tell_left
from chophien.apps.live.models import CouponDrop, Room
from chophien.apps.orders.models import OrderLine, StallOrder
from chophien.domain.limits import COUNTDOWN_TIME_MAX
from chophien.domain.lucky import MILESTONES, Measure
from chophien.wire.events import room_channel

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
END = OPENING + 5 * MINUTE


@pytest.fixture
def skus(db):
    stall = make_stall()
    return make_sku(stall, units=20), make_sku(stall, name="Cà phê")


@pytest.fixture
def room(festival, skus):
    return make_room(festival, *skus)


@pytest.fixture
def told(monkeypatch):
    events = []
    for module in (countdowns, milestones, drops):
        monkeypatch.setattr(module, "publish", lambda channel, event: events.append(event))
    return events


def count_down(room, goal, *, ends_at=END, at=OPENING):
    return set_countdown(room_id=room.pk, goal=goal, ends_at=ends_at, by_id=None, at=at)


# ---------------------------------------------------------------- countdowns


def test_words_are_counted_down_to_and_then_gone(room, told):
    outcome = count_down(room, Goal(text="Giá sốc mật ong"))

    assert isinstance(outcome, Counting)
    assert find_countdown(room.pk, END - SECOND) == outcome.countdown
    assert find_countdown(room.pk, END) is None
    assert run_out_due(at=END - SECOND) == 0
    assert run_out_due(at=END) == 1
    assert run_out_due(at=END) == 0
    assert [event.ends_at for event in told] == [END, None]


def test_next_product_is_put_on_air_when_its_countdown_runs_out(room, skus, told):
    count_down(room, Goal(sku_id=skus[1].pk))

    run_out_due(at=END)

    assert Room.objects.get().pinned == skus[1]


def test_coupon_falls_when_its_countdown_runs_out(festival, room, told):
    coupon = make_coupon(festival, {"off": 10_000}, way="drop")
    goal = Goal(coupon_id=coupon.pk, drop_lasts=2 * MINUTE, count_max=7)
    count_down(room, goal)

    run_out_due(at=END + SECOND)

    fallen = CouponDrop.objects.get()
    assert (fallen.count_max, fallen.dropped_at) == (7, END + SECOND)
    assert fallen.ends_at == END + SECOND + 2 * MINUTE


def test_product_that_left_the_show_meanwhile_is_not_put_on_air(room, skus, told):
    count_down(room, Goal(sku_id=skus[1].pk))
    room.show.segments.filter(sku=skus[1]).delete()

    assert run_out_due(at=END) == 1

    assert Room.objects.get().pinned == skus[0]


def test_one_countdown_follows_another_and_a_stopped_one_does_nothing(room, skus, told):
    count_down(room, Goal(text="Một"))
    count_down(room, Goal(sku_id=skus[1].pk), at=OPENING + SECOND)
    assert Countdown.objects.filter(done_at=None).count() == 1

    assert stop_countdown(room_id=room.pk, at=OPENING + MINUTE)
    assert not stop_countdown(room_id=room.pk, at=OPENING + MINUTE)
    assert run_out_due(at=END) == 0
    assert Room.objects.get().pinned == skus[0]


def test_what_cannot_be_counted_down_to_is_refused(festival, room):
    elsewhere = make_sku(make_stall("gian-hai"))
    plain = make_coupon(festival, {"off": 10_000}, way="claim")

    for goal in (Goal(sku_id=elsewhere.pk), Goal(coupon_id=plain.pk)):
        assert count_down(room, goal) == NotPossible()
    for end in (OPENING, OPENING + COUNTDOWN_TIME_MAX + SECOND, room.show.ends_at + SECOND):
        assert count_down(room, Goal(text="x"), ends_at=end) == NotPossible()
    assert not Countdown.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"text": " "},
        {"text": "x" * 121},
        {"sku_id": 1, "coupon_id": 1},
        {"coupon_id": 1, "drop_lasts": timedelta(hours=2)},
    ],
    ids=str,
)
def test_goal_that_cannot_be_meant_is_a_mistake(wrong):
    with pytest.raises(ValueError, match="goal:"):
        Goal(**wrong)


# ---------------------------------------------------------------- milestones


def sell(festival, room, sku, quantity=1, *, state="paid", kind="list"):
    payment = make_order(festival, (sku, quantity))[0]
    paid_at = OPENING if state == "paid" else None
    StallOrder.objects.filter(id=payment.stall_order_id).update(state=state, paid_at=paid_at)
    OrderLine.objects.filter(stall_order_id=payment.stall_order_id).update(
        show_id=room.show_id, price_kind=kind
    )


def test_show_is_counted_exactly_by_what_was_paid(festival, room, skus):
    sell(festival, room, skus[0], 2)
    sell(festival, room, skus[0], 1)
    sell(festival, room, skus[0], 1, state="placed")
    sell(festival, room, skus[0], 1, kind="gift")
    Likes.objects.create(room=room, count=17)

    counted = count_show(room.show_id)

    assert counted[Measure.ORDERS] == 2
    assert counted[Measure.SALES] == 3 * 150_000
    assert counted[Measure.LIKES] == 17


def test_show_on_air_gets_the_usual_thresholds_and_each_is_told_once(room, told):
    Likes.objects.create(room=room, count=12_000)

    assert reach_due(at=OPENING) == 2
    assert reach_due(at=OPENING + SECOND) == 0

    assert [(event.measure, event.threshold, event.counted) for event in told] == [
        ("likes", 1_000, 12_000),
        ("likes", 10_000, 12_000),
    ]
    assert Milestone.objects.count() == sum(map(len, MILESTONES.values()))
    assert find_celebrated(room.show_id, OPENING + SECOND).threshold == 10_000
    assert find_celebrated(room.show_id, OPENING + 3 * MINUTE) is None


def test_host_sets_thresholds_and_those_that_were_reached_stay(room, told):
    Likes.objects.create(room=room, count=1_000)
    reach_due(at=OPENING)

    set_milestones(show_id=room.show_id, measure=Measure.LIKES, thresholds=[1_500, 2_000, 1_500])

    kept = Milestone.objects.filter(measure="likes").values_list("threshold", flat=True)
    assert list(kept) == [1_000, 1_500, 2_000]
    assert Milestone.objects.filter(measure="orders").count() == len(MILESTONES[Measure.ORDERS])


@pytest.mark.parametrize("thresholds", [[0], list(range(1, 14))], ids=["zero", "too many"])
def test_thresholds_of_nonsense_are_a_mistake(room, thresholds):
    with pytest.raises(ValueError, match="thresholds:"):
        set_milestones(show_id=room.show_id, measure=Measure.LIKES, thresholds=thresholds)


# ---------------------------------------------------------------- how many of a drop are left


def test_room_hears_once_how_many_of_a_drop_are_left_however_many_were_taken(festival, room, told):
    coupon = make_coupon(festival, {"off": 10_000}, way="drop", count_max=50)
    outcome = drop_coupon(
        room_id=room.pk, coupon_id=coupon.pk, lasts=5 * MINUTE, at=OPENING, count_max=5
    )
    assert isinstance(outcome, Dropped)
    for person in make_people(3):
        claim_drop(drop_id=outcome.drop.pk, user_id=person, at=OPENING + SECOND)
    told.clear()

    assert tell_left(at=OPENING + 2 * SECOND) == 1
    assert [(event.room_id, event.left) for event in told] == [(room.pk, 2)]
    assert tell_left(at=OPENING + MINUTE) == 0
    assert room_channel(room.pk) == f"room:{room.pk}"
