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

from chophien.apps.catalog.selectors import find_sku
from chophien.apps.comment_orders.services import note_ordered
from chophien.apps.festivals.selectors import get_current_festival
from chophien.apps.ledger.services import check_out as check_out_cart
from chophien.apps.orders.addresses import TooManyAddressesError, save_address
from chophien.apps.orders.selectors import CartView, view_cart
from chophien.apps.orders.services import (
    Busy,
    CartChanged,
    CartEmpty,
    CartFullError,
    Checkout,
    NotAdmitted,
    NotOfferedError,
    Placed,
    PriceMoved,
    QuantityError,
    note_seen_prices,
    pick_coupons,
    remove_line,
    set_line,
)
from chophien.apps.promotions.buyers import Buyer
from chophien.domain.limits import LINE_QUANTITY_MAX
from chophien.domain.orders import SECRET_BYTES
from chophien.web.fair.addresses import (
    find_chosen_address,
    find_chosen_method,
    list_own_addresses,
    remember_choice,
)
from chophien.web.fair.advice import build_desk, find_step, list_helpful
from chophien.web.fair.forms import CheckoutForm
from chophien.web.fair.till import Till, build_context, open_till
from chophien.web.shared.carts import (
    bring_guest_cart,
    find_request_cart,
    make_request_cart,
    remember_cart,
)
from chophien.web.shared.clock import now
from chophien.web.shared.goods import build_sku_cards
from chophien.web.shared.numbers import parse_number
from chophien.web.shared.people import find_user_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chophien.apps.orders.models import Cart

TICKED_MAX = 40  # coupons of one choice; a wallet's page of them


@require_GET
@bring_guest_cart
def show_cart(request: HttpRequest) -> HttpResponse:
    """The cart with why each line costs what it costs, and what would make it cheaper."""
    at = now()
    cart = find_request_cart(request)
    view = view_cart(cart, at)
    till = _open_till(cart, view, at)
    context = build_context(till, view, at)
    if cart is not None and till is not None:
        context |= {
            "desk": build_desk(cart, view, till, at),
            "helpful": list_helpful(till, at),
            "step": find_step(till, at),
        }
    return render(request, "fair/cart.html", context)


def _open_till(cart: "Cart | None", view: CartView, at: datetime, phone: str = "") -> Till | None:
    return None if cart is None or not view.lines else open_till(cart, view, at, phone=phone)


@require_POST
def choose_coupons(request: HttpRequest) -> HttpResponse:
    """Keep to the coupons that were ticked, or go back to the best combination."""
    cart = find_request_cart(request)
    if cart is not None:
        is_best = request.POST.get("mode") == "best"
        ticked = [parse_number(text) for text in request.POST.getlist("held")[:TICKED_MAX]]
        pick_coupons(cart=cart, held_ids=None if is_best else ticked)
    return redirect("cart")


@require_POST
def accept_prices(request: HttpRequest) -> HttpResponse:
    """The buyer has read what changed in price: what holds now is what was seen."""
    at = now()
    cart = find_request_cart(request)
    till = _open_till(cart, view_cart(cart, at), at)
    if cart is not None and till is not None:
        rows = [row for row in till.rows if row.seen_minor is not None]
        note_seen_prices(cart=cart, seen={row.line.id: row.unit_minor or 0 for row in rows})
    return redirect("cart")


@require_POST
def add_to_cart(request: HttpRequest) -> HttpResponse:
    """Put units of a sku in the cart, then go where `next` says, or to the cart."""
    return _change_cart(request, is_added=True)


@require_POST
def set_in_cart(request: HttpRequest) -> HttpResponse:
    return _change_cart(request, is_added=False)


def _change_cart(request: HttpRequest, *, is_added: bool) -> HttpResponse:
    at = now()
    cart = make_request_cart(request, at)
    sku_id = _read_number(request, "sku")
    show_id = _read_number(request, "show") or None
    try:
        set_line(
            cart=cart,
            sku_id=sku_id,
            quantity=_read_number(request, "quantity", default=1),
            show_id=show_id,
            is_added=is_added,
            seen_unit_minor=_find_unit_price(cart, sku_id, show_id, at),
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


def _find_unit_price(cart: "Cart", sku_id: int, show_id: int | None, at: datetime) -> int | None:
    """What one unit costs this buyer now, as the page showed it."""
    sku = find_sku(sku_id)
    if sku is None:
        return None
    reader = Buyer(id=str(cart.user_id or cart.id), user_id=cart.user_id)
    line = cart.lines.filter(sku_id=sku_id).first()
    (card,) = build_sku_cards(
        [sku],
        festival=get_current_festival(at),
        at=at,
        reader=reader,
        show_id=show_id or (line.show_id if line is not None else None),
    )
    return card.price.unit_minor


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
@bring_guest_cart
def check_out(request: HttpRequest) -> HttpResponse:
    """Address and payment; a press of the button makes one order, however often it is sent."""
    cart = find_request_cart(request)
    form = _bind_form(request, request.POST or None)
    # A key that made an order once leads there again, though the cart is empty by now.
    if cart is not None and form.is_valid():
        return _place(request, cart, form)
    at = now()
    view = view_cart(cart, at)
    till = _open_till(cart, view, at)
    if till is None:
        return redirect("cart")
    context = build_context(till, view, at)
    if not form.is_bound:
        form = _make_form(request, context["quote"])
    status = 400 if form.is_bound else 200
    return render(request, "fair/checkout.html", context | {"form": form}, status=status)


def _make_form(request: HttpRequest, quote: object) -> CheckoutForm:
    assert isinstance(quote, dict), "a cart with lines has a quote"
    chosen = find_chosen_address(request)
    initial = {
        "saved": "" if chosen is None else chosen.pk,
        "idempotency_key": uuid.uuid4(),
        "seen_due": quote["due_now"],
        "method": find_chosen_method(request),
    }
    return _bind_form(request, None, initial=initial)


def _bind_form(
    request: HttpRequest,
    data: "Mapping[str, Any] | None",
    *,
    initial: "dict[str, Any] | None" = None,
) -> CheckoutForm:
    saved = list_own_addresses(request)
    return CheckoutForm(data, is_demo=settings.IS_DEMO, saved=saved, initial=initial)


def _place(request: HttpRequest, cart: "Cart", form: CheckoutForm) -> HttpResponse:
    at = now()
    checkout = Checkout(
        idempotency_key=form.cleaned_data["idempotency_key"],
        seen_due_minor=form.cleaned_data["seen_due"],
        address=form.get_address(),
        user_id=find_user_id(request),
        secret=secrets.token_bytes(SECRET_BYTES),
    )
    outcome = check_out_cart(cart=cart, festival=get_current_festival(at), checkout=checkout, at=at)
    match outcome:
        case Placed(order=order):
            note_ordered(cart=cart, order_id=order.pk)
            _keep_address(request, form, at)
            page = "test_bank_order" if form.cleaned_data["method"] == "test_bank" else "order"
            return redirect(page, order.token)
        case PriceMoved():
            messages.warning(
                request,
                _("The price changed while you were typing. Nothing was ordered; look again."),
            )
            return _ask_again(request, cart, form)
        case CartChanged() | CartEmpty():
            messages.error(
                request,
                _("Something in your cart is sold out or withdrawn. Nothing was ordered."),
            )
            return redirect("cart")
        case NotAdmitted(room_id=room_id):
            messages.info(
                request,
                _("These goods have a waiting room. Nothing was ordered, your cart is kept."),
            )
            return redirect("queue", room_id)
        case Busy():
            messages.warning(
                request,
                _("Many people are buying the same thing. Nothing was ordered; please try again."),
            )
            return _ask_again(request, cart, form)


def _keep_address(request: HttpRequest, form: CheckoutForm, at: datetime) -> None:
    """Remember how the order went for the next one; a typed address only where that was ticked."""
    user_id = find_user_id(request)
    remember_choice(request, method=form.cleaned_data["method"])
    if user_id is None or (form.chosen is None and not form.cleaned_data["keep"]):
        return
    try:
        kept = form.chosen or save_address(user_id=user_id, address=form.get_address(), at=at)
    except TooManyAddressesError:
        messages.warning(
            request,
            _("You keep as many addresses as one can. The order goes to the one you typed."),
        )
    else:
        remember_choice(request, address_id=kept.pk)


def _ask_again(request: HttpRequest, cart: "Cart", form: CheckoutForm) -> HttpResponse:
    """The same form with all that was typed, and the sum as it is now for this phone."""
    at = now()
    view = view_cart(cart, at)
    till = _open_till(cart, view, at, phone=form.get_address().phone)
    if till is None:
        return redirect("cart")
    data = dict(form.data.items())
    data["seen_due"] = str(till.priced.quote["due_now"])
    again = _bind_form(request, data)
    context = build_context(till, view, at) | {"form": again}
    return render(request, "fair/checkout.html", context, status=409)
