"""The organiser's desk: figures, goods and prices, stalls, orders, shows, complaints."""

from datetime import timedelta

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chophien.apps.catalog.selectors import find_sku, list_goods_for_office
from chophien.apps.catalog.services import UnknownGoodsError, change_list_price, change_state
from chophien.apps.festivals.selectors import get_current_festival
from chophien.apps.inventory.selectors import list_stock
from chophien.apps.ledger.selectors import list_owed, read_figures, sum_ledger
from chophien.apps.live.selectors import list_complaints, list_rooms_on_air
from chophien.apps.live.services import answer_complaint
from chophien.apps.orders.selectors import list_all_stall_orders
from chophien.apps.payments.selectors import list_unsettled_credits
from chophien.apps.programme.selectors import list_shows
from chophien.apps.sellers.selectors import list_stalls
from chophien.web.shared.clock import now
from chophien.web.shared.complaints import build_complaint
from chophien.web.shared.goods import build_cards
from chophien.web.shared.numbers import parse_number
from chophien.web.shared.people import get_user, organisers_only

PAGE_ROWS = 30
PRICE_MINOR_MAX = 10**12
DAY = timedelta(days=1)


@organisers_only
@require_GET
def office(request: HttpRequest) -> HttpResponse:
    """The festival at a glance, with the audit: what the screen shows against the ledger."""
    at = now()
    festival = get_current_festival(at)
    context = {
        "festival": festival,
        "figures": read_figures(festival.id, curve_from=at - DAY),
        "ledger_minor": sum_ledger(festival.id),
        "owed_minor": sum(row.amount_minor for row in list_owed(festival.id)),
        "rooms": list_rooms_on_air(at),
        "orders": list_all_stall_orders()[:8],
        "complaints_open": list_complaints().filter(answered_at__isnull=True).count(),
        "credits_open": list_unsettled_credits().count(),
    }
    return render(request, "office/office.html", context)


@organisers_only
@require_GET
def stalls(request: HttpRequest) -> HttpResponse:
    page = Paginator(list_stalls(), PAGE_ROWS).get_page(request.GET.get("page"))
    return render(request, "office/stalls.html", {"page": page})


@organisers_only
@require_GET
def goods(request: HttpRequest) -> HttpResponse:
    """Every product with its skus, prices and stock; prices are changed in place."""
    at = now()
    text = request.GET.get("q", "").strip()[:100]
    page = Paginator(list_goods_for_office(text), PAGE_ROWS).get_page(request.GET.get("page"))
    cards = build_cards(page.object_list, festival=get_current_festival(at), at=at)
    stock = list_stock([card.sku.id for product in cards for card in product.skus])
    context = {"page": page, "cards": cards, "stock": stock, "text": text}
    return render(request, "office/goods.html", context)


@organisers_only
@require_POST
def set_price(request: HttpRequest, sku_id: int) -> HttpResponse:
    """Change a list price; the message offers to take it back."""
    sku = find_sku(sku_id)
    if sku is None:
        raise Http404
    price = parse_number(request.POST.get("price", "").replace(".", ""))
    if not 1 <= price <= PRICE_MINOR_MAX:
        messages.error(
            request,
            _("A price is a whole number of đồng above 0. The price of %(name)s is unchanged.")
            % {"name": sku.product.name_vi},
        )
    elif change_list_price(
        sku_id=sku_id, list_price_minor=price, by_id=get_user(request).pk, at=now()
    ):
        messages.success(
            request,
            _("New list price of %(name)s.") % {"name": sku.product.name_vi},
            extra_tags=f"undo-price:{sku_id}:{sku.list_price_minor}",
        )
    return redirect(_back_to_goods(request))


@organisers_only
@require_POST
def set_state(request: HttpRequest, product_id: int) -> HttpResponse:
    """Publish a product or take it down at once."""
    try:
        change_state(product_id=product_id, state=request.POST.get("state", ""))
    except UnknownGoodsError as fault:
        raise Http404 from fault
    except ValueError:
        messages.error(request, _("There is no such state. Nothing was changed."))
    else:
        messages.success(request, _("Done; every page shows it now."))
    return redirect(_back_to_goods(request))


def _back_to_goods(request: HttpRequest) -> str:
    query = request.POST.get("query", "")
    return f"/office/goods/?{query}" if query else "/office/goods/"


@organisers_only
@require_GET
def orders(request: HttpRequest) -> HttpResponse:
    found = list_all_stall_orders()
    state = request.GET.get("state", "")
    if state:
        found = found.filter(state=state)
    page = Paginator(found, PAGE_ROWS).get_page(request.GET.get("page"))
    context = {"page": page, "state": state, "credits": list_unsettled_credits()[:PAGE_ROWS]}
    return render(request, "office/orders.html", context)


@organisers_only
@require_GET
def shows(request: HttpRequest) -> HttpResponse:
    at = now()
    page = Paginator(list_shows(since=at - DAY), PAGE_ROWS).get_page(request.GET.get("page"))
    return render(request, "office/shows.html", {"page": page, "at": at})


@organisers_only
@require_GET
def complaints(request: HttpRequest) -> HttpResponse:
    """Complaints with the moment of the show that they are about, those due first."""
    page = Paginator(list_complaints(), PAGE_ROWS).get_page(request.GET.get("page"))
    context = {"page": page, "rows": [build_complaint(each) for each in page], "at": now()}
    return render(request, "office/complaints.html", context)


@organisers_only
@require_POST
def answer(request: HttpRequest, complaint_id: int) -> HttpResponse:
    text = request.POST.get("answer", "").strip()
    if not text:
        messages.error(request, _("Write an answer first. The complaint stays open."))
    elif answer_complaint(
        complaint_id=complaint_id, answer=text, by_id=get_user(request).pk, at=now()
    ):
        messages.success(request, _("The complaint is answered."))
    else:
        messages.info(request, _("Somebody has answered this complaint already."))
    return redirect("office_complaints")
