"""Prices beside the list price: sale and flash."""

from django.db import models
from django.db.models import F, Q

from chophien.apps.catalog.models import Sku


class OfferedPrice(models.Model):
    """A price of one sku in a window `[starts_at, ends_at)`; an empty end is open."""

    class Kind(models.TextChoices):
        SALE = "sale", "sale"
        FLASH = "flash", "flash"

    sku = models.ForeignKey(Sku, on_delete=models.CASCADE, related_name="offered_prices")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    unit_minor = models.PositiveBigIntegerField()
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    # Units that the price serves at most, and those already promised or sold at it.
    allotment = models.PositiveIntegerField(null=True, blank=True)
    taken = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["sku"], name="offered_price_by_sku")]
        constraints = [
            models.CheckConstraint(
                condition=Q(allotment__isnull=True) | Q(taken__lte=F("allotment")),
                name="price_not_overtaken",
            ),
            models.CheckConstraint(
                condition=Q(kind="sale", allotment__isnull=True)
                | Q(kind="flash", allotment__isnull=False),
                name="flash_price_has_allotment",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True)
                | Q(starts_at__isnull=True)
                | Q(ends_at__gt=F("starts_at")),
                name="price_window_not_empty",
            ),
        ]
