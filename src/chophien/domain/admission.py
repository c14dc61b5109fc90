"""Who is admitted when: places in a queue, and the pace at which their turns come.

Instants are whole microseconds since 1970 (`…_us`), so that every process and every check of a
published queue comes to the same answer. A place counts from 0; place 0 is the first.
"""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Self

from chophien.domain.limits import ANCHORS_KEPT_MAX, TURN_TIME

SECOND_US = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
TURN_US = TURN_TIME // _MICROSECOND


def to_us(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def from_us(at_us: int) -> datetime:
    return _EPOCH + at_us * _MICROSECOND


class Turn(StrEnum):
    """Where a place stands at an instant."""

    WAITING = "waiting"
    NOW = "now"
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """From `place` on, whose turn is at `at_us`, one place follows the other at this rate."""

    place: int
    at_us: int
    rate_per_s: int

    def turn_at(self, place: int) -> int:
        """When the turn of a place from the anchor on comes; part microseconds count as whole."""
        return self.at_us - (self.place - place) * SECOND_US // self.rate_per_s

    def count_admitted(self, at_us: int) -> int:
        """Places whose turn has come, had this anchor held for ever."""
        return self.place + (at_us - self.at_us) * self.rate_per_s // SECOND_US + 1


@dataclass(frozen=True, slots=True)
class Pace:
    """The turns of all places of one queue: its latest anchor, and those that went before.

    A change of the rate, or a queue that ran dry, adds an anchor and leaves every turn that has
    come as it was; so nobody's turn is drawn out or cut short by it. Only the last anchors are
    kept: only a room where nobody waits adds them quickly, and there an old place whose anchor
    is gone counts as admitted at the oldest that is left.
    """

    anchors: tuple[Anchor, ...]
    """Never empty; places and instants ascend."""

    @classmethod
    def start(cls, *, at_us: int, rate_per_s: int, place: int = 0) -> Self:
        """Begin with a place at an instant."""
        assert rate_per_s >= 1, "a queue moves"
        return cls((Anchor(place=place, at_us=at_us, rate_per_s=rate_per_s),))

    @property
    def rate_per_s(self) -> int:
        """How many are admitted in a second from now on."""
        return self.anchors[-1].rate_per_s

    def turn_at(self, place: int) -> int:
        """When the turn of a place comes or came, if the rate stays as it is."""
        for anchor in reversed(self.anchors):
            if anchor.place <= place:
                return anchor.turn_at(place)
        return self.anchors[0].at_us

    def count_admitted(self, at_us: int) -> int:
        """How many places have had their turn come by now: those from 0 up to this, excluded.

        When the queue has run dry it counts places that nobody has taken yet.
        """
        following: int | None = None
        for anchor in reversed(self.anchors):
            if anchor.at_us <= at_us:
                admitted = anchor.count_admitted(at_us)
                return admitted if following is None else min(admitted, following)
            following = anchor.place
        return self.anchors[0].place

    def judge(self, place: int, at_us: int) -> Turn:
        """Whether the turn of a place is yet to come, is now, or is over."""
        turn_us = self.turn_at(place)
        if at_us < turn_us:
            return Turn.WAITING
        return Turn.NOW if at_us < turn_us + TURN_US else Turn.OVER

    def with_rate(self, rate_per_s: int, *, next_place: int, at_us: int) -> Self:
        """Another rate from now on: the next turn keeps the new distance from the one before.

        Args:
            rate_per_s: one at least.
            next_place: the first place that nobody has taken.
            at_us: now; turns that have come stay as they are.
        """
        assert rate_per_s >= 1, "a queue moves"
        place = max(min(self.count_admitted(at_us), next_place), self.anchors[0].place)
        turn_us = at_us
        if place > self.anchors[0].place:
            gap_us = -(-SECOND_US // rate_per_s)
            turn_us = max(at_us, self.turn_at(place - 1) + gap_us)
        else:
            turn_us = max(at_us, self.anchors[0].at_us)
        return self._anchor(Anchor(place=place, at_us=turn_us, rate_per_s=rate_per_s))

    def meet(self, next_place: int, *, at_us: int) -> Self:
        """The pace for someone who takes the next place now.

        If its turn has gone by unused, the queue had run dry: the turn is now, and the turns that
        nobody used are not saved up.
        """
        if self.turn_at(next_place) >= at_us:
            return self
        return self._anchor(Anchor(place=next_place, at_us=at_us, rate_per_s=self.rate_per_s))

    def _anchor(self, latest: Anchor) -> Self:
        before = tuple(each for each in self.anchors if each.place < latest.place)
        return replace(self, anchors=(*before, latest)[-ANCHORS_KEPT_MAX:])


def render_pace(pace: Pace) -> str:
    """A pace as it is kept: JSON, one `[place, at_us, rate_per_s]` for each anchor."""
    return json.dumps([[each.place, each.at_us, each.rate_per_s] for each in pace.anchors])


def parse_pace(text: str) -> Pace:
    """Read what `render_pace` wrote."""
    return Pace(
        tuple(
            Anchor(place=place, at_us=at_us, rate_per_s=rate_per_s)
            for place, at_us, rate_per_s in json.loads(text)
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """What somebody who joins is given; no place before the draw."""

    place: int | None
    joined_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What of a waiting room moves when somebody joins; kept in its row and changed under its lock."""

    pace: Pace
    is_drawn: bool
    """False while those present wait for the opening."""
    next_place: int
    entered: int
    """How many have joined, before the opening too."""
    last_joined_us: int

    def join(self, count: int, *, at_us: int) -> tuple[Self, list[Seat]]:
        """Seat several people who come one after the other.

        Each is noted a microsecond after the one before, also when the clock of another machine
        is behind: so the order of the instants is the order of the places, and can be checked.
        """
        assert count >= 1, "nobody joins"
        first_us = max(at_us, self.last_joined_us + 1)
        places: list[int | None] = [None] * count
        pace, next_place = self.pace, self.next_place
        if self.is_drawn:
            places = list(range(next_place, next_place + count))
            pace = pace.meet(next_place, at_us=at_us)
            next_place += count
        seats = [
            Seat(place=place, joined_us=first_us + index) for index, place in enumerate(places)
        ]
        after = replace(
            self,
            pace=pace,
            next_place=next_place,
            entered=self.entered + count,
            last_joined_us=seats[-1].joined_us,
        )
        return after, seats

    def draw(self, count: int, *, opens_us: int, at_us: int) -> Self:
        """Give the places 0 to `count`, excluded, to those present; the first turn is now.

        Whoever joins later is noted after the opening, whatever their clock says.
        """
        assert not self.is_drawn, "drawn once"
        assert at_us >= opens_us, "not before the opening"
        return replace(
            self,
            pace=Pace.start(at_us=at_us, rate_per_s=self.pace.rate_per_s),
            is_drawn=True,
            next_place=count,
            last_joined_us=max(self.last_joined_us, opens_us),
        )
