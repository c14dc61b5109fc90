"""Stage 4: the set of coupons that leaves the least to pay, exactly.

Coupons apply in a fixed order: seller coupons, platform coupons, red packets, by id within
each; each is judged on what the ones before it left. Among all sets that keep the limits and in
which every coupon takes something off, the one chosen has the lowest total *including shipping*,
then the fewest coupons, then the smallest sorted list of ids.

No greedy order is right: a larger coupon may push the cart under another one's threshold or cost
free shipping. So the sets are searched by branch and bound. *Cards* (platform coupons and red
packets) are claimed first, then each seller's coupon is chosen; a branch is left out only when
it is proven that no set in it can be the best. The proof rests on these facts.

1. *Sellers stand apart.* A seller coupon touches its own seller's parts only, so what each one
   leaves is computed once. Coupons that leave the same are one choice, the lowest id; a seller
   that no card reaches is settled at once by its own best choice.
2. *A card keeps order.* Its threshold aside, the rate at which a card cuts never rises as a cart
   grows: a percentage is the same, a fixed sum or a cap is spread thinner, and a floor only cuts
   off. So a card leaves no less of any part of a cart whose parts are no smaller, and amounts
   known to lie in a range lie, after it, in the range that it makes of both ends (rounded
   outwards).
3. *The bound.* The sum of the low ends is the least that can be left, and shipping is least at
   the high ends, since a fee never falls when amounts fall. A card whose threshold the high ends
   miss rules the branch out; one whose threshold only the low ends miss proves that at least the
   threshold is left in its reach. Cards still to come take no more than they name.
4. *Ties.* Where the bound is only as low as the best total (carts held at their floors), a set
   must also do with no more coupons than the best. A card never widens the difference between
   two carts, so what few seller coupons leave is bounded by the dearest cart less what they take.

When every seller has chosen, a set is priced exactly; nothing found by a bound is ever an answer.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chophien.domain.pricing.coupon_bounds import (
    PLATFORM_SLOT,
    Card,
    Choice,
    Range,
    resolve_card,
    sum_of_largest,
)
from chophien.domain.pricing.request import (
    EVERYTHING,
    Coupon,
    Festival,
    Issuer,
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


@dataclass(frozen=True, slots=True)
class _Claim:
    """Cards claimed to be used, their thresholds met, whatever the sellers' coupons are."""

    bound_minor: int
    cards: tuple[Card, ...]


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
            for card in (resolve_card(each, basket) for each in ordered if each.seller is None)
            if card.most_off(root) > 0 and card.in_reach(root) >= card.threshold_minor
        ]
        self.sellers = self._resolve_sellers(
            [each for each in ordered if each.seller is not None], basket, root
        )
        self.range = Range(root, root, sum(root))
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
                claim.cards, self.range, 0, ()
            ):
                self._choose_for_sellers(claim.cards, self.range, 0, ())
        return self.best[2]

    def _resolve_sellers(
        self, coupons: Sequence[Coupon], basket: Basket, root: list[int]
    ) -> list[list[Choice]]:
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
            choices = [Choice((), {index: root[index] for index in own}, 0)]
            for left, coupon in same.items():
                gain = self.root_minor - sum(left) - total_fee(self.parcels, left)
                choices.append(Choice((coupon.id,), {index: left[index] for index in own}, gain))
            choices.sort(key=lambda choice: (-choice.gain_minor, len(choice.ids), choice.ids))
            resolved.append(choices[:1] if touched.isdisjoint(own) else choices)
        resolved.sort(key=lambda choices: -choices[0].gain_minor)
        return resolved

    def _note_greedy(self, slots: tuple[int, int]) -> None:
        """Find a good set to measure others by: each seller's best, then the best next card."""
        amounts = list(self.range.high)
        ids: list[str] = []
        for choices in self.sellers:
            ids.extend(choices[0].ids)
            for index, amount in choices[0].left.items():
                amounts[index] = amount
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
        self, cards: tuple[Card, ...], now: Range, first: int, slots: tuple[int, int]
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
        self, cards: tuple[Card, ...], now: Range, depth: int, ids: tuple[str, ...]
    ) -> None:
        """Try every choice of the seller at this depth, then of those after it."""
        if depth == len(self.sellers):
            self._settle(cards, now.high, ids)
            return
        for choice in self.sellers[depth]:
            child = now.with_choices((choice,))
            if self._may_hold(cards, child, depth + 1, ids + choice.ids):
                self._choose_for_sellers(cards, child, depth + 1, ids + choice.ids)

    def _may_hold(
        self, cards: tuple[Card, ...], now: Range, depth: int, ids: tuple[str, ...]
    ) -> bool:
        """Tell whether a claim can still be met, and win, once sellers before `depth` chose.

        `ids` are their coupons.
        """
        after = now.after_all(cards)
        if after is None:
            return False
        best_total, best_count, best_ids = self.best
        bound = self._bound(after)
        if bound != best_total:
            return bound < best_total
        so_far = tuple(sorted([*ids, *(card.id for card in cards)]))
        spare = best_count - len(so_far)
        if spare < 0 or (spare == 0 and so_far >= best_ids):
            return False
        return self._bound_with_few(cards, now, depth, spare) <= best_total

    def _bound_with_few(self, cards: tuple[Card, ...], now: Range, depth: int, spare: int) -> int:
        """Bound the total when at most `spare` of the sellers from `depth` on use a coupon.

        A card never makes a difference between two carts larger, so what is left of the dearest
        cart of the range falls at most by what those sellers' coupons take, and by rounding.
        """
        dearest = Range(now.high, now.high, sum(now.high)).after_all(cards)
        assert dearest is not None, "a claim that the range may meet is met by its dearest cart"
        spans = [
            sum([now.high[index] - now.low[index] for index in choices[0].left])
            for choices in self.sellers[depth:]
        ]
        rounding = len(cards) * 2 * len(now.high)
        items = sum(dearest.low) - sum_of_largest(spans, spare) - rounding
        return items + total_fee(self.parcels, dearest.high)

    def _settle(self, cards: Sequence[Card], amounts: list[int], ids: tuple[str, ...]) -> None:
        """Price one whole set exactly; keep it if every card takes something and it is best."""
        for card in cards:
            left = card.left_of(amounts)
            if card.in_reach(amounts) < card.threshold_minor or left == amounts:
                return
            amounts = left
        self._note(amounts, [*ids, *(card.id for card in cards)])

    def _bound(self, now: Range) -> int:
        """Bound the total, shipping included, of any set whose amounts lie in the range."""
        return now.least_minor + total_fee(self.parcels, now.high)

    def _may_win(self, bound_minor: int, count: int) -> bool:
        """Tell whether a set of at least so many coupons, at the bound or above, may be best."""
        return (bound_minor, count) <= self.best[:2]

    def _note(self, amounts: Sequence[int], ids: Sequence[str]) -> None:
        """Keep a set if it is better than the best so far."""
        total = sum(amounts) + total_fee(self.parcels, amounts)
        self.best = min(self.best, (total, len(ids), tuple(sorted(ids))))
