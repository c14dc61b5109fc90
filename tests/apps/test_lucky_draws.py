"""Draws and surprise gifts: announced, joined, frozen, drawn."""

import json
import uuid
from datetime import timedelta

import pytest
from tests.drawing import (
    MINUTE,
    SECOND,
    SEED,
    STEPS,
    draw_out,
    make_draw,
    make_number,
    make_people,
    make_plan,
    never,
    see_all,
    tap_all,
)
from tests.factories import (
    OPENING,
    make_coupon,
    make_order,
    make_room,
    make_sku,
    make_stall,
)

from chophien.apps.accounts.models import Notice, User
from chophien.apps.chat.models import ChatMessage
from chophien.apps.draws import services
from chophien.apps.draws.joining import BadNumberError, TooLate, join, watch
from chophien.apps.draws.models import Draw, Entrant, SealedSeed, Watch, Win
from chophien.apps.draws.prizes import (
    Prize,
)
from chophien.apps.draws.selectors import find_shown_draw, find_standing, is_overdue
from chophien.apps.draws.services import (
    NotOnAir,
    UnderWay,
    call_off,
    count_due,
    draw,
    draw_due,
    freeze,
    freeze_due,
    open_draw,
)
from chophien.apps.live.models import Room
from chophien.apps.orders.models import Order, OrderLine, StallOrder
from chophien.apps.programme.models import Show
from chophien.apps.promotions.models import WalletCoupon
from chophien.apps.sellers.services import join_stall
from chophien.apps.vetting.models import Stop
from chophien.apps.vetting.stops import StopOrder, make_stop
from chophien.domain.draws import digest_entries
from chophien.domain.limits import GIFT_COUNT_TIME
from chophien.domain.lucky import Bought, Condition, Rule, make_receipt, mix, order, promise
from chophien.wire.events import room_channel

CLOSING = OPENING + MINUTE


@pytest.fixture
def sku(db):
    return make_sku(make_stall(), units=10)


@pytest.fixture
def room(festival, sku):
    return make_room(festival, sku)


# ---------------------------------------------------------------- announcing


def test_announced_draw_promises_seed_and_terms_and_seals_the_seed(room):
    drawing = make_draw(room, winners=2)

    terms = json.loads(drawing.terms)
    assert drawing.promise == promise(SEED, drawing.terms)
    assert terms["winners"] == 2
    assert terms["rule"] == {"is_tap": True}
    assert terms["closes_at"] == CLOSING.isoformat(timespec="microseconds")
    assert (drawing.seed, drawing.state) == ("", "open")
    assert SealedSeed.objects.get().seed == SEED


def test_one_draw_at_a_time_in_a_room_and_many_in_many(festival, room, sku):
    make_draw(room)
    host = Room.objects.get().show.host
    Show.objects.update(ends_at=OPENING + timedelta(hours=3))
    elsewhere = make_room(festival, sku, host=type(host).objects.create(slug="b", name="B"))

    assert open_draw(make_plan(room), seed="a" * 64, at=OPENING + SECOND) == UnderWay()
    assert make_draw(elsewhere, seed="b" * 64).state == "open"
    assert SealedSeed.objects.count() == 2


def test_next_draw_waits_until_the_one_before_is_drawn(room):
    first = make_draw(room)
    tap_all(first, make_people(1))
    assert open_draw(make_plan(room), seed="a" * 64, at=CLOSING + SECOND) == UnderWay()

    draw_out(first)

    assert make_draw(room, seed="a" * 64, at=CLOSING + 10 * SECOND).state == "open"


@pytest.mark.parametrize(
    "moved", [timedelta(hours=-2), timedelta(days=301)], ids=["before", "after"]
)
def test_nothing_is_drawn_off_the_air(room, moved):
    assert open_draw(make_plan(room), seed=SEED, at=OPENING + moved) == NotOnAir()
    assert not Draw.objects.exists()


def test_nothing_is_drawn_in_a_show_that_was_stopped_or_cancelled(room):
    organiser = User.objects.create(username="organiser")
    order = StopOrder(
        kind=Stop.Kind.SHOW_STOPPED, target_id=room.show_id, ground=Stop.Ground.OTHER,
        reason="Quảng cáo sai", by_id=organiser.pk,
    )  # fmt: skip
    Show.objects.update(cancelled_at=OPENING)
    assert open_draw(make_plan(room), seed=SEED, at=OPENING) == NotOnAir()
    Show.objects.update(cancelled_at=None)
    make_stop(order, at=OPENING)

    assert open_draw(make_plan(room), seed=SEED, at=OPENING) == NotOnAir()
    assert not Draw.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"winners": 0},
        {"winners": 101},
        {"lasts": SECOND},
        {"lasts": timedelta(hours=5)},
        {"prize": Prize(text="")},
        {"prize": Prize(text="x" * 121)},
        {"rule": Rule()},
        {"rule": Rule(keyword="x" * 31)},
    ],
    ids=str,
)
def test_draw_of_nonsense_is_a_mistake(room, wrong):
    with pytest.raises(ValueError):
        make_plan(room, **wrong)


def test_called_off_draw_stays_in_the_list_with_its_reason(room, festival):
    coupon = make_coupon(festival, {"off": 10_000}, way="drop", count_max=5)
    drawing = make_draw(room, prize=Prize(text="Phiếu", coupon_id=coupon.pk), winners=3)

    assert call_off(draw_id=drawing.pk, why=" Nhầm giải ", at=OPENING + SECOND)
    assert not call_off(draw_id=drawing.pk, why="again", at=OPENING + SECOND)

    drawing.refresh_from_db()
    coupon.refresh_from_db()
    assert (drawing.state, drawing.called_off_why) == ("called_off", "Nhầm giải")
    assert coupon.claimed == 0
    assert not SealedSeed.objects.exists()
    assert find_shown_draw(room.pk, OPENING + SECOND) == drawing
    assert isinstance(join_one(drawing, make_people(1)[0]), TooLate)


def test_draw_cannot_be_called_off_once_closed(room):
    drawing = make_draw(room)

    assert not call_off(draw_id=drawing.pk, why="nicht so", at=CLOSING)
    with pytest.raises(ValueError, match="a reason is published"):
        call_off(draw_id=drawing.pk, why="  ", at=OPENING)


# ---------------------------------------------------------------- joining


def join_one(drawing, person, *, at=OPENING + SECOND, number=None):
    return join(
        draw_id=drawing.pk,
        user_id=person,
        number=number or make_number(person),
        is_from_device=True,
        at=at,
    )


def test_tapping_twice_takes_part_once_under_the_receipt_of_the_own_number(room):
    drawing = make_draw(room)
    (person,) = make_people(1)

    first, again = join_one(drawing, person), join_one(drawing, person, number="ab" * 16)

    assert (first.is_new, again.is_new) == (True, False)
    assert first.entrant.receipt == make_receipt(drawing.promise, make_number(person))
    assert again.entrant == first.entrant


@pytest.mark.parametrize("at", [OPENING - SECOND, CLOSING, CLOSING + SECOND], ids=str)
def test_nobody_joins_before_the_opening_or_from_the_closing_on(room, at):
    drawing = make_draw(room)

    assert join_one(drawing, make_people(1)[0], at=at) == TooLate()
    assert not Entrant.objects.exists()


@pytest.mark.parametrize("number", ["", "0" * 32, "x" * 32, "ab" * 17])
def test_what_is_no_number_is_refused(room, number):
    drawing = make_draw(room)
    (person,) = make_people(1)

    with pytest.raises(BadNumberError):
        join(draw_id=drawing.pk, user_id=person, number=number, is_from_device=True, at=OPENING)
    with pytest.raises(BadNumberError):
        watch(show_id=room.show_id, user_id=person, number=number, at=OPENING)
    assert not Entrant.objects.exists()
    assert not Watch.objects.exists()


def test_draw_without_a_tap_is_not_joined_by_one(room):
    drawing = make_draw(room, rule=Rule(watched_s=60))

    assert join_one(drawing, make_people(1)[0]) == TooLate()


def test_rooms_hear_how_the_list_grows(room, monkeypatch):
    told = []
    drawing = make_draw(room)
    monkeypatch.setattr(services, "publish", lambda channel, event: told.append((channel, event)))

    tap_all(drawing, make_people(3))

    assert count_due(at=OPENING + SECOND) == 1
    assert count_due(at=OPENING + SECOND) == 0
    assert [(channel, event.entrants) for channel, event in told] == [(room_channel(room.pk), 3)]


# ---------------------------------------------------------------- watching


def test_watching_counts_pings_and_pauses_while_away(room):
    (person,) = make_people(1)
    number = make_number(person)

    seconds = [0, 20, 40, 400, 420]
    counted = [
        watch(show_id=room.show_id, user_id=person, number=number, at=OPENING + n * SECOND)
        for n in seconds
    ]

    assert counted == [0, 20_000, 40_000, 40_000, 60_000]


def test_two_tabs_do_not_watch_twice_as_long(room):
    (person,) = make_people(1)

    for n in range(0, 61, 10):
        watch(
            show_id=room.show_id,
            user_id=person,
            number=make_number(n),
            at=OPENING + n * SECOND,
        )

    kept = Watch.objects.get()
    assert kept.watched_ms == 60_000
    assert kept.number == make_number(0)


# ---------------------------------------------------------------- who takes part


def say(room, person, text, *, at=OPENING + SECOND, state="shown"):
    ChatMessage.objects.create(
        room=room, said_at=at, writer=f"u:{person}", name="x", kind="viewer", text=text, state=state
    )


def buy(festival, sku, person, *, show=None, at=OPENING + SECOND, kind="sale"):
    payment = make_order(festival, (sku, 1))[0]
    Order.objects.filter(id=payment.stall_order.order_id).update(user_id=person)
    StallOrder.objects.filter(id=payment.stall_order_id).update(state="paid", paid_at=at)
    OrderLine.objects.filter(stall_order_id=payment.stall_order_id).update(
        show=show, price_kind=kind
    )


def freeze_list(drawing):
    assert freeze(draw_id=drawing.pk, make_number=lambda: uuid.uuid4().hex, at=CLOSING + 3 * SECOND)
    found = Entrant.objects.filter(draw=drawing, missing="")
    return set(found.values_list("user_id", flat=True))


def test_keyword_draw_is_of_those_who_said_it_in_time_and_were_not_taken_down(room):
    people = make_people(6)
    drawing = make_draw(room, rule=Rule(keyword="may mắn"))
    say(room, people[0], "MAY MAN nhé")
    say(room, people[1], "chúc may mắn", state="removed")
    say(room, people[2], "may")
    say(room, people[3], "may mắn", at=CLOSING + SECOND)
    say(room, people[4], "may mắn", at=OPENING - SECOND)
    ChatMessage.objects.create(
        room=room, said_at=OPENING + SECOND, writer="g:device", name="x", kind="guest",
        text="may mắn", state="shown",
    )  # fmt: skip

    assert freeze_list(drawing) == {people[0]}


def test_list_that_goes_by_the_chat_waits_for_its_last_batch(room):
    drawing = make_draw(room, rule=Rule(keyword="may"))

    assert not freeze(draw_id=drawing.pk, make_number=never, at=CLOSING + SECOND)
    assert freeze(draw_id=drawing.pk, make_number=never, at=CLOSING + 2 * SECOND)


def test_watching_draw_is_of_those_who_watched_long_enough(room):
    people = make_people(3)
    see_all(room, people[:1], watched_s=600)
    see_all(room, people[1:2], watched_s=599)
    drawing = make_draw(room, rule=Rule(watched_s=600))

    assert freeze_list(drawing) == {people[0]}


def test_buyers_draw_is_of_those_who_paid_in_the_show_and_not_of_gifts(festival, room, sku):
    people = make_people(5)
    show = room.show
    buy(festival, sku, people[0], show=show)
    buy(festival, sku, people[1], show=None)
    buy(festival, sku, people[2], show=show, kind="gift")
    buy(festival, sku, people[3], show=show, at=CLOSING + SECOND)
    buy(festival, sku, None, show=show)

    assert freeze_list(make_draw(room, rule=Rule(bought=Bought.SHOW))) == {people[0]}


def test_stalls_buyers_and_members_take_part_in_the_draw_of_their_stall(festival, room, sku):
    people = make_people(4)
    stall = sku.product.stall
    buy(festival, sku, people[0], show=None)
    buy(festival, sku, people[1], show=None)
    buy(festival, make_sku(make_stall("gian-hai")), people[2])
    for person in (people[1], people[2], people[3]):
        join_stall(stall_id=stall.pk, user_id=person, at=OPENING)
    rule = Rule(bought=Bought.STALL, is_member=True, stall_id=stall.pk)

    assert freeze_list(make_draw(room, rule=rule)) == {people[1]}


def test_who_tapped_and_lacks_something_is_told_what(room):
    people = make_people(2)
    drawing = make_draw(room, rule=Rule(is_tap=True, watched_s=60))
    see_all(room, people[:1], watched_s=60)
    tap_all(drawing, people)
    before = find_standing(drawing, people[1], OPENING + SECOND)

    assert freeze_list(drawing) == {people[0]}

    drawing.refresh_from_db()
    assert before.missing == (Condition.WATCHED,)
    assert find_standing(drawing, people[0], CLOSING).missing == ()
    assert find_standing(drawing, people[1], CLOSING).missing == (Condition.WATCHED,)
    assert drawing.entrant_count == 1


def test_whoever_presents_or_made_the_draw_cannot_win_it(room):
    host, maker, viewer = make_people(3)
    room.show.host.person_id = host
    room.show.host.save()
    drawing = make_draw(room, by_id=maker)
    tap_all(drawing, [host, maker, viewer])

    assert freeze_list(drawing) == {viewer}
    assert find_standing(Draw.objects.get(), host, CLOSING).entrant.missing == "staff"


# ---------------------------------------------------------------- freezing and drawing


def test_digest_is_out_before_the_seed_and_both_make_the_result(room):
    people = make_people(20)
    drawing = make_draw(room, winners=3)
    tap_all(drawing, people)

    assert freeze(draw_id=drawing.pk, make_number=never, at=CLOSING)
    drawing.refresh_from_db()
    frozen = (drawing.entries_digest, drawing.seed, drawing.state)
    assert not draw(draw_id=drawing.pk, at=CLOSING)
    assert draw(draw_id=drawing.pk, at=CLOSING + SECOND)

    drawing.refresh_from_db()
    receipts = [make_receipt(drawing.promise, make_number(person)) for person in people]
    mixed = mix(SEED, digest_entries(receipts), steps=STEPS)
    assert frozen == (digest_entries(receipts), "", "frozen")
    assert (drawing.seed, drawing.mixed) == (SEED, mixed)
    placed = Entrant.objects.order_by("place").values_list("receipt", flat=True)
    assert list(placed) == order(mixed, receipts)
    winners = Win.objects.order_by("entrant__place").values_list("entrant__place", flat=True)
    assert list(winners) == [0, 1, 2]
    assert not SealedSeed.objects.exists()


def test_timers_freeze_and_draw_what_is_due_once(room):
    drawing = make_draw(room)
    tap_all(drawing, make_people(2))

    assert freeze_due(make_number=never, at=CLOSING - SECOND) == 0
    assert freeze_due(make_number=never, at=CLOSING) == 1
    assert freeze_due(make_number=never, at=CLOSING) == 0
    assert draw_due(at=CLOSING) == 0
    assert draw_due(at=CLOSING + SECOND) == 1
    assert draw_due(at=CLOSING + SECOND) == 0
    assert Win.objects.count() == 1


def test_draw_that_nobody_joined_is_drawn_and_gives_its_prizes_back(festival, room):
    coupon = make_coupon(festival, {"off": 10_000}, way="drop", count_max=5)
    drawing = draw_out(make_draw(room, prize=Prize(text="Phiếu", coupon_id=coupon.pk), winners=3))

    coupon.refresh_from_db()
    assert (drawing.state, drawing.entrant_count, coupon.claimed) == ("drawn", 0, 0)


def test_frozen_list_that_somebody_changed_is_not_drawn(room):
    drawing = make_draw(room)
    tap_all(drawing, make_people(2))
    freeze(draw_id=drawing.pk, make_number=never, at=CLOSING)
    Entrant.objects.create(
        draw=drawing, user_id=User.objects.create(username="friend").pk, receipt="f" * 32,
        maker="device", joined_at=OPENING,
    )  # fmt: skip

    with pytest.raises(AssertionError, match="a frozen list was changed"):
        draw(draw_id=drawing.pk, at=CLOSING + SECOND)


def test_seed_that_is_not_told_in_time_shows(room):
    drawing = make_draw(room)

    assert not is_overdue(drawing, CLOSING + MINUTE)
    assert is_overdue(drawing, CLOSING + 2 * MINUTE)


# ---------------------------------------------------------------- surprise gifts


def test_gift_is_for_who_watches_when_its_count_is_over(festival, room):
    people = make_people(5)
    coupon = make_coupon(festival, {"off": 10_000}, way="drop", count_max=2)
    see_all(room, people[:3], at=OPENING)
    see_all(room, people[3:], at=OPENING - 5 * MINUTE)
    gift = make_draw(
        room,
        lasts=None,
        rule=Rule(seen_s=45),
        prize=Prize(text="Lì xì", coupon_id=coupon.pk),
        winners=2,
    )

    drawn = draw_out(gift)

    assert gift.closes_at == OPENING + GIFT_COUNT_TIME
    assert drawn.entrant_count == 3
    winners = set(WalletCoupon.objects.values_list("user_id", flat=True))
    assert len(winners) == 2
    assert winners <= set(people[:3])
    assert set(Win.objects.values_list("state", flat=True)) == {"claimed"}
    assert Notice.objects.filter(kind="won_coupon").count() == 2


def test_gift_for_who_chatted_has_receipts_of_the_fair_where_no_device_made_one(room):
    people = make_people(3)
    see_all(room, people[:1])
    for person in people[:2]:
        say(room, person, "ngon quá")
    gift = make_draw(room, lasts=None, rule=Rule(chatted_s=300))

    assert freeze_list(gift) == set(people[:2])
    makers = dict(Entrant.objects.values_list("user_id", "maker"))
    assert makers == {people[0]: "device", people[1]: "fair"}


def test_accounts_of_one_device_take_part_under_different_receipts(room):
    people = make_people(2)
    see_all(room, people)
    Watch.objects.update(number="ab" * 16)
    gift = make_draw(room, lasts=None, rule=Rule(seen_s=45))

    assert freeze_list(gift) == set(people)
