"""A calendar as a picture: one lane for each kind of phase, time from left to right."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.timezone import localtime

from chophien.domain.phases import PhaseKind, PhasePlan
from chophien.web.shared.calendar import judge_state

# In units of the picture's own coordinates.
LEFT = 118
WIDTH = 1000
TOP = 30
LANE = 38
BAR_MIN = 4
LETTER = 8
DATE = 50
DAY = timedelta(days=1)
TICKS_MAX = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    phase: PhasePlan
    state: str
    x: int
    y: int
    width: int
    has_room: bool
    """Whether the number of its wave fits into it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    kind: PhaseKind
    y: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    at: datetime
    x: int

    @property
    def has_room(self) -> bool:
        """Whether its date fits before the picture's edge."""
        return self.x <= WIDTH - DATE


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Everything with its place; `now_x` is empty when now is not in the picture."""

    lanes: tuple[Lane, ...]
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    now_x: int | None
    height: int
    width: int = WIDTH
    left: int = LEFT


def draw_timeline(phases: Sequence[PhasePlan], at: datetime) -> Timeline | None:
    """Place phases in a picture that spans all of them; nothing without any."""
    if not phases:
        return None
    first = localtime(min(phase.starts_at for phase in phases))
    start = first.replace(hour=0, minute=0, second=0, microsecond=0)
    span = max(phase.ends_at for phase in phases) - start

    def place(instant: datetime) -> int:
        return LEFT + (instant - start) * (WIDTH - LEFT - 8) // span

    kinds = [kind for kind in PhaseKind if any(phase.kind is kind for phase in phases)]
    lanes = {kind: TOP + index * LANE for index, kind in enumerate(kinds)}
    bars = []
    for phase in phases:
        x = place(phase.starts_at)
        width = max(place(phase.ends_at) - x - 1, BAR_MIN)
        bars.append(
            Bar(
                phase=phase,
                state=judge_state(phase, at),
                x=x,
                y=lanes[phase.kind],
                width=width,
                has_room=width >= 2 * LETTER,
            )
        )
    return Timeline(
        lanes=tuple(Lane(kind=kind, y=y) for kind, y in lanes.items()),
        bars=tuple(bars),
        ticks=tuple(Tick(at=day, x=place(day)) for day in _list_days(start, span)),
        now_x=place(at) if start <= at <= start + span else None,
        height=TOP + len(kinds) * LANE,
    )


def _list_days(start: datetime, span: timedelta) -> Iterator[datetime]:
    days = max(span // DAY, 1)
    step = -(-days // TICKS_MAX)
    for number in range(0, days + 1, step):
        yield start + number * DAY
