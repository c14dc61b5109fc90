"""Where a person lands after the log-in."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from chophien.apps.orders.selectors import list_orders_of, list_reservations
from chophien.apps.programme.selectors import is_host
from chophien.apps.sellers.selectors import list_stalls_of
from chophien.web.fair.presale import build_reserved_card
from chophien.web.shared.carts import COOKIE, adopt_guest_cart
from chophien.web.shared.clock import now
from chophien.web.shared.people import get_user, is_organiser

# Stages of what is reserved that still need the buyer; the others are on their order's page.
ACTIVE = {"open", "waiting", "balance_placed", "over"}


@login_required
def my_place(request: HttpRequest) -> HttpResponse:
    """Bring the guest's cart along, then go to where this person works, or to their orders."""
    user = get_user(request)
    adopted = adopt_guest_cart(request, now())
    if is_organiser(user):
        response: HttpResponse = redirect("office")
    elif list_stalls_of(user.pk).exists():
        response = redirect("my_stall")
    elif is_host(user.pk):
        response = redirect("studio")
    else:
        response = redirect("my_orders")
    if adopted:
        response.delete_cookie(COOKIE)
    return response


@login_required
def my_orders(request: HttpRequest) -> HttpResponse:
    """What is reserved, the most urgent first, then the orders, newest first."""
    at = now()
    user_id = get_user(request).pk
    cards = [build_reserved_card(each, at) for each in list_reservations(user_id)]
    context = {
        "orders": list_orders_of(user_id),
        "reserved": [card for card in cards if card.stage in ACTIVE],
    }
    return render(request, "fair/my_orders.html", context)
