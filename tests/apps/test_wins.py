"""What can be won: kept back, given, claimed in time, passed on, given back."""

from datetime import timedelta

import pytest
from tests.drawing import (
    MINUTE,
    SECOND,
    SEED,
    TAP,
    draw_out,
    make_draw,
    make_gift_offer,
    make_people,
    make_plan,
    make_saved_address,
    tap_all,
)
from tests.factories import (
    OPENING,
    SECRET,
    make_coupon,
    make_room,
    make_sku,
    make_stall,
)

from chophien.apps.accounts.models import Notice
from chophien.apps.draws import wins
from chophien.apps.draws.models import Draw, Entrant, GiftOffer, Win
from chophien.apps.draws.prizes import (
    GivenAlready,
    NotToGive,
    Prize,
    TooFewFree,
    end_due_offers,
    end_offer,
    offer_gifts,
)
from chophien.apps.draws.selectors import find_shown_draw
from chophien.apps.draws.services import (
    NoPrize,
    call_off,
    draw,
    open_draw,
)
from chophien.apps.draws.wins import (
    Claim,
    Claimed,
    NoAddress,
    NotYours,
    OutOfTime,
    claim,
    mark_sent,
    pass_on,
    pass_on_due,
    remind,
)
from chophien.apps.inventory.models import Stock
from chophien.apps.ledger.models import Posting, SalesMinute
from chophien.apps.orders.models import Order, OrderLine, StallOrder
from chophien.apps.payments.models import Payment
from chophien.apps.promotions.models import Coupon, WalletCoupon
from chophien.domain.limits import WIN_PASSING_TIME, WIN_TIME

CLOSING = OPENING + MINUTE


@pytest.fixture
def sku(db):
    return make_sku(make_stall(), units=10)


@pytest.fixture
def room(festival, sku):
    return make_room(festival, sku)


def read_stock(sku):
    stock = Stock.objects.get(sku=sku)
    return stock.free, stock.set_aside, stock.held, stock.sold


def win_of(drawing):
    return Win.objects.select_related("entrant").get(draw=drawing, state="told")


# ---------------------------------------------------------------- coupons and goods as prizes


def test_coupons_are_kept_back_for_winners_and_never_more_than_there_are(festival, room):
    coupon = make_coupon(festival, {"off": 10_000}, way="drop", count_max=3)
    prize = Prize(text="Phiếu", coupon_id=coupon.pk)

    assert open_draw(make_plan(room, prize=prize, winners=4), seed=SEED, at=OPENING) == NoPrize()
    assert not Draw.objects.exists()
    drawing = make_draw(room, prize=prize, winners=3)
    coupon.refresh_from_db()
    assert coupon.claimed == 3
    tap_all(drawing, make_people(2))
    draw_out(drawing)

    coupon.refresh_from_db()
    assert coupon.claimed == WalletCoupon.objects.count() == 2


def test_coupon_that_is_not_for_this_room_is_no_prize(festival, room):
    claimed = make_coupon(festival, {"off": 10_000}, way="claim")
    over = make_coupon(
        festival, {"off": 10_000}, way="drop", ends_at=OPENING + SECOND, starts_at=OPENING
    )

    for coupon in (claimed, over):
        prize = Prize(text="Phiếu", coupon_id=coupon.pk)
        assert open_draw(make_plan(room, prize=prize), seed=SEED, at=OPENING) == NoPrize()


def test_winner_gets_a_coupon_on_top_of_what_one_may_claim(festival, room):
    coupon = make_coupon(festival, {"off": 10_000}, way="drop", count_max=5)
    (person,) = make_people(1)
    WalletCoupon.objects.create(coupon=coupon, user_id=person, nth=0, got_at=OPENING)
    Coupon.objects.update(claimed=1)
    drawing = make_draw(room, prize=Prize(text="Phiếu", coupon_id=coupon.pk))
    tap_all(drawing, [person])

    draw_out(drawing)

    assert sorted(WalletCoupon.objects.values_list("nth", flat=True)) == [0, 1]


def test_units_that_a_stall_gives_are_set_aside_drawn_and_sold_for_nothing(festival, room, sku):
    offer = make_gift_offer(room, sku, count=5)
    assert read_stock(sku) == (5, 5, 0, 0)
    prize = Prize(text="Hũ mật ong", offer_id=offer.pk)
    drawing = make_draw(room, prize=prize, winners=2)
    people = make_people(3)
    tap_all(drawing, people)
    draw_out(drawing)
    offer.refresh_from_db()
    assert offer.left == 3
    win = Win.objects.order_by("entrant__place").first()
    person = win.entrant.user_id
    address = make_saved_address(person)

    outcome = claim(
        Claim(win_id=win.pk, user_id=person, address_id=address.pk, secret=SECRET),
        at=CLOSING + MINUTE,
    )

    assert isinstance(outcome, Claimed)
    assert outcome.is_new
    assert read_stock(sku) == (5, 4, 0, 1)
    parcel = StallOrder.objects.get()
    assert (parcel.state, parcel.due_minor, parcel.stall) == ("paid", 0, sku.product.stall)
    line = OrderLine.objects.get()
    assert (line.price_kind, line.quantity, line.paid_minor) == ("gift", 1, 0)
    assert (parcel.order.user_id, parcel.order.street) == (person, address.street)
    assert Payment.objects.get().state == "paid"
    # Booked, and yet no sale.
    assert Posting.objects.get().source == parcel.pk
    assert not SalesMinute.objects.exists()
    assert outcome.win.order == parcel.order_id
    again = claim(
        Claim(win_id=win.pk, user_id=person, address_id=address.pk, secret=SECRET),
        at=CLOSING + MINUTE,
    )
    assert isinstance(again, Claimed)
    assert not again.is_new
    assert Order.objects.count() == 1


def test_stall_gives_no_more_than_is_free_and_only_what_the_show_shows(festival, room, sku):
    (person,) = make_people(1)
    other = make_sku(make_stall("gian-hai"))

    def offer(sku, count, at=OPENING):
        return offer_gifts(sku_id=sku.pk, show_id=room.show_id, count=count, by_id=person, at=at)

    assert offer(sku, 11) == TooFewFree()
    assert offer(other, 1) == NotToGive()
    assert offer(sku, 1, at=room.show.ends_at) == NotToGive()
    assert not isinstance(offer(sku, 1), NotToGive)
    assert offer(sku, 1) == GivenAlready()
    assert read_stock(sku) == (9, 1, 0, 0)


def test_goods_that_may_not_be_promoted_are_not_given(room, sku):
    sku.product.promotion_ban = "alcohol"
    sku.product.save()
    (person,) = make_people(1)

    outcome = offer_gifts(sku_id=sku.pk, show_id=room.show_id, count=1, by_id=person, at=OPENING)

    assert outcome == NotToGive()
    assert read_stock(sku) == (10, 0, 0, 0)


def test_ended_offer_goes_to_free_sale_also_what_comes_back_later(room, sku):
    offer = make_gift_offer(room, sku, count=5)
    drawing = make_draw(room, prize=Prize(text="Mật ong", offer_id=offer.pk), winners=2)

    assert end_offer(offer_id=offer.pk, at=OPENING)
    assert not end_offer(offer_id=offer.pk, at=OPENING)
    assert read_stock(sku) == (8, 2, 0, 0)
    call_off(draw_id=drawing.pk, why="Nhầm", at=OPENING + SECOND)

    assert read_stock(sku) == (10, 0, 0, 0)


def test_what_a_show_did_not_draw_goes_back_when_it_is_over(room, sku):
    offer = make_gift_offer(room, sku, count=5)
    over = room.show.ends_at + timedelta(hours=1)

    assert end_due_offers(at=room.show.ends_at) == 0
    assert end_due_offers(at=over) == 1
    assert end_due_offers(at=over) == 0
    assert read_stock(sku) == (10, 0, 0, 0)
    assert GiftOffer.objects.get(id=offer.pk).left == 0


# ---------------------------------------------------------------- claiming and passing on


@pytest.fixture
def won(room, sku):
    """A draw of one unit among three, drawn."""
    offer = make_gift_offer(room, sku, count=1)
    drawing = make_draw(room, prize=Prize(text="Hũ mật ong", offer_id=offer.pk))
    tap_all(drawing, make_people(3))
    return draw_out(drawing)


def claim_for(win, *, at, user_id=None, address_id=None):
    person = win.entrant.user_id
    address_id = address_id or make_saved_address(person).pk
    return claim(
        Claim(win_id=win.pk, user_id=user_id or person, address_id=address_id, secret=SECRET),
        at=at,
    )


def test_win_of_another_person_and_a_strange_address_are_refused(won):
    win = win_of(won)
    rival = Entrant.objects.exclude(id=win.entrant_id).first().user_id

    assert claim_for(win, at=CLOSING + MINUTE, user_id=rival) == NotYours()
    strange = make_saved_address(rival).pk
    assert claim_for(win, at=CLOSING + MINUTE, address_id=strange) == NoAddress()
    assert win_of(won).state == "told"
    assert not Order.objects.exists()


def test_prize_passes_along_the_drawn_order_and_back_to_the_stall_in_the_end(won, sku):
    at = won.drawn_at
    places = []
    for _ in range(3):
        places.append(win_of(won).entrant.place)
        at += WIN_TIME
        assert pass_on_due(at=at - SECOND) == 0
        assert pass_on_due(at=at) == 1

    assert places == [0, 1, 2]
    states = Win.objects.order_by("entrant__place").values_list("state", flat=True)
    assert list(states) == ["passed_on", "passed_on", "expired"]
    assert GiftOffer.objects.get().left == 1
    assert read_stock(sku) == (9, 1, 0, 0)
    assert Notice.objects.filter(kind="win_over").count() == 3


def test_claim_after_the_deadline_is_too_late_also_before_it_was_passed_on(won):
    win = win_of(won)

    assert claim_for(win, at=win.deadline_at) == OutOfTime()
    assert pass_on(win_id=win.pk, at=win.deadline_at)
    assert claim_for(win, at=win.deadline_at) == OutOfTime()
    following = win_of(won)
    assert following.entrant.place == 1
    assert isinstance(claim_for(following, at=win.deadline_at + SECOND), Claimed)
    assert not pass_on(win_id=following.pk, at=following.deadline_at)


def test_prize_does_not_pass_on_for_ever(won):
    win = win_of(won)
    Win.objects.update(deadline_at=won.drawn_at + WIN_PASSING_TIME)

    assert pass_on(win_id=win.pk, at=won.drawn_at + WIN_PASSING_TIME)

    assert Win.objects.get().state == "expired"
    assert GiftOffer.objects.get().left == 1


def test_winner_is_reminded_once_when_a_day_is_left(won):
    win = win_of(won)

    assert remind(at=win.told_at) == 0
    assert remind(at=win.deadline_at - timedelta(hours=24)) == 1
    assert remind(at=win.deadline_at - timedelta(hours=23)) == 0
    assert Notice.objects.filter(kind="win_reminder").count() == 1


def test_prize_in_words_goes_to_an_address_and_is_marked_as_sent_once(room):
    drawing = make_draw(room)
    tap_all(drawing, make_people(1))
    win = win_of(draw_out(drawing))

    assert not mark_sent(win_id=win.pk, draw_id=drawing.pk, at=CLOSING + MINUTE)
    assert isinstance(claim_for(win, at=CLOSING + MINUTE), Claimed)
    assert mark_sent(win_id=win.pk, draw_id=drawing.pk, at=CLOSING + MINUTE)
    assert not mark_sent(win_id=win.pk, draw_id=drawing.pk, at=CLOSING + MINUTE)
    assert not Order.objects.exists()


def test_notice_of_a_win_is_told_once_however_often_it_is_drawn(won, monkeypatch):
    told = []
    monkeypatch.setattr(wins, "notify_all", lambda each, at: told.extend(each))

    assert not draw(draw_id=won.pk, at=won.drawn_at + SECOND)
    assert told == []
    assert Notice.objects.filter(kind="won").count() == 1


def test_draw_in_the_room_is_shown_for_some_minutes_after(won, room):
    assert find_shown_draw(room.pk, won.drawn_at + 9 * MINUTE) == won
    assert find_shown_draw(room.pk, won.drawn_at + 11 * MINUTE) is None
    assert won.asks == TAP
