"""Runs the show: what is said when, and what each frame shows and sounds like."""

import asyncio
import logging
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np

from chophien.media.pacer import Pacer
from chophien.media.timeline import SAMPLES_PER_FRAME, frame_starts_samples, samples_of
from chophien.streamer.counts import ShowCounts
from chophien.streamer.desk import Confirmed, ShowDesk, Stale, Utterance
from chophien.streamer.face.pose import Mood, Pose
from chophien.streamer.media_clock import MediaClock
from chophien.streamer.mind.delivery import DELIVERIES
from chophien.streamer.mind.mind import Mind, NextProduct
from chophien.streamer.motion import approach
from chophien.streamer.performance import Performance, prepare
from chophien.streamer.pipeline import Frame, Pipeline
from chophien.streamer.stage.view import CaptionView, StageView
from chophien.streamer.views import stage_view
from chophien.streamer.voice.speech import Voice
from chophien.wire.snapshot import ShowSnapshot

logger = logging.getLogger(__name__)

# Silence before the first sentence: players are just opening.
OPENING_S = 1.0
# After a failure, and after asking for the next product.
RETRY_S = 1.0
# In a rush of orders facts change by the millisecond; this often is soon enough to see it.
WATCH_REST_S = 0.2
# The card is looked at this often besides notifications: offers begin and end by the clock.
LOOK_EVERY_S = 1.0
# A caption stays this long after its last word.
CAPTION_STAYS_S = 1.2
# A frame later than this shows the picture before again. Players hold seconds of the show, so a
# busy moment of half a second is made good by drawing faster than real time, and nobody sees it.
LATE_SAMPLES_MAX = samples_of(0.5)
REPORT_EVERY_S = 60.0
_SILENCE = np.zeros(SAMPLES_PER_FRAME, dtype=np.int16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """Those who make the show."""

    desk: ShowDesk
    mind: Mind
    voice: Voice
    pipeline: Pipeline
    pacer: Pacer
    media_thread: Executor
    """Draws and encodes: one worker."""
    voice_thread: Executor
    """Synthesises: one worker."""


@dataclass(slots=True, kw_only=True)
class _OnAir:
    performance: Performance
    starts_frames: int


class Director:
    """One show, until it is cancelled; it never ends by itself.

    Three tasks share this object on one event loop: the frame loop, which alone speaks; the mind,
    which keeps one sentence ready; and the watch, which throws a sentence away, or cuts it at its
    next clause, when the facts it speaks of have changed. A failure of mind, voice, desk or
    picture leaves the host silent and breathing; it is logged, counted and tried again.
    """

    def __init__(self, crew: Crew, *, first_look: ShowSnapshot, counts: ShowCounts) -> None:
        """Take over a show whose facts at this moment are `first_look`."""
        self._crew = crew
        self._counts = counts
        self._clock = MediaClock()
        self._snapshot = first_look
        self._ready: Performance | None = None
        self._on_air: _OnAir | None = None
        self._wanted = asyncio.Event()
        self._quiet_until_samples = samples_of(OPENING_S)
        self._caption: CaptionView | None = None
        self._caption_until_samples = 0
        self._pose = Pose(at_s=0.0)
        self._view: tuple[ShowSnapshot, CaptionView | None, StageView] | None = None

    async def run(self) -> None:
        """Go on air."""
        self._wanted.set()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._think_on())
            group.create_task(self._watch_on())
            group.create_task(self._look_on())
            group.create_task(self._report_on())
            await self._roll_on()

    # ------------------------------------------------------------ frame loop

    async def _roll_on(self) -> None:
        loop = asyncio.get_running_loop()
        frame_index = 0
        while True:
            offset = frame_starts_samples(frame_index)
            late = await self._crew.pacer.wait_until(offset)
            self._clock.advance(offset)
            await self._cue(frame_index)
            frame = self._compose_frame(frame_index, is_late=late > LATE_SAMPLES_MAX)
            await loop.run_in_executor(self._crew.media_thread, self._crew.pipeline.push, frame)
            frame_index += 1

    async def _cue(self, frame_index: int) -> None:
        """End a sentence that is over; start the one that is ready, if the desk agrees."""
        now = frame_starts_samples(frame_index)
        playing = self._on_air
        if playing and frame_index >= playing.starts_frames + playing.performance.frame_count:
            delivery = DELIVERIES[playing.performance.utterance.beat]
            self._quiet_until_samples = now + samples_of(delivery.rest_s)
            self._caption_until_samples = now + samples_of(CAPTION_STAYS_S)
            self._on_air = None
        if self._on_air or self._ready is None or now < self._quiet_until_samples:
            return
        performance, self._ready = self._ready, None
        answer = await self._ask(performance.utterance)
        match answer:
            case Confirmed():
                self._counts.sentences += 1
                self._on_air = _OnAir(performance=performance, starts_frames=frame_index)
                self._crew.mind.spoken(performance.utterance, at_s=self._clock.now_s)
            case Stale():
                self._counts.sentences_stale += 1
                self._crew.mind.stale(performance.utterance)
            case None:
                self._quiet_until_samples = now + samples_of(RETRY_S)
        self._wanted.set()

    async def _ask(self, utterance: Utterance) -> Confirmed | Stale | None:
        try:
            return await self._crew.desk.confirm(utterance)
        except Exception:  # the stage border: without the desk's leave the host stays silent
            logger.exception("the desk could not confirm a sentence")
            self._counts.fail("desk")
            return None

    def _compose_frame(self, frame_index: int, *, is_late: bool) -> Frame:
        playing = self._on_air
        now = frame_starts_samples(frame_index)
        mood, points, greets = self._pose.mood, False, False
        sound = _SILENCE
        self._pose = replace(self._pose, at_s=self._clock.now_s, visemes={}, loudness=0.0)
        if playing:
            within = frame_index - playing.starts_frames
            performance = playing.performance
            delivery = DELIVERIES[performance.utterance.beat]
            mood, points, greets = delivery.mood, delivery.points, delivery.greets
            sound = performance.sound(within)
            self._caption = performance.caption(within)
            self._pose = replace(
                self._pose,
                visemes=performance.visemes(within),
                loudness=float(performance.loudness[within]),
            )
        elif now >= self._caption_until_samples:
            self._caption = None
            mood = Mood.FRIENDLY
        self._pose = replace(
            self._pose,
            mood=mood,
            pointing=approach(self._pose.pointing, float(points)),
            greeting=approach(self._pose.greeting, float(greets)),
        )
        return Frame(view=self._stage_view(), pose=self._pose, sound=sound, is_late=is_late)

    def _stage_view(self) -> StageView:
        """Lay out the view only when facts or caption have changed."""
        known = self._view
        if known and known[0] is self._snapshot and known[1] == self._caption:
            return known[2]
        view = stage_view(self._snapshot, self._caption)
        self._view = (self._snapshot, self._caption, view)
        return view

    # ------------------------------------------------------------ mind

    async def _think_on(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            if self._ready is not None:
                continue
            if not await self._think():
                await self._clock.sleep(RETRY_S)
                self._wanted.set()

    async def _think(self) -> bool:
        """Make the next sentence ready; tell whether one is."""
        part = "desk"
        try:
            self._see(await self._crew.desk.snapshot())
            part = "mind"
            line = self._crew.mind.compose(self._snapshot, at_s=self._clock.now_s)
            if isinstance(line, NextProduct):
                part = "desk"
                await self._crew.desk.advance()
                return False
            part = "voice"
            performance = await asyncio.get_running_loop().run_in_executor(
                self._crew.voice_thread, self._perform, line
            )
        except Exception:  # the stage border: silence and a picture go on
            logger.exception("no sentence could be made ready")
            self._counts.fail(part)
            return False
        if not self._holds(line):
            return False
        self._ready = performance
        return True

    def _perform(self, utterance: Utterance) -> Performance:
        mood = DELIVERIES[utterance.beat].mood
        return prepare(utterance, self._crew.voice.synthesize(utterance.spoken, mood))

    # ------------------------------------------------------------ watch

    async def _watch_on(self) -> None:
        """Look as soon as something changed."""
        while True:
            try:
                await self._crew.desk.changed(self._snapshot)
                self._see(await self._crew.desk.snapshot())
            except Exception:  # the stage border: the picture shows what was known
                logger.exception("the desk could not be watched")
                self._counts.fail("desk")
                await self._clock.sleep(RETRY_S)
            await self._clock.sleep(WATCH_REST_S)

    async def _look_on(self) -> None:
        """Look now and then: a price may begin or end without any change of the records."""
        while True:
            await self._clock.sleep(LOOK_EVERY_S)
            try:
                self._see(await self._crew.desk.snapshot())
            except Exception:  # the stage border: the picture shows what was known
                logger.exception("the desk could not be read")
                self._counts.fail("desk")

    def _see(self, snapshot: ShowSnapshot) -> None:
        """Take in new facts; sentences that they contradict go no further."""
        if snapshot.at < self._snapshot.at:
            return
        self._snapshot = snapshot
        if self._ready is not None and not self._holds(self._ready.utterance):
            self._ready = None
            self._wanted.set()
        playing = self._on_air
        if playing is None or _is_true(playing.performance.utterance, snapshot, free=False):
            return
        spoken = self._clock.now_samples - frame_starts_samples(playing.starts_frames)
        cut_at = playing.performance.next_clause_samples(spoken + SAMPLES_PER_FRAME)
        if cut_at is not None:
            self._counts.sentences_cut += 1
            playing.performance = playing.performance.cut(cut_at)

    def _holds(self, utterance: Utterance) -> bool:
        """Tell whether a sentence still fits the latest facts and the product on air."""
        if utterance.claims and utterance.claims[0].sku_id != self._snapshot.pinned_sku_id:
            return False
        return _is_true(utterance, self._snapshot, free=True)

    # ------------------------------------------------------------ accounts

    async def _report_on(self) -> None:
        while True:
            await self._clock.sleep(REPORT_EVERY_S)
            logger.info("on air: %s; ms per frame: %s", self._counts, self._counts.ms_per_frame())


def _is_true(utterance: Utterance, snapshot: ShowSnapshot, *, free: bool) -> bool:
    """Tell whether facts are still as claimed, the number left compared only when asked."""
    if utterance.valid_until is not None and snapshot.at >= utterance.valid_until:
        return False
    shelf = {goods.sku_id: goods for goods in snapshot.shelf}
    for claim in utterance.claims:
        goods = shelf.get(claim.sku_id)
        if goods is None or goods.digest != claim.digest:
            return False
        if free and claim.free is not None and claim.free != goods.free:
            return False
    return True
