"""Booking what was sold, sent back and forfeited, in the transaction in which it happens."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from functools import partial

from django.db import transaction

from chophien.apps.bus.services import ask_to_publish
from chophien.apps.festivals.models import Festival
from chophien.apps.ledger.models import Entry, Posting
from chophien.apps.orders.gifts import Gift
from chophien.apps.orders.models import Cart, Order, Reservation, StallOrder
from chophien.apps.orders.reservations import forfeit
from chophien.apps.orders.services import Checkout, CheckoutOutcome, Placed, try_order
from chophien.apps.payments import services as payments
from chophien.apps.payments.models import Payment
from chophien.apps.payments.refunds import mark_sent
from chophien.apps.payments.services import SETTLING, BankNotice, Settlement, settle_credit
from chophien.statements import load
from chophien.statements.prepared import Asked, run_all
from chophien.wire.events import SCREEN, SaleBooked

_BUYING = load("buying")

FORFEITED_BATCH_MAX = 200
Account = Entry.Account


@transaction.atomic
def receive_credit(*, notice: BankNotice, at: datetime) -> Settlement:
    """Take note of money that came in and book the sale that it pays, together or not at all."""
    settlement = settle_credit(notice=notice, at=at)
    settled = settlement.outcome in SETTLING
    if settlement.is_new and settled and settlement.payment is not None:
        _book_sale(settlement.payment, at)
    return settlement


def check_out(
    *, cart: Cart, festival: Festival, checkout: Checkout, at: datetime
) -> CheckoutOutcome:
    """Place an order with its payments; parts for which nothing is due are settled at once.

    All of it, or nothing. Raises what `orders.place_order` raises.
    """
    return try_order(partial(_place, cart=cart, festival=festival, checkout=checkout, at=at))


def _place(*, cart: Cart, festival: Festival, checkout: Checkout, at: datetime) -> Placed:
    placed = payments.place_with_payments(cart=cart, festival=festival, checkout=checkout, at=at)
    if any(part.due_minor == 0 for part in placed.parts):
        for payment in payments.settle_free(order=placed.order, at=at):
            _book_sale(payment, at)
    return placed


@transaction.atomic
def give_away(gift: Gift, *, at: datetime) -> Order:
    """Send somebody a unit that was set aside: an order for which nothing is due, paid at once.

    It is booked, so that every order that is paid has its posting, but it is no sale: neither
    the screen nor the sums of the minute count it. Asked again, it is the same order.

    Raises:
        UnknownPlaceError: the address names no province; nothing was done.
    """
    placed = payments.place_gift_with_payment(gift, at=at)
    if placed.is_new:
        for payment in payments.settle_free(order=placed.order, at=at):
            stall_order = payment.stall_order
            sides = {Account.RECEIVED: 0, Account.GOODS: 0}
            run_all(_ask_to_post(Posting.Kind.SALE, stall_order.id, stall_order, sides, at))
    return placed.order


def _book_sale(payment: Payment, at: datetime) -> None:
    """What came in, and what for: deposits are owed until their balance comes."""
    stall_order = payment.stall_order
    sides = {
        Account.RECEIVED: payment.amount_minor,
        Account.GOODS: -stall_order.goods_minor,
        Account.SHIPPING: -stall_order.shipping_minor,
    }
    deposits_minor = stall_order.set_off_minor - stall_order.deposit_minor
    if deposits_minor:
        sides[Account.DEPOSITS] = deposits_minor
    if stall_order.subsidy_minor:
        sides[Account.FESTIVAL] = stall_order.subsidy_minor
        sides[Account.SUBSIDY] = -stall_order.subsidy_minor
    sale = SaleBooked(
        festival_id=stall_order.order.festival_id,
        stall_name=payment.stall.name_vi,
        province=stall_order.order.province.name,
        amount_minor=payment.amount_minor,
        at=at,
    )
    run_all(
        [
            *_ask_to_post(Posting.Kind.SALE, stall_order.id, stall_order, sides, at),
            ask_to_publish(SCREEN, sale),
            # The row that sales of this minute share comes last, so that none waits long for it.
            _ask_to_add(stall_order, at, orders=1, amount_minor=payment.amount_minor),
        ]
    )


@transaction.atomic
def send_refund(*, refund_id: uuid.UUID, bank_transaction: str, at: datetime) -> bool:
    """Note that a stall has sent a refund and book it, once; `False` when it was not owed."""
    refund = mark_sent(refund_id=refund_id, bank_transaction=bank_transaction, at=at)
    if refund is None:
        return False
    sides = {
        Account.RECEIVED: -refund.amount_minor,
        Account.GOODS: refund.goods_minor,
        Account.SHIPPING: refund.shipping_minor,
        Account.DEPOSITS: refund.deposit_minor,
        Account.COMPENSATION: refund.compensation_minor,
        Account.FESTIVAL: -refund.subsidy_minor,
        Account.SUBSIDY: refund.subsidy_minor,
    }
    told = {account: amount for account, amount in sides.items() if amount}
    run_all(
        [
            *_ask_to_post(Posting.Kind.REFUND, refund.id, refund.stall_order, told, at),
            _ask_to_add(refund.stall_order, at, orders=0, amount_minor=-refund.amount_minor),
        ]
    )
    return True


def forfeit_due(*, at: datetime) -> int:
    """Let stalls keep deposits whose balance was not paid in its window; returns how many.

    Each exactly once, however many workers run this and however late.
    """
    due = (
        Reservation.objects.filter(
            state=Reservation.State.RESERVED,
            presale__balance_ends_at__lte=at,
            presale__defaulted_at__isnull=True,
        )
        .select_related("presale", "sku__product", "deposit_order__order__province")
        .order_by("id")[:FORFEITED_BATCH_MAX]
    )
    return sum(_forfeit(reservation, at) for reservation in due)


@transaction.atomic
def _forfeit(reservation: Reservation, at: datetime) -> bool:
    if not forfeit(reservation, at=at):
        return False
    sides = {
        Account.DEPOSITS: reservation.paid_minor,
        Account.FORFEITED: -reservation.paid_minor,
    }
    deposit = reservation.deposit_order
    run_all(_ask_to_post(Posting.Kind.FORFEIT, reservation.id, deposit, sides, at))
    return True


def _ask_to_post(
    kind: Posting.Kind,
    source: uuid.UUID,
    stall_order: StallOrder,
    sides: Mapping[Entry.Account, int],
    at: datetime,
) -> list[Asked]:
    assert sum(sides.values()) == 0, "posting does not balance"
    posting = Posting(
        kind=kind,
        source=source,
        festival_id=stall_order.order.festival_id,
        stall_id=stall_order.stall_id,
        stall_order=stall_order.id,
        booked_at=at,
    )
    values = {
        "id": posting.id,
        "kind": posting.kind,
        "source": posting.source,
        "festival": posting.festival_id,
        "stall": posting.stall_id,
        "part": posting.stall_order,
        "at": at,
    }
    entries = {
        "posting": posting.id,
        "accounts": [account.value for account in sides],
        "amounts": list(sides.values()),
    }
    return [(_BUYING["write_posting"], values), (_BUYING["write_entries"], entries)]


def _ask_to_add(stall_order: StallOrder, at: datetime, *, orders: int, amount_minor: int) -> Asked:
    order = stall_order.order
    values = {
        "festival": order.festival_id,
        "at": at,
        "stall": stall_order.stall_id,
        "province": order.province_id,
        "orders": orders,
        "amount": amount_minor,
    }
    return _BUYING["add_to_minute"], values
