"""What becomes of each coupon in a cart: used, or why not and what it would need."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from chophien.domain.pricing.parse import parse_request
from chophien.domain.pricing.quote import price_document
from chophien.domain.pricing.request import CartRequest, Coupon
from chophien.web.shared.why.floors import find_amounts, find_headroom

Document = Mapping[str, Any]


class Fate(StrEnum):
    """Why a coupon takes something off, or nothing."""

    USED = "used"
    SHORT = "short"
    """The goods that it holds for come to less than its threshold."""
    NO_GOODS = "no_goods"
    """Nothing in the cart is among the goods that it holds for."""
    LIMIT = "limit"
    """As many of its kind as one order takes are used, and they take more off together."""
    AT_FLOOR = "at_floor"
    """The prices are as low as the law or the stall allows."""
    NOT_BETTER = "not_better"
    """With it the cart would cost as much, or more."""
    SPENT = "spent"
    """Its budget holds less than it would take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    fate: Fate
    off_minor: int = 0
    missing_minor: int = 0
    """How much more of its goods it needs, where it is short."""


def judge_coupons(
    request: Document,
    quote: Document,
    coupons: Sequence[Document],
    *,
    spent: Collection[str] = (),
) -> dict[str, Verdict]:
    """Say of each coupon what became of it in this quote.

    `coupons` are documents in the form of a request's; those that the quote did not know (not
    picked) are judged as if they came on top of it. `spent` are those left out for their budget.
    """
    if not coupons:
        return {}
    asked = parse_request({**request, "coupons": list(coupons)})
    amounts = find_amounts(asked, quote)
    headroom = find_headroom(asked, quote)
    used = {each["id"]: each["off"] for each in quote["adjustments"] if each["stage"] == "coupon"}
    taken = _count_taken(asked, used)
    documents = {coupon["id"]: coupon for coupon in coupons}
    verdicts = {}
    for coupon in asked.coupons:
        if coupon.id in used:
            verdicts[coupon.id] = Verdict(fate=Fate.USED, off_minor=used[coupon.id])
        elif coupon.id in spent:
            verdicts[coupon.id] = Verdict(fate=Fate.SPENT)
        else:
            verdicts[coupon.id] = _judge_needs(coupon, asked, amounts, headroom) or _judge_alone(
                {**request, "coupons": [documents[coupon.id]]},
                is_full=_is_full(coupon, asked, taken),
            )
    return verdicts


def _count_taken(asked: CartRequest, used: Mapping[str, int]) -> dict[tuple[str, str | None], int]:
    taken: dict[tuple[str, str | None], int] = defaultdict(int)
    for coupon in asked.coupons:
        if coupon.id in used:
            taken[coupon.issuer, coupon.seller] += 1
    return taken


def _is_full(
    coupon: Coupon, asked: CartRequest, taken: Mapping[tuple[str, str | None], int]
) -> bool:
    """Whether one order takes no further coupon of this kind beside those used."""
    most = {
        "seller": 1,
        "platform": asked.festival.platform_coupons_max,
        "red_packet": asked.festival.red_packets_max,
    }[coupon.issuer]
    return taken.get((coupon.issuer, coupon.seller), 0) >= most


def _judge_needs(
    coupon: Coupon, asked: CartRequest, amounts: Mapping[str, int], headroom: Mapping[str, int]
) -> Verdict | None:
    """Say what a coupon lacks; `None` when its goods are there and it could take something off."""
    covered = [
        line.id
        for line in asked.lines
        if coupon.scope.covers(line) and coupon.seller in {None, line.seller}
    ]
    amount = sum(amounts[line_id] for line_id in covered)
    if amount == 0:
        return Verdict(fate=Fate.NO_GOODS)
    if coupon.threshold_minor is not None and amount < coupon.threshold_minor:
        return Verdict(fate=Fate.SHORT, missing_minor=coupon.threshold_minor - amount)
    if sum(headroom[line_id] for line_id in covered) == 0:
        return Verdict(fate=Fate.AT_FLOOR)
    return None


def _judge_alone(request: Document, *, is_full: bool) -> Verdict:
    """Say why a coupon whose needs are met is not used, from what it takes off by itself.

    Alone it may take nothing: where it would cost the free shipping.
    """
    quote = price_document(request)
    off_minor = sum(each["off"] for each in quote["adjustments"] if each["stage"] == "coupon")
    return Verdict(fate=Fate.LIMIT if is_full else Fate.NOT_BETTER, off_minor=off_minor)
