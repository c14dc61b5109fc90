"""The host's queue of orders by comment, and the codes that viewers write."""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from chophien.apps.comment_orders.selectors import (
    count_left,
    find_draft,
    judge,
    list_codes,
    list_queue,
)
from chophien.apps.comment_orders.services import (
    CodeTakenError,
    drop_draft,
    give_codes,
    set_code,
)
from chophien.apps.programme.selectors import list_run_of_show
from chophien.domain.comment_orders import CodeError
from chophien.web.shared.clock import now
from chophien.web.shared.numbers import parse_number
from chophien.web.shared.people import hosts_only
from chophien.web.studio.shows import find_led_show

if TYPE_CHECKING:
    from chophien.apps.comment_orders.models import DraftOrder

SHOWN_MAX = 100
STATES = ("draft", "confirmed", "ordered", "paid", "expired", "dropped")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One order by comment as the host sees it, with the writer's phone number."""

    draft: "DraftOrder"
    state: str
    left: int
    link: str


@hosts_only
@never_cache
@require_GET
def show_comments(request: HttpRequest, show_id: int) -> HttpResponse:
    """Who ordered what by comment, and how far it came. For the host and the organiser."""
    show = find_led_show(request, show_id)
    at = now()
    state = request.GET.get("state", "")
    drafts = list(list_queue(show.room.pk, state=state, at=at)[:SHOWN_MAX])
    left = count_left(drafts)
    base = settings.PUBLIC_URL.rstrip("/")
    wishes = [
        Wish(
            draft=draft, state=judge(draft, at), left=left[draft.sku_id],
            link=base + reverse("comment_order", args=[draft.token]),
        )
        for draft in drafts
    ]  # fmt: skip
    context = {
        "show": show, "wishes": wishes, "state": state, "states": STATES, "at": at,
        "codes": list_codes(show.room.pk),
        "skus": [segment.sku for segment in list_run_of_show(show.pk)],
    }  # fmt: skip
    return render(request, "studio/comments.html", context)


@hosts_only
@require_POST
def change_code(request: HttpRequest, show_id: int) -> HttpResponse:
    """Give a sku the code that the host says aloud."""
    show = find_led_show(request, show_id)
    try:
        kept = set_code(
            room_id=show.room.pk,
            sku_id=parse_number(request.POST.get("sku", "")),
            code=request.POST.get("code", "")[:20],
        )
    except CodeTakenError:
        messages.error(request, _("Other goods of this show have this code."))
    except CodeError:
        messages.error(
            request, _("A code is one to four letters and a number, such as A1 or MAT12.")
        )
    except LookupError as fault:
        raise Http404 from fault
    else:
        messages.success(request, _("Viewers order it with %(code)s.") % {"code": kept.code})
    return redirect("studio_comments", show_id)


@hosts_only
@require_POST
def fill_codes(request: HttpRequest, show_id: int) -> HttpResponse:
    """Give the goods without a code the next ones, now."""
    show = find_led_show(request, show_id)
    give_codes([show.room.pk])
    return redirect("studio_comments", show_id)


@hosts_only
@require_POST
def drop(request: HttpRequest, show_id: int, draft_id: UUID) -> HttpResponse:
    """The host takes an order by comment off the queue."""
    show = find_led_show(request, show_id)
    draft = find_draft(draft_id=draft_id)
    if draft is None or draft.room_id != show.room.pk:
        raise Http404
    if drop_draft(draft_id=draft_id):
        messages.success(request, _("Taken off the queue."))
    return redirect("studio_comments", show_id)
