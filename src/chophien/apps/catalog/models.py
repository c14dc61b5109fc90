"""Goods: products with one or several skus, and the history of their list prices."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from typing_extensions import override

from chophien.apps.festivals.models import FormerProvince
from chophien.apps.sellers.models import Stall


class Product(models.Model):
    class PromotionBan(models.TextChoices):
        """Goods that the law lets nobody promote."""

        ALCOHOL = "alcohol", "alcohol"
        TOBACCO = "tobacco", "tobacco"
        INFANT_MILK = "infant_milk", "infant milk"

    class State(models.TextChoices):
        DRAFT = "draft", "draft"
        PUBLISHED = "published", "published"
        WITHDRAWN = "withdrawn", "withdrawn"

    slug = models.SlugField(unique=True, max_length=100)
    stall = models.ForeignKey(Stall, on_delete=models.PROTECT, related_name="products")
    former_province = models.ForeignKey(FormerProvince, on_delete=models.PROTECT)
    name_vi = models.CharField(max_length=160)
    name_en = models.CharField(max_length=160, blank=True)
    name_zh = models.CharField(max_length=160, blank=True)
    story_vi = models.TextField(blank=True)
    story_en = models.TextField(blank=True)
    story_zh = models.TextField(blank=True)
    picture = models.SlugField(max_length=60)
    tags = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    is_fresh = models.BooleanField(default=False)
    promotion_ban = models.CharField(max_length=12, choices=PromotionBan.choices, blank=True)
    ocop_stars = models.PositiveSmallIntegerField(null=True, blank=True)
    ocop_expires_on = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=20, choices=State.choices, default=State.DRAFT)
    # Folded words of name, province and stall; see catalog.services.index_product.
    search = SearchVectorField(null=True, editable=False)

    class Meta:
        ordering = ["id"]
        indexes = [GinIndex(fields=["search"], name="product_search")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["draft", "published", "withdrawn"]),
                name="product_state_known",
            ),
            models.CheckConstraint(
                condition=Q(ocop_stars__isnull=True) | Q(ocop_stars__range=(1, 5)),
                name="product_stars_one_to_five",
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.name_vi


class Sku(models.Model):
    """What one unit is. Prices include tax; minor units of the festival's currency."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="skus")
    code = models.SlugField(unique=True, max_length=110)
    position = models.PositiveSmallIntegerField(default=0)
    unit_vi = models.CharField(max_length=60)
    unit_en = models.CharField(max_length=60, blank=True)
    unit_zh = models.CharField(max_length=60, blank=True)
    list_price_minor = models.PositiveBigIntegerField()
    floor_price_minor = models.PositiveBigIntegerField(default=0)
    # What one unit costs its seller; nobody but the seller and the organiser's sums see it.
    cost_price_minor = models.PositiveBigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["product", "position", "id"]
        indexes = [models.Index(fields=["list_price_minor", "id"], name="sku_by_list_price")]

    @override
    def __str__(self) -> str:
        return self.code


class ListPriceChange(models.Model):
    """The history of list prices; rows are only ever added (a trigger refuses the rest)."""

    sku = models.ForeignKey(Sku, on_delete=models.CASCADE, related_name="price_changes")
    list_price_minor = models.PositiveBigIntegerField()
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT)

    class Meta:
        ordering = ["changed_at", "id"]
        indexes = [models.Index(fields=["sku", "changed_at"], name="price_change_by_sku")]
