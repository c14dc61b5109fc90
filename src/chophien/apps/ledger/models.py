"""What was sold, written once: entries of a posting sum to zero, and nobody may change one."""

import uuid

from django.db import models

from chophien.apps.festivals.models import Festival, Province
from chophien.apps.sellers.models import Stall


class Posting(models.Model):
    """One thing that happened with money; `source` is the credit that caused it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    festival = models.ForeignKey(Festival, on_delete=models.PROTECT)
    stall = models.ForeignKey(Stall, on_delete=models.PROTECT)
    stall_order = models.UUIDField(unique=True)
    booked_at = models.DateTimeField()


class Entry(models.Model):
    """One side of a posting. Received money is positive, what it was for negative."""

    class Account(models.TextChoices):
        RECEIVED = "received", "received by the stall"
        GOODS = "goods", "goods sold"
        SHIPPING = "shipping", "shipping sold"

    posting = models.ForeignKey(Posting, on_delete=models.PROTECT, related_name="entries")
    account = models.CharField(max_length=12, choices=Account.choices)
    amount_minor = models.BigIntegerField()


class SalesMinute(models.Model):
    """Running sums beside the postings, written in the same transaction: the screen reads these.

    One row for a festival, minute, stall and province that had a sale.
    """

    festival = models.ForeignKey(Festival, on_delete=models.PROTECT)
    minute = models.DateTimeField()
    stall = models.ForeignKey(Stall, on_delete=models.PROTECT)
    province = models.ForeignKey(Province, on_delete=models.PROTECT)
    orders = models.PositiveIntegerField()
    amount_minor = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["festival", "minute", "stall", "province"], name="sales_minute_once"
            )
        ]
