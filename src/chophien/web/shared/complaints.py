"""Complaints as the organiser sees them: with the moment of the show that they are about."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chophien.apps.live.selectors import find_recorded_ms

if TYPE_CHECKING:
    from chophien.apps.live.models import Complaint

SECOND_MS = 1_000
LEAD_S = 15  # so long before the moment one begins to look: what led to it matters


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintRow:
    complaint: "Complaint"
    into_show_s: int
    """How far into the show it was, by the programme; below zero before its start."""
    recorded_s: int | None
    """From where to look in the recording, if there is one."""

    @property
    def clock(self) -> str:
        """How far into the show, as `1:02:03`."""
        minutes, seconds = divmod(max(self.into_show_s, 0), 60)
        return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"


def build_complaint(complaint: "Complaint") -> ComplaintRow:
    """One complaint with where to find its moment."""
    show = complaint.room.show
    about_at = complaint.about_at or complaint.made_at
    recorded_ms = find_recorded_ms(show.pk, about_at)
    return ComplaintRow(
        complaint=complaint,
        into_show_s=int((about_at - show.starts_at).total_seconds()),
        recorded_s=None if recorded_ms is None else max(recorded_ms // SECOND_MS - LEAD_S, 0),
    )
