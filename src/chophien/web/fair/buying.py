"""Cart and check-out."""

import secrets
import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chophien.apps.festivals.selectors import get_current_festival
from chophien.apps.orders.quoting import Quote, quote_lines
from chophien.apps.orders.selectors import CartView, view_cart
from chophien.apps.orders.services import (
    Busy,
    CartChanged,
    CartEmpty,
    CartFullError,
    Checkout,
    NotOfferedError,
    Placed,
    PriceMoved,
    QuantityError,
    remove_line,
    set_line,
)
from chophien.apps.payments.services import check_out as check_out_cart
from chophien.apps.promotions.buyers import Buyer
from chophien.domain.limits import LINE_QUANTITY_MAX
from chophien.domain.orders import SEED_BYTES
from chophien.web.fair.forms import CheckoutForm
from chophien.web.shared.carts import find_request_cart, make_request_cart, remember_cart
from chophien.web.shared.clock import now
from chophien.web.shared.numbers import parse_number
from chophien.web.shared.people import find_user_id

if TYPE_CHECKING:
    from chophien.apps.orders.models import Cart


@require_GET
def show_cart(request: HttpRequest) -> HttpResponse:
    cart = find_request_cart(request)
    at = now()
    return render(request, "fair/cart.html", _build_context(cart, view_cart(cart, at), at))


def _build_context(cart: "Cart | None", view: CartView, at: datetime) -> dict[str, object]:
    """Lines by stall with what each costs, and the sums; an empty cart has no quote."""
    festival = get_current_festival(at)
    quote = None
    if cart is not None and view.lines:
        buyer = Buyer(id=str(cart.user_id or cart.id), user_id=cart.user_id)
        quote = quote_lines(
            view.lines, festival=festival, buyer=buyer, at=at, held_ids=cart.picked_coupons
        ).quote
    priced = {int(line["id"]): line for line in quote["lines"]} if quote else {}
    stalls: dict[int, dict[str, object]] = {}
    for line in view.lines:
        stall = line.sku.product.stall
        group = stalls.setdefault(
            stall.id,
            {"stall": stall, "lines": [], "shipping": (quote or {})["shipping"].get(stall.slug)},
        )
        rows = group["lines"]
        assert isinstance(rows, list), "built above"
        rows.append({"line": line, "priced": priced[line.sku_id], "short": view.short.get(line.id)})
    return {
        "festival": festival,
        "groups": [group | {"missing": _count_missing(group)} for group in stalls.values()],
        "withdrawn": view.withdrawn,
        "is_short": bool(view.short),
        "quote": quote,
        "quantity_max": LINE_QUANTITY_MAX,
    }


def _count_missing(group: dict[str, Any]) -> int:
    """For how much more one would have to buy at a stall to get free shipping; 0 for never."""
    if not group["shipping"] or group["stall"].free_from_minor is None:
        return 0
    bought = sum(int(row["priced"]["payable"]) for row in group["lines"])
    return int(group["stall"].free_from_minor) - bought


@require_POST
def add_to_cart(request: HttpRequest) -> HttpResponse:
    """Put units of a sku in the cart, then go where `next` says, or to the cart."""
    return _change_cart(request, is_added=True)


@require_POST
def set_in_cart(request: HttpRequest) -> HttpResponse:
    return _change_cart(request, is_added=False)


def _change_cart(request: HttpRequest, *, is_added: bool) -> HttpResponse:
    cart = make_request_cart(request, now())
    try:
        set_line(
            cart=cart,
            sku_id=_read_number(request, "sku"),
            quantity=_read_number(request, "quantity", default=1),
            show_id=_read_number(request, "show") or None,
            is_added=is_added,
        )
    except NotOfferedError:
        messages.error(request, _("These goods are no longer offered. Your cart is unchanged."))
    except QuantityError:
        text = _("Choose a quantity from 1 to %(most)s. Your cart is unchanged.")
        messages.error(request, text % {"most": LINE_QUANTITY_MAX})
    except CartFullError:
        messages.error(request, _("Your cart is full. Order what is in it first, then go on."))
    else:
        if is_added:
            messages.success(request, _("In your cart."))
    response = _go_on(request)
    remember_cart(request, response, cart)
    return response


@require_POST
def remove_from_cart(request: HttpRequest) -> HttpResponse:
    cart = find_request_cart(request)
    removed = remove_line(cart=cart, sku_id=_read_number(request, "sku")) if cart else None
    if removed is not None:
        # Undo instead of "are you sure": the template offers to put it back.
        messages.info(
            request, _("Taken out of your cart."),
            extra_tags=f"undo-cart:{removed.sku_id}:{removed.quantity}",
        )  # fmt: skip
    return redirect("cart")


def _read_number(request: HttpRequest, name: str, default: int = 0) -> int:
    """A whole number from the form; what is none counts as 0, which every rule refuses."""
    return parse_number(request.POST.get(name, str(default)))


def _go_on(request: HttpRequest) -> HttpResponseRedirect:
    target = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        return HttpResponseRedirect(target)
    return redirect("cart")


@require_http_methods(["GET", "POST"])
def check_out(request: HttpRequest) -> HttpResponse:
    """Address and payment; a press of the button makes one order, however often it is sent."""
    cart = find_request_cart(request)
    form = CheckoutForm(request.POST or None, is_demo=settings.IS_DEMO)
    # A key that made an order once leads there again, though the cart is empty by now.
    if cart is not None and form.is_valid():
        return _place(request, cart, form)
    at = now()
    view = view_cart(cart, at)
    if not view.lines:
        return redirect("cart")
    context = _build_context(cart, view, at)
    if not form.is_bound:
        form = _make_form(context["quote"])
    status = 400 if form.is_bound else 200
    return render(request, "fair/checkout.html", context | {"form": form}, status=status)


def _make_form(quote: object) -> CheckoutForm:
    assert isinstance(quote, dict), "a cart with lines has a quote"
    initial = {
        "idempotency_key": uuid.uuid4(),
        "seen_due": quote["due_now"],
        "method": "vietqr",
    }
    return CheckoutForm(initial=initial, is_demo=settings.IS_DEMO)


def _place(request: HttpRequest, cart: "Cart", form: CheckoutForm) -> HttpResponse:
    at = now()
    checkout = Checkout(
        idempotency_key=form.cleaned_data["idempotency_key"],
        seen_due_minor=form.cleaned_data["seen_due"],
        address=form.get_address(),
        user_id=find_user_id(request),
        seed=secrets.token_bytes(SEED_BYTES),
    )
    outcome = check_out_cart(cart=cart, festival=get_current_festival(at), checkout=checkout, at=at)
    match outcome:
        case Placed(order=order):
            page = "test_bank_order" if form.cleaned_data["method"] == "test_bank" else "order"
            return redirect(page, order.token)
        case PriceMoved(quote=quote):
            messages.warning(
                request,
                _("The price changed while you were typing. Nothing was ordered; look again."),
            )
            return _ask_again(request, cart, form, quote)
        case CartChanged() | CartEmpty():
            messages.error(
                request,
                _("Something in your cart is sold out or withdrawn. Nothing was ordered."),
            )
            return redirect("cart")
        case Busy():
            messages.warning(
                request,
                _("Many people are buying the same thing. Nothing was ordered; please try again."),
            )
            return _ask_again(request, cart, form, None)


def _ask_again(
    request: HttpRequest, cart: "Cart", form: CheckoutForm, quote: Quote | None
) -> HttpResponse:
    """The same form with all that was typed, and the sum as it is now."""
    at = now()
    context = _build_context(cart, view_cart(cart, at), at)
    data = dict(form.data.items())
    current = quote or context["quote"]
    assert isinstance(current, dict), "a cart with lines has a quote"
    data["seen_due"] = str(current["due_now"])
    again = CheckoutForm(data, is_demo=settings.IS_DEMO)
    return render(request, "fair/checkout.html", context | {"form": again}, status=409)
