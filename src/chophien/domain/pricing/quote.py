"""The one pricing function: the same request always gives the same quote."""

from collections.abc import Sequence
from typing import Any

from chophien.domain.pricing.answer import (
    Adjustment,
    AdjustmentStage,
    Funder,
    Quote,
    QuotedLine,
    QuotedPart,
    render_answer,
)
from chophien.domain.pricing.coupon_choices import AppliedCoupon
from chophien.domain.pricing.coupons import apply_coupons
from chophien.domain.pricing.cross_store import AppliedProgramme, apply_cross_store
from chophien.domain.pricing.parse import parse_request
from chophien.domain.pricing.request import CartRequest, Issuer, Line
from chophien.domain.pricing.seller_offers import AppliedOffer, apply_seller_offers
from chophien.domain.pricing.shipping import pack_parcels
from chophien.domain.pricing.spreading import Basket, Cut
from chophien.domain.pricing.unit_prices import fill_lines


def price_document(document: object) -> dict[str, Any]:
    """Price a request document: parse, price, render.

    Raises:
        BadRequestError: the document is not of the form; every fault is named.
    """
    return render_answer(price(parse_request(document)))


def price(request: CartRequest) -> Quote:
    """Price a cart through all stages; docs/reference/promotions.md states them.

    Each stage works on what the one before it left: unit prices, seller offers, cross-store,
    coupons, shipping, and last the deposits of a presale.
    """
    at = request.at
    filled = fill_lines(request)
    basket = Basket.of(filled.parts)
    before = [part.amount_minor for part in basket.parts]

    offers_open = [offer for offer in request.offers if offer.window.is_open(at)]
    offers, amounts = apply_seller_offers(offers_open, basket, before)

    programmes_open = [each for each in request.cross_store if each.window.is_open(at)]
    crossed = apply_cross_store(programmes_open, basket, amounts)

    parcels = pack_parcels(basket, request.shipping)
    coupons_open = [coupon for coupon in request.coupons if coupon.window.is_open(at)]
    coupons, amounts = apply_coupons(
        coupons_open, request.festival, basket, parcels, crossed.amounts
    )

    quote = Quote(
        lines=_quote_lines(request.lines, basket, amounts),
        adjustments=_explain(basket, offers, crossed.applied, coupons),
        shipping_by_seller={parcel.seller: parcel.fee_at(amounts) for parcel in parcels},
        items_before_minor=sum(before),
        items_payable_minor=sum(amounts),
        deposit_set_off_minor=sum(line.deposit_paid_minor * line.qty for line in request.lines),
        next_step=crossed.next_step,
        rejected=filled.rejected,
    )
    _assert_accounted(quote, basket, amounts)
    return quote


def _quote_lines(
    lines: Sequence[Line], basket: Basket, amounts: Sequence[int]
) -> tuple[QuotedLine, ...]:
    """Gather parts and amounts by line, in the order of the request."""
    parts: dict[str, list[QuotedPart]] = {line.id: [] for line in lines}
    payable = dict.fromkeys(parts, 0)
    for part, amount in zip(basket.parts, amounts, strict=True):
        payable[part.line.id] += amount
        parts[part.line.id].append(
            QuotedPart(
                qty=part.qty, unit_minor=part.unit_minor, kind=part.kind, price_id=part.price_id
            )
        )
    return tuple(
        QuotedLine(
            id=line.id,
            parts=tuple(parts[line.id]),
            payable_minor=payable[line.id],
            deposit_due_minor=line.presale.deposit_minor * line.qty
            if line.presale is not None and line.is_deposit
            else 0,
        )
        for line in lines
    )


def _explain(
    basket: Basket,
    offers: Sequence[AppliedOffer],
    programme: AppliedProgramme | None,
    coupons: Sequence[AppliedCoupon],
) -> tuple[Adjustment, ...]:
    """List what was taken off, in the order in which it was, and who bears it."""
    line_ids = [part.line.id for part in basket.parts]
    stage, seller = AdjustmentStage.SELLER_OFFER, Funder.SELLER
    adjustments = [_adjust(line_ids, each.cut, each.offer_id, stage, seller) for each in offers]
    if programme is not None:
        stage, own_id = AdjustmentStage.CROSS_STORE, programme.programme.id
        adjustments.append(_adjust(line_ids, programme.cut, own_id, stage, seller))
    stage = AdjustmentStage.COUPON
    for coupon, cut in coupons:
        funder = seller if coupon.issuer is Issuer.SELLER else Funder.PLATFORM
        adjustments.append(_adjust(line_ids, cut, coupon.id, stage, funder))
    return tuple(adjustments)


def _adjust(
    line_ids: Sequence[str], cut: Cut, rule_id: str, stage: AdjustmentStage, funder: Funder
) -> Adjustment:
    off_by_line: dict[str, int] = {}
    for index, off in zip(cut.among, cut.offs, strict=True):
        if off:
            line_id = line_ids[index]
            off_by_line[line_id] = off_by_line.get(line_id, 0) + off
    return Adjustment(
        id=rule_id,
        stage=stage,
        off_minor=cut.off_minor,
        funded_by=funder,
        off_by_line=off_by_line,
    )


def _assert_accounted(quote: Quote, basket: Basket, amounts: Sequence[int]) -> None:
    """Hold the quote against the laws: every unit of money is accounted for, no floor broken."""
    assert quote.items_before_minor - quote.discount_minor == quote.items_payable_minor, (
        "what was taken off explains the difference"
    )
    assert quote.items_payable_minor == sum(line.payable_minor for line in quote.lines), (
        "the lines sum to the total"
    )
    assert all(
        amount >= part.floor_minor >= 0 for part, amount in zip(basket.parts, amounts, strict=True)
    ), "no part is below its floor"
    assert quote.items_payable_minor >= quote.deposit_set_off_minor, "no deposit is paid out"
