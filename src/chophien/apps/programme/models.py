"""Hosts, shows (one live selling session, *phiên*) and their run-of-show."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from typing_extensions import override

from chophien.apps.catalog.models import Sku
from chophien.apps.festivals.models import Festival


class Host(models.Model):
    """Who presents: a person, or an artificial host that is marked as such everywhere."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=80)
    pitch_vi = models.CharField(max_length=300, blank=True)
    pitch_en = models.CharField(max_length=300, blank=True)
    pitch_zh = models.CharField(max_length=300, blank=True)
    is_ai = models.BooleanField(default=False)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT
    )

    @override
    def __str__(self) -> str:
        return self.name


class Show(models.Model):
    """One live selling session in `[starts_at, ends_at)`."""

    festival = models.ForeignKey(Festival, on_delete=models.PROTECT, related_name="shows")
    host = models.ForeignKey(Host, on_delete=models.PROTECT, related_name="shows")
    theme = models.SlugField(max_length=60)
    title_vi = models.CharField(max_length=160)
    title_en = models.CharField(max_length=160, blank=True)
    title_zh = models.CharField(max_length=160, blank=True)
    pitch_vi = models.CharField(max_length=300, blank=True)
    pitch_en = models.CharField(max_length=300, blank=True)
    pitch_zh = models.CharField(max_length=300, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    # Who may send cues to the host beside the organiser.
    producer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="produced_shows",
    )
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["starts_at", "id"]
        indexes = [models.Index(fields=["ends_at"], name="show_by_end")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="show_ends_after_start"
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.title_vi


class Segment(models.Model):
    """One place in the run-of-show: a sku and for how long it is talked of."""

    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="segments")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT)
    position = models.PositiveSmallIntegerField()
    # How long it is meant to be talked of; none leaves it to the host.
    planned_minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    # What not to forget, in the host's own words.
    talking_points = models.TextField(blank=True)

    class Meta:
        ordering = ["show", "position"]
        constraints = [
            models.UniqueConstraint(fields=["show", "position"], name="segment_place_once"),
            models.UniqueConstraint(fields=["show", "sku"], name="segment_sku_once"),
        ]


class Cue(models.Model):
    """What a producer tells the host during a show; kept, with when the host saw it."""

    class Kind(models.TextChoices):
        NEXT = "next", "the next goods soon"
        SLOWER = "slower", "slower"
        FASTER = "faster", "faster"
        PIN = "pin", "put these goods on air"
        WRAP_UP = "wrap_up", "come to the end"
        TEXT = "text", "in words"

    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="cues")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    sku = models.ForeignKey(Sku, null=True, blank=True, on_delete=models.SET_NULL)
    text = models.CharField(max_length=200, blank=True)
    sent_at = models.DateTimeField()
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    seen_at = models.DateTimeField(null=True, blank=True)
    seen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["show", "-id"], name="cue_by_show")]
