"""Reading what is kept of shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max, Min, QuerySet, Sum

from chophien.apps.broadcast.models import OnAir, PinnedMoment, Recording
from chophien.apps.catalog.selectors import search_skus
from chophien.apps.orders.models import OrderLine, StallOrder
from chophien.domain.chapters import Chapter, Pin, Recorded, find_chapters
from chophien.domain.limits import ON_AIR_STALE_S


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldAt:
    """What paid for a sku in a show: the lowest and the highest price of a unit, and how many."""

    unit_minor_min: int
    unit_minor_max: int
    units: int


def find_on_air(show_id: int, at: datetime) -> OnAir | None:
    """How the program of a show stands, if its media process told of it lately or ended it."""
    since = at - timedelta(seconds=ON_AIR_STALE_S)
    told = OnAir.objects.filter(show_id=show_id).first()
    if told is None or (told.state != OnAir.State.ENDED and told.reported_at < since):
        return None
    return told


def find_recording(show_id: int) -> Recording | None:
    """What is kept of a show, unless it was deleted."""
    return Recording.objects.filter(show_id=show_id, deleted_at__isnull=True).first()


def list_replays(text: str, *, at: datetime) -> QuerySet[Recording]:
    """Replays of shows that are over, the latest first.

    With words: of those in which goods that hold every one of them were pinned; diacritics and
    case do not matter.
    """
    found = (
        Recording.objects.filter(deleted_at__isnull=True, show__ends_at__lte=at)
        .select_related("show__host", "show__festival")
        .order_by("-starts_at", "-id")
    )
    skus = search_skus(text)
    if skus is None:
        return found
    pinned = PinnedMoment.objects.filter(sku__in=skus).values("show_id")
    return found.filter(show_id__in=pinned)


def list_all_recordings() -> QuerySet[Recording]:
    """All that is or was kept, the latest first."""
    return Recording.objects.select_related("show__host", "deleted_by").order_by(
        "-starts_at", "-id"
    )


def sum_kept_bytes() -> int:
    """Room that recordings take."""
    kept = Recording.objects.filter(deleted_at__isnull=True)
    return kept.aggregate(total=Sum("size_bytes"))["total"] or 0


def list_chapters(recording: Recording) -> Sequence[Chapter]:
    """Where each product stands in the replay, in order."""
    stretches = [
        Recorded(
            position_ms=each.position_ms, starts_at=each.starts_at, duration_ms=each.duration_ms
        )
        for each in recording.stretches.order_by("position_ms")
    ]
    pins = PinnedMoment.objects.filter(show_id=recording.show_id).order_by("pinned_at", "id")
    return find_chapters(stretches, [Pin(sku_id=pin.sku_id, at=pin.pinned_at) for pin in pins])


def list_sold(show_id: int) -> dict[int, SoldAt]:
    """By sku what was paid for in a show; what was never paid was not sold."""
    rows = (
        OrderLine.objects.filter(show_id=show_id, stall_order__state=StallOrder.State.PAID)
        .exclude(price_kind__in=[OrderLine.DEPOSIT, "gift"])
        .values("sku_id")
        .annotate(low=Min("unit_minor"), high=Max("unit_minor"), units=Sum("quantity"))
    )
    return {
        row["sku_id"]: SoldAt(
            unit_minor_min=row["low"], unit_minor_max=row["high"], units=row["units"]
        )
        for row in rows
    }
