"""Codes and drafts: a repeat counts once, a changed number replaces, the cart carries the show."""

from datetime import timedelta
from uuid import uuid4

import pytest
from tests.factories import (
    OPENING,
    check_out,
    make_cart,
    make_festival,
    make_room,
    make_sku,
    make_stall,
)
from uuid_utils.compat import uuid7

from chophien.apps.comment_orders.models import DraftOrder
from chophien.apps.comment_orders.selectors import judge, list_open_drafts, list_queue
from chophien.apps.comment_orders.services import (
    CodeTakenError,
    Confirmed,
    NotOffered,
    Over,
    SoldOut,
    confirm_draft,
    drop_draft,
    forget_phones,
    give_codes,
    note_ordered,
    set_code,
)
from chophien.apps.orders.models import OrderLine
from chophien.domain.comment_orders import CodeError, Ordered
from chophien.domain.limits import DRAFT_TIME
from chophien.statements import load
from chophien.statements.prepared import run
from chophien.wire.said import Entry, Wish, arrange_drafts

LAN = "g:lan"


@pytest.fixture
def festival(db):
    return make_festival()


@pytest.fixture
def sku(festival):
    return make_sku(make_stall(), units=5)


@pytest.fixture
def room(festival, sku):
    return make_room(festival, sku)


def say(room, sku, quantity=2, *, phone="", at=OPENING, writer=LAN):
    ordered = Ordered(code="A1", sku_id=sku.id, quantity=quantity)
    entry = Entry(
        id=uuid7(), room_id=room.id, said_at=at, writer=writer, name="Lan", kind="guest",
        text="A1", state="shown",
        wishes=(Wish(id=uuid7(), token=uuid4(), ordered=ordered, phone=phone),),
    )  # fmt: skip
    run(load("chat")["write_drafts"], arrange_drafts([entry]))
    return DraftOrder.objects.filter(writer=writer, sku=sku).latest("id")


def order(cart, festival):
    placed = check_out(cart, festival)
    note_ordered(cart=cart, order_id=placed.order.pk)
    return placed.order


def test_repeat_counts_once_and_a_new_number_replaces(room, sku):
    say(room, sku, 2, phone="0901234567")
    say(room, sku, 2)
    draft = say(room, sku, 3)

    assert (DraftOrder.objects.count(), draft.quantity, draft.said_count) == (1, 3, 3)
    assert draft.phone == "0901234567"


def test_confirmed_draft_is_a_line_of_the_cart_with_its_show(room, sku, festival):
    draft, cart = say(room, sku, 2), make_cart()

    outcome = confirm_draft(draft_id=draft.id, cart=cart, at=OPENING)
    placed = order(cart, festival)

    assert isinstance(outcome, Confirmed)
    line = OrderLine.objects.get(stall_order__order=placed)
    assert (line.show_id, line.quantity) == (room.show_id, 2)
    draft = list_queue(room.id, at=OPENING).get()
    assert (judge(draft, OPENING), draft.order_id) == ("ordered", placed.pk)
    placed.stall_orders.update(state="paid", paid_at=OPENING)
    assert judge(list_queue(room.id, state="paid", at=OPENING).get(), OPENING) == "paid"


def test_what_was_ordered_and_is_said_again_counts_once(room, sku, festival):
    draft, cart = say(room, sku, 2), make_cart()
    confirm_draft(draft_id=draft.id, cart=cart, at=OPENING)
    order(cart, festival)

    say(room, sku, 2)
    assert DraftOrder.objects.count() == 1
    say(room, sku, 1)
    assert DraftOrder.objects.filter(state="draft").get().quantity == 1


def test_changed_number_after_confirming_asks_again(room, sku):
    draft, cart = say(room, sku, 2), make_cart()
    confirm_draft(draft_id=draft.id, cart=cart, at=OPENING)

    assert say(room, sku, 2).state == "confirmed"
    assert say(room, sku, 3).state == "draft"
    confirm_draft(draft_id=draft.id, cart=cart, at=OPENING)
    assert cart.lines.get().quantity == 3


def test_more_than_is_left_is_told_and_nothing_moves(room, sku):
    draft, cart = say(room, sku, 6), make_cart()

    assert confirm_draft(draft_id=draft.id, cart=cart, at=OPENING) == SoldOut(free=5)
    assert not cart.lines.exists()
    assert DraftOrder.objects.get().state == "draft"


def test_a_draft_is_over_in_time_and_a_comment_renews_it(room, sku):
    draft, cart = say(room, sku), make_cart()
    late = OPENING + DRAFT_TIME

    assert confirm_draft(draft_id=draft.id, cart=cart, at=late) == Over()
    assert list_open_drafts(room.id, writers=[LAN], at=late) == []
    assert judge(draft, late) == "expired"
    draft = say(room, sku, at=late)
    assert isinstance(confirm_draft(draft_id=draft.id, cart=cart, at=late), Confirmed)


def test_dropped_draft_cannot_be_confirmed_and_can_be_said_again(room, sku):
    draft = say(room, sku)

    assert drop_draft(draft_id=draft.id)
    assert not drop_draft(draft_id=draft.id)
    assert confirm_draft(draft_id=draft.id, cart=make_cart(), at=OPENING) == Over()
    assert say(room, sku).state == "draft"


def test_goods_that_were_taken_down_are_not_confirmed(room, sku):
    draft = say(room, sku)
    type(sku.product).objects.filter(id=sku.product_id).update(state="withdrawn")

    assert confirm_draft(draft_id=draft.id, cart=make_cart(), at=OPENING) == NotOffered()


def test_drafts_of_others_are_not_listed(room, sku):
    say(room, sku, writer="g:hue")

    assert list_open_drafts(room.id, writers=[LAN], at=OPENING) == []


def test_codes_follow_the_run_of_show_and_can_be_changed(festival):
    stall = make_stall()
    first, second, third = (make_sku(stall) for _ in range(3))
    room = make_room(festival, first, second)
    give_codes([room.id])
    set_code(room_id=room.id, sku_id=first.id, code="mat 7")

    with pytest.raises(CodeTakenError):
        set_code(room_id=room.id, sku_id=second.id, code="MAT7")
    with pytest.raises(CodeError):
        set_code(room_id=room.id, sku_id=second.id, code="<b>")
    with pytest.raises(LookupError):
        set_code(room_id=room.id, sku_id=third.id, code="A9")
    room.show.segments.create(sku=third, position=9)
    assert give_codes([room.id]) == 1
    codes = dict(room.order_codes.values_list("sku_id", "code"))
    assert codes == {first.id: "MAT7", second.id: "A2", third.id: "A3"}


def test_phone_numbers_are_forgotten(room, sku):
    say(room, sku, phone="0901234567")

    assert forget_phones(before=OPENING) == 0
    assert forget_phones(before=OPENING + timedelta(seconds=1)) == 1
    assert DraftOrder.objects.get().phone == ""
