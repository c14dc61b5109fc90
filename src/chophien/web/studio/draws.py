"""The host's page of draws, surprise gifts, countdowns and milestones."""

import secrets
import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypedDict

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from chophien.apps.draws.countdowns import Counting, NotPossible, set_countdown, stop_countdown
from chophien.apps.draws.milestones import count_show, set_milestones
from chophien.apps.draws.selectors import (
    find_countdown,
    find_draw,
    is_overdue,
    list_draws,
    list_milestones,
    list_winnable_gifts,
    list_wins_of_draws,
)
from chophien.apps.draws.services import (
    DrawPlan,
    NoPrize,
    NotOnAir,
    Opened,
    UnderWay,
    call_off,
    open_draw,
)
from chophien.apps.draws.wins import mark_sent
from chophien.apps.live.selectors import list_droppable
from chophien.apps.programme.selectors import list_run_of_show
from chophien.domain.lucky import Measure
from chophien.web.shared.clock import now
from chophien.web.shared.draw_words import (
    describe_asks,
    describe_countdown,
    mask_person,
)
from chophien.web.shared.people import get_user, hosts_only, is_organiser
from chophien.web.studio.draw_forms import (
    CountdownForm,
    DrawForm,
    GiftForm,
    MilestoneForm,
    build_milestone_rows,
)
from chophien.web.studio.drops import describe_coupons
from chophien.web.studio.shows import find_led_show, find_own_show

if TYPE_CHECKING:
    from chophien.apps.draws.models import Draw, GiftOffer, Win
    from chophien.apps.live.models import Room
    from chophien.apps.programme.models import Show
    from chophien.apps.sellers.models import Stall


class Parts(TypedDict):
    """What the forms choose from."""

    coupons: dict[int, str]
    offers: "list[GiftOffer]"
    stalls: "list[Stall]"


SEED_BYTES = 32
DRAWS_SHOWN = 30


@never_cache
@hosts_only
@require_GET
def show_draws(request: HttpRequest, show_id: int) -> HttpResponse:
    """What can be drawn, what is under way, who won."""
    show = find_own_show(request, show_id)
    return _render(request, show, now(), {})


def _render(
    request: HttpRequest, show: "Show", at: datetime, forms: dict[str, object], status: int = 200
) -> HttpResponse:
    room = show.room
    parts = _list_parts(room, at)
    countdown = find_countdown(room.pk, at)
    context = {
        "show": show,
        "room": room,
        "at": at,
        "is_on_air": show.starts_at <= at < show.ends_at,
        "draw_form": DrawForm(prefix="draw", **parts),
        "gift_form": GiftForm(prefix="gift", coupons=parts["coupons"], offers=parts["offers"]),
        "countdown_form": CountdownForm(
            prefix="until", run=list(list_run_of_show(show.pk)), coupons=parts["coupons"]
        ),
        "countdown": countdown,
        "countdown_text": "" if countdown is None else describe_countdown(countdown),
        "milestones": build_milestone_rows(list(list_milestones(show.pk)), count_show(show.pk)),
        "draws": _list_draws(request, show, at),
        **forms,
    }
    return render(request, "studio/draws.html", context, status=status)


def _list_parts(room: "Room", at: datetime) -> Parts:
    coupons = list(list_droppable(room, at))
    run = list_run_of_show(room.show_id)
    stalls = {each.sku.product.stall_id: each.sku.product.stall for each in run}
    return {
        "coupons": describe_coupons(coupons),
        "offers": list(list_winnable_gifts(room.show_id)),
        "stalls": list(stalls.values()),
    }


def _list_draws(request: HttpRequest, show: "Show", at: datetime) -> list[dict[str, object]]:
    """Draws of the show with their winners; addresses for who sends the prize, and nobody else."""
    drawings = list(list_draws(show.room.pk)[:DRAWS_SHOWN])
    sends = _may_send(request, show)
    wins: dict[int, list[dict[str, object]]] = {}
    for win in list_wins_of_draws([each.pk for each in drawings]):
        wins.setdefault(win.draw_id, []).append(_show_win(win, sends=sends))
    stalls = {
        each.sku.product.stall_id: each.sku.product.stall for each in list_run_of_show(show.pk)
    }
    return [
        {
            "drawing": each,
            "asks": describe_asks(
                each.asks, stall=stalls.get(each.asks.stall_id or 0), missing=(), watched_s=0
            ),
            "wins": wins.get(each.pk, []),
            "is_overdue": is_overdue(each, at),
        }
        for each in drawings
    ]


def _may_send(request: HttpRequest, show: "Show") -> bool:
    """A producer sees no addresses: the host and organisers send what no stall does."""
    user = get_user(request)
    return show.host.person_id == user.pk or is_organiser(user)


def _show_win(win: "Win", *, sends: bool) -> dict[str, object]:
    address = win.address if sends and win.order is None else None
    return {"win": win, "name": mask_person(win.entrant.user), "address": address}


# ---------------------------------------------------------------- draws and gifts


@hosts_only
@require_POST
def start(request: HttpRequest, show_id: int) -> HttpResponse:
    """Announce a draw in the room of the host's own show."""
    show, at = find_own_show(request, show_id), now()
    form = DrawForm(request.POST, prefix="draw", **_list_parts(show.room, at))
    if not form.is_valid():
        return _render(request, show, at, {"draw_form": form}, status=400)
    return _open(request, show, form, lasts=timedelta(minutes=form.cleaned_data["minutes"]), at=at)


@hosts_only
@require_POST
def throw(request: HttpRequest, show_id: int) -> HttpResponse:
    """Throw gifts to people by chance: they fall after a short count."""
    show, at = find_own_show(request, show_id), now()
    parts = _list_parts(show.room, at)
    form = GiftForm(request.POST, prefix="gift", coupons=parts["coupons"], offers=parts["offers"])
    if not form.is_valid():
        return _render(request, show, at, {"gift_form": form}, status=400)
    return _open(request, show, form, lasts=None, at=at)


def _open(
    request: HttpRequest,
    show: "Show",
    form: DrawForm | GiftForm,
    *,
    lasts: timedelta | None,
    at: datetime,
) -> HttpResponse:
    plan = DrawPlan(
        room_id=show.room.pk,
        rule=form.get_rule(),
        prize=form.get_prize(),
        winners=form.cleaned_data["winners"],
        lasts=lasts,
        by_id=get_user(request).pk,
    )
    match open_draw(plan, seed=secrets.token_hex(SEED_BYTES), at=at):
        case Opened(draw=drawing):
            end = f"{localtime(drawing.closes_at):%H:%M:%S}"
            messages.success(request, _("It is announced, and closes at %(end)s.") % {"end": end})
        case NotOnAir():
            messages.error(
                request, _("The show is not on the air that long. Nothing was announced.")
            )
        case UnderWay():
            messages.error(request, _("Another draw is under way: one at a time."))
        case NoPrize():
            messages.error(request, _("So many prizes are not left. Nothing was announced."))
    return redirect("studio_draws", show.pk)


@hosts_only
@require_POST
def end(request: HttpRequest, show_id: int, draw_id: int) -> HttpResponse:
    """Call a draw off before it closes; the reason is published."""
    drawing = _find(request, show_id, draw_id)
    why = request.POST.get("why", "").strip()
    if not why:
        messages.error(request, _("Say why: viewers read it."))
    elif call_off(draw_id=drawing.pk, why=why, at=now()):
        messages.success(request, _("The draw is called off; viewers see why."))
    else:
        messages.error(request, _("It has closed: it can no longer be called off."))
    return redirect("studio_draws", show_id)


@hosts_only
@require_POST
def sent(request: HttpRequest, show_id: int, draw_id: int, win_id: uuid.UUID) -> HttpResponse:
    """Note that a prize that no stall sends is on its way."""
    find_led_show(request, show_id)
    drawing = _find(request, show_id, draw_id)
    if not mark_sent(win_id=win_id, draw_id=drawing.pk, at=now()):
        raise Http404
    messages.success(request, _("Noted as sent."))
    return redirect("studio_draws", show_id)


def _find(request: HttpRequest, show_id: int, draw_id: int) -> "Draw":
    show = find_own_show(request, show_id)
    drawing = find_draw(draw_id)
    if drawing is None or drawing.room_id != show.room.pk:
        raise Http404
    return drawing


# ---------------------------------------------------------------- countdowns and milestones


@hosts_only
@require_POST
def count_down(request: HttpRequest, show_id: int) -> HttpResponse:
    """Count down in the room, instead of what was counted down to before."""
    show, at = find_own_show(request, show_id), now()
    coupons = describe_coupons(list(list_droppable(show.room, at)))
    form = CountdownForm(
        request.POST, prefix="until", run=list(list_run_of_show(show.pk)), coupons=coupons
    )
    if not form.is_valid():
        return _render(request, show, at, {"countdown_form": form}, status=400)
    outcome = set_countdown(
        room_id=show.room.pk,
        goal=form.get_goal(),
        ends_at=at + timedelta(minutes=form.cleaned_data["minutes"]),
        by_id=get_user(request).pk,
        at=at,
    )
    match outcome:
        case Counting():
            messages.success(request, _("The room counts down."))
        case NotPossible():
            messages.error(request, _("That is not possible in this show any more."))
    return redirect("studio_draws", show_id)


@hosts_only
@require_POST
def stop_counting(request: HttpRequest, show_id: int) -> HttpResponse:
    """Count down no more."""
    show = find_own_show(request, show_id)
    if stop_countdown(room_id=show.room.pk, at=now()):
        messages.success(request, _("The countdown is stopped. Nothing happens by itself."))
    return redirect("studio_draws", show_id)


@hosts_only
@require_POST
def change_milestones(request: HttpRequest, show_id: int) -> HttpResponse:
    """Set the thresholds of one measure."""
    show = find_own_show(request, show_id)
    form = MilestoneForm(request.POST)
    if not form.is_valid():
        for error in form.errors.get("thresholds", [_("This is no measure.")]):
            messages.error(request, str(error))
    else:
        set_milestones(
            show_id=show.pk,
            measure=Measure(form.cleaned_data["measure"]),
            thresholds=form.cleaned_data["thresholds"],
        )
        messages.success(request, _("The milestones are set."))
    return redirect("studio_draws", show_id)
