"""What a show is sent from and to, and what is kept of it."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from chophien.apps.catalog.models import Sku
from chophien.apps.programme.models import Host, Show
from chophien.domain.outward import ADDRESS_CHARS_MAX, HINT_CHARS
from chophien.domain.platforms import PLATFORMS


class Recording(models.Model):
    """What is kept of one show's video; its files lie in a folder named after the show.

    The row is written from the files by a timer, so it is behind them while a show is on air.
    When the files are deleted the row stays, and says when, by whom and why.
    """

    show = models.OneToOneField(Show, on_delete=models.CASCADE, related_name="recording")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    duration_ms = models.PositiveBigIntegerField()
    size_bytes = models.PositiveBigIntegerField()
    deleted_at = models.DateTimeField(null=True, blank=True)
    deleted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT
    )
    # Nobody by name: the rule of retention did it.
    deletion_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-starts_at", "-id"]
        indexes = [
            models.Index(
                fields=["ends_at"],
                condition=Q(deleted_at__isnull=True),
                name="recording_kept_by_end",
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(deleted_at__isnull=True) | ~Q(deletion_reason=""),
                name="recording_deleted_for_a_reason",
            ),
        ]


class RecordedStretch(models.Model):
    """A part of a recording without a gap: where it lies in the replay, and when it was made."""

    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="stretches")
    position_ms = models.PositiveBigIntegerField()
    starts_at = models.DateTimeField()
    duration_ms = models.PositiveBigIntegerField()

    class Meta:
        ordering = ["recording", "position_ms"]
        constraints = [
            models.UniqueConstraint(fields=["recording", "position_ms"], name="stretch_place_once"),
        ]


class PinnedMoment(models.Model):
    """That a sku was pinned in a show's room, or that nothing was any more.

    Written by a trigger of the room's table: whoever pins, page or AI host, is noted, in the same
    transaction and by the fair's clock. The chapters of a replay come from it.
    """

    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="pinned_moments")
    sku = models.ForeignKey(Sku, null=True, on_delete=models.SET_NULL)
    pinned_at = models.DateTimeField()

    class Meta:
        ordering = ["show", "pinned_at", "id"]
        indexes = [models.Index(fields=["show", "pinned_at"], name="pinned_by_show")]


class StreamKey(models.Model):
    """The secret with which a host's encoder sends to us; kept as a hash, replaced but not deleted.

    Good for the shows of that host while they are due, until `ended_at`.
    """

    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="stream_keys")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="made_stream_keys"
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="ended_stream_keys",
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["host"], condition=Q(ended_at__isnull=True), name="stream_key_one_of_host"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="stream_key_ended_by_somebody",
            ),
        ]


class Destination(models.Model):
    """A platform to which one show is sent, with the key that it gave for it."""

    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="destinations")
    platform = models.CharField(max_length=20, choices=[(each, each) for each in PLATFORMS])
    name = models.CharField(max_length=80, blank=True)
    address = models.CharField(max_length=ADDRESS_CHARS_MAX)
    # Opened with the installation's secret and for this address only (`wire.sealing`).
    sealed_key = models.BinaryField()
    key_hint = models.CharField(max_length=HINT_CHARS, blank=True)
    is_on = models.BooleanField(default=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="made_destinations"
    )
    # Who answers for it that the platform takes artificial voices, where it states no rule.
    voices_confirmed_at = models.DateTimeField(null=True, blank=True)
    voices_confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="confirmed_destinations",
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(platform__in=list(PLATFORMS)), name="destination_platform_known"
            ),
            models.CheckConstraint(
                condition=Q(voices_confirmed_at__isnull=True, voices_confirmed_by__isnull=True)
                | Q(voices_confirmed_at__isnull=False, voices_confirmed_by__isnull=False),
                name="destination_confirmed_by_somebody",
            ),
        ]


class DestinationState(models.Model):
    """How it goes with a destination, written by the process that sends every few seconds."""

    destination = models.OneToOneField(
        Destination, on_delete=models.CASCADE, primary_key=True, related_name="state"
    )
    state = models.CharField(max_length=20)
    reported_at = models.DateTimeField()
    # Since when the platform has been sent to without a break; and since the first time.
    connected_at = models.DateTimeField(null=True)
    first_connected_at = models.DateTimeField(null=True)
    connections = models.PositiveIntegerField(default=0)
    sent_bytes = models.PositiveBigIntegerField(default=0)
    dropped_ms = models.PositiveBigIntegerField(default=0)
    queued_ms = models.PositiveIntegerField(default=0)
    video_bps = models.PositiveIntegerField(default=0)
    keyframe_ms = models.PositiveIntegerField(default=0)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    audio_rate_hz = models.PositiveIntegerField(default=0)
    sizes = models.PositiveIntegerField(default=0)
    fault = models.CharField(max_length=30, blank=True)
    fault_detail = models.CharField(max_length=200, blank=True)
    fault_at = models.DateTimeField(null=True)


class DestinationFault(models.Model):
    """What went wrong with a destination, or why it was not sent to; only ever added to."""

    destination = models.ForeignKey(Destination, on_delete=models.CASCADE, related_name="faults")
    code = models.CharField(max_length=30)
    detail = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["destination", "-id"], name="fault_by_destination")]


class OnAir(models.Model):
    """How a show's program stands, as the media process told last; an unlogged table.

    After a crash of the database it is empty, and filled anew within seconds. What was not
    reported for long (`domain.limits.ON_AIR_STALE_S`) is not so any more.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        LIVE = "live"
        SLATE = "slate"
        ENDED = "ended"

    show = models.OneToOneField(
        Show, on_delete=models.CASCADE, primary_key=True, related_name="on_air"
    )
    state = models.CharField(max_length=10, choices=State.choices)
    source = models.CharField(max_length=10, blank=True)
    since = models.DateTimeField()
    on_air_since = models.DateTimeField(null=True, blank=True)
    bitrate_bps = models.PositiveIntegerField(default=0)
    epochs = models.PositiveIntegerField(default=0)
    # Why the last source was lost, as a code.
    fault = models.CharField(max_length=30, blank=True)
    reported_at = models.DateTimeField()
