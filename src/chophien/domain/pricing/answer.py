"""What the pricing engine answers: a frozen explanation of every unit of money, and its form."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from chophien.domain.pricing.cross_store import NextStep
from chophien.domain.pricing.request import PriceKind
from chophien.domain.pricing.unit_prices import RejectedPrice


class AdjustmentStage(StrEnum):
    SELLER_OFFER = "seller_offer"
    CROSS_STORE = "cross_store"
    COUPON = "coupon"


class Funder(StrEnum):
    SELLER = "seller"
    PLATFORM = "platform"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotedPart:
    """Units of a line at one price, after the deposit bonus; `price_id` is `None` for the list."""

    qty: int
    unit_minor: int
    kind: PriceKind
    price_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotedLine:
    """What one line of the cart costs: goods only, after every discount.

    A line in its presale stage has nothing payable, and a deposit due instead.
    """

    id: str
    parts: tuple[QuotedPart, ...]
    payable_minor: int
    deposit_due_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """One discount; `off_by_line` holds the lines that got some of it and sums to `off_minor`."""

    id: str
    stage: AdjustmentStage
    off_minor: int
    funded_by: Funder
    off_by_line: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A priced cart: lines as the request lists them, adjustments as they were applied.

    `items_before_minor` is the sum after stage 1, and
    `items_before_minor - discount_minor = items_payable_minor = sum of the lines' payable_minor`.
    `shipping_by_seller` lists free shipping as 0 and leaves out sellers without a rule.
    """

    lines: tuple[QuotedLine, ...]
    adjustments: tuple[Adjustment, ...]
    shipping_by_seller: Mapping[str, int]
    items_before_minor: int
    items_payable_minor: int
    deposit_set_off_minor: int
    next_step: NextStep | None
    rejected: tuple[RejectedPrice, ...]

    @property
    def discount_minor(self) -> int:
        return sum(adjustment.off_minor for adjustment in self.adjustments)

    @property
    def shipping_total_minor(self) -> int:
        return sum(self.shipping_by_seller.values())

    @property
    def deposit_due_minor(self) -> int:
        return sum(line.deposit_due_minor for line in self.lines)

    @property
    def due_now_minor(self) -> int:
        """What the buyer pays today: goods and shipping, less the deposits paid, plus those due."""
        return (
            self.items_payable_minor
            + self.shipping_total_minor
            - self.deposit_set_off_minor
            + self.deposit_due_minor
        )


def render_answer(quote: Quote) -> dict[str, Any]:
    """Write a quote as the document that `chophien quote` and the API answer with."""
    step = quote.next_step
    return {
        "lines": [_render_line(line) for line in quote.lines],
        "adjustments": [_render_adjustment(each) for each in quote.adjustments],
        "shipping": dict(quote.shipping_by_seller),
        "items_before": quote.items_before_minor,
        "discount": quote.discount_minor,
        "items_payable": quote.items_payable_minor,
        "shipping_total": quote.shipping_total_minor,
        "deposit_due": quote.deposit_due_minor,
        "deposit_set_off": quote.deposit_set_off_minor,
        "due_now": quote.due_now_minor,
        "next_step": None
        if step is None
        else {"id": step.programme_id, "add": step.add_minor, "save": step.save_minor},
        "rejected": [
            {"line": each.line_id, "id": each.price_id, "reason": each.reason.value}
            for each in quote.rejected
        ],
    }


def _render_line(line: QuotedLine) -> dict[str, Any]:
    return {
        "id": line.id,
        "parts": [
            {
                "qty": part.qty,
                "unit": part.unit_minor,
                "kind": part.kind.value,
                "price": part.price_id,
            }
            for part in line.parts
        ],
        "payable": line.payable_minor,
        "deposit_due": line.deposit_due_minor,
    }


def _render_adjustment(adjustment: Adjustment) -> dict[str, Any]:
    return {
        "id": adjustment.id,
        "stage": adjustment.stage.value,
        "off": adjustment.off_minor,
        "funded_by": adjustment.funded_by.value,
        "lines": dict(adjustment.off_by_line),
    }
