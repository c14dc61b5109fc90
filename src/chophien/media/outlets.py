"""One program to several sinks, of which one that fails costs the others nothing."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from typing_extensions import override

from chophien.media.packets import Format, Packet, Sink

logger = logging.getLogger(__name__)
# A sink that failed is tried again at the next keyframe after this long.
AGAIN = timedelta(seconds=5)


class Outlet:
    """A sink that may fail: what it misses is told, and it begins anew at a keyframe."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._is_open = False
        self._tried_at: datetime | None = None
        self.failure_count = 0

    def begin(self, epoch: Format, *, starts_at: datetime) -> None:
        """Another epoch, or the same once more after a fault."""
        self._tried_at = starts_at
        self._is_open = True
        self._try(partial(self._sink.begin, epoch, starts_at=starts_at))

    def push(self, packet: Packet) -> None:
        if self._is_open:
            self._try(partial(self._sink.push, packet))

    def finish(self) -> None:
        self._try(self._sink.finish)

    def is_due(self, at: datetime) -> bool:
        """Whether it failed, and may be tried again."""
        return not self._is_open and (self._tried_at is None or at >= self._tried_at + AGAIN)

    def _try(self, step: Callable[[], None]) -> None:
        try:
            step()
        except Exception:
            logger.exception("a sink failed: %s", type(self._sink).__name__)
            self._is_open = False
            self.failure_count += 1


class Outlets(Sink):
    """All sinks of a program as one, for one thread."""

    def __init__(self, sinks: Sequence[Sink]) -> None:
        self._outlets = [Outlet(sink) for sink in sinks]
        self._format: Format | None = None

    @property
    def failure_count(self) -> int:
        return sum(each.failure_count for each in self._outlets)

    @override
    def begin(self, epoch: Format, *, starts_at: datetime) -> None:
        self._format = epoch
        for each in self._outlets:
            each.begin(epoch, starts_at=starts_at)

    @override
    def push(self, packet: Packet) -> None:
        for each in self._outlets:
            each.push(packet)

    def revive(self, at: datetime) -> None:
        """Let sinks that failed begin again; the next packet is a keyframe of that instant."""
        for each in self._outlets:
            if self._format is not None and each.is_due(at):
                each.begin(self._format, starts_at=at)

    @override
    def finish(self) -> None:
        for each in self._outlets:
            each.finish()
