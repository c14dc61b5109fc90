"""Goods that a stall gives away: an order of nothing, so that they move as all goods do.

The stall finds the parcel among its orders, the winner among theirs, and stock is sold and
booked like any other unit.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chophien.apps.catalog.models import Sku
from chophien.apps.festivals.models import Festival
from chophien.apps.inventory.services import Asked, Held, hold_units
from chophien.apps.orders.models import CartLine, Order, OrderLine
from chophien.apps.orders.naming import name_next_order
from chophien.apps.orders.parts import (
    Parts,
    ask_to_write,
    ask_to_write_order,
    make_lines,
    make_stall_orders,
)
from chophien.apps.orders.quoting import PricedCart
from chophien.apps.orders.selectors import build_request, find_order_by_key
from chophien.apps.orders.services import Address, Placed, UnknownPlaceError
from chophien.apps.promotions.buyers import Buyer
from chophien.apps.promotions.selectors import Rules
from chophien.domain.limits import HOLD_TIME
from chophien.domain.pricing.quote import price_document
from chophien.statements.graphs import mark_written
from chophien.statements.prepared import run_all

_NO_RULES = Rules(
    prices={}, references={}, bought={}, offers=(), cross_store=(), held=(), member_of=frozenset()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gift:
    """One unit that was set aside, for one person."""

    key: uuid.UUID
    """What makes it one order, however often it is asked."""
    festival: Festival
    sku: Sku
    """With product and stall loaded."""
    show_id: int
    user_id: int
    address: Address
    secret: bytes
    """Random bytes from the edge, for the order's token."""


def place_gift(gift: Gift, *, at: datetime) -> Placed:
    """Make the order of a gift and hold its unit; the same key always gives the same order.

    Needs a transaction. Locks: the stock row.

    Raises:
        UnknownPlaceError: nothing was made.
    """
    known = find_order_by_key(gift.key)
    if known is not None:
        return Placed(order=known, is_new=False)
    line = CartLine(sku=gift.sku, quantity=1, show_id=gift.show_id)
    quote = _price(line, gift, at)
    order = _make_order(gift, at)
    parts = make_stall_orders(order, [line], quote)
    lines = make_lines([line], parts, quote)
    for each in lines:
        each.price_kind = OrderLine.GIFT
    _write(order, quote, lines, parts)
    (part,) = parts.values()
    asked = Asked(
        sku_id=gift.sku.id,
        stall_id=part.stall_id,
        stall_order_id=part.id,
        quantity=1,
        is_set_aside=True,
    )
    held = hold_units([asked], expires_at=at + HOLD_TIME)
    assert isinstance(held, Held), "a gift's unit was set aside"
    return Placed(order=order, is_new=True, parts=tuple(parts.values()))


def _price(line: CartLine, gift: Gift, at: datetime) -> dict[str, Any]:
    """The quote of a unit that costs nothing, its way included."""
    buyer = Buyer(id=str(gift.user_id), user_id=gift.user_id, phone=gift.address.phone)
    request = build_request([line], festival=gift.festival, buyer=buyer, rules=_NO_RULES, at=at)
    free = {"list_price": 0, "reference_price": 0, "floor_price": 0}
    request["lines"] = [each | free for each in request["lines"]]
    request["shipping"] = {seller: {"fee": 0} for seller in request["shipping"]}
    quote = price_document(request)
    assert quote["due_now"] == 0, "a gift costs nothing"
    return quote


def _make_order(gift: Gift, at: datetime) -> Order:
    address = gift.address
    codes = name_next_order(gift.secret, province_id=address.province_id)
    if codes is None:
        raise UnknownPlaceError(f"province {address.province_id}")
    return Order(
        festival=gift.festival,
        number=codes.number,
        token=codes.token,
        idempotency_key=gift.key,
        user_id=gift.user_id,
        placed_at=at,
        recipient=address.recipient,
        phone=address.phone,
        province_id=address.province_id,
        ward=address.ward,
        street=address.street,
        note=address.note,
        due_minor=0,
    )


def _write(order: Order, quote: dict[str, Any], lines: list[OrderLine], parts: Parts) -> None:
    """Write the order; its request is left empty, so that no simulation prices a gift."""
    priced = PricedCart(request={}, quote=quote, budget_by_id={})
    _, ((order.priced_id,),), *_ = run_all(
        [*ask_to_write_order(order, priced), *ask_to_write(order, lines, parts)]
    )
    mark_written(order, *parts.values())
