"""When, by the database's clock, something can have happened that a client timed by its own.

Whoever is told of a new order has it made between asking and being told: so what the database's
clock showed then (`placed_at`) lies between the two, and every such order narrows down by how
much the clocks differ. No clock has to be right; both have to run. Where the bounds contradict
one another a clock was stepped or drifts: then every difference between them is held possible.
"""

from dataclasses import dataclass

from chophien.domain.history.facts import Attempt


@dataclass(slots=True)
class Clock:
    """A client's clock beside the database's: that is ahead by `least_us` to `most_us`."""

    least_us: int | None = None
    most_us: int | None = None
    orders: int = 0

    def learn(self, attempt: Attempt, placed_us: int) -> None:
        """An order that this attempt made was placed at that instant."""
        least_us, most_us = placed_us - attempt.told_us, placed_us - attempt.asked_us
        self.least_us = least_us if self.least_us is None else max(self.least_us, least_us)
        self.most_us = most_us if self.most_us is None else min(self.most_us, most_us)
        self.orders += 1

    def assume(self, ahead_us: int, error_us: int) -> None:
        """Take a difference for granted where no order tells."""
        if not self.orders:
            self.least_us, self.most_us = ahead_us - error_us, ahead_us + error_us

    @property
    def is_steady(self) -> bool:
        return self.least_us is None or self.most_us is None or self.least_us <= self.most_us

    @property
    def bounds(self) -> tuple[int, int]:
        """The smallest and the greatest difference; expects that one of them was learnt."""
        assert self.least_us is not None, "nothing is known of this clock"
        assert self.most_us is not None, "nothing is known of this clock"
        return min(self.least_us, self.most_us), max(self.least_us, self.most_us)

    def translate(self, attempt: Attempt) -> tuple[int, int]:
        """The period, by the database's clock, in which the attempt was answered."""
        least_us, most_us = self.bounds
        return attempt.asked_us + least_us, attempt.told_us + most_us
