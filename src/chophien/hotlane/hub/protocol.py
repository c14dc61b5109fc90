"""The Centrifugo client protocol in JSON: commands in, replies and pushes out.

Source: centrifugal.dev, client protocol and codes; the published `centrifuge` library is the
page's side.
"""

from typing import Annotated, Any

import msgspec

VERSION = "chophien 2"

# Errors: the answer to one command; codes of the protocol's own table.
INTERNAL = 100
UNKNOWN_CHANNEL = 102
PERMISSION_DENIED = 103
METHOD_NOT_FOUND = 104
ALREADY_SUBSCRIBED = 105
LIMIT_EXCEEDED = 106
BAD_REQUEST = 107
NOT_AVAILABLE = 108
TOKEN_OVER = 109
TOO_MANY_REQUESTS = 111
UNRECOVERABLE = 112
ERRORS = {
    INTERNAL: "internal server error",
    UNKNOWN_CHANNEL: "unknown channel",
    PERMISSION_DENIED: "permission denied",
    METHOD_NOT_FOUND: "method not found",
    ALREADY_SUBSCRIBED: "already subscribed",
    LIMIT_EXCEEDED: "limit exceeded",
    BAD_REQUEST: "bad request",
    NOT_AVAILABLE: "not available",
    TOKEN_OVER: "token expired",
    TOO_MANY_REQUESTS: "too many requests",
    UNRECOVERABLE: "unrecoverable position",
}
TEMPORARY = frozenset({INTERNAL, TOO_MANY_REQUESTS})

# Why a connection is closed; from 3500 on the client library does not come back.
CLOSE_SHUTDOWN = 3001
CLOSE_OVER = 3005
CLOSE_SLOW = 3008
CLOSE_NO_PONG = 3012
CLOSE_TOO_MANY_REQUESTS = 3013
CLOSE_BAD_TOKEN = 3500
CLOSE_BAD_REQUEST = 3501
CLOSE_STALE = 3502
CLOSES = {
    CLOSE_SHUTDOWN: "shutdown",
    CLOSE_OVER: "connection expired",
    CLOSE_SLOW: "slow",
    CLOSE_NO_PONG: "no pong",
    CLOSE_TOO_MANY_REQUESTS: "too many requests",
    CLOSE_BAD_TOKEN: "invalid token",
    CLOSE_BAD_REQUEST: "bad request",
    CLOSE_STALE: "stale",
}
# Why somebody follows a channel no longer; from 2500 on the library subscribes again by itself.
UNSUBSCRIBED_MISSED_EVENTS = 2500

PING = b"{}"

# Ids are 32 bits wide in the protocol, offsets 64.
CommandId = Annotated[int, msgspec.Meta(ge=0, lt=2**32)]
Offset = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class Connect(msgspec.Struct, frozen=True, gc=False):
    """The first command of a connection; what else the library tells of itself is not needed."""

    token: str = ""
    name: str = ""


class Subscribe(msgspec.Struct, frozen=True, gc=False):
    """To follow a channel, from a position on if it was followed before."""

    channel: str
    recover: bool = False
    epoch: str = ""
    offset: Offset = 0


class Channel(msgspec.Struct, frozen=True, gc=False):
    """A command that needs to know no more than the channel."""

    channel: str


class Publish(msgspec.Struct, frozen=True, gc=False):
    """Something said in the talk lane."""

    channel: str
    data: msgspec.Raw


class Since(msgspec.Struct, frozen=True, gc=False):
    """A position that a client names."""

    offset: Offset = 0
    epoch: str = ""


class HistoryAsked(msgspec.Struct, frozen=True, gc=False):
    """What was published after a position; without one, only where the channel is now."""

    channel: str
    limit: int = 0
    since: Since | None = None


class Refresh(msgspec.Struct, frozen=True, gc=False):
    """A new token in the place of one that is nearly over."""

    token: str


class Command(msgspec.Struct, frozen=True, gc=False):
    """One command; the empty one (`{}`) answers a ping. Methods that are not here are unknown."""

    id: CommandId = 0
    connect: Connect | None = None
    subscribe: Subscribe | None = None
    unsubscribe: Channel | None = None
    publish: Publish | None = None
    presence_stats: Channel | None = None
    history: HistoryAsked | None = None
    refresh: Refresh | None = None
    presence: Channel | None = None
    """Who is there is nobody's business: it is answered with "not available"."""


class ProtocolError(ValueError):
    """A frame that no client library sends; the connection is closed."""


_commands = msgspec.json.Decoder(Command)
_encoder = msgspec.json.Encoder()


def decode_commands(frame: bytes) -> list[Command]:
    """Read a frame of one command a line.

    Raises:
        ProtocolError: not JSON, not commands.
    """
    try:
        return [_commands.decode(line) for line in frame.split(b"\n") if line.strip()]
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as fault:
        # The second: brackets without end.
        raise ProtocolError(str(fault)) from fault


def encode_reply(command_id: int, method: str, result: object) -> bytes:
    return _encoder.encode({"id": command_id, method: result})


def encode_error(command_id: int, code: int, message: str = "") -> bytes:
    """Refuse one command; the protocol's own codes have their own words."""
    error: dict[str, object] = {"code": code, "message": message or ERRORS.get(code, "")}
    if code in TEMPORARY:
        error["temporary"] = True
    return _encoder.encode({"id": command_id, "error": error})


def describe_connected(*, client: str, ping_s: int, ttl_s: int | None) -> dict[str, Any]:
    """Welcome a browser, which is to answer each ping; with a token, how long it holds."""
    told: dict[str, Any] = {"client": client, "version": VERSION, "ping": ping_s, "pong": True}
    return told if ttl_s is None else told | {"expires": True, "ttl": ttl_s}


def encode_push(channel: str, publication: bytes) -> bytes:
    """The push that carries a publication, itself ready JSON, to every follower of a channel."""
    return b'{"push":{"channel":%b,"pub":%b}}' % (_encoder.encode(channel), publication)


def encode_unsubscribed(channel: str) -> bytes:
    """The push after which the library subscribes anew and finds that events were missed."""
    gone = {"code": UNSUBSCRIBED_MISSED_EVENTS, "reason": "insufficient state"}
    return _encoder.encode({"push": {"channel": channel, "unsubscribe": gone}})
