"""Waiting in media time, so that pauses and retries keep their length at any speed."""

import asyncio
import heapq
import itertools

from chophien.media.timeline import RATE_HZ, samples_of


class MediaClock:
    """The position of the show. For one event loop."""

    def __init__(self) -> None:
        self.now_samples = 0
        self._order = itertools.count()
        self._waiting: list[tuple[int, int, asyncio.Event]] = []

    @property
    def now_s(self) -> float:
        """Seconds of media time since the show began."""
        return self.now_samples / RATE_HZ

    def advance(self, now_samples: int) -> None:
        """Move on, and wake whoever waited for it."""
        self.now_samples = now_samples
        while self._waiting and self._waiting[0][0] <= now_samples:
            heapq.heappop(self._waiting)[2].set()

    async def sleep(self, seconds: float) -> None:
        """Wait for that much media time."""
        due = asyncio.Event()
        heapq.heappush(
            self._waiting, (self.now_samples + samples_of(seconds), next(self._order), due)
        )
        await due.wait()
