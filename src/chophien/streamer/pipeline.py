"""The last stretch, on one thread: draw, encode, write."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from chophien.media.encoder import Segment, SegmentEncoder
from chophien.media.packager import HlsPackager
from chophien.media.timeline import frame_starts_samples
from chophien.streamer.counts import ShowCounts
from chophien.streamer.face.pose import Pose
from chophien.streamer.stage.view import StageView

logger = logging.getLogger(__name__)


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

    A picture that cannot be drawn is replaced by the one before, a segment that cannot be written
    is lost and marked as a discontinuity: both are logged and counted, and the show goes on.
    """

    def __init__(
        self,
        *,
        renderer: Renderer,
        encoder: SegmentEncoder,
        packager: HlsPackager,
        wall_time_of: Callable[[int], datetime],
        counts: ShowCounts,
        blank: NDArray[np.uint8],
    ) -> None:
        """Join the parts; `blank` is shown when not even the first picture can be drawn."""
        self._renderer = renderer
        self._encoder = encoder
        self._packager = packager
        self._wall_time_of = wall_time_of
        self._counts = counts
        self._blank: NDArray[np.uint8] | None = blank

    def push(self, frame: Frame) -> None:
        """Put one frame on air."""
        picture = None if frame.is_late and self._blank is None else self._draw(frame)
        with self._timed("encode"):
            segments = self._encoder.push(picture, frame.sound)
        self._blank = None
        self._counts.frames += 1
        self._counts.frames_repeated += picture is None
        self._write(segments)

    def finish(self) -> None:
        """Write what the encoder still holds."""
        self._write(self._encoder.finish())

    def _draw(self, frame: Frame) -> NDArray[np.uint8] | None:
        try:
            with self._timed("draw"):
                return self._renderer.render(frame.view, frame.pose)
        except Exception:  # the stage border: a picture that fails must not end the show
            logger.exception("a frame could not be drawn")
            self._counts.fail("draw")
            return self._blank

    def _write(self, segments: tuple[Segment, ...]) -> None:
        for segment in segments:
            starts_at = self._wall_time_of(frame_starts_samples(segment.starts_frames))
            try:
                with self._timed("write"):
                    self._packager.add(segment, starts_at=starts_at)
            except OSError:
                logger.exception("a segment could not be written")
                self._counts.fail("write")

    @contextmanager
    def _timed(self, step: str) -> Iterator[None]:
        started_s = time.thread_time()
        try:
            yield
        finally:
            self._counts.spend(step, time.thread_time() - started_s)
