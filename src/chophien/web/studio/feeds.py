"""Linking a show to its comments on other platforms, for the host and the organiser."""

import secrets

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_POST

from chophien.apps.chat.outside.feeds import (
    FeedError,
    Link,
    add_feed,
    change_key,
    derive_signing_key,
    remove_feed,
    restart_feed,
)
from chophien.apps.chat.selectors import find_feed
from chophien.apps.chat.tasks import read_secrets
from chophien.web.shared.clock import now, read_real
from chophien.web.shared.numbers import parse_number
from chophien.web.studio.chat import Seat, take_seat
from chophien.wire.sealing import NONCE_BYTES

FAULTS: dict[str, Promise] = {
    "platform": lazy("Choose a platform."),
    "video": lazy("The id of the live video has letters and digits only: the end of its address."),
    "token": lazy("This platform needs a key: of the show, or of the installation."),
    "many": lazy("Five platforms are as many as one show takes."),
}


@login_required
@require_POST
def act(request: HttpRequest, show_id: int, action: str) -> HttpResponse:
    """Link, unlink, try again, show or change the key."""
    seat = take_seat(request, show_id, now())
    if not seat.may_name:
        raise PermissionDenied
    feed_id = parse_number(request.POST.get("feed", ""))
    room_id = seat.room.pk
    match action:
        case "add":
            _add(request, seat)
        case "remove":
            remove_feed(room_id=room_id, feed_id=feed_id)
            messages.success(request, _("No longer linked. What was said stays."))
        case "again":
            restart_feed(room_id=room_id, feed_id=feed_id, at=read_real())
        case "key" | "new-key":
            if action == "new-key":
                change_key(room_id=room_id, feed_id=feed_id)
            return _show_key(request, seat, feed_id)
        case _:
            raise Http404
    return redirect("studio_chat", show_id)


def _add(request: HttpRequest, seat: Seat) -> None:
    link = Link(
        platform=request.POST.get("platform", ""),
        label=request.POST.get("label", "")[:40],
        video_id=request.POST.get("video", "")[:200],
        token=request.POST.get("token", "")[:1_000],
    )
    try:
        add_feed(
            room_id=seat.room.pk, link=link, secrets=read_secrets(),
            nonce=secrets.token_bytes(NONCE_BYTES), by_id=seat.user_id, at=read_real(),
        )  # fmt: skip
    except FeedError as fault:
        messages.error(request, str(FAULTS[str(fault)]))
    else:
        messages.success(request, _("Linked. Comments come in while the chat is open."))


def _show_key(request: HttpRequest, seat: Seat, feed_id: int) -> HttpResponse:
    """The key of a partner's tool, shown when asked for and on no other page."""
    feed = find_feed(feed_id)
    if feed is None or feed.room_id != seat.room.pk:
        raise Http404
    context = {
        "show": seat.room.show,
        "feed": feed,
        "key": derive_signing_key(feed, settings.SECRET_KEY),
        "address": settings.PUBLIC_URL.rstrip("/") + reverse("hand_in_comments", args=[feed.pk]),
    }
    response = render(request, "studio/chat_key.html", context)
    response["Cache-Control"] = "no-store"
    return response
