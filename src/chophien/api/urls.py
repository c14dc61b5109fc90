from django.urls import path

from chophien.api import bank, cart, health, openapi, orders, places
from chophien.api.asking import route

urlpatterns = [
    path("bank/credits", bank.receive_credit_notice, name="bank_credits"),
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
    path("orders", route(POST=orders.place_order), name="api_orders"),
    path("orders/<slug:token>/payments", route(GET=orders.show_payments), name="api_payments"),
    path(
        "orders/<slug:token>/test-bank",
        route(POST=orders.pay_by_test_bank),
        name="api_test_bank",
    ),
]
