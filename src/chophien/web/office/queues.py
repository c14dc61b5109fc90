"""The organiser's waiting rooms: set up, watched while they fill, made faster or slower, closed."""

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chophien.apps.admission.selectors import (
    find_room,
    find_standing_room,
    is_sold_out,
    list_drop_skus,
    list_rooms,
)
from chophien.apps.admission.services import (
    RoomOpened,
    TakenElsewhere,
    TooLate,
    change_rate,
    close_room,
    open_room,
    open_standing_room,
)
from chophien.apps.festivals.selectors import get_current_festival
from chophien.domain.admission import to_us
from chophien.domain.draws import SEED_BYTES
from chophien.web.office.queue_forms import RateForm, RoomForm
from chophien.web.shared.clock import now
from chophien.web.shared.people import organisers_only

if TYPE_CHECKING:
    from datetime import datetime

    from chophien.apps.admission.models import WaitingRoom

SKUS_SHOWN = 60
RATE_FIRST = 50
SOON = timedelta(hours=2)


@organisers_only
@require_http_methods(["GET", "POST"])
def queues(request: HttpRequest) -> HttpResponse:
    """The festival's rooms, and a form for one more."""
    at = now()
    festival = get_current_festival(at)
    skus = list_drop_skus(festival.id, at, count_max=SKUS_SHOWN)
    opens_at = localtime(at + SOON).replace(minute=0, second=0, microsecond=0)
    form = RoomForm(
        request.POST or None,
        skus=skus,
        at=at,
        initial={"rate_per_s": RATE_FIRST, "opens_at": opens_at},
    )
    if request.method == "POST" and form.is_valid():
        outcome = open_room(form.get_plan(festival.id), seed=secrets.token_hex(SEED_BYTES), at=at)
        match outcome:
            case RoomOpened(room=room):
                messages.success(request, _("The room is announced. Its fingerprint is public."))
                return redirect("office_queue", room.pk)
            case TakenElsewhere():
                form.add_error("skus", _("Some of these goods have a room already."))
            case TooLate():
                form.add_error("opens_at", _("The opening has to be in the future."))
    standing = find_standing_room(festival.id)
    rate = RATE_FIRST if standing is None else standing.line.pace.rate_per_s
    context = {
        "festival": festival,
        "form": form,
        "rooms": [_describe(room, at) for room in list_rooms(festival.id)],
        "standing": standing,
        "standing_form": RateForm(initial={"rate_per_s": rate}, prefix="standing"),
    }
    return render(request, "office/queues.html", context, status=400 if form.errors else 200)


def _describe(room: "WaitingRoom", at: "datetime") -> dict[str, object]:
    """A room and how full it is."""
    pace = room.line.pace
    admitted = min(room.next_place, pace.count_admitted(to_us(at))) if room.drawn_at else 0
    return {
        "room": room,
        "rate": pace.rate_per_s,
        "admitted": admitted,
        "waiting": (room.next_place if room.drawn_at else room.entered) - admitted,
        "state": _judge(room, at),
    }


def _judge(room: "WaitingRoom", at: "datetime") -> str:
    if room.closed_at is not None:
        return "closed"
    if room.drawn_at is not None:
        return "open"
    return "coming" if at < room.opens_at else "drawing"


def _find_room_or_404(room_id: int) -> "WaitingRoom":
    room = find_room(room_id)
    if room is None:
        raise Http404
    return room


@organisers_only
@require_GET
def queue(request: HttpRequest, room_id: int) -> HttpResponse:
    """One room as it fills and empties."""
    room = _find_room_or_404(room_id)
    at = now()
    figures = _describe(room, at)
    context = {
        "festival": room.festival,
        "figures": figures,
        "room": room,
        "is_sold_out": not room.is_standing and is_sold_out(room.pk, at),
        "form": RateForm(initial={"rate_per_s": figures["rate"]}),
    }
    return render(request, "office/queue.html", context)


@organisers_only
@require_POST
def set_rate(request: HttpRequest, room_id: int) -> HttpResponse:
    """Admit faster or slower from now on."""
    room = _find_room_or_404(room_id)
    form = RateForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("That is no rate. It stays as it was."))
    elif room.closed_at is None:
        rate_per_s = form.cleaned_data["rate_per_s"]
        change_rate(room_id=room.pk, rate_per_s=rate_per_s, at=now())
        messages.success(request, _("%(rate)d a second from now on.") % {"rate": rate_per_s})
    return redirect("office_queue", room.pk)


@organisers_only
@require_POST
def close(request: HttpRequest, room_id: int) -> HttpResponse:
    """End the waiting: the goods are bought as always."""
    room = _find_room_or_404(room_id)
    close_room(room_id=room.pk, at=now())
    messages.success(request, _("The room is closed. Its goods are bought as always."))
    return redirect("office_queue", room.pk)


@organisers_only
@require_POST
def set_standing(request: HttpRequest) -> HttpResponse:
    """Make the festival's standing room, or give it another rate."""
    at = now()
    form = RateForm(request.POST, prefix="standing")
    if form.is_valid():
        room = open_standing_room(
            festival_id=get_current_festival(at).id,
            rate_per_s=form.cleaned_data["rate_per_s"],
            at=at,
        )
        messages.success(request, _("The standing room is set."))
        return redirect("office_queue", room.pk)
    messages.error(request, _("That is no rate. It stays as it was."))
    return redirect("office_queues")
