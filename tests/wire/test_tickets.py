import pytest
from hypothesis import given
from hypothesis import strategies as st

from chophien.wire import passes
from chophien.wire.tickets import (
    TICKET_CHARS_MAX,
    BadTicketError,
    Ticket,
    derive_key,
    read_ticket,
    sign_ticket,
)

KEY = derive_key("secret")
ids = st.integers(1, 2**63 - 1)
tickets = st.builds(
    Ticket,
    room_id=ids,
    user_id=ids,
    entry=st.text("0123456789abcdef", min_size=16, max_size=16),
    place=st.none() | st.integers(0, 2**31),
    ends_at_s=st.integers(1, 2**40),
)


@given(tickets)
def test_what_is_signed_is_read_and_is_short(ticket):
    text = sign_ticket(ticket, KEY)

    assert read_ticket(text, KEY, ticket.ends_at_s - 1) == ticket
    assert len(text) <= TICKET_CHARS_MAX


@given(tickets, st.data())
def test_one_changed_letter_is_found(ticket, data):
    text = sign_ticket(ticket, KEY)
    index = data.draw(st.integers(0, len(text.rstrip("=")) - 2))  # the last may hold unused bits
    other = data.draw(st.sampled_from("ABCDwxyz0189-_").filter(lambda each: each != text[index]))

    with pytest.raises(BadTicketError, match="not signed"):
        read_ticket(text[:index] + other + text[index + 1 :], KEY, 0)


@pytest.mark.parametrize("text", ["", "x", "ế", "A" * 40, "====", "\x00"])
def test_what_is_no_ticket_is_refused(text):
    with pytest.raises(BadTicketError, match="not"):
        read_ticket(text, KEY, 0)


def test_ticket_that_is_over_is_refused():
    ticket = Ticket(room_id=1, user_id=2, entry="0" * 16, place=0, ends_at_s=100)

    with pytest.raises(BadTicketError, match="over"):
        read_ticket(sign_ticket(ticket, KEY), KEY, 100)


def test_key_of_passes_opens_no_tickets():
    ticket = Ticket(room_id=1, user_id=2, entry="0" * 16, place=0, ends_at_s=100)

    with pytest.raises(BadTicketError, match="not signed"):
        read_ticket(sign_ticket(ticket, passes.derive_key("secret")), KEY, 0)
