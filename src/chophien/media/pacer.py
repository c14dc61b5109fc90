"""Where media time meets the wall clock: the only place."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol

from typing_extensions import override

from chophien.media.timeline import RATE_HZ, to_timedelta

# A machine that was asleep or starved for longer than this does not rush through what it missed.
LATE_SAMPLES_MAX = 3 * RATE_HZ


class Pacer(Protocol):
    """Lets media time run no faster than it is meant to."""

    async def wait_until(self, offset_samples: int) -> int:
        """Return when that sample of media time is due; say how many samples late it is.

        Offsets ascend from call to call; the first call starts the clock.
        """
        ...

    def wall_time_of(self, offset_samples: int) -> datetime:
        """Tell the date and time (UTC) at which that sample was or will be due."""
        ...


class WallPacer(Pacer):
    """Real time by a monotonic clock.

    When it falls behind by more than `LATE_SAMPLES_MAX` it gives up the time lost: media time
    goes on from now (`resync_count` says how often), and no sample is dropped.
    """

    def __init__(
        self,
        started_at: datetime,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Note that it is `started_at` (aware, UTC) now."""
        self._started_at = started_at
        self._monotonic = monotonic
        self._sleep = sleep
        self._made_s = monotonic()
        self._zero_samples: int | None = None
        self.resync_count = 0

    @override
    async def wait_until(self, offset_samples: int) -> int:
        if self._zero_samples is None:
            self._zero_samples = self._now_samples() - offset_samples
        early = offset_samples - self._media_samples()
        if early > 0:
            await self._sleep(early / RATE_HZ)
        late = max(0, self._media_samples() - offset_samples)
        if late > LATE_SAMPLES_MAX:
            self._zero_samples += late
            self.resync_count += 1
            return 0
        return late

    @override
    def wall_time_of(self, offset_samples: int) -> datetime:
        zero = self._now_samples() if self._zero_samples is None else self._zero_samples
        return self._started_at + to_timedelta(zero + offset_samples)

    def _now_samples(self) -> int:
        """Samples since this pacer was made."""
        return int((self._monotonic() - self._made_s) * RATE_HZ)

    def _media_samples(self) -> int:
        return self._now_samples() - (self._zero_samples or 0)
