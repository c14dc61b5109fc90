"""Which cart belongs to a request: a person's own, or the one in a guest's signed cookie."""

import uuid
from datetime import datetime
from functools import wraps
from typing import TYPE_CHECKING

from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse

from chophien.apps.orders.selectors import find_cart
from chophien.apps.orders.services import adopt_cart, get_or_make_cart
from chophien.web.shared.clock import now
from chophien.web.shared.people import P, View, find_user_id

if TYPE_CHECKING:
    from chophien.apps.orders.models import Cart

COOKIE = "cart"
COOKIE_S_MAX = 60 * 60 * 24 * 30  # a month: longer than any festival's wait for its sale


def find_request_cart(request: HttpRequest) -> "Cart | None":
    return find_cart(cart_id=_read_cookie(request), user_id=find_user_id(request))


def make_request_cart(request: HttpRequest, at: datetime) -> "Cart":
    return get_or_make_cart(cart=find_request_cart(request), user_id=find_user_id(request), at=at)


def remember_cart(request: HttpRequest, response: HttpResponse, cart: "Cart") -> None:
    """Hand a guest the key to the cart; a person's cart needs none."""
    if cart.user_id is None:
        response.set_signed_cookie(
            COOKIE, str(cart.id), salt=COOKIE, max_age=COOKIE_S_MAX, httponly=True,
            samesite="Lax", secure=request.is_secure(),
        )  # fmt: skip


def adopt_guest_cart(request: HttpRequest, at: datetime) -> bool:
    """After a log-in: bring what the guest had chosen into the person's cart."""
    user_id = find_user_id(request)
    guest_cart = find_cart(cart_id=_read_cookie(request), user_id=None)
    if user_id is None or guest_cart is None:
        return False
    adopt_cart(guest_cart=guest_cart, user_id=user_id, at=at)
    return True


def bring_guest_cart(view: View[P]) -> View[P]:
    """Adopt the guest's cart on the first of these pages after a log-in, wherever it led."""

    @wraps(view)
    def brought(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        is_adopted = adopt_guest_cart(request, now())
        response = view(request, *args, **kwargs)
        if is_adopted:
            response.delete_cookie(COOKIE)
        return response

    return brought


def _read_cookie(request: HttpRequest) -> uuid.UUID | None:
    try:
        value = request.get_signed_cookie(COOKIE, default="", salt=COOKIE)
        return uuid.UUID(value) if value else None
    except (BadSignature, ValueError):
        return None
