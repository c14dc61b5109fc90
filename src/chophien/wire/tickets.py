"""The signed ticket of a waiting room: whose place it is, read without a query."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256

import msgspec

from chophien.wire import passes

MAC_BYTES = 16
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
    return passes.derive_key(secret, _PURPOSE)


def sign_ticket(ticket: Ticket, key: bytes) -> str:
    """Write a ticket for a URL or JSON; `key` as from `derive_key`."""
    body = msgspec.msgpack.encode(ticket)
    return urlsafe_b64encode(hmac.digest(key, body, sha256)[:MAC_BYTES] + body).decode()


def read_ticket(text: str, key: bytes, now_s: int) -> Ticket:
    """Check and read a ticket.

    Raises:
        BadTicketError: not one, or over since `ends_at_s`.
    """
    try:
        raw = urlsafe_b64decode(text)
    except ValueError as fault:  # of base64, or of letters that are not ASCII
        raise BadTicketError("not a ticket") from fault
    mac, body = raw[:MAC_BYTES], raw[MAC_BYTES:]
    if not hmac.compare_digest(hmac.digest(key, body, sha256)[:MAC_BYTES], mac):
        raise BadTicketError("not signed by this fair")
    ticket = _decoder.decode(body)
    if now_s >= ticket.ends_at_s:
        raise BadTicketError("over")
    return ticket
