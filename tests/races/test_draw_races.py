"""However many press, join, close and claim at once: one draw, one list, one winner a prize."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, transaction
from tests.drawing import (
    MINUTE,
    SECOND,
    draw_out,
    make_draw,
    make_gift_offer,
    make_number,
    make_people,
    make_plan,
    make_saved_address,
    never,
    tap_all,
)
from tests.factories import OPENING, SECRET, make_coupon, make_room, make_sku, make_stall
from tests.races.conftest import race, run_beside

from chophien.apps.draws import joining, wins
from chophien.apps.draws.joining import Joined, TooLate, join
from chophien.apps.draws.milestones import reach, set_milestones
from chophien.apps.draws.models import Draw, Entrant, GiftOffer, Milestone, Win
from chophien.apps.draws.prizes import Prize, keep_back
from chophien.apps.draws.services import NoPrize, Opened, UnderWay, draw, freeze, open_draw
from chophien.apps.draws.wins import Claim, Claimed, claim, pass_on
from chophien.apps.inventory.models import Stock
from chophien.apps.orders.models import Order, OrderLine
from chophien.apps.promotions.models import Coupon
from chophien.domain.draws import digest_entries
from chophien.domain.lucky import Measure

WORKERS = 6


@pytest.fixture
def sku(festival):
    return make_sku(make_stall(), units=10)


@pytest.fixture
def room(festival, sku):
    return make_room(festival, sku)


# ---------------------------------------------------------------- one at a time


def opens_by_reading_first(room):
    """The planted fault: look whether one is under way, and open if not."""
    return not Draw.objects.filter(room=room, drawn_at=None, called_off_at=None).exists()


def test_negative_control_reading_first_opens_two_at_a_time(room):
    with transaction.atomic():
        mine = opens_by_reading_first(room)
        theirs = run_beside(partial(opens_by_reading_first, room))

    assert (mine, theirs) == (True, True)


def test_however_many_press_one_draw_is_opened_and_one_prize_kept_back(festival, room):
    coupon = make_coupon(festival, {"off": 10_000}, way="drop", count_max=50)
    plan = make_plan(room, prize=Prize(text="Phiếu", coupon_id=coupon.pk), winners=2)

    outcomes = race(
        [partial(open_draw, plan, seed=f"{n:064x}", at=OPENING) for n in range(WORKERS)]
    )

    assert sum(isinstance(outcome, Opened) for outcome in outcomes) == 1
    assert outcomes.count(UnderWay()) == WORKERS - 1
    assert Coupon.objects.get().claimed == 2


# ---------------------------------------------------------------- prizes


def keep_back_by_reading_first(offer, count):
    """The planted fault: look how many are left, and take them later."""
    left = GiftOffer.objects.get(id=offer.pk).left
    if left < count:
        return False
    connection.cursor().execute("SELECT pg_sleep(0.05)")  # others look in the meantime
    GiftOffer.objects.filter(id=offer.pk).update(left=left - count)
    return True


def test_negative_control_reading_first_keeps_back_more_than_was_given(room, sku):
    offer = make_gift_offer(room, sku, count=3)

    kept = race([partial(keep_back_by_reading_first, offer, 2)] * WORKERS)

    assert sum(kept) * 2 > 3


def test_no_race_keeps_back_more_than_a_stall_gave(room, sku):
    offer = make_gift_offer(room, sku, count=3)
    prize = Prize(text="Mật ong", offer_id=offer.pk)

    kept = race([partial(keep_back, prize, 2)] * WORKERS)

    assert sum(kept) == 1
    assert GiftOffer.objects.get().left == 1


def test_last_units_of_an_offer_go_to_one_of_two_rooms_draws(festival, room, sku):
    """Another show cannot use the offer at all; of two draws the second has no prize."""
    offer = make_gift_offer(room, sku, count=3)
    prize = Prize(text="Mật ong", offer_id=offer.pk)
    first = open_draw(make_plan(room, prize=prize, winners=2), seed="a" * 64, at=OPENING)
    assert isinstance(first, Opened)
    draw_out(first.draw)
    GiftOffer.objects.update(left=1)

    later = OPENING + 5 * MINUTE
    assert open_draw(make_plan(room, prize=prize, winners=2), seed="b" * 64, at=later) == NoPrize()


# ---------------------------------------------------------------- joining and freezing


def test_negative_control_a_join_without_the_lock_comes_into_a_frozen_list(room, monkeypatch):
    monkeypatch.setattr(joining, "_JOIN", joining._JOIN.replace("FOR SHARE OF draw", ""))
    drawing = make_draw(room)
    (person,) = make_people(1)
    tapping = partial(
        join, draw_id=drawing.pk, user_id=person, number=make_number(person),
        is_from_device=True, at=drawing.closes_at - SECOND,
    )  # fmt: skip

    with transaction.atomic():
        assert freeze(draw_id=drawing.pk, make_number=never, at=drawing.closes_at)
        late = run_beside(tapping)

    drawing.refresh_from_db()
    assert isinstance(late, Joined)
    assert drawing.entries_digest != digest_entries(
        Entrant.objects.values_list("receipt", flat=True)
    )


def test_who_joins_while_the_list_is_frozen_is_in_it_or_is_told_no(room):
    drawing = make_draw(room)
    people = make_people(40)
    joins = [
        partial(
            join, draw_id=drawing.pk, user_id=person, number=make_number(person),
            is_from_device=True, at=drawing.closes_at - SECOND,
        )
        for person in people
    ]  # fmt: skip
    freezing = partial(freeze, draw_id=drawing.pk, make_number=never, at=drawing.closes_at)

    outcomes = race([*joins[:20], freezing, *joins[20:]])

    drawing.refresh_from_db()
    joined = [outcome for outcome in outcomes if isinstance(outcome, Joined)]
    assert len(joined) + outcomes.count(TooLate()) == 40
    assert {outcome.entrant.receipt for outcome in joined} == set(
        Entrant.objects.values_list("receipt", flat=True)
    )
    assert drawing.entries_digest == digest_entries(
        Entrant.objects.values_list("receipt", flat=True)
    )
    assert drawing.entrant_count == len(joined)


def test_however_many_workers_freeze_and_draw_one_does(festival, room):
    coupon = make_coupon(festival, {"off": 10_000}, way="drop", count_max=50)
    drawing = make_draw(room, prize=Prize(text="Phiếu", coupon_id=coupon.pk), winners=2)
    tap_all(drawing, make_people(5))
    closing = drawing.closes_at

    frozen = race([partial(freeze, draw_id=drawing.pk, make_number=never, at=closing)] * WORKERS)
    drawn = race([partial(draw, draw_id=drawing.pk, at=closing + SECOND)] * WORKERS)

    assert (sum(frozen), sum(drawn)) == (1, 1)
    assert Win.objects.count() == 2
    assert Coupon.objects.get().claimed == 2


# ---------------------------------------------------------------- claiming and passing on


@pytest.fixture
def win(room, sku):
    """One unit, won by the first of three, with the deadline here."""
    offer = make_gift_offer(room, sku, count=1)
    drawing = make_draw(room, prize=Prize(text="Hũ mật ong", offer_id=offer.pk))
    tap_all(drawing, make_people(3))
    draw_out(drawing)
    return Win.objects.select_related("entrant").get()


def claim_at(win, at):
    person = win.entrant.user_id
    asked = Claim(
        win_id=win.pk, user_id=person, address_id=make_saved_address(person).pk, secret=SECRET
    )
    return partial(claim, asked, at=at)


def settles_by_reading_first(win):
    """The planted fault: look whether nobody claimed, and settle if not."""
    return Win.objects.get(id=win.pk).state == "told"


def test_negative_control_reading_first_claims_and_passes_on_one_prize(win):
    with transaction.atomic():
        claims = settles_by_reading_first(win)
        passes = run_beside(partial(settles_by_reading_first, win))

    assert (claims, passes) == (True, True)


def test_prize_is_claimed_or_passed_on_and_its_unit_goes_once(win, sku):
    """The winner's clock is a breath behind that of the worker that passes prizes on."""
    claims = [claim_at(win, win.deadline_at - SECOND)] * 3
    passes = [partial(pass_on, win_id=win.pk, at=win.deadline_at)] * 3

    outcomes = race([*claims, *passes])

    win.refresh_from_db()
    claimed = [each for each in outcomes if isinstance(each, Claimed)]
    passed = sum(each is True for each in outcomes)
    stock = Stock.objects.get(sku=sku)
    if win.state == "claimed":
        assert (sum(each.is_new for each in claimed), passed) == (1, 0)
        assert (Order.objects.count(), Win.objects.count()) == (1, 1)
        assert (stock.set_aside, stock.sold) == (0, 1)
    else:
        assert (claimed, passed, win.state) == ([], 1, "passed_on")
        assert (Order.objects.count(), Win.objects.count()) == (0, 2)
        assert (stock.set_aside, stock.sold) == (1, 0)


def test_claim_sent_from_many_devices_makes_one_parcel(win):
    outcomes = race([claim_at(win, win.told_at + MINUTE)] * WORKERS)

    assert all(isinstance(each, Claimed) for each in outcomes)
    assert sum(each.is_new for each in outcomes) == 1
    assert Order.objects.count() == 1


def test_two_prizes_that_pass_on_at_once_go_to_two_people(room, sku):
    offer = make_gift_offer(room, sku, count=2)
    drawing = make_draw(room, prize=Prize(text="Mật ong", offer_id=offer.pk), winners=2)
    tap_all(drawing, make_people(4))
    draw_out(drawing)
    due = list(Win.objects.values_list("id", flat=True))
    at = drawing.drawn_at + timedelta(hours=49)

    passed = race([partial(pass_on, win_id=win_id, at=at) for win_id in due * 3])

    assert sum(passed) == 2
    places = Win.objects.filter(state="told").values_list("entrant__place", flat=True)
    assert sorted(places) == [2, 3]


def find_next_without_the_lock(drawing, at):
    """The planted fault: whoever is next is looked up before the draw is locked."""
    return wins._find_next(drawing, at)


def test_negative_control_two_that_look_first_pass_to_one_person(room, sku):
    drawing = make_draw(room)
    tap_all(drawing, make_people(3))
    drawing = draw_out(drawing)
    at = drawing.drawn_at + MINUTE

    with transaction.atomic():
        mine = find_next_without_the_lock(drawing, at)
        theirs = run_beside(partial(find_next_without_the_lock, drawing, at))

    assert mine == theirs


# ---------------------------------------------------------------- milestones


def celebrates_by_reading_first(milestone):
    """The planted fault: look whether it is celebrated, and celebrate if not."""
    return Milestone.objects.get(id=milestone.pk).reached_at is None


def sell(festival, room, sku, *, count):
    from tests.factories import make_order

    for _ in range(count):
        payment = make_order(festival, (sku, 1))[0]
        part = payment.stall_order
        part.state, part.paid_at = "paid", OPENING
        part.save()
        OrderLine.objects.filter(stall_order=part).update(show_id=room.show_id)


def test_negative_control_reading_first_celebrates_twice(room):
    set_milestones(show_id=room.show_id, measure=Measure.ORDERS, thresholds=[2])
    milestone = Milestone.objects.get(measure="orders")

    with transaction.atomic():
        mine = celebrates_by_reading_first(milestone)
        theirs = run_beside(partial(celebrates_by_reading_first, milestone))

    assert (mine, theirs) == (True, True)


def test_however_many_workers_count_each_threshold_is_celebrated_once(festival, room, sku):
    set_milestones(show_id=room.show_id, measure=Measure.ORDERS, thresholds=[2, 3, 9])
    sell(festival, room, sku, count=3)

    reached = race([partial(reach, room.show_id, at=OPENING + MINUTE)] * WORKERS)

    assert sum(reached) == 2
    found = Milestone.objects.filter(reached_at__isnull=False)
    assert dict(found.values_list("threshold", "counted")) == {2: 3, 3: 3}
