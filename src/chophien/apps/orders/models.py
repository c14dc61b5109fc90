"""Carts and orders. One order is one check-out of a buyer; each stall gets its own part of it."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from chophien.apps.catalog.models import Sku
from chophien.apps.festivals.models import Festival, Province
from chophien.apps.programme.models import Show
from chophien.apps.promotions.buyers import Buyer
from chophien.apps.sellers.models import Stall


class Cart(models.Model):
    """What somebody means to buy. A guest's cart is known by the id in the signed cookie."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE
    )
    created_at = models.DateTimeField()
    # The coupons of the wallet that the buyer picked by hand; `None`: the best combination.
    picked_coupons = ArrayField(models.BigIntegerField(), null=True, blank=True)


class CartLine(models.Model):
    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="lines")
    sku = models.ForeignKey(Sku, on_delete=models.CASCADE)
    quantity = models.PositiveIntegerField()
    # The show in which it was put in the cart: who is thanked for the sale.
    show = models.ForeignKey(Show, null=True, blank=True, on_delete=models.SET_NULL)
    # What one unit cost when it was put in the cart, so that the cart can say what changed.
    seen_unit_minor = models.PositiveBigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["cart", "sku"], name="cart_sku_once"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="cart_at_least_one"),
        ]


class Order(models.Model):
    """One check-out. `token` is the unguessable part of the link by which a guest returns."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    festival = models.ForeignKey(Festival, on_delete=models.PROTECT)
    number = models.CharField(max_length=12, unique=True)
    token = models.CharField(max_length=40, unique=True)
    # The buyer's own key of this check-out: sent twice, it makes one order.
    idempotency_key = models.UUIDField(unique=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT
    )
    placed_at = models.DateTimeField()
    recipient = models.CharField(max_length=80)
    phone = models.CharField(max_length=11)
    province = models.ForeignKey(Province, on_delete=models.PROTECT)
    ward = models.CharField(max_length=80)
    street = models.CharField(max_length=160)
    note = models.CharField(max_length=300, blank=True)
    due_minor = models.PositiveBigIntegerField()
    # The quote as it was confirmed and the request that it answers, in the form of
    # docs/reference/promotions.md: whoever prices the request again gets the quote.
    quote = models.JSONField()
    request = models.JSONField(default=dict)

    class Meta:
        ordering = ["-placed_at"]
        indexes = [models.Index(fields=["user", "-placed_at"], name="order_by_user")]

    @property
    def buyer(self) -> Buyer:
        """Who ordered, as limits count buyers."""
        return Buyer(id=str(self.user_id or self.id), user_id=self.user_id, phone=self.phone)


class StallOrder(models.Model):
    """The part of an order that one stall packs and is paid for."""

    class State(models.TextChoices):
        PLACED = "placed", "placed"
        PAID = "paid", "paid"
        EXPIRED = "expired", "expired"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="stall_orders")
    stall = models.ForeignKey(Stall, on_delete=models.PROTECT)
    state = models.CharField(max_length=12, choices=State.choices, default=State.PLACED)
    goods_minor = models.PositiveBigIntegerField()
    shipping_minor = models.PositiveBigIntegerField()
    due_minor = models.PositiveBigIntegerField()
    placed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["stall_id"]
        indexes = [
            models.Index(fields=["stall", "-placed_at"], name="stall_order_by_stall"),
            models.Index(
                fields=["expires_at"], condition=Q(state="placed"), name="stall_order_expiring"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["order", "stall"], name="order_stall_once"),
            models.CheckConstraint(
                condition=Q(state__in=["placed", "paid", "expired"]),
                name="stall_order_state_known",
            ),
            models.CheckConstraint(
                condition=Q(state="paid", paid_at__isnull=False)
                | (~Q(state="paid") & Q(paid_at__isnull=True)),
                name="stall_order_paid_at",
            ),
        ]

    @property
    def is_open(self) -> bool:
        """Whether it still waits for its money."""
        return self.state == self.State.PLACED

    @property
    def is_paid(self) -> bool:
        return self.state == self.State.PAID


class OrderLine(models.Model):
    """Units of one sku at one price. Names are kept as they were when the order was placed."""

    stall_order = models.ForeignKey(StallOrder, on_delete=models.PROTECT, related_name="lines")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT)
    show = models.ForeignKey(Show, null=True, blank=True, on_delete=models.SET_NULL)
    name_vi = models.CharField(max_length=160)
    unit_vi = models.CharField(max_length=60)
    quantity = models.PositiveIntegerField()
    unit_minor = models.PositiveBigIntegerField()
    price_kind = models.CharField(max_length=10)
    offered_price_id = models.BigIntegerField(null=True)
    paid_minor = models.PositiveBigIntegerField()

    class Meta:
        ordering = ["id"]
