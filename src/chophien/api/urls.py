from django.urls import path

from chophien.api import bank, cart, comments, health, openapi, orders, places
from chophien.api.asking import route
from chophien.api.guards import Limit
from chophien.domain.limits import CHECK_OUT_ALLOWANCE, MISS_ALLOWANCE

ORDERING = Limit(CHECK_OUT_ALLOWANCE)
ORDER_LINKS = Limit(MISS_ALLOWANCE, counts_misses=True)

urlpatterns = [
    path("bank/credits", bank.receive_credit_notice, name="bank_credits"),
    path("chat/<int:feed_id>/comments", comments.take_comments, name="hand_in_comments"),
    path("health", health.check_health, name="health"),
    path("openapi.json", route(GET=openapi.show_document), name="api_document"),
    path("provinces", route(GET=places.show_provinces), name="api_provinces"),
    path("cart", route(GET=cart.show_cart), name="api_cart"),
    path("cart/lines", route(POST=cart.add_units), name="api_cart_lines"),
    path(
        "cart/lines/<int:sku>",
        route(PUT=cart.set_units, DELETE=cart.remove_units),
        name="api_cart_line",
    ),
    path("orders", route(POST=ORDERING.around(orders.place_order)), name="api_orders"),
    path(
        "orders/<slug:token>/payments",
        route(GET=ORDER_LINKS.around(orders.show_payments)),
        name="api_payments",
    ),
    path(
        "orders/<slug:token>/test-bank",
        route(POST=ORDER_LINKS.around(orders.pay_by_test_bank)),
        name="api_test_bank",
    ),
]
