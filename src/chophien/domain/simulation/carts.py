"""Carts of before, as they are read, and as they stand under a plan."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TypeVar

from chophien.domain.money import BPS_WHOLE
from chophien.domain.pricing.parse import BadRequestError, parse_request
from chophien.domain.pricing.request import (
    CartRequest,
    Coupon,
    CrossStore,
    Festival,
    Line,
    Offer,
    OfferedPrice,
)
from chophien.domain.simulation.left import Left
from chophien.domain.simulation.plan import STAGE_OF, Plan, PlannedCoupon, RuleKey

T = TypeVar("T", bound=Offer | CrossStore | Coupon)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cart:
    """A cart that can be priced. `name` is what people find it by; `number` counts from 1."""

    number: int
    name: str
    request: CartRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedCart:
    """A cart that is no request; it is counted and named, and priced nowhere."""

    number: int
    name: str
    faults: tuple[str, ...]


def read_cart(document: object, *, number: int, name: str = "") -> Cart | RefusedCart:
    """Read a request document; one that is none is an outcome here, not an error."""
    try:
        request = parse_request(document)
    except BadRequestError as refusal:
        return RefusedCart(number=number, name=name or str(number), faults=refusal.faults)
    return Cart(number=number, name=name or str(number), request=request)


def put_under(
    cart: Cart, plan: Plan, left: Left, *, without: Collection[RuleKey] = ()
) -> CartRequest:
    """The cart with the promotions of the plan; `without` leaves out those that are over.

    Offers and coupons of sellers who are not in the cart cannot reach it and stay out.
    """
    request = cart.request
    sellers = dict.fromkeys(line.seller for line in request.lines)

    def joined(name: str, planned: Sequence[T], own: Sequence[T]) -> tuple[T, ...]:
        """The plan's rules, then those of the cart that it keeps, but for those that are over."""
        stage = STAGE_OF[name]
        kept = own if name in plan.keep else ()
        others = [rule for rule in kept if RuleKey(stage, rule.id) not in plan.rule_keys]
        rules = [*planned, *others]
        return tuple([rule for rule in rules if RuleKey(stage, rule.id) not in without])

    return replace(
        request,
        at=plan.at or request.at,
        festival=_change_festival(request.festival, plan),
        lines=tuple([_put_line_under(line, plan, left) for line in request.lines]),
        offers=joined(
            "offers",
            [offer for seller in sellers for offer in plan.offers_by_seller.get(seller, ())],
            request.offers,
        ),
        cross_store=joined("cross_store", plan.cross_store, request.cross_store),
        coupons=joined(
            "coupons", tuple(_give_coupons(cart, plan.coupons, sellers)), request.coupons
        ),
    )


def list_reach(request: CartRequest, plan: Plan) -> frozenset[RuleKey]:
    """The promotions in a request that may run out."""
    limited = plan.limited
    if not limited:
        return frozenset()
    found = [
        RuleKey(STAGE_OF[name], rule.id) for name in STAGE_OF for rule in getattr(request, name)
    ]
    return frozenset(key for key in found if key in limited)


def count_wanted(request: CartRequest, plan: Plan) -> tuple[tuple[str, int], ...]:
    """For each price of limited units in the cart, the units that could use it."""
    wanted: Counter[str] = Counter()
    for line in request.lines:
        if line.is_deposit:
            continue
        for price_id in {price.id for price in line.prices if price.id in plan.units_left}:
            wanted[price_id] += line.qty
    return tuple(sorted(wanted.items()))


def _change_festival(festival: Festival, plan: Plan) -> Festival:
    changes = plan.festival_changes
    if not changes:
        return festival
    return Festival(
        currency=festival.currency,
        discount_cap_bps=changes.get("discount_cap_bps", festival.discount_cap_bps),
        platform_coupons_max=changes.get("platform_coupons_max", festival.platform_coupons_max),
        red_packets_max=changes.get("red_packets_max", festival.red_packets_max),
    )


def _put_line_under(line: Line, plan: Plan, left: Left) -> Line:
    planned = plan.prices_by_sku.get(line.sku, ())
    offered: list[OfferedPrice] = [
        replace(price, left=left.units[price.id]) if price.id in left.units else price
        for price in planned
    ]
    if "prices" in plan.keep:
        taken = {price.id for price in planned} | left.units.keys()
        offered += [price for price in line.prices if price.id not in taken]
    return replace(line, prices=tuple(offered))


def _give_coupons(
    cart: Cart, coupons: Sequence[PlannedCoupon], sellers: Collection[str]
) -> Iterator[Coupon]:
    holder = cart.request.buyer.id or cart.name
    for planned in coupons:
        coupon = planned.coupon
        if (coupon.seller is None or coupon.seller in sellers) and (
            planned.share_bps == BPS_WHOLE or draw_bps(coupon.id, holder) < planned.share_bps
        ):
            yield coupon


def draw_bps(coupon_id: str, holder: str) -> int:
    """A number below 10,000 that is always the same for this coupon and this buyer.

    >>> draw_bps("c1", "b1") == draw_bps("c1", "b1")
    True
    """
    digest = sha256(f"{coupon_id}\0{holder}".encode()).digest()
    return int.from_bytes(digest[:8], "big") * BPS_WHOLE >> 64
