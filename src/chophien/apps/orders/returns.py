"""What goes back to budgets and wallets when goods of an order come back, or were never paid.

One principle: what was confirmed stands. The rest of the order keeps its price, whatever part of
it is gone; of each discount the share of the units that are gone returns to its budget, and a
coupon returns to the wallet once every line that it touched is gone.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from chophien.apps.orders.models import Order
from chophien.apps.orders.parts import sum_subsidies
from chophien.apps.promotions.models import WalletCoupon
from chophien.apps.promotions.services import (
    give_back,
    give_back_coupons,
    spend_again,
    use_coupons,
)
from chophien.domain.pricing.answer import Adjustment, AdjustmentStage, Funder
from chophien.domain.pricing.refunds import coupons_to_give_back, refund_of_units


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """Units of one line of a quote that are gone now, of `quantity`, `before` being gone already."""

    quantity: int
    now: int
    before: int = 0


def give_back_promotions(
    order: Order, units: Mapping[str, Units], *, gone: Collection[str]
) -> None:
    """Return the units' share of every discount, and coupons of which nothing is left.

    Expects the order to be locked. `gone` are all lines of the order of which no unit is left,
    those of `units` included. Coupons before budgets.
    """
    adjustments = [_read(each) for each in order.quote["adjustments"]]
    touched = [each for each in adjustments if units.keys() & each.off_by_line.keys()]
    coupons = coupons_to_give_back(touched, gone)
    give_back_coupons(held_ids=[int(each[1:]) for each in coupons], order_id=order.id)
    give_back(order_id=order.id, amounts=_sum_shares(touched, units))


def take_promotions_again(order: Order, units: Mapping[str, Units]) -> bool:
    """Money came late: use again what `give_back_promotions` returned of these lines.

    `False` when a coupon or a budget is used up meanwhile; the caller rolls back.
    """
    adjustments = [_read(each) for each in order.quote["adjustments"]]
    touched = [each for each in adjustments if units.keys() & each.off_by_line.keys()]
    held = [int(each.id[1:]) for each in touched if each.stage is AdjustmentStage.COUPON]
    given_back = WalletCoupon.objects.filter(id__in=held).exclude(order=order.id)
    ids = list(given_back.values_list("id", flat=True))
    return (
        not ids or use_coupons(held_ids=ids, user_id=order.user_id or 0, order_id=order.id)
    ) and spend_again(order_id=order.id, amounts=_sum_shares(touched, units))


def sum_returned_subsidy(order: Order, units: Mapping[str, Units]) -> int:
    """What the festival bore of these units' discounts, to the unit of money."""
    subsidies = sum_subsidies(order.quote)
    return sum(
        _find_share(subsidies[line_id], gone)
        for line_id, gone in units.items()
        if line_id in subsidies
    )


def _sum_shares(adjustments: Collection[Adjustment], units: Mapping[str, Units]) -> dict[str, int]:
    """What these units got of each discount, by the key of its budget."""
    held = [int(each.id[1:]) for each in adjustments if each.stage is AdjustmentStage.COUPON]
    kinds = dict(WalletCoupon.objects.filter(id__in=held).values_list("id", "coupon_id"))
    shares: dict[str, int] = defaultdict(int)
    for each in adjustments:
        is_coupon = each.stage is AdjustmentStage.COUPON
        key = f"c{kinds[int(each.id[1:])]}" if is_coupon else each.id
        for line_id, off_minor in each.off_by_line.items():
            if line_id in units:
                shares[key] += _find_share(off_minor, units[line_id])
    return dict(shares)


def _find_share(off_minor: int, units: Units) -> int:
    return refund_of_units(
        off_minor, qty=units.quantity, returned_before=units.before, returning=units.now
    )


def _read(document: Mapping[str, Any]) -> Adjustment:
    """An adjustment of a stored quote."""
    return Adjustment(
        id=document["id"],
        stage=AdjustmentStage(document["stage"]),
        off_minor=document["off"],
        funded_by=Funder(document["funded_by"]),
        off_by_line=document["lines"],
    )
