"""What each seller of a cart may choose, a coupon of its own or none, and what that leaves."""

from collections.abc import Sequence
from operator import attrgetter
from typing import NamedTuple

from chophien.domain.pricing.coupon_bounds import Card, Pace, Range
from chophien.domain.pricing.request import Coupon
from chophien.domain.pricing.shipping import Parcel
from chophien.domain.pricing.spreading import Basket, Cut


class Cost(NamedTuple):
    """A total, shipping included, and with how many coupons it is reached: the less, the better."""

    minor: int
    coupon_count: int


class AppliedCoupon(NamedTuple):
    coupon: Coupon
    cut: Cut


class Choice(NamedTuple):
    """What one seller's choice leaves of the seller's parts; `applied` is `None` for no coupon.

    `cost` is what the seller's goods and shipping then cost if no card is used.
    """

    cost: Cost
    left: tuple[int, ...]
    applied: AppliedCoupon | None


class Seller(NamedTuple):
    """A seller's parts, all of them, and its choices, the best for itself first."""

    among: tuple[int, ...]
    parcel: Parcel | None
    choices: list[Choice]

    def least_cost(self, low: Sequence[int], high: Sequence[int], fee: int | None) -> int:
        """Bound what the goods and shipping cost, `fee` being sure unless it is `None`.

        Its parts lie between `low` and `high`, but for a sure fee the high ends do not matter.
        """
        low_minor = sum([low[index] for index in self.among])
        if fee is not None or self.parcel is None:
            return low_minor + (fee or 0)
        return self.parcel.least_cost(low_minor, sum([high[index] for index in self.among]))

    def sure_fee(self, now: Range) -> int | None:
        """Return the shipping fee where it is the same for all amounts in the range."""
        if self.parcel is None:
            return 0
        fee = self.parcel.fee_for(sum([now.low[index] for index in self.among]))
        if fee and not self.parcel.fee_for(sum([now.high[index] for index in self.among])):
            return None
        return fee


Options = Sequence[Sequence[Choice]]  # what each seller may still choose, in the sellers' order


def resolve_choices(
    among: Sequence[int], parcel: Parcel | None, cards: Sequence[Card], root: list[int]
) -> list[Choice]:
    """List a seller's choices; of those that leave the same, the fewest coupons, the lowest id."""
    by_left: dict[tuple[int, ...], Choice] = {}
    for card in (None, *cards):
        cut = None if card is None else card.cut_of(root)
        amounts = root if cut is None else cut.applied_to(root)
        left = tuple([amounts[index] for index in among])
        if left not in by_left:
            minor = sum(left) + (0 if parcel is None else parcel.fee_for(sum(left)))
            applied = None if card is None or cut is None else AppliedCoupon(card.coupon, cut)
            by_left[left] = Choice(Cost(minor, 0 if applied is None else 1), left, applied)
    return sorted(by_left.values(), key=attrgetter("cost"))


class Sellers:
    """The sellers of one cart, whose amounts without any coupon are `root`."""

    def __init__(
        self, basket: Basket, parcels: Sequence[Parcel], root: list[int], own: Sequence[Card]
    ) -> None:
        self._root = root
        parcel_by_seller = {parcel.seller: parcel for parcel in parcels}
        self._sellers: list[Seller] = []
        for name, among in basket.by_seller.items():
            parcel = parcel_by_seller.get(name)
            cards = [card for card in own if card.coupon.seller == name]
            choices = resolve_choices(among, parcel, cards, root)
            self._sellers.append(Seller(among, parcel, choices))

    def options(self, reached: frozenset[int]) -> list[list[Choice]]:
        """List every seller's choices; one that no card reaches is left its own best only."""
        return [
            seller.choices[:1] if reached.isdisjoint(seller.among) else seller.choices
            for seller in self._sellers
        ]

    def combine(self, chosen: Sequence[Choice]) -> list[int]:
        """Return the amounts that a choice of every seller leaves."""
        amounts = list(self._root)
        for seller, choice in zip(self._sellers, chosen, strict=True):
            for index, amount in zip(seller.among, choice.left, strict=True):
                amounts[index] = amount
        return amounts

    def span(self, options: Options) -> Range:
        """Return the range of the amounts that the choices leave."""
        low, high = list(self._root), list(self._root)
        for seller, choices in zip(self._sellers, options, strict=True):
            columns = zip(*[choice.left for choice in choices], strict=True)
            for index, lefts in zip(seller.among, columns, strict=True):
                low[index], high[index] = min(lefts), max(lefts)
        return Range(low, high, sum(low))

    def bound(self, now: Range) -> int:
        """Bound the total of any set with amounts in the range, seller by seller or at once."""
        low, high = now.low, now.high
        apart, at_once = 0, now.least_minor
        for among, parcel, _ in self._sellers:
            low_minor = sum([low[index] for index in among])
            if parcel is None:
                apart += low_minor
            else:
                high_minor = sum([high[index] for index in among])
                apart += parcel.least_cost(low_minor, high_minor)
                at_once += parcel.fee_for(high_minor)
        return max(apart, at_once)

    def cost_options(self, paces: Sequence[Pace], now: Range, options: Options) -> list[list[Cost]]:
        """Bound what each choice of each seller costs after cards that cut at these paces.

        `now` is the range after them. The first choices of all sellers are worked out at once,
        then the second ones, and so on; high ends only where they decide on a shipping fee.
        """
        costs: list[list[Cost]] = [[] for _ in options]
        fees = [seller.sure_fee(now) for seller in self._sellers]
        for layer in range(max(map(len, options))):
            chosen = [choices[min(layer, len(choices) - 1)] for choices in options]
            low = high = self.combine(chosen)
            for pace in paces:
                low = pace.least_left(low)
            for pace in paces if None in fees else ():
                high = pace.most_left(high)
            for place, choices in enumerate(options):
                if layer < len(choices):
                    least = self._sellers[place].least_cost(low, high, fees[place])
                    costs[place].append(Cost(least, choices[layer].cost.coupon_count))
        return costs
