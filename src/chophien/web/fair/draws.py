"""Draws in a room: the card, taking part, being there, the proof, and what was won."""

import secrets
import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    JsonResponse,
    StreamingHttpResponse,
)
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chophien.apps.draws.joining import BadNumberError, Joined, join, watch
from chophien.apps.draws.selectors import (
    find_celebrated,
    find_countdown,
    find_draw,
    find_shown_draw,
    find_standing,
    find_win,
    is_overdue,
    list_draws,
    list_taking_part,
    list_wins,
    list_wins_of,
    list_wins_of_draws,
)
from chophien.apps.draws.wins import Claim, Claimed, NoAddress, NotYours, OutOfTime, claim
from chophien.apps.live.selectors import find_room
from chophien.apps.orders.addresses import TooManyAddressesError, find_address, save_address
from chophien.apps.orders.selectors import find_order_by_key
from chophien.apps.sellers.selectors import find_stall
from chophien.domain.limits import WATCH_PING_S
from chophien.domain.lucky import is_number
from chophien.web.fair.addresses import list_own_addresses, pick_address
from chophien.web.fair.forms import AddressForm
from chophien.web.shared.clock import now
from chophien.web.shared.draw_proofs import render_proof
from chophien.web.shared.draw_words import (
    describe_asks,
    describe_countdown,
    describe_milestone,
    mask_person,
)
from chophien.web.shared.people import find_user_id, get_user

if TYPE_CHECKING:
    from chophien.apps.draws.models import Draw, Win
    from chophien.apps.live.models import Room

DRAWS_SHOWN = 50
NUMBER_BYTES = 16
TOKEN_BYTES = 15
# Long enough that a late ping, and its answer, still count.
PINGED_SLACK = timedelta(seconds=2)


def _find_room(show_id: int) -> "Room":
    room = find_room(show_id)
    if room is None:
        raise Http404
    return room


# ---------------------------------------------------------------- the card in the room


def build_draw(request: HttpRequest, room: "Room", at: datetime) -> dict[str, object]:
    """What a room shows of its draw, its countdown and what was passed just now."""
    user_id = find_user_id(request)
    drawing = find_shown_draw(room.pk, at)
    countdown = find_countdown(room.pk, at)
    celebrated = find_celebrated(room.show_id, at)
    return {
        "show": room.show,
        "drawing": drawing,
        "card": None if drawing is None else _build_card(drawing, user_id, at),
        "countdown": countdown,
        "countdown_text": "" if countdown is None else describe_countdown(countdown),
        "celebrated": celebrated,
        "celebrated_text": "" if celebrated is None else describe_milestone(celebrated.measure),
        "watch_ping_s": WATCH_PING_S,
        # What the device keeps its number under: one for each account on a shared tablet.
        "watch_key": salted_hmac("chophien.watch", str(user_id), algorithm="sha256").hexdigest()[
            :12
        ],
    }


def _build_card(drawing: "Draw", user_id: int | None, at: datetime) -> dict[str, object]:
    rule = drawing.asks
    stall = None if rule.stall_id is None else find_stall(rule.stall_id)
    standing = None if user_id is None else find_standing(drawing, user_id, at)
    missing = rule.asks if standing is None else standing.missing
    watched_s = 0 if standing is None else standing.watched_s
    wins = list(list_wins(drawing.pk)) if drawing.state == "drawn" else []
    return {
        "asks": describe_asks(rule, stall=stall, missing=missing, watched_s=watched_s),
        "standing": standing,
        "is_in": standing is not None and not missing,
        "is_tap": rule.is_tap,
        "has_tapped": standing is not None and standing.entrant is not None,
        "is_overdue": is_overdue(drawing, at),
        "winners": [mask_person(win.entrant.user) for win in wins if win.state != "passed_on"],
    }


@never_cache
@require_GET
def show_draw(request: HttpRequest, show_id: int) -> HttpResponse:
    """The card alone: what an open page fetches when it hears of a change."""
    room = _find_room(show_id)
    return render(request, "fair/_draw.html", build_draw(request, room, now()))


@require_POST
def join_draw(request: HttpRequest, show_id: int, draw_id: int) -> HttpResponse:
    """Take part by a tap; a guest logs in and comes back to the room."""
    user_id = find_user_id(request)
    room = reverse("room", args=[show_id])
    if user_id is None:
        return redirect_to_login(room)
    drawing = find_draw(draw_id)
    if drawing is None or drawing.room.show_id != show_id:
        raise Http404
    if _join(drawing, user_id, request.POST.get("number", "")):
        messages.success(request, _("You take part. There is nothing else to do here."))
    else:
        messages.warning(request, _("This draw has closed. Perhaps the next one?"))
    return redirect(room)


def _join(drawing: "Draw", user_id: int, number: str) -> bool:
    """Join under the device's own number; without a script, or if taken, under one of the fair."""
    at = now()
    if is_number(number):
        mine = join(draw_id=drawing.pk, user_id=user_id, number=number, is_from_device=True, at=at)
        if isinstance(mine, Joined):
            return True
    made = secrets.token_hex(NUMBER_BYTES)
    ours = join(draw_id=drawing.pk, user_id=user_id, number=made, is_from_device=False, at=at)
    return isinstance(ours, Joined)


@require_POST
def here(request: HttpRequest, show_id: int) -> HttpResponse:
    """Note that this person is watching now; answers how long they have."""
    user_id = find_user_id(request)
    if user_id is None:
        return JsonResponse({"outcome": "log_in"}, status=403)
    room = _find_room(show_id)
    at = now()
    if not room.show.starts_at <= at < room.show.ends_at + PINGED_SLACK:
        return JsonResponse({"outcome": "off_air"}, status=409)
    try:
        watched_ms = watch(
            show_id=show_id, user_id=user_id, number=request.POST.get("number", ""), at=at
        )
    except BadNumberError as fault:
        return JsonResponse({"outcome": "bad_number", "detail": str(fault)}, status=400)
    return JsonResponse({"watched_s": watched_ms // 1_000})


# ---------------------------------------------------------------- checking


@never_cache
@require_GET
def show_draws(request: HttpRequest, show_id: int) -> HttpResponse:
    """Every draw that was announced in a room, with all that is needed to check it."""
    room = _find_room(show_id)
    at = now()
    drawings = list(list_draws(room.pk)[:DRAWS_SHOWN])
    winners: dict[int, list[str]] = {}
    for win in list_wins_of_draws([each.pk for each in drawings]):
        if win.state != "passed_on":
            winners.setdefault(win.draw_id, []).append(mask_person(win.entrant.user))
    user_id = find_user_id(request)
    rows = [
        {
            "drawing": each,
            "winners": winners.get(each.pk, []),
            "is_overdue": is_overdue(each, at),
            "standing": None if user_id is None else find_standing(each, user_id, at),
        }
        for each in drawings
    ]
    return render(request, "fair/draws.html", {"room": room, "show": room.show, "rows": rows})


@never_cache
@require_GET
def show_draw_proof(request: HttpRequest, show_id: int, draw_id: int) -> StreamingHttpResponse:
    """The file with which anybody works a draw out again; names receipts, not people."""
    drawing = find_draw(draw_id)
    if drawing is None or drawing.room.show_id != show_id or drawing.drawn_at is None:
        raise Http404
    entrants = list_taking_part(draw_id).iterator(chunk_size=2_000)
    pieces = render_proof(drawing, entrants, list(list_wins(draw_id)))
    return StreamingHttpResponse(
        pieces,
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="draw-{draw_id}.json"'},
    )


# ---------------------------------------------------------------- what was won


@never_cache
@login_required
@require_GET
def my_wins(request: HttpRequest) -> HttpResponse:
    """What a person has won, the latest first."""
    return render(request, "fair/wins.html", {"wins": list_wins_of(get_user(request).pk)[:50]})


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def my_win(request: HttpRequest, win_id: uuid.UUID) -> HttpResponse:
    """One's own win: where the prize goes, by when, and what became of it."""
    win = find_win(win_id, get_user(request).pk)
    if win is None:
        raise Http404
    addresses = list_own_addresses(request)
    form = AddressForm(request.POST if _types_address(request) else None)
    if request.method == "POST":
        address_id = _choose_address(request, form)
        if address_id is not None:
            return _claim(request, win, address_id)
    order = None if win.order is None else find_order_by_key(win.pk)
    context = {
        "win": win,
        "drawing": win.draw,
        "addresses": addresses,
        "chosen": pick_address(request, addresses),
        "form": form,
        "order": order,
        "is_open": win.state == "told" and now() < win.deadline_at,
    }
    return render(request, "fair/win.html", context, status=400 if form.errors else 200)


def _types_address(request: HttpRequest) -> bool:
    return request.method == "POST" and not request.POST.get("address")


def _choose_address(request: HttpRequest, form: AddressForm) -> int | None:
    """The saved address that was chosen, or the typed one, kept; `None`: the form says why not."""
    user_id = get_user(request).pk
    chosen = request.POST.get("address", "")
    if chosen:
        found = (
            find_address(user_id, int(chosen)) if chosen.isascii() and chosen.isdigit() else None
        )
        if found is None:
            raise Http404
        return found.pk
    if not form.is_valid():
        return None
    try:
        return save_address(user_id=user_id, address=form.get_address(), at=now()).pk
    except TooManyAddressesError:
        form.add_error(None, _("You keep as many addresses as one can. Remove one first."))
        return None


def _claim(request: HttpRequest, win: "Win", address_id: int) -> HttpResponse:
    asked = Claim(
        win_id=win.pk,
        user_id=get_user(request).pk,
        address_id=address_id,
        secret=secrets.token_bytes(TOKEN_BYTES),
    )
    match claim(asked, at=now()):
        case Claimed():
            messages.success(request, _("Thank you. Your prize will come to this address."))
        case OutOfTime():
            messages.warning(
                request,
                _("The time for this prize is over; it went to the next in the drawn order."),
            )
        case NoAddress() | NotYours():
            raise Http404
    return redirect("my_win", win.pk)
