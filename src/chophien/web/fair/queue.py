"""The page of a waiting room: one's place, how long it takes, and the proof of the draw."""

import secrets
from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
    StreamingHttpResponse,
)
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from chophien.apps.admission.selectors import find_proof, find_room
from chophien.apps.admission.services import join
from chophien.domain.limits import TURN_TIME
from chophien.web.fair.puzzles import Early, NotTaken, Taken, give_patience, take_answer
from chophien.web.shared.clock import now
from chophien.web.shared.goods import build_sku_cards, find_reader
from chophien.web.shared.people import find_user_id
from chophien.web.shared.proofs import render_proof
from chophien.web.shared.waiting import find_place

if TYPE_CHECKING:
    from datetime import datetime

    from chophien.apps.admission.models import WaitingRoom

ENTRY_BYTES = 8
NOT_LOGGED_IN = 401
# How often a page without scripts reads itself anew.
AGAIN_S = 15


def _find_room_or_404(room_id: int) -> "WaitingRoom":
    room = find_room(room_id)
    if room is None:
        raise Http404
    return room


@never_cache
@require_GET
def show_queue(request: HttpRequest, room_id: int) -> HttpResponse:
    """Where the person stands, what happens next, and what the room is for."""
    room = _find_room_or_404(room_id)
    at = now()
    user_id = find_user_id(request)
    skus = [row.sku for row in room.goods.all()]
    place = find_place(room, user_id=user_id, at=at)
    needs_puzzle = user_id is not None and room.is_proof_of_work
    context = {
        "room": room,
        "festival": room.festival,
        "place": place,
        "cards": build_sku_cards(
            skus, festival=room.festival, at=at, reader=find_reader(request), show_id=None
        ),
        "patience": give_patience(request, room) if needs_puzzle else "",
        "turn_minutes": TURN_TIME.seconds // 60,
        "again_s": AGAIN_S,
        "next": _find_next(request),
    }
    return render(request, "fair/queue.html", context)


def _find_next(request: HttpRequest) -> str:
    """Where the person came from and goes on to, if it is a place of this site."""
    target = request.POST.get("next") or request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()})
    return target if is_ours else ""


@require_POST
def join_queue(request: HttpRequest, room_id: int) -> HttpResponse:
    """Take a place with a press; a guest logs in first and comes back to the room."""
    room = _find_room_or_404(room_id)
    here = reverse("queue", args=[room_id])
    if following := _find_next(request):
        here += f"?{urlencode({'next': following})}"
    user_id = find_user_id(request)
    if user_id is None:
        return redirect_to_login(here)
    refusal = _join(room, user_id, request.POST.get("answer", ""), now())
    if refusal:
        messages.error(request, refusal)
    return redirect(here)


@transaction.atomic
def _join(room: "WaitingRoom", user_id: int, answer: str, at: "datetime") -> str:
    """Give a place; why not, where an answer to the puzzle is missing."""
    place = find_place(room, user_id=user_id, at=at)
    if not place.is_in or place.state == "over":
        match take_answer(room, user_id, answer):
            case Early(wait_s=wait_s):
                return _("Please wait %(seconds)d more seconds, then press the button again.") % {
                    "seconds": wait_s
                }
            case NotTaken():
                return _("That took too long. Press the button once more.")
            case Taken():
                pass
    join(room_id=room.pk, user_id=user_id, entry=secrets.token_hex(ENTRY_BYTES), at=at)
    return ""


@never_cache
@require_GET
def tell_ticket(request: HttpRequest, room_id: int) -> JsonResponse:
    """The ticket with which the lane knows the person's place; an invitation before joining."""
    room = _find_room_or_404(room_id)
    user_id = find_user_id(request)
    if user_id is None:
        return JsonResponse({"outcome": "log_in"}, status=NOT_LOGGED_IN)
    place = find_place(room, user_id=user_id, at=now())
    return JsonResponse(
        {
            "outcome": "ticket",
            "ticket": place.ticket,
            "state": place.state,
            "is_in": place.is_in,
            "turn_at": None if place.turn_at is None else place.turn_at.isoformat(),
        }
    )


@never_cache
@require_GET
def show_proof(request: HttpRequest, room_id: int) -> HttpResponseBase:
    """Everything with which the draw can be checked; there is none before it."""
    proof = find_proof(room_id)
    if proof is None:
        raise Http404
    response = StreamingHttpResponse(
        render_proof(proof), content_type="application/json; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="queue-{room_id}.json"'
    return response
