"""Replays: what a show that is over sold, where in its video, and what it costs today."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from chophien.apps.broadcast.selectors import (
    SoldAt,
    find_recording,
    list_chapters,
    list_replays,
    list_sold,
)
from chophien.apps.catalog.selectors import is_on_sale, list_skus
from chophien.web.shared.clock import now
from chophien.web.shared.goods import SkuCard, build_sku_cards, find_reader
from chophien.web.shared.people import is_organiser
from chophien.web.shared.video import find_replay, render_clock

if TYPE_CHECKING:
    from chophien.apps.live.models import Room
    from chophien.domain.chapters import Chapter

PAGE_REPLAYS = 24
QUERY_CHARS_MAX = 100
SECOND_MS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ChapterRow:
    """A place in the replay with its product."""

    seconds: int
    card: SkuCard
    sold: SoldAt | None
    """What buyers paid in the show; none when nobody bought."""
    is_on_sale: bool

    @property
    def clock(self) -> str:
        """`1:02:03`, below an hour `2:03`."""
        return render_clock(self.seconds)


def may_replay(request: HttpRequest, state: str) -> bool:
    """Whether one may see what is kept: all when it is over, the organiser what was stopped."""
    if state == "stopped":
        return request.user.is_authenticated and is_organiser(request.user)
    return state == "ended"


def build_replay(request: HttpRequest, room: "Room", at: datetime) -> dict[str, object]:
    """The video and its chapters, for a show of which something is kept; else nothing."""
    recording = find_recording(room.show_id)
    if recording is None:
        return {}
    chapters = list_chapters(recording)
    return {
        "replay": find_replay(request, room.show_id),
        "chapters": _build_chapters(request, room, list(chapters), at),
        "length": render_clock(recording.duration_ms // SECOND_MS),
    }


def _build_chapters(
    request: HttpRequest, room: "Room", chapters: "list[Chapter]", at: datetime
) -> list[ChapterRow]:
    skus = list_skus({chapter.sku_id for chapter in chapters})
    cards = build_sku_cards(
        skus, festival=room.show.festival, at=at, reader=find_reader(request), show_id=room.show_id
    )
    by_id = {card.sku.id: card for card in cards}
    sold = list_sold(room.show_id)
    return [
        ChapterRow(
            seconds=chapter.position_ms // SECOND_MS,
            card=by_id[chapter.sku_id],
            sold=sold.get(chapter.sku_id),
            is_on_sale=is_on_sale(by_id[chapter.sku_id].sku),
        )
        for chapter in chapters
        if chapter.sku_id in by_id
    ]


@require_GET
def list_all(request: HttpRequest) -> HttpResponse:
    """All replays, or those in which what is searched for was sold."""
    text = request.GET.get("q", "").strip()[:QUERY_CHARS_MAX]
    page = Paginator(list_replays(text, at=now()), PAGE_REPLAYS).get_page(request.GET.get("page"))
    rows = [
        {"recording": each, "length": render_clock(each.duration_ms // SECOND_MS)} for each in page
    ]
    return render(request, "fair/replays.html", {"page": page, "rows": rows, "text": text})
