"""The fair's clock: real time, but for rehearsals, in which an organiser moves it."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings

from chophien.apps.festivals.models import Clock

# How long a process may go by an offset that was changed meanwhile.
READ_AGAIN_S = 0.5
_ZERO = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the clock says, all of one look at it."""

    at: datetime
    offset: timedelta = _ZERO
    rehearsal: int = 0
    """The rehearsal that is under way; 0 in real time."""
    since: datetime | None = None
    """The fair's instant at which that rehearsal began."""

    @property
    def is_moved(self) -> bool:
        return self.offset != _ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    offset: timedelta = _ZERO
    rehearsal: int = 0
    since: datetime | None = None
    until_s: float
    """By the monotonic clock: when it has to be read again."""


class _Memory:
    """What this process read last; one assignment replaces it whole, so threads need no lock."""

    known: _Known | None = None


def now() -> datetime:
    """The fair's time; real time while nobody rehearses. Without rehearsals it costs no query."""
    return read().at


def read_real() -> datetime:
    """Real time, whatever the fair's clock says: for signatures, and for moving that clock."""
    return datetime.now(tz=UTC)  # noqa: TID251 - the edge reads the clock for everything below


def read() -> Reading:
    """Tell the fair's time and the rehearsal to which it belongs."""
    if not settings.REHEARSAL:
        return Reading(at=read_real())
    known = _Memory.known
    if known is None or time.monotonic() >= known.until_s:
        known = _Memory.known = _look()
    return Reading(
        at=read_real() + known.offset,
        offset=known.offset,
        rehearsal=known.rehearsal,
        since=known.since,
    )


def forget() -> None:
    """Read the offset anew at the next look: it was changed just now."""
    _Memory.known = None


def _look() -> _Known:
    until_s = time.monotonic() + READ_AGAIN_S
    row = Clock.objects.filter(id=1).exclude(offset_s=0).first()
    if row is None:
        return _Known(until_s=until_s)
    return _Known(
        offset=timedelta(seconds=row.offset_s),
        rehearsal=row.rehearsal,
        since=row.since,
        until_s=until_s,
    )
