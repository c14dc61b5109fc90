"""How many watch and watched a show, as the hub wrote it down."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from chophien.apps.live.models import ViewerCount, ViewerMinute
from chophien.domain.limits import DISTINCT_EXACT_MAX, VIEWERS_EVERY_S

# The hub writes more often: whatever is older is of a hub that does not run.
FRESH = timedelta(seconds=3 * VIEWERS_EVERY_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """The viewers of one show."""

    watching: int
    peak: int
    peak_at: datetime | None
    average: int
    """Over the show's own time, to a whole viewer."""
    viewers: int
    """Different ones."""
    is_estimated: bool
    """Whether `viewers` is an estimate, to some 1.6 %."""


NOBODY = Audience(watching=0, peak=0, peak_at=None, average=0, viewers=0, is_estimated=False)


def find_audience(room_id: int, *, real_at: datetime) -> Audience:
    """The viewers of a room; `NOBODY` before anybody came. `real_at` is not the fair's time."""
    count = ViewerCount.objects.filter(room_id=room_id).defer("sketch").first()
    if count is None:
        return NOBODY
    is_fresh = real_at - count.counted_at <= FRESH
    return Audience(
        watching=count.watching if is_fresh else 0,
        peak=count.peak,
        peak_at=count.peak_at,
        average=round_share(count.viewer_ms, count.counted_ms),
        viewers=count.viewers,
        is_estimated=count.viewers > DISTINCT_EXACT_MAX,
    )


def round_share(total: int, parts: int) -> int:
    """A share to the nearest whole, 0 of nothing."""
    return (total + parts // 2) // parts if parts else 0


def note_minute(*, at: datetime, real_at: datetime) -> int:
    """Write down how many watch each room that is on air at `at`; once for each minute.

    Returns how many rooms were noted. What the hub wrote too long ago counts as nobody.
    """
    counts = ViewerCount.objects.filter(
        room__show__starts_at__lte=at, room__show__ends_at__gt=at
    ).values_list("room_id", "watching", "counted_at")
    minute = at.replace(second=0, microsecond=0)
    noted = [
        ViewerMinute(
            room_id=room_id,
            starts_at=minute,
            watching=watching if real_at - counted_at <= FRESH else 0,
        )
        for room_id, watching, counted_at in counts
    ]
    ViewerMinute.objects.bulk_create(noted, ignore_conflicts=True)
    return len(noted)


def list_viewer_minutes(room_id: int) -> dict[datetime, int]:
    """How many watched a room, by the minute."""
    found = ViewerMinute.objects.filter(room_id=room_id).order_by("starts_at")
    return dict(found.values_list("starts_at", "watching"))
