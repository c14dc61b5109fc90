"""RTMP's chunk stream: messages cut into pieces that take turns on one connection."""

import struct
from dataclasses import dataclass, field
from enum import IntEnum

UINT24_MAX = 0xFFFFFF
UINT32_SPAN = 1 << 32
CHUNK_BYTES_AT_FIRST = 128
CHUNK_BYTES_WRITTEN = 4_096
# Encoders use four or five: control, commands, sound, pictures.
CHUNK_STREAMS_MAX = 16
_HEADER_BYTES = (11, 7, 3, 0)
# Forms of a chunk's header: the last has no fields, so it goes on as before.
_GOES_ON = 3
_LONG_IDS = {0: 2, 1: 3}
_NUMBER_BYTES = 4


class Kind(IntEnum):
    """Kinds of messages that mean something here."""

    SET_CHUNK_SIZE = 1
    ABORT = 2
    ACKNOWLEDGEMENT = 3
    USER_CONTROL = 4
    WINDOW_SIZE = 5
    PEER_BANDWIDTH = 6
    AUDIO = 8
    VIDEO = 9
    DATA_AMF3 = 15
    COMMAND_AMF3 = 17
    DATA = 18
    COMMAND = 20
    AGGREGATE = 22


class BadChunkError(ValueError):
    """Bytes that no RTMP peer sends, or more of them than are taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message as it was put together."""

    kind: int
    timestamp_ms: int
    """Modulo 2^32, as RTMP has it: 49 days."""
    stream_id: int
    payload: bytes


@dataclass(slots=True)
class _ChunkStream:
    timestamp_ms: int = 0
    time_field: int = 0
    """The timestamp or the step as it was written last; a short header repeats it."""
    is_extended: bool = False
    length: int = 0
    kind: int = 0
    stream_id: int = 0
    body: bytearray = field(default_factory=bytearray)
    is_within: bool = False


class ChunkReader:
    """Puts messages together. Holds `message_bytes_max` and a header at most.

    What sets the size of chunks or aborts a message is obeyed here and not handed on.
    """

    def __init__(self, *, message_bytes_max: int) -> None:
        self.message_bytes_max = message_bytes_max
        self._chunk_bytes = CHUNK_BYTES_AT_FIRST
        self._streams: dict[int, _ChunkStream] = {}
        self._buffer = bytearray()
        self._at = 0
        self._current: _ChunkStream | None = None
        self._missing = 0
        self._held = 0

    def feed(self, data: bytes) -> list[Message]:
        """Take what arrived; the messages that are whole by now.

        Raises:
            BadChunkError: the peer does not speak RTMP, or sends too much at once.
        """
        self._buffer += data
        messages: list[Message] = []
        while self._current is not None or self._read_header():
            if not self._take_payload():
                break
            message = self._end_chunk()
            if message is not None and not self._obey(message):
                messages.append(message)
        del self._buffer[: self._at]
        self._at = 0
        return messages

    def _read_header(self) -> bool:
        """Read a chunk's header if it is there as a whole."""
        buffer, at = self._buffer, self._at
        if len(buffer) == at:
            return False
        form, id_bytes = buffer[at] >> 6, _LONG_IDS.get(buffer[at] & 63, 1)
        fields_at = at + id_bytes
        end = fields_at + _HEADER_BYTES[form]
        if len(buffer) < end:
            return False
        stream = self._find_stream(_read_id(buffer, at), form)
        time_field = stream.time_field
        is_extended = stream.is_extended
        if form != _GOES_ON:
            time_field = int.from_bytes(buffer[fields_at : fields_at + 3], "big")
            is_extended = time_field == UINT24_MAX
        if is_extended:
            if len(buffer) < end + 4:
                return False
            extended = int.from_bytes(buffer[end : end + 4], "big")
            # Some encoders leave the long time out of a message's further chunks: then these
            # are its bytes.
            if not (stream.is_within and extended != time_field):
                time_field = extended
                end += 4
        self._begin_chunk(stream, form, bytes(buffer[fields_at : fields_at + 11]), time_field)
        stream.is_extended = is_extended
        self._at = end
        return True

    def _find_stream(self, chunk_stream_id: int, form: int) -> _ChunkStream:
        stream = self._streams.get(chunk_stream_id)
        if stream is None:
            if form > 1 or len(self._streams) >= CHUNK_STREAMS_MAX:
                raise BadChunkError("a chunk of a stream that never began, or of too many")
            stream = self._streams[chunk_stream_id] = _ChunkStream()
        if stream.is_within and form != _GOES_ON:
            raise BadChunkError("a message begins inside another")
        return stream

    def _begin_chunk(self, stream: _ChunkStream, form: int, fields: bytes, time_field: int) -> None:
        if not stream.is_within:
            if form <= 1:
                stream.length = int.from_bytes(fields[3:6], "big")
                stream.kind = fields[6]
            if form == 0:
                stream.stream_id = int.from_bytes(fields[7:11], "little")
                stream.timestamp_ms = time_field
            else:
                stream.timestamp_ms = (stream.timestamp_ms + time_field) % UINT32_SPAN
            stream.time_field = time_field
            stream.is_within = True
        missing = stream.length - len(stream.body)
        if self._held + missing > self.message_bytes_max:
            raise BadChunkError(f"messages of more than {self.message_bytes_max} bytes")
        self._missing = min(self._chunk_bytes, missing)
        self._current = stream

    def _take_payload(self) -> bool:
        """Move what is there of the chunk into its message; whether it was all."""
        assert self._current is not None, "a chunk is under way"
        piece = self._buffer[self._at : self._at + self._missing]
        self._current.body += piece
        self._at += len(piece)
        self._held += len(piece)
        self._missing -= len(piece)
        return self._missing == 0

    def _end_chunk(self) -> Message | None:
        stream, self._current = self._current, None
        assert stream is not None, "a chunk is under way"
        if len(stream.body) < stream.length:
            return None
        message = Message(
            kind=stream.kind,
            timestamp_ms=stream.timestamp_ms,
            stream_id=stream.stream_id,
            payload=bytes(stream.body),
        )
        self._drop(stream)
        return message

    def _drop(self, stream: _ChunkStream) -> None:
        self._held -= len(stream.body)
        stream.body = bytearray()
        stream.is_within = False

    def _obey(self, message: Message) -> bool:
        if message.kind == Kind.SET_CHUNK_SIZE:
            size = read_uint32(message) & 0x7FFFFFFF
            if size < 1:
                raise BadChunkError("chunks of no bytes")
            self._chunk_bytes = size
            return True
        if message.kind == Kind.ABORT:
            aborted = self._streams.get(read_uint32(message))
            if aborted is not None:
                self._drop(aborted)
            return True
        return False


def _read_id(buffer: bytearray, at: int) -> int:
    short = buffer[at] & 63
    if short > 1:
        return short
    return 64 + int.from_bytes(buffer[at + 1 : at + 2 + short], "little")


def read_uint32(message: Message) -> int:
    """The number that a control message carries.

    Raises:
        BadChunkError: it is shorter.
    """
    if len(message.payload) < _NUMBER_BYTES:
        raise BadChunkError("a control message without its number")
    return int.from_bytes(message.payload[:_NUMBER_BYTES], "big")


def write_message(
    chunk_stream_id: int, message: Message, *, chunk_bytes: int = CHUNK_BYTES_WRITTEN
) -> bytes:
    """Cut a message into chunks.

    Each message has the full header with its whole time: eleven bytes more than steps from the
    message before, and nothing that a receiver could add up wrongly.
    """
    time_ms = message.timestamp_ms % UINT32_SPAN
    is_extended = time_ms >= UINT24_MAX
    extended = struct.pack(">I", time_ms) if is_extended else b""
    field_ms = UINT24_MAX if is_extended else time_ms
    payload = message.payload
    pieces = [
        struct.pack(">II", chunk_stream_id << 24 | field_ms, len(payload) << 8 | message.kind),
        struct.pack("<I", message.stream_id),
        extended,
        payload[:chunk_bytes],
    ]
    further = bytes((0xC0 | chunk_stream_id,)) + extended
    for start in range(chunk_bytes, len(payload), chunk_bytes):
        pieces += (further, payload[start : start + chunk_bytes])
    return b"".join(pieces)


def write_control(kind: Kind, payload: bytes) -> bytes:
    """A control message: the connection's own business, on chunk stream 2."""
    return write_message(2, Message(kind=kind, timestamp_ms=0, stream_id=0, payload=payload))


def write_number(kind: Kind, number: int) -> bytes:
    """A control message that is one number."""
    return write_control(kind, struct.pack(">I", number))
