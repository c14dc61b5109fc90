"""What makes a thing cheaper: offered prices, presales, offers, cross-store programmes, coupons.

Rules are kept in the form of docs/reference/promotions.md (`rule`), so that what is stored is
what is priced. Budgets and counts are columns with a CHECK: no race can overspend them.
"""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from chophien.apps.catalog.models import Sku
from chophien.apps.festivals.models import Festival
from chophien.apps.sellers.models import Stall


def _window_check(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(ends_at__isnull=True)
        | Q(starts_at__isnull=True)
        | Q(ends_at__gt=F("starts_at")),
        name=name,
    )


def _budget_check(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(budget_minor__isnull=True) | Q(spent_minor__lte=F("budget_minor")), name=name
    )


class OfferedPrice(models.Model):
    """A price of one sku in a window `[starts_at, ends_at)`; an empty end is open.

    Once it has started, a trigger lets nobody change what was offered: the history of prices is
    made of these rows. Ending it early is allowed, rewriting when it ended is not.
    """

    class Kind(models.TextChoices):
        SALE = "sale", "sale"
        FLASH = "flash", "flash"
        ROOM = "room", "room"
        MEMBER = "member", "member"
        TIER = "tier", "tier"

    sku = models.ForeignKey(Sku, on_delete=models.CASCADE, related_name="offered_prices")
    # The programme that it belongs to, whose type sets the law's cap; none is an ordinary one.
    festival = models.ForeignKey(Festival, null=True, blank=True, on_delete=models.PROTECT)
    # The seller's own name for it, by which an imported file finds it again.
    code = models.CharField(max_length=60, blank=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    unit_minor = models.PositiveBigIntegerField()
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    min_qty = models.PositiveIntegerField(null=True, blank=True)
    # The show in whose room it holds.
    room = models.BigIntegerField(null=True, blank=True)
    is_exclusive = models.BooleanField(default=False)
    # Units that the price serves at most, taken out of stock for it, and those of them that are
    # promised or sold.
    allotment = models.PositiveIntegerField(null=True, blank=True)
    taken = models.PositiveIntegerField(default=0)
    # Units that one buyer gets at it, over all orders.
    per_buyer_max = models.PositiveIntegerField(null=True, blank=True)
    # When what was left of the allotment went back to stock.
    closed_at = models.DateTimeField(null=True, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT
    )

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["sku", "ends_at"], name="offered_price_by_sku"),
            models.Index(
                fields=["ends_at"],
                condition=Q(allotment__isnull=False, closed_at__isnull=True),
                name="offered_price_closing",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["sku", "code"], condition=~Q(code=""), name="price_code_once"
            ),
            models.CheckConstraint(
                condition=Q(allotment__isnull=True) | Q(taken__lte=F("allotment")),
                name="price_not_overtaken",
            ),
            models.CheckConstraint(
                condition=~Q(kind="flash") & Q(allotment__isnull=True, per_buyer_max__isnull=True)
                | Q(kind="flash", allotment__isnull=False),
                name="flash_price_has_allotment",
            ),
            models.CheckConstraint(
                condition=Q(kind="tier", min_qty__gte=1) | (~Q(kind="tier") & Q(min_qty=None)),
                name="tier_price_has_quantity",
            ),
            models.CheckConstraint(
                condition=Q(kind="room", room__isnull=False) | (~Q(kind="room") & Q(room=None)),
                name="room_price_has_room",
            ),
            _window_check("price_window_not_empty"),
        ]


class PriceUse(models.Model):
    """Units that one buyer has got, or is promised, at a price with a limit for each buyer.

    `buyer` is a key made by `buyers.buyer_keys`: an account, or a fingerprint of a phone number.
    """

    price = models.ForeignKey(
        OfferedPrice,
        on_delete=models.CASCADE,
        related_name="uses",
        db_constraint=False,
        db_index=False,
    )
    buyer = models.CharField(max_length=70)
    units = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["price", "buyer"], name="price_use_once"),
        ]


class Presale(models.Model):
    """Units sold by deposit: a deposit now, which counts for more when the balance is paid.

    Deposits in `[starts_at, ends_at)`, balances in `[balance_starts_at, balance_ends_at)`.
    """

    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="presales")
    festival = models.ForeignKey(Festival, on_delete=models.PROTECT)
    unit_minor = models.PositiveBigIntegerField()
    deposit_minor = models.PositiveBigIntegerField()
    credit_minor = models.PositiveBigIntegerField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    balance_starts_at = models.DateTimeField()
    balance_ends_at = models.DateTimeField()
    allotment = models.PositiveIntegerField()
    taken = models.PositiveIntegerField(default=0)
    per_buyer_max = models.PositiveIntegerField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    # The seller said that it cannot deliver: deposits come back, and as much again.
    defaulted_at = models.DateTimeField(null=True, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT
    )

    class Meta:
        ordering = ["starts_at", "id"]
        indexes = [
            models.Index(fields=["sku", "balance_ends_at"], name="presale_by_sku"),
            models.Index(
                fields=["ends_at"], condition=Q(closed_at__isnull=True), name="presale_closing"
            ),
        ]
        constraints = [
            _window_check("presale_window_not_empty"),
            models.CheckConstraint(
                condition=Q(balance_starts_at__gte=F("ends_at"))
                & Q(balance_ends_at__gt=F("balance_starts_at")),
                name="presale_balance_after_deposit",
            ),
            models.CheckConstraint(
                condition=Q(deposit_minor__gte=1)
                & Q(credit_minor__gte=F("deposit_minor"))
                & Q(unit_minor__gte=F("credit_minor")),
                name="presale_credit_between_deposit_and_price",
            ),
            models.CheckConstraint(
                condition=Q(taken__lte=F("allotment")), name="presale_not_overtaken"
            ),
        ]


class PresaleUse(models.Model):
    """Units that one buyer has reserved at a presale with a limit for each buyer."""

    presale = models.ForeignKey(Presale, on_delete=models.CASCADE, related_name="uses")
    buyer = models.CharField(max_length=70)
    units = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["presale", "buyer"], name="presale_use_once"),
        ]


class Budgeted(models.Model):
    """A discount that somebody pays for: its rule, its window, and how much it may cost."""

    rule = models.JSONField()
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    budget_minor = models.PositiveBigIntegerField(null=True, blank=True)
    spent_minor = models.PositiveBigIntegerField(default=0)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT
    )
    made_at = models.DateTimeField()

    class Meta:
        abstract = True
        ordering = ["id"]


class Offer(Budgeted):
    """A stall's automatic discount on its own goods."""

    class Kind(models.TextChoices):
        SPEND_SAVE = "spend_save", "spend and save"
        NTH_UNIT = "nth_unit", "nth unit"
        BUNDLE = "bundle", "bundle"

    stall = models.ForeignKey(Stall, on_delete=models.PROTECT)
    code = models.CharField(max_length=60, blank=True)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    # The skus that it can reach, where it names any: what a cart is looked up by.
    sku_ids = ArrayField(models.BigIntegerField(), null=True, blank=True)

    class Meta(Budgeted.Meta):
        indexes = [
            models.Index(
                fields=["stall", "ends_at"],
                condition=Q(sku_ids__isnull=True),
                name="offer_of_whole_stall",
            ),
            GinIndex(fields=["sku_ids"], name="offer_by_sku"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["stall", "code"], condition=~Q(code=""), name="offer_code_once"
            ),
            _window_check("offer_window_not_empty"),
            _budget_check("offer_within_budget"),
        ]


class CrossStore(Budgeted):
    """Every S minus D over all stalls of a festival; each stall bears its share."""

    festival = models.ForeignKey(Festival, on_delete=models.PROTECT)

    class Meta(Budgeted.Meta):
        constraints = [
            _window_check("cross_store_window_not_empty"),
            _budget_check("cross_store_within_budget"),
        ]


class Coupon(Budgeted):
    """A coupon or red packet that people may hold; `[starts_at, ends_at)` is when it is used."""

    class Issuer(models.TextChoices):
        SELLER = "seller", "stall"
        PLATFORM = "platform", "festival"
        RED_PACKET = "red_packet", "red packet"

    class Way(models.TextChoices):
        CLAIM = "claim", "anyone may claim it"
        DROP = "drop", "dropped in a live room"
        GIFT = "gift", "given by hand"

    festival = models.ForeignKey(Festival, on_delete=models.PROTECT)
    stall = models.ForeignKey(Stall, null=True, blank=True, on_delete=models.PROTECT)
    code = models.CharField(max_length=60, blank=True)
    issuer = models.CharField(max_length=12, choices=Issuer.choices)
    way = models.CharField(max_length=6, choices=Way.choices)
    claim_starts_at = models.DateTimeField(null=True, blank=True)
    claim_ends_at = models.DateTimeField(null=True, blank=True)
    count_max = models.PositiveIntegerField()
    claimed = models.PositiveIntegerField(default=0)
    per_buyer_max = models.PositiveIntegerField(default=1)

    class Meta(Budgeted.Meta):
        indexes = [
            models.Index(fields=["stall", "claim_ends_at"], name="coupon_by_stall"),
            models.Index(fields=["festival", "claim_ends_at"], name="coupon_by_festival"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["festival", "code"], condition=~Q(code=""), name="coupon_code_once"
            ),
            _window_check("coupon_window_not_empty"),
            _budget_check("coupon_within_budget"),
            models.CheckConstraint(
                condition=Q(claimed__lte=F("count_max")), name="coupon_not_overclaimed"
            ),
            models.CheckConstraint(
                condition=Q(issuer="seller", stall__isnull=False)
                | (~Q(issuer="seller") & Q(stall=None)),
                name="coupon_of_stall_has_stall",
            ),
        ]


class WalletCoupon(models.Model):
    """One coupon in a person's wallet; `order` is the order that uses it."""

    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, related_name="held")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    # Which of the coupons of this kind that the person got: 0, 1, …
    nth = models.PositiveIntegerField()
    got_at = models.DateTimeField()
    order = models.UUIDField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["user"], condition=Q(order__isnull=True), name="wallet_unused_by_user"
            ),
            models.Index(fields=["order"], name="wallet_by_order"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["coupon", "user", "nth"], name="wallet_nth_once"),
        ]


class PromotionUse(models.Model):
    """What one order took of a discount, and how much of it came back: the budget's history.

    `promotion` is the id as in the quote: `o…` an offer, `x…` a programme, `c…` a coupon.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    order = models.UUIDField()
    promotion = models.CharField(max_length=24)
    off_minor = models.PositiveBigIntegerField()
    returned_minor = models.PositiveBigIntegerField(default=0)
    used_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["promotion"], name="promotion_use_by_promotion")]
        constraints = [
            models.UniqueConstraint(fields=["order", "promotion"], name="promotion_use_once"),
            models.CheckConstraint(
                condition=Q(returned_minor__lte=F("off_minor")), name="promotion_use_returned"
            ),
        ]


class Takedown(models.Model):
    """That the organiser ended a promotion, and why; the seller reads it.

    `promotion` is its key (`p…` a price, `s…` a presale, else as in `PromotionUse`). A price that
    had not started leaves no other trace, so its goods and amount are kept here.
    """

    promotion = models.CharField(max_length=24)
    stall = models.ForeignKey(Stall, null=True, blank=True, on_delete=models.PROTECT)
    sku = models.ForeignKey(Sku, null=True, blank=True, on_delete=models.SET_NULL)
    unit_minor = models.PositiveBigIntegerField(null=True, blank=True)
    reason = models.CharField(max_length=300)
    taken_down_at = models.DateTimeField()
    taken_down_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT
    )

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["stall", "-id"], name="takedown_by_stall")]
        constraints = [
            models.UniqueConstraint(fields=["promotion"], name="takedown_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="takedown_has_reason"),
        ]


class RefusedPrice(models.Model):
    """A price that the law let nobody set up: the organiser sees where sellers need help."""

    sku = models.ForeignKey(Sku, on_delete=models.CASCADE)
    kind = models.CharField(max_length=10)
    unit_minor = models.PositiveBigIntegerField()
    # The name of the breach in `domain.law`, and the lowest price that it would allow.
    breach = models.CharField(max_length=20)
    nearest_minor = models.PositiveBigIntegerField(null=True, blank=True)
    refused_at = models.DateTimeField()
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )

    class Meta:
        ordering = ["-id"]


class Handout(models.Model):
    """One coupon for each of many people, given by a worker; `done` of them had their turn."""

    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, related_name="handouts")
    # In ascending order; the worker goes on after the first `done` of them.
    user_ids = ArrayField(models.BigIntegerField())
    done = models.PositiveIntegerField(default=0)
    given = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(given__lte=F("done")), name="handout_given_of_done"),
        ]
