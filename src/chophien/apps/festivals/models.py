"""Festivals, and the country's provinces before and since July 2025."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override


class Region(models.TextChoices):
    NORTH_EAST = "dong-bac", _("Northeast")
    NORTH_WEST = "tay-bac", _("Northwest")
    RED_RIVER = "dong-bang-song-hong", _("Red River Delta")
    NORTH_CENTRAL = "bac-trung-bo", _("North Central Coast")
    SOUTH_CENTRAL = "duyen-hai-nam-trung-bo", _("South Central Coast")
    HIGHLANDS = "tay-nguyen", _("Central Highlands")
    SOUTH_EAST = "dong-nam-bo", _("Southeast")
    MEKONG = "dong-bang-song-cuu-long", _("Mekong Delta")


class Place(models.Model):
    """A province by its three names and its region."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=60, unique=True)
    name_en = models.CharField(max_length=60)
    name_zh = models.CharField(max_length=60)
    region = models.CharField(max_length=40, choices=Region.choices)

    class Meta:
        abstract = True
        ordering = ["name"]

    @override
    def __str__(self) -> str:
        return self.name

    @property
    def name_vi(self) -> str:
        """The name itself; goods, stalls and festivals are named in the same three ways."""
        return self.name


class Province(Place):
    """One of the 34 units since July 2025: where parcels go."""


class FormerProvince(Place):
    """One of the 63 provinces of before July 2025: the name a speciality is known under."""

    shape = models.CharField(max_length=40)
    province = models.ForeignKey(Province, on_delete=models.PROTECT, related_name="former")


class Festival(models.Model):
    class ProgrammeType(models.TextChoices):
        ORDINARY = "ordinary", "ordinary"
        CONCENTRATED = "concentrated", "concentrated"

    slug = models.SlugField(unique=True)
    name_vi = models.CharField(max_length=160)
    name_en = models.CharField(max_length=160, blank=True)
    name_zh = models.CharField(max_length=160, blank=True)
    pitch_vi = models.CharField(max_length=300, blank=True)
    pitch_en = models.CharField(max_length=300, blank=True)
    pitch_zh = models.CharField(max_length=300, blank=True)
    organiser_name = models.CharField(max_length=160)
    programme_type = models.CharField(max_length=20, choices=ProgrammeType.choices)
    discount_cap_bps = models.PositiveIntegerField()
    currency = models.CharField(max_length=3, default="VND")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    is_demo = models.BooleanField(default=False)

    class Meta:
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(discount_cap_bps__lte=10000), name="festival_cap_at_most_all"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="festival_ends_after_start"
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.name_vi
