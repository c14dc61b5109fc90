"""Whose cart a request means: a person's own, or a guest's by cookie or bearer token.

The token is what the pages' signed cookie holds, so a program and a browser share a cart.
"""

import uuid
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse

from chophien.api.answers import CART_KEPT, refuse
from chophien.api.asking import find_user_id
from chophien.apps.orders.selectors import find_cart
from chophien.apps.orders.services import adopt_cart, get_or_make_cart

if TYPE_CHECKING:
    from chophien.apps.orders.models import Cart

COOKIE = "cart"
COOKIE_S_MAX = 60 * 60 * 24 * 30  # a month, as with the pages
_BEARER = "Bearer "


def find_request_cart(request: HttpRequest, at: datetime) -> "Cart | None":
    """The cart of whoever asks; what a person chose as a guest joins the person's own.

    Raises:
        RefusedError: a bearer token that this fair did not give out.
    """
    cart_id = _read_token(request)
    user_id = find_user_id(request)
    if user_id is not None and cart_id is not None:
        guest_cart = find_cart(cart_id=cart_id, user_id=None)
        if guest_cart is not None:
            return adopt_cart(guest_cart=guest_cart, user_id=user_id, at=at)
    if user_id is None and cart_id is None:
        return None
    return find_cart(cart_id=cart_id, user_id=user_id)


def make_request_cart(request: HttpRequest, at: datetime) -> "Cart":
    """As `find_request_cart`, or a new one."""
    cart = find_request_cart(request, at)
    return get_or_make_cart(cart=cart, user_id=find_user_id(request), at=at)


def _read_token(request: HttpRequest) -> uuid.UUID | None:
    """The id in the token; the header counts before the cookie, which lasts as long as it did."""
    header = request.headers.get("Authorization", "")
    if header.startswith(_BEARER):
        request.COOKIES[COOKIE] = header.removeprefix(_BEARER)
    try:
        value = request.get_signed_cookie(COOKIE, default="", salt=COOKIE)
        cart_id = uuid.UUID(value) if value else None
    except (BadSignature, ValueError):
        cart_id = None
    if cart_id is None and header:
        raise refuse(401, "bad_token", "no cart has this token", kept=CART_KEPT)
    return cart_id


def remember_cart(response: HttpResponse, cart: "Cart", *, is_secure: bool) -> str:
    """Let a guest's browser keep the cart, as the pages do; returns the token."""
    response.set_signed_cookie(
        COOKIE, str(cart.id), salt=COOKIE, max_age=COOKIE_S_MAX, httponly=True, samesite="Lax",
        secure=is_secure,
    )  # fmt: skip
    return response.cookies[COOKIE].value
