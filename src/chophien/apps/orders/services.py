"""Filling a cart and placing an order."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import OperationalError, connection, transaction
from django.db.models import Q

from chophien.apps.catalog.selectors import find_sku, is_on_sale
from chophien.apps.festivals.models import Festival, Province
from chophien.apps.inventory.services import Asked, Held, NoneSetAside, SoldOut, hold_units
from chophien.apps.orders.models import Cart, CartLine, Order, Reservation
from chophien.apps.orders.naming import name_next_order
from chophien.apps.orders.parts import (
    count_price_units,
    list_asked,
    write_lines,
    write_stall_orders,
)
from chophien.apps.orders.quoting import PricedCart, Quote, keep_priced, quote_lines
from chophien.apps.orders.reservations import claim_balances, count_by_presale, make_reservations
from chophien.apps.orders.selectors import (
    find_order_by_key,
    is_balance_open,
    is_taking_deposits,
    view_cart,
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

CheckoutOutcome = Placed | PriceMoved | CartChanged | CartEmpty | Busy


def get_or_make_cart(*, cart: Cart | None, user_id: int | None, at: datetime) -> Cart:
    if cart is not None:
        return cart
    if user_id is not None:
        return Cart.objects.get_or_create(user_id=user_id, defaults={"created_at": at})[0]
    return Cart.objects.create(created_at=at)


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
    sku = find_sku(sku_id)
    if sku is None or not is_on_sale(sku):
        raise NotOfferedError(f"sku {sku_id}")
    Cart.objects.select_for_update().get(id=cart.id)
    line = CartLine.objects.filter(_ORDINARY, cart=cart, sku=sku).first()
    wanted = quantity + (line.quantity if line is not None and is_added else 0)
    if quantity < 1 or wanted > LINE_QUANTITY_MAX:
        raise QuantityError(f"quantity: must be from 1 to {LINE_QUANTITY_MAX}")
    if line is None:
        if cart.lines.count() >= CART_LINES_MAX:
            raise CartFullError(f"a cart holds {CART_LINES_MAX} different goods at most")
        return CartLine.objects.create(
            cart=cart, sku=sku, quantity=wanted, show_id=show_id, seen_unit_minor=seen_unit_minor
        )
    line.quantity = wanted
    line.show_id = show_id or line.show_id
    line.seen_unit_minor = seen_unit_minor or line.seen_unit_minor
    line.save(update_fields=["quantity", "show", "seen_unit_minor"])
    return line


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


class _Refused(Exception):  # noqa: N818 - carries an outcome out of a transaction
    def __init__(self, outcome: CheckoutOutcome) -> None:
        self.outcome = outcome


def place_order(
    *, cart: Cart, festival: Festival, checkout: Checkout, at: datetime
) -> CheckoutOutcome:
    """Turn a cart into an order, hold its units and empty the cart: all of it, or nothing.

    The same key always gives the same order. Locks, in this order: the cart, reservations by id,
    stock rows by sku, prices and presales by id, coupons, budgets; a lock that takes longer than
    `LOCK_WAIT_MS` ends as `Busy`.

    Raises:
        UnknownPlaceError: nothing was ordered.
    """
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_WAIT_MS}ms'")
            return _place(cart, festival, checkout, at)
    except _Refused as refusal:
        return refusal.outcome
    except OperationalError as fault:
        if getattr(fault.__cause__, "sqlstate", None) in {"55P03", "40P01"}:
            return Busy()
        raise


def _place(cart: Cart, festival: Festival, checkout: Checkout, at: datetime) -> Placed:
    Cart.objects.select_for_update().filter(id=cart.id).first()
    known = find_order_by_key(checkout.idempotency_key)
    if known is not None:
        return Placed(order=known, is_new=False)
    view = view_cart(cart, at)
    if view.withdrawn:
        raise _Refused(CartChanged(free_by_sku={line.sku_id: 0 for line in view.withdrawn}))
    if not view.lines:
        raise _Refused(CartEmpty())
    gone = {line.sku_id: view.short[line.id] for line in view.lines if line.id in view.short}
    if any(line.presale_id is not None and line.id in view.short for line in view.lines):
        raise _Refused(CartChanged(free_by_sku=gone))
    buyer = checkout.buyer_of(cart)
    priced = quote_lines(
        view.lines, festival=festival, buyer=buyer, at=at, held_ids=cart.picked_coupons
    )
    if priced.quote["due_now"] != checkout.seen_due_minor:
        raise _Refused(PriceMoved(quote=priced.quote))
    order = _write_order(festival, checkout, priced, at)
    parts = write_stall_orders(order, view.lines, priced.quote)
    reservations = make_reservations(view.lines, parts, user_id=checkout.user_id or 0, at=at)
    if not claim_balances(view.lines, parts):
        raise _Refused(Busy())
    _hold(list_asked(view.lines, parts, priced.quote, reservations), at)
    write_lines(view.lines, parts, priced.quote)
    if not _count(order, priced, reservations, buyer, at):
        # What a limit or a budget held was used up between the quote and now.
        raise _Refused(Busy())
    cart.lines.all().delete()
    Cart.objects.filter(id=cart.id).update(picked_coupons=None)
    return Placed(order=order, is_new=True)


def _write_order(festival: Festival, checkout: Checkout, priced: PricedCart, at: datetime) -> Order:
    codes = name_next_order(checkout.secret)
    address = checkout.address
    if not Province.objects.filter(id=address.province_id).exists():
        raise UnknownPlaceError(f"province {address.province_id}")
    return Order.objects.create(
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
        priced=keep_priced(priced),
    )


def _hold(asked: Sequence[Asked], at: datetime) -> None:
    if not asked:
        return  # a deposit was paid for every unit before: they are promised already
    match hold_units(asked, expires_at=at + HOLD_TIME):
        case Held():
            return
        case SoldOut(free_by_sku=free_by_sku):
            raise _Refused(CartChanged(free_by_sku=free_by_sku))
        case NoneSetAside():
            # The flash price ran out between the quote and now: the sum would be another.
            raise _Refused(Busy())


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
