"""However often and from wherever a comment comes at once, it orders once; a tap confirms once."""

from functools import partial
from uuid import uuid4

from django.db import connection
from tests.factories import OPENING, make_cart, make_room, make_sku, make_stall
from tests.races.conftest import race
from uuid_utils.compat import uuid7

from chophien.apps.comment_orders.models import DraftOrder
from chophien.apps.comment_orders.services import Confirmed, Over, confirm_draft, give_codes
from chophien.apps.orders.models import CartLine
from chophien.domain.comment_orders import Ordered
from chophien.statements import load
from chophien.statements.prepared import run
from chophien.wire.said import Entry, Wish, arrange_drafts

CHAT = load("chat")
TIMES = 8


def comment(room, sku, *, quantity=2, writer="g:lan"):
    """A comment on its way to the database, as each process brings it."""
    ordered = Ordered(code="A1", sku_id=sku.id, quantity=quantity)
    return Entry(
        id=uuid7(), room_id=room.id, said_at=OPENING, writer=writer, name="Lan", kind="guest",
        text="A1 2", state="shown",
        wishes=(Wish(id=uuid7(), token=uuid4(), ordered=ordered, phone="0901234567"),),
    )  # fmt: skip


def write(entry):
    run(CHAT["write_drafts"], arrange_drafts([entry]))


def write_by_reading_first(entry):
    """The planted fault: look whether there is one, and write later. No law forbids the second."""
    (wish,) = entry.wishes
    known = DraftOrder.objects.filter(writer=entry.writer, state="dropped").exists()
    connection.cursor().execute("SELECT pg_sleep(0.05)")  # others look in the meantime
    if not known:
        DraftOrder.objects.create(
            id=wish.id, token=wish.token, room_id=entry.room_id, sku_id=wish.ordered.sku_id,
            code="A1", quantity=2, writer=entry.writer, name="Lan", state="dropped",
            said_at=OPENING, expires_at=OPENING,
        )  # fmt: skip


def test_negative_control_reading_first_orders_more_than_once(festival):
    sku = make_sku(make_stall())
    room = make_room(festival, sku)

    race([partial(write_by_reading_first, comment(room, sku)) for _ in range(TIMES)])

    assert DraftOrder.objects.count() > 1


def test_same_comment_from_everywhere_orders_once(festival):
    sku = make_sku(make_stall())
    room = make_room(festival, sku)

    race([partial(write, comment(room, sku)) for _ in range(TIMES)])

    draft = DraftOrder.objects.get()
    assert (draft.quantity, draft.said_count, draft.state) == (2, TIMES, "draft")


def test_different_numbers_at_once_leave_one_of_them(festival):
    sku = make_sku(make_stall())
    room = make_room(festival, sku)

    race([partial(write, comment(room, sku, quantity=number)) for number in range(1, TIMES + 1)])

    draft = DraftOrder.objects.get()
    assert 1 <= draft.quantity <= TIMES
    assert draft.said_count == TIMES


def test_two_taps_confirm_once(festival):
    sku = make_sku(make_stall(), units=5)
    room = make_room(festival, sku)
    write(comment(room, sku))
    draft, cart = DraftOrder.objects.get(), make_cart()

    outcomes = race([partial(confirm_draft, draft_id=draft.id, cart=cart, at=OPENING)] * TIMES)

    assert [type(each) for each in outcomes].count(Confirmed) == 1
    assert [type(each) for each in outcomes].count(Over) == TIMES - 1
    assert CartLine.objects.get(cart=cart).quantity == 2


def test_codes_given_at_once_are_given_once(festival):
    stall = make_stall()
    room = make_room(festival, *(make_sku(stall) for _ in range(4)))

    race([partial(give_codes, [room.id])] * 4)
    give_codes([room.id])

    codes = sorted(room.order_codes.values_list("code", flat=True))
    assert codes == ["A1", "A2", "A3", "A4"]
