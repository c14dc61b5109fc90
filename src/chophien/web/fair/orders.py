"""The order's own page, behind its unguessable link."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import segno
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from chophien.apps.orders.selectors import find_order
from chophien.apps.payments.selectors import list_payments
from chophien.apps.payments.services import build_qr_payload

if TYPE_CHECKING:
    from chophien.apps.orders.models import Order, StallOrder
    from chophien.apps.payments.models import Payment


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One stall's part of the order, and the QR that pays it."""

    stall_order: "StallOrder"
    payment: "Payment"
    payload: str
    qr: str
    """A picture as a `data:` address, empty once there is nothing to pay."""


def find_order_or_404(token: str) -> "Order":
    order = find_order(token)
    if order is None:
        raise Http404
    return order


def build_parts(order: "Order") -> list[Part]:
    stall_orders = list(order.stall_orders.all())
    payments = list_payments([stall_order.id for stall_order in stall_orders])
    return [_build_part(stall_order, payments[stall_order.id]) for stall_order in stall_orders]


def _build_part(stall_order: "StallOrder", payment: "Payment") -> Part:
    payload = build_qr_payload(payment)
    # Error correction M and a quiet zone of four modules: what bank apps are built for.
    qr = segno.make(payload, error="m", micro=False).svg_data_uri(scale=4, border=4)
    return Part(
        stall_order=stall_order,
        payment=payment,
        payload=payload,
        qr=qr if stall_order.is_open else "",
    )


@never_cache
@require_GET
def show_order(request: HttpRequest, token: str) -> HttpResponse:
    order = find_order_or_404(token)
    parts = build_parts(order)
    context = {
        "order": order,
        "parts": parts,
        "is_paid": all(part.stall_order.is_paid for part in parts),
        "is_open": any(part.stall_order.is_open for part in parts),
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
