"""What cards leave of amounts that are only known to lie in a range: the bounds of the search.

A card is a platform coupon or a red packet. Bounds are rounded outwards, so they hold to the unit.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from chophien.domain.pricing.request import Coupon, FixedOff, Issuer, PercentOff
from chophien.domain.pricing.spreading import Basket, spread

PLATFORM_SLOT, RED_PACKET_SLOT = 0, 1
SLOT_OF = {Issuer.PLATFORM: PLATFORM_SLOT, Issuer.RED_PACKET: RED_PACKET_SLOT}


@dataclass(frozen=True, slots=True)
class Card:
    """A platform coupon or red packet with its reach resolved."""

    id: str
    slot: int
    discount: FixedOff | PercentOff
    threshold_minor: int
    among: tuple[int, ...]
    floors: tuple[int, ...]

    def in_reach(self, amounts: Sequence[int]) -> int:
        return sum([amounts[index] for index in self.among])

    def left_of(self, amounts: list[int]) -> list[int]:
        """Return exactly what the card leaves, its threshold aside."""
        off = self.discount.taken_from(self.in_reach(amounts))
        return spread(off, amounts, self.floors, self.among).applied_to(amounts)

    def most_off(self, amounts: Sequence[int]) -> int:
        """Bound what the card takes off these amounts or lower ones."""
        return self.discount.taken_from(self.in_reach(amounts))

    def least_left(self, low: list[int]) -> list[int]:
        """Bound from below what the card leaves of amounts at or above `low`.

        Both the discount and each share of it are rounded up.
        """
        left = list(low)
        in_reach = self.in_reach(low)
        off = min(self.discount.taken_from(in_reach) + 1, in_reach)
        if off > 0:
            for index in self.among:
                share_up = -(-off * low[index] // in_reach)
                left[index] = max(low[index] - share_up, self.floors[index])
        return left

    def most_left(self, high: list[int]) -> list[int]:
        """Bound from above what the card leaves of amounts at or below `high`.

        Each share is rounded down twice: once for itself, once for the discount.
        """
        left = list(high)
        in_reach = self.in_reach(high)
        off = self.discount.taken_from(in_reach)
        if off > 0:
            for index in self.among:
                share_down = max(off * high[index] // in_reach - 2, 0)
                left[index] = max(high[index] - share_down, self.floors[index])
        return left


@dataclass(frozen=True, slots=True)
class Choice:
    """What one seller's choice, a coupon or none, leaves of the seller's parts, by index."""

    ids: tuple[str, ...]
    left: dict[int, int]
    gain_minor: int


@dataclass(frozen=True, slots=True)
class Range:
    """Amounts between which those of every set of a branch lie, part by part.

    `least_minor` bounds their sum from below; a claimed threshold may raise it above `sum(low)`.
    """

    low: list[int]
    high: list[int]
    least_minor: int

    def with_choices(self, choices: Sequence[Choice]) -> "Range":
        """Set one seller's parts to the range of what the choices leave of them."""
        low, high = list(self.low), list(self.high)
        for index in choices[0].left:
            lefts = [choice.left[index] for choice in choices]
            low[index], high[index] = min(lefts), max(lefts)
        return Range(low, high, sum(low))

    def after(self, card: Card) -> "Range | None":
        """Return the range that the card leaves, `None` when its threshold cannot be met."""
        if card.in_reach(self.high) < card.threshold_minor:
            return None
        low = card.least_left(self.low)
        missing = max(card.threshold_minor - card.in_reach(self.low), 0)
        least = max(self.least_minor, sum(self.low) + missing) - card.most_off(self.high)
        return Range(low, card.most_left(self.high), max(least, sum(low)))

    def after_all(self, cards: Sequence[Card]) -> "Range | None":
        now: Range | None = self
        for card in cards:
            now = None if now is None else now.after(card)
        return now


def resolve_card(coupon: Coupon, basket: Basket) -> Card:
    """Make the card of a coupon that no seller issued."""
    return Card(
        coupon.id,
        SLOT_OF[coupon.issuer],
        coupon.discount,
        coupon.threshold_minor or 0,
        basket.reach(coupon.scope),
        basket.floors,
    )


def sum_of_largest(figures: list[int], count: int) -> int:
    """Sum the `count` largest figures, or as many as there are."""
    if count <= 0 or not figures:
        return 0
    return max(figures) if count == 1 else sum(sorted(figures, reverse=True)[:count])
