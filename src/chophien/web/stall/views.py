from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from chophien.apps.catalog.selectors import list_all_goods
from chophien.apps.festivals.selectors import get_current_festival
from chophien.apps.orders.selectors import list_stall_orders
from chophien.apps.sellers.selectors import list_stalls_of
from chophien.web.shared.clock import now
from chophien.web.shared.goods import build_cards
from chophien.web.shared.people import get_user, sellers_only

PAGE_ROWS = 25


@sellers_only
@require_GET
def my_stall(request: HttpRequest) -> HttpResponse:
    """A seller's orders, newest first, and goods with what is left."""
    at = now()
    stalls = list(list_stalls_of(get_user(request).pk))
    ids = [stall.id for stall in stalls]
    goods = list_all_goods().filter(stall_id__in=ids).order_by("name_vi")
    orders = Paginator(list_stall_orders(ids), PAGE_ROWS)
    context = {
        "stalls": stalls,
        "page": orders.get_page(request.GET.get("page")),
        "cards": build_cards(goods, festival=get_current_festival(at), at=at),
    }
    return render(request, "stall/my_stall.html", context)
