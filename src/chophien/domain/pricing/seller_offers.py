"""Stage 2: of each seller's automatic offers, the one that takes off most."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from chophien.domain.money import share_of_bps
from chophien.domain.pricing.request import Bundle, NthUnit, Offer, SpendSave
from chophien.domain.pricing.spreading import Basket, Cut, hold_at_floors, spread


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedOffer:
    offer_id: str
    cut: Cut


def apply_seller_offers(
    offers: Sequence[Offer], basket: Basket, amounts: list[int]
) -> tuple[list[AppliedOffer], list[int]]:
    """Apply the best offer of each seller, sellers by id; return these and the amounts left.

    Best is what takes off most after floors, on a tie the lower id. The offers are those in
    force; each touches its own seller's lines only, so sellers do not disturb each other.
    """
    best_by_seller: dict[str, AppliedOffer] = {}
    for offer in sorted(offers, key=lambda each: each.id):
        cut = cut_of_offer(offer, basket, amounts)
        best = best_by_seller.get(offer.seller)
        if cut.off_minor > (0 if best is None else best.cut.off_minor):
            best_by_seller[offer.seller] = AppliedOffer(offer_id=offer.id, cut=cut)
    applied = [best_by_seller[seller] for seller in sorted(best_by_seller)]
    for each in applied:
        amounts = each.cut.applied_to(amounts)
    return applied, amounts


def cut_of_offer(offer: Offer, basket: Basket, amounts: Sequence[int]) -> Cut:
    """Compute what an offer takes off each part that it reaches."""
    among = basket.reach(offer.scope, offer.seller)
    match offer:
        case SpendSave():
            amount = sum(amounts[index] for index in among)
            is_met = offer.threshold_minor is None or amount >= offer.threshold_minor
            off = offer.discount.taken_from(amount) if is_met else 0
            return spread(off, amounts, basket.floors, among)
        case NthUnit():
            offs = _nth_unit_offs(offer, basket, among)
        case Bundle():
            offs = _bundle_offs(offer, basket, among)
        case _:
            assert_never(offer)
    return hold_at_floors(offs, amounts, basket.floors, among)


def _dearest_first(basket: Basket, among: Sequence[int]) -> list[int]:
    """Order parts by falling unit price, equal ones in part order."""
    return sorted(among, key=lambda index: -basket.parts[index].unit_minor)


def _nth_unit_offs(offer: NthUnit, basket: Basket, among: tuple[int, ...]) -> list[int]:
    """Take the percentage off every n-th unit, dearest first; the saving stays on that unit.

    The units of a part stand side by side in the order, so the n-th units among them are
    counted, not walked.
    """
    offs = dict.fromkeys(among, 0)
    units_before = 0
    for index in _dearest_first(basket, among):
        part = basket.parts[index]
        units_after = units_before + part.qty
        hits = units_after // offer.n - units_before // offer.n
        offs[index] = hits * share_of_bps(part.unit_minor, offer.percent_bps)
        units_before = units_after
    return list(offs.values())


@dataclass(frozen=True, slots=True)
class _Run:
    """Equal units that one set takes from one part."""

    index: int
    qty: int
    unit_minor: int


def _bundle_offs(offer: Bundle, basket: Basket, among: tuple[int, ...]) -> list[int]:
    """Form sets of the dearest units until one would save nothing; savings stay on the units.

    Sets of the same composition are formed together, as many as the part that runs out first
    allows, so the cost follows the number of parts and not the number of units.
    """
    offs = dict.fromkeys(among, 0)
    left = {index: basket.parts[index].qty for index in _dearest_first(basket, among)}
    while True:
        runs = _next_set(offer, basket, left)
        set_minor = sum(run.qty * run.unit_minor for run in runs)
        if set_minor <= offer.price_minor:
            return list(offs.values())
        sets = min(left[run.index] // run.qty for run in runs)
        for run, off in zip(runs, _set_offs(runs, set_minor - offer.price_minor), strict=True):
            offs[run.index] += off * sets
            left[run.index] -= run.qty * sets


def _next_set(offer: Bundle, basket: Basket, left: dict[int, int]) -> list[_Run]:
    """Take the dearest units left of each sku, skus by id; nothing when some sku has too few."""
    runs: list[_Run] = []
    for sku in sorted(offer.units_by_sku):
        missing = offer.units_by_sku[sku]
        for index, qty in left.items():
            part = basket.parts[index]
            if part.line.sku != sku or qty == 0 or missing == 0:
                continue
            taken = min(qty, missing)
            runs.append(_Run(index, taken, part.unit_minor))
            missing -= taken
        if missing:
            return []
    return runs


def _set_offs(runs: Sequence[_Run], saving_minor: int) -> list[int]:
    """Spread a set's saving over its units by unit price, by largest remainder; sum it by run.

    Units of a run have equal shares and remainders, so left-over units of money, which on a tie
    go by sku and then dearest first (the order of the runs), fill whole runs in turn.
    """
    set_minor = sum(run.qty * run.unit_minor for run in runs)
    offs = [run.qty * (saving_minor * run.unit_minor // set_minor) for run in runs]
    left_over = saving_minor - sum(offs)
    remainders = [saving_minor * run.unit_minor % set_minor for run in runs]
    for place in sorted(range(len(runs)), key=remainders.__getitem__, reverse=True):
        extra = min(left_over, runs[place].qty)
        offs[place] += extra
        left_over -= extra
    assert left_over == 0, "what is left over is less than one unit of money per unit"
    return offs
