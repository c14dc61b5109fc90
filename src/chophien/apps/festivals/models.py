"""Festivals, and the country's provinces before and since July 2025."""

from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from chophien.domain.phases import WAVE_KINDS, Edge, PhaseKind

# Workers look every second; a turn later than this was slept through.
LATE = timedelta(minutes=1)
_WAVE_KINDS = sorted(kind.value for kind in WAVE_KINDS)


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


class Season(models.Model):
    """Festivals that belong together, such as those of one shopping season."""

    slug = models.SlugField(unique=True)
    name_vi = models.CharField(max_length=160)
    name_en = models.CharField(max_length=160, blank=True)
    name_zh = models.CharField(max_length=160, blank=True)
    starts_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["-starts_on", "slug"]

    @override
    def __str__(self) -> str:
        return self.name_vi


class Festival(models.Model):
    class ProgrammeType(models.TextChoices):
        ORDINARY = "ordinary", "ordinary"
        CONCENTRATED = "concentrated", "concentrated"

    slug = models.SlugField(unique=True)
    season = models.ForeignKey(
        Season, null=True, blank=True, on_delete=models.PROTECT, related_name="festivals"
    )
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
    # Coupons of the festival, and red packets, that one cart may use.
    platform_coupons_max = models.PositiveSmallIntegerField(default=1)
    red_packets_max = models.PositiveSmallIntegerField(default=1)
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


class Phase(models.Model):
    """One phase of a festival, `[starts_at, ends_at)`; its value is `domain.phases.PhasePlan`.

    Two phases of one kind never overlap in a festival (constraint `phase_kind_once_at_a_time`).
    A phase that was taken out of the calendar keeps its row, so that it can be put back.
    """

    class Kind(models.TextChoices):
        TEASER = PhaseKind.TEASER.value, _("Teaser")
        DEPOSIT = PhaseKind.DEPOSIT.value, _("Deposits")
        SALE = PhaseKind.SALE.value, _("Sale")
        BALANCE = PhaseKind.BALANCE.value, _("Balance")
        PAUSE = PhaseKind.PAUSE.value, _("Pause")
        AFTER = PhaseKind.AFTER.value, _("After the fair")

    festival = models.ForeignKey(Festival, on_delete=models.PROTECT, related_name="phases")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    wave = models.PositiveSmallIntegerField(null=True, blank=True)
    name_vi = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80, blank=True)
    name_zh = models.CharField(max_length=80, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["starts_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in PhaseKind]), name="phase_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="phase_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=_WAVE_KINDS, wave__isnull=False, wave__gte=1)
                | (~Q(kind__in=_WAVE_KINDS) & Q(wave__isnull=True)),
                name="phase_wave_fits_kind",
            ),
        ]


class PhaseTurn(models.Model):
    """That a phase began or ended: written once for each run of the clock, and never changed.

    `rehearsal` 0 is the festival itself; the others are counted by `Clock`.
    """

    phase = models.ForeignKey(Phase, on_delete=models.PROTECT, related_name="turns")
    edge = models.CharField(max_length=6, choices=[(edge.value, edge.value) for edge in Edge])
    due_at = models.DateTimeField()
    turned_at = models.DateTimeField()
    rehearsal = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["phase", "edge", "rehearsal"], name="phase_turns_once"),
            models.CheckConstraint(
                condition=Q(edge__in=[edge.value for edge in Edge]), name="phase_edge_known"
            ),
            models.CheckConstraint(
                condition=Q(turned_at__gte=F("due_at")), name="phase_turns_when_due"
            ),
        ]

    @property
    def is_late(self) -> bool:
        """Whether it had to be made up for, rather than turned when it was due."""
        return self.turned_at - self.due_at > LATE


class Clock(models.Model):
    """How far the fair's clock is moved in rehearsals: at most one row; none is real time."""

    offset_s = models.BigIntegerField(default=0)
    rehearsal = models.PositiveIntegerField(default=0)
    """The number of the last rehearsal; it is under way while `offset_s` is not zero."""
    since = models.DateTimeField()
    """The fair's instant at which that rehearsal began: what was due before is not its matter."""

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="clock_is_one_row")]
