"""The stop desk: what the organiser stopped and why, and the buttons that stop and lift."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chophien.apps.catalog.selectors import list_all_goods
from chophien.apps.catalog.services import change_kinds
from chophien.apps.live.selectors import list_rooms_on_air
from chophien.apps.live.stopping import lift as lift_stop
from chophien.apps.live.stopping import stop as make_stop
from chophien.apps.programme.selectors import find_show
from chophien.apps.vetting.selectors import (
    find_stop,
    list_goods_faults,
    list_open_stops_of_show,
    list_stops,
    list_taken_down,
)
from chophien.apps.vetting.stops import StopError, StopOrder, Stopped
from chophien.domain.vetting import Kind, kinds_of, warnings_of
from chophien.web.shared.clock import now
from chophien.web.shared.hindrances import build_hindrances, describe_faults
from chophien.web.shared.people import get_user, organisers_only
from chophien.web.shared.vetting_forms import StopForm

if TYPE_CHECKING:
    from chophien.apps.catalog.models import Product

ROWS_MAX = 30


@organisers_only
@require_GET
def stops(request: HttpRequest) -> HttpResponse:
    """What is on air with its buttons, and every stop, those that hold first."""
    page = Paginator(list_stops(), ROWS_MAX).get_page(request.GET.get("page"))
    context = {"page": page, "rooms": list_rooms_on_air(now()), "form": StopForm()}
    return render(request, "office/stops.html", context)


@organisers_only
@require_GET
def stop(request: HttpRequest, stop_id: int) -> HttpResponse:
    """One stop with its evidence."""
    found = find_stop(stop_id)
    if found is None:
        raise Http404
    return render(request, "office/stop.html", {"stop": found})


@organisers_only
@require_GET
def show_stops(request: HttpRequest, show_id: int) -> HttpResponse:
    """Everything that can be stopped about one show, on one page."""
    show = find_show(show_id)
    if show is None:
        raise Http404
    held = {each.kind: each for each in list_open_stops_of_show(show.pk, show.host_id)}
    context = {
        "show": show,
        "form": StopForm(initial={"complaint": request.GET.get("complaint", "")[:12]}),
        "held": held,
        "hindrances": build_hindrances(show, now()),
    }
    return render(request, "office/show_stops.html", context)


@organisers_only
@require_POST
def press(request: HttpRequest, kind: str, target_id: int) -> HttpResponse:
    """Stop a show, mute a room, take goods down, bar a host: at once, with a reason."""
    form = StopForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Nothing was stopped: choose a ground and say why."))
        return redirect(_back(request))
    try:
        outcome = make_stop(
            StopOrder(
                kind=kind,
                target_id=target_id,
                ground=form.cleaned_data["ground"],
                reason=form.cleaned_data["reason"],
                by_id=get_user(request).pk,
                complaint_id=form.cleaned_data["complaint"],
            ),
            at=now(),
        )
    except StopError as fault:
        if str(fault) == "target":
            raise Http404 from fault
        return HttpResponseBadRequest()
    if isinstance(outcome, Stopped):
        messages.success(request, _("Done. Every open page knows it now; the reason is kept."))
    else:
        messages.info(request, _("Somebody else did this a moment ago. Nothing was added."))
    return redirect("office_stop", outcome.stop.pk)


@organisers_only
@require_POST
def lift(request: HttpRequest, stop_id: int) -> HttpResponse:
    """End a stop; why is kept, too."""
    try:
        ended = lift_stop(
            stop_id=stop_id, reason=request.POST.get("reason", ""),
            by_id=get_user(request).pk, at=now(),
        )  # fmt: skip
    except StopError as fault:
        if str(fault) == "target":
            raise Http404 from fault
        messages.error(request, _("Say why it is lifted. It still holds."))
    else:
        if ended is None:
            messages.info(request, _("Somebody else has lifted it already."))
        else:
            messages.success(request, _("Lifted."))
    return redirect("office_stop", stop_id)


@organisers_only
@require_http_methods(["GET", "POST"])
def product(request: HttpRequest, product_id: int) -> HttpResponse:
    """What a product is to the law, which the organiser can correct, and taking it down."""
    found = list_all_goods().filter(id=product_id).first()
    if found is None:
        raise Http404
    if request.method == "POST":
        stated = {kind.value for kind in kinds_of(request.POST.getlist("kind"))}
        change_kinds(product_id=product_id, kinds=stated, known=[kind.value for kind in Kind])
        messages.success(request, _("Kept. Warnings and needed papers follow at once."))
        return redirect("office_product", product_id)
    return render(request, "office/product.html", _describe(found))


def _describe(found: "Product") -> dict[str, object]:
    at = now()
    faults = list_goods_faults([sku.pk for sku in found.skus.all()][:1], at)
    return {
        "product": found,
        "kinds": list(Kind),
        "stated": {kind.value for kind in kinds_of(found.tags, found.promotion_ban)},
        "warnings": warnings_of(found.tags, found.promotion_ban),
        "faults": describe_faults(faults),
        "is_down": bool(list_taken_down([found.pk])),
        "form": StopForm(),
    }


def _back(request: HttpRequest) -> str:
    """The page of the office that asked; nowhere else."""
    place = request.POST.get("back", "")
    return place if place.startswith("/office/") else "/office/stops/"
