"""Money that goes back. The buyer asks, the stall agrees or declines, sends it and says so.

Each stall was paid directly, so each sends back what it owes; what it owes is counted here, to
the unit. Locks: the refund, the order, the returned lines by id, stock by sku, coupons, budgets.
"""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F

from chophien.apps.accounts.notices import Told, notify_all
from chophien.apps.inventory.services import take_back_units
from chophien.apps.orders.locks import lock_order
from chophien.apps.orders.models import OrderLine, Reservation, StallOrder
from chophien.apps.orders.returns import Units, give_back_promotions, sum_returned_subsidy
from chophien.apps.payments.models import Refund, RefundLine, ReturnedLine
from chophien.apps.payments.returning import (
    RefundSums,
    Returnable,
    list_returnable,
    sum_refund,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundAsked:
    refund: Refund


@dataclass(frozen=True, slots=True, kw_only=True)
class SumMoved:
    """Another part was asked back meanwhile; nothing was asked. What it is worth now."""

    sums: RefundSums


@dataclass(frozen=True, slots=True, kw_only=True)
class NotReturnable:
    """Nothing was chosen, or more than is left, or the stall's part is not paid."""


AskOutcome = RefundAsked | SumMoved | NotReturnable


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a stall says to a refund that was asked for."""

    is_accepted: bool
    is_restocked: bool = False
    """The goods came back whole: they go back on sale."""
    text: str = ""
    """Why it is declined; the buyer reads it."""


@transaction.atomic
def ask_refund(
    *,
    stall_order_id: uuid.UUID,
    quantities: Mapping[str, int],
    seen_minor: int,
    text: str = "",
    at: datetime,
) -> AskOutcome:
    """Ask a stall to take units back, by the ids of the quote's lines, for the sum that was seen.

    What they are worth is fixed here. Two who ask for the last unit at once: one gets it.
    """
    stall_order = StallOrder.objects.get(id=stall_order_id)
    lock_order(stall_order.order_id)
    lines = list_returnable(stall_order_id)
    if not stall_order.is_paid or not _is_possible(lines, quantities):
        return NotReturnable()
    sums = sum_refund(stall_order, lines, quantities)
    if sums.amount_minor != seen_minor:
        return SumMoved(sums=sums)
    refund = Refund.objects.create(
        stall_order=stall_order,
        reason=Refund.Reason.RETURN,
        text=text,
        state=Refund.State.REQUESTED,
        goods_minor=sums.goods_minor,
        asked_at=at,
    )
    _count_lines(stall_order, refund, lines, quantities)
    return RefundAsked(refund=refund)


def _is_possible(lines: Sequence[Returnable], quantities: Mapping[str, int]) -> bool:
    left = {line.line_id: line.left for line in lines}
    asked = {line_id: quantity for line_id, quantity in quantities.items() if quantity}
    return bool(asked) and all(
        0 < quantity <= left.get(line_id, 0) for line_id, quantity in asked.items()
    )


def _count_lines(
    stall_order: StallOrder,
    refund: Refund,
    lines: Sequence[Returnable],
    quantities: Mapping[str, int],
) -> None:
    ReturnedLine.objects.bulk_create(
        (
            ReturnedLine(
                stall_order=stall_order,
                quote_line=line.line_id,
                quantity=line.quantity,
                paid_minor=line.paid_minor,
            )
            for line in lines
        ),
        ignore_conflicts=True,
    )
    for line in lines:
        quantity = quantities.get(line.line_id, 0)
        if not quantity:
            continue
        amount_minor = line.worth(quantity)
        counted = ReturnedLine.objects.filter(
            stall_order=stall_order, quote_line=line.line_id, asked=line.asked
        ).update(asked=F("asked") + quantity, asked_minor=F("asked_minor") + amount_minor)
        assert counted, "the order is locked: nobody else counts"
        RefundLine.objects.create(
            refund=refund,
            quote_line=line.line_id,
            name_vi=f"{line.line.name_vi}, {line.line.unit_vi}",
            quantity=quantity,
            amount_minor=amount_minor,
        )


@transaction.atomic
def decide_refund(
    *, refund_id: uuid.UUID, decision: Decision, by_id: int | None, at: datetime
) -> bool:
    """Accept or decline what a buyer asked for; `False` when that was decided before."""
    state = Refund.State.OWED if decision.is_accepted else Refund.State.DECLINED
    moved = Refund.objects.filter(id=refund_id, state=Refund.State.REQUESTED).update(
        state=state, decided_at=at, decided_by_id=by_id, decline_text=decision.text,
        is_restocked=decision.is_accepted and decision.is_restocked,
    )  # fmt: skip
    if not moved:
        return False
    refund = Refund.objects.select_related("stall_order").get(id=refund_id)
    order = lock_order(refund.stall_order.order_id)
    lines = list(refund.lines.order_by("id"))
    if decision.is_accepted:
        _take_back(refund, lines)
    else:
        _count_not_asked(refund, lines)
    if order.user_id is not None:
        _tell(refund, "refund_owed" if decision.is_accepted else "refund_declined", at=at)
    return True


def _count_not_asked(refund: Refund, lines: Sequence[RefundLine]) -> None:
    for line in lines:
        ReturnedLine.objects.filter(
            stall_order=refund.stall_order, quote_line=line.quote_line
        ).update(asked=F("asked") - line.quantity, asked_minor=F("asked_minor") - line.amount_minor)


def _take_back(refund: Refund, lines: Sequence[RefundLine]) -> None:
    """Count units as returned; with the last one, shipping and coupons go back, too."""
    stall_order = refund.stall_order
    before = {line.line_id: line for line in list_returnable(stall_order.id)}
    for line in lines:
        ReturnedLine.objects.filter(stall_order=stall_order, quote_line=line.quote_line).update(
            returned=F("returned") + line.quantity
        )
    returned = {line.quote_line: line.quantity for line in lines}
    is_all = all(
        line.returned + returned.get(line_id, 0) == line.quantity
        for line_id, line in before.items()
    )
    if refund.is_restocked:
        _restock(lines, before)
    units = {
        line.quote_line: Units(
            quantity=before[line.quote_line].quantity,
            before=before[line.quote_line].returned,
            now=line.quantity,
        )
        for line in lines
    }
    Refund.objects.filter(id=refund.id).update(
        shipping_minor=stall_order.shipping_minor if is_all else 0,
        subsidy_minor=sum_returned_subsidy(stall_order.order, units),
    )
    give_back_promotions(stall_order.order, units, gone=list_gone(stall_order.order_id))


def _restock(lines: Sequence[RefundLine], known: Mapping[str, Returnable]) -> None:
    by_sku: dict[int, int] = defaultdict(int)
    for line in lines:
        by_sku[known[line.quote_line].line.sku_id] += line.quantity
    for sku_id in sorted(by_sku):
        take_back_units(sku_id=sku_id, quantity=by_sku[sku_id])


def list_gone(order_id: uuid.UUID) -> set[str]:
    """Lines of an order of which no unit is left: not paid in time, or all returned."""
    expired = OrderLine.objects.filter(
        stall_order__order_id=order_id, stall_order__state=StallOrder.State.EXPIRED
    )
    returned = ReturnedLine.objects.filter(stall_order__order_id=order_id, returned=F("quantity"))
    return {
        *expired.values_list("quote_line", flat=True),
        *returned.values_list("quote_line", flat=True),
    }


def owe_default(reservation: Reservation, *, by_id: int | None, at: datetime) -> Refund:
    """Owe a buyer the deposit and as much again, the stall being unable to deliver.

    Source: Civil Code of Vietnam 2015, article 328: who took a deposit and backs out returns it
    and pays as much again.
    """
    return Refund.objects.create(
        stall_order_id=reservation.deposit_order_id,
        reservation=reservation,
        reason=Refund.Reason.DEFAULT,
        state=Refund.State.OWED,
        deposit_minor=reservation.paid_minor,
        compensation_minor=reservation.paid_minor,
        asked_at=at,
        decided_at=at,
        decided_by_id=by_id,
    )


@transaction.atomic
def mark_sent(*, refund_id: uuid.UUID, bank_transaction: str, at: datetime) -> Refund | None:
    """Note that the stall has sent the money; `None` when it is not owed, or was sent before.

    Runs inside the transaction that books it: see `ledger.services.send_refund`.
    """
    owed = Refund.objects.filter(id=refund_id, state=Refund.State.OWED)
    if not owed.update(state=Refund.State.SENT, sent_at=at, bank_transaction=bank_transaction):
        return None
    refund = Refund.objects.select_related(
        "stall_order__order__province", "stall_order__stall", "reservation"
    ).get(id=refund_id)
    if refund.stall_order.order.user_id is not None:
        _tell(refund, "refund_sent", at=at)
    return refund


def _tell(refund: Refund, kind: str, *, at: datetime) -> None:
    order, stall = refund.stall_order.order, refund.stall_order.stall
    assert order.user_id is not None, "guests are told on the order's page"
    told = Told(
        user_id=order.user_id,
        kind=kind,
        key=f"{kind}:{refund.id}",
        params={
            "order": order.token,
            "number": order.number,
            "amount": refund.amount_minor,
            "stall": {"vi": stall.name_vi, "en": stall.name_en, "zh": stall.name_zh},
            "text": refund.decline_text,
        },
    )
    notify_all([told], at=at)
