"""Tickets for going on air, and what browsers say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chophien.wire import passes, tickets
from chophien.wire.publishing import (
    BadPublishTicketError,
    BadWordError,
    EpochBegun,
    Hello,
    Pinged,
    PublishTicket,
    decode_said,
    derive_key,
    read_ticket,
    sign_ticket,
)

SECRET = "a secret of this fair"
TICKET = PublishTicket(show_id=7, user_id=3, ends_at_s=1_000)


def test_ticket_is_read_as_it_was_written():
    assert read_ticket(sign_ticket(TICKET, derive_key(SECRET)), derive_key(SECRET), 999) == TICKET


@pytest.mark.parametrize(
    ("label", "text", "now_s"),
    [
        ("over", sign_ticket(TICKET, derive_key(SECRET)), 1_000),
        ("another fair's", sign_ticket(TICKET, derive_key("other")), 1),
        ("signed for a waiting room", sign_ticket(TICKET, tickets.derive_key(SECRET)), 1),
        ("signed for buying", sign_ticket(TICKET, passes.derive_key(SECRET)), 1),
        ("missing", "", 1),
        ("not ASCII", "é" * 40, 1),
    ],
)
def test_ticket_that_is_none_is_refused(label, text, now_s):
    with pytest.raises(BadPublishTicketError):
        read_ticket(text, derive_key(SECRET), now_s)


@given(place=st.integers(0, 20), letter=st.sampled_from("ABCxyz019_-"))
def test_ticket_that_was_changed_is_refused(place, letter):
    text = sign_ticket(TICKET, derive_key(SECRET))
    changed = text[:place] + letter + text[place + 1 :]

    if changed != text:
        with pytest.raises(BadPublishTicketError):
            read_ticket(changed, derive_key(SECRET), 1)


def test_words_of_browsers_are_read():
    hello = '{"type":"hello","ticket":"x","mime":"video/webm","epoch":2,"later":1}'
    assert decode_said(hello) == Hello(ticket="x", mime="video/webm", epoch=2)
    assert decode_said('{"type":"epoch","epoch":3,"mime":"m"}') == EpochBegun(epoch=3, mime="m")
    assert decode_said('{"type":"ping"}') == Pinged()


@given(st.text() | st.just("[" * 5000) | st.just('{"type":"hello"}') | st.just('{"type":"x"}'))
def test_anything_else_is_no_word(text):
    with pytest.raises(BadWordError):
        decode_said(text)
