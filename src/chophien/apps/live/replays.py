"""Deleting recordings: by rule and by the organiser, never while a complaint is open."""

from datetime import datetime, timedelta

from django.db import transaction

from chophien.apps.broadcast.models import Recording
from chophien.apps.broadcast.recordings import mark_deleted
from chophien.apps.live.models import Complaint

REASON_CHARS_MAX = 300
RULE = "retention"
BATCH = 100


class OpenComplaintError(RuntimeError):
    """Somebody complains of the show, and the recording may be what proves it."""


class StillOnAirError(RuntimeError):
    """The show is not over: its recording still grows."""


class ReasonError(ValueError):
    """No reason was given, or one that is longer than is kept."""


@transaction.atomic
def delete_recording(*, recording_id: int, reason: str, by_id: int, at: datetime) -> bool:
    """Delete what is kept of a show, and keep why; `False` when there is nothing any more.

    Raises:
        ReasonError: no reason, or too long.
        StillOnAirError: the show is not over.
        OpenComplaintError: a complaint of the show is open.
    """
    said = reason.strip()
    if not said or len(said) > REASON_CHARS_MAX:
        raise ReasonError(f"reason: needs 1 to {REASON_CHARS_MAX} characters")
    recording = Recording.objects.select_related("show").filter(id=recording_id).first()
    if recording is None:
        return False
    if recording.show.ends_at > at:
        raise StillOnAirError(f"show {recording.show_id} is not over")
    if Complaint.objects.filter(room__show_id=recording.show_id, answered_at__isnull=True).exists():
        raise OpenComplaintError(f"show {recording.show_id} has an open complaint")
    return mark_deleted(recording_id, reason=said, by_id=by_id, at=at)


def delete_old_recordings(*, days: int, at: datetime) -> int:
    """Delete what ended more than `days` ago, shows with open complaints left out.

    `at` is real time: a rehearsal must not delete anything.
    """
    complained = Complaint.objects.filter(answered_at__isnull=True).values("room__show_id")
    old = (
        Recording.objects.filter(
            deleted_at__isnull=True,
            ends_at__lt=at - timedelta(days=days),
            show__ends_at__lt=at,
        )
        .exclude(show_id__in=complained)
        .order_by("ends_at")
        .values_list("id", flat=True)[:BATCH]
    )
    return sum(mark_deleted(each, reason=RULE, by_id=None, at=at) for each in list(old))
