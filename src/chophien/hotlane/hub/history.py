"""The commerce lane's memory: the last events of a channel, for those who come back.

A position is an offset in an epoch. Events of an epoch are numbered without gaps, so whoever
names both is given exactly what was missed, or told that it is too much or too long ago.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from chophien.domain.limits import (
    HUB_HISTORY_BYTES_MAX,
    HUB_HISTORY_EVENTS_MAX,
    HUB_HISTORY_S,
)

MS_PER_S = 1_000


@dataclass(frozen=True, slots=True)
class Position:
    """Everything up to `offset` was seen."""

    offset: int
    epoch: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A publication as JSON of the protocol, and when it was made."""

    publication: bytes
    at_ms: int


class History:
    """A ring of one channel's publications, limited by number, bytes and age."""

    __slots__ = ("_bytes", "_cached", "_kept", "top")

    def __init__(self) -> None:
        self._kept: deque[Kept] = deque()
        self._bytes = 0
        self._cached: tuple[int, bytes] | None = None
        self.top = 0
        """The offset of the last publication, 0 before the first."""

    def append(self, event: bytes, at_ms: int) -> bytes:
        """Number an event, itself ready JSON, and keep it; returns its publication."""
        self.top += 1
        publication = b'{"data":%b,"offset":%d}' % (event, self.top)
        self._kept.append(Kept(publication, at_ms))
        self._bytes += len(publication)
        self._cached = None
        self._forget(at_ms)
        return publication

    def list_since(self, offset: int, at_ms: int) -> bytes | None:
        """The publications after `offset` as the inside of a JSON list.

        `None` when some of them are no longer kept, or were never there: nothing half is given.
        """
        self._forget(at_ms)
        missed = self.top - offset
        if missed < 0 or missed > len(self._kept):
            return None
        if self._cached is not None and self._cached[0] == offset:
            return self._cached[1]
        joined = b",".join(list(self._iterate(missed)))
        self._cached = (offset, joined)  # those who lost their line together ask the same
        return joined

    def _iterate(self, count: int) -> Iterator[bytes]:
        """The publications of the last `count`, oldest first."""
        for place in range(len(self._kept) - count, len(self._kept)):
            yield self._kept[place].publication

    def _forget(self, at_ms: int) -> None:
        """Let go of what is over one of the limits."""
        kept = self._kept
        while kept and (
            len(kept) > HUB_HISTORY_EVENTS_MAX
            or self._bytes > HUB_HISTORY_BYTES_MAX
            or at_ms - kept[0].at_ms > HUB_HISTORY_S * MS_PER_S
        ):
            self._bytes -= len(kept.popleft().publication)
            self._cached = None
