"""How low a line may go: what no discount takes it below."""

from collections.abc import Mapping
from typing import Any

from chophien.domain.pricing.request import CartRequest
from chophien.domain.pricing.unit_prices import legal_floor

Document = Mapping[str, Any]


def find_headroom(request: CartRequest, quote: Document) -> dict[str, int]:
    """By line, how much coupons could take off at most: its amount before them, less its floor.

    Parts at an exclusive price take no discount and are left out of both.
    """
    before = find_amounts(request, quote)
    floors = _find_floors(request, quote)
    return {line_id: amount - floors[line_id] for line_id, amount in before.items()}


def find_amounts(request: CartRequest, quote: Document) -> dict[str, int]:
    """By line, what coupons are judged on: the amount before them, exclusive parts aside."""
    amounts = {line["id"]: line["payable"] for line in quote["lines"]}
    for each in quote["adjustments"]:
        if each["stage"] == "coupon":
            for line_id, off in each["lines"].items():
                amounts[line_id] += off
    exclusive = _list_exclusive(request)
    for line in quote["lines"]:
        for part in line["parts"]:
            if (line["id"], part["price"]) in exclusive:
                amounts[line["id"]] -= part["qty"] * part["unit"]
    return amounts


def _find_floors(request: CartRequest, quote: Document) -> dict[str, int]:
    exclusive = _list_exclusive(request)
    unit_floors = {
        line.id: max(
            legal_floor(line, request.festival), line.floor_price_minor, line.deposit_paid_minor
        )
        for line in request.lines
    }
    return {
        line["id"]: sum(
            part["qty"] * min(unit_floors[line["id"]], part["unit"])
            for part in line["parts"]
            if (line["id"], part["price"]) not in exclusive
        )
        for line in quote["lines"]
    }


def list_at_floor(request: CartRequest, quote: Document) -> set[str]:
    """The lines from which nothing more can be taken off, though something was."""
    exclusive = _list_exclusive(request)
    floors = _find_floors(request, quote)
    touched = {line_id for each in quote["adjustments"] for line_id in each["lines"]}
    return {
        line["id"]
        for line in quote["lines"]
        if line["id"] in touched
        and line["payable"]
        == floors[line["id"]]
        + sum(
            part["qty"] * part["unit"]
            for part in line["parts"]
            if (line["id"], part["price"]) in exclusive
        )
    }


def _list_exclusive(request: CartRequest) -> set[tuple[str, str | None]]:
    return {
        (line.id, price.id) for line in request.lines for price in line.prices if price.is_exclusive
    }
