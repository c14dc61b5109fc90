"""How many units were in use at any instant, rebuilt from when each was taken and let go."""

from bisect import bisect_left, bisect_right
from itertools import accumulate


class Usage:
    """Units that count against one bound. Take everything first, ask afterwards."""

    def __init__(self) -> None:
        self._moves: list[tuple[int, int]] = []
        self._instants: list[int] = []
        self._totals: list[int] = []
        self._is_falling = False

    def take(self, units: int, *, at_us: int, until_us: int | None = None) -> None:
        """Units are in use from an instant on, until they are let go."""
        self._moves.append((at_us, units))
        if until_us is not None:
            self._is_falling = True
            self._moves.append((until_us, -units))

    def find_most(self, first_us: int, last_us: int) -> int:
        """The most that were in use at any instant of the period, its ends included."""
        if self._moves:
            self._settle()
        last = bisect_right(self._instants, last_us)
        if not self._is_falling:
            return self._totals[last - 1] if last else 0
        first = bisect_left(self._instants, first_us)
        before = self._totals[first - 1] if first else 0
        return max(before, max(self._totals[first:last], default=0))

    def _settle(self) -> None:
        """Sum up. What is taken at an instant counts before what is let go at it."""
        assert not self._totals, "units taken after the first question"
        self._moves.sort(key=lambda move: (move[0], -move[1]))
        self._instants = [at_us for at_us, _ in self._moves]
        self._totals = list(accumulate(units for _, units in self._moves))
        self._moves = []
