"""A host plans a show of their own."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from chophien.apps.catalog.selectors import list_goods
from chophien.apps.live.planning import cancel_show
from chophien.apps.programme.selectors import list_hosts_of
from chophien.apps.sellers.selectors import list_stalls_of
from chophien.web.shared import planning
from chophien.web.shared.clock import now
from chophien.web.shared.people import get_user, hosts_only
from chophien.web.studio.shows import find_led_show

GOODS_OFFERED_MAX = 200


@hosts_only
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Plan a show with the goods of the host's own stalls; others the organiser adds."""
    user = get_user(request)
    hosts = list_hosts_of(user.pk).filter(is_ai=False)
    if not hosts:
        raise PermissionDenied
    own = list_goods().filter(stall__in=list_stalls_of(user.pk)).order_by("name_vi")
    skus = [product.skus.all()[0] for product in own[:GOODS_OFFERED_MAX] if product.skus.all()]
    choices = planning.Choices(hosts=hosts, skus=skus)
    return planning.plan(request, choices, template="studio/new_show.html")


@hosts_only
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, show_id: int) -> HttpResponse:
    """Change the host's own show."""
    show = find_led_show(request, show_id)
    choices = planning.Choices(hosts=[show.host], skus=[])
    return planning.change(request, show, choices, template="studio/edit_show.html")


@hosts_only
@require_POST
def cancel(request: HttpRequest, show_id: int) -> HttpResponse:
    """Cancel the host's own show."""
    show = find_led_show(request, show_id)
    if cancel_show(show_id=show.pk, at=now()):
        messages.success(request, _("The show is cancelled. Orders that were placed stay."))
    else:
        messages.info(request, _("This show is over or cancelled already."))
    return redirect("studio")
