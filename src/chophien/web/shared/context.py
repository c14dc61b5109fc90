"""What every page knows."""

from django.conf import settings
from django.http import HttpRequest

from chophien.apps.accounts.notices import count_unread
from chophien.apps.orders.selectors import count_units
from chophien.web.shared.carts import find_request_cart
from chophien.web.shared.clock import read
from chophien.web.shared.people import find_user_id


def shared(request: HttpRequest) -> dict[str, object]:
    """The cart's size, unread notices, the fair's clock, whether it is moved, and whether the data is made up."""
    clock = read()
    user_id = find_user_id(request)
    return {
        "cart_units": count_units(find_request_cart(request)),
        "unread_notices": 0 if user_id is None else count_unread(user_id),
        "server_now": clock.at,
        "is_clock_moved": clock.is_moved,
        "is_demo": settings.IS_DEMO,
        "hub_url": settings.HUB_URL,
    }
