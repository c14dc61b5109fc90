"""What was sold, written once: entries of a posting sum to zero, and nobody may change one."""

import uuid

from django.db import models

from chophien.apps.festivals.models import Festival, Province
from chophien.apps.sellers.models import Stall


class Posting(models.Model):
    """One thing that happened with money, booked once for each kind and `source`.

    The source of a sale is its stall order, of a refund the refund, of a forfeited deposit the
    reservation.
    """

    class Kind(models.TextChoices):
        SALE = "sale", "sale"
        REFUND = "refund", "refund"
        FORFEIT = "forfeit", "forfeited deposit"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.SALE)
    source = models.UUIDField()
    festival = models.ForeignKey(Festival, on_delete=models.PROTECT)
    stall = models.ForeignKey(Stall, on_delete=models.PROTECT)
    stall_order = models.UUIDField()
    booked_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["festival", "-booked_at"], name="posting_by_festival")]
        constraints = [
            models.UniqueConstraint(fields=["kind", "source"], name="posting_once"),
        ]


class Entry(models.Model):
    """One side of a posting. Received money is positive, what it was for negative."""

    class Account(models.TextChoices):
        RECEIVED = "received", "received by the stall"
        GOODS = "goods", "goods sold"
        SHIPPING = "shipping", "shipping sold"
        # What stalls owe for deposits: below zero while they hold them.
        DEPOSITS = "deposits", "deposits held"
        FORFEITED = "forfeited", "deposits forfeited to the stall"
        COMPENSATION = "compensation", "paid to buyers for what was not delivered"
        # What the festival's own coupons took off: it owes that to the stall.
        FESTIVAL = "festival", "owed by the festival"
        SUBSIDY = "subsidy", "borne by the festival"

    posting = models.ForeignKey(Posting, on_delete=models.PROTECT, related_name="entries")
    account = models.CharField(max_length=12, choices=Account.choices)
    amount_minor = models.BigIntegerField()


class SalesMinute(models.Model):
    """Running sums beside the postings, written in the same transaction: the screen reads these.

    One row for a festival, minute, stall and province that had a sale or a refund; the amount is
    what came in less what went back, and may be below zero.
    """

    festival = models.ForeignKey(Festival, on_delete=models.PROTECT)
    minute = models.DateTimeField()
    stall = models.ForeignKey(Stall, on_delete=models.PROTECT)
    province = models.ForeignKey(Province, on_delete=models.PROTECT)
    orders = models.PositiveIntegerField()
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["festival", "minute", "stall", "province"], name="sales_minute_once"
            )
        ]
