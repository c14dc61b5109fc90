"""The signed ticket of a waiting room: whose place it is, read without a query."""

import msgspec

from chophien.wire import signing
from chophien.wire.signing import BadSignatureError, read_signed, sign

TICKET_CHARS_MAX = 300
_PURPOSE = b"chophien.ticket.1"


class Ticket(msgspec.Struct, frozen=True, array_like=True):
    """A person's place in a room; one without an entry is an invitation to join.

    It says nothing of when the turn comes: the room's pace does. Whoever takes it compares
    `user_id` with whom they deal with.
    """

    room_id: int
    user_id: int
    entry: str
    """The receipt of the place, empty before joining."""
    place: int | None
    """Not there before the draw."""
    ends_at_s: int
    """Seconds since 1970, by the fair's clock."""


class BadTicketError(ValueError):
    """Not a ticket of this fair, changed on its way, or over."""


_decoder = msgspec.msgpack.Decoder(Ticket)


def derive_key(secret: str) -> bytes:
    """The key of tickets, from the installation's secret."""
    return signing.derive_key(secret, _PURPOSE)


def sign_ticket(ticket: Ticket, key: bytes) -> str:
    """Write a ticket for a URL or JSON; `key` as from `derive_key`."""
    body = msgspec.msgpack.encode(ticket)
    return sign(body, key)


def read_ticket(text: str, key: bytes, now_s: int) -> Ticket:
    """Check and read a ticket.

    Raises:
        BadTicketError: not one, or over since `ends_at_s`.
    """
    try:
        body = read_signed(text, key)
    except BadSignatureError as fault:
        raise BadTicketError(str(fault)) from fault
    ticket = _decoder.decode(body)
    if now_s >= ticket.ends_at_s:
        raise BadTicketError("over")
    return ticket
