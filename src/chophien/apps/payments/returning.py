"""Lines that can be returned, and what each number of their units is worth."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from chophien.apps.orders.models import OrderLine, StallOrder
from chophien.apps.payments.models import Refund, ReturnedLine
from chophien.domain.pricing.refunds import refund_of_units


@dataclass(frozen=True, slots=True, kw_only=True)
class Returnable:
    """One line of a quote as it was paid, its parts together; `asked` are asked back already."""

    line_id: str
    line: OrderLine
    """One of its parts, for its names."""
    quantity: int
    paid_minor: int
    asked: int = 0
    asked_minor: int = 0
    returned: int = 0

    @property
    def left(self) -> int:
        return self.quantity - self.asked

    def worth(self, quantity: int) -> int:
        """What that many more units are worth: to the unit what was paid for them."""
        return refund_of_units(
            self.paid_minor,
            qty=self.quantity,
            returned_before=self.asked,
            returning=quantity,
            refunded_minor=self.asked_minor,
        )

    @property
    def choices(self) -> list[tuple[int, int]]:
        """Every number of units that can be asked back, and its worth."""
        return [(quantity, self.worth(quantity)) for quantity in range(1, self.left + 1)]


def list_returnable(stall_order_id: uuid.UUID) -> list[Returnable]:
    """The lines of a stall order whose goods can come back; a deposit alone cannot."""
    parts: dict[str, list[OrderLine]] = {}
    lines = OrderLine.objects.filter(stall_order_id=stall_order_id).select_related("sku__product")
    for line in lines.exclude(price_kind=OrderLine.DEPOSIT).order_by("id"):
        parts.setdefault(line.quote_line, []).append(line)
    known = {
        row.quote_line: row for row in ReturnedLine.objects.filter(stall_order_id=stall_order_id)
    }
    return [_join(line_id, found, known.get(line_id)) for line_id, found in parts.items()]


def _join(line_id: str, parts: list[OrderLine], known: ReturnedLine | None) -> Returnable:
    return Returnable(
        line_id=line_id,
        line=parts[0],
        quantity=sum(part.quantity for part in parts),
        paid_minor=sum(part.paid_minor for part in parts),
        asked=known.asked if known else 0,
        asked_minor=known.asked_minor if known else 0,
        returned=known.returned if known else 0,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundSums:
    """What would be sent back; shipping only with the last unit of the stall's part."""

    goods_minor: int
    shipping_minor: int

    @property
    def amount_minor(self) -> int:
        return self.goods_minor + self.shipping_minor


def sum_refund(
    stall_order: StallOrder, lines: list[Returnable], quantities: Mapping[str, int]
) -> RefundSums:
    """What these units are worth together, and the shipping if nothing is left then."""
    wanted = {line.line_id: quantities.get(line.line_id, 0) for line in lines}
    is_all = all(line.asked + wanted[line.line_id] == line.quantity for line in lines)
    return RefundSums(
        goods_minor=sum(line.worth(wanted[line.line_id]) for line in lines if wanted[line.line_id]),
        shipping_minor=stall_order.shipping_minor if is_all else 0,
    )


def list_refunds(stall_order_ids: list[uuid.UUID]) -> dict[uuid.UUID, list[Refund]]:
    """Refunds by stall order, the newest first, with their lines."""
    found: dict[uuid.UUID, list[Refund]] = {}
    rows = Refund.objects.filter(stall_order_id__in=stall_order_ids).prefetch_related("lines")
    for refund in rows.select_related("reservation__sku__product"):
        found.setdefault(refund.stall_order_id, []).append(refund)
    return found


def list_refunds_of_stalls(stall_ids: list[int], *, states: list[str]) -> list[Refund]:
    """What stalls have to decide or to send, the oldest first, with what the sender must know."""
    return list(
        Refund.objects.filter(stall_order__stall_id__in=stall_ids, state__in=states)
        .select_related(
            "stall_order__order", "stall_order__stall", "stall_order__payment",
            "reservation__sku__product",
        )
        .prefetch_related("lines")
        .order_by("asked_at")
    )  # fmt: skip


def find_refund(refund_id: uuid.UUID, *, stall_ids: list[int]) -> Refund | None:
    """A refund of one of these stalls."""
    return Refund.objects.filter(id=refund_id, stall_order__stall_id__in=stall_ids).first()
