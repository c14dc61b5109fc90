"""The last stretch, on one thread: draw, encode, hand out."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from chophien.media.encoder import KEYFRAME_FRAMES, ShowEncoder
from chophien.media.packets import Packet, Sink
from chophien.media.timeline import frame_starts_samples, to_timedelta
from chophien.streamer.counts import ShowCounts
from chophien.streamer.face.pose import Pose
from chophien.streamer.stage.view import StageView

logger = logging.getLogger(__name__)

# Lost time that makes another epoch: the pacer gave it up, and pictures were made later than
# counting frames says.
LOST_TIME = timedelta(milliseconds=500)


class Renderer(Protocol):
    """What draws a frame; `stage.Stage` is one."""

    def render(self, view: StageView, pose: Pose) -> NDArray[np.uint8]:
        """Draw: shape (height, width, 4), RGBA, C-contiguous; may be reused by the next call."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A twenty-fifth of a second of the show, not yet drawn."""

    view: StageView
    pose: Pose
    sound: NDArray[np.int16]
    """Shape (1920,), mono."""
    is_late: bool
    """Show the picture before again instead of drawing: makes up for lost time."""


class Pipeline:
    """Takes frames in order. Calls block; they come from one thread at a time.

    A picture that cannot be drawn is replaced by the one before; that is logged and counted, and
    the show goes on. What a sink cannot take is the sink's own affair.
    """

    def __init__(
        self,
        *,
        renderer: Renderer,
        encoder: ShowEncoder,
        sink: Sink,
        wall_time_of: Callable[[int], datetime],
        counts: ShowCounts,
        blank: NDArray[np.uint8],
    ) -> None:
        """Join the parts; `blank` is shown when not even the first picture can be drawn."""
        self._renderer = renderer
        self._encoder = encoder
        self._sink = sink
        self._wall_time_of = wall_time_of
        self._counts = counts
        self._blank: NDArray[np.uint8] | None = blank
        self._began_at: datetime | None = None
        self._began_frame = 0

    def push(self, frame: Frame) -> None:
        """Put one frame on air."""
        picture = None if frame.is_late and self._blank is None else self._draw(frame)
        with self._timed("encode"):
            packets = self._encoder.push(picture, frame.sound)
        self._blank = None
        with self._timed("write"):
            if self._counts.frames % KEYFRAME_FRAMES == 0:
                self._begin_where_needed(self._counts.frames)
            self._hand_out(packets)
        self._counts.frames += 1
        self._counts.frames_repeated += picture is None

    def finish(self) -> None:
        """Hand out what the encoder still holds, and end the program."""
        self._hand_out(self._encoder.finish())
        self._sink.finish()

    def _draw(self, frame: Frame) -> NDArray[np.uint8] | None:
        try:
            with self._timed("draw"):
                return self._renderer.render(frame.view, frame.pose)
        except Exception:  # the stage border: a picture that fails must not end the show
            logger.exception("a frame could not be drawn")
            self._counts.fail("draw")
            return self._blank

    def _begin_where_needed(self, frame_index: int) -> None:
        """Begin the program, and another epoch where time was lost: dates stay true."""
        made_at = self._wall_time_of(frame_starts_samples(frame_index))
        if self._began_at is not None:
            since = to_timedelta(frame_starts_samples(frame_index - self._began_frame))
            if abs(made_at - self._began_at - since) < LOST_TIME:
                return
        self._began_at, self._began_frame = made_at, frame_index
        self._sink.begin(self._encoder.format, starts_at=made_at)

    def _hand_out(self, packets: list[Packet]) -> None:
        for packet in packets:
            self._sink.push(packet)

    @contextmanager
    def _timed(self, step: str) -> Iterator[None]:
        started_s = time.thread_time()
        try:
            yield
        finally:
            self._counts.spend(step, time.thread_time() - started_s)
