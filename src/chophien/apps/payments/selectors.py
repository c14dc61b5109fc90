"""Reading payments."""

import uuid
from collections.abc import Sequence

from django.db.models import QuerySet

from chophien.apps.orders.models import Order, StallOrder
from chophien.apps.payments.models import BankCredit, Payment
from chophien.apps.sellers.models import Stall
from chophien.statements import load
from chophien.statements.graphs import Graph, Part
from chophien.statements.prepared import run

_PAYMENTS = Graph(
    load("buying")["find_payments"],
    {
        "payment": Part(model=Payment),
        "part": Part(
            model=StallOrder,
            of="payment",
            field="stall_order",
            only=frozenset({"id", "order_id", "stall_id", "state"}),
        ),
        "parent": Part(
            model=Order, of="part", field="order", only=frozenset({"id", "number", "token"})
        ),
        "stall": Part(model=Stall, of="payment", field="stall", only=frozenset({"id", "slug"})),
    },
)


def list_payments(stall_order_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Payment]:
    """Payments by the stall order that each is for."""
    found = Payment.objects.filter(stall_order_id__in=stall_order_ids)
    return {payment.stall_order_id: payment for payment in found}


def list_payments_of(token: str) -> list[Payment]:
    """The payments of the order with this link, by stall; with stall, stall order and order."""
    return _PAYMENTS.read(run(_PAYMENTS.statement, {"token": token}))


def list_unsettled_credits() -> QuerySet[BankCredit]:
    """Money that came in and settled nothing: somebody has to send it back or look into it."""
    return BankCredit.objects.exclude(outcome__in=["paid", "paid_late"]).order_by("-received_at")
