"""Where a person lands after the log-in."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from chophien.apps.orders.selectors import list_orders_of
from chophien.apps.programme.selectors import is_host
from chophien.apps.sellers.selectors import list_stalls_of
from chophien.web.shared.carts import COOKIE, adopt_guest_cart
from chophien.web.shared.clock import now
from chophien.web.shared.people import get_user, is_organiser


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
    orders = list_orders_of(get_user(request).pk)
    return render(request, "fair/my_orders.html", {"orders": orders})
