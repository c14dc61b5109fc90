from datetime import timedelta

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from chophien.apps.festivals.selectors import get_current_festival, list_former_provinces
from chophien.apps.ledger.selectors import list_latest_sales, read_figures
from chophien.web.shared.clock import now

CURVE = timedelta(hours=3)
LATEST_SHOWN = 8
# The shapes of the archipelagos are their own on the map; what they belong to sells for them.
ARCHIPELAGOS = {"hoangsa": "Đà Nẵng", "truongsa": "Khánh Hòa"}


@require_GET
def screen(request: HttpRequest) -> HttpResponse:
    shapes = {
        place.shape: place.province.name
        for place in list_former_provinces().select_related("province")
    }
    context = {"festival": get_current_festival(now()), "shapes": shapes | ARCHIPELAGOS}
    return render(request, "screen/screen.html", context)


@never_cache
@require_GET
def figures(request: HttpRequest) -> JsonResponse:
    """All figures of one instant; a page fetches them when it hears of a sale."""
    at = now()
    festival = get_current_festival(at)
    read = read_figures(festival.id, curve_from=at - CURVE)
    return JsonResponse(
        {
            "at": at.isoformat(),
            "currency": festival.currency,
            "total": read.total_minor,
            "orders": read.orders,
            "curve": [[minute.isoformat(), amount] for minute, amount in read.curve],
            "stalls": [[row.name, row.amount_minor, row.orders] for row in read.stalls],
            "provinces": [[row.name, row.amount_minor, row.orders] for row in read.provinces],
            "latest": [
                [sale.stall.name_vi, sale.booked_at.isoformat()]
                for sale in list_latest_sales(festival.id, LATEST_SHOWN)
            ],
        }
    )
