"""A host's own safety warnings, shown in the room for a while."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from chophien.apps.bus.services import publish
from chophien.apps.programme.models import Show
from chophien.apps.vetting.models import SafetyWarning
from chophien.domain.limits import SAFETY_WARNING_CHARS_MAX, SAFETY_WARNING_TIME_MAX
from chophien.wire.events import SafetyWarned, room_channel


class WarningError(ValueError):
    """A warning that cannot be shown: `text`, `time` or `show`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningDraft:
    text: str
    lasts: timedelta


@transaction.atomic
def warn_viewers(*, show_id: int, draft: WarningDraft, by_id: int, at: datetime) -> SafetyWarning:
    """Show a warning in the room; the one before ends. Locks the show.

    Raises:
        WarningError: no text or too long, no time or too long, no such show.
    """
    text = " ".join(draft.text.split())
    if not 1 <= len(text) <= SAFETY_WARNING_CHARS_MAX:
        raise WarningError("text")
    if not timedelta() < draft.lasts <= SAFETY_WARNING_TIME_MAX:
        raise WarningError("time")
    shows = Show.objects.select_for_update(of=["self"]).select_related("room")
    show = shows.filter(id=show_id).first()
    if show is None:
        raise WarningError("show")
    _end(show_id, at)
    warning = SafetyWarning.objects.create(
        show_id=show_id, text=text, shown_at=at, ends_at=at + draft.lasts, made_by_id=by_id
    )
    event = SafetyWarned(room_id=show.room.id, ends_at=warning.ends_at)
    publish(room_channel(show.room.id), event)
    return warning


@transaction.atomic
def end_warning(*, show_id: int, at: datetime) -> bool:
    """Take the warning off the room; `False` when none is shown."""
    if not _end(show_id, at):
        return False
    room = Show.objects.select_related("room").get(id=show_id).room
    publish(room_channel(room.id), SafetyWarned(room_id=room.id, ends_at=at))
    return True


def _end(show_id: int, at: datetime) -> int:
    shown = SafetyWarning.objects.filter(show_id=show_id, shown_at__lte=at, ends_at__gt=at)
    return shown.update(ends_at=at)
