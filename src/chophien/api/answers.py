"""What the API says: JSON, and refusals that tell what was kept."""

from typing import Any

import msgspec
from django.http import HttpResponse

_ENCODER = msgspec.json.Encoder()


class Refusal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why something was not done.

    `code` is for programs, `message` and `kept` for people. With the code `price_changed` comes
    what the cart costs now, with `cart_changed` the units that there are of each sku, with
    `not_admitted` the waiting room.
    """

    code: str
    message: str
    kept: str
    due: int | None = None
    free: dict[str, int] | None = None
    room: int | None = None


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """The body of every answer from 400 on."""

    error: Refusal


class RefusedError(Exception):
    """Carries a refusal out of a view."""

    def __init__(self, status: int, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.status = status
        self.refusal = refusal


BUSY = 503
NOTHING_DONE = "nothing was done"
CART_KEPT = "the cart is as it was"
NOTHING_ORDERED = "nothing was ordered, the cart is as it was"


def refuse(status: int, code: str, message: str, *, kept: str = NOTHING_DONE) -> RefusedError:
    """A refusal, ready to be raised."""
    return RefusedError(status, Refusal(code=code, message=message, kept=kept))


def answer(
    body: msgspec.Struct | dict[str, Any],
    *,
    status: int = 200,
    response: HttpResponse | None = None,
) -> HttpResponse:
    """A JSON answer that nobody keeps: carts and orders are one person's.

    `response` is one that carries something already, such as a cookie.
    """
    told = response or HttpResponse()
    told.status_code = status
    told.content = _ENCODER.encode(body)
    told["Content-Type"] = "application/json"
    told["Cache-Control"] = "no-store"
    return told


def answer_refusal(refused: RefusedError) -> HttpResponse:
    response = answer(Refused(error=refused.refusal), status=refused.status)
    if refused.status == BUSY:
        response["Retry-After"] = "1"
    return response
