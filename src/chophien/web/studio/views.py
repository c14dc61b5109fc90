from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from chophien.apps.live.selectors import list_utterances
from chophien.apps.live.services import NotInShowError, put_on_air
from chophien.apps.programme.selectors import (
    list_run_of_show,
    list_shows,
    list_shows_of_host,
)
from chophien.web.shared.clock import now
from chophien.web.shared.goods import build_sku_cards
from chophien.web.shared.numbers import parse_number
from chophien.web.shared.people import get_user, hosts_only, is_organiser
from chophien.web.studio.drops import build_drops
from chophien.web.studio.shows import find_own_show

UTTERANCES_SHOWN = 12
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
    return render(request, "studio/studio.html", {"shows": shows[:60], "at": at})


@hosts_only
@require_GET
def show_desk(request: HttpRequest, show_id: int) -> HttpResponse:
    """The run-of-show of one show: what is on air, and what could be."""
    show = find_own_show(request, show_id)
    at = now()
    skus = [segment.sku for segment in list_run_of_show(show.id)]
    context = {
        "show": show,
        "room": show.room,
        "at": at,
        "shelf": build_sku_cards(skus, festival=show.festival, at=at),
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
        put_on_air(room_id=show.room.id, sku_id=parse_number(request.POST.get("sku", "")))
    except NotInShowError as fault:
        raise Http404 from fault
    return redirect("show_desk", show_id)
