"""Reading carts and orders, and asking what a cart costs."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet, Sum, prefetch_related_objects

from chophien.apps.catalog.models import Product, Sku
from chophien.apps.catalog.selectors import is_on_sale
from chophien.apps.festivals.models import Festival
from chophien.apps.orders.models import Cart, CartLine, Order, Reservation, StallOrder
from chophien.apps.promotions.buyers import Buyer
from chophien.apps.promotions.documents import (
    BANNED_TAG,
    coupon_document,
    cross_store_document,
    offer_document,
    presale_price_document,
    price_document,
)
from chophien.apps.promotions.models import Presale, PresaleUse
from chophien.apps.promotions.selectors import Rules, count_buyable, find_line_cap
from chophien.apps.sellers.models import Stall
from chophien.statements import load
from chophien.statements.graphs import Graph, Part
from chophien.statements.prepared import run

_CART = Graph(load("buying")["find_cart"], {"cart": Part(model=Cart)})
_LINES = Graph(
    load("buying")["find_lines"],
    {
        "line": Part(model=CartLine),
        "sku": Part(model=Sku, of="line", field="sku"),
        "product": Part(
            model=Product,
            of="sku",
            field="product",
            only=frozenset(
                {"id", "stall_id", "name_vi", "tags", "is_fresh", "promotion_ban", "state"}
            ),
        ),
        "stall": Part(
            model=Stall,
            of="product",
            field="stall",
            only=frozenset(
                {"id", "slug", "name_vi", "state", "bank_bin", "bank_account"}
                | {"shipping_fee_minor", "free_from_minor"}
            ),
        ),
    },
)
# What only pages show of a line besides.
_SHOWN = ("sku__product__stall", "sku__product__former_province")


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
    if user_id is None and cart_id is None:
        return None
    values = {"cart": cart_id if user_id is None else None, "user": user_id}
    found: list[Cart] = _CART.read(run(_CART.statement, values))
    return found[0] if found else None


def count_units(cart: Cart | None) -> int:
    if cart is None:
        return 0
    return int(cart.lines.aggregate(units=Sum("quantity"))["units"] or 0)


def view_cart(cart: Cart | None, at: datetime) -> CartView:
    """Load a cart with goods and stalls whole, in three queries."""
    if cart is None:
        return CartView(lines=(), withdrawn=(), short={})
    lines = cart.lines.select_related(*_SHOWN, "presale", "reservation__presale")
    return _view(list(lines.order_by("sku__product__stall__name_vi", "id")), cart, at)


def weigh_cart(cart: Cart, at: datetime) -> CartView:
    """As `view_cart`, with what a quote and an order need of goods and stalls, and no more.

    Two statements; presales are read in two more.
    """
    lines: list[CartLine] = _LINES.read(run(_LINES.statement, {"cart": cart.id}))
    if not all(line.is_ordinary for line in lines):
        prefetch_related_objects(lines, "presale", "reservation__presale")
    return _view(lines, cart, at)


def _view(lines: Sequence[CartLine], cart: Cart, at: datetime) -> CartView:
    offered = tuple(line for line in lines if _is_offered(line, cart, at))
    left = _count_left(offered, cart, at)
    return CartView(
        lines=offered,
        withdrawn=tuple(line for line in lines if line not in offered),
        short={line.id: left[line.id] for line in offered if left[line.id] < line.quantity},
    )


def _is_offered(line: CartLine, cart: Cart, at: datetime) -> bool:
    if line.reservation is not None:
        return line.reservation.user_id == cart.user_id and is_balance_open(line.reservation, at)
    if not is_on_sale(line.sku):
        return False
    return line.presale is None or is_taking_deposits(line.presale, at)


def is_taking_deposits(presale: Presale, at: datetime) -> bool:
    """Whether deposits can be paid at `at`; whether units are left is another question."""
    return (
        presale.starts_at <= at < presale.ends_at
        and presale.closed_at is None
        and presale.defaulted_at is None
    )


def is_balance_open(reservation: Reservation, at: datetime) -> bool:
    """Whether a reservation can be paid off at `at`; goods taken down since can be, too."""
    presale = reservation.presale
    return (
        reservation.state == Reservation.State.RESERVED
        and presale.balance_starts_at <= at < presale.balance_ends_at
        and presale.defaulted_at is None
    )


def _count_left(lines: Sequence[CartLine], cart: Cart, at: datetime) -> dict[int, int]:
    """Units that each line could have; what is reserved is there in full."""
    free = count_buyable([line.sku_id for line in lines if line.is_ordinary], at)
    had = count_reserved(
        [line.presale_id for line in lines if line.presale_id is not None], cart.user_id
    )
    left = {}
    for line in lines:
        if line.is_ordinary:
            left[line.id] = free[line.sku_id]
        elif line.presale is not None:
            left[line.id] = count_presale_left(line.presale, had.get(line.presale.id, 0))
        else:
            left[line.id] = line.quantity
    return left


def count_reserved(presale_ids: Collection[int], user_id: int | None) -> dict[int, int]:
    """Units that a person has at presales with a limit for each buyer, by presale."""
    if not presale_ids or user_id is None:
        return {}
    keys = Buyer(id=str(user_id), user_id=user_id).keys
    found = PresaleUse.objects.filter(presale_id__in=presale_ids, buyer__in=keys)
    return dict(found.values_list("presale_id", "units"))


def count_presale_left(presale: Presale, had: int = 0) -> int:
    """Units of a presale that one buyer, who has `had` of them, can still reserve."""
    left = presale.allotment - presale.taken
    if presale.per_buyer_max is None:
        return left
    return max(min(left, presale.per_buyer_max - had), 0)


def build_request(
    lines: Sequence[CartLine], *, festival: Festival, buyer: Buyer, rules: Rules, at: datetime
) -> dict[str, Any]:
    """The pricing request of a cart, in the form of docs/reference/promotions.md.

    Line ids are those of `CartLine.quote_id`, sellers go by slug. Expects sku, product and stall to be loaded.
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
        "id": line.quote_id,
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
    if cap_bps is not None:
        document["discount_cap_bps"] = cap_bps
    return document | _build_presale(line, rules)


def _build_presale(line: CartLine, rules: Rules) -> dict[str, Any]:
    """What differs on a line in a stage of a presale.

    A balance line may take any price but a flash price: its units are reserved already, and
    those of a flash price are for who comes first. A list price that fell below the deposit
    since then counts as the deposit, which is paid.
    """
    if line.presale is not None:
        return {
            "prices": [],
            "list_price": max(line.sku.list_price_minor, line.presale.deposit_minor),
            "presale": _stage("deposit", line.presale),
        }
    reservation = line.reservation
    if reservation is None:
        return {}
    prices = rules.prices.get(line.sku_id, ())
    return {
        "prices": [
            presale_price_document(reservation.presale) | {"unit": reservation.unit_minor},
            *[price_document(price) for price in prices if price.allotment is None],
        ],
        "list_price": max(line.sku.list_price_minor, reservation.deposit_minor),
        "presale": _stage("balance", reservation),
    }


def _stage(stage: str, amounts: Presale | Reservation) -> dict[str, Any]:
    return {"stage": stage, "deposit": amounts.deposit_minor, "credit": amounts.credit_minor}


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


def list_shown_presales(sku_ids: Collection[int], at: datetime) -> list[Presale]:
    """Presales that are coming or under way at `at`, those that are used up included."""
    return list(
        Presale.objects.filter(sku_id__in=sku_ids, balance_ends_at__gt=at, defaulted_at=None)
        .select_related("sku__product")
        .order_by("ends_at", "id")
    )


def list_reservations(user_id: int) -> QuerySet[Reservation]:
    """What a person has reserved and not paid off yet, the first to end first."""
    return (
        Reservation.objects.filter(
            user_id=user_id,
            state__in=[Reservation.State.RESERVED, Reservation.State.BALANCE_PLACED],
        )
        .select_related(
            "presale", "sku__product__stall", "deposit_order__order", "balance_order__order"
        )
        .order_by("presale__balance_ends_at", "id")
    )


def list_reservations_of(stall_orders: Sequence[StallOrder]) -> list[Reservation]:
    """What the deposits of these stall orders reserve."""
    return list(
        Reservation.objects.filter(deposit_order__in=stall_orders)
        .select_related(
            "presale", "sku__product__stall", "deposit_order__order", "balance_order__order"
        )
        .order_by("made_at", "id")
    )
