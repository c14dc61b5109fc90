"""The search for the set of coupons that leaves the least to pay: branch and bound, exact.

`coupons` says why it is exact. A *claim* is a set of cards (platform coupons and red packets) taken
to be used; for each claim that may win, the sellers' choices are narrowed until one set is left.
"""

from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import NamedTuple

from chophien.domain.pricing.coupon_bounds import Card, Pace, Range
from chophien.domain.pricing.coupon_choices import AppliedCoupon, Choice, Cost, Options, Sellers
from chophien.domain.pricing.request import Issuer
from chophien.domain.pricing.shipping import Parcel, total_fee
from chophien.domain.pricing.spreading import Basket, Cut


class Claim(NamedTuple):
    """Cards taken to be used, with a bound of every set that uses them.

    Beside it how fast each card cuts, and the range of amounts after all of them.
    """

    bound: Cost
    paces: tuple[Pace, ...]
    after: Range


Slots = tuple[int, int]  # how many platform coupons, and how many red packets, may still be used
PLATFORM_SLOT, RED_PACKET_SLOT = 0, 1


class Search:
    """One search through the coupons of one cart; `applied` and `left` are the best set so far.

    Expects the coupons in the order in which they apply, and at least one part.
    """

    def __init__(
        self, coupons: Sequence[Card], basket: Basket, parcels: Sequence[Parcel], root: list[int]
    ) -> None:
        self.left = root
        self.applied: list[AppliedCoupon] = []
        self._cost = Cost(sum(root) + total_fee(parcels, root), 0)
        self._parcels = parcels
        self._cuts: dict[tuple[str, tuple[int, ...]], Cut] = {}
        self._hopes: dict[tuple[int, Slots], int] = {}
        self._cards: list[Card] = []
        self._most_offs: list[int] = []
        self._packets_from = 0  # the place of the first red packet among the cards
        own = [card for card in coupons if card.coupon.seller is not None]
        for card in coupons[len(own) :]:
            most_off = card.most_off(root)
            if most_off:
                self._cards.append(card)
                self._most_offs.append(most_off)
                self._packets_from += card.coupon.issuer is Issuer.PLATFORM
        self._sellers = Sellers(basket, parcels, root, own)
        self._floors = list(basket.floors)
        self._floor_cost = self._sellers.bound(Range(self._floors, root, 0))

    def run(self, slots: Slots) -> None:
        """Find the best set with at most so many cards in each slot."""
        reached = frozenset([index for card in self._cards for index in card.among])
        options = self._sellers.options(reached)
        self._note_good_sets(slots, options)
        claims = self._list_claims((), self._sellers.span(options), 0, slots)
        for claim in sorted(claims, key=attrgetter("bound")):
            if claim.bound <= self._cost:
                self._narrow(claim.paces, claim.after, options)

    def _note_good_sets(self, slots: Slots, options: Options) -> None:
        """Find a good set to measure others by, cards beside each seller's best for itself.

        Where these leave a card short of its threshold, cards beside each seller's dearest too.
        """
        best = [choices[0] for choices in options]
        amounts = self._sellers.combine(best)
        self._note_greedy(slots, best, options)
        if any(not card.is_met(card.in_reach(amounts)) for card in self._cards):
            self._note_greedy(slots, [choices[-1] for choices in options], options)

    def _note_greedy(self, slots: Slots, chosen: list[Choice], options: Options) -> None:
        """Note a set with the best next card, and the next, until each slot is full."""
        amounts = self._sellers.combine(chosen)
        by_hope = sorted(range(len(self._cards)), key=self._most_offs.__getitem__, reverse=True)
        picked: list[int] = []
        for slot, free in enumerate(slots):
            places = [place for place in by_hope if self._slot_of(place) == slot]
            for _ in range(free):
                best = self._find_best_next(places, amounts)
                if best is None:
                    break
                places.remove(best)
                picked.append(best)
                amounts = self._cut_of(self._cards[best], amounts).applied_to(amounts)
        cards = [self._cards[place] for place in sorted(picked)]
        if not self._settle(cards, chosen):
            self._settle((), chosen)
        if self.left == self._floors:
            self._note_fewer(cards, chosen, options)

    def _find_best_next(self, places: Sequence[int], amounts: list[int]) -> int | None:
        """Find the card that takes most off these amounts; the most hopeful stand first."""
        best, best_off = None, 0
        for place in places:
            if self._most_offs[place] <= best_off:
                break
            off = self._cut_of(self._cards[place], amounts).off_minor
            if off > best_off:
                best, best_off = place, off
        return best

    def _note_fewer(self, cards: list[Card], chosen: list[Choice], options: Options) -> None:
        """Leave out coupon after coupon while that costs nothing: at the floors, few often do."""
        for place, choices in enumerate(options):
            for without in choices:
                if without.applied is None and chosen[place].applied is not None:
                    fewer = [*chosen[:place], without, *chosen[place + 1 :]]
                    chosen = fewer if self._settle(cards, fewer) else chosen
        for card in reversed(cards):
            fewer_cards = [each for each in cards if each is not card]
            cards = fewer_cards if self._settle(fewer_cards, chosen) else cards

    def _slot_of(self, place: int) -> int:
        return PLATFORM_SLOT if place < self._packets_from else RED_PACKET_SLOT

    def _list_claims(
        self, paces: tuple[Pace, ...], now: Range, first: int, slots: Slots
    ) -> Iterator[Claim]:
        """List the claims that may win: these cards, and these with more from `first` on."""
        bound = Cost(self._sellers.bound(now), len(paces))
        if bound <= self._cost:
            yield Claim(bound, paces, now)
        for place in range(first, len(self._cards)):
            if not self._may_win(bound.minor - self._hope_from(place, slots), len(paces) + 1):
                return
            slot = self._slot_of(place)
            if not slots[slot]:
                continue
            free = (slots[0] - 1, slots[1]) if slot == PLATFORM_SLOT else (0, slots[1] - 1)
            hoped = self._most_offs[place] + self._hope_from(place + 1, free)
            if not self._may_win(bound.minor - hoped, len(paces) + 1):
                continue
            after = now.after(self._cards[place])
            if after is not None:
                pace, left = after
                yield from self._list_claims((*paces, pace), left, place + 1, free)

    def _may_win(self, hoped_minor: int, count: int) -> bool:
        """Tell whether a set of so many coupons may be the best; none goes below the floors."""
        return (max(hoped_minor, self._floor_cost), count) <= self._cost

    def _hope_from(self, first: int, slots: Slots) -> int:
        """Bound what the cards from a place on take off, so many in each slot."""
        hope = self._hopes.get((first, slots))
        if hope is None:
            platform = sorted(self._most_offs[first : self._packets_from], reverse=True)
            packets = sorted(self._most_offs[max(first, self._packets_from) :], reverse=True)
            hope = sum(platform[: slots[0]]) + sum(packets[: slots[1]])
            self._hopes[first, slots] = hope
        return hope

    def _try(self, cards: Sequence[Card], options: Options) -> None:
        """Narrow the options if the cards can be used, and can win, with some of them."""
        now = self._sellers.span(options)
        paces = []
        for card in cards:
            after = now.after(card)
            if after is None:
                return
            pace, now = after
            paces.append(pace)
        if (self._sellers.bound(now), len(cards)) <= self._cost:
            self._narrow(paces, now, options)

    def _narrow(self, paces: Sequence[Pace], now: Range, options: Options) -> None:
        """Leave out choices that cannot win with these cards; then settle, or branch on a seller.

        The branches are those of the seller whose choices lie furthest apart.
        """
        costs = self._sellers.cost_options(paces, now, options)
        least = [min(own) for own in costs]
        spare_minor = self._cost.minor - sum([cost.minor for cost in least])
        spare_count = (
            self._cost.coupon_count - len(paces) - sum([cost.coupon_count for cost in least])
        )
        if (spare_minor, spare_count) < (0, 0):
            return
        kept = []
        for choices, own, best in zip(options, costs, least, strict=True):
            most = (best.minor + spare_minor, best.coupon_count + spare_count)
            places = [place for place, cost in enumerate(own) if cost <= most]
            kept.append([choices[place] for place in sorted(places, key=own.__getitem__)])
        cards = [pace.card for pace in paces]
        widest = max(range(len(kept)), key=lambda place: _spread_of(kept[place]))
        if len(kept[widest]) == 1:
            self._settle(cards, [choices[0] for choices in kept])
            return
        for choice in kept[widest]:
            self._try(cards, [*kept[:widest], [choice], *kept[widest + 1 :]])

    def _settle(self, cards: Sequence[Card], chosen: Sequence[Choice]) -> bool:
        """Price a whole set exactly; keep it if every card takes something and it is best so far.

        Return whether it was kept.
        """
        amounts = self._sellers.combine(chosen)
        applied = [choice.applied for choice in chosen if choice.applied is not None]
        for card in cards:
            cut = self._cut_of(card, amounts)
            if not cut.off_minor:
                return False
            amounts = cut.applied_to(amounts)
            applied.append(AppliedCoupon(card.coupon, cut))
        cost = Cost(sum(amounts) + total_fee(self._parcels, amounts), len(applied))
        is_best = cost < self._cost or (cost == self._cost and _ids(applied) < _ids(self.applied))
        if is_best:
            self._cost, self.applied, self.left = cost, applied, amounts
        return is_best

    def _cut_of(self, card: Card, amounts: list[int]) -> Cut:
        """Compute what a card takes off these amounts, once."""
        key = card.coupon.id, tuple(amounts)
        cut = self._cuts.get(key)
        if cut is None:
            cut = self._cuts[key] = card.cut_of(amounts)
        return cut


def _spread_of(choices: Sequence[Choice]) -> int:
    """Return how far apart what a seller's choices cost lies, above 0 if they are several."""
    if len(choices) == 1:
        return 0
    costs = [choice.cost.minor for choice in choices]
    return max(costs) - min(costs) + 1


def _ids(applied: Sequence[AppliedCoupon]) -> list[str]:
    return sorted([each.coupon.id for each in applied])
