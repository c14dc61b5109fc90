"""The cart: put goods in, set how many, take them out; what it costs and why."""

from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from django.http import HttpRequest, HttpResponse

from chophien.api.answers import CART_KEPT, answer, refuse
from chophien.api.asking import read_body
from chophien.api.carts import find_request_cart, make_request_cart, remember_cart
from chophien.apps.festivals.clock import now
from chophien.apps.festivals.selectors import get_current_festival
from chophien.apps.orders.quoting import quote_lines
from chophien.apps.orders.selectors import CartView, weigh_cart
from chophien.apps.orders.services import (
    CartFullError,
    NotOfferedError,
    QuantityError,
    remove_line,
    set_line,
)
from chophien.apps.promotions.buyers import Buyer
from chophien.domain.limits import LINE_QUANTITY_MAX

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from chophien.apps.orders.models import Cart, CartLine

_NO_CART = CartView(lines=(), withdrawn=(), short={})
Id = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
Quantity = Annotated[int, msgspec.Meta(ge=1, le=LINE_QUANTITY_MAX)]
Money = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class LineWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How many units; the show in which they were chosen; what one unit was shown to cost.

    With `seen_unit` the cart can say later that the price changed.
    """

    quantity: Quantity = 1
    show: Id | None = None
    seen_unit: Money | None = None


class UnitsAdded(LineWanted, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """As `LineWanted`, with the sku, for units on top of those there."""

    sku: Id


class LineKept(msgspec.Struct, frozen=True, kw_only=True):
    """What a cart has of a sku now. `token` names a guest's cart, `null` a person's own."""

    sku: int
    quantity: int
    token: str | None


class LineShown(msgspec.Struct, frozen=True, kw_only=True):
    """One line. Its `id` is that in the quote; `free` is there where fewer units are than asked."""

    id: str
    sku: int
    name: str
    unit: str
    stall: str
    quantity: int
    seen_unit: int | None
    free: int | None


class CartShown(msgspec.Struct, frozen=True, kw_only=True):
    """A cart; `quote` is that of docs/reference/promotions.md, `null` with nothing to price.

    Why it costs that: `quote.adjustments` are the discounts, by line and by who bears them,
    `quote.rejected` the prices that did not count and why, `quote.next_step` what would help.
    """

    lines: list[LineShown]
    withdrawn: list[LineShown]
    due: int
    quote: dict[str, Any] | None


def show_cart(request: HttpRequest) -> HttpResponse:
    """The cart and its quote: with the coupons picked, or the best."""
    at = now()
    cart = find_request_cart(request, at)
    view = _NO_CART if cart is None else weigh_cart(cart, at)
    quote = None if cart is None or not view.lines else quote_cart(cart, view, at)
    return answer(
        CartShown(
            lines=_show_lines(view.lines, view.short),
            withdrawn=_show_lines(view.withdrawn, {}),
            due=0 if quote is None else quote["due_now"],
            quote=quote,
        )
    )


def quote_cart(cart: "Cart", view: CartView, at: "datetime") -> dict[str, Any]:
    """What the lines that can be bought cost together."""
    buyer = Buyer(id=str(cart.user_id or cart.id), user_id=cart.user_id)
    festival = get_current_festival(at)
    priced = quote_lines(
        view.lines, festival=festival, buyer=buyer, at=at, held_ids=cart.picked_coupons
    )
    return priced.quote


def _show_lines(lines: "Sequence[CartLine]", short: dict[int, int]) -> list[LineShown]:
    return [
        LineShown(
            id=line.quote_id,
            sku=line.sku_id,
            name=line.sku.product.name_vi,
            unit=line.sku.unit_vi,
            stall=line.sku.product.stall.slug,
            quantity=line.quantity,
            seen_unit=line.seen_unit_minor,
            free=short.get(line.id),
        )
        for line in lines
    ]


def add_units(request: HttpRequest) -> HttpResponse:
    """Put units of a sku in the cart, on top of those there."""
    added = read_body(request, UnitsAdded)
    return _change(request, added.sku, added, is_added=True)


def set_units(request: HttpRequest, sku: int) -> HttpResponse:
    """Have so many units of a sku in the cart."""
    return _change(request, sku, read_body(request, LineWanted), is_added=False)


def _change(request: HttpRequest, sku: int, wanted: LineWanted, *, is_added: bool) -> HttpResponse:
    cart = make_request_cart(request, now())
    try:
        line = set_line(
            cart=cart,
            sku_id=sku,
            quantity=wanted.quantity,
            show_id=wanted.show,
            is_added=is_added,
            seen_unit_minor=wanted.seen_unit,
        )
    except NotOfferedError as fault:
        raise refuse(404, "not_offered", "these goods are not offered", kept=CART_KEPT) from fault
    except QuantityError as fault:
        raise refuse(422, "quantity", str(fault), kept=CART_KEPT) from fault
    except CartFullError as fault:
        raise refuse(409, "cart_full", str(fault), kept=CART_KEPT) from fault
    response = HttpResponse()
    token = None
    if cart.user_id is None:
        token = remember_cart(response, cart, is_secure=request.is_secure())
    return answer(LineKept(sku=line.sku_id, quantity=line.quantity, token=token), response=response)


def remove_units(request: HttpRequest, sku: int) -> HttpResponse:
    """Take a sku out of the cart."""
    cart = find_request_cart(request, now())
    if cart is None or remove_line(cart=cart, sku_id=sku) is None:
        raise refuse(404, "not_in_cart", "this sku is not in the cart", kept=CART_KEPT)
    return HttpResponse(status=204)
