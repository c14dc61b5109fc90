"""The Centrifugo client protocol in JSON, as far as public channels need it.

Source: centrifugal.dev, client protocol; the published `centrifuge` library is the page's side.
"""

from typing import Annotated, Any

import msgspec

# Codes of the protocol's own tables.
BAD_REQUEST = 107
UNKNOWN_CHANNEL = 102
LIMIT_EXCEEDED = 106
CLOSE_SLOW = 3008
CLOSE_MISSED_EVENTS = 3010
CLOSE_NO_PONG = 3012
CLOSE_BAD_REQUEST = 3501  # from 3500 on the client library does not come back
VERSION = "chophien 1"


# Ids are 32 bits wide in the protocol.
CommandId = Annotated[int, msgspec.Meta(ge=0, lt=2**32)]


class Connect(msgspec.Struct, frozen=True):
    """The first command of a connection; what else the library tells of itself is not needed."""

    name: str = ""


class ChannelCommand(msgspec.Struct, frozen=True):
    """To follow a channel or to follow it no longer."""

    channel: str


class Command(msgspec.Struct, frozen=True):
    """One command; the empty one (`{}`) answers a ping."""

    id: CommandId = 0
    connect: Connect | None = None
    subscribe: ChannelCommand | None = None
    unsubscribe: ChannelCommand | None = None


class ProtocolError(ValueError):
    """A frame that no client library sends; the connection is closed."""


_commands = msgspec.json.Decoder(Command)


def decode_commands(frame: str, *, bytes_max: int) -> list[Command]:
    """Read a frame of one command a line.

    Raises:
        ProtocolError: not JSON, not commands, or longer than `bytes_max`.
    """
    if len(frame.encode()) > bytes_max:
        raise ProtocolError("frame too large")
    try:
        return [_commands.decode(line) for line in frame.split("\n") if line.strip()]
    except (msgspec.DecodeError, RecursionError) as fault:  # the latter: brackets without end
        raise ProtocolError(str(fault)) from fault


def encode_connected(command_id: int, client: str, ping_s: int) -> str:
    """Welcome a browser, which is to answer each ping; without any for long it comes anew."""
    return _encode(
        {
            "id": command_id,
            "connect": {"client": client, "version": VERSION, "ping": ping_s, "pong": True},
        }
    )


def encode_done(command_id: int, method: str) -> str:
    return _encode({"id": command_id, method: {}})


def encode_error(command_id: int, code: int, message: str) -> str:
    return _encode({"id": command_id, "error": {"code": code, "message": message}})


def encode_publication(channel: str, event: bytes) -> str:
    """The push that carries an event, itself ready JSON, to every follower of a channel."""
    push = {"push": {"channel": channel, "pub": {"data": msgspec.Raw(event)}}}
    return msgspec.json.encode(push).decode()


def _encode(reply: dict[str, Any]) -> str:
    return msgspec.json.encode(reply).decode()


PING = "{}"
