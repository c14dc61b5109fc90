"""Why an order cost what it cost: told from the request and the quote that were kept with it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chophien.web.shared.why.explain import WhyCart, WhyLine, explain_quote
from chophien.web.shared.why.naming import load_names

if TYPE_CHECKING:
    from chophien.apps.orders.models import Order


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    name: str
    why: WhyLine


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyOrder:
    cart: WhyCart
    rows: tuple[OrderRow, ...]
    """In the order of the request."""


def explain_order(order: "Order") -> WhyOrder | None:
    """Tell every adjustment of an order; `None` for one from before requests were kept.

    Two queries for the names of goods and stalls. Expects the festival to be loaded.
    """
    request = order.request
    if not request:
        return None
    rules = [
        rule for key in ("offers", "cross_store", "coupons") for rule in request.get(key) or ()
    ]
    # The goods and stalls of the lines are named just as those of the rules are.
    lines = [
        {"seller": line["seller"], "scope": {"skus": [line["sku"]]}} for line in request["lines"]
    ]
    names = load_names([*rules, *lines], currency=order.festival.currency)
    cart = explain_quote(request, order.quote, names)
    return WhyOrder(
        cart=cart,
        rows=tuple(
            OrderRow(name=names.goods.get(line.sku, line.sku), why=line)
            for line in cart.lines.values()
        ),
    )
