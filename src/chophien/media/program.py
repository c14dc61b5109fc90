"""A program: what one show sends, from whichever source it comes, to all its sinks.

Sources are joined on one clock. When a source is lost, or its host pauses, a slate of the same
size stands in until it is back. One thread runs a program; its feeds may be used from any.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from threading import Lock, Thread
from typing import assert_never

from chophien.domain.limits import (
    PROGRAM_BYTES_MAX,
    SLATE_AFTER_S,
    STOP_UNDO_S,
)
from chophien.media.fanout import Fanout
from chophien.media.joining import Joiner, RunawayTimesError, to_wall_time
from chophien.media.mailbox import Mailbox
from chophien.media.packets import VIDEO_TICKS_HZ, Format, Packet, Sink

logger = logging.getLogger(__name__)
LOOK_S = 0.02
RATE_WINDOW_S = 4
EARLY_PACKETS_MAX = 200
SILENT = "silent"


class ProgramState(StrEnum):
    """How a program stands."""

    WAITING = "waiting"
    """No source has come yet."""
    LIVE = "live"
    SLATE = "slate"
    """The source is lost or paused; it may come back."""
    ENDED = "ended"


class FeedEnd(StrEnum):
    """Why a program takes nothing more from a feed."""

    TAKEN_OVER = "taken_over"
    """The same holder came by another connection."""
    PROGRAM_ENDED = "program_ended"
    BAD_TIMES = "bad_times"


class HeldError(RuntimeError):
    """Somebody else is on air in this show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramReport:
    """How a program stands now, for pages and the host."""

    state: ProgramState = ProgramState.WAITING
    source: str = ""
    """Where it comes from: `browser`, `rtmp`; empty before the first."""
    since: datetime | None = None
    """Since when it is in this state."""
    on_air_since: datetime | None = None
    """When the first picture came."""
    bitrate_bps: int = 0
    epoch_count: int = 0
    fault: str = ""
    """Why the last source was lost, as a code."""
    sink_failures: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SlateLoop:
    """Coded pictures and sound that may be repeated without end."""

    format: Format
    packets: tuple[Packet, ...]
    """In the order of their times, from zero; the first is a keyframe."""
    video_ticks: int
    """Length of its pictures."""
    sound_ticks: int
    """Length of its sound, which need not be the same."""


MakeSlate = Callable[[Format], SlateLoop]
"""Draws and encodes the slate for a source of that format."""


@dataclass(frozen=True, slots=True)
class _Begun:
    format: Format
    has_sound: bool


@dataclass(frozen=True, slots=True)
class _Paused:
    pass


@dataclass(frozen=True, slots=True)
class _Left:
    fault: str


@dataclass(frozen=True, slots=True)
class _Stopped:
    pass


_Word = _Begun | _Paused | _Left | _Stopped | Packet


class Feed:
    """One source's way into a program. Any thread may use it, one at a time."""

    def __init__(self, *, holder: str, source: str, box: "Mailbox[tuple[Feed, _Word]]") -> None:
        self.holder = holder
        self.source = source
        self._box = box
        self._lock = Lock()
        self._end: FeedEnd | None = None
        self.end_detail = ""
        self._on_end: Callable[[FeedEnd], None] | None = None

    @property
    def end(self) -> FeedEnd | None:
        """Why nothing more is taken from it, if so."""
        return self._end

    def when_ended(self, call: Callable[[FeedEnd], None]) -> None:
        """Have `call` called once, from the program's thread or this one."""
        with self._lock:
            self._on_end = call
            end = self._end
        if end is not None:
            call(end)

    def begin(self, format_: Format, *, has_sound: bool = True) -> None:
        """Packets of this format follow, from a keyframe on, on a clock of their own."""
        self._tell(_Begun(format_, has_sound))

    def push(self, packet: Packet, *, wait_s_max: float = 10) -> bool:
        """Give a packet with the source's own times, waiting for room; `False`: it was not taken."""
        return self._end is None and self._box.put(
            (self, packet), size_bytes=len(packet.data), wait_s_max=wait_s_max
        )

    def offer(self, packet: Packet) -> bool:
        """Give a packet if there is room now, for who must not wait; `False`: it was not taken."""
        return self._end is None and self._box.offer((self, packet), size_bytes=len(packet.data))

    def pause(self) -> None:
        """The host wants the slate to stand in until the next `begin`."""
        self._tell(_Paused())

    def leave(self, fault: str = "gone") -> None:
        """The source is gone, and may come back soon; `fault` says why, as a code."""
        self._tell(_Left(fault))

    def stop(self) -> None:
        """The host ends the show; for `STOP_UNDO_S` she may `begin` again."""
        self._tell(_Stopped())

    def cut(self, end: FeedEnd, detail: str = "") -> None:
        """Take nothing more. For the program."""
        with self._lock:
            if self._end is not None:
                return
            self._end, self.end_detail = end, detail
            call = self._on_end
        if call is not None:
            call(end)

    def _tell(self, word: _Word) -> None:
        if self._end is None:
            self._box.offer((self, word))


@dataclass(slots=True)
class _Slate:
    """The slate while it stands in."""

    loop: SlateLoop
    starts_ticks: int
    waiting: deque[Packet] = field(default_factory=deque)
    round_index: int = 0

    def take_due(self, now_ticks: int) -> list[Packet]:
        """The packets whose time has come, from the loop's zero on."""
        due: list[Packet] = []
        elapsed = now_ticks - self.starts_ticks
        while True:
            if not self.waiting:
                self._wind()
            if _begins_ticks(self.waiting[0], self.loop.format) > elapsed:
                return due
            due.append(self.waiting.popleft())

    def _wind(self) -> None:
        for packet in self.loop.packets:
            length = self.loop.video_ticks if packet.is_video else self.loop.sound_ticks
            shift = self.round_index * length
            self.waiting.append(
                replace(
                    packet,
                    pts_ticks=packet.pts_ticks + shift,
                    dts_ticks=packet.dts_ticks + shift,
                )
            )
        self.round_index += 1


def _begins_ticks(packet: Packet, format_: Format) -> int:
    if packet.is_video:
        return packet.dts_ticks
    return packet.dts_ticks * VIDEO_TICKS_HZ // format_.audio.rate_hz


class Program:
    """One show's program, from `start` until it is told to end or its host stops it.

    Args:
        sinks: called from the program's thread.
        make_slate: called from the program's thread when a source of a new format is lost.
        started_at: what time it is, by the clock that pages go by.
    """

    def __init__(
        self,
        *,
        sinks: Sequence[Sink],
        make_slate: MakeSlate,
        started_at: datetime,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._started_at = started_at
        self._monotonic = monotonic
        self._zero_s = monotonic()
        self._make_slate = make_slate
        self._sink_failures = 0
        self._sinks = Fanout(sinks, on_fault=self._count_fault)
        self._joiner = Joiner(self._sinks, self._wall_time_of)
        self._box: Mailbox[tuple[Feed, _Word]] = Mailbox(bytes_max=PROGRAM_BYTES_MAX)
        self._feed: Feed | None = None
        self._feed_lock = Lock()
        self._report = ProgramReport(since=started_at)
        self._incoming: _Begun | None = None
        self._early: deque[Packet] = deque(maxlen=EARLY_PACKETS_MAX)
        self._current: _Begun | None = None
        self._loss = SILENT
        self._slate: _Slate | None = None
        self._loops: dict[Format, SlateLoop] = {}
        self._pictured_ticks = 0
        self._stop_ticks: int | None = None
        self._sizes: deque[tuple[int, int]] = deque()
        self._is_ending = False
        self._end_reason = ""
        self._thread = Thread(target=self._run, name="program", daemon=True)

    @property
    def report(self) -> ProgramReport:
        """How it stands; any thread may ask."""
        return replace(
            self._report,
            bitrate_bps=sum(size for _, size in tuple(self._sizes)) * 8 // RATE_WINDOW_S,
            epoch_count=self._joiner.epoch_count,
            sink_failures=self._sink_failures,
        )

    def start(self) -> None:
        self._thread.start()

    def end(self, reason: str = "") -> None:
        """End it soon: sinks finish, feeds are cut and told the reason. Any thread may call."""
        self._end_reason = reason
        self._is_ending = True

    def join(self, seconds_max: float = 10) -> bool:
        """Wait for its thread; whether it has ended."""
        self._thread.join(seconds_max)
        return not self._thread.is_alive()

    def attach(self, *, holder: str, source: str) -> Feed:
        """Let a source in; the same holder's earlier one is cut.

        Raises:
            HeldError: another holder's source is connected.
        """
        feed = Feed(holder=holder, source=source, box=self._box)
        with self._feed_lock:
            before = self._feed
            if before is not None and before.end is None and before.holder != holder:
                raise HeldError(before.source)
            self._feed = feed
        if before is not None:
            before.cut(FeedEnd.TAKEN_OVER)
        if self._report.state is ProgramState.ENDED:
            feed.cut(FeedEnd.PROGRAM_ENDED, self._end_reason)
        return feed

    def detach(self, feed: Feed) -> None:
        """A connection is gone: anybody who may can come now."""
        with self._feed_lock:
            if self._feed is feed:
                self._feed = None

    # ---- the program's own thread

    def _run(self) -> None:
        try:
            while not self._is_ending:
                word = self._box.take(wait_s_max=LOOK_S)
                if word is not None:
                    self.handle(*word)
                self.tick()
        finally:
            self._finish()

    def handle(self, feed: Feed, word: _Word) -> None:
        """Take what a feed said. Of a feed that was cut nothing is taken."""
        if feed.end is not None:
            return
        match word:
            case Packet():
                self._take(feed, word)
            case _Begun():
                self._incoming = word
                self._early.clear()
            case _Paused():
                self._lose("paused")
            case _Left(fault=fault):
                self._loss = fault
            case _Stopped():
                self._lose("stopped")
                self._stop_ticks = self._now_ticks() + STOP_UNDO_S * VIDEO_TICKS_HZ
            case _:
                assert_never(word)

    def tick(self) -> None:
        """Do what time asks for: the slate, and the end after a stop."""
        now = self._now_ticks()
        if self._stop_ticks is not None and now >= self._stop_ticks:
            self._is_ending = True
        is_live = self._report.state is ProgramState.LIVE
        if is_live and now - self._pictured_ticks > SLATE_AFTER_S * VIDEO_TICKS_HZ:
            self._lose(self._loss)
            self._incoming = self._current  # should it come back as if nothing had been
        if self._slate is not None:
            for packet in self._slate.take_due(now):
                self._joiner.push(packet, now_ticks=max(now, self._joiner.end_ticks))
        while self._sizes and now - self._sizes[0][0] > RATE_WINDOW_S * VIDEO_TICKS_HZ:
            self._sizes.popleft()

    def _take(self, feed: Feed, packet: Packet) -> None:
        now = self._now_ticks()
        if self._incoming is not None:
            if not (packet.is_video and packet.is_keyframe):
                if not packet.is_video:
                    self._early.append(packet)
                return
            self._switch_to(feed, self._incoming, now)
        elif self._report.state is not ProgramState.LIVE:
            return  # paused: what was still on its way is not shown
        if packet.is_video:
            self._pictured_ticks = now
        self._sizes.append((now, len(packet.data)))
        try:
            self._joiner.push(packet, now_ticks=now)
            while self._early:
                self._joiner.push(self._early.popleft(), now_ticks=now)
        except RunawayTimesError as fault:
            logger.warning("a source's clock is none: %s", fault)
            feed.cut(FeedEnd.BAD_TIMES)
            self._lose("bad_times")

    def _switch_to(self, feed: Feed, incoming: _Begun, now: int) -> None:
        self._incoming = None
        self._slate = self._stop_ticks = None
        self._current = incoming
        self._loss = SILENT
        self._joiner.open(incoming.format, has_sound=incoming.has_sound)
        self._tell(ProgramState.LIVE, now, source=feed.source, fault=self._report.fault)

    def _lose(self, fault: str) -> None:
        """The source is lost or paused: the slate stands in from now on."""
        self._incoming = None
        if self._current is None or self._slate is not None:
            return
        now = self._now_ticks()
        self._sizes.clear()
        format_ = self._current.format
        if format_ not in self._loops:
            self._loops = {format_: self._make_slate(format_)}
        loop = self._loops[format_]
        self._joiner.open(loop.format)
        self._slate = _Slate(loop, now)
        self._tell(ProgramState.SLATE, now, source=self._report.source, fault=fault)

    def _tell(self, state: ProgramState, now: int, *, source: str, fault: str) -> None:
        at = self._wall_time_of(now)
        first = self._report.on_air_since or at
        if state is not self._report.state or source != self._report.source:
            self._report = replace(self._report, state=state, since=at)
        self._report = replace(self._report, source=source, on_air_since=first, fault=fault)

    def _finish(self) -> None:
        now = self._now_ticks()
        self._slate = None
        fault = self._end_reason or self._report.fault
        self._tell(ProgramState.ENDED, now, source=self._report.source, fault=fault)
        self._box.close()
        with self._feed_lock:
            feed = self._feed
        if feed is not None:
            feed.cut(FeedEnd.PROGRAM_ENDED, self._end_reason)
        self._joiner.close()
        self._sinks.finish()

    def _count_fault(self) -> None:
        self._sink_failures += 1

    def _now_ticks(self) -> int:
        return int((self._monotonic() - self._zero_s) * VIDEO_TICKS_HZ)

    def _wall_time_of(self, ticks: int) -> datetime:
        return to_wall_time(self._started_at, ticks)
