"""Stage 4: the set of coupons that leaves the least to pay, exactly.

Coupons apply in a fixed order: seller coupons, platform coupons, red packets, by id within
each; each is judged on what the ones before it left. Among all sets that keep the limits and in
which every coupon takes something off, the one chosen has the lowest total *including shipping*,
then the fewest coupons, then the smallest sorted list of ids.

No greedy order is right: a larger coupon may push the cart under another one's threshold or cost
free shipping. So the sets are searched by branch and bound. *Cards* (platform coupons and red
packets) are claimed to be used first, then the sellers' choices are narrowed; a branch is left out
only when it is proven that no set in it can be the best. The proof rests on these facts.

1. *Sellers stand apart.* A seller coupon touches its own seller's parts only, so what each one
   leaves is computed once. Coupons that leave the same are one choice, the lowest id; a seller
   that no card reaches is settled at once by its own best choice.
2. *A card never cuts a larger cart faster.* Its threshold aside, the rate at which it cuts never
   rises as a cart grows: a percentage is the same, a fixed sum or a cap is spread thinner, and a
   floor only cuts off. So if every cart of a branch lies between two others part by part, the
   card's rate lies between its rates at both ends (at the low end, but not below the threshold at
   which it is used), and what it leaves of each part lies between what these rates leave of the
   part's own ends, shares rounded outwards.
3. *The bound.* What is left of all parts is at least the sum of the low ends, and at least what
   was there before the cards less what they take at most. A seller's goods and shipping cost at
   least the low end and the fee, or as much as makes shipping free if the high end reaches that.
   A card whose threshold the high ends miss rules the branch out. Cards still to come take no
   more than they would take of the untouched cart, and nothing goes below the floors.
4. *Sellers stand apart again* once the rates are bounded: each choice of each seller has a bound
   of its own, the sum of the sellers' least is one for the branch, and a choice that is dearer
   than its seller's least by more than the branch has to spare is in no winning set.
5. *Ties.* Bounds are pairs of a total and a number of coupons, compared in this order, and add up
   by seller. Of two pairs for each seller the lesser sum is that of the lesser pairs, so a set
   that only equals the best total is left out when it needs more coupons.

Each narrowing brings the ends closer; when every seller has one choice left, the set is priced
exactly. Nothing found by a bound is ever an answer.
"""

from collections.abc import Sequence

from chophien.domain.pricing.coupon_bounds import Card
from chophien.domain.pricing.coupon_choices import AppliedCoupon
from chophien.domain.pricing.coupon_search import Search
from chophien.domain.pricing.request import Coupon, Festival, Issuer
from chophien.domain.pricing.shipping import Parcel
from chophien.domain.pricing.spreading import Basket, Cut


def apply_coupons(
    coupons: Sequence[Coupon],
    festival: Festival,
    basket: Basket,
    parcels: Sequence[Parcel],
    amounts: list[int],
) -> tuple[list[AppliedCoupon], list[int]]:
    """Choose the best set of the coupons in force and apply it; return it and the amounts left."""
    if not (coupons and amounts):
        return [], amounts
    cards = [Card.of(coupon, basket) for coupon in sorted(coupons, key=application_order)]
    search = Search(cards, basket, parcels, amounts)
    search.run((festival.platform_coupons_max, festival.red_packets_max))
    return sorted(search.applied, key=lambda each: application_order(each.coupon)), search.left


ISSUER_ORDER = {issuer: rank for rank, issuer in enumerate(Issuer)}


def application_order(coupon: Coupon) -> tuple[int, str]:
    """Sort key of the order in which the coupons of a set are applied."""
    return ISSUER_ORDER[coupon.issuer], coupon.id


def cut_of_coupon(coupon: Coupon, basket: Basket, amounts: Sequence[int]) -> Cut:
    """Compute what a coupon takes off each part, nothing when its threshold is not met."""
    return Card.of(coupon, basket).cut_of(amounts)
