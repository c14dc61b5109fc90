"""Orders written in the chat (*chốt đơn*): codes of a show's goods, and drafts of its viewers."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from uuid_utils.compat import uuid7

from chophien.apps.catalog.models import Sku
from chophien.apps.live.models import Room
from chophien.apps.orders.models import Order


class OrderCode(models.Model):
    """What viewers write for a sku of the run-of-show: `A1`."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="order_codes")
    sku = models.ForeignKey(Sku, on_delete=models.CASCADE, related_name="+")
    code = models.CharField(max_length=7)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["room", "sku"], name="order_code_of_sku_once"),
            models.UniqueConstraint(fields=["room", "code"], name="order_code_once"),
        ]


class DraftOrder(models.Model):
    """So many units that somebody ordered by comment: a wish, which holds nothing.

    `draft` until its writer confirms it; `confirmed` puts it in a cart; `ordered` when that cart
    was ordered; `dropped` by writer or host. A draft is over at `expires_at`.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "draft"
        CONFIRMED = "confirmed", "confirmed"
        ORDERED = "ordered", "ordered"
        DROPPED = "dropped", "dropped"

    id = models.UUIDField(primary_key=True, default=uuid7)
    # The unguessable part of the link by which somebody of another platform confirms.
    token = models.UUIDField(unique=True, default=uuid.uuid4)
    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="drafts")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=7)
    quantity = models.PositiveSmallIntegerField()
    # Who wrote it, as in `chat`: an account, a device, or somebody of another platform.
    writer = models.CharField(max_length=160)
    name = models.CharField(max_length=80)
    platform = models.CharField(max_length=20, blank=True)
    # Personal data: for the host of the show and the organiser only.
    phone = models.CharField(max_length=11, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    said_count = models.PositiveIntegerField(default=1)
    said_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    # The cart it was put in, and the account whose cart that is.
    cart_id = models.UUIDField(null=True, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    order = models.ForeignKey(
        Order,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        db_constraint=False,
        related_name="+",
    )

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["room", "-said_at"], name="draft_by_room"),
            models.Index(fields=["cart_id"], name="draft_by_cart"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["room", "writer", "sku"],
                condition=Q(state__in=["draft", "confirmed"]),
                name="draft_once",
            ),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="draft_of_something"),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "confirmed", "ordered", "dropped"]),
                name="draft_state_known",
            ),
        ]
