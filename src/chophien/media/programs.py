"""The programs of one media process: who may send a show, and for how long it goes on."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
import psycopg

from chophien.domain.limits import PROGRAMS_MAX, SHOW_EARLY, SHOW_GRACE
from chophien.media.line import Line
from chophien.media.packets import Sink
from chophien.media.program import (
    Feed,
    HeldError,
    MakeSlate,
    Program,
    ProgramReport,
    ProgramState,
)
from chophien.statements import load
from chophien.wire.events import (
    Envelope,
    OnAirChanged,
    ShowChanged,
    ShowStopped,
    decode_envelope,
    encode_envelope,
    room_channel,
)

logger = logging.getLogger(__name__)
_SQL = load("programs")
LOOK_S = 2.0
TOLD_S = 5.0
REPORT_S = 0.5
RETRY_S = 1.0


class Refusal(StrEnum):
    """Why somebody may not send a show, as a code; `HINDERED` comes with the hindrance's own."""

    NO_SHOW = "no_show"
    AI_HOST = "ai_host"
    """Its host is artificial: nobody else sends it."""
    NOT_YET = "not_yet"
    OVER = "over"
    HINDERED = "hindered"
    HELD = "held"
    """Somebody else is on air in it."""
    BUSY = "busy"
    AWAY = "away"
    """The database is: nobody can tell."""


class RefusedError(Exception):
    """Somebody may not send a show now."""

    def __init__(self, refusal: Refusal, detail: str = "") -> None:
        super().__init__(f"{refusal}: {detail}")
        self.refusal = refusal
        self.detail = detail


class ShowFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a show is to the media process, at one instant of the fair's clock."""

    show_id: int
    room_id: int
    title: str
    starts_at: datetime
    ends_at: datetime
    host_id: int
    is_ai: bool
    person_id: int | None
    at: datetime
    hindrances: list[str]


@dataclass(slots=True)
class _Running:
    facts: ShowFacts
    program: Program
    told: ProgramReport = field(default_factory=ProgramReport)
    told_s: float = 0.0


def name_holder(facts: ShowFacts, user_id: int) -> str:
    """Who holds a show's air: its host by any way, or somebody else by name."""
    return f"host:{facts.host_id}" if user_id == facts.person_id else f"user:{user_id}"


class Programs:
    """Begins a program when its first source comes, and ends it when its time is over.

    `run` has to be under way for programs to end and to be told of. For one event loop.
    """

    def __init__(
        self,
        *,
        url: str,
        session: dict[str, str],
        make_sinks: Callable[[ShowFacts], Sequence[Sink]],
        make_slate: Callable[[ShowFacts], MakeSlate],
    ) -> None:
        """Prepare; `make_sinks` is called in a thread and may write."""
        self._url = url
        self._line = Line(url, session=session)
        self._make_sinks = make_sinks
        self._make_slate = make_slate
        self._running: dict[int, _Running] = {}
        self._beginning = asyncio.Lock()

    async def attach(self, show_id: int, *, source: str, user_id: int | None = None) -> Feed:
        """Let a source of a show in: of that person, or of the show's host for nobody.

        Raises:
            RefusedError: it may not come in now.
        """
        facts = await self._find(show_id)
        _require_open(facts)
        holder = f"host:{facts.host_id}" if user_id is None else name_holder(facts, user_id)
        async with self._beginning:
            running = self._running.get(show_id)
            if running is None or running.program.report.state is ProgramState.ENDED:
                running = await self._begin(facts)
            try:
                return running.program.attach(holder=holder, source=source)
            except HeldError as fault:
                raise RefusedError(Refusal.HELD) from fault

    def detach(self, show_id: int, feed: Feed) -> None:
        """A connection is gone."""
        running = self._running.get(show_id)
        if running is not None:
            running.program.detach(feed)

    def find_report(self, show_id: int) -> ProgramReport | None:
        """How a show's program stands, if there is one."""
        running = self._running.get(show_id)
        return None if running is None else running.program.report

    async def run(self) -> None:
        """Look after programs until cancelled; then all of them end."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._look_on())
                tasks.create_task(self._listen_on())
                tasks.create_task(self._tell_on())
        finally:
            await self._end_all()

    async def look(self) -> None:
        """End what is over, or may not go on. While the database is away, everything goes on."""
        try:
            found = await self._find_all([*self._running])
        except psycopg.OperationalError as fault:
            logger.warning("the database is away; programs go on: %s", fault)
            return
        for show_id, running in tuple(self._running.items()):
            facts = found.get(show_id)
            reason = _find_reason_to_end(facts, running.program.report)
            if reason:
                logger.info("show %s ends: %s", show_id, reason)
                running.program.end(reason)
            elif facts is not None:
                running.facts = facts

    async def tell(self) -> None:
        """Write down how programs stand, if it changed or was not told for a while."""
        for show_id, running in tuple(self._running.items()):
            report = running.program.report
            now_s = time.monotonic()
            is_new = _differs(report, running.told)
            if is_new or now_s - running.told_s >= TOLD_S:
                await self._write(running, report, is_new=is_new)
                running.told, running.told_s = report, now_s
            if report.state is ProgramState.ENDED and await asyncio.to_thread(
                running.program.join, 0
            ):
                self._running.pop(show_id, None)

    async def _begin(self, facts: ShowFacts) -> _Running:
        before = self._running.get(facts.show_id)
        if before is not None:
            await asyncio.to_thread(before.program.join)
        elif len(self._running) >= PROGRAMS_MAX:
            raise RefusedError(Refusal.BUSY)
        sinks = await asyncio.to_thread(self._make_sinks, facts)
        program = Program(sinks=sinks, make_slate=self._make_slate(facts), started_at=facts.at)
        program.start()
        logger.info("show %s has a program", facts.show_id)
        running = self._running[facts.show_id] = _Running(facts, program)
        return running

    async def _find(self, show_id: int) -> ShowFacts:
        try:
            found = await self._find_all([show_id])
        except psycopg.OperationalError as fault:
            raise RefusedError(Refusal.AWAY) from fault
        if show_id not in found:
            raise RefusedError(Refusal.NO_SHOW)
        return found[show_id]

    async def _find_all(self, show_ids: Sequence[int]) -> dict[int, ShowFacts]:
        if not show_ids:
            return {}
        rows = await self._line.run(_SQL["find_shows"], show_ids=[*show_ids])
        return {row["show_id"]: msgspec.convert(row, ShowFacts) for row in rows}

    async def _write(self, running: _Running, report: ProgramReport, *, is_new: bool) -> None:
        facts = running.facts
        since = report.since or facts.at
        await self._line.run(
            _SQL["write_on_air"],
            show_id=facts.show_id,
            state=report.state.value,
            source=report.source,
            since=since,
            on_air_since=report.on_air_since,
            bitrate_bps=report.bitrate_bps,
            epochs=report.epoch_count,
            fault=report.fault,
        )
        if is_new:
            event = OnAirChanged(
                show_id=facts.show_id, room_id=facts.room_id, state=report.state.value, since=since
            )
            envelope = Envelope(channel=room_channel(facts.room_id), event=event)
            await self._line.run(_SQL["notify"], payload=encode_envelope(envelope))

    async def _look_on(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(LOOK_S)

    async def _tell_on(self) -> None:
        while True:
            try:
                await self.tell()
            except psycopg.OperationalError as fault:
                logger.warning("the database is away: %s", fault)
                await asyncio.sleep(RETRY_S)
            await asyncio.sleep(REPORT_S)

    async def _listen_on(self) -> None:
        """Look at once when a show was stopped or changed."""
        while True:
            try:
                async for payload in _listen(self._url):
                    if _concerns_shows(payload):
                        await self.look()
            except psycopg.OperationalError as fault:
                logger.warning("not listening: %s", fault)
                await asyncio.sleep(RETRY_S)

    async def _end_all(self) -> None:
        for running in self._running.values():
            running.program.end("restarting")
        for running in self._running.values():
            await asyncio.to_thread(running.program.join)
        await self._line.close()


def _require_open(facts: ShowFacts) -> None:
    if facts.is_ai:
        raise RefusedError(Refusal.AI_HOST)
    if facts.hindrances:
        raise RefusedError(Refusal.HINDERED, facts.hindrances[0])
    if facts.at < facts.starts_at - SHOW_EARLY:
        raise RefusedError(Refusal.NOT_YET)
    if facts.at >= facts.ends_at:
        raise RefusedError(Refusal.OVER)


def _find_reason_to_end(facts: ShowFacts | None, report: ProgramReport) -> str:
    """Why a program has to end; empty while it need not."""
    if facts is None:
        return Refusal.NO_SHOW.value
    if facts.hindrances:
        return facts.hindrances[0]
    is_live = report.state is ProgramState.LIVE
    grace = SHOW_GRACE if is_live else timedelta()
    return Refusal.OVER.value if facts.at >= facts.ends_at + grace else ""


def _differs(report: ProgramReport, told: ProgramReport) -> bool:
    return (report.state, report.since) != (told.state, told.since)


async def _listen(url: str) -> AsyncIterator[str]:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute("LISTEN chophien")
        async for notification in connection.notifies():
            yield notification.payload


def _concerns_shows(payload: str) -> bool:
    try:
        event = decode_envelope(payload).event
    except (msgspec.DecodeError, msgspec.ValidationError):
        return False
    return isinstance(event, ShowStopped | ShowChanged)
