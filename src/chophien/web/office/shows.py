"""Shows in the office: planned, changed, cancelled."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from chophien.apps.catalog.selectors import list_goods_for_office, list_skus
from chophien.apps.live.planning import cancel_show
from chophien.apps.programme.selectors import find_show, list_hosts
from chophien.web.shared import planning
from chophien.web.shared.clock import now
from chophien.web.shared.people import organisers_only

GOODS_OFFERED_MAX = 60


@organisers_only
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Plan a show: its host, time and first goods; `q` searches the goods to choose from."""
    return planning.plan(request, _offer(request), template="office/new_show.html")


@organisers_only
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, show_id: int) -> HttpResponse:
    """Change a show's time and words."""
    show = find_show(show_id)
    if show is None:
        raise Http404
    choices = planning.Choices(hosts=[show.host], skus=[])
    return planning.change(request, show, choices, template="office/edit_show.html")


@organisers_only
@require_POST
def cancel(request: HttpRequest, show_id: int) -> HttpResponse:
    """Take a show out of the programme."""
    if cancel_show(show_id=show_id, at=now()):
        messages.success(request, _("The show is cancelled. Orders that were placed stay."))
    else:
        messages.info(request, _("This show is over or cancelled already."))
    return redirect("office_shows")


def _offer(request: HttpRequest) -> planning.Choices:
    """Every host; goods on sale, those that were ticked among them whatever the search."""
    text = request.GET.get("q", "").strip()[:100]
    ticked = [int(each) for each in request.POST.getlist("goods") if each.isdecimal()]
    found = list_goods_for_office(text).filter(state="published", stall__state="admitted")
    shown = [product.skus.all()[0] for product in found[:GOODS_OFFERED_MAX] if product.skus.all()]
    known = {sku.pk for sku in shown}
    missing = [each for each in ticked if each not in known]
    return planning.Choices(hosts=list_hosts(), skus=[*shown, *list_skus(missing)])
