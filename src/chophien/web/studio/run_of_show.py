"""The run-of-show at the host's side: goods come, go and move, cues arrive, warnings are shown."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from chophien.apps.catalog.selectors import search_goods
from chophien.apps.live.run_of_show import (
    RunError,
    SegmentPlan,
    add_goods,
    move_goods,
    plan_segment,
    take_out_goods,
)
from chophien.apps.live.services import HinderedGoodsError
from chophien.apps.live.show_figures import Sums, find_pinned_at, read_figures
from chophien.apps.programme.cues import CueDraft, CueError, list_open_cues, see_cue, send_cue
from chophien.apps.programme.selectors import list_run_of_show
from chophien.apps.vetting.selectors import list_goods_faults
from chophien.apps.vetting.warnings import WarningDraft, WarningError, end_warning, warn_viewers
from chophien.domain.vetting import warnings_of
from chophien.web.shared.clock import now
from chophien.web.shared.goods import build_sku_cards
from chophien.web.shared.hindrances import describe_faults
from chophien.web.shared.numbers import parse_number
from chophien.web.shared.people import get_user, hosts_only, is_organiser
from chophien.web.studio.shows import find_own_show

if TYPE_CHECKING:
    from chophien.apps.programme.models import Show

FOUND_MAX = 12
WARNING_MINUTES = (1, 2, 5, 10)
CUE_KINDS = ("next", "slower", "faster", "wrap_up")


def build_run(show: "Show", at: datetime) -> dict[str, Any]:
    """The run-of-show as a desk shows it: goods with price, stock, plan, faults and what sold."""
    segments = list(list_run_of_show(show.pk))
    skus = [segment.sku for segment in segments]
    figures = read_figures(show.pk)
    faulty = {fault.sku_id for fault in list_goods_faults([sku.pk for sku in skus], at)}
    cards = build_sku_cards(skus, festival=show.festival, at=at, show_id=show.pk)
    rows: list[dict[str, Any]] = [
        {
            "segment": segment,
            "card": card,
            "place": place,
            "sold": figures.by_sku.get(card.sku.pk, Sums()),
            "is_hindered": card.sku.pk in faulty,
            "warnings": warnings_of(card.sku.product.tags, card.sku.product.promotion_ban),
        }
        for place, (segment, card) in enumerate(zip(segments, cards, strict=True))
    ]
    here = next((row for row in rows if row["card"].sku.pk == show.room.pinned_id), None)
    return {
        "run": rows,
        "on_air": here,
        "next": _find_next(rows, here),
        "pinned_at": find_pinned_at(show.pk),
        "figures": figures,
    }


def _find_next(rows: list[dict[str, Any]], here: dict[str, Any] | None) -> dict[str, Any] | None:
    """What follows what is on air: the next that can be shown and is not sold out."""
    start = -1 if here is None else here["place"]
    following = [row for row in rows if row["place"] > start]
    return next(
        (row for row in following if not row["is_hindered"] and not row["card"].is_sold_out), None
    )


def find_goods(request: HttpRequest, show: "Show", at: datetime) -> list[dict[str, Any]]:
    """Goods that a search on the desk finds, with whether they can be added."""
    text = request.GET.get("q", "").strip()[:100]
    products = [each for each in search_goods(text)[:FOUND_MAX] if each.skus.all()] if text else []
    skus = [sku for product in products for sku in product.skus.all()]
    there = {segment.sku_id for segment in list_run_of_show(show.pk)}
    faults = {fault.sku_id: fault for fault in list_goods_faults([sku.pk for sku in skus], at)}
    return [
        {
            "sku": sku,
            "product": product,
            "is_there": sku.pk in there,
            "fault": describe_faults([faults[sku.pk]]) if sku.pk in faults else "",
        }
        for product in products
        for sku in product.skus.all()
    ]


@hosts_only
@require_POST
def add(request: HttpRequest, show_id: int) -> HttpResponse:
    """Put goods at the end of the run-of-show, also while on air; papers are asked for."""
    return _change(
        request, show_id, lambda sku_id: add_goods(show_id=show_id, sku_id=sku_id, at=now())
    )


@hosts_only
@require_POST
def take_out(request: HttpRequest, show_id: int) -> HttpResponse:
    """Take goods out of the run-of-show."""
    return _change(request, show_id, lambda sku_id: take_out_goods(show_id=show_id, sku_id=sku_id))


@hosts_only
@require_POST
def move(request: HttpRequest, show_id: int) -> HttpResponse:
    """Put goods at another place."""
    place = parse_number(request.POST.get("place", ""))
    return _change(
        request, show_id, lambda sku_id: move_goods(show_id=show_id, sku_id=sku_id, place=place)
    )


@hosts_only
@require_POST
def plan(request: HttpRequest, show_id: int) -> HttpResponse:
    """Write for how long, and what not to forget."""
    minutes = parse_number(request.POST.get("minutes", "")) or None
    drawn = SegmentPlan(minutes=minutes, points=request.POST.get("points", ""))
    return _change(
        request,
        show_id,
        lambda sku_id: plan_segment(show_id=show_id, sku_id=sku_id, plan=drawn),
    )


def _change(request: HttpRequest, show_id: int, act: Callable[[int], object]) -> HttpResponse:
    find_own_show(request, show_id)
    sku_id = parse_number(request.POST.get("sku", ""))
    try:
        act(sku_id)
    except HinderedGoodsError as fault:
        messages.error(request, describe_faults(fault.faults))
    except RunError as fault:
        messages.error(request, _explain_run(str(fault)))
    return redirect(f"/studio/{show_id}/#run-{sku_id}")


def _explain_run(code: str) -> str:
    return {
        "full": _("A show has 200 goods at most."),
        "there": _("It is in the run-of-show already."),
        "goods": _("There are no such goods."),
        "segment": _("It is not in the run-of-show any more."),
        "plan": _("1 to 240 minutes, and talking points of 600 characters at most."),
    }[code]


@hosts_only
@never_cache
@require_GET
def cues(request: HttpRequest, show_id: int) -> HttpResponse:
    """The cues that the host has not seen: what a desk fetches when it hears of one."""
    show = find_own_show(request, show_id)
    return render(request, "studio/_cues.html", {"show": show, "cues": list_open_cues(show.pk)})


@hosts_only
@require_POST
def cue(request: HttpRequest, show_id: int) -> HttpResponse:
    """Send the host a cue: the producer of the show, or an organiser."""
    show = find_own_show(request, show_id)
    user = get_user(request)
    if user.pk != show.producer_id and not is_organiser(user):
        messages.error(request, _("Cues are sent by the show's producer or the organiser."))
        return redirect("show_desk", show_id)
    draft = CueDraft(
        kind=request.POST.get("kind", ""),
        text=request.POST.get("text", ""),
        sku_id=parse_number(request.POST.get("sku", "")) or None,
    )
    try:
        send_cue(show_id=show.pk, draft=draft, by_id=user.pk, at=now())
    except CueError as fault:
        messages.error(request, _explain_cue(str(fault)))
    else:
        messages.success(request, _("Sent."))
    return redirect("show_desk", show_id)


def _explain_cue(code: str) -> str:
    return {
        "kind": _("Choose what to tell the host."),
        "text": _("A note has 1 to 120 characters."),
        "sku": _("These goods are not in the run-of-show."),
        "many": _("The host has five cues to see already. Wait a moment."),
        "show": _("There is no such show."),
    }[code]


@hosts_only
@require_POST
def seen(request: HttpRequest, show_id: int, cue_id: int) -> HttpResponse:
    """The host has seen a cue."""
    show = find_own_show(request, show_id)
    see_cue(cue_id=cue_id, show_id=show.pk, by_id=get_user(request).pk, at=now())
    if request.headers.get("X-Requested-With") == "fetch":
        return HttpResponse(status=204)
    return redirect("show_desk", show_id)


@hosts_only
@require_POST
def warn(request: HttpRequest, show_id: int) -> HttpResponse:
    """Show viewers a safety warning for a while; without text, take it off."""
    show = find_own_show(request, show_id)
    at = now()
    if "end" in request.POST:
        end_warning(show_id=show.pk, at=at)
        return redirect("show_desk", show_id)
    minutes = parse_number(request.POST.get("minutes", ""))
    draft = WarningDraft(text=request.POST.get("text", ""), lasts=timedelta(minutes=minutes))
    try:
        warn_viewers(show_id=show.pk, draft=draft, by_id=get_user(request).pk, at=at)
    except WarningError:
        messages.error(request, _("A warning has 1 to 160 characters and stays 1 to 30 minutes."))
    else:
        messages.success(request, _("Viewers see the warning now."))
    return redirect("show_desk", show_id)
