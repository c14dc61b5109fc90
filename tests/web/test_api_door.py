"""The API as its own ASGI door answers, without the pages' middleware."""

import json

import pytest
from django.db import connection
from tests.factories import make_festival, make_sku, make_stall

from chophien.api.door import ApiDoor
from chophien.domain.limits import API_BYTES_MAX


async def knock(method, path, body=b"", *, more=(), **headers):
    """Send one request through the door; status, headers and document."""
    sent = {"host": "localhost", "content-type": "application/json"} | headers
    sent.setdefault("content-length", str(len(body) + sum(map(len, more))))
    scope = {
        "type": "http", "method": method, "path": path, "query_string": b"", "scheme": "http",
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
    }  # fmt: skip
    pieces = [body, *more]
    heard = []

    async def receive():
        piece = pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    async def send(message):
        heard.append(message)

    door = ApiDoor(threads=1)
    await door(scope, receive, send)
    door._threads.submit(close_own).result()
    door._threads.shutdown()
    start, end = heard
    told = {name.decode().lower(): value.decode() for name, value in start["headers"]}
    document = json.loads(end["body"]) if end["body"] else None
    return start["status"], told, document


def close_own():
    connection.close()  # that of the thread which calls it


@pytest.fixture
def empty(transactional_db, django_db_serialized_rollback):
    """Committed rows: the door's threads have connections of their own."""


@pytest.fixture
def honey(empty):
    make_festival()
    return make_sku(make_stall())


async def test_a_guest_puts_goods_in_a_cart_and_sees_them(honey):
    body = json.dumps({"sku": honey.id}).encode()
    status, told, kept = await knock("POST", "/api/cart/lines", body)
    _, _, shown = await knock("GET", "/api/cart", authorization=f"Bearer {kept['token']}")

    assert (status, told["content-type"]) == (200, "application/json")
    assert told["set-cookie"].startswith("cart=")
    assert [line["sku"] for line in shown["lines"]] == [honey.id]


async def test_headers_of_security_are_those_of_the_pages(honey):
    _, told, _ = await knock("GET", "/api/cart")

    assert told["x-content-type-options"] == "nosniff"
    assert told["referrer-policy"] == "same-origin"
    assert told["cache-control"] == "no-store"
    assert "set-cookie" not in told


async def test_a_body_that_comes_in_pieces_is_read_whole(honey):
    body = json.dumps({"sku": honey.id, "quantity": 2}).encode()
    _, _, kept = await knock("POST", "/api/cart/lines", body[:5], more=[body[5:]])

    assert kept["quantity"] == 2


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "code"),
    [
        ("GET", "/api/nowhere", {}, 404, "not_found"),
        ("GET", "/api/cart", {"host": "evil.example"}, 400, "wrong_host"),
        ("POST", "/api/cart", {}, 405, "wrong_method"),
        ("POST", "/api/cart/lines", {"content-type": "text/plain"}, 415, "not_json"),
        ("POST", "/api/cart/lines", {"content-length": "99999"}, 413, "too_large"),
        ("POST", "/api/cart/lines", {"content-length": "x"}, 411, "length_required"),
    ],
)
async def test_what_is_wrong_is_refused_as_json(honey, method, path, headers, status, code):
    got, _, document = await knock(method, path, b"{}", **headers)

    assert (got, document["error"]["code"]) == (status, code)


async def test_a_body_without_end_is_not_kept(honey):
    piece = b"x" * API_BYTES_MAX
    status, _, _ = await knock("POST", "/api/cart/lines", piece, more=[piece] * 50)

    assert status == 413


async def test_a_fair_without_a_festival_says_that_it_is_closed(empty):
    status, _, document = await knock("POST", "/api/cart/lines", b'{"sku": 1}')
    closed, _, answer = await knock("GET", "/api/cart")

    assert (status, document["error"]["code"]) == (404, "not_offered")
    assert closed == 200
    assert answer["quote"] is None


async def test_a_fault_of_ours_is_told_without_its_inside(honey, monkeypatch, caplog):
    def fail(*_, **__):
        raise RuntimeError("secret inside")

    monkeypatch.setattr("chophien.api.cart.find_request_cart", fail)
    status, _, document = await knock("GET", "/api/cart")

    assert (status, document["error"]["code"]) == (500, "fault")
    assert "secret" not in json.dumps(document)
    assert "secret inside" in caplog.text
