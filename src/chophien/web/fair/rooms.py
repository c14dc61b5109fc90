"""The live room."""

import re
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from chophien.apps.live.selectors import (
    count_left,
    find_room,
    list_open_drops,
    list_taken_drops,
    list_utterances,
)
from chophien.apps.live.services import complain
from chophien.apps.programme.selectors import list_run_of_show
from chophien.web.fair.forms import ComplaintForm
from chophien.web.shared.clock import now
from chophien.web.shared.coupons import build_coupon_cards, load_coupon_names
from chophien.web.shared.goods import SkuCard, build_sku_cards, find_reader
from chophien.web.shared.people import find_user_id

if TYPE_CHECKING:
    from chophien.apps.live.models import Room
    from chophien.apps.promotions.buyers import Buyer

CAPTIONS_SHOWN = 3
DROPS_SHOWN = 2
PLAYLIST = "index.m3u8"
_NEIGHBOUR = re.compile(r'(?P<before>^|URI=")(?P<file>[\w-]+\.(?:m4s|mp4))', re.MULTILINE)


def find_room_or_404(show_id: int) -> "Room":
    room = find_room(show_id)
    if room is None:
        raise Http404
    return room


@never_cache
@require_GET
def show_room(request: HttpRequest, show_id: int) -> HttpResponse:
    """The video with what is pinned, and everything else that the show sells."""
    room = find_room_or_404(show_id)
    at = now()
    context = (
        _build_shelf(room, at, find_reader(request))
        | _build_drops(request, room, at)
        | {
            "captions": list_utterances(room.id, count_max=CAPTIONS_SHOWN),
            "complaint_form": ComplaintForm(),
        }
    )
    return render(request, "fair/room.html", context)


@never_cache
@require_GET
def show_pinned(request: HttpRequest, show_id: int) -> HttpResponse:
    """The pinned product alone: what an open page fetches when it hears of a change."""
    room = find_room_or_404(show_id)
    return render(request, "fair/_pinned.html", _build_shelf(room, now(), find_reader(request)))


@never_cache
@require_GET
def show_drop(request: HttpRequest, show_id: int) -> HttpResponse:
    """The coupons that fall now, alone: what an open page fetches when it hears of one."""
    room = find_room_or_404(show_id)
    return render(request, "fair/_drop.html", _build_drops(request, room, now()))


def _build_drops(request: HttpRequest, room: "Room", at: datetime) -> dict[str, object]:
    """The coupons that a viewer can take now, those that the viewer took being marked."""
    drops = list(list_open_drops(room.id, at)[:DROPS_SHOWN])
    coupons = [drop.coupon for drop in drops]
    names = load_coupon_names(coupons, currency=room.show.festival.currency)
    user_id = find_user_id(request)
    taken = list_taken_drops(user_id, [drop.id for drop in drops])
    cards = build_coupon_cards(coupons, user_id=user_id, names=names)
    return {
        "show": room.show,
        "drops": [
            {
                "drop": drop,
                "card": card,
                "left": count_left(drop),
                "is_taken": drop.id in taken or card.has_enough,
            }
            for drop, card in zip(drops, cards, strict=True)
        ],
    }


def _build_shelf(room: "Room", at: datetime, reader: "Buyer") -> dict[str, object]:
    show = room.show
    skus = [segment.sku for segment in list_run_of_show(show.id)]
    cards = build_sku_cards(skus, festival=show.festival, at=at, reader=reader, show_id=show.id)
    return {
        "room": room,
        "show": show,
        "festival": show.festival,
        "state": _judge_state(show.starts_at, show.ends_at, at),
        "shelf": [card for card in cards if _is_offered(card)],
        "pinned": next((card for card in cards if card.sku.id == room.pinned_id), None),
    }


def _is_offered(card: SkuCard) -> bool:
    product = card.sku.product
    return product.state == product.State.PUBLISHED


def _judge_state(starts_at: datetime, ends_at: datetime, at: datetime) -> str:
    if at < starts_at:
        return "coming"
    return "on_air" if at < ends_at else "ended"


@never_cache
@require_GET
def playlist(request: HttpRequest, room_id: int) -> HttpResponse:
    """The HLS playlist, never cached; segments beside it are static files that never change."""
    try:
        text = (settings.HLS_ROOT / str(room_id) / PLAYLIST).read_text()
    except FileNotFoundError as missing:
        raise Http404 from missing
    # The folder's playlist names its neighbours; here they get the address that serves them.
    folder = f"{settings.HLS_URL}{room_id}/"
    addressed = _NEIGHBOUR.sub(rf"\g<before>{folder}\g<file>", text)
    return HttpResponse(addressed, content_type="application/vnd.apple.mpegurl")


@require_POST
def file_complaint(request: HttpRequest, show_id: int) -> HttpResponse:
    """Take a viewer's complaint, during a show and after it."""
    room = find_room_or_404(show_id)
    form = ComplaintForm(request.POST)
    if not form.is_valid():
        return render(request, "fair/complaint.html", {"form": form, "room": room}, status=400)
    complain(
        room_id=room.id,
        text=form.cleaned_data["text"],
        contact=form.cleaned_data["contact"],
        user_id=find_user_id(request),
        at=now(),
    )
    messages.success(request, _("Your complaint has reached the organiser. Thank you."))
    return redirect("room", show_id)
