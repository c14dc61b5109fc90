"""Payments asked for, credits that banks tell of, and money that goes back."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from uuid_utils.compat import uuid7

from chophien.apps.orders.models import Reservation, StallOrder
from chophien.apps.sellers.models import Stall
from chophien.domain.payments import CreditOutcome, PaymentState


class Payment(models.Model):
    """What one stall order asks for: one amount, one reference, to the stall's own account."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    stall_order = models.OneToOneField(StallOrder, on_delete=models.PROTECT, db_constraint=False)
    stall = models.ForeignKey(Stall, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    reference = models.CharField(max_length=20)
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

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reference"], name="payment_reference_once"),
        ]


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


class ReturnedLine(models.Model):
    """How much of one line of a quote was asked back, and came back; made when it is first asked.

    The constraints are the law of refunds: never more than was paid, and all of it in the end.
    """

    stall_order = models.ForeignKey(StallOrder, on_delete=models.PROTECT)
    quote_line = models.CharField(max_length=40)
    quantity = models.PositiveIntegerField()
    paid_minor = models.PositiveBigIntegerField()
    # Of refunds that were not declined.
    asked = models.PositiveIntegerField(default=0)
    asked_minor = models.PositiveBigIntegerField(default=0)
    # Of those, units that the stall has accepted.
    returned = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stall_order", "quote_line"], name="returned_once"),
            models.CheckConstraint(
                condition=Q(asked__lte=F("quantity"), returned__lte=F("asked")),
                name="returned_not_more_than_bought",
            ),
            models.CheckConstraint(
                condition=Q(asked_minor__lte=F("paid_minor")),
                name="refunded_not_more_than_paid",
            ),
            models.CheckConstraint(
                condition=~Q(asked=F("quantity")) | Q(asked_minor=F("paid_minor")),
                name="refunded_in_full_in_the_end",
            ),
        ]


class Refund(models.Model):
    """Money that a stall sends back: of goods that come back, or because it cannot deliver.

    Goods and what their deposit was are one sum: deposit and balance are refunded together.
    """

    class Reason(models.TextChoices):
        RETURN = "return", "goods come back"
        DEFAULT = "default", "the stall cannot deliver"

    class State(models.TextChoices):
        REQUESTED = "requested", "requested"
        OWED = "owed", "owed"
        SENT = "sent", "sent"
        DECLINED = "declined", "declined"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    stall_order = models.ForeignKey(StallOrder, on_delete=models.PROTECT, related_name="refunds")
    # What the stall could not deliver.
    reservation = models.OneToOneField(Reservation, null=True, blank=True, on_delete=models.PROTECT)
    reason = models.CharField(max_length=10, choices=Reason.choices)
    text = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=10, choices=State.choices)
    goods_minor = models.PositiveBigIntegerField(default=0)
    shipping_minor = models.PositiveBigIntegerField(default=0)
    deposit_minor = models.PositiveBigIntegerField(default=0)
    compensation_minor = models.PositiveBigIntegerField(default=0)
    # What the festival no longer owes the stall for what came back; no part of the amount.
    subsidy_minor = models.PositiveBigIntegerField(default=0)
    is_restocked = models.BooleanField(default=False)
    asked_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT
    )
    decline_text = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    # The stall's bank's own number of the transfer.
    bank_transaction = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-asked_at"]
        indexes = [
            models.Index(fields=["stall_order"], name="refund_by_stall_order"),
            models.Index(fields=["state", "-asked_at"], name="refund_by_state"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["requested", "owed", "sent", "declined"]),
                name="refund_state_known",
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False)
                | (~Q(state="sent") & Q(sent_at__isnull=True)),
                name="refund_sent_at",
            ),
            models.CheckConstraint(
                condition=Q(reason="default", reservation__isnull=False, goods_minor=0)
                | Q(reason="return", reservation=None, deposit_minor=0, compensation_minor=0),
                name="refund_of_goods_or_deposit",
            ),
        ]

    @property
    def amount_minor(self) -> int:
        """What is to be sent."""
        return self.goods_minor + self.shipping_minor + self.deposit_minor + self.compensation_minor


class RefundLine(models.Model):
    """Units of one line of the quote that come back with a refund, and what they are worth."""

    refund = models.ForeignKey(Refund, on_delete=models.CASCADE, related_name="lines")
    quote_line = models.CharField(max_length=40)
    name_vi = models.CharField(max_length=160)
    quantity = models.PositiveIntegerField()
    amount_minor = models.PositiveBigIntegerField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["refund", "quote_line"], name="refund_line_once"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="refund_line_not_empty"),
        ]
