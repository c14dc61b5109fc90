"""Media time without waiting."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, Future
from datetime import UTC, datetime

from typing_extensions import override

from chophien.media.pacer import Pacer
from chophien.media.timeline import RATE_HZ, to_timedelta

STARTED_AT = datetime(2026, 11, 11, 3, 0, tzinfo=UTC)
Hook = Callable[[], None]
# Turns of the event loop that other tasks get before each frame.
TURNS = 4


class ShowOverError(Exception):
    """The simulated show has reached its end."""


class SimulatedPacer(Pacer):
    """Runs as fast as it can, and ends the show by an exception when its time is over."""

    def __init__(self, *, stop_samples: int) -> None:
        self.now_samples = 0
        self.late_samples: dict[int, int] = {}
        """How late the frame at an offset is."""
        self.each_second: Hook | None = None
        self._stop_samples = stop_samples

    @override
    async def wait_until(self, offset_samples: int) -> int:
        for _ in range(TURNS):
            await asyncio.sleep(0)
        if offset_samples >= self._stop_samples:
            raise ShowOverError
        self.now_samples = offset_samples
        if self.each_second is not None and offset_samples % RATE_HZ == 0:
            self.each_second()
        return self.late_samples.get(offset_samples, 0)

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
