"""What every page knows."""

from django.conf import settings
from django.http import HttpRequest

from chophien.apps.orders.selectors import count_units
from chophien.web.shared.carts import find_request_cart
from chophien.web.shared.clock import now


def shared(request: HttpRequest) -> dict[str, object]:
    """The cart's size, the server's clock, and whether the data is made up."""
    return {
        "cart_units": count_units(find_request_cart(request)),
        "server_now": now(),
        "is_demo": settings.IS_DEMO,
    }
