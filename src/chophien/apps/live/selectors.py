"""Reading rooms."""

from datetime import datetime

from django.db.models import F, QuerySet

from chophien.apps.live.models import Complaint, Room, Utterance


def find_room(show_id: int) -> Room | None:
    return (
        Room.objects.filter(show_id=show_id)
        .select_related("show__host", "show__festival", "pinned__product__stall")
        .first()
    )


def list_rooms_on_air(at: datetime) -> QuerySet[Room]:
    return (
        Room.objects.filter(show__starts_at__lte=at, show__ends_at__gt=at)
        .select_related("show__host", "pinned__product__stall")
        .order_by("-show__starts_at", "id")
    )


def list_utterances(room_id: int, *, count_max: int) -> list[Utterance]:
    """What the host said last, oldest first."""
    latest = Utterance.objects.filter(room_id=room_id).order_by("-id")[:count_max]
    return list(reversed(latest))


def list_complaints() -> QuerySet[Complaint]:
    """Open ones first, then those answered last."""
    return Complaint.objects.select_related("room__show").order_by(
        F("answered_at").desc(nulls_first=True), "-made_at"
    )
