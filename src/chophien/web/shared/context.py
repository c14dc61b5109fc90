"""What every page knows."""

from django.conf import settings
from django.http import HttpRequest

from chophien.apps.orders.selectors import count_units
from chophien.web.shared.carts import find_request_cart
from chophien.web.shared.clock import read


def shared(request: HttpRequest) -> dict[str, object]:
    """The cart's size, the fair's clock, whether it is moved, and whether the data is made up."""
    clock = read()
    return {
        "cart_units": count_units(find_request_cart(request)),
        "server_now": clock.at,
        "is_clock_moved": clock.is_moved,
        "is_demo": settings.IS_DEMO,
    }
