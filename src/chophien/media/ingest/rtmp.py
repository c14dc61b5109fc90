"""The server to which encoders such as OBS publish: `rtmp://host:port/live`, with a stream key."""

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from chophien.domain.limits import (
    RTMP_BITS_PER_S_MAX,
    RTMP_CONNECTIONS_MAX,
    RTMP_CONNECTIONS_OF_NETWORK_MAX,
    RTMP_OPEN_S_MAX,
    RTMP_SILENT_S_MAX,
    RTMP_WRONG_KEY_S,
)
from chophien.media.ingest.rtmp_session import (
    MediaCame,
    NotRtmpError,
    PublishAsked,
    PublishEnded,
    RtmpSession,
)
from chophien.media.ingest.rtmp_source import Begins, RtmpSource
from chophien.media.packets import Packet
from chophien.media.program import Feed, FeedEnd
from chophien.media.rtmp.chunks import Message
from chophien.media.rtmp.flv import BadTagError, UnfitMediaError
from chophien.wire.visitors import find_network

logger = logging.getLogger(__name__)
READ_BYTES = 65_536
# Pictures further apart than this: the program may have put its slate up meanwhile.
BREAK_S = 2.0
CHECK_S = 1.0
ROOM_S = 0.02
ROOM_S_MAX = 5.0
RATE_WINDOW_S = 5.0
CLOSE_S_MAX = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """Whose key it is, and for which show it is good now."""

    key_id: int
    host_id: int
    show_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAdmitted:
    """Why not, in words for the encoder's window; a wrong key is told by nothing but that."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RtmpDoor:
    """What the server asks of the rest of the house."""

    admit: Callable[[str], Awaitable[Admitted | NotAdmitted]]
    """By stream key."""
    check: Callable[[Sequence[Admitted]], Awaitable[Sequence[Admitted]]]
    """Which of these may go on; asked every `CHECK_S` seconds. All, while nobody can tell."""
    attach: Callable[[Admitted], Awaitable[Feed | NotAdmitted]]
    """The way into the show's program."""
    detach: Callable[[Admitted, Feed], None]


@dataclass(eq=False, slots=True, kw_only=True)
class _Publisher:
    admitted: Admitted
    feed: Feed
    task: "asyncio.Task[None]"
    source: RtmpSource = field(default_factory=RtmpSource)
    heard_s: float = field(default_factory=time.monotonic)
    pictured_s: float = field(default_factory=time.monotonic)
    counted_s: float = field(default_factory=time.monotonic)
    counted_bytes: int = 0
    fault: str = "gone"


class _GoneError(Exception):
    """The connection has to end; the text goes to the encoder."""

    def __init__(self, code: str, reason: str = "") -> None:
        super().__init__(reason or code)
        self.code = code
        self.reason = reason


class RtmpServer:
    """Serves encoders until it is closed. Each connection is a task that waits for nobody else."""

    def __init__(self, door: RtmpDoor) -> None:
        self._door = door
        self._server: asyncio.Server | None = None
        self._checking: asyncio.Task[None] | None = None
        self._networks: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._publishers: set[_Publisher] = set()

    @property
    def port(self) -> int:
        """Where it listens, once it was started."""
        assert self._server is not None, "the server was started"
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def start(self, *, host: str, port: int) -> None:
        """Listen.

        Raises:
            OSError: the port is taken.
        """
        self._server = await asyncio.start_server(self._serve, host, port, limit=READ_BYTES)
        self._checking = asyncio.create_task(self._keep_checking())

    async def close(self) -> None:
        """Stop listening and end all connections."""
        if self._server is None or self._checking is None:
            return
        self._server.close()
        for task in (self._checking, *self._tasks):
            task.cancel()
        await asyncio.gather(self._checking, *self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None, "a connection is a task"
        peer = writer.get_extra_info("peername") or ("",)  # gone already: nobody's
        network = find_network(str(peer[0]))
        is_full = len(self._tasks) >= RTMP_CONNECTIONS_MAX
        if is_full or self._networks[network] >= RTMP_CONNECTIONS_OF_NETWORK_MAX:
            writer.transport.abort()
            return
        self._tasks.add(task)
        self._networks[network] += 1
        try:
            await _Connection(self._door, reader, writer, self._publishers, task).run()
        except (OSError, NotRtmpError, TimeoutError) as fault:
            logger.info("an encoder's connection ended: %s", fault)
        finally:
            self._tasks.discard(task)
            self._networks[network] -= 1
            if not self._networks[network]:
                del self._networks[network]
            await _close(writer)

    async def _keep_checking(self) -> None:
        """End those whose key was replaced, whose show was stopped or is over."""
        while True:
            await asyncio.sleep(CHECK_S)
            publishers = list(self._publishers)
            if not publishers:
                continue
            good = set(await self._door.check([each.admitted for each in publishers]))
            for each in publishers:
                if each.admitted not in good:
                    each.fault = "not_admitted"
                    each.task.cancel()


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    try:
        async with asyncio.timeout(CLOSE_S_MAX):
            await writer.wait_closed()
    except (OSError, TimeoutError):
        writer.transport.abort()


class _Connection:
    """One encoder, from its greeting to its end."""

    def __init__(
        self,
        door: RtmpDoor,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        publishers: set[_Publisher],
        task: "asyncio.Task[None]",
    ) -> None:
        self._door = door
        self._reader = reader
        self._writer = writer
        self._publishers = publishers
        self._task = task
        self._session = RtmpSession()

    async def run(self) -> None:
        """Serve it to its end.

        Raises:
            NotRtmpError: it was no encoder.
            TimeoutError: it was too slow to say what it wants.
            OSError: the line broke before it published.
        """
        async with asyncio.timeout(RTMP_OPEN_S_MAX):
            asked = await self._await_publish()
        admitted = await self._door.admit(asked.key)
        if isinstance(admitted, NotAdmitted):
            await asyncio.sleep(RTMP_WRONG_KEY_S)
            await self._refuse(admitted.reason)
            logger.info("an encoder was not let in: %s", admitted.code)
            return
        feed = await self._door.attach(admitted)
        if isinstance(feed, NotAdmitted):
            await self._refuse(feed.reason)
            logger.info("an encoder was not let in: %s", feed.code)
            return
        publisher = _Publisher(admitted=admitted, feed=feed, task=self._task)
        self._publishers.add(publisher)
        feed.when_ended(self._wake)
        try:
            await self._publish(publisher)
        finally:
            self._publishers.discard(publisher)
            feed.leave(publisher.fault)
            self._door.detach(admitted, feed)

    def _wake(self, _: FeedEnd) -> None:
        """The program takes nothing more: end at once, from whichever thread that is told."""
        with contextlib.suppress(RuntimeError):  # the loop is closed, and the connection with it
            self._task.get_loop().call_soon_threadsafe(self._task.cancel)

    async def _await_publish(self) -> PublishAsked:
        """Wait for the key; encoders send nothing more before they are let in."""
        while True:
            for event in await self._read():
                if isinstance(event, PublishAsked):
                    return event

    async def _publish(self, publisher: _Publisher) -> None:
        logger.info("show %s: an encoder is on the air", publisher.admitted.show_id)
        self._session.accept()
        await self._send()
        try:
            await self._take_all(publisher)
        except _GoneError as gone:
            publisher.fault = gone.code
            if gone.reason:
                await self._refuse(gone.reason)
        except asyncio.CancelledError:
            with contextlib.suppress(OSError, TimeoutError):
                await self._refuse(_END_WORDS.get(publisher.feed.end, _ENDED))
            if self._task.cancelling() and publisher.feed.end is None:
                raise
        logger.info("show %s: encoder gone (%s)", publisher.admitted.show_id, publisher.fault)

    async def _take_all(self, publisher: _Publisher) -> None:
        while True:
            try:
                left_s = publisher.heard_s + RTMP_SILENT_S_MAX - time.monotonic()
                async with asyncio.timeout(left_s):
                    events = await self._read()
            except TimeoutError:
                raise _GoneError("silent") from None
            except OSError:
                raise _GoneError("gone") from None
            except NotRtmpError as fault:
                raise _GoneError("bad_media", f"Not understood: {fault}.") from fault
            for event in events:
                match event:
                    case MediaCame(message=message):
                        await self._take(publisher, message)
                    case PublishEnded():
                        raise _GoneError("stopped")
                    case PublishAsked():
                        pass  # of a second stream on one connection, which the session refuses

    async def _take(self, publisher: _Publisher, message: Message) -> None:
        self._count(publisher, message)
        try:
            given = publisher.source.take(message)
        except UnfitMediaError as fault:
            raise _GoneError("bad_media", str(fault)) from fault
        except BadTagError as fault:
            raise _GoneError("bad_media", f"Not understood: {fault}.") from fault
        for each in given:
            if isinstance(each, Begins):
                publisher.feed.begin(each.format, has_sound=each.has_sound)
                continue
            if each.is_video:
                publisher.pictured_s = time.monotonic()
            await self._give(publisher, each)

    def _count(self, publisher: _Publisher, message: Message) -> None:
        """Watch the rate, and for breaks after which the program needs to hear of the format."""
        publisher.heard_s = now_s = time.monotonic()
        if now_s - publisher.pictured_s > BREAK_S:
            publisher.pictured_s = now_s
            publisher.source.forget()
        publisher.counted_bytes += len(message.payload)
        elapsed_s = now_s - publisher.counted_s
        if publisher.counted_bytes * 8 > RTMP_BITS_PER_S_MAX * max(elapsed_s, RATE_WINDOW_S):
            raise _GoneError("too_much", "More than 20 Mbit/s: choose a lower bitrate.")
        if elapsed_s > RATE_WINDOW_S:
            publisher.counted_s, publisher.counted_bytes = now_s, 0

    async def _give(self, publisher: _Publisher, packet: Packet) -> None:
        """Wait until the program has room: TCP makes the encoder wait, too."""
        waited_s = 0.0
        while not publisher.feed.offer(packet):
            if publisher.feed.end is not None or waited_s > ROOM_S_MAX:
                raise _GoneError("overrun")
            await asyncio.sleep(ROOM_S)
            waited_s += ROOM_S

    async def _read(self) -> list[PublishAsked | MediaCame | PublishEnded]:
        data = await self._reader.read(READ_BYTES)
        if not data:
            raise ConnectionResetError("closed by the encoder")
        events = self._session.feed(data)
        await self._send()
        return events

    async def _send(self) -> None:
        output = self._session.take_output()
        if output:
            self._writer.write(output)
            await self._writer.drain()

    async def _refuse(self, reason: str) -> None:
        self._session.refuse(reason)
        async with asyncio.timeout(CLOSE_S_MAX):
            await self._send()


_ENDED = "The key was replaced, or the show may not go on."
_END_WORDS: dict[FeedEnd | None, str] = {
    FeedEnd.TAKEN_OVER: "Another of your connections took over.",
    FeedEnd.PROGRAM_ENDED: "The show is over.",
    FeedEnd.BAD_TIMES: "The times of pictures run ahead of the clock.",
}
