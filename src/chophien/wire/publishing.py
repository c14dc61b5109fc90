"""The signed ticket of a host who goes on air, and what browser and media server say."""

import msgspec

from chophien.wire import signing
from chophien.wire.signing import BadSignatureError, read_signed, sign

PUBLISH_TICKET_CHARS_MAX = 300
MIME_CHARS_MAX = 120
_PURPOSE = b"chophien.publish.1"


class PublishTicket(msgspec.Struct, frozen=True, array_like=True):
    """That this person may send this show for a connection begun by then.

    A page makes one for who directs the show, just before each connection.
    """

    show_id: int
    user_id: int
    ends_at_s: int
    """Seconds since 1970, in real time."""


class BadPublishTicketError(ValueError):
    """Not a ticket of this fair, changed on its way, or over."""


_decoder = msgspec.msgpack.Decoder(PublishTicket)


def derive_key(secret: str) -> bytes:
    """The key of publishing tickets, from the installation's secret."""
    return signing.derive_key(secret, _PURPOSE)


def sign_ticket(ticket: PublishTicket, key: bytes) -> str:
    """Write a ticket for JSON; `key` as from `derive_key`."""
    return sign(msgspec.msgpack.encode(ticket), key)


def read_ticket(text: str, key: bytes, now_s: int) -> PublishTicket:
    """Check and read a ticket.

    Raises:
        BadPublishTicketError: not one, or over since `ends_at_s`.
    """
    try:
        body = read_signed(text, key)
    except BadSignatureError as fault:
        raise BadPublishTicketError(str(fault)) from fault
    ticket = _decoder.decode(body)
    if now_s >= ticket.ends_at_s:
        raise BadPublishTicketError("over")
    return ticket


class Hello(msgspec.Struct, frozen=True, tag="hello"):
    """The first message of a browser; its epoch's bytes follow."""

    ticket: str
    mime: str
    """What `MediaRecorder.mimeType` says."""
    epoch: int = 0


class EpochBegun(msgspec.Struct, frozen=True, tag="epoch"):
    """Another recorder was made: a new stream begins with the next byte."""

    epoch: int
    mime: str


class Paused(msgspec.Struct, frozen=True, tag="pause"):
    """No bytes come until the next epoch; the slate stands in."""


class Stopped(msgspec.Struct, frozen=True, tag="stop"):
    """The host ends the show; an epoch within the time to undo takes it back."""


class Pinged(msgspec.Struct, frozen=True, tag="ping"):
    """The browser is there, though it sends nothing."""


Said = Hello | EpochBegun | Paused | Stopped | Pinged
_said: msgspec.json.Decoder[Said] = msgspec.json.Decoder(Said)


class BadWordError(ValueError):
    """Not a message of this protocol."""


def decode_said(text: str) -> Said:
    """Read one message of a browser.

    Raises:
        BadWordError: it is none.
    """
    try:
        return _said.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as fault:
        raise BadWordError(str(fault)) from fault


class LineReport(msgspec.Struct, frozen=True, tag="line"):
    """What the media server tells the host, twice a second."""

    received_bytes: int
    """Of this connection."""
    media_s: float
    """How much media of this epoch was understood."""
    state: str
    """`waiting`, `live`, `slate` or `ended`."""
    on_air_since: str
    """ISO 8601; empty before the first picture."""
    bitrate_bps: int
    epochs: int
    is_transcoded: bool


def encode_line(report: LineReport) -> str:
    return msgspec.json.encode(report).decode()
