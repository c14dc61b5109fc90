"""Programs to platforms: a sink for each show, and one thread in which all of it is sent."""

import asyncio
import logging
import ssl
import time
from collections.abc import Mapping
from concurrent.futures import Future, wait
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Thread

import psycopg
from typing_extensions import override

from chophien.domain.outward import IpNetwork
from chophien.media.line import Line
from chophien.media.outward.backlog import Headers, Item, build_headers, build_item
from chophien.media.outward.client import Target
from chophien.media.outward.desk import OutwardDesk, Wanted
from chophien.media.outward.sender import Fault, Sender, SendReport, SendState
from chophien.media.packets import Format, Packet, Sink

logger = logging.getLogger(__name__)
LOOK_S = 2.0
# From the program's end: what waits is sent, then whoever still hangs is cut off.
END_S_MAX = 5.0
# How long a program that begins again waits for the one before to be gone from the platforms.
HAND_OVER_S_MAX = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OutwardSettings:
    """What sending outward needs to know of the installation."""

    database_url: str
    session: Mapping[str, str]
    """Settings of PostgreSQL for its connection: whether the fair's clock may be moved."""
    secret: str = field(repr=False)
    """Opens the platforms' keys."""
    allowed: tuple[IpNetwork, ...] = ()
    """Networks that may be sent to although they are inside."""


class Outward:
    """The thread of one process in which programs are sent outward. Start one, close it at the end.

    Nothing in it ever waits for anything but its own connections, so a program's thread only
    leaves its packets there.
    """

    def __init__(self, settings: OutwardSettings) -> None:
        self._settings = settings
        self._tls = ssl.create_default_context()
        self._tls.minimum_version = ssl.TLSVersion.TLSv1_2
        self._loop = asyncio.new_event_loop()
        self._line = Line(settings.database_url, session=settings.session)
        self._shows: dict[int, tuple[_Keeper, Future[None]]] = {}
        self._thread = Thread(target=self._run, name="outward", daemon=True)
        self._thread.start()

    def open_sink(self, *, show_id: int, is_artificial: bool) -> "OutwardSink":
        """A sink for one program of a show; what it was sent to before is let go first."""
        desk = OutwardDesk(
            line=self._line,
            show_id=show_id,
            is_artificial=is_artificial,
            secret=self._settings.secret,
        )
        keeper = _Keeper(desk, allowed=self._settings.allowed, tls=self._tls)
        running = {key: each for key, each in self._shows.items() if not each[1].done()}
        before = running[show_id][1] if show_id in running else None
        ended = asyncio.run_coroutine_threadsafe(keeper.run(after=before), self._loop)
        ended.add_done_callback(_log_fault)
        self._shows = running | {show_id: (keeper, ended)}
        return OutwardSink(self._loop, keeper)

    def close(self) -> None:
        """End everything that is still sent, within seconds, and the thread."""
        for keeper, _ in self._shows.values():
            self._loop.call_soon_threadsafe(keeper.finish)
        _, slow = wait([ended for _, ended in self._shows.values()], END_S_MAX * 2)
        for ended in slow:
            ended.cancel()
        asyncio.run_coroutine_threadsafe(self._wind_up(), self._loop).result(END_S_MAX * 2)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(END_S_MAX)

    async def _wind_up(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.wait(others, timeout=END_S_MAX) if others else None
        await self._line.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.close()


class OutwardSink(Sink):
    """Takes one program. Each packet becomes a tag once, whatever the number of platforms."""

    def __init__(self, loop: asyncio.AbstractEventLoop, keeper: "_Keeper") -> None:
        self._loop = loop
        self._keeper = keeper
        self._headers: Headers | None = None

    @override
    def begin(self, epoch: Format, *, starts_at: datetime) -> None:
        self._headers = build_headers(epoch)

    @override
    def push(self, packet: Packet) -> None:
        assert self._headers is not None, "an epoch began"
        item = build_item(packet, self._headers)
        self._loop.call_soon_threadsafe(self._keeper.put, item)

    @override
    def finish(self) -> None:
        self._loop.call_soon_threadsafe(self._keeper.finish)


@dataclass(slots=True)
class _Running:
    target: Target
    sender: Sender
    task: "asyncio.Task[None]"


class _Keeper:
    """Looks after one show's senders: those that are wanted run, those that are not end."""

    def __init__(
        self, desk: OutwardDesk, *, allowed: tuple[IpNetwork, ...], tls: ssl.SSLContext
    ) -> None:
        self._desk = desk
        self._allowed = allowed
        self._tls = tls
        self._running: dict[int, _Running] = {}
        self._forbidden: dict[int, Fault] = {}
        self._told: dict[int, Fault] = {}
        self._over = asyncio.Event()

    def put(self, item: Item) -> None:
        """One tag to all; never waits."""
        for each in self._running.values():
            each.sender.put(item)

    def finish(self) -> None:
        """The program is over."""
        self._over.set()

    async def run(self, *, after: Future[None] | None) -> None:
        """Look after them until the program is over and all have hung up."""
        try:
            await self._let_go(after)
            while not self._over.is_set():
                await self._look()
                try:
                    async with asyncio.timeout(LOOK_S):
                        await self._over.wait()
                except TimeoutError:
                    continue
        finally:
            await self._end()

    async def _let_go(self, before: Future[None] | None) -> None:
        if before is not None and not before.done():
            await asyncio.wait({asyncio.wrap_future(before)}, timeout=HAND_OVER_S_MAX)

    async def _look(self) -> None:
        """Read what is wanted and write how it stands; without the database all stays as it is."""
        try:
            wanted = {each.destination_id: each for each in await self._desk.list_wanted()}
            for destination_id in [*self._running]:
                if self._is_changed(destination_id, wanted) or self._has_ended(destination_id):
                    await self._stop(destination_id)
            self._forbidden = {
                each.destination_id: self._remember(each)
                for each in wanted.values()
                if each.target is None
            }
            for each in wanted.values():
                if each.target is not None and each.destination_id not in self._running:
                    self._start(each.destination_id, each.target)
            await self._tell()
        except psycopg.Error as fault:
            logger.warning("destinations cannot be read or written: %s", fault)

    def _has_ended(self, destination_id: int) -> bool:
        """Whether a sender broke off by a fault nobody foresaw: it is begun anew."""
        task = self._running[destination_id].task
        if task.done() and not task.cancelled() and (fault := task.exception()) is not None:
            logger.error("a destination's sender ended", exc_info=fault)
        return task.done()

    def _is_changed(self, destination_id: int, wanted: Mapping[int, Wanted]) -> bool:
        now = wanted.get(destination_id)
        return now is None or now.target != self._running[destination_id].target

    def _remember(self, each: Wanted) -> Fault:
        known = self._forbidden.get(each.destination_id)
        if known is not None and known.code == each.fault:
            return known
        return Fault(code=each.fault, monotonic_s=time.monotonic())

    def _start(self, destination_id: int, target: Target) -> None:
        sender = Sender(target, allowed=self._allowed, tls=self._tls)
        task = asyncio.create_task(sender.run())
        self._running[destination_id] = _Running(target, sender, task)

    async def _stop(self, destination_id: int) -> None:
        each = self._running.pop(destination_id)
        each.task.cancel()
        await asyncio.wait({each.task})
        await self._desk.write(destination_id, each.sender.report, now_s=time.monotonic())

    async def _tell(self) -> None:
        reports = {key: each.sender.report for key, each in self._running.items()}
        reports |= {
            key: SendReport(state=SendState.FORBIDDEN, fault=fault)
            for key, fault in self._forbidden.items()
        }
        for destination_id, report in reports.items():
            await self._desk.write(destination_id, report, now_s=time.monotonic())
            if report.fault is not None and _is_news(self._told.get(destination_id), report.fault):
                await self._desk.add_fault(destination_id, report.fault)
                self._told[destination_id] = report.fault

    async def _end(self) -> None:
        """Let all hang up properly; who does not in time is cut off."""
        for each in self._running.values():
            each.sender.finish()
        tasks = {each.task for each in self._running.values()}
        if tasks:
            _, slow = await asyncio.wait(tasks, timeout=END_S_MAX)
            for task in slow:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        now_s = time.monotonic()
        try:
            for destination_id, each in self._running.items():
                report = replace(each.sender.report, state=SendState.OVER)
                await self._desk.write(destination_id, report, now_s=now_s)
        except psycopg.Error as fault:
            logger.warning("the last state of destinations is not written: %s", fault)


def _log_fault(ended: Future[None]) -> None:
    """What nobody foresaw ends one show's sending, and is heard of."""
    if not ended.cancelled() and (fault := ended.exception()) is not None:
        logger.error("sending outward ended", exc_info=fault)


def _is_news(told: Fault | None, fault: Fault) -> bool:
    """The same fault again and again is one."""
    return told is None or (told.code, told.detail) != (fault.code, fault.detail)
