"""The order's own page, behind its unguessable link."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import segno
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from chophien.apps.orders.selectors import find_order, list_reservations_of
from chophien.apps.payments.returning import list_refunds
from chophien.apps.payments.selectors import list_payments
from chophien.apps.payments.services import build_qr_payload
from chophien.web.fair.presale import ReservedCard, build_reserved_card
from chophien.web.shared.clock import now
from chophien.web.shared.why.orders import explain_order

if TYPE_CHECKING:
    from chophien.apps.orders.models import Order, StallOrder
    from chophien.apps.payments.models import Payment, Refund


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One stall's part of the order, and the QR that pays it."""

    stall_order: "StallOrder"
    payment: "Payment"
    payload: str
    qr: str
    """A picture as a `data:` address, empty once there is nothing to pay."""
    reserved: "list[ReservedCard]"
    refunds: "list[Refund]"
    can_return: bool

    @property
    def is_deposit_only(self) -> bool:
        """Whether nothing is packed yet: all of it is deposits."""
        return all(line.is_deposit for line in self.stall_order.lines.all())

    @property
    def is_over(self) -> bool:
        """Whether it was deposits only, and nothing is reserved by them any more."""
        return self.is_deposit_only and not any(
            card.stage in {"waiting", "open", "balance_placed", "bought"} for card in self.reserved
        )


def find_order_or_404(token: str) -> "Order":
    order = find_order(token)
    if order is None:
        raise Http404
    return order


def build_parts(order: "Order", at: datetime) -> list[Part]:
    """The stalls' parts, with what was reserved by them and what goes back of them."""
    stall_orders = list(order.stall_orders.all())
    ids = [stall_order.id for stall_order in stall_orders]
    payments = list_payments(ids)
    refunds = list_refunds(ids)
    cards = defaultdict(list)
    for reservation in list_reservations_of(stall_orders):
        cards[reservation.deposit_order_id].append(build_reserved_card(reservation, at))
    return [
        _build_part(
            stall_order, payments[stall_order.id], cards[stall_order.id],
            refunds.get(stall_order.id, []),
        )
        for stall_order in stall_orders
    ]  # fmt: skip


def _build_part(
    stall_order: "StallOrder",
    payment: "Payment",
    reserved: "list[ReservedCard]",
    refunds: "list[Refund]",
) -> Part:
    payload = build_qr_payload(payment) if stall_order.is_open and payment.amount_minor else ""
    asked = sum(
        line.quantity for refund in refunds if refund.state != refund.State.DECLINED
        for line in refund.lines.all()
    )  # fmt: skip
    bought = sum(line.quantity for line in stall_order.lines.all() if not line.is_deposit)
    return Part(
        stall_order=stall_order,
        payment=payment,
        payload=payload,
        qr=_draw(payload) if payload else "",
        reserved=reserved,
        refunds=refunds,
        can_return=stall_order.is_paid and asked < bought,
    )


def _draw(payload: str) -> str:
    # Error correction M and a quiet zone of four modules: what bank apps are built for.
    return segno.make(payload, error="m", micro=False).svg_data_uri(scale=4, border=4)


@never_cache
@require_GET
def show_order(request: HttpRequest, token: str) -> HttpResponse:
    order = find_order_or_404(token)
    parts = build_parts(order, now())
    context = {
        "order": order,
        "parts": parts,
        "is_paid": all(part.stall_order.is_paid for part in parts),
        "is_open": any(part.stall_order.is_open for part in parts),
        "is_deposit_only": all(part.is_deposit_only for part in parts),
        "is_over": all(part.is_over for part in parts),
        "why": explain_order(order),
    }
    response = render(request, "fair/order.html", context)
    # The link is the key: no other site may hear of it. (`no-referrer` would hide the page from
    # our own check of where a form comes from.)
    response["Referrer-Policy"] = "same-origin"
    return response


@never_cache
@require_GET
def order_states(request: HttpRequest, token: str) -> JsonResponse:
    """The state of every part, for a page that waits for the money to arrive."""
    order = find_order_or_404(token)
    return JsonResponse({str(part.id): part.state for part in order.stall_orders.all()})
