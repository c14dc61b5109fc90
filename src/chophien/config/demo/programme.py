"""Which shows the demonstration has: something is always on, and what happened never moves."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
# Sessions of a day, local time, after the fair of 2024: three and a half hours from nine to
# twenty-three; the night is the AI host's own.
SLOTS = ((9, 0), (12, 30), (16, 0), (19, 30), (23, 0), (4, 0))
AHEAD = timedelta(hours=36)
ROUND = timedelta(hours=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One session `[starts_at, ends_at)`; `ordinal` counts sessions since 1970."""

    ordinal: int
    starts_at: datetime
    ends_at: datetime


Period = tuple[datetime, datetime]


def list_slots(*, at: datetime, taken: Collection[Period] = ()) -> list[Slot]:
    """The sessions to add: from the one under way to `AHEAD`, but for times that are taken."""
    return _leave_out(taken, (slot for slot in _slots_around(at) if slot.ends_at > at))


def list_rounds(*, at: datetime, taken: Collection[Period] = ()) -> list[Slot]:
    """Flash rounds of three hours on the clock, in the same way."""
    start = at.astimezone(LOCAL).replace(minute=0, second=0, microsecond=0)
    start -= timedelta(hours=start.hour % 3)
    rounds = []
    while start < at + AHEAD:
        ordinal = int(start.timestamp() // ROUND.total_seconds())
        rounds.append(Slot(ordinal=ordinal, starts_at=start, ends_at=start + ROUND))
        start += ROUND
    return _leave_out(taken, rounds)


def _leave_out(taken: Collection[Period], slots: Iterable[Slot]) -> list[Slot]:
    return [
        slot
        for slot in slots
        if not any(start < slot.ends_at and slot.starts_at < end for start, end in taken)
    ]


def _slots_around(at: datetime) -> Iterator[Slot]:
    first_day = (at.astimezone(LOCAL) - timedelta(days=1)).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    starts = sorted(
        (first_day + timedelta(days=day)).replace(hour=hour, minute=minute)
        for day in range(5)
        for hour, minute in SLOTS
    )
    for start, end in pairwise(starts):
        if start < at + AHEAD:
            day = start.toordinal() * len(SLOTS)
            ordinal = day + sorted(SLOTS).index((start.hour, start.minute))
            yield Slot(ordinal=ordinal, starts_at=start, ends_at=end)
