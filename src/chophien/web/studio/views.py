from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from chophien.apps.catalog.selectors import list_skus
from chophien.apps.live.selectors import list_utterances
from chophien.apps.live.services import HinderedGoodsError, NotInShowError, put_on_air
from chophien.apps.live.show_figures import read_figures
from chophien.apps.live.viewers import find_audience, list_viewer_minutes
from chophien.apps.programme.cues import list_cues, list_open_cues
from chophien.apps.programme.selectors import list_hosts_of, list_shows, list_shows_of_host
from chophien.apps.vetting.selectors import list_warnings_shown
from chophien.domain.limits import CUE_CHARS_MAX, SAFETY_WARNING_CHARS_MAX
from chophien.web.shared.clock import now, read_real
from chophien.web.shared.hindrances import build_hindrances, describe_faults
from chophien.web.shared.numbers import parse_number
from chophien.web.shared.people import get_user, hosts_only, is_organiser
from chophien.web.studio.drops import build_drops
from chophien.web.studio.run_of_show import CUE_KINDS, WARNING_MINUTES, build_run, find_goods
from chophien.web.studio.shows import find_own_show

UTTERANCES_SHOWN = 12
CUES_SHOWN = 10
SHOWN_SINCE = timedelta(hours=12)


@hosts_only
@require_GET
def studio(request: HttpRequest) -> HttpResponse:
    """The shows of this host, those on air first; an organiser sees everybody's."""
    at = now()
    user = get_user(request)
    since = at - SHOWN_SINCE
    if is_organiser(user):
        shows = list_shows(since=since)
    else:
        shows = list_shows_of_host(user.pk, since=since)
    context = {
        "shows": shows[:60],
        "at": at,
        "has_human_host": list_hosts_of(user.pk).filter(is_ai=False).exists(),
    }
    return render(request, "studio/studio.html", context)


@hosts_only
@require_GET
def show_desk(request: HttpRequest, show_id: int) -> HttpResponse:
    """The run-of-show of one show: what is on air, what is next, what sells, what is in the way."""
    show = find_own_show(request, show_id)
    at = now()
    user = get_user(request)
    context = {
        "show": show,
        "room": show.room,
        "at": at,
        "audience": find_audience(show.room.id, real_at=read_real()),
        "hindrances": build_hindrances(show, at),
        **build_run(show, at),
        "found": find_goods(request, show, at),
        "cues": list_open_cues(show.pk),
        "sent_cues": list_cues(show.pk)[:CUES_SHOWN],
        "may_cue": is_organiser(user) or user.pk == show.producer_id,
        "may_edit": is_organiser(user) or user.pk == show.host.person_id,
        "cue_kinds": CUE_KINDS,
        "cue_chars_max": CUE_CHARS_MAX,
        "warnings_shown": list_warnings_shown(show.pk, at),
        "warning_minutes": WARNING_MINUTES,
        "warning_chars_max": SAFETY_WARNING_CHARS_MAX,
        "is_organiser": is_organiser(user),
        "utterances": list_utterances(show.room.id, count_max=UTTERANCES_SHOWN),
        **build_drops(show.room, at=at),
    }
    return render(request, "studio/show_desk.html", context)


@hosts_only
@require_POST
def pin(request: HttpRequest, show_id: int) -> HttpResponse:
    """Put a product on air."""
    show = find_own_show(request, show_id)
    try:
        put_on_air(room_id=show.room.id, sku_id=parse_number(request.POST.get("sku", "")), at=now())
    except NotInShowError as fault:
        raise Http404 from fault
    except HinderedGoodsError as fault:
        messages.error(request, describe_faults(fault.faults))
    return redirect("show_desk", show_id)


@hosts_only
@require_GET
def figures(request: HttpRequest, show_id: int) -> HttpResponse:
    """What the show sold, by goods and minute by minute, with what was on air."""
    show = find_own_show(request, show_id)
    read = read_figures(show.pk)
    shown = {sku_id for minute in read.minutes for sku_id in minute.pinned}
    skus = {sku.pk: sku for sku in list_skus(shown | set(read.by_sku))}
    rows = sorted(read.by_sku.items(), key=lambda row: -row[1].placed_minor)
    context = {
        "show": show,
        "figures": read,
        "goods": [(skus[sku_id], sums) for sku_id, sums in rows if sku_id in skus],
        "minutes": [
            (minute, [skus[sku_id] for sku_id in minute.pinned if sku_id in skus])
            for minute in read.minutes
        ],
        "viewers": list_viewer_minutes(show.room.id),
        "audience": find_audience(show.room.id, real_at=read_real()),
        "most_minor": max((each.sums.placed_minor for each in read.minutes), default=0),
    }
    return render(request, "studio/figures.html", context)
