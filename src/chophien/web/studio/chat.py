"""The moderators' desk of a room: for the host, the organiser, and who was named for the show."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from chophien.apps.chat import services
from chophien.apps.chat.selectors import (
    count_chat,
    find_notice,
    find_rules,
    is_moderator,
    list_feeds,
    list_messages,
    list_moderated,
    list_moderators,
    list_mutes,
    list_reasons,
    list_reported,
    list_words,
)
from chophien.apps.chat.services import ChatError, Span
from chophien.apps.live.selectors import find_room
from chophien.web.fair.chat import REASONS
from chophien.web.shared.clock import now
from chophien.web.shared.numbers import parse_number
from chophien.web.shared.people import get_user, is_organiser

if TYPE_CHECKING:
    from chophien.apps.live.models import Room

SHOWN_MAX = 60
HELD_MAX = 30
TEXT_CHARS_MAX = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """Who sits at a room's desk, and what that person may do there."""

    room: "Room"
    user_id: int
    may_name: bool
    """Name moderators, link platforms: the host and the organiser, not a moderator."""
    may_everywhere: bool
    """Decide for the whole festival: the organiser."""


def take_seat(request: HttpRequest, show_id: int, at: datetime) -> Seat:
    """The room's desk, for who may sit at it.

    Raises:
        Http404: there is no such show.
        PermissionDenied: somebody else's, or a moderator's whose show is over.
    """
    room = find_room(show_id)
    if room is None:
        raise Http404
    user = get_user(request)
    organises = is_organiser(user)
    leads = organises or room.show.host.person_id == user.pk
    if not leads and not is_moderator(room, user.pk, at):
        raise PermissionDenied
    return Seat(room=room, user_id=user.pk, may_name=leads, may_everywhere=organises)


@login_required
@never_cache
@require_GET
def show_chat(request: HttpRequest, show_id: int) -> HttpResponse:
    """What is said now, what waits for a decision, and the rules."""
    at = now()
    seat = take_seat(request, show_id, at)
    room = seat.room
    text = request.GET.get("q", "").strip()[:TEXT_CHARS_MAX]
    state = request.GET.get("state", "")
    reported = list(list_reported(room.pk)[:HELD_MAX])
    context = {
        "seat": seat, "room": room, "show": room.show, "at": at, "text": text, "state": state,
        "numbers": count_chat(room.pk),
        "held": list_messages(room.pk, state="held")[:HELD_MAX],
        "reported": reported,
        "reasons": list_reasons([message.pk for message in reported]),
        "reason_names": dict(REASONS),
        "stream": list_messages(room.pk, text=text, state=state)[:SHOWN_MAX],
        "rules": find_rules(room.pk),
        "notice": find_notice(room.pk),
        "words": list_words(room),
        "mutes": list_mutes(room, at),
        "moderators": list_moderators(room.pk),
        "feeds": list_feeds(room.pk),
    }  # fmt: skip
    return render(request, "studio/chat.html", context)


@login_required
@require_GET
def moderated(request: HttpRequest) -> HttpResponse:
    """The shows in which somebody who is no host keeps order."""
    rooms = [each.room for each in list_moderated(get_user(request).pk, now())]
    return render(request, "studio/moderated.html", {"rooms": rooms})


@login_required
@require_POST
def act(request: HttpRequest, show_id: int, action: str) -> HttpResponse:
    """Do one thing at the desk, and say what became of it."""
    at = now()
    seat = take_seat(request, show_id, at)
    doing = ACTIONS.get(action)
    if doing is None:
        raise Http404
    try:
        said = doing(request, seat, at)
    except ChatError as fault:
        messages.error(request, str(FAULTS.get(str(fault), FAULTS["message"])))
    else:
        messages.success(request, str(said))
    return redirect("studio_chat", show_id)


def _read_message(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("message", ""))
    except ValueError as fault:
        raise ChatError("message") from fault


def _remove(request: HttpRequest, seat: Seat, at: datetime) -> str:
    services.remove_message(
        room_id=seat.room.pk, message_id=_read_message(request),
        why=request.POST.get("why", ""), by_id=seat.user_id, at=at,
    )  # fmt: skip
    return _("Taken out. “Bring back” undoes it.")


def _show(request: HttpRequest, seat: Seat, at: datetime) -> str:
    services.show_message(
        room_id=seat.room.pk, message_id=_read_message(request), by_id=seat.user_id, at=at
    )
    return _("Everybody sees it now.")


def _keep(request: HttpRequest, seat: Seat, at: datetime) -> str:
    services.close_reports(
        room_id=seat.room.pk, message_id=_read_message(request), by_id=seat.user_id, at=at
    )
    return _("It stays. The reports are closed.")


def _mute(request: HttpRequest, seat: Seat, at: datetime) -> str:
    span = Span(request.POST.get("span", "")) if request.POST.get("span") in SPANS else Span.SHORT
    if span is Span.FESTIVAL and not seat.may_everywhere:
        raise PermissionDenied
    mute = services.mute_writer(
        room=seat.room, message_id=_read_message(request), span=span, by_id=seat.user_id, at=at
    )
    return _("%(name)s is muted.") % {"name": mute.name}


def _unmute(request: HttpRequest, seat: Seat, at: datetime) -> str:
    mute_id = parse_number(request.POST.get("mute", ""))
    if (
        not seat.may_everywhere
        and not list_mutes(seat.room, at).filter(id=mute_id, room=seat.room).exists()
    ):
        raise PermissionDenied
    services.lift_mute(room=seat.room, mute_id=mute_id, by_id=seat.user_id, at=at)
    return _("May write again.")


def _set_rules(request: HttpRequest, seat: Seat, at: datetime) -> str:
    services.set_rules(
        room_id=seat.room.pk,
        slow_s=parse_number(request.POST.get("slow", "0")),
        is_closed=request.POST.get("closed") == "1",
        links=request.POST.get("links", ""),
        by_id=seat.user_id,
        at=at,
    )
    return _("The rules hold from now on.")


def _add_word(request: HttpRequest, seat: Seat, at: datetime) -> str:
    is_everywhere = request.POST.get("everywhere") == "1"
    if is_everywhere and not seat.may_everywhere:
        raise PermissionDenied
    services.add_word(
        room=seat.room, phrase=request.POST.get("phrase", "")[:200],
        action=request.POST.get("action", ""), is_everywhere=is_everywhere,
        by_id=seat.user_id, at=at,
    )  # fmt: skip
    return _("Listed.")


def _drop_word(request: HttpRequest, seat: Seat, at: datetime) -> str:
    del at
    dropped = services.drop_word(
        room=seat.room, word_id=parse_number(request.POST.get("word", "")),
        may_everywhere=seat.may_everywhere,
    )  # fmt: skip
    if dropped is None:
        raise PermissionDenied
    return _("“%(phrase)s” is off the list.") % {"phrase": dropped.phrase}


def _pin(request: HttpRequest, seat: Seat, at: datetime) -> str:
    text = request.POST.get("text", "")[:1_000]
    services.pin_notice(room_id=seat.room.pk, text=text, by_id=seat.user_id, at=at)
    return _("The notice stands on top.") if text.strip() else _("The notice is taken down.")


def _name(request: HttpRequest, seat: Seat, at: datetime) -> str:
    _require_lead(seat)
    named = services.name_moderator(
        room_id=seat.room.pk, username=request.POST.get("person", "")[:150], by_id=seat.user_id,
        at=at,
    )  # fmt: skip
    return _("%(name)s keeps order here until the show is over.") % {"name": named.user.username}


def _end(request: HttpRequest, seat: Seat, at: datetime) -> str:
    del at
    _require_lead(seat)
    services.end_moderator(
        room_id=seat.room.pk, moderator_id=parse_number(request.POST.get("moderator", ""))
    )
    return _("No longer a moderator here.")


def _require_lead(seat: Seat) -> None:
    """Moderators appoint nobody."""
    if not seat.may_name:
        raise PermissionDenied


SPANS = {span.value for span in Span}
ACTIONS: dict[str, Callable[[HttpRequest, Seat, datetime], str]] = {
    "remove": _remove,
    "show": _show,
    "keep": _keep,
    "mute": _mute,
    "unmute": _unmute,
    "rules": _set_rules,
    "add-word": _add_word,
    "drop-word": _drop_word,
    "notice": _pin,
    "name": _name,
    "end": _end,
}
FAULTS: dict[str, Promise] = {
    "message": lazy("There is no such message here."),
    "exempt": lazy("Hosts and moderators are not muted."),
    "slow": lazy("Slow mode goes from 0 to 300 seconds."),
    "links": lazy("Choose what happens to links."),
    "phrase": lazy("A listed word has letters, at most 40."),
    "action": lazy("Choose what happens to the word."),
    "full": lazy("The list is full: 1,000 words."),
    "notice": lazy("A notice has at most 160 signs."),
    "person": lazy("Nobody is called so, or keeps order here already."),
}
