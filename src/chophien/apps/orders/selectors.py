"""Reading carts and orders, and asking what a cart costs."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet, Sum

from chophien.apps.catalog.selectors import is_on_sale
from chophien.apps.festivals.models import Festival
from chophien.apps.orders.models import Cart, CartLine, Order, StallOrder
from chophien.apps.promotions.buyers import Buyer
from chophien.apps.promotions.documents import (
    BANNED_TAG,
    coupon_document,
    cross_store_document,
    offer_document,
    price_document,
)
from chophien.apps.promotions.selectors import Rules, count_buyable, find_line_cap


@dataclass(frozen=True, slots=True, kw_only=True)
class CartView:
    """A cart as it stands: the lines that can be bought, and those that cannot and why."""

    lines: tuple[CartLine, ...]
    withdrawn: tuple[CartLine, ...]
    """No longer offered: they stay in the cart, are not priced and cannot be ordered."""
    short: dict[int, int]
    """By line id, the units that are free where fewer are than the line asks."""


def find_cart(*, cart_id: uuid.UUID | None, user_id: int | None) -> Cart | None:
    """A person's cart; for a guest the one that the cookie names and that is nobody's."""
    if user_id is not None:
        return Cart.objects.filter(user_id=user_id).first()
    if cart_id is None:
        return None
    return Cart.objects.filter(id=cart_id, user__isnull=True).first()


def count_units(cart: Cart | None) -> int:
    if cart is None:
        return 0
    return int(cart.lines.aggregate(units=Sum("quantity"))["units"] or 0)


def view_cart(cart: Cart | None, at: datetime) -> CartView:
    """Load a cart with goods and stalls, in three queries."""
    if cart is None:
        return CartView(lines=(), withdrawn=(), short={})
    lines = list(
        cart.lines.select_related("sku__product__stall", "sku__product__former_province").order_by(
            "sku__product__stall__name_vi", "id"
        )
    )
    offered = tuple(line for line in lines if is_on_sale(line.sku))
    buyable = count_buyable([line.sku_id for line in offered], at)
    return CartView(
        lines=offered,
        withdrawn=tuple(line for line in lines if not is_on_sale(line.sku)),
        short={
            line.id: buyable[line.sku_id]
            for line in offered
            if buyable[line.sku_id] < line.quantity
        },
    )


def build_request(
    lines: Sequence[CartLine], *, festival: Festival, buyer: Buyer, rules: Rules, at: datetime
) -> dict[str, Any]:
    """The pricing request of a cart, in the form of docs/reference/promotions.md.

    Line ids are sku ids, sellers go by slug. Expects sku, product and stall to be loaded.
    """
    stalls = {line.sku.product.stall_id: line.sku.product.stall for line in lines}
    has_banned = any(line.sku.product.promotion_ban for line in lines)
    return {
        "now": at.isoformat(),
        "festival": {
            "currency": festival.currency,
            "discount_cap_bps": festival.discount_cap_bps,
            "max_platform_coupons": festival.platform_coupons_max,
            "max_red_packets": festival.red_packets_max,
        },
        "buyer": {
            "id": buyer.id,
            "member_of": [stalls[own].slug for own in stalls if own in rules.member_of],
        },
        "lines": [_build_line(line, rules) for line in lines],
        "offers": [
            offer_document(offer, seller=stalls[offer.stall_id].slug, has_banned=has_banned)
            for offer in rules.offers
        ],
        "cross_store": [
            cross_store_document(programme, has_banned=has_banned)
            for programme in rules.cross_store
        ],
        "coupons": [coupon_document(held, has_banned=has_banned) for held in rules.held],
        "shipping": {
            stall.slug: {"fee": stall.shipping_fee_minor}
            | ({"free_from": stall.free_from_minor} if stall.free_from_minor is not None else {})
            for stall in stalls.values()
        },
    }


def _build_line(line: CartLine, rules: Rules) -> dict[str, Any]:
    sku = line.sku
    tags = [BANNED_TAG] if sku.product.promotion_ban else []
    document: dict[str, Any] = {
        "id": str(sku.id),
        "sku": sku.code,
        "seller": sku.product.stall.slug,
        "qty": line.quantity,
        "list_price": sku.list_price_minor,
        "reference_price": rules.references.get(sku.id, sku.list_price_minor),
        "floor_price": sku.floor_price_minor,
        "tags": [*sku.product.tags, *tags],
        "room": str(line.show_id) if line.show_id else None,
        "prices": [
            price_document(price, bought=rules.bought.get(price.id, 0))
            for price in rules.prices.get(sku.id, ())
        ],
    }
    cap_bps = find_line_cap(sku)
    return document if cap_bps is None else document | {"discount_cap_bps": cap_bps}


def find_order(token: str) -> Order | None:
    """An order by the unguessable part of its link, with stall orders, lines and province."""
    return (
        Order.objects.filter(token=token)
        .select_related("province", "festival")
        .prefetch_related("stall_orders__stall", "stall_orders__lines__sku__product")
        .first()
    )


def find_order_by_key(idempotency_key: uuid.UUID) -> Order | None:
    return Order.objects.filter(idempotency_key=idempotency_key).first()


def list_orders_of(user_id: int) -> QuerySet[Order]:
    return Order.objects.filter(user_id=user_id).prefetch_related("stall_orders")


def list_stall_orders(stall_ids: Sequence[int]) -> QuerySet[StallOrder]:
    """Orders of these stalls, newest first, with lines and address."""
    return (
        StallOrder.objects.filter(stall_id__in=stall_ids)
        .select_related("order__province", "stall")
        .prefetch_related("lines__sku__product")
        .order_by("-placed_at")
    )


def list_all_stall_orders() -> QuerySet[StallOrder]:
    return StallOrder.objects.select_related("order__province", "stall").order_by("-placed_at")
