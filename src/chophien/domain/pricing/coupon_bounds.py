"""What cards leave of amounts that are only known to lie in a range: the bounds of the search.

Bounds are rounded outwards, so they hold to the unit. Thousands of these values are made for one
wallet, so those are named tuples, which cost a third of a frozen dataclass to make.
"""

from collections.abc import Sequence
from typing import NamedTuple

from chophien.domain.money import BPS_WHOLE
from chophien.domain.pricing.request import Coupon, FixedOff, PercentOff
from chophien.domain.pricing.spreading import Basket, Cut, spread


class Card(NamedTuple):
    """A coupon laid on a cart: its reach resolved, the floors of the parts in reach beside it."""

    coupon: Coupon
    basket: Basket
    among: tuple[int, ...]
    floors: tuple[int, ...]

    @classmethod
    def of(cls, coupon: Coupon, basket: Basket) -> "Card":
        among = basket.reach(coupon.scope, coupon.seller)
        return cls(coupon, basket, among, tuple([basket.floors[index] for index in among]))

    def in_reach(self, amounts: Sequence[int]) -> int:
        return sum([amounts[index] for index in self.among])

    def is_met(self, in_reach_minor: int) -> bool:
        threshold = self.coupon.threshold_minor
        return threshold is None or in_reach_minor >= threshold

    def cut_of(self, amounts: Sequence[int]) -> Cut:
        """Compute exactly what the card takes off each part, nothing short of its threshold."""
        in_reach = self.in_reach(amounts)
        off = self.coupon.discount.taken_from(in_reach) if self.is_met(in_reach) else 0
        return spread(off, amounts, self.basket.floors, self.among)

    def most_off(self, amounts: Sequence[int]) -> int:
        """Bound what the card takes off these amounts or lower ones."""
        in_reach = self.in_reach(amounts)
        if not self.is_met(in_reach):
            return 0
        return min(self.coupon.discount.taken_from(in_reach), in_reach - sum(self.floors))


class Rate(NamedTuple):
    """So much off of so much."""

    off_minor: int
    whole_minor: int


def rate_at(discount: FixedOff | PercentOff, amount_minor: int) -> Rate:
    """Return how fast a discount cuts such an amount, before it is rounded down.

    The rate never rises as the amount grows. Of nothing, a fixed sum may take all.
    """
    if isinstance(discount, FixedOff):
        return (
            Rate(min(discount.off_minor, amount_minor), amount_minor)
            if amount_minor
            else Rate(1, 1)
        )
    most = discount.max_off_minor
    if most is None or amount_minor * discount.percent_bps // BPS_WHOLE < most:
        return Rate(discount.percent_bps, BPS_WHOLE)
    return Rate(most, amount_minor or 1)


class Pace(NamedTuple):
    """How fast a card cuts the carts of a range, at most and at least."""

    card: Card
    most: Rate
    least: Rate

    def least_left(self, low: Sequence[int]) -> list[int]:
        """Bound from below what the card leaves of amounts at or above `low`.

        Each share is rounded up.
        """
        off, whole = self.most
        left = list(low)
        for index, floor in zip(self.card.among, self.card.floors, strict=True):
            amount = left[index]
            least = amount + -off * amount // whole
            left[index] = floor  # no `max` here and below: the call would cost half of the loop
            if least > floor:
                left[index] = least
        return left

    def most_left(self, high: Sequence[int]) -> list[int]:
        """Bound from above what the card leaves of amounts at or below `high`.

        Each share is rounded down, and one less, since a percentage was rounded down before.
        """
        off, whole = self.least
        left = list(high)
        for index, floor in zip(self.card.among, self.card.floors, strict=True):
            amount = left[index]
            share_down = off * amount // whole - 1
            if share_down > 0:
                most = amount - share_down
                left[index] = floor
                if most > floor:
                    left[index] = most
        return left


class Range(NamedTuple):
    """Amounts between which those of every set of a branch lie, part by part.

    `least_minor` bounds their sum from below; a claimed threshold may raise it above `sum(low)`.
    """

    low: list[int]
    high: list[int]
    least_minor: int

    def after(self, card: Card) -> "tuple[Pace, Range] | None":
        """Return a card's pace and the range that it leaves, `None` when it cannot be used.

        A card is fastest at the least amount at which its threshold is met, and slowest at the
        greatest amount.
        """
        low, high = card.in_reach(self.low), card.in_reach(self.high)
        if not card.is_met(high):
            return None
        discount = card.coupon.discount
        met = max(low, card.coupon.threshold_minor or 0)
        pace = Pace(card, rate_at(discount, met), rate_at(discount, high))
        left = pace.least_left(self.low)
        least = max(self.least_minor, sum(self.low) + met - low) - discount.taken_from(high)
        return pace, Range(left, pace.most_left(self.high), max(least, sum(left)))
