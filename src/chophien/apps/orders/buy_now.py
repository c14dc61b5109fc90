"""What a person can buy with one press: at what price, from when on, and how many.

The hot lane sells what is priced for anybody. Whoever has a lower price of their own (a member's,
a room's) buys through the cart, and is told so before pressing.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Max

from chophien.apps.catalog.selectors import find_sku
from chophien.apps.festivals.selectors import get_current_festival
from chophien.apps.orders.models import CartLine, ReadyQuote
from chophien.apps.orders.quoting import quote_lines
from chophien.apps.orders.ready import AHEAD, prepare_quote
from chophien.apps.promotions.buyers import Buyer
from chophien.apps.promotions.models import OfferedPrice, PriceUse
from chophien.domain.limits import READY_QUANTITY_MAX

FLASH = OfferedPrice.Kind.FLASH.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """So many units of one sku; `show_id` is the show in whose room it is asked."""

    sku_id: int
    quantity: int
    show_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What one press buys."""

    ready: ReadyQuote
    opens_at: datetime
    """When its price begins, or began."""
    ends_at: datetime
    """When that price is over, as planned now."""
    limit: int
    """The most units that this buyer gets with one press."""
    cart_due_minor: int | None
    """What the cart would ask, where the buyer's coupons make that less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ByCart:
    """Why it is not sold by one press.

    `not_ready`, `sold_out` at this price, `limit`, `too_many` at once, or `cheaper` in the cart.
    """

    reason: str


def find_offer(asked: Asked, *, buyer: Buyer, at: datetime) -> Offer | ByCart:
    """What one press buys now, or at the opening of a flash price within `ready.AHEAD`.

    A price under way for a counted number of units comes before one that is to come; any other
    gives way to a coming one that is lower.
    """
    ready = _choose(asked, at)
    if ready is None:
        return ByCart(reason="not_ready")
    price = ready.price
    limit = READY_QUANTITY_MAX
    if price.per_buyer_max is not None:
        limit = min(limit, price.per_buyer_max - _count_had(price, buyer))
    reason = _find_obstacle(asked, price, limit)
    if reason is not None:
        return ByCart(reason=reason)
    opens_at = price.starts_at or ready.starts_at
    cart = _quote_cart(asked, buyer, max(opens_at, at))
    if cart is not None and _is_cheaper(cart, ready):
        return ByCart(reason="cheaper")
    due_minor = None if cart is None else int(cart["due_now"])
    is_less = due_minor is not None and due_minor < ready.due_minor
    return Offer(
        ready=ready,
        opens_at=opens_at,
        ends_at=price.ends_at or ready.ends_at,
        limit=limit,
        cart_due_minor=due_minor if is_less else None,
    )


def _choose(asked: Asked, at: datetime) -> ReadyQuote | None:
    current = _prepare(asked, at)
    if current is not None and current.price_kind == FLASH:
        return current
    opens_at = _find_opening(asked.sku_id, at)
    coming = None if opens_at is None else _prepare(asked, opens_at)
    if coming is None or (current is not None and current.unit_minor <= coming.unit_minor):
        return current
    return coming


def _find_obstacle(asked: Asked, price: OfferedPrice, limit: int) -> str | None:
    if price.allotment is not None and price.taken >= price.allotment:
        return "sold_out"
    if limit <= 0:
        return "limit"
    return "too_many" if asked.quantity > limit else None


def _prepare(asked: Asked, at: datetime) -> ReadyQuote | None:
    ready = prepare_quote(sku_id=asked.sku_id, quantity=asked.quantity, at=at)
    return ready if isinstance(ready, ReadyQuote) else None


def _find_opening(sku_id: int, at: datetime) -> datetime | None:
    """When the next flash price of a sku begins, if that is soon."""
    coming = OfferedPrice.objects.filter(
        sku_id=sku_id, kind=FLASH, closed_at__isnull=True, taken__lt=F("allotment"),
        starts_at__gt=at, starts_at__lte=at + AHEAD,
    )  # fmt: skip
    return coming.order_by("starts_at").values_list("starts_at", flat=True).first()


def _count_had(price: OfferedPrice, buyer: Buyer) -> int:
    """Units that the buyer has at a price already: the most that any of the keys says."""
    uses = PriceUse.objects.filter(price=price, buyer__in=buyer.keys)
    return uses.aggregate(most=Max("units"))["most"] or 0


def _quote_cart(asked: Asked, buyer: Buyer, at: datetime) -> dict[str, Any] | None:
    """What the cart would say; `None` for a guest, whom nothing but the price for all reaches."""
    if buyer.user_id is None and asked.show_id is None:
        return None
    sku = find_sku(asked.sku_id)
    assert sku is not None, "what is ready is offered"
    line = CartLine(sku=sku, quantity=asked.quantity, show_id=asked.show_id)
    return quote_lines([line], festival=get_current_festival(at), buyer=buyer, at=at).quote


def _is_cheaper(cart: dict[str, Any], ready: ReadyQuote) -> bool:
    (line,) = cart["lines"]
    return any(part["unit"] < ready.unit_minor for part in line["parts"])
