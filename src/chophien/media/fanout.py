"""One program to many sinks, of which none can hurt another."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from typing_extensions import override

from chophien.media.packets import Format, Packet, Sink

logger = logging.getLogger(__name__)


def _ignore() -> None:
    """Nobody counts."""


class Fanout(Sink):
    """Hands everything to each of its sinks, in their order.

    A sink that raises is logged and called again with what comes next: how it goes on is its own
    affair. `on_fault` is told each time, to count. A fault that repeats is logged once a begin.
    """

    def __init__(self, sinks: Sequence[Sink], *, on_fault: Callable[[], None] = _ignore) -> None:
        """Join sinks; more can be joined between two epochs, as `sinks`."""
        self.sinks = list(sinks)
        self._on_fault = on_fault
        self._logged: set[str] = set()

    @override
    def begin(self, epoch: Format, *, starts_at: datetime) -> None:
        self._logged.clear()
        for sink in self.sinks:
            self._guard(sink, partial(sink.begin, epoch, starts_at=starts_at))

    @override
    def push(self, packet: Packet) -> None:
        for sink in self.sinks:
            self._guard(sink, partial(sink.push, packet))

    @override
    def finish(self) -> None:
        for sink in self.sinks:
            self._guard(sink, sink.finish)

    def _guard(self, sink: Sink, call: Callable[[], None]) -> None:
        try:
            call()
        except Exception as fault:  # the border of one sink
            name = f"{type(sink).__name__}: {type(fault).__name__}"
            if name not in self._logged:
                self._logged.add(name)
                logger.exception("%s could not take what the program gave it", type(sink).__name__)
            self._on_fault()
