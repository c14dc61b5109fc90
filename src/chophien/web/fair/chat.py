"""A room's chat as its viewers have it, and their orders by comment."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chophien.apps.chat.selectors import count_likes, find_notice, find_rules, list_last_shown
from chophien.apps.chat.services import ChatError, report_message
from chophien.apps.comment_orders.selectors import (
    count_left,
    find_draft,
    judge,
    list_codes,
    list_open_drafts,
)
from chophien.apps.comment_orders.services import (
    Confirmed,
    ConfirmOutcome,
    NotOffered,
    Over,
    SoldOut,
    confirm_draft,
    drop_draft,
)
from chophien.apps.live.selectors import find_room
from chophien.domain.limits import CHAT_OPEN_AROUND
from chophien.web.shared.carts import make_request_cart, remember_cart
from chophien.web.shared.clock import now
from chophien.web.shared.device import device_of
from chophien.web.shared.people import find_user_id

if TYPE_CHECKING:
    from chophien.apps.comment_orders.models import DraftOrder
    from chophien.apps.live.models import Room

REASONS = (
    ("rude", lazy("It is rude or hurts somebody")),
    ("fraud", lazy("It cheats or leads away from the fair")),
    ("spam", lazy("It is advertising or nonsense")),
    ("private", lazy("It tells something private")),
    ("other", lazy("Something else")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftCard:
    """A draft as its writer sees it, and how many units are left."""

    draft: "DraftOrder"
    left: int


def list_writers(request: HttpRequest) -> list[str]:
    """The keys by which the chat knows whoever asks: the account, and the device."""
    user_id, device = find_user_id(request), device_of(request)
    keys = [f"u:{user_id}"] if user_id is not None else []
    return [*keys, f"g:{device}"] if device else keys


def build_chat(request: HttpRequest, room: "Room", at: datetime) -> dict[str, object]:
    """What `fair/_chat.html` shows when the page is opened."""
    rules, notice = find_rules(room.pk), find_notice(room.pk)
    show = room.show
    return {
        "messages": list_last_shown(room.pk),
        "notice": "" if notice is None else notice.text,
        "is_open": show.starts_at - CHAT_OPEN_AROUND <= at < show.ends_at + CHAT_OPEN_AROUND,
        "is_closed": rules is not None and rules.is_closed,
        "slow_s": 0 if rules is None else rules.slow_s,
        "likes": count_likes(room.pk),
        "codes": " ".join(sorted(list_codes(room.pk).values())),
        "drafts": build_drafts(request, room, at),
        "reasons": REASONS,
    }


def build_drafts(request: HttpRequest, room: "Room", at: datetime) -> list[DraftCard]:
    drafts = list_open_drafts(room.pk, writers=list_writers(request), at=at)
    left = count_left(drafts)
    return [DraftCard(draft=draft, left=left[draft.sku_id]) for draft in drafts]


def _find_room(show_id: int) -> "Room":
    room = find_room(show_id)
    if room is None:
        raise Http404
    return room


@never_cache
@require_GET
def show_log(request: HttpRequest, show_id: int) -> HttpResponse:
    """The last messages alone: for a page that was away."""
    room = _find_room(show_id)
    chat = {"messages": list_last_shown(room.pk)}
    return render(request, "fair/_chat_log.html", {"chat": chat})


@never_cache
@require_GET
def show_drafts(request: HttpRequest, show_id: int) -> HttpResponse:
    """What the viewer ordered by comment, alone: fetched after a comment with a code."""
    room = _find_room(show_id)
    context = {"drafts": build_drafts(request, room, now()), "show": room.show}
    return render(request, "fair/_comment_drafts.html", context)


@require_POST
def report(request: HttpRequest, show_id: int) -> HttpResponse:
    """A viewer finds a message wrong; once each."""
    room = _find_room(show_id)
    writers = list_writers(request)
    try:
        message_id = UUID(request.POST.get("message", ""))
        if not writers:
            raise ChatError("reporter")
        is_new = report_message(
            room_id=room.pk, message_id=message_id, reporter=writers[0],
            reason=request.POST.get("reason", ""), at=now(),
        )  # fmt: skip
    except ValueError as fault:
        raise Http404 from fault
    return JsonResponse({"outcome": "reported" if is_new else "reported_before"})


def _find_own_draft(request: HttpRequest, show_id: int, draft_id: UUID) -> "DraftOrder":
    draft = find_draft(draft_id=draft_id)
    if draft is None or draft.room.show_id != show_id or draft.writer not in list_writers(request):
        raise Http404
    return draft


@require_POST
def confirm(request: HttpRequest, show_id: int, draft_id: UUID) -> HttpResponse:
    """One tap: the units go to the cart of whoever wrote the comment."""
    draft = _find_own_draft(request, show_id, draft_id)
    return _confirm(request, draft, redirect("room", show_id))


def _confirm(request: HttpRequest, draft: "DraftOrder", response: HttpResponse) -> HttpResponse:
    at = now()
    cart = make_request_cart(request, at)
    outcome = confirm_draft(draft_id=draft.pk, cart=cart, at=at)
    tell_outcome(request, outcome)
    remember_cart(request, response, cart)
    return response


def tell_outcome(request: HttpRequest, outcome: ConfirmOutcome) -> None:
    """Say what became of a confirmed draft."""
    match outcome:
        case Confirmed():
            link = format_html('<a href="{}">{}</a>', reverse("checkout"), _("Order now"))
            messages.success(request, format_html("{} {}", _("In your cart."), link))
        case SoldOut(free=0):
            messages.error(request, _("Sold out meanwhile. Nothing was ordered."))
        case SoldOut(free=free):
            text = _("Only %(free)s are left. Write the code again with a smaller number.")
            messages.error(request, text % {"free": free})
        case Over():
            messages.info(request, _("This order by comment is over. Write the code again."))
        case NotOffered():
            messages.error(request, _("These goods are no longer offered. Your cart is unchanged."))


@require_POST
def drop(request: HttpRequest, show_id: int, draft_id: UUID) -> HttpResponse:
    """Whoever wrote the comment does not want it after all."""
    draft = _find_own_draft(request, show_id, draft_id)
    drop_draft(draft_id=draft.pk)
    return redirect("room", show_id)


@never_cache
@require_http_methods(["GET", "POST"])
def open_draft(request: HttpRequest, token: UUID) -> HttpResponse:
    """The link that the host sends to somebody of another platform: look, and confirm."""
    draft = find_draft(token=token)
    if draft is None:
        raise Http404
    if request.method == "POST":
        return _confirm(request, draft, redirect("cart"))
    context = {
        "draft": draft,
        "show": draft.room.show,
        "left": count_left([draft])[draft.sku_id],
        "state": judge(draft, now()),
    }
    return render(request, "fair/comment_order.html", context)
