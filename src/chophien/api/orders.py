"""Orders: one press of the button, what it made, and how it is paid."""

import secrets
import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from chophien.api.answers import (
    CART_KEPT,
    NOTHING_ORDERED,
    Refusal,
    RefusedError,
    answer,
    refuse,
)
from chophien.api.asking import demo_only, find_user_id, read_body
from chophien.api.cart import Id, Money
from chophien.api.carts import find_request_cart
from chophien.apps.comment_orders.services import note_ordered
from chophien.apps.festivals.clock import now
from chophien.apps.festivals.selectors import get_current_festival
from chophien.apps.ledger.services import check_out, receive_credit
from chophien.apps.orders.addresses import find_address
from chophien.apps.orders.services import (
    Address,
    Busy,
    CartChanged,
    CartEmpty,
    Checkout,
    CheckoutOutcome,
    NotAdmitted,
    Placed,
    PriceMoved,
    UnknownPlaceError,
)
from chophien.apps.payments.selectors import list_payments_of
from chophien.apps.payments.services import BankNotice, build_qr_payload
from chophien.domain.contact import PhoneError, parse_phone
from chophien.domain.limits import HOLD_TIME
from chophien.domain.orders import SECRET_BYTES
from chophien.domain.vietqr import parse_transfer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chophien.apps.orders.models import Order
    from chophien.apps.payments.models import Payment

# PostgreSQL's text takes no NUL; and what is needed is more than spaces.
_NO_NUL = r"\A[^\x00]*\Z"
_SOMETHING = r"\A[^\x00]*[^\x00\s][^\x00]*\Z"
_Name = Annotated[str, msgspec.Meta(max_length=80, pattern=_SOMETHING)]
_Street = Annotated[str, msgspec.Meta(max_length=160, pattern=_SOMETHING)]
_Note = Annotated[str, msgspec.Meta(max_length=300, pattern=_NO_NUL)]
_Phone = Annotated[str, msgspec.Meta(max_length=30)]
Method = Literal["vietqr", "test_bank"]


class AddressTyped(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the order goes. `province` is an id of `GET /api/provinces`."""

    recipient: _Name
    phone: _Phone
    province: Id
    ward: _Name
    street: _Street
    note: _Note = ""


class OrderWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One press of the button.

    `due` is the sum that the buyer saw. The address is typed, or one that the person keeps. The
    key makes one order however often it is sent; it may come as `Idempotency-Key` instead.
    """

    due: Money
    method: Method = "vietqr"
    key: uuid.UUID | None = None
    address: AddressTyped | None = None
    saved_address: Id | None = None


class OrderMade(msgspec.Struct, frozen=True, kw_only=True):
    """An order; its token is the key to it. `is_new` is false when the key had made it before."""

    number: str
    token: str
    link: str
    due: int
    held_until: datetime
    is_new: bool


class PaymentAsked(msgspec.Struct, frozen=True, kw_only=True):
    """What one stall is to be paid; `vietqr` is the text of its code while it waits for that."""

    id: uuid.UUID
    stall: str
    state: str
    amount: int
    reference: str
    bank_bin: str
    bank_account: str
    vietqr: str | None


class PaymentsShown(msgspec.Struct, frozen=True, kw_only=True):
    """The payments of an order, by stall."""

    number: str
    is_paid: bool
    payments: list[PaymentAsked]


class TransferMade(msgspec.Struct, frozen=True, kw_only=True):
    """What became of each transfer of the test bank, by payment."""

    outcomes: dict[str, str]


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An empty object."""


def place_order(request: HttpRequest) -> HttpResponse:
    """Order what is in the cart."""
    at = now()
    wanted = read_body(request, OrderWanted)
    if wanted.method == "test_bank" and not settings.IS_DEMO:
        raise _refuse_order(422, "method", "only the demonstration has a test bank")
    user_id = find_user_id(request)
    checkout = Checkout(
        idempotency_key=_find_key(request, wanted),
        seen_due_minor=wanted.due,
        address=_find_delivery(wanted, user_id),
        user_id=user_id,
        secret=secrets.token_bytes(SECRET_BYTES),
    )
    cart = find_request_cart(request, at)
    if cart is None:
        raise _refuse_order(404, "no_cart", "there is no cart")
    festival = get_current_festival(at)
    try:
        outcome = check_out(cart=cart, festival=festival, checkout=checkout, at=at)
    except UnknownPlaceError as fault:
        raise _refuse_order(422, "province", "there is no such province") from fault
    if isinstance(outcome, Placed):
        note_ordered(cart=cart, order_id=outcome.order.pk)
    return _tell(outcome)


def _find_key(request: HttpRequest, wanted: OrderWanted) -> uuid.UUID:
    header = request.headers.get("Idempotency-Key", "").strip('"')
    try:
        key = uuid.UUID(header) if header else wanted.key
    except ValueError as fault:
        raise _refuse_order(400, "malformed", "Idempotency-Key: must be a UUID") from fault
    if key is None:
        raise _refuse_order(400, "malformed", "an order needs a key")
    return key


def _find_delivery(wanted: OrderWanted, user_id: int | None) -> Address:
    """The address typed, or the one kept: only the person's own can be named."""
    if (wanted.address is None) is (wanted.saved_address is None):
        raise _refuse_order(400, "malformed", "give one of address and saved_address")
    if wanted.address is not None:
        return _read_address(wanted.address)
    kept = None if user_id is None else find_address(user_id, wanted.saved_address or 0)
    if kept is None:
        raise _refuse_order(404, "no_address", "the person keeps no such address")
    return Address(
        recipient=kept.recipient,
        phone=kept.phone,
        province_id=kept.province_id,
        ward=kept.ward,
        street=kept.street,
        note=kept.note,
    )


def _read_address(typed: AddressTyped) -> Address:
    try:
        phone = parse_phone(typed.phone)
    except PhoneError as fault:
        raise _refuse_order(422, "phone", str(fault)) from fault
    return Address(
        recipient=typed.recipient.strip(),
        phone=phone,
        province_id=typed.province,
        ward=typed.ward.strip(),
        street=typed.street.strip(),
        note=typed.note.strip(),
    )


def _refuse_order(status: int, code: str, message: str) -> RefusedError:
    return refuse(status, code, message, kept=NOTHING_ORDERED)


def _tell(outcome: CheckoutOutcome) -> HttpResponse:
    match outcome:
        case Placed(order=order, is_new=is_new):
            return answer(_show_order(order, is_new=is_new), status=201 if is_new else 200)
        case PriceMoved(quote=quote):
            raise RefusedError(
                409,
                Refusal(
                    code="price_changed",
                    message="the sum is not what the buyer saw",
                    kept=NOTHING_ORDERED,
                    due=quote["due_now"],
                ),
            )
        case CartChanged(free_by_sku=free_by_sku):
            raise RefusedError(
                409,
                Refusal(
                    code="cart_changed",
                    message="something in the cart is sold out or withdrawn",
                    kept=NOTHING_ORDERED,
                    free={str(sku_id): free for sku_id, free in free_by_sku.items()},
                ),
            )
        case CartEmpty():
            raise refuse(409, "cart_empty", "there is nothing in the cart", kept=CART_KEPT)
        case NotAdmitted(room_id=room_id):
            raise RefusedError(
                403,
                Refusal(
                    code="not_admitted",
                    message="something in the cart has a waiting room, and it is not this turn",
                    kept=NOTHING_ORDERED,
                    room=room_id,
                ),
            )
        case Busy():
            raise _refuse_order(503, "busy", "many people buy the same thing; send it again")


def _show_order(order: "Order", *, is_new: bool) -> OrderMade:
    return OrderMade(
        number=order.number,
        token=order.token,
        link=f"/orders/{order.token}/",
        due=order.due_minor,
        held_until=order.placed_at + HOLD_TIME,
        is_new=is_new,
    )


def show_payments(request: HttpRequest, token: str) -> HttpResponse:
    """How an order is paid, and what of it is."""
    del request  # whoever has the token may see the order, as with its page
    payments = _list_payments(token)
    return answer(
        PaymentsShown(
            number=payments[0].stall_order.order.number,
            is_paid=all(payment.stall_order.is_paid for payment in payments),
            payments=[_show_payment(payment) for payment in payments],
        )
    )


def _list_payments(token: str) -> "Sequence[Payment]":
    payments = list_payments_of(token)
    if not payments:
        raise refuse(404, "not_found", "no order has this token")
    return payments


def _show_payment(payment: "Payment") -> PaymentAsked:
    is_waiting = payment.stall_order.is_open and payment.amount_minor > 0
    return PaymentAsked(
        id=payment.id,
        stall=payment.stall.slug,
        state=payment.stall_order.state,
        amount=payment.amount_minor,
        reference=payment.reference,
        bank_bin=payment.bank_bin,
        bank_account=payment.bank_account,
        vietqr=build_qr_payload(payment) if is_waiting else None,
    )


@demo_only
def pay_by_test_bank(request: HttpRequest, token: str) -> HttpResponse:
    """Pay every open part of an order, each to its own stall."""
    read_body(request, Nothing)
    waiting = [payment for payment in _list_payments(token) if payment.stall_order.is_open]
    outcomes = {
        str(payment.id): receive_credit(notice=_notice(payment), at=now()).outcome.value
        for payment in waiting
        if payment.amount_minor
    }
    return answer(TransferMade(outcomes=outcomes))


def _notice(payment: "Payment") -> BankNotice:
    """What a bank would tell after its app has read the payment's code."""
    scanned = parse_transfer(build_qr_payload(payment))
    return BankNotice(
        bank_transaction=f"order-{payment.id}",
        bank_bin=scanned.bank_bin,
        bank_account=scanned.account,
        amount_minor=scanned.amount_minor,
        reference=scanned.reference,
    )
