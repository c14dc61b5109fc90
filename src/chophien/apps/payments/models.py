"""Payments asked for, and credits that banks tell of."""

import uuid

from django.db import models
from django.db.models import Q

from chophien.apps.orders.models import StallOrder
from chophien.apps.sellers.models import Stall
from chophien.domain.payments import CreditOutcome, PaymentState


class Payment(models.Model):
    """What one stall order asks for: one amount, one reference, to the stall's own account."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    stall_order = models.OneToOneField(StallOrder, on_delete=models.PROTECT)
    stall = models.ForeignKey(Stall, on_delete=models.PROTECT)
    reference = models.CharField(max_length=20, unique=True)
    # The account as it was shown to the buyer; a stall may change its own later.
    bank_bin = models.CharField(max_length=6)
    bank_account = models.CharField(max_length=19)
    amount_minor = models.PositiveBigIntegerField()
    state = models.CharField(
        max_length=12,
        choices=[(state.value, state.value) for state in PaymentState],
        default=PaymentState.AWAITING.value,
    )
    settled_at = models.DateTimeField(null=True)


class BankCredit(models.Model):
    """Money that came in, told once by its bank; what it settled, or why it did not."""

    bank_transaction = models.CharField(max_length=64)
    bank_bin = models.CharField(max_length=6)
    bank_account = models.CharField(max_length=19)
    amount_minor = models.PositiveBigIntegerField()
    reference = models.CharField(max_length=60)
    received_at = models.DateTimeField()
    outcome = models.CharField(
        max_length=20, choices=[(outcome.value, outcome.value) for outcome in CreditOutcome]
    )
    payment = models.ForeignKey(Payment, null=True, on_delete=models.PROTECT)

    class Meta:
        ordering = ["-received_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["bank_bin", "bank_transaction"], name="credit_told_once"
            ),
            models.UniqueConstraint(
                fields=["payment"],
                condition=Q(outcome__in=["paid", "paid_late"]),
                name="payment_settled_once",
            ),
        ]
