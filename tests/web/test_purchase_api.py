"""Buying through the API: what a program sends and what it is told."""

import json
import re
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import get_resolver
from tests.factories import (
    OPENING,
    check_out,
    make_address,
    make_cart,
    make_festival,
    make_sku,
    make_stall,
    make_user,
)

from chophien.api import cart, orders, urls
from chophien.api.carts import COOKIE, remember_cart
from chophien.api.openapi import OPERATIONS, build_document
from chophien.apps.festivals.models import Province
from chophien.apps.festivals.selectors import get_current_festival
from chophien.apps.inventory.models import Stock
from chophien.apps.ledger.selectors import sum_ledger
from chophien.apps.orders.addresses import save_address
from chophien.apps.orders.models import Cart, Order, StallOrder
from chophien.apps.orders.services import set_line

ROOT = Path(__file__).resolve().parents[2]
NOW = OPENING + timedelta(minutes=1)


@pytest.fixture(autouse=True)
def still_clock(monkeypatch):
    for module in (cart, orders):
        monkeypatch.setattr(module, "now", lambda: NOW)


@pytest.fixture
def honey(db):
    make_festival()
    return make_sku(make_stall(), price_minor=150_000, units=10)


def ask(method, path, body=None, *, client=None, **headers):
    """Send JSON as a program does; the answer and its document."""
    sent = b"" if method == "GET" else json.dumps(body or {}).encode()
    response = (client or Client()).generic(
        method, f"/api/{path}", sent, content_type="application/json", headers=headers
    )
    is_json = response.headers.get("Content-Type") == "application/json"
    return response, response.json() if is_json else None


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def fill(sku, quantity=2):
    """A guest's token, with units of a sku in the cart."""
    _, kept = ask("POST", "cart/lines", {"sku": sku.id, "quantity": quantity})
    return kept["token"]


def address(**fields):
    values = {
        "recipient": "Trần Thị Bưởi", "phone": "0901 234 567", "ward": "Phường Pleiku",
        "province": Province.objects.get(slug="gia-lai").id, "street": "12 Hùng Vương",
    }  # fmt: skip
    return values | fields


def order_body(due, **fields):
    return {"key": str(uuid.uuid4()), "due": due, "address": address()} | fields


def assert_refused(response, document, status, code):
    assert (response.status_code, document["error"]["code"]) == (status, code)
    assert document["error"]["kept"]


def test_a_guest_buys_with_a_bearer_token_and_pays_at_the_test_bank(honey):
    token = fill(honey)
    _, shown = ask("GET", "cart", **bearer(token))
    response, made = ask("POST", "orders", order_body(shown["due"]), **bearer(token))
    _, waiting = ask("GET", f"orders/{made['token']}/payments")
    _, paid = ask("POST", f"orders/{made['token']}/test-bank")
    _, after = ask("GET", f"orders/{made['token']}/payments")

    order = Order.objects.get()
    assert response.status_code == 201
    assert (made["number"], made["due"]) == (order.number, shown["due"])
    assert waiting["payments"][0]["vietqr"].startswith("000201")
    assert list(paid["outcomes"].values()) == ["paid"]
    assert (after["is_paid"], after["payments"][0]["vietqr"]) == (True, None)
    assert sum_ledger(order.festival_id) == shown["due"]
    assert Stock.objects.get(sku=honey).sold == 2


def test_the_cart_says_what_it_costs_and_why(honey):
    _, shown = ask("GET", "cart", **bearer(fill(honey)))

    (line,) = shown["lines"]
    assert (line["sku"], line["quantity"], line["free"]) == (honey.id, 2, None)
    assert shown["quote"]["lines"][0]["payable"] == 300_000
    assert shown["due"] == shown["quote"]["due_now"]


def test_the_cart_says_how_many_units_are_there_where_fewer_are(honey):
    _, shown = ask("GET", "cart", **bearer(fill(honey, quantity=11)))

    assert shown["lines"][0]["free"] == 10


def test_units_are_added_set_and_taken_out(honey):
    token = fill(honey, quantity=1)
    _, added = ask("POST", "cart/lines", {"sku": honey.id, "quantity": 2}, **bearer(token))
    _, kept = ask("PUT", f"cart/lines/{honey.id}", {"quantity": 5}, **bearer(token))
    gone, _ = ask("DELETE", f"cart/lines/{honey.id}", **bearer(token))
    again = ask("DELETE", f"cart/lines/{honey.id}", **bearer(token))

    assert (added["quantity"], kept["quantity"], gone.status_code) == (3, 5, 204)
    assert_refused(*again, 404, "not_in_cart")


def test_a_browser_shares_the_cart_of_the_pages(honey):
    browser = Client()
    browser.post("/cart/add/", {"sku": honey.id, "quantity": 2})
    _, shown = ask("GET", "cart", client=browser)
    ask("PUT", f"cart/lines/{honey.id}", {"quantity": 3}, client=browser)

    assert shown["lines"][0]["quantity"] == 2
    assert browser.cookies[COOKIE].value
    assert Cart.objects.get().lines.get().quantity == 3


def test_a_guest_with_a_browser_gets_the_cookie_of_the_pages(honey):
    browser = Client()
    ask("POST", "cart/lines", {"sku": honey.id}, client=browser)

    assert browser.get("/cart/").context["cart_units"] == 1


def test_a_person_has_one_cart_and_what_the_guest_chose_joins_it(honey):
    token = fill(honey)
    browser = Client()
    browser.force_login(make_user())
    response, kept = ask(
        "POST", "cart/lines", {"sku": honey.id, "quantity": 1}, client=browser, **bearer(token)
    )

    assert (response.status_code, kept["quantity"], kept["token"]) == (200, 3, None)
    assert Cart.objects.get().user is not None


def test_a_persons_cart_is_not_opened_by_a_token(honey):
    own = make_cart((honey, 1), user=make_user())
    token = remember_cart(HttpResponse(), own, is_secure=False)
    _, shown = ask("GET", "cart", **bearer(token))

    assert shown["lines"] == []


@pytest.mark.parametrize("token", ["no-token", "a:b:c", ""])
def test_a_token_that_this_fair_did_not_give_is_refused(honey, token):
    answers = [
        ask("GET", "cart", Authorization=f"Bearer {token or 'x'}"),
        ask("POST", "cart/lines", {"sku": honey.id}, Authorization=f"Bearer {token or 'x'}"),
    ]

    for response, document in answers:
        assert_refused(response, document, 401, "bad_token")
    assert Cart.objects.count() == 0


def test_a_key_sent_twice_makes_one_order(honey):
    token = fill(honey)
    body = order_body(ask("GET", "cart", **bearer(token))[1]["due"])
    first, made = ask("POST", "orders", body, **bearer(token))
    second, again = ask("POST", "orders", body, **bearer(token))

    assert (first.status_code, second.status_code) == (201, 200)
    assert (made["number"], again["is_new"]) == (again["number"], False)
    assert Order.objects.count() == 1


def test_the_key_may_come_as_a_header(honey):
    token = fill(honey)
    due = ask("GET", "cart", **bearer(token))[1]["due"]
    key = str(uuid.uuid4())
    body = {"due": due, "address": address()}
    ask("POST", "orders", body, **bearer(token), **{"Idempotency-Key": key})

    assert str(Order.objects.get().idempotency_key) == key


def test_a_sum_that_was_not_seen_is_refused_with_the_sum(honey):
    token = fill(honey)
    due = ask("GET", "cart", **bearer(token))[1]["due"]
    response, document = ask("POST", "orders", order_body(due - 1), **bearer(token))

    assert_refused(response, document, 409, "price_changed")
    assert document["error"]["due"] == due
    assert Order.objects.count() == 0


def test_what_is_sold_out_is_refused_with_what_is_there(honey):
    token = fill(honey, quantity=6)
    due = ask("GET", "cart", **bearer(token))[1]["due"]
    check_out(make_cart((honey, 7)), get_current_festival(NOW))
    response, document = ask("POST", "orders", order_body(due), **bearer(token))

    assert_refused(response, document, 409, "cart_changed")
    assert document["error"]["free"] == {str(honey.id): 3}


BAD_ORDERS = {
    "no key": ({"key": None}, 400, "malformed"),
    "no address": ({"address": None}, 400, "malformed"),
    "two addresses": ({"saved_address": 1}, 400, "malformed"),
    "another's address": ({"address": None, "saved_address": 1}, 404, "no_address"),
    "unknown key": ({"colour": "red"}, 400, "malformed"),
    "a sum below zero": ({"due": -1}, 400, "malformed"),
    "a sum with a point": ({"due": 1.5}, 400, "malformed"),
    "an unknown method": ({"method": "cash"}, 400, "malformed"),
}


@pytest.mark.parametrize(("fields", "status", "code"), BAD_ORDERS.values(), ids=BAD_ORDERS)
def test_an_order_that_is_none_is_refused(honey, fields, status, code):
    token = fill(honey)
    answer = ask("POST", "orders", order_body(325_000) | fields, **bearer(token))

    assert_refused(*answer, status, code)
    assert Order.objects.count() == 0


BAD_ADDRESSES = {
    "a phone of elsewhere": ({"phone": "+1 555 0100"}, 422, "phone"),
    "an unknown province": ({"province": 9_999}, 422, "province"),
    "spaces": ({"street": "   "}, 400, "malformed"),
    "a NUL": ({"recipient": "a\0b"}, 400, "malformed"),
    "too long": ({"ward": "a" * 81}, 400, "malformed"),
}


@pytest.mark.parametrize(("fields", "status", "code"), BAD_ADDRESSES.values(), ids=BAD_ADDRESSES)
def test_an_address_that_is_none_is_refused(honey, fields, status, code):
    token = fill(honey)
    due = ask("GET", "cart", **bearer(token))[1]["due"]
    answer = ask("POST", "orders", order_body(due, address=address(**fields)), **bearer(token))

    assert_refused(*answer, status, code)
    assert Order.objects.count() == 0
    assert Cart.objects.get().lines.count() == 1


def test_nobody_orders_without_a_cart_or_from_an_empty_one(honey):
    token = fill(honey)
    ask("DELETE", f"cart/lines/{honey.id}", **bearer(token))

    assert_refused(*ask("POST", "orders", order_body(1)), 404, "no_cart")
    assert_refused(*ask("POST", "orders", order_body(1), **bearer(token)), 409, "cart_empty")


BAD_LINES = {
    "none": ({"quantity": 0}, 400, "malformed"),
    "too many": ({"quantity": 1_000}, 400, "malformed"),
    "unknown": ({"sku": 9_999}, 404, "not_offered"),
    "no number": ({"sku": "1"}, 400, "malformed"),
}


@pytest.mark.parametrize(("fields", "status", "code"), BAD_LINES.values(), ids=BAD_LINES)
def test_units_that_cannot_be_had_are_refused(honey, fields, status, code):
    token = fill(honey)
    answer = ask("POST", "cart/lines", {"sku": honey.id} | fields, **bearer(token))

    assert_refused(*answer, status, code)
    assert Cart.objects.get().lines.get().quantity == 2


def test_more_than_a_cart_holds_of_a_sku_is_refused(honey):
    token = fill(honey)
    answer = ask("POST", "cart/lines", {"sku": honey.id, "quantity": 998}, **bearer(token))

    assert_refused(*answer, 422, "quantity")


FOREIGN = {
    "another site": {"Origin": "https://evil.example"},
    "a site beside": {"Sec-Fetch-Site": "same-site"},
    "no site": {"Origin": "null"},
}


@pytest.mark.parametrize("headers", FOREIGN.values(), ids=FOREIGN)
def test_pages_of_other_sites_change_nothing(honey, headers):
    answer = ask("POST", "cart/lines", {"sku": honey.id}, **headers)

    assert_refused(*answer, 403, "other_site")
    assert Cart.objects.count() == 0


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_what_a_form_of_another_site_could_send_is_refused(honey, kind):
    sent = json.dumps({"sku": honey.id}).encode()
    response = Client().generic("POST", "/api/cart/lines", sent, content_type=kind)

    assert_refused(response, response.json(), 415, "not_json")


def test_the_own_site_may_change_the_cart(honey):
    own = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
    response, _ = ask("POST", "cart/lines", {"sku": honey.id}, **own)

    assert response.status_code == 200


def test_a_wrong_method_is_told_the_right_ones(honey):
    response, document = ask("PATCH", f"cart/lines/{honey.id}")

    assert_refused(response, document, 405, "wrong_method")
    assert response.headers["Allow"] == "DELETE, PUT"


def test_a_body_too_large_is_refused(honey):
    answer = ask("POST", "cart/lines", {"sku": honey.id, "note": "x" * 20_000})

    assert_refused(*answer, 413, "too_large")


def test_orders_are_seen_by_their_token_only(honey):
    for method, path in (("GET", "payments"), ("POST", "test-bank")):
        assert_refused(*ask(method, f"orders/{'a' * 32}/{path}"), 404, "not_found")


def test_a_real_fair_has_no_test_bank(honey, settings):
    token = fill(honey)
    due = ask("GET", "cart", **bearer(token))[1]["due"]
    _, made = ask("POST", "orders", order_body(due), **bearer(token))
    settings.IS_DEMO = False
    by_bank = ask("POST", "orders", order_body(due, method="test_bank"), **bearer(token))
    paid = ask("POST", f"orders/{made['token']}/test-bank")

    assert_refused(*paid, 404, "not_found")
    assert_refused(*by_bank, 422, "method")
    assert StallOrder.objects.get().state == "placed"


def test_a_person_orders_to_an_address_that_is_kept(honey):
    person = make_user()
    kept = save_address(user_id=person.id, address=make_address(), at=NOW)
    browser = Client()
    browser.force_login(person)
    set_line(cart=make_cart(user=person), sku_id=honey.id, quantity=2)
    due = ask("GET", "cart", client=browser)[1]["due"]
    body = order_body(due, address=None, saved_address=kept.id)
    response, _ = ask("POST", "orders", body, client=browser)

    assert response.status_code == 201
    assert (Order.objects.get().user, Order.objects.get().street) == (person, "12 Hùng Vương")


def list_routes():
    """Every address of the API, as OpenAPI writes it."""
    return {
        "/api/" + str(each.pattern).replace("<int:", "{").replace("<slug:", "{").replace(">", "}")
        for each in urls.urlpatterns
    }


def test_the_document_names_every_route_and_no_other():
    assert set(build_document()["paths"]) == list_routes()
    assert get_resolver("chophien.config.urls")


def test_the_document_names_every_method_of_a_route(honey):
    for operation in OPERATIONS:
        path = operation.path.removeprefix("/api/").format(sku=honey.id, token="x" * 38, feed_id=1)
        response, _ = ask(operation.method.upper(), path)
        assert response.status_code != 405, operation
    by_path = {}
    for operation in OPERATIONS:
        by_path.setdefault(operation.path, set()).add(operation.method.upper())
    for path, methods in by_path.items():
        plain = path.removeprefix("/api/").format(sku=honey.id, token="x" * 38, feed_id=1)
        for method in {"GET", "POST", "PUT", "DELETE", "PATCH"} - methods:
            response, _ = ask(method, plain)
            assert response.status_code == 405, (method, path)


def test_the_document_is_served_and_refers_only_to_what_it_holds(db):
    _, document = ask("GET", "openapi.json")
    text = json.dumps(document)

    names = set(document["components"]["schemas"])
    assert {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]} <= names
    assert document["paths"]["/api/orders"]["post"]["requestBody"]


def test_the_reference_explains_every_route_and_every_refusal():
    text = (ROOT / "docs/reference/api.md").read_text()
    code = "".join(path.read_text() for path in (ROOT / "src/chophien/api").glob("*.py"))
    named = re.findall(r'[45]\d\d, "([a-z_]+)"|code="([a-z_]+)"', code)

    assert set(re.findall(r"`([A-Z]+ /api/\S+)`", text.split("## A purchase")[0])) == {
        f"{each.method.upper()} {each.path}" for each in OPERATIONS
    } | {"GET /api/cart"}
    assert {"".join(pair) for pair in named if f"`{''.join(pair)}`" not in text} == {"not_signed"}
