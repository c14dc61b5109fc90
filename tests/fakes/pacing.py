"""Media time without waiting."""

import asyncio
from concurrent.futures import Executor, Future
from datetime import UTC, datetime

from typing_extensions import override

from chophien.media.pacer import Pacer
from chophien.media.timeline import to_timedelta

STARTED_AT = datetime(2026, 11, 11, 3, 0, tzinfo=UTC)
# Turns of the event loop that other tasks get before each frame.
TURNS = 4


class ShowOverError(Exception):
    """The simulated show has reached its end."""


class SimulatedPacer(Pacer):
    """Runs as fast as it can, and ends the show by an exception when its time is over."""

    def __init__(self, *, stop_samples: int, late_frames: dict[int, int] | None = None) -> None:
        self.now_samples = 0
        self._stop_samples = stop_samples
        self._late = late_frames or {}

    @override
    async def wait_until(self, offset_samples: int) -> int:
        for _ in range(TURNS):
            await asyncio.sleep(0)
        if offset_samples >= self._stop_samples:
            raise ShowOverError
        self.now_samples = offset_samples
        return self._late.get(offset_samples, 0)

    @override
    def wall_time_of(self, offset_samples: int) -> datetime:
        return STARTED_AT + to_timedelta(offset_samples)

    @property
    def now(self) -> datetime:
        return self.wall_time_of(self.now_samples)


class InlineExecutor(Executor):
    """Does the work at once, on the caller's thread."""

    @override
    def submit(self, fn, /, *args, **kwargs):
        future: Future = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001  handed on to whoever waits
            future.set_exception(error)
        return future
