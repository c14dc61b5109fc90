"""One encoder's connection by RTMP, without a network: bytes in, events and bytes out.

It goes through handshake, `connect`, `createStream`, `publish`; whether somebody may publish is
asked outside. Until then a peer can make us hold only little.
"""

import secrets
import struct
from dataclasses import dataclass
from urllib.parse import urlsplit

from chophien.domain.limits import RTMP_COMMAND_BYTES_MAX, RTMP_MESSAGE_BYTES_MAX
from chophien.domain.outward import KEY_CHARS_MAX
from chophien.media.rtmp.amf import BadAmfError, Value
from chophien.media.rtmp.chunks import (
    CHUNK_BYTES_WRITTEN,
    UINT32_SPAN,
    BadChunkError,
    ChunkReader,
    Kind,
    Message,
    read_uint32,
    write_control,
    write_number,
)
from chophien.media.rtmp.commands import (
    HANDSHAKE_BYTES,
    MEDIA_STREAM,
    PING,
    PONG,
    STREAM_BEGIN,
    VERSION,
    Command,
    read_command,
    read_text,
    write_command,
)

APP = "live"
WINDOW_BYTES = 2_500_000
_ENDINGS = {"FCUnpublish", "deleteStream", "closeStream"}
_DYNAMIC = b"\x02"


class NotRtmpError(ValueError):
    """The peer does not speak RTMP as publishers do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishAsked:
    """Somebody wants to publish with this key: answer by `accept` or `refuse`."""

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaCame:
    """Sound or pictures of somebody who was accepted."""

    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishEnded:
    """The encoder was stopped."""


Event = PublishAsked | MediaCame | PublishEnded


class RtmpSession:
    """The server's end of one connection; what is to be sent collects in `take_output`."""

    def __init__(self) -> None:
        self._reader = ChunkReader(message_bytes_max=RTMP_COMMAND_BYTES_MAX)
        self._early = bytearray()
        self._is_greeted = False
        self._handshake_left = 1 + HANDSHAKE_BYTES
        self._output = bytearray()
        self._is_connected = False
        self._is_publishing = False
        self._received = 0
        self._acknowledged = 0
        self._window = WINDOW_BYTES

    def take_output(self) -> bytes:
        """What is to be sent now."""
        output = bytes(self._output)
        self._output.clear()
        return output

    def feed(self, data: bytes) -> list[Event]:
        """Take what arrived.

        Raises:
            NotRtmpError: it is not RTMP, or more than is taken.
        """
        self._received += len(data)
        rest = self._shake_hands(data) if self._handshake_left else data
        events: list[Event] = []
        try:
            for message in self._reader.feed(rest):
                event = self._take(message)
                if event is not None:
                    events.append(event)
        except (BadChunkError, BadAmfError) as fault:
            raise NotRtmpError(str(fault)) from fault
        self._acknowledge()
        return events

    def accept(self) -> None:
        """Let the publisher send."""
        self._is_publishing = True
        self._reader.message_bytes_max = RTMP_MESSAGE_BYTES_MAX
        self._output += write_control(
            Kind.USER_CONTROL, struct.pack(">HI", STREAM_BEGIN, MEDIA_STREAM)
        )
        self._tell("status", "NetStream.Publish.Start", "You are on the air.")

    def refuse(self, reason: str) -> None:
        """Tell why not; close the connection after that."""
        self._is_publishing = False
        self._tell("error", "NetStream.Publish.BadName", reason)

    def _shake_hands(self, data: bytes) -> bytes:
        """Take C0 and C1, then C2; the bytes behind them."""
        self._early += data
        if self._early[:1] and self._early[0] != VERSION:
            raise NotRtmpError("not RTMP's greeting")
        if not self._is_greeted and len(self._early) >= 1 + HANDSHAKE_BYTES:
            c1 = bytes(self._early[1 : 1 + HANDSHAKE_BYTES])
            self._is_greeted = True
            self._handshake_left = 1 + 2 * HANDSHAKE_BYTES
            # Noughts where a version could stand: so nobody looks for Flash's signatures.
            s1 = bytes(8) + secrets.token_bytes(HANDSHAKE_BYTES - 8)
            self._output += bytes((VERSION,)) + s1 + c1
        if len(self._early) < self._handshake_left:
            return b""
        rest = bytes(self._early[self._handshake_left :])
        self._early.clear()
        self._handshake_left = 0
        return rest

    def _take(self, message: Message) -> Event | None:
        match message.kind:
            case Kind.AUDIO | Kind.VIDEO:
                return MediaCame(message=message) if self._is_publishing else None
            case Kind.COMMAND | Kind.COMMAND_AMF3:
                return self._answer(read_command(message))
            case Kind.WINDOW_SIZE:
                self._window = read_uint32(message) or WINDOW_BYTES
            case Kind.USER_CONTROL if message.payload[:2] == struct.pack(">H", PING):
                self._output += write_control(
                    Kind.USER_CONTROL, struct.pack(">H", PONG) + message.payload[2:6]
                )
        return None

    def _answer(self, command: Command) -> Event | None:
        match command.name:
            case "connect":
                self._connect(command)
            case "createStream":
                self._output += write_command("_result", command.transaction, None, MEDIA_STREAM)
            case "publish":
                return self._publish(command)
            case "play":
                self._tell(
                    "error", "NetStream.Play.Failed", "Shows are watched on the fair's page."
                )
            case name if name in _ENDINGS and self._is_publishing:
                self._is_publishing = False
                return PublishEnded()
        return None

    def _connect(self, command: Command) -> None:
        app = read_text(command.fields, "app").strip("/")
        if urlsplit(app).path != APP:
            self._output += write_command(
                "_error",
                command.transaction,
                None,
                _status("error", "NetConnection.Connect.Rejected", f"The address ends in /{APP}."),
            )
            return
        self._is_connected = True
        self._output += write_number(Kind.WINDOW_SIZE, WINDOW_BYTES)
        self._output += write_control(
            Kind.PEER_BANDWIDTH, struct.pack(">I", WINDOW_BYTES) + _DYNAMIC
        )
        self._output += write_number(Kind.SET_CHUNK_SIZE, CHUNK_BYTES_WRITTEN)
        self._output += write_command(
            "_result",
            command.transaction,
            {"fmsVer": "FMS/3,0,1,123", "capabilities": 31},
            _status("status", "NetConnection.Connect.Success", "Connected.")
            | {"objectEncoding": 0},
        )

    def _publish(self, command: Command) -> Event | None:
        if not self._is_connected or self._is_publishing:
            raise NotRtmpError("publish at the wrong time")
        name = command.rest[0] if command.rest else None
        key = name.partition("?")[0] if isinstance(name, str) else ""
        return PublishAsked(key=key[:KEY_CHARS_MAX])

    def _tell(self, level: str, code: str, description: str) -> None:
        self._output += write_command(
            "onStatus", 0, None, _status(level, code, description), stream_id=MEDIA_STREAM
        )

    def _acknowledge(self) -> None:
        """Say how much came, as often as the peer wants to hear it."""
        if self._received - self._acknowledged >= self._window:
            self._acknowledged = self._received
            self._output += write_number(Kind.ACKNOWLEDGEMENT, self._received % UINT32_SPAN)


def _status(level: str, code: str, description: str) -> dict[str, Value]:
    return {"level": level, "code": code, "description": description}
