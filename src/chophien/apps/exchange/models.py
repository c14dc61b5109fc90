"""Files that people bring in: what was read of each, what it would change, what is wrong in it.

The rows of a file wait in tables made by migration 0002, which only SQL touches.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from chophien.apps.sellers.models import Stall


class Import(models.Model):
    """One run of a file, from reading it to having done, or not done, what it says.

    `rows_read` is the checkpoint: it grows in the transaction that keeps those rows.
    """

    class Kind(models.TextChoices):
        GOODS = "goods", "goods"
        PRICES = "prices", "prices"
        PROMOTIONS = "promotions", "promotions"

    class State(models.TextChoices):
        READING = "reading", "reading"
        CHECKING = "checking", "checking"
        CHECKED = "checked", "checked"
        APPLYING = "applying", "applying"
        DONE = "done", "done"
        STOPPED = "stopped", "stopped"
        FAILED = "failed", "failed"

    kind = models.CharField(max_length=12, choices=Kind.choices)
    # Whose goods it may touch; none is the organiser's, for all stalls.
    stall = models.ForeignKey(Stall, null=True, blank=True, on_delete=models.PROTECT)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    file_name = models.CharField(max_length=200)
    file_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    is_workbook = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.READING)
    # Why it failed, as a word that the pages explain.
    problem = models.CharField(max_length=40, blank=True)
    rows_total = models.PositiveIntegerField(null=True, blank=True)
    rows_read = models.PositiveIntegerField(default=0)
    bytes_read = models.PositiveBigIntegerField(default=0)
    is_read = models.BooleanField(default=False)
    new_count = models.PositiveIntegerField(default=0)
    changed_count = models.PositiveIntegerField(default=0)
    same_count = models.PositiveIntegerField(default=0)
    faulty_count = models.PositiveIntegerField(default=0)
    # The first rows of what would be new and what would change, in words.
    samples = models.JSONField(default=dict)
    # Somebody applied it, and what was found then was not what they had seen.
    is_moved = models.BooleanField(default=False)
    # Time at work, pauses left out.
    read_ms = models.PositiveBigIntegerField(default=0)
    check_ms = models.PositiveBigIntegerField(default=0)
    apply_ms = models.PositiveBigIntegerField(default=0)
    made_at = models.DateTimeField()
    beat_at = models.DateTimeField()
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT,
        related_name="+",
    )  # fmt: skip
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["stall", "-id"], name="import_by_stall"),
            models.Index(
                fields=["beat_at"],
                condition=Q(state__in=["reading", "checking", "applying"]),
                name="import_at_work",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(bytes_read__lte=F("file_bytes")), name="import_reads_its_file"
            ),
        ]


class ImportPart(models.Model):
    """A piece of an uploaded file; the database keeps it, so that any machine's worker can read."""

    run = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="import_part_once"),
        ]


class ImportFault(models.Model):
    """One thing wrong in a file: the row as a spreadsheet counts it, the column, what stands there.

    `is_of_check` tells those that were found by holding the rows against the fair: they are found
    anew with every check.
    """

    run = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="faults")
    row = models.PositiveIntegerField()
    column = models.CharField(max_length=60)
    value = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=20)
    allowed = models.CharField(max_length=120, blank=True)
    is_of_check = models.BooleanField(default=False)

    class Meta:
        ordering = ["row", "id"]
        indexes = [models.Index(fields=["run", "row"], name="import_fault_by_row")]
