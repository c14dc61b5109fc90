"""The API as an OpenAPI document, made of the very types that its routes read and write."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse

from chophien.api import bank, cart, comments, orders, places
from chophien.api.answers import Refused, answer

_SCHEMAS = "#/components/schemas/{name}"
_JSON = "application/json"


class Alive(msgspec.Struct, frozen=True):
    """The answer of a server that works."""

    status: str


class CreditTaken(msgspec.Struct, frozen=True):
    """What became of a bank's notice."""

    outcome: str
    is_new: bool


class CommentsTaken(msgspec.Struct, frozen=True):
    """How many of the comments were new."""

    new: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one address: what it reads, writes and refuses."""

    method: str
    path: str
    says: str
    takes: type[msgspec.Struct] | None = None
    gives: type[msgspec.Struct] | None = None
    """`None` for an answer without a body."""
    statuses: tuple[int, ...] = (200,)
    refuses: tuple[int, ...] = ()
    has_cart: bool = False


_CHANGE = (400, 401, 403, 411, 413, 415)
OPERATIONS = (
    Operation(
        method="get", path="/api/cart", says="The cart, what it costs and why.",
        gives=cart.CartShown, refuses=(401, 503), has_cart=True,
    ),
    Operation(
        method="post", path="/api/cart/lines", says="Put units of a sku in the cart.",
        takes=cart.UnitsAdded, gives=cart.LineKept, refuses=(*_CHANGE, 404, 409, 422),
        has_cart=True,
    ),
    Operation(
        method="put", path="/api/cart/lines/{sku}", says="Have so many units of a sku in the cart.",
        takes=cart.LineWanted, gives=cart.LineKept, refuses=(*_CHANGE, 404, 409, 422),
        has_cart=True,
    ),
    Operation(
        method="delete", path="/api/cart/lines/{sku}", says="Take a sku out of the cart.",
        statuses=(204,), refuses=(401, 403, 404, 415), has_cart=True,
    ),
    Operation(
        method="get", path="/api/provinces", says="Where orders can go.",
        gives=places.ProvincesShown,
    ),
    Operation(
        method="post", path="/api/orders", says="Order what is in the cart.",
        takes=orders.OrderWanted, gives=orders.OrderMade, statuses=(200, 201),
        refuses=(*_CHANGE, 404, 409, 422, 429, 503), has_cart=True,
    ),
    Operation(
        method="get", path="/api/orders/{token}/payments", says="How an order is paid.",
        gives=orders.PaymentsShown, refuses=(404, 429),
    ),
    Operation(
        method="post", path="/api/orders/{token}/test-bank",
        says="Pay all open parts of an order by the test bank; the demonstration only.",
        takes=orders.Nothing, gives=orders.TransferMade,
        refuses=(*_CHANGE[:1], *_CHANGE[2:], 404, 429),
    ),
    Operation(
        method="post", path="/api/bank/credits", says="A bank's signed notice of a credit.",
        takes=bank.CreditNotice, gives=CreditTaken, refuses=(400, 401, 411, 413),
    ),
    Operation(
        method="post", path="/api/chat/{feed_id}/comments",
        says="A partner tool's signed batch of comments of another platform.",
        takes=comments.Batch, gives=CommentsTaken, refuses=(400, 401, 411, 413),
    ),
    Operation(
        method="get", path="/api/health", says="Whether pages could be served now.", gives=Alive
    ),
    Operation(method="get", path="/api/openapi.json", says="This document."),
)  # fmt: skip


def show_document(request: HttpRequest) -> HttpResponse:
    """The document itself."""
    del request  # the same for everybody
    return answer(build_document())


@cache
def build_document() -> dict[str, Any]:
    """OpenAPI 3.1: every operation, and the form of every body."""
    kinds = {kind for each in OPERATIONS for kind in (each.takes, each.gives) if kind is not None}
    ordered = sorted(kinds, key=lambda kind: kind.__name__)
    _, schemas = msgspec.json.schema_components([*ordered, Refused], ref_template=_SCHEMAS)
    paths: dict[str, dict[str, Any]] = {}
    for each in OPERATIONS:
        paths.setdefault(each.path, {})[each.method] = _describe(each)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Chợ Phiên", "version": "1", "description": "See docs/reference/api.md."},
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "cart": {"type": "http", "scheme": "bearer"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "cart"},
                "session": {"type": "apiKey", "in": "cookie", "name": "sessionid"},
            },
        },
    }


def _describe(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "summary": operation.says,
        "responses": {str(status): _give(operation) for status in operation.statuses}
        | {str(status): _refuse() for status in operation.refuses},
    }
    names = [word[1:-1] for word in operation.path.split("/") if word.startswith("{")]
    if names:
        described["parameters"] = [_name_parameter(name) for name in names]
    if operation.takes is not None:
        body = {"required": True, "content": {_JSON: {"schema": _refer(operation.takes)}}}
        described["requestBody"] = body
    if operation.has_cart:
        described["security"] = [{}, {"cart": []}, {"cookie": []}, {"session": []}]
    return described


def _name_parameter(name: str) -> dict[str, Any]:
    kind = "integer" if name in {"sku", "feed_id"} else "string"
    return {"name": name, "in": "path", "required": True, "schema": {"type": kind}}


def _give(operation: Operation) -> dict[str, Any]:
    given: dict[str, Any] = {"description": "Done."}
    if operation.gives is not None:
        given["content"] = {_JSON: {"schema": _refer(operation.gives)}}
    return given


def _refuse() -> dict[str, Any]:
    return {
        "description": "Refused; the body says why and what was kept.",
        "content": {_JSON: {"schema": _refer(Refused)}},
    }


def _refer(kind: type[msgspec.Struct]) -> dict[str, str]:
    return {"$ref": _SCHEMAS.format(name=kind.__name__)}
