"""Carts and orders. One order is one check-out of a buyer; each stall gets its own part of it.

A line of a cart or order is ordinary, or the deposit of a presale, or the balance of what was
reserved by a deposit. Its id in requests and quotes tells which: a sku's id, `d…`, `r…`.
"""

import uuid
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from uuid_utils.compat import uuid7

from chophien.apps.catalog.models import Sku
from chophien.apps.festivals.models import Festival, Province
from chophien.apps.programme.models import Show
from chophien.apps.promotions.buyers import Buyer
from chophien.apps.promotions.models import OfferedPrice, Presale
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
    # What is put down now for units of a presale, or what was reserved and is paid off now.
    presale = models.ForeignKey(Presale, null=True, blank=True, on_delete=models.CASCADE)
    reservation = models.ForeignKey(
        "Reservation", null=True, blank=True, on_delete=models.CASCADE, related_name="cart_lines"
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["cart", "sku"],
                condition=Q(presale__isnull=True, reservation__isnull=True),
                name="cart_sku_once",
            ),
            models.UniqueConstraint(fields=["cart", "presale"], name="cart_presale_once"),
            models.UniqueConstraint(fields=["cart", "reservation"], name="cart_reservation_once"),
            models.CheckConstraint(
                condition=Q(presale__isnull=True) | Q(reservation__isnull=True),
                name="cart_deposit_or_balance",
            ),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="cart_at_least_one"),
        ]

    @property
    def quote_id(self) -> str:
        """Its id in a pricing request."""
        if self.presale_id is not None:
            return f"d{self.presale_id}"
        if self.reservation_id is not None:
            return f"r{self.reservation_id}"
        return str(self.sku_id)

    @property
    def is_ordinary(self) -> bool:
        """Neither a deposit nor a balance."""
        return self.presale_id is None and self.reservation_id is None


class PricedRequest(models.Model):
    """A request and the quote that answers it, in the form of docs/reference/promotions.md.

    Whoever prices the request again gets the quote. Orders that are alike in every word share a
    row, found by the `digest` of its documents.
    """

    digest = models.CharField(max_length=64, unique=True)
    request = models.JSONField(default=dict)
    quote = models.JSONField()


class Order(models.Model):
    """One check-out. `token` is the unguessable part of the link by which a guest returns.

    References of orders and their parts are not checked row by row (`db_constraint`): that would
    cost as much as all else of an order. Whoever writes them has read what they name, and triggers
    refuse to delete what an order names; see docs/adr/0016.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    festival = models.ForeignKey(
        Festival, on_delete=models.PROTECT, db_constraint=False, db_index=False
    )
    # Both come from `domain.orders.name_order`, which repeats none.
    number = models.CharField(max_length=12)
    token = models.CharField(max_length=40)
    # The buyer's own key of this check-out: sent twice, it makes one order.
    idempotency_key = models.UUIDField(unique=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
    )
    placed_at = models.DateTimeField()
    recipient = models.CharField(max_length=80)
    phone = models.CharField(max_length=11)
    province = models.ForeignKey(
        Province, on_delete=models.PROTECT, db_constraint=False, db_index=False
    )
    ward = models.CharField(max_length=80)
    street = models.CharField(max_length=160)
    note = models.CharField(max_length=300, blank=True)
    due_minor = models.PositiveBigIntegerField()
    # What was confirmed.
    priced = models.ForeignKey(
        PricedRequest, on_delete=models.PROTECT, db_constraint=False, db_index=False
    )

    class Meta:
        ordering = ["-placed_at"]
        indexes = [models.Index(fields=["user", "-placed_at"], name="order_by_user")]
        constraints = [
            models.UniqueConstraint(fields=["number"], name="order_number_once"),
            models.UniqueConstraint(fields=["token"], name="order_token_once"),
        ]

    @property
    def quote(self) -> dict[str, Any]:
        """The quote as it was confirmed."""
        quote: dict[str, Any] = self.priced.quote
        return quote

    @property
    def request(self) -> dict[str, Any]:
        """What the quote answers; empty for an order from before requests were kept."""
        request: dict[str, Any] = self.priced.request
        return request

    @property
    def buyer(self) -> Buyer:
        """Who ordered, as limits count buyers."""
        return Buyer(id=str(self.user_id or self.id), user_id=self.user_id, phone=self.phone)


class StallOrder(models.Model):
    """The part of an order that one stall packs and is paid for.

    `due = goods + shipping + deposit - set_off`: goods are worth what the buyer pays for them in
    all, of which earlier deposits were paid before; deposits of goods to come are put down now.
    """

    class State(models.TextChoices):
        PLACED = "placed", "placed"
        PAID = "paid", "paid"
        EXPIRED = "expired", "expired"

    id = models.UUIDField(primary_key=True, default=uuid7)
    order = models.ForeignKey(
        Order,
        on_delete=models.PROTECT,
        related_name="stall_orders",
        db_constraint=False,
        db_index=False,
    )
    stall = models.ForeignKey(Stall, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    state = models.CharField(max_length=12, choices=State.choices, default=State.PLACED)
    goods_minor = models.PositiveBigIntegerField()
    shipping_minor = models.PositiveBigIntegerField()
    deposit_minor = models.PositiveBigIntegerField(default=0)
    set_off_minor = models.PositiveBigIntegerField(default=0)
    # What the festival's coupons and red packets took off this part: it owes the stall that.
    subsidy_minor = models.PositiveBigIntegerField(default=0)
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
            models.CheckConstraint(
                condition=Q(
                    due_minor=F("goods_minor")
                    + F("shipping_minor")
                    + F("deposit_minor")
                    - F("set_off_minor")
                ),
                name="stall_order_due_explained",
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
    """Units of one sku at one price. Names are kept as they were when the order was placed.

    Lines with the same `quote_line` are parts of one line of the quote, which is what is refunded.
    """

    # As `price_kind` of units of which only the deposit was paid.
    DEPOSIT = "deposit"
    # As `price_kind` of what a stall gave away.
    GIFT = "gift"

    stall_order = models.ForeignKey(
        StallOrder, on_delete=models.PROTECT, related_name="lines", db_constraint=False
    )
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, db_constraint=False)
    show = models.ForeignKey(
        Show,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        db_constraint=False,
        db_index=False,
    )
    name_vi = models.CharField(max_length=160)
    unit_vi = models.CharField(max_length=60)
    quantity = models.PositiveIntegerField()
    unit_minor = models.PositiveBigIntegerField()
    price_kind = models.CharField(max_length=10)
    offered_price_id = models.BigIntegerField(null=True)
    # For a deposit what was put down; for a balance the whole price, its deposit included.
    paid_minor = models.PositiveBigIntegerField()
    quote_line = models.CharField(max_length=40)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["show"], condition=Q(show__isnull=False), name="order_line_by_show"
            )
        ]

    @property
    def is_deposit(self) -> bool:
        """Whether it bought a reservation, not goods."""
        return self.price_kind == self.DEPOSIT

    @property
    def is_ordinary(self) -> bool:
        """Neither a deposit nor the balance of a reservation: its units are held for its order."""
        return self.quote_line[:1] not in {"d", "r"}


class Reservation(models.Model):
    """Units that a buyer has put a deposit on. Inventory holds them under this row's id.

    Amounts are for one unit, as they were when the deposit was paid.
    """

    class State(models.TextChoices):
        AWAITING_DEPOSIT = "awaiting_deposit", "awaiting deposit"
        RESERVED = "reserved", "reserved"
        BALANCE_PLACED = "balance_placed", "balance placed"
        BOUGHT = "bought", "bought"
        FORFEITED = "forfeited", "forfeited"
        REFUNDED = "refunded", "refunded"
        LAPSED = "lapsed", "lapsed"

    class Reminder(models.IntegerChoices):
        NONE = 0, "none yet"
        OPENS = 1, "the balance opens soon"
        OPENED = 2, "the balance is open"
        CLOSES = 3, "the balance closes soon"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    presale = models.ForeignKey(Presale, on_delete=models.PROTECT, related_name="reservations")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT)
    deposit_order = models.ForeignKey(
        StallOrder, on_delete=models.PROTECT, related_name="reservations"
    )
    # The stall order that pays the balance, while it waits for its money and once it is paid.
    balance_order = models.ForeignKey(
        StallOrder, null=True, blank=True, on_delete=models.PROTECT, related_name="balances"
    )
    quantity = models.PositiveIntegerField()
    unit_minor = models.PositiveBigIntegerField()
    deposit_minor = models.PositiveBigIntegerField()
    credit_minor = models.PositiveBigIntegerField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.AWAITING_DEPOSIT)
    made_at = models.DateTimeField()
    # The last reminder that was sent; later ones make earlier ones pointless.
    reminded = models.PositiveSmallIntegerField(choices=Reminder.choices, default=Reminder.NONE)

    class Meta:
        ordering = ["made_at", "id"]
        indexes = [
            models.Index(fields=["user", "-made_at"], name="reservation_by_user"),
            models.Index(fields=["presale", "state"], name="reservation_by_presale"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gte=1), name="reservation_not_empty"),
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        "awaiting_deposit", "reserved", "balance_placed", "bought", "forfeited",
                        "refunded", "lapsed",
                    ]
                ),
                name="reservation_state_known",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["balance_placed", "bought"], balance_order__isnull=False)
                | (
                    ~Q(state__in=["balance_placed", "bought"])
                    & Q(balance_order__isnull=True)
                ),
                name="reservation_balance_has_order",
            ),
        ]  # fmt: skip

    @property
    def paid_minor(self) -> int:
        """What was put down for all its units."""
        return self.deposit_minor * self.quantity

    @property
    def balance_minor(self) -> int:
        """What its units still cost without shipping, before any other price or discount."""
        return find_balance(self) * self.quantity


class SavedAddress(models.Model):
    """Where somebody lets orders go, by reference. Never changed: an edit makes another row.

    `buyer_key` is the phone as limits count it (`promotions.buyers.phone_key`).
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="addresses"
    )
    recipient = models.CharField(max_length=80)
    phone = models.CharField(max_length=11)
    buyer_key = models.CharField(max_length=70)
    province = models.ForeignKey(Province, on_delete=models.PROTECT)
    ward = models.CharField(max_length=80)
    street = models.CharField(max_length=160)
    note = models.CharField(max_length=300, blank=True)
    made_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]


class ReadyQuote(models.Model):
    """What so many units of one sku cost anybody in `[starts_at, ends_at)`, priced beforehand.

    The hot lane sells at these, and prices nothing itself. Triggers retire a row when anything
    that it was priced from changes: prices, offers, programmes, the sku, its product, its stall.
    """

    festival = models.ForeignKey(Festival, on_delete=models.PROTECT)
    stall = models.ForeignKey(Stall, on_delete=models.PROTECT)
    sku = models.ForeignKey(Sku, on_delete=models.CASCADE)
    quantity = models.PositiveIntegerField()
    price = models.ForeignKey(OfferedPrice, on_delete=models.CASCADE)
    price_kind = models.CharField(max_length=10)
    unit_minor = models.PositiveBigIntegerField()
    goods_minor = models.PositiveBigIntegerField()
    shipping_minor = models.PositiveBigIntegerField()
    subsidy_minor = models.PositiveBigIntegerField(default=0)
    due_minor = models.PositiveBigIntegerField()
    # What the order's line and payment say.
    name_vi = models.CharField(max_length=160)
    unit_vi = models.CharField(max_length=60)
    bank_bin = models.CharField(max_length=6)
    bank_account = models.CharField(max_length=19)
    priced = models.ForeignKey(PricedRequest, on_delete=models.PROTECT)
    # What each promotion takes off, by its key; none of them has a budget.
    uses = models.JSONField(default=dict)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["sku", "quantity", "ends_at"],
                condition=Q(retired_at__isnull=True),
                name="ready_quote_in_use",
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(due_minor=F("goods_minor") + F("shipping_minor")),
                name="ready_quote_due_explained",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="ready_quote_window_not_empty"
            ),
        ]


class Numbering(models.Model):
    """The key by which this installation names its orders: one row, made with the tables."""

    key = models.BinaryField(max_length=32)


def find_balance(amounts: Presale | Reservation) -> int:
    """What one unit still costs once its deposit is paid: the deposit counts for its credit.

    The bonus takes no unit below its deposit, so the balance is never below zero.
    """
    return max(amounts.unit_minor - amounts.credit_minor, 0)
