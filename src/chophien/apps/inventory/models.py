"""Units of each sku, and the promises made to orders."""

from django.db import models
from django.db.models import F, Q
from uuid_utils.compat import uuid7

from chophien.apps.catalog.models import Sku
from chophien.apps.sellers.models import Stall


class Stock(models.Model):
    """The law `on_hand = free + set_aside + held + sold`, none below zero, stands here too.

    `set_aside` are units taken out of free sale for flash prices and presales.
    """

    sku = models.OneToOneField(Sku, on_delete=models.CASCADE, primary_key=True)
    stall = models.ForeignKey(Stall, on_delete=models.PROTECT)
    on_hand = models.PositiveIntegerField()
    free = models.PositiveIntegerField()
    set_aside = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0)
    sold = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(on_hand=F("free") + F("set_aside") + F("held") + F("sold")),
                name="stock_law",
            ),
            models.CheckConstraint(
                condition=Q(free__gte=0, set_aside__gte=0, held__gte=0, sold__gte=0),
                name="stock_not_negative",
            ),
        ]


class Hold(models.Model):
    """Units of one sku promised to one stall order until `expires_at`."""

    class State(models.TextChoices):
        HELD = "held", "held"
        COMMITTED = "committed", "committed"
        RELEASED = "released", "released"

    id = models.UUIDField(primary_key=True, default=uuid7)
    # As with the rows of orders, the database does not check these one by one: docs/adr/0016.
    stall = models.ForeignKey(Stall, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    stall_order = models.UUIDField()
    quantity = models.PositiveIntegerField()
    # Whether the units came from those set aside, where they go back when they are released.
    is_set_aside = models.BooleanField(default=False)
    state = models.CharField(max_length=12, choices=State.choices, default=State.HELD)
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["stall_order"], name="hold_by_stall_order")]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gte=1), name="hold_at_least_one"),
            models.CheckConstraint(
                condition=Q(state__in=["held", "committed", "released"]), name="hold_state_known"
            ),
        ]
