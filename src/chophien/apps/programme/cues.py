"""A producer's cues to the host: sent, seen, kept."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from chophien.apps.bus.services import publish
from chophien.apps.programme.models import Cue, Segment, Show
from chophien.domain.limits import CUE_CHARS_MAX, CUES_OPEN_MAX
from chophien.wire.events import Cued, room_channel


class CueError(ValueError):
    """A cue that cannot be sent: `kind`, `text`, `sku`, `many` or `show`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CueDraft:
    """What to tell the host; goods only where the kind is about goods."""

    kind: str
    text: str = ""
    sku_id: int | None = None


@transaction.atomic
def send_cue(*, show_id: int, draft: CueDraft, by_id: int, at: datetime) -> Cue:
    """Put a cue before the host's eyes. Locks the show's row, so that the bound holds.

    Raises:
        CueError: unknown kind; text that is empty or too long; goods that the show does not
            sell; `CUES_OPEN_MAX` unseen ones; no such show.
    """
    text = " ".join(draft.text.split())
    if draft.kind not in Cue.Kind.values:
        raise CueError("kind")
    if len(text) > CUE_CHARS_MAX or (draft.kind == Cue.Kind.TEXT and not text):
        raise CueError("text")
    shown = Segment.objects.filter(show_id=show_id, sku_id=draft.sku_id or 0)
    if draft.kind == Cue.Kind.PIN and not shown.exists():
        raise CueError("sku")
    show = Show.objects.select_for_update(of=["self"]).select_related("room").filter(id=show_id)
    found = show.first()
    if found is None:
        raise CueError("show")
    if list_open_cues(show_id).count() >= CUES_OPEN_MAX:
        raise CueError("many")
    cue = Cue.objects.create(
        show_id=show_id,
        kind=draft.kind,
        sku_id=draft.sku_id if draft.kind == Cue.Kind.PIN else None,
        text=text,
        sent_at=at,
        sent_by_id=by_id,
    )
    publish(room_channel(found.room.id), Cued(room_id=found.room.id))
    return cue


def see_cue(*, cue_id: int, show_id: int, by_id: int, at: datetime) -> bool:
    """The host has seen it; `False` when that was said before."""
    with transaction.atomic():
        cue = Cue.objects.filter(id=cue_id, show_id=show_id, seen_at__isnull=True)
        if not cue.update(seen_at=at, seen_by_id=by_id):
            return False
        room = Show.objects.select_related("room").get(id=show_id).room
        publish(room_channel(room.id), Cued(room_id=room.id))
        return True


def list_open_cues(show_id: int) -> QuerySet[Cue]:
    """What the host has not seen yet, the oldest first."""
    return list_cues(show_id).filter(seen_at__isnull=True).order_by("id")


def list_cues(show_id: int) -> QuerySet[Cue]:
    """Every cue of a show, the latest first."""
    return Cue.objects.filter(show_id=show_id).select_related("sku__product", "sent_by", "seen_by")
