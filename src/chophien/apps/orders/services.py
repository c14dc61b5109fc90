"""Filling a cart and placing an order."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from django.db import OperationalError, transaction
from django.db.models import Q

from chophien.apps.admission.selectors import find_obstacle
from chophien.apps.festivals.models import Festival
from chophien.apps.inventory.services import Asked, Held, NoneSetAside, SoldOut, hold_units
from chophien.apps.orders.models import (
    Cart,
    CartLine,
    Order,
    OrderLine,
    Reservation,
    StallOrder,
)
from chophien.apps.orders.naming import name_next_order
from chophien.apps.orders.parts import (
    Parts,
    ask_to_write,
    ask_to_write_order,
    count_price_units,
    list_asked,
    make_lines,
    make_stall_orders,
)
from chophien.apps.orders.quoting import PricedCart, Quote, quote_lines
from chophien.apps.orders.reservations import claim_balances, count_by_presale, make_reservations
from chophien.apps.orders.selectors import (
    find_order_by_key,
    is_balance_open,
    is_taking_deposits,
    weigh_cart,
)
from chophien.apps.promotions.buyers import Buyer
from chophien.apps.promotions.models import Presale
from chophien.apps.promotions.services import spend, take_reserved, take_units, use_coupons
from chophien.domain.limits import (
    CART_LINES_MAX,
    HOLD_TIME,
    LINE_QUANTITY_MAX,
    LOCK_WAIT_MS,
)
from chophien.statements import load
from chophien.statements.graphs import Graph, Part, mark_written
from chophien.statements.prepared import run, run_all

_BUYING = load("buying")
_LINE = Graph(_BUYING["put_line"], {"line": Part(model=CartLine)})
# The states of product and stall of what buyers may buy; see `catalog.selectors.is_on_sale`.
_ON_SALE = ("published", "admitted")


class QuantityError(ValueError):
    """A quantity that no cart takes; `most` says what it takes."""

    most = LINE_QUANTITY_MAX


class CartFullError(ValueError):
    """The cart holds as many different goods as it may."""


class NotOfferedError(LookupError):
    """The sku is unknown or not offered now."""


class UnknownPlaceError(LookupError):
    """The address names a province that there is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where an order goes; already checked: see web.fair.forms."""

    recipient: str
    phone: str
    province_id: int
    ward: str
    street: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """One press of the button, as the buyer saw it."""

    idempotency_key: uuid.UUID
    seen_due_minor: int
    address: Address
    user_id: int | None
    secret: bytes
    """Random bytes from the edge: the part of the order's token that nobody can guess."""

    def buyer_of(self, cart: Cart) -> Buyer:
        """Who buys: the account and the phone that the order goes to."""
        return Buyer(
            id=str(self.user_id or cart.id), user_id=self.user_id, phone=self.address.phone
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    order: Order
    is_new: bool
    """False when this key had already made the order."""
    parts: tuple[StallOrder, ...] = field(default=(), compare=False)
    """Of a new order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceMoved:
    """The sum is no longer what the buyer saw; nothing was ordered, the cart is as it was."""

    quote: Quote


@dataclass(frozen=True, slots=True, kw_only=True)
class CartChanged:
    """Something in the cart is withdrawn or short of stock; nothing was ordered."""

    free_by_sku: dict[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class CartEmpty:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """Too many people buy the same thing this second; nothing was ordered, try again."""


_ORDINARY = Q(presale__isnull=True, reservation__isnull=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAdmitted:
    """Goods of a waiting room in which it is not this person's turn; nothing was ordered."""

    room_id: int


CheckoutOutcome = Placed | PriceMoved | CartChanged | CartEmpty | NotAdmitted | Busy


def get_or_make_cart(*, cart: Cart | None, user_id: int | None, at: datetime) -> Cart:
    """The cart that was found, or a new one: a person's own, or a guest's."""
    if cart is not None:
        return cart
    if user_id is not None:
        return Cart.objects.get_or_create(user_id=user_id, defaults={"created_at": at})[0]
    made = Cart(created_at=at)
    run(_BUYING["make_cart"], {"cart": made.id, "at": at})
    mark_written(made)
    return made


@transaction.atomic
def set_line(
    *,
    cart: Cart,
    sku_id: int,
    quantity: int,
    show_id: int | None = None,
    is_added: bool = False,
    seen_unit_minor: int | None = None,
) -> CartLine:
    """Put units in the cart; with `is_added`, on top of those there.

    More than are free may be asked for: the cart says so, and the order is refused.
    `seen_unit_minor` is what one unit costs now, for the cart to tell when that changes.

    Raises:
        NotOfferedError, QuantityError, CartFullError: the cart is as it was.
    """
    found = run(_BUYING["find_sale"], {"cart": cart.id, "sku": sku_id})
    if found != [_ON_SALE]:
        raise NotOfferedError(f"sku {sku_id}")
    if not 1 <= quantity <= LINE_QUANTITY_MAX:
        raise QuantityError(f"quantity: must be from 1 to {LINE_QUANTITY_MAX}")
    values = {
        "cart": cart.id,
        "sku": sku_id,
        "quantity": quantity,
        "show": show_id,
        "seen": seen_unit_minor,
        "is_added": is_added,
        "lines_max": CART_LINES_MAX,
        "quantity_max": LINE_QUANTITY_MAX,
    }
    put: list[CartLine] = _LINE.read(run(_LINE.statement, values))
    if put:
        return put[0]
    if CartLine.objects.filter(_ORDINARY, cart=cart, sku_id=sku_id).exists():
        raise QuantityError(f"quantity: must be from 1 to {LINE_QUANTITY_MAX}")
    raise CartFullError(f"a cart holds {CART_LINES_MAX} different goods at most")


def note_seen_prices(*, cart: Cart, seen: Mapping[int, int]) -> None:
    """Keep what the buyer has been shown as the price of one unit, by line id."""
    lines = list(cart.lines.filter(id__in=seen))
    for line in lines:
        line.seen_unit_minor = seen[line.id]
    CartLine.objects.bulk_update(lines, ["seen_unit_minor"])


def pick_coupons(*, cart: Cart, held_ids: Sequence[int] | None) -> None:
    """Keep to these coupons of the wallet, `None` for the best combination of all."""
    picked = None if held_ids is None else sorted(set(held_ids))
    Cart.objects.filter(id=cart.id).update(picked_coupons=picked)
    cart.picked_coupons = picked


def remove_line(*, cart: Cart, sku_id: int) -> CartLine | None:
    """Take a sku out; returns what was there, so that it can be put back."""
    line = CartLine.objects.filter(_ORDINARY, cart=cart, sku_id=sku_id).first()
    if line is not None:
        CartLine.objects.filter(id=line.id).delete()
    return line


@transaction.atomic
def put_deposit(*, cart: Cart, presale_id: int, quantity: int, at: datetime) -> CartLine:
    """Put the deposit for units of a presale in a person's cart, instead of the one there.

    Raises:
        NotOfferedError: the presale takes no deposits now, or the cart is a guest's.
        QuantityError, CartFullError: the cart is as it was.
    """
    presale = Presale.objects.select_related("sku__product__stall").filter(id=presale_id).first()
    if presale is None or cart.user_id is None or not is_taking_deposits(presale, at):
        raise NotOfferedError(f"presale {presale_id}")
    if not 1 <= quantity <= min(LINE_QUANTITY_MAX, presale.per_buyer_max or LINE_QUANTITY_MAX):
        raise QuantityError(f"quantity: must be from 1 to {LINE_QUANTITY_MAX}")
    _make_room(cart)
    line, is_new = CartLine.objects.get_or_create(
        cart=cart, presale=presale, defaults={"sku": presale.sku, "quantity": quantity}
    )
    if not is_new:
        line.quantity = quantity
        line.save(update_fields=["quantity"])
    return line


@transaction.atomic
def put_balance(*, cart: Cart, reservation_id: uuid.UUID, at: datetime) -> CartLine:
    """Put what the buyer has reserved in the cart, to be paid off with whatever else is in it.

    Raises:
        NotOfferedError: it is not this person's, or cannot be paid off now.
        CartFullError: the cart is as it was.
    """
    reservation = Reservation.objects.select_related("presale").filter(id=reservation_id).first()
    if (
        reservation is None
        or reservation.user_id != cart.user_id
        or not is_balance_open(reservation, at)
    ):
        raise NotOfferedError(f"reservation {reservation_id}")
    _make_room(cart)
    return CartLine.objects.get_or_create(
        cart=cart,
        reservation=reservation,
        defaults={"sku_id": reservation.sku_id, "quantity": reservation.quantity},
    )[0]


def _make_room(cart: Cart) -> None:
    Cart.objects.select_for_update().get(id=cart.id)
    if cart.lines.count() >= CART_LINES_MAX:
        raise CartFullError(f"a cart holds {CART_LINES_MAX} different goods at most")


def take_out(*, cart: Cart, line_id: int) -> bool:
    """Take any line out of a cart; `False` when it was not there."""
    return bool(CartLine.objects.filter(cart=cart, id=line_id).delete()[0])


@transaction.atomic
def adopt_cart(*, guest_cart: Cart, user_id: int, at: datetime) -> Cart:
    """When a guest logs in: what was in the guest's cart joins the person's own."""
    own = get_or_make_cart(
        cart=Cart.objects.filter(user_id=user_id).first(), user_id=user_id, at=at
    )
    for line in guest_cart.lines.all():
        mine, is_new = CartLine.objects.get_or_create(
            cart=own, sku_id=line.sku_id, presale=None, reservation=None,
            defaults={
                "quantity": line.quantity,
                "show_id": line.show_id,
                "seen_unit_minor": line.seen_unit_minor,
            },
        )  # fmt: skip
        if not is_new:
            mine.quantity = min(max(mine.quantity, line.quantity), LINE_QUANTITY_MAX)
            mine.save(update_fields=["quantity"])
    guest_cart.delete()
    return own


class RefusedOrder(Exception):  # noqa: N818 - carries an outcome out of a transaction
    """Raised inside the transaction of an order, which it ends: see `try_order`."""

    def __init__(self, outcome: CheckoutOutcome) -> None:
        self.outcome = outcome


def try_order(place: Callable[[], Placed]) -> CheckoutOutcome:
    """Run what places an order in one transaction: all of it, or nothing.

    A lock that takes longer than `LOCK_WAIT_MS` ends as `Busy`.
    """
    try:
        with transaction.atomic():
            return place()
    except RefusedOrder as refusal:
        return refusal.outcome
    except OperationalError as fault:
        if getattr(fault.__cause__, "sqlstate", None) in {"55P03", "40P01"}:
            return Busy()
        raise


def place_order(
    *, cart: Cart, festival: Festival, checkout: Checkout, at: datetime
) -> CheckoutOutcome:
    """Turn a cart into an order, hold its units and empty the cart: all of it, or nothing.

    Raises:
        UnknownPlaceError: nothing was ordered.
    """
    return try_order(partial(place, cart=cart, festival=festival, checkout=checkout, at=at))


def place(*, cart: Cart, festival: Festival, checkout: Checkout, at: datetime) -> Placed:
    """As `place_order`, inside the transaction of `try_order`.

    The same key always gives the same order. Locks, in this order: the cart, reservations by id,
    stock rows by sku, prices and presales by id, coupons, budgets. What nobody else waits for is
    written before the stock is locked, so that its row is free again soon.

    Raises:
        RefusedOrder, UnknownPlaceError: the transaction must end without effect.
    """
    known = _lock_cart(cart, checkout.idempotency_key)
    if known is not None:
        return Placed(order=known, is_new=False)
    lines = _list_orderable(cart, at)
    _require_turn(lines, checkout.user_id, at)
    buyer = checkout.buyer_of(cart)
    priced = quote_lines(lines, festival=festival, buyer=buyer, at=at, held_ids=cart.picked_coupons)
    if priced.quote["due_now"] != checkout.seen_due_minor:
        raise RefusedOrder(PriceMoved(quote=priced.quote))
    order = _make_order(festival, checkout, priced, at)
    parts = make_stall_orders(order, lines, priced.quote)
    _write(order, priced, make_lines(lines, parts, priced.quote), parts, cart)
    reservations = make_reservations(lines, parts, user_id=checkout.user_id or 0, at=at)
    if not claim_balances(lines, parts):
        raise RefusedOrder(Busy())
    _hold(list_asked(lines, parts, priced.quote, reservations), at)
    if not _count(order, priced, reservations, buyer, at):
        # What a limit or a budget held was used up between the quote and now.
        raise RefusedOrder(Busy())
    return Placed(order=order, is_new=True, parts=tuple(parts.values()))


def _lock_cart(cart: Cart, key: uuid.UUID) -> Order | None:
    """Have the cart for oneself; the order that the key has made before."""
    _, _, known = run_all(
        [
            (_BUYING["limit_waits"], {"wait": f"{LOCK_WAIT_MS}ms"}),
            (_BUYING["lock_cart"], {"cart": cart.id}),
            (_BUYING["find_key"], {"key": key}),
        ]
    )
    return find_order_by_key(key) if known else None


def _list_orderable(cart: Cart, at: datetime) -> tuple[CartLine, ...]:
    """The lines of the cart, if every one of them can be ordered as it stands."""
    view = weigh_cart(cart, at)
    if view.withdrawn:
        raise RefusedOrder(CartChanged(free_by_sku={line.sku_id: 0 for line in view.withdrawn}))
    if not view.lines:
        raise RefusedOrder(CartEmpty())
    if view.short:
        short = {line.sku_id: view.short[line.id] for line in view.lines if line.id in view.short}
        raise RefusedOrder(CartChanged(free_by_sku=short))
    return view.lines


def _require_turn(lines: Sequence[CartLine], user_id: int | None, at: datetime) -> None:
    """Let nobody pass a waiting room by the cart; what a deposit or a balance buys has none."""
    ordinary = [line.sku_id for line in lines if line.is_ordinary]
    room = find_obstacle(ordinary, user_id=user_id, at=at) if ordinary else None
    if room is not None:
        raise RefusedOrder(NotAdmitted(room_id=room.id))


def _make_order(festival: Festival, checkout: Checkout, priced: PricedCart, at: datetime) -> Order:
    address = checkout.address
    codes = name_next_order(checkout.secret, province_id=address.province_id)
    if codes is None:
        raise UnknownPlaceError(f"province {address.province_id}")
    return Order(
        festival=festival,
        number=codes.number,
        token=codes.token,
        idempotency_key=checkout.idempotency_key,
        user_id=checkout.user_id,
        placed_at=at,
        recipient=address.recipient,
        phone=address.phone,
        province_id=address.province_id,
        ward=address.ward,
        street=address.street,
        note=address.note,
        due_minor=priced.quote["due_now"],
    )


def _write(
    order: Order, priced: PricedCart, lines: list[OrderLine], parts: Parts, cart: Cart
) -> None:
    """Write the order with its parts and lines, and empty the cart: one journey."""
    _, ((order.priced_id,),), *_ = run_all(
        [
            *ask_to_write_order(order, priced),
            *ask_to_write(order, lines, parts),
            (_BUYING["clear_cart"], {"cart": cart.id}),
            (_BUYING["forget_picked"], {"cart": cart.id}),
        ]
    )
    mark_written(order, *parts.values())


def _hold(asked: Sequence[Asked], at: datetime) -> None:
    if not asked:
        return  # a deposit was paid for every unit before: they are promised already
    match hold_units(asked, expires_at=at + HOLD_TIME):
        case Held():
            return
        case SoldOut(free_by_sku=free_by_sku):
            raise RefusedOrder(CartChanged(free_by_sku=free_by_sku))
        case NoneSetAside():
            # The flash price ran out between the quote and now: the sum would be another.
            raise RefusedOrder(Busy())


def _count(
    order: Order,
    priced: PricedCart,
    reservations: Sequence[Reservation],
    buyer: Buyer,
    at: datetime,
) -> bool:
    """Use up flash units, presales, coupons and budgets, in this order; `False` if one is short."""
    held = priced.held_ids
    return (
        take_units(count_price_units(priced.quote), buyer_keys=buyer.keys)
        and take_reserved(count_by_presale(reservations), buyer_keys=buyer.keys)
        and (not held or use_coupons(held_ids=held, user_id=buyer.user_id or 0, order_id=order.id))
        and spend(order_id=order.id, amounts=priced.off_by_budget, at=at)
    )
