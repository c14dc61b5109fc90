"""The live room."""

import secrets
from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from chophien.apps.broadcast.selectors import find_on_air
from chophien.apps.comment_orders.selectors import list_codes
from chophien.apps.live.selectors import (
    count_left,
    find_complaint,
    find_room,
    list_open_drops,
    list_taken_drops,
    list_utterances,
)
from chophien.apps.live.services import ComplaintDraft, complain
from chophien.apps.programme.selectors import list_run_of_show
from chophien.apps.vetting.selectors import find_halt, list_warnings_shown
from chophien.web.fair.chat import build_chat
from chophien.web.fair.draws import build_draw
from chophien.web.fair.forms import ComplaintForm
from chophien.web.fair.replays import build_replay, may_replay
from chophien.web.shared.clock import now
from chophien.web.shared.coupons import build_coupon_cards, load_coupon_names
from chophien.web.shared.goods import SkuCard, build_sku_cards, find_reader
from chophien.web.shared.people import find_user_id
from chophien.web.shared.video import find_live, find_replay

if TYPE_CHECKING:
    from chophien.apps.live.models import Room
    from chophien.apps.programme.models import Show
    from chophien.apps.promotions.buyers import Buyer

CAPTIONS_SHOWN = 3
DROPS_SHOWN = 2
TOKEN_BYTES = 15


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
        | build_draw(request, room, at)
        | {
            "captions": list_utterances(room.id, count_max=CAPTIONS_SHOWN),
            "complaint_form": ComplaintForm(),
            "chat": build_chat(request, room, at),
            "video": find_live(request, room.id),
            "absence": _judge_absence(room.show, at),
        }
    )
    if may_replay(request, _judge_state(room.show, at)):
        context |= build_replay(request, room, at)
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
        "state": _judge_state(show, at),
        "halt": find_halt(show.pk, show.host_id),
        "safety": list_warnings_shown(show.pk, at),
        "shelf": [card for card in cards if _is_offered(card)],
        "codes": list_codes(room.pk),
        "pinned": next((card for card in cards if card.sku.id == room.pinned_id), None),
    }


def _is_offered(card: SkuCard) -> bool:
    product = card.sku.product
    return product.state == product.State.PUBLISHED


def _judge_absence(show: "Show", at: datetime) -> str:
    """Why there is no picture of a host who is a person: `not_yet` or `off`; empty if there is."""
    if show.host.is_ai:
        return ""
    told = find_on_air(show.id, at)
    if told is None or told.state == "waiting":
        return "not_yet"
    return "off" if told.state == "ended" else ""


def _judge_state(show: "Show", at: datetime) -> str:
    if show.cancelled_at is not None:
        return "cancelled"
    if find_halt(show.pk, show.host_id) is not None:
        return "stopped"
    if at < show.starts_at:
        return "coming"
    return "on_air" if at < show.ends_at else "ended"


@never_cache
@require_GET
def tell_video(request: HttpRequest, show_id: int) -> JsonResponse:
    """Where the room's video is: what an open page asks for before its address is over."""
    room = find_room_or_404(show_id)
    state = _judge_state(room.show, now())
    if may_replay(request, state):
        found = find_replay(request, show_id)
    elif state in {"stopped", "cancelled"}:
        raise Http404
    else:
        found = find_live(request, room.id)
    return JsonResponse({"url": found.url, "good_s": found.good_s})


@require_POST
def file_complaint(request: HttpRequest, show_id: int) -> HttpResponse:
    """Take a viewer's complaint, during a show and after it."""
    room = find_room_or_404(show_id)
    form = ComplaintForm(request.POST)
    if not form.is_valid():
        return render(request, "fair/complaint.html", {"form": form, "room": room}, status=400)
    complaint = complain(
        room_id=room.id,
        draft=ComplaintDraft(
            text=form.cleaned_data["text"],
            contact=form.cleaned_data["contact"],
            token=secrets.token_urlsafe(TOKEN_BYTES),
            user_id=find_user_id(request),
            about_at=form.cleaned_data["about_at"],
        ),
        at=now(),
    )
    messages.success(request, _("Your complaint has reached the organiser. Thank you."))
    return redirect("followed_complaint", complaint.token)


@never_cache
@require_GET
def follow_complaint(request: HttpRequest, token: str) -> HttpResponse:
    """Where a complaint stands, for whoever has its number."""
    complaint = find_complaint(token)
    if complaint is None:
        raise Http404
    context = {"complaint": complaint, "is_late": complaint.due_at < now()}
    return render(request, "fair/complaint_followed.html", context)
