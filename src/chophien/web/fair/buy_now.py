"""Buying with one press: what it costs, and the pass that says who buys."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.timezone import localtime
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from chophien.apps.admission.selectors import list_rooms_of
from chophien.apps.catalog.selectors import find_sku, is_on_sale
from chophien.apps.orders.addresses import find_address
from chophien.apps.orders.buy_now import Asked, ByCart, Offer, find_offer
from chophien.apps.promotions.buyers import Buyer
from chophien.domain.limits import PASS_TIME
from chophien.web.fair.addresses import (
    find_chosen_address,
    find_chosen_method,
    list_own_addresses,
    pick_address,
    remember_choice,
)
from chophien.web.fair.forms import list_methods
from chophien.web.shared.clock import now, read_real
from chophien.web.shared.device import device_of
from chophien.web.shared.numbers import parse_number
from chophien.web.shared.people import find_user_id
from chophien.wire.passes import Pass, derive_key, sign_pass

if TYPE_CHECKING:
    from chophien.apps.catalog.models import Sku
    from chophien.apps.orders.models import SavedAddress

FLASH = "flash"


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One press for one sku, as a page shows it to a buyer.

    Without an offer it only tells what became of an earlier press.
    """

    sku: "Sku"
    offer: Offer | None
    why: str
    """The reason of `ByCart` where there is no offer."""
    quantity: int
    show_id: int | None
    room_id: int | None
    """The waiting room through which the sku is sold, if there is one."""
    addresses: "list[SavedAddress]"
    chosen: "SavedAddress | None"
    method: str

    @property
    def is_flash(self) -> bool:
        return self.offer is not None and self.offer.ready.price_kind == FLASH

    @property
    def opens(self) -> str:
        """The time of the opening, with seconds where it is not on the minute."""
        assert self.offer is not None, "only an offer opens"
        opens_at = localtime(self.offer.opens_at)
        return date_format(opens_at, "H:i:s" if opens_at.second else "H:i")

    @property
    def off_minor(self) -> int:
        """What offers of the stall and the fair take off, beside the price itself."""
        if self.offer is None:
            return 0
        ready = self.offer.ready
        return ready.unit_minor * ready.quantity - ready.goods_minor

    @property
    def methods(self) -> "list[tuple[str, object]]":
        return [*list_methods(is_demo=settings.IS_DEMO)]


def _read_asked(request: HttpRequest, sku_id: int) -> Asked:
    return Asked(
        sku_id=sku_id,
        quantity=parse_number(request.GET.get("quantity", "1")),
        show_id=parse_number(request.GET.get("show", "")) or None,
    )


def _find_buyer(request: HttpRequest, chosen: "SavedAddress | None") -> Buyer:
    """Whoever asks, with the phone of the address that the order would go to."""
    user_id = find_user_id(request)
    phone = "" if chosen is None else chosen.phone
    return Buyer(id=str(user_id or "guest"), user_id=user_id, phone=phone)


def build_panel(request: HttpRequest, sku: "Sku", asked: Asked, at: datetime) -> Panel | None:
    """The panel of a sku; a guest is shown it for flash prices only.

    For anything else the cart is as quick for a guest as a log-in.
    """
    addresses = list_own_addresses(request)
    chosen = pick_address(request, addresses)
    found = find_offer(asked, buyer=_find_buyer(request, chosen), at=at)
    offer = None if isinstance(found, ByCart) else found
    if find_user_id(request) is None and (offer is None or offer.ready.price_kind != FLASH):
        return None
    room = None if offer is None else list_rooms_of([sku.id]).get(sku.id)
    return Panel(
        sku=sku,
        offer=offer,
        why=found.reason if isinstance(found, ByCart) else "",
        quantity=asked.quantity,
        show_id=asked.show_id,
        room_id=None if room is None else room.pk,
        addresses=addresses,
        chosen=chosen,
        method=find_chosen_method(request),
    )


def _find_sku_or_404(sku_id: int) -> "Sku":
    sku = find_sku(sku_id)
    if sku is None or not is_on_sale(sku):
        raise Http404
    return sku


@never_cache
@require_GET
def tell_ready(request: HttpRequest, sku_id: int) -> JsonResponse:
    """What one press buys and costs, or that the cart sells it and why."""
    sku = _find_sku_or_404(sku_id)
    asked = _read_asked(request, sku_id)
    offer = find_offer(asked, buyer=_find_buyer(request, find_chosen_address(request)), at=now())
    if isinstance(offer, ByCart):
        return JsonResponse({"outcome": "cart", "why": offer.reason})
    ready = offer.ready
    room = list_rooms_of([sku.id]).get(sku.id)
    return JsonResponse(
        {
            "outcome": "ready",
            "quantity": ready.quantity,
            "unit": ready.unit_minor,
            "goods": ready.goods_minor,
            "shipping": ready.shipping_minor,
            "due": ready.due_minor,
            "cart_due": offer.cart_due_minor,
            "limit": offer.limit,
            "opens_at": offer.opens_at.isoformat(),
            "ends_at": offer.ends_at.isoformat(),
            "room": None if room is None else room.pk,
        }
    )


@never_cache
@require_GET
def show_panel(request: HttpRequest, sku_id: int) -> HttpResponse:
    """The panel alone: what an open page fetches for another kind, or when a price changed."""
    sku = _find_sku_or_404(sku_id)
    panel = build_panel(request, sku, _read_asked(request, sku_id), now())
    if panel is None:
        return HttpResponse()
    page = request.GET.get("page", "")
    is_ours = url_has_allowed_host_and_scheme(page, allowed_hosts={request.get_host()})
    context = {
        "panel": panel,
        "page": page if is_ours else reverse("goods", args=[sku.product.slug]),
        "is_sheet": "sheet" in request.GET,
    }
    return render(request, "fair/_buy_now.html", context)


@never_cache
@require_POST
def make_pass(request: HttpRequest) -> JsonResponse:
    """A pass for whoever is logged in, to one of their own addresses; renewed before it ends.

    It holds for real time: the fair's clock may be moved while somebody buys.
    """
    user_id = find_user_id(request)
    if user_id is None:
        return JsonResponse({"outcome": "log_in"}, status=401)
    address = find_address(user_id, parse_number(request.POST.get("address", "")))
    if address is None:
        return JsonResponse({"outcome": "no_address"}, status=404)
    method = request.POST.get("method", "")
    if method not in {code for code, _name in list_methods(is_demo=settings.IS_DEMO)}:
        return JsonResponse({"outcome": "no_method"}, status=400)
    device = device_of(request)
    if not device:
        return JsonResponse({"outcome": "no_device"}, status=400)
    remember_choice(request, address_id=address.pk, method=method)
    ends_at = read_real() + PASS_TIME
    holder = Pass(
        user_id=user_id,
        address_id=address.pk,
        buyer_keys=(*Buyer(id=str(user_id), user_id=user_id).keys, address.buyer_key),
        method=method,
        device=device,
        ends_at_s=int(ends_at.timestamp()),
    )
    return JsonResponse(
        {
            "pass": sign_pass(holder, derive_key(settings.SECRET_KEY)),
            "ends_at": ends_at.isoformat(),
            "lives_s": PASS_TIME // timedelta(seconds=1),
        }
    )
