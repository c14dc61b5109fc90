"""What a show is sent from and to, and what is kept of it."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from chophien.apps.catalog.models import Sku
from chophien.apps.programme.models import Show


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
            models.UniqueConstraint(
                fields=["recording", "position_ms"], name="stretch_place_once"
            ),
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
