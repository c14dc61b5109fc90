"""The publishing end of RTMP, to one server out in the world.

Not FFmpeg's: it looks a name up by itself, so nobody could check where a connection leads; and
it cannot be told of a new format. The address that was checked is the one connected to.
"""

import asyncio
import contextlib
import secrets
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address

from chophien.domain.outward import Address, IpNetwork, check_ip
from chophien.media.rtmp.amf import BadAmfError
from chophien.media.rtmp.chunks import (
    CHUNK_BYTES_WRITTEN,
    UINT32_SPAN,
    BadChunkError,
    ChunkReader,
    Kind,
    Message,
    read_uint32,
    write_control,
    write_message,
    write_number,
)
from chophien.media.rtmp.commands import (
    HANDSHAKE_BYTES,
    PING,
    PONG,
    VERSION,
    Command,
    read_command,
    read_text,
    write_command,
)

OPEN_S_MAX = 15.0
LOOK_UP_S_MAX = 5.0
STALL_S_MAX = 10.0
CLOSE_S_MAX = 2.0
READ_BYTES = 65_536
ANSWER_BYTES_MAX = 65_536
# A second of video at most lies in buffers where nobody sees it; the rest waits in the backlog.
BUFFER_BYTES = 262_144
_CONNECT, _RELEASE, _ANNOUNCE, _CREATE, _PUBLISH = 1, 2, 3, 4, 5
_AUDIO_STREAM, _VIDEO_STREAM, _DATA_STREAM = 4, 6, 5
_DETAIL_CHARS_MAX = 160


class RefusedError(Exception):
    """The platform does not take the stream: its code, and what it said."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where to, and with which key."""

    address: Address
    key: str = field(repr=False)


async def find_server(address: Address, *, allowed: tuple[IpNetwork, ...]) -> Sequence[str]:
    """The numbers behind a name, all of them checked.

    Raises:
        BadAddressError: one of them is inside, or the port is none of RTMP's.
        OSError: there is no such name.
        TimeoutError: nobody answers.
    """
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(LOOK_UP_S_MAX):
        found = await loop.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    numbers = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for number in numbers:
        check_ip(ip_address(number), address.port, allowed=allowed)
    return numbers


class Publishing:
    """One connection on which the server has said that it takes the stream."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._chunks = ChunkReader(message_bytes_max=ANSWER_BYTES_MAX)
        self._stream_id = 0
        self._received = 0
        self._acknowledged = 0
        self._window = 0
        self._key = ""

    async def greet(self, target: Target) -> None:
        """Go from the first byte to the leave to send.

        Raises:
            RefusedError: the server does not want it.
            OSError: the line broke, or it was no RTMP server.
        """
        self._key = target.key
        await self._shake_hands()
        self._writer.write(write_number(Kind.SET_CHUNK_SIZE, CHUNK_BYTES_WRITTEN))
        facts = {
            "app": target.address.app,
            "type": "nonprivate",
            "flashVer": "FMLE/3.0 (compatible; Cho Phien)",
            "tcUrl": target.address.url,
        }
        self._writer.write(write_command("connect", _CONNECT, facts))
        await self._await_result(_CONNECT)
        self._writer.write(write_command("releaseStream", _RELEASE, None, target.key))
        self._writer.write(write_command("FCPublish", _ANNOUNCE, None, target.key))
        self._writer.write(write_command("createStream", _CREATE, None))
        created = await self._await_result(_CREATE)
        number = created.rest[0] if created.rest else None
        self._stream_id = (
            int(number) if isinstance(number, float) and 0 < number < UINT32_SPAN else 1
        )
        publish = write_command(
            "publish", _PUBLISH, None, target.key, "live", stream_id=self._stream_id
        )
        self._writer.write(publish)
        await self._await_start()

    async def watch(self) -> None:
        """Answer the server until it says that it takes nothing more. Never returns.

        Raises:
            RefusedError: it said why.
            OSError: it closed the line.
        """
        while True:
            for command in await self._read():
                _require_no_error(command)

    def send_metadata(self, payload: bytes, time_ms: int) -> None:
        """Tell what follows; `flush` carries it on its way."""
        self._write(_DATA_STREAM, Kind.DATA, payload, time_ms)

    def send(self, kind: Kind, payload: bytes, time_ms: int) -> None:
        """Send a tag; `flush` carries it on its way."""
        chunk_stream = _VIDEO_STREAM if kind is Kind.VIDEO else _AUDIO_STREAM
        self._write(chunk_stream, kind, payload, time_ms)

    async def flush(self) -> None:
        """Wait until the line takes more.

        Raises:
            TimeoutError: for `STALL_S_MAX` nothing went through.
            OSError: the line broke.
        """
        async with asyncio.timeout(STALL_S_MAX):
            await self._writer.drain()

    async def close(self) -> None:
        """Say good-bye if that is still possible, and hang up."""
        with contextlib.suppress(OSError, TimeoutError):
            if self._stream_id:
                self._writer.write(write_command("FCUnpublish", 6, None, self._key))
                self._writer.write(write_command("deleteStream", 7, None, self._stream_id))
            self._writer.close()
            async with asyncio.timeout(CLOSE_S_MAX):
                await self._writer.wait_closed()
        self._writer.transport.abort()

    def _write(self, chunk_stream: int, kind: Kind, payload: bytes, time_ms: int) -> None:
        message = Message(
            kind=kind, timestamp_ms=time_ms, stream_id=self._stream_id, payload=payload
        )
        self._writer.write(write_message(chunk_stream, message))

    async def _shake_hands(self) -> None:
        c1 = bytes(8) + secrets.token_bytes(HANDSHAKE_BYTES - 8)
        self._writer.write(bytes((VERSION,)) + c1)
        try:
            answer = await self._reader.readexactly(1 + 2 * HANDSHAKE_BYTES)
        except asyncio.IncompleteReadError as fault:
            raise ConnectionResetError("closed in the greeting") from fault
        if answer[0] != VERSION:
            raise ConnectionResetError("not an RTMP server")
        self._writer.write(answer[1 : 1 + HANDSHAKE_BYTES])

    async def _await_result(self, transaction: int) -> Command:
        while True:
            for command in await self._read():
                _require_no_error(command)
                if command.name == "_result" and command.transaction == transaction:
                    return command

    async def _await_start(self) -> None:
        while True:
            for command in await self._read():
                _require_no_error(command)
                if _status_of(command)[0] == "NetStream.Publish.Start":
                    return

    async def _read(self) -> list[Command]:
        """What the server says, after its housekeeping was answered."""
        data = await self._reader.read(READ_BYTES)
        if not data:
            raise ConnectionResetError("closed by the platform")
        self._received += len(data)
        commands = []
        try:
            for message in self._chunks.feed(data):
                if message.kind in {Kind.COMMAND, Kind.COMMAND_AMF3}:
                    commands.append(read_command(message))
                else:
                    self._keep_house(message)
        except (BadChunkError, BadAmfError) as fault:
            raise ConnectionResetError(f"not understood: {fault}") from fault
        if self._window and self._received - self._acknowledged >= self._window:
            self._acknowledged = self._received
            self._writer.write(write_number(Kind.ACKNOWLEDGEMENT, self._received % UINT32_SPAN))
        return commands

    def _keep_house(self, message: Message) -> None:
        if message.kind == Kind.WINDOW_SIZE:
            self._window = read_uint32(message)
        elif message.kind == Kind.USER_CONTROL and message.payload[:2] == PING.to_bytes(2, "big"):
            pong = PONG.to_bytes(2, "big") + message.payload[2:6]
            self._writer.write(write_control(Kind.USER_CONTROL, pong))


def _status_of(command: Command) -> tuple[str, str, str]:
    """Code, level and text of a status; empty where it has none."""
    for value in (*command.rest, command.fields):
        if isinstance(value, dict) and "code" in value:
            return (
                read_text(value, "code"),
                read_text(value, "level"),
                read_text(value, "description"),
            )
    return "", "", ""


def _require_no_error(command: Command) -> None:
    code, level, text = _status_of(command)
    if command.name == "_error" or level == "error":
        raise RefusedError("refused", f"{code} {text}".strip()[:_DETAIL_CHARS_MAX])
    if code == "NetStream.Unpublish.Success" or command.name == "close":
        raise RefusedError("ended_there", f"{code} {text}".strip()[:_DETAIL_CHARS_MAX])


async def open_publishing(
    target: Target, *, allowed: tuple[IpNetwork, ...], tls: ssl.SSLContext
) -> Publishing:
    """Connect and get leave to send.

    Raises:
        BadAddressError: the name leads inside.
        RefusedError: the platform does not want it, most often because of the key.
        ssl.SSLError: its certificate does not hold.
        OSError: it cannot be reached.
        TimeoutError: it does not answer.
    """
    address = target.address
    async with asyncio.timeout(OPEN_S_MAX):
        numbers = await find_server(address, allowed=allowed)
        reader, writer = await _connect(address, numbers, tls)
        publishing = Publishing(reader, writer)
        is_taken = False
        try:
            await publishing.greet(target)
            is_taken = True
        finally:
            if not is_taken:
                writer.transport.abort()
        return publishing


async def _connect(
    address: Address, numbers: Sequence[str], tls: ssl.SSLContext
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """To the first of the numbers that answers; TLS is checked against the name."""
    fault: OSError = ConnectionRefusedError("no address")
    for number in numbers:
        try:
            reader, writer = await asyncio.open_connection(
                number,
                address.port,
                ssl=tls if address.is_secure else None,
                server_hostname=address.host if address.is_secure else None,
                limit=READ_BYTES,
            )
        except ssl.SSLError:
            raise
        except OSError as refused:
            fault = refused
            continue
        _tune(writer)
        return reader, writer
    raise fault


def _tune(writer: asyncio.StreamWriter) -> None:
    """Small buffers, and an end when the other side has been silent for long."""
    line = writer.get_extra_info("socket")
    line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(STALL_S_MAX * 1_000))
    writer.transport.set_write_buffer_limits(high=BUFFER_BYTES)
