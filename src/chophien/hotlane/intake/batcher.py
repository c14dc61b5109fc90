"""Collecting requests into batches, and bringing every one to an answer, whatever breaks.

Batches are made in a thread with an event loop of its own: between the statements of a batch its
locks are held, and must not wait for thousands of requests to be read and answered.
"""

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

import psycopg
import uvloop

from chophien.domain.limits import LANE_BACKLOG_MAX, LANE_BATCH_MAX, LANE_WAIT_S, LOCK_WAIT_MS
from chophien.hotlane.clock import DatabaseClock
from chophien.hotlane.database import Connection, connect, run
from chophien.hotlane.intake.batch import Entry, take_orders
from chophien.hotlane.intake.book import Book
from chophien.hotlane.intake.messages import BROKEN, UNKNOWN, Wanted
from chophien.hotlane.intake.names import Names
from chophien.hotlane.requests import Answer
from chophien.statements import load
from chophien.wire.events import FAIR, Envelope, StockChanged, encode_envelope
from chophien.wire.passes import Pass

logger = logging.getLogger(__name__)

# Transactions at once in one process: while one waits for the disk, the next is computed.
CONNECTIONS = 2
# What arrives while a batch is under way makes the next one; a quiet lane waits this long.
LINGER_S = 0.003
READ_AGAIN_S = 0.25
RETRY_S = 0.2
# Plans made while tables were empty would read them whole once they are not, until statistics are
# gathered again: in the middle of a rush. Every statement of a batch has an index for its way.
BY_INDEX_ONLY = {"enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off"}
_INTAKE = load("intake")
# Gone, or too long in waiting for a lock: nothing was written, or nobody knows. The batch is asked
# again, and its keys tell.
_AWAY = (psycopg.OperationalError, psycopg.InterfaceError, OSError)


class Batcher:
    """The lane's requests in one process, from the door to the database and back.

    Args:
        url: of the database.
        is_rehearsing: whether the fair's clock may be moved.
    """

    def __init__(self, *, url: str, is_rehearsing: bool = False) -> None:
        settings = {
            "lock_timeout": str(LOCK_WAIT_MS),
            "idle_in_transaction_session_timeout": str(2 * LOCK_WAIT_MS),
            **BY_INDEX_ONLY,
        }
        if is_rehearsing:
            settings["chophien.rehearsal"] = "on"
        self._url = url
        self._settings = settings
        self._waiting: deque[Entry] = deque()
        self._is_told = False
        self._doors: asyncio.AbstractEventLoop | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._has_work = asyncio.Event()
        self._has_news = asyncio.Event()
        self._is_stopped = threading.Event()
        self._book = Book()
        self._changed: dict[int, StockChanged] = {}
        self.clock = DatabaseClock()
        self.is_open = threading.Event()
        """Set while the database answers."""

    @property
    def is_full(self) -> bool:
        return len(self._waiting) >= LANE_BACKLOG_MAX

    async def ask(self, wanted: Wanted, holder: Pass, refusal: Answer | None = None) -> Answer:
        """Wait until the request's batch is committed or refused.

        With a `refusal` only an order that the key has made before is told, else the refusal.
        """
        assert self._doors is not None, "the batcher runs"
        entry = Entry(wanted, holder, self._doors.create_future(), time.monotonic(), refusal)
        self._waiting.append(entry)
        self._tell()
        return await entry.done

    def _tell(self) -> None:
        """Wake the batches' thread, once for all that comes before it looks."""
        if not self._is_told and self._loop is not None:
            self._is_told = True
            self._loop.call_soon_threadsafe(self._has_work.set)

    async def run(self) -> None:
        """Work until cancelled, in a thread of its own.

        Raises:
            RuntimeError: that thread ended by a fault of ours, which it has told the log; nobody
                would be answered any more, so the process has to end, too.
        """
        self._doors = asyncio.get_running_loop()
        thread = threading.Thread(target=self._run, name="batches")
        thread.start()
        try:
            await asyncio.to_thread(thread.join)
            raise RuntimeError("the batches' thread ended")
        finally:
            self._is_stopped.set()
            self._wake()
            thread.join()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            self._loop = runner.get_loop()
            runner.run(self._work_all())

    async def _work_all(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            works = [self._read_book, *[self._work] * CONNECTIONS]
            working = [tasks.create_task(self._keep(work)) for work in works]
            while not self._is_stopped.is_set():
                await self._has_news.wait()
                self._has_news.clear()
            for task in working:
                task.cancel()

    def _wake(self) -> None:
        """Let the batches' thread look whether it is to end."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._has_news.set)

    async def _keep(self, work: Callable[[Connection], Awaitable[None]]) -> None:
        """Do some work on a connection of its own, again whenever the database was away."""
        while True:
            try:
                connection = await connect(
                    self._url, application="chophien lane", settings=self._settings
                )
                try:
                    await work(connection)
                finally:
                    await connection.close()
            except _AWAY as fault:
                self.is_open.clear()
                logger.warning("the database is away, asking again soon: %s", fault)
                self._give_up_old()
                await asyncio.sleep(RETRY_S)

    async def _read_book(self, connection: Connection) -> None:
        """Read anew what is sold, and tell pages what became of the stock."""
        while True:
            (row,) = await run(connection, _INTAKE["read_clock"])
            self.clock.set(real=row["real"], fair=row["fair"])
            self._book = Book(await run(connection, _INTAKE["list_ready"]))
            self.is_open.set()
            changed, self._changed = self._changed, {}
            if changed:
                told = [encode_envelope(Envelope(FAIR, event)) for event in changed.values()]
                await run(connection, _INTAKE["tell_stock"], payloads=told)
            await asyncio.sleep(READ_AGAIN_S)

    async def _work(self, connection: Connection) -> None:
        """Batch after batch on one connection."""
        (row,) = await run(connection, _INTAKE["read_numbering_key"])
        names = Names(bytes(row["key"]))
        while True:
            await self._has_work.wait()
            if len(self._waiting) < LANE_BATCH_MAX // 4:
                await asyncio.sleep(LINGER_S)
            entries = self._collect()
            if entries:
                await self._bring_through(connection, entries, names)

    def _collect(self) -> list[Entry]:
        self._is_told = False  # whoever comes from here on tells anew
        count = min(len(self._waiting), LANE_BATCH_MAX)
        entries = [self._waiting.popleft() for _ in range(count)]
        if not self._waiting:
            self._has_work.clear()
        return entries

    async def _bring_through(
        self, connection: Connection, entries: Sequence[Entry], names: Names
    ) -> None:
        """Answer every entry; where the connection broke, put them back for the next one."""
        try:
            await self._take(connection, entries, names)
        except _AWAY:
            self._waiting.extendleft(reversed(entries))
            self._has_work.set()
            raise
        except (psycopg.Error, AssertionError):
            logger.exception("a batch of %s failed", len(entries))
            if len(entries) == 1:
                self._answer(entries, [BROKEN])
                return
            # One of them is at fault: alone, it costs the others nothing.
            for entry in entries:
                await self._bring_through(connection, [entry], names)

    async def _take(self, connection: Connection, entries: Sequence[Entry], names: Names) -> None:
        outcome = await take_orders(connection, entries, book=self._book, names=names)
        for event in outcome.changed:
            self._changed[event.sku_id] = event
        self._answer(entries, outcome.answers)

    def _answer(self, entries: Sequence[Entry], answers: Sequence[Answer]) -> None:
        """Hand the answers over to the doors' loop, all at once."""
        assert self._doors is not None, "the batcher runs"
        self._doors.call_soon_threadsafe(_deliver, entries, answers)

    def _give_up_old(self) -> None:
        """Whoever waits for too long is told that the outcome is not known."""
        old = []
        while self._waiting and time.monotonic() - self._waiting[0].since_s > LANE_WAIT_S:
            old.append(self._waiting.popleft())
        self._answer(old, [UNKNOWN] * len(old))


def _deliver(entries: Sequence[Entry], answers: Sequence[Answer]) -> None:
    for entry, told in zip(entries, answers, strict=True):
        if not entry.done.done():  # the client may have gone, and its waiting with it
            entry.done.set_result(told)
