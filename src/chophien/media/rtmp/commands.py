"""The commands of RTMP that publishing needs, for both ends."""

from collections.abc import Mapping
from dataclasses import dataclass

from chophien.media.rtmp import amf
from chophien.media.rtmp.amf import Value
from chophien.media.rtmp.chunks import Kind, Message, write_message

HANDSHAKE_BYTES = 1_536
VERSION = 3
COMMANDS = 3
"""Chunk stream of commands."""
MEDIA_STREAM = 1
"""The message stream that a publisher gets; one is enough."""
STREAM_BEGIN, PING, PONG = 0, 6, 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """`name(transaction, …)`."""

    name: str
    transaction: float
    fields: Mapping[str, Value]
    """Of the object that follows, empty for none."""
    rest: tuple[Value, ...]


def read_command(message: Message) -> Command:
    """Read a command, in either of its two kinds.

    Raises:
        BadAmfError: it is none.
    """
    payload = message.payload
    if message.kind == Kind.COMMAND_AMF3:
        payload = payload[1:]  # AMF 0 all the same, after a byte that says so
    values = amf.decode(payload)
    name, transaction, *rest = [*values, None, None][: max(len(values), 2)]
    if not isinstance(name, str):
        raise amf.BadAmfError("a command without a name")
    first = rest[0] if rest else None
    return Command(
        name=name,
        transaction=transaction if isinstance(transaction, float) else 0.0,
        fields=first if isinstance(first, Mapping) else {},
        rest=tuple(rest[1:]),
    )


def write_command(name: str, transaction: float, *values: Value, stream_id: int = 0) -> bytes:
    """A command on its chunk stream."""
    payload = amf.encode(name, transaction, *values)
    return write_message(
        COMMANDS,
        Message(kind=Kind.COMMAND, timestamp_ms=0, stream_id=stream_id, payload=payload),
    )


def read_text(fields: Mapping[str, Value], name: str) -> str:
    """A field that is text; empty where it is none."""
    value = fields.get(name)
    return value if isinstance(value, str) else ""
