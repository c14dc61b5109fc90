"""Stalls: sellers of every kind, from a company to one farmer."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from typing_extensions import override

from chophien.apps.festivals.models import FormerProvince


class Stall(models.Model):
    class Kind(models.TextChoices):
        COMPANY = "company", "company"
        COOPERATIVE = "cooperative", "cooperative"
        HOUSEHOLD = "household", "household"
        MARKET_STALL = "market_stall", "market stall"
        FARMER = "farmer", "farmer"
        BRAND = "brand", "brand"

    class State(models.TextChoices):
        APPLIED = "applied", "applied"
        ADMITTED = "admitted", "admitted"
        CLOSED = "closed", "closed"

    slug = models.SlugField(unique=True, max_length=80)
    name_vi = models.CharField(max_length=160)
    name_en = models.CharField(max_length=160, blank=True)
    name_zh = models.CharField(max_length=160, blank=True)
    story_vi = models.TextField(blank=True)
    story_en = models.TextField(blank=True)
    story_zh = models.TextField(blank=True)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    state = models.CharField(max_length=20, choices=State.choices, default=State.APPLIED)
    former_province = models.ForeignKey(FormerProvince, on_delete=models.PROTECT)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="stalls")
    # The stall's own account: buyers pay it directly, nobody holds money for others.
    bank_bin = models.CharField(max_length=6)
    bank_account = models.CharField(max_length=19)
    bank_holder = models.CharField(max_length=80)
    shipping_fee_minor = models.PositiveBigIntegerField()
    free_from_minor = models.PositiveBigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["name_vi"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["applied", "admitted", "closed"]), name="stall_state_known"
            )
        ]

    @override
    def __str__(self) -> str:
        return self.name_vi


class Membership(models.Model):
    """Somebody who joined a stall and gets its member prices."""

    stall = models.ForeignKey(Stall, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    joined_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "stall"], name="membership_once"),
        ]
