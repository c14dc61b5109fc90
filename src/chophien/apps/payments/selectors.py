"""Reading payments."""

import uuid
from collections.abc import Sequence

from django.db.models import QuerySet

from chophien.apps.payments.models import BankCredit, Payment


def list_payments(stall_order_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Payment]:
    """Payments by the stall order that each is for."""
    found = Payment.objects.filter(stall_order_id__in=stall_order_ids)
    return {payment.stall_order_id: payment for payment in found}


def list_payments_of(token: str) -> list[Payment]:
    """The payments of the order with this link, by stall; with stall, stall order and order."""
    return list(
        Payment.objects.filter(stall_order__order__token=token)
        .select_related("stall_order__order", "stall")
        .order_by("stall_id")
    )


def list_unsettled_credits() -> QuerySet[BankCredit]:
    """Money that came in and settled nothing: somebody has to send it back or look into it."""
    return BankCredit.objects.exclude(outcome__in=["paid", "paid_late"]).order_by("-received_at")
