"""WebSocket frames: built once for all readers, read one by one.

The library's sans-I/O parts do the protocol; a frame that is ready goes to sockets as it is.
"""

from dataclasses import dataclass

from websockets.exceptions import PayloadTooBig, ProtocolError
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Close, Frame, Opcode
from websockets.streams import StreamReader

from chophien.domain.limits import HUB_COMMAND_BYTES_MAX

__all__ = ["BadFrameError", "Broadcast", "Message", "Reading", "encode_close", "encode_text"]

# Shorter payloads grow by compression, or save less than the browser's work for it.
DEFLATED_BYTES_MIN = 200
WINDOW_BITS = 15


class BadFrameError(ValueError):
    """What no WebSocket client sends, or more than it may; the connection is closed."""


@dataclass(frozen=True, slots=True)
class Broadcast:
    """One message as bytes for sockets: `deflated` for readers who agreed to compression.

    No context is taken over from one message to the next, so that one compressed frame is right
    for all of them.
    """

    plain: bytes
    deflated: bytes

    @classmethod
    def of(cls, *texts: bytes) -> "Broadcast":
        """Build the frames of messages that go out together: encoded once, compressed once.

        Each is a frame of its own, in one piece of bytes; compressed they share one.
        """
        plain = b"".join([encode_text(text) for text in texts])
        joined = b"\n".join(texts)
        if len(joined) < DEFLATED_BYTES_MIN:
            return cls(plain, plain)
        deflated = Frame(Opcode.TEXT, joined).serialize(mask=False, extensions=[_make_deflate()])
        return cls(plain, deflated if len(deflated) < len(plain) else plain)


def encode_text(text: bytes) -> bytes:
    return Frame(Opcode.TEXT, text).serialize(mask=False)


def encode_pong(data: bytes) -> bytes:
    return Frame(Opcode.PONG, data).serialize(mask=False)


def encode_close(code: int, reason: str) -> bytes:
    return Frame(Opcode.CLOSE, Close(code, reason).serialize()).serialize(mask=False)


@dataclass(frozen=True, slots=True)
class Message:
    """What a client sent: a whole text, a ping to answer, or that it leaves."""

    opcode: Opcode
    data: bytes


class Reading:
    """What is half read of one connection; most of the time there is no need for one.

    Args:
        deflates: whether the client may compress.
    """

    __slots__ = ("_deflate", "_parts", "_rest", "_size")

    def __init__(self, *, deflates: bool) -> None:
        self._rest = b""
        self._parts: list[bytes] | None = None
        self._size = 0
        self._deflate = _make_deflate() if deflates else None

    @property
    def is_clean(self) -> bool:
        """Whether nothing is half read: the next bytes begin a message."""
        return not self._rest and self._parts is None

    def feed(self, data: bytes) -> list[Message]:
        """The messages that are complete with `data`.

        Raises:
            BadFrameError: not frames of a client, not UTF-8, or larger than a command may be.
        """
        messages = []
        waiting = self._rest + data
        while waiting:
            frame, taken = self._parse(waiting)
            if frame is None:
                break
            waiting = waiting[taken:]
            message = self._join(frame)
            if message is not None:
                messages.append(message)
        self._rest = waiting
        return messages

    def _parse(self, data: bytes) -> tuple[Frame | None, int]:
        """The first frame of `data` and its length; no frame while it is not all there."""
        reader = StreamReader()
        reader.feed_data(data)
        parser = Frame.parse(
            reader.read_exact,
            mask=True,
            max_size=HUB_COMMAND_BYTES_MAX,
            extensions=[self._deflate] if self._deflate else None,
        )
        try:
            next(parser)
        except StopIteration as done:
            frame: Frame = done.value
            return frame, len(data) - len(reader.buffer)
        except (ProtocolError, PayloadTooBig) as fault:
            raise BadFrameError(str(fault)) from fault
        return None, 0

    def _join(self, frame: Frame) -> Message | None:
        """Put the pieces of a message together; control frames may come between them."""
        if frame.opcode in {Opcode.PING, Opcode.PONG, Opcode.CLOSE}:
            return Message(frame.opcode, bytes(frame.data))
        if frame.opcode is Opcode.BINARY or (frame.opcode is Opcode.CONT) is (self._parts is None):
            raise BadFrameError("bytes, or a piece without its beginning or end")
        parts = self._parts or []
        parts.append(bytes(frame.data))
        self._size += len(parts[-1])
        if self._size > HUB_COMMAND_BYTES_MAX or len(parts) > HUB_COMMAND_BYTES_MAX:
            raise BadFrameError("message too large")
        if not frame.fin:
            self._parts = parts
            return None
        self._parts, self._size = None, 0
        return Message(Opcode.TEXT, b"".join(parts))


def _make_deflate() -> PerMessageDeflate:
    """Compression in which no message needs another one to be read."""
    return PerMessageDeflate(
        remote_no_context_takeover=True,
        local_no_context_takeover=True,
        remote_max_window_bits=WINDOW_BITS,
        local_max_window_bits=WINDOW_BITS,
    )
