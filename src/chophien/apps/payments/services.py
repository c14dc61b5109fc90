"""Asking for money, taking note that it came, and letting go of what was not paid."""

import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from chophien.apps.festivals.models import Festival
from chophien.apps.inventory.services import (
    Asked,
    SoldOut,
    commit_units,
    hold_units,
    release_units,
)
from chophien.apps.orders.models import Cart, Order, OrderLine, StallOrder
from chophien.apps.orders.services import Checkout, CheckoutOutcome, Placed, place_order
from chophien.apps.payments.models import BankCredit, Payment
from chophien.apps.promotions.services import give_back_units
from chophien.domain.orders import derive_reference
from chophien.domain.payments import (
    Credit,
    CreditOutcome,
    ExpectedPayment,
    PaymentState,
    judge_credit,
)
from chophien.domain.vietqr import Transfer, encode_transfer

# Orders let go of in one transaction: short enough that nobody waits for its locks.
EXPIRED_BATCH_MAX = 50
# A late payment's units are held just long enough to be sold in the same transaction.
LATE_HOLD = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class BankNotice:
    """What a bank tells of one credit. `bank_transaction` is the bank's own, unique there."""

    bank_transaction: str
    bank_bin: str
    bank_account: str
    amount_minor: int
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    outcome: CreditOutcome
    payment: Payment | None
    is_new: bool
    """False when the bank had told of this credit before; then nothing was done again."""


@transaction.atomic
def check_out(
    *, cart: Cart, festival: Festival, checkout: Checkout, at: datetime
) -> CheckoutOutcome:
    """Place an order and ask for its payments, together or not at all.

    An order without its payments could neither be paid nor expire. See `orders.place_order` for
    the outcomes and the locks.
    """
    outcome = place_order(cart=cart, festival=festival, checkout=checkout, at=at)
    if isinstance(outcome, Placed):
        ask_for_payment(order=outcome.order, seed=checkout.seed)
    return outcome


def ask_for_payment(*, order: Order, seed: bytes) -> list[Payment]:
    """Make the payment of every stall order; asked again, returns those made before."""
    stall_orders = list(order.stall_orders.select_related("stall").order_by("stall_id"))
    known = list(Payment.objects.filter(stall_order__in=stall_orders).order_by("stall_id"))
    if known:
        return known
    return Payment.objects.bulk_create(
        Payment(
            stall_order=stall_order,
            stall=stall_order.stall,
            reference=derive_reference(seed, stall_order.stall_id),
            bank_bin=stall_order.stall.bank_bin,
            bank_account=stall_order.stall.bank_account,
            amount_minor=stall_order.due_minor,
        )
        for stall_order in stall_orders
    )


def build_qr_payload(payment: Payment) -> str:
    """The text of the VietQR that pays this payment to its stall's account."""
    return encode_transfer(
        Transfer(
            bank_bin=payment.bank_bin,
            account=payment.bank_account,
            amount_minor=payment.amount_minor,
            reference=payment.reference,
            purpose=f"CHO PHIEN {payment.reference}",
        )
    )


@transaction.atomic
def settle_credit(*, notice: BankNotice, at: datetime) -> Settlement:
    """Take note of money that came in, once, and settle the payment that it names.

    Locks: the credit's own key, the payment, then stock rows by sku. Nothing that arrives is
    lost: what settles nothing is kept with the reason.
    """
    credit, is_new = BankCredit.objects.get_or_create(
        bank_bin=notice.bank_bin,
        bank_transaction=notice.bank_transaction,
        defaults={
            "bank_account": notice.bank_account,
            "amount_minor": notice.amount_minor,
            "reference": notice.reference[:60],
            "received_at": at,
            "outcome": CreditOutcome.UNKNOWN_REFERENCE.value,
        },
    )
    if not is_new:
        return Settlement(
            outcome=CreditOutcome(credit.outcome), payment=credit.payment, is_new=False
        )
    payment = (
        Payment.objects.select_for_update(of=("self",))
        .select_related("stall_order__order", "stall")
        .filter(reference=notice.reference.strip().upper())
        .first()
    )
    outcome = judge_credit(_expect(payment), _read_credit(notice))
    if outcome is CreditOutcome.PAID_LATE and payment is not None and not _hold_again(payment):
        outcome = CreditOutcome.TOO_LATE
    if outcome in {CreditOutcome.PAID, CreditOutcome.PAID_LATE} and payment is not None:
        _mark_paid(payment, at)
    credit.outcome = outcome.value
    credit.payment = payment
    credit.save(update_fields=["outcome", "payment"])
    return Settlement(outcome=outcome, payment=payment, is_new=True)


def _expect(payment: Payment | None) -> ExpectedPayment | None:
    if payment is None:
        return None
    return ExpectedPayment(
        state=PaymentState(payment.state),
        amount_minor=payment.amount_minor,
        bank_bin=payment.bank_bin,
        account=payment.bank_account,
    )


def _read_credit(notice: BankNotice) -> Credit:
    return Credit(
        bank_bin=notice.bank_bin, account=notice.bank_account, amount_minor=notice.amount_minor
    )


def _mark_paid(payment: Payment, at: datetime) -> None:
    commit_units([payment.stall_order_id])
    payment.state = PaymentState.PAID.value
    payment.settled_at = at
    payment.save(update_fields=["state", "settled_at"])
    StallOrder.objects.filter(id=payment.stall_order_id).update(
        state=StallOrder.State.PAID, paid_at=at
    )


def _hold_again(payment: Payment) -> bool:
    """Promise the units of an expired order once more; `False` when they are gone.

    They come from free sale, whatever the units before came from: what was set aside for a
    price went back to it, and the price that the buyer confirmed stands.
    """
    lines = list(OrderLine.objects.filter(stall_order_id=payment.stall_order_id))
    asked = [
        Asked(
            sku_id=line.sku_id,
            stall_id=payment.stall_id,
            stall_order_id=payment.stall_order_id,
            quantity=line.quantity,
        )
        for line in lines
    ]
    expires_at = payment.stall_order.expires_at + LATE_HOLD
    return not isinstance(hold_units(asked, expires_at=expires_at), SoldOut)


@transaction.atomic
def expire_unpaid(*, at: datetime) -> int:
    """Let go of unpaid stall orders whose time is over; returns how many.

    Rows that somebody is paying this instant are skipped, not waited for. Locks payments first,
    as `settle_credit` does.
    """
    due = list(
        Payment.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(state=PaymentState.AWAITING.value, stall_order__expires_at__lte=at)
        .order_by("id")[:EXPIRED_BATCH_MAX]
    )
    ids = [payment.stall_order_id for payment in due]
    if not ids:
        return 0
    Payment.objects.filter(stall_order_id__in=ids).update(state=PaymentState.EXPIRED.value)
    StallOrder.objects.filter(id__in=ids).update(state=StallOrder.State.EXPIRED)
    release_units(ids)
    for stall_order_id in ids:
        _give_back_limits(stall_order_id)
    return len(ids)


def _give_back_limits(stall_order_id: uuid.UUID) -> None:
    """Let the buyer, and others, have the flash units of an expired stall order again."""
    counted: dict[int, int] = defaultdict(int)
    lines = OrderLine.objects.filter(
        stall_order_id=stall_order_id, offered_price_id__isnull=False
    ).select_related("stall_order__order")
    buyer_keys: tuple[str, ...] = ()
    for line in lines:
        assert line.offered_price_id is not None, "filtered above"
        counted[line.offered_price_id] += line.quantity
        buyer_keys = line.stall_order.order.buyer.keys
    give_back_units(counted, buyer_keys=buyer_keys)
