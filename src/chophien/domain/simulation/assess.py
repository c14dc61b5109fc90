"""One cart, as it was and under the plan: everything that the sums are made of."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from chophien.domain.money import BPS_WHOLE
from chophien.domain.pricing.answer import Funder, Quote
from chophien.domain.pricing.quote import price
from chophien.domain.pricing.request import CartRequest, Festival, Line, PriceKind
from chophien.domain.pricing.unit_prices import RefusalReason, legal_floor
from chophien.domain.simulation.carts import Cart, count_wanted, list_reach, put_under
from chophien.domain.simulation.left import NO_EVIDENCE, Evidence, Left, Step
from chophien.domain.simulation.plan import Plan, RuleKey

FESTIVAL = None  # who bears what the platform funds; sellers go by their id
Bearer = str | None


class Sums(NamedTuple):
    """A cart in figures: units, then money at list prices, at unit prices, and paid for goods."""

    units: int
    list_minor: int
    before_minor: int
    payable_minor: int


class Taken(NamedTuple):
    """What one promotion took off a cart."""

    key: RuleKey
    off_minor: int
    by_bearer: dict[Bearer, int]


class UsedPrice(NamedTuple):
    """Units of a sku at an offered price, and how far that is below their list price."""

    sku: str
    price_id: str
    kind: PriceKind
    units: int
    cut_minor: int


class Rejected(NamedTuple):
    """A price that the engine refused; `lawful_minor` is the lowest that it would accept."""

    sku: str
    price_id: str
    reason: RefusalReason
    unit_minor: int
    lawful_minor: int
    units: int


class Loss(NamedTuple):
    """Units of a sku for which the buyer pays less than they cost.

    `to_seller_minor` is what is lost once the festival has paid for what it funds.
    """

    sku: str
    seller: str
    units: int
    lost_minor: int
    to_seller_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A cart priced one way. `margin_minor` counts the goods whose cost is known, if any."""

    sums: Sums
    off_by_bearer: Mapping[Bearer, int]
    cut_by_seller: Mapping[str, int]
    margin_minor: int | None
    margin_bps: int | None
    """Of what the buyer pays for those goods; `None` as well where that is nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A cart priced both ways. `not_given` is what promotions that had run out would have taken."""

    number: int
    name: str
    currency: str
    was: Side
    planned: Side
    taken: tuple[Taken, ...]
    prices: tuple[UsedPrice, ...]
    rejected: tuple[Rejected, ...]
    losses: tuple[Loss, ...]
    uncosted_units: int
    not_given: Mapping[RuleKey, int]
    evidence: Evidence

    @property
    def off_by_rule(self) -> dict[RuleKey, int]:
        return {each.key: each.off_minor for each in self.taken}

    @property
    def units_by_price(self) -> Counter[str]:
        """Units by the id of their price."""
        units: Counter[str] = Counter()
        for used in self.prices:
            units[used.price_id] += used.units
        return units


def assess(cart: Cart, plan: Plan, left: Left) -> Outcome:
    """Price a cart as it came and under the plan, with what is left of the plan's limits."""
    own, planned = price(cart.request), _price_planned(cart, plan, left)
    request, quote = planned.request, planned.quote
    lines = [line for line in request.lines if not line.is_deposit]
    paid = {line.id: line.payable_minor for line in quote.lines}
    return Outcome(
        number=cart.number,
        name=cart.name,
        currency=request.festival.currency,
        was=_side(cart.request, own, plan),
        planned=_side(request, quote, plan),
        taken=tuple(_list_taken(request, quote)),
        prices=tuple(_list_used(request, quote)),
        rejected=tuple(_list_rejected(request, quote)),
        losses=tuple(_list_losses(lines, paid, _off_by_line(quote, Funder.PLATFORM), plan)),
        uncosted_units=sum(line.qty for line in lines if line.sku not in plan.costs_minor),
        not_given=planned.not_given,
        evidence=planned.evidence,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Planned:
    request: CartRequest
    quote: Quote
    not_given: Mapping[RuleKey, int]
    evidence: Evidence


def _price_planned(cart: Cart, plan: Plan, left: Left) -> _Planned:
    """Price a cart under the plan as the fair does with budgets.

    A promotion whose budget holds less than it would take is over for this cart, which is priced
    again without it. What the first pricing, with all of them, gave is what was wanted.
    """
    request = put_under(cart, plan, left)
    quote = price(request)
    reach = list_reach(request, plan)
    units = count_wanted(request, plan)
    if not reach and not units:
        return _Planned(request=request, quote=quote, not_given={}, evidence=NO_EVIDENCE)
    wanted = _off_of(quote, reach)
    without = left.find_exhausted(reach)
    exhausted, steps = without, []
    if without:
        request = put_under(cart, plan, left, without=without)
        quote = price(request)
    while True:
        step = Step(off_minor=_off_of(quote, reach), over=left.find_over(_off_of(quote, reach)))
        steps.append(step)
        if not step.over:
            break
        without |= step.over
        request = put_under(cart, plan, left, without=without)
        quote = price(request)
    return _Planned(
        request=request,
        quote=quote,
        not_given={key: off for key, off in wanted.items() if key in without},
        evidence=Evidence(
            reach=reach,
            exhausted=exhausted,
            steps=tuple(steps),
            units=tuple((own_id, count, min(count, left.units[own_id])) for own_id, count in units),
        ),
    )


def _off_of(quote: Quote, reach: frozenset[RuleKey]) -> dict[RuleKey, int]:
    offs = {RuleKey(each.stage, each.id): each.off_minor for each in quote.adjustments}
    return {key: off for key, off in offs.items() if key in reach}


def _side(request: CartRequest, quote: Quote, plan: Plan) -> Side:
    seller_of = {line.id: line.seller for line in request.lines}
    off: Counter[Bearer] = Counter()
    for adjustment in quote.adjustments:
        for line_id, amount in adjustment.off_by_line.items():
            by_seller = adjustment.funded_by is Funder.SELLER
            off[seller_of[line_id] if by_seller else FESTIVAL] += amount
    cut: Counter[str] = Counter()
    units = list_minor = margin = costed_minor = 0
    is_costed = False
    for line, quoted in zip(request.lines, quote.lines, strict=True):
        if line.is_deposit:
            continue
        units += line.qty
        list_minor += line.qty * line.list_price_minor
        priced = sum(part.qty * part.unit_minor for part in quoted.parts)
        cut[line.seller] += line.qty * line.list_price_minor - priced
        cost = plan.costs_minor.get(line.sku)
        if cost is not None:
            is_costed = True
            costed_minor += quoted.payable_minor
            margin += quoted.payable_minor - cost * line.qty
    return Side(
        sums=Sums(units, list_minor, quote.items_before_minor, quote.items_payable_minor),
        off_by_bearer=off,
        cut_by_seller=cut,
        margin_minor=margin if is_costed else None,
        margin_bps=margin * BPS_WHOLE // costed_minor if costed_minor else None,
    )


def _list_taken(request: CartRequest, quote: Quote) -> "list[Taken]":
    seller_of = {line.id: line.seller for line in request.lines}
    taken = []
    for each in quote.adjustments:
        bearers: Counter[Bearer] = Counter()
        for line_id, off in each.off_by_line.items():
            bearers[seller_of[line_id] if each.funded_by is Funder.SELLER else FESTIVAL] += off
        taken.append(Taken(RuleKey(each.stage, each.id), each.off_minor, dict(bearers)))
    return taken


def _list_used(request: CartRequest, quote: Quote) -> list[UsedPrice]:
    used = []
    for line, quoted in zip(request.lines, quote.lines, strict=True):
        for part in quoted.parts:
            if part.price_id is not None:
                cut = part.qty * (line.list_price_minor - part.unit_minor)
                used.append(UsedPrice(line.sku, part.price_id, part.kind, part.qty, cut))
    return used


def _list_rejected(request: CartRequest, quote: Quote) -> list[Rejected]:
    if not quote.rejected:
        return []
    lines = {line.id: line for line in request.lines}
    rejected = []
    for each in quote.rejected:
        line = lines[each.line_id]
        unit = next(price.unit_minor for price in line.prices if price.id == each.price_id)
        lawful = find_lawful(line, request.festival)
        rejected.append(Rejected(line.sku, each.price_id, each.reason, unit, lawful, line.qty))
    return rejected


def find_lawful(line: Line, festival: Festival) -> int:
    """The lowest unit price that the engine accepts for a line, before its deposit bonus.

    The reference price less the cap, rounded up, but not below the seller's own floor.
    """
    return max(legal_floor(line, festival), line.floor_price_minor) + line.bonus_minor


def _list_losses(
    lines: list[Line], paid: Mapping[str, int], funded: Mapping[str, int], plan: Plan
) -> list[Loss]:
    losses = []
    for line in lines:
        cost = plan.costs_minor.get(line.sku)
        if cost is None:
            continue
        lost = cost * line.qty - paid[line.id]
        if lost > 0:
            to_seller = max(lost - funded.get(line.id, 0), 0)
            losses.append(Loss(line.sku, line.seller, line.qty, lost, to_seller))
    return losses


def _off_by_line(quote: Quote, funder: Funder) -> Counter[str]:
    off: Counter[str] = Counter()
    for each in quote.adjustments:
        if each.funded_by is funder:
            off.update(each.off_by_line)
    return off
