"""Stage 4: the set of coupons that leaves the least to pay, exactly.

Coupons apply in a fixed order: seller coupons, platform coupons, red packets, by id within
each; each is judged on what the ones before it left. Among all sets that keep the limits and in
which every coupon takes something off, the one chosen has the lowest total *including shipping*,
then the fewest coupons, then the smallest sorted list of ids.

No greedy order is right: a larger coupon may push the cart under another one's threshold or cost
free shipping. So the sets are searched, branch and bound, and three facts keep the search small.

1. *Sellers stand apart.* A seller coupon touches its own seller's parts only, so what each one
   takes, and what it does to that seller's shipping, is computed once. Coupons that leave the
   same amounts are one choice (the lowest id), and a seller whose parts no later coupon can
   reach is settled at once by its own best choice.
2. *Amounts only fall.* As they do, a threshold once missed stays missed, a percentage takes
   less, the room above the floors shrinks, and shipping only gets dearer. Therefore
   `min(what the coupon names, room above the floors)`, 0 below its threshold, computed on the
   amounts of a node, is at least what the coupon takes anywhere below that node.
3. *The bound.* No set below a node costs less than the node's own total, less the best gain of
   each seller still to choose, less the largest such figures for the slots that are still free.
   A branch whose bound cannot beat the best set found so far is left out; on an equal total it
   must still be able to win by count or by ids. Every branch left out is thus proven worse.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chophien.domain.pricing.request import (
    EVERYTHING,
    Coupon,
    Festival,
    FixedOff,
    Issuer,
    PercentOff,
)
from chophien.domain.pricing.shipping import Parcel, total_fee
from chophien.domain.pricing.spreading import Basket, Cut, spread


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedCoupon:
    coupon: Coupon
    cut: Cut


def apply_coupons(
    coupons: Sequence[Coupon],
    festival: Festival,
    basket: Basket,
    parcels: Sequence[Parcel],
    amounts: list[int],
) -> tuple[list[AppliedCoupon], list[int]]:
    """Choose the best set of the coupons in force and apply it; return it and the amounts left."""
    if not coupons:
        return [], amounts
    slots = (festival.platform_coupons_max, festival.red_packets_max)
    chosen_ids = _Search(coupons, basket, parcels, amounts).find_best_ids(slots)
    chosen = [coupon for coupon in coupons if coupon.id in chosen_ids]
    applied = []
    for coupon in sorted(chosen, key=application_order):
        cut = cut_of_coupon(coupon, basket, amounts)
        assert cut.off_minor > 0, "a chosen coupon takes something off"
        applied.append(AppliedCoupon(coupon=coupon, cut=cut))
        amounts = cut.applied_to(amounts)
    return applied, amounts


ISSUER_ORDER = {issuer: rank for rank, issuer in enumerate(Issuer)}


def application_order(coupon: Coupon) -> tuple[int, str]:
    """Sort key of the order in which the coupons of a set are applied."""
    return ISSUER_ORDER[coupon.issuer], coupon.id


def cut_of_coupon(coupon: Coupon, basket: Basket, amounts: Sequence[int]) -> Cut:
    """Compute what a coupon takes off each part, nothing when its threshold is not met."""
    among = basket.reach(coupon.scope, coupon.seller)
    amount = sum([amounts[index] for index in among])
    if amount < (coupon.threshold_minor or 0):
        return Cut(among, (0,) * len(among), 0)
    return spread(coupon.discount.taken_from(amount), amounts, basket.floors, among)


PLATFORM_SLOT, RED_PACKET_SLOT = 0, 1
SLOT_OF = {Issuer.PLATFORM: PLATFORM_SLOT, Issuer.RED_PACKET: RED_PACKET_SLOT}


@dataclass(frozen=True, slots=True)
class _Card:
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
class _Choice:
    """What one seller's choice, a coupon or none, leaves of the seller's parts, by index."""

    ids: tuple[str, ...]
    left: dict[int, int]
    gain_minor: int


@dataclass(frozen=True, slots=True)
class _Range:
    """Amounts between which those of every set of a branch lie, part by part.

    `least_minor` bounds their sum from below; a claimed threshold may raise it above `sum(low)`.
    """

    low: list[int]
    high: list[int]
    least_minor: int

    def with_choices(self, choices: Sequence[_Choice]) -> "_Range":
        """Set one seller's parts to the range of what the choices leave of them."""
        low, high = list(self.low), list(self.high)
        for index in choices[0].left:
            lefts = [choice.left[index] for choice in choices]
            low[index], high[index] = min(lefts), max(lefts)
        return _Range(low, high, sum(low))

    def after(self, card: _Card) -> "_Range | None":
        """Return the range that the card leaves, `None` when its threshold cannot be met."""
        if card.in_reach(self.high) < card.threshold_minor:
            return None
        low = card.least_left(self.low)
        missing = max(card.threshold_minor - card.in_reach(self.low), 0)
        least = max(self.least_minor, sum(self.low) + missing) - card.most_off(self.high)
        return _Range(low, card.most_left(self.high), max(least, sum(low)))


@dataclass(frozen=True, slots=True)
class _Claim:
    """Cards claimed to be used, their thresholds met, whatever the sellers' coupons are."""

    bound_minor: int
    cards: tuple[_Card, ...]


class _Search:
    """One search through the coupons of one cart, and the best set found so far."""

    def __init__(
        self, coupons: Sequence[Coupon], basket: Basket, parcels: Sequence[Parcel], root: list[int]
    ) -> None:
        self.parcels = parcels
        self.root_minor = sum(root) + total_fee(parcels, root)
        self.best: tuple[int, int, tuple[str, ...]] = (self.root_minor, 0, ())
        ordered = sorted(coupons, key=application_order)
        self.cards = [
            card
            for card in (_resolve_card(each, basket) for each in ordered if each.seller is None)
            if card.most_off(root) > 0 and card.in_reach(root) >= card.threshold_minor
        ]
        self.sellers = self._resolve_sellers(
            [each for each in ordered if each.seller is not None], basket, root
        )
        self.range = _Range(root, root, sum(root))
        for choices in self.sellers:
            self.range = self.range.with_choices(choices)

    def find_best_ids(self, slots: tuple[int, int]) -> tuple[str, ...]:
        """Return the ids of the best set with at most so many coupons in each slot."""
        self._note_greedy(slots)
        claims = sorted(
            self._list_claims((), self.range, 0, slots),
            key=lambda claim: (claim.bound_minor, len(claim.cards)),
        )
        for claim in claims:
            if self._may_win(claim.bound_minor, len(claim.cards)) and self._may_hold(
                claim.cards, self.range, 0, 0
            ):
                self._choose_for_sellers(claim.cards, self.range, 0, ())
        return self.best[2]

    def _resolve_sellers(
        self, coupons: Sequence[Coupon], basket: Basket, root: list[int]
    ) -> list[list[_Choice]]:
        """List each seller's choices that may matter, the best for itself first."""
        touched = {index for card in self.cards for index in card.among}
        by_seller: dict[str, dict[tuple[int, ...], Coupon]] = {}
        for coupon in coupons:
            cut = cut_of_coupon(coupon, basket, root)
            if cut.off_minor > 0:
                same = by_seller.setdefault(coupon.seller or "", {})
                same.setdefault(tuple(cut.applied_to(root)), coupon)
        resolved = []
        for seller, same in by_seller.items():
            own = basket.reach(EVERYTHING, seller)
            choices = [_Choice((), {index: root[index] for index in own}, 0)]
            for left, coupon in same.items():
                gain = self.root_minor - sum(left) - total_fee(self.parcels, left)
                choices.append(_Choice((coupon.id,), {index: left[index] for index in own}, gain))
            choices.sort(key=lambda choice: (-choice.gain_minor, len(choice.ids), choice.ids))
            resolved.append(choices[:1] if touched.isdisjoint(own) else choices)
        return resolved

    def _note_greedy(self, slots: tuple[int, int]) -> None:
        """Find a good set to measure others by: each seller's best, then the best next card."""
        now = self.range
        for choices in self.sellers:
            now = now.with_choices(choices[:1])
        amounts = now.high
        ids = [each for choices in self.sellers for each in choices[0].ids]
        self._note(amounts, ids)
        first, free = 0, list(slots)
        while True:
            options = []
            for place in range(first, len(self.cards)):
                card = self.cards[place]
                if free[card.slot] and card.in_reach(amounts) >= card.threshold_minor:
                    left = card.left_of(amounts)
                    options.append((sum(left), place, left))
            if not options or min(options)[0] == sum(amounts):
                return
            _, place, amounts = min(options)
            ids.append(self.cards[place].id)
            free[self.cards[place].slot] -= 1
            first = place + 1
            self._note(amounts, ids)

    def _list_claims(
        self, cards: tuple[_Card, ...], now: _Range, first: int, slots: tuple[int, int]
    ) -> Iterator[_Claim]:
        """List the claims that may win: these cards, and these with more from `first` on."""
        bound = self._bound(now)
        if self._may_win(bound, len(cards)):
            yield _Claim(bound, cards)
        later: tuple[list[int], list[int]] = ([], [])
        for place in range(len(self.cards) - 1, first - 1, -1):
            card = self.cards[place]
            if not slots[card.slot]:
                continue
            still_free = (
                (slots[0] - 1, slots[1]) if card.slot == PLATFORM_SLOT else (0, slots[1] - 1)
            )
            most_off = card.most_off(now.high)
            hoped = most_off + sum(map(sum_of_largest, later, still_free))
            later[card.slot].append(most_off)
            if not self._may_win(bound - hoped, len(cards) + 1):
                continue
            after = now.after(card)
            if after is not None:
                yield from self._list_claims((*cards, card), after, place + 1, still_free)

    def _choose_for_sellers(
        self, cards: tuple[_Card, ...], now: _Range, depth: int, ids: tuple[str, ...]
    ) -> None:
        """Try every choice of the seller at this depth, then of those after it."""
        if depth == len(self.sellers):
            self._settle(cards, now.high, ids)
            return
        for choice in self.sellers[depth]:
            child = now.with_choices((choice,))
            if self._may_hold(cards, child, depth + 1, len(ids) + len(choice.ids)):
                self._choose_for_sellers(cards, child, depth + 1, ids + choice.ids)

    def _may_hold(self, cards: tuple[_Card, ...], now: _Range, depth: int, count: int) -> bool:
        """Tell whether a claim can still be met, and win, once sellers before `depth` chose.

        `count` is the number of their coupons. Where the bound is only as low as the best, the
        set must do with few coupons: then so many sellers after `depth` may still use one.
        """
        after: _Range | None = now
        for card in cards:
            after = after.after(card) if after is not None else None
        if after is None:
            return False
        bound, best = self._bound(after), self.best[0]
        if bound != best:
            return bound < best
        spare = self.best[1] - count - len(cards)
        spans = [
            sum([now.high[index] - now.low[index] for index in choices[0].left])
            for choices in self.sellers[depth:]
        ]
        items = sum(after.high) - sum_of_largest(spans, spare)
        return spare >= 0 and items + total_fee(self.parcels, after.high) <= best

    def _settle(self, cards: tuple[_Card, ...], amounts: list[int], ids: tuple[str, ...]) -> None:
        """Price one whole set exactly; keep it if every card takes something and it is best."""
        for card in cards:
            left = card.left_of(amounts)
            if card.in_reach(amounts) < card.threshold_minor or left == amounts:
                return
            amounts = left
        self._note(amounts, [*ids, *(card.id for card in cards)])

    def _bound(self, now: _Range) -> int:
        """Bound the total, shipping included, of any set whose amounts lie in the range."""
        return now.least_minor + total_fee(self.parcels, now.high)

    def _may_win(self, bound_minor: int, count: int) -> bool:
        """Tell whether a set of at least so many coupons, at the bound or above, may be best."""
        return (bound_minor, count) <= self.best[:2]

    def _note(self, amounts: Sequence[int], ids: Sequence[str]) -> None:
        """Keep a set if it is better than the best so far."""
        total = sum(amounts) + total_fee(self.parcels, amounts)
        self.best = min(self.best, (total, len(ids), tuple(sorted(ids))))


def _resolve_card(coupon: Coupon, basket: Basket) -> _Card:
    return _Card(
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
