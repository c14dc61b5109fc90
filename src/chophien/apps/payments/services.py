"""Asking for money, taking note that it came, and letting go of what was not paid."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from uuid_utils.compat import uuid7

from chophien.apps.festivals.models import Festival, Province
from chophien.apps.inventory.services import (
    Asked,
    Held,
    ask_to_commit,
    hold_units,
    lock_stock,
    release_units,
)
from chophien.apps.orders.gifts import Gift, place_gift
from chophien.apps.orders.locks import lock_order
from chophien.apps.orders.models import Cart, Order, OrderLine, StallOrder
from chophien.apps.orders.parts import ask_for_reservation
from chophien.apps.orders.reservations import (
    confirm_reservations,
    count_by_presale,
    let_reservations_go,
    take_up_again,
)
from chophien.apps.orders.returns import Units, give_back_promotions, take_promotions_again
from chophien.apps.orders.services import Checkout, Placed, place
from chophien.apps.payments.expiring import expire_plain
from chophien.apps.payments.models import BankCredit, Payment
from chophien.apps.payments.refunds import list_gone
from chophien.apps.promotions.selectors import list_keeping
from chophien.apps.promotions.services import (
    give_back_reserved,
    give_back_units,
    take_reserved,
    take_units,
)
from chophien.apps.sellers.models import Stall
from chophien.domain.orders import name_part
from chophien.domain.payments import (
    Credit,
    CreditOutcome,
    ExpectedPayment,
    PaymentState,
    judge_credit,
)
from chophien.domain.vietqr import Transfer, encode_transfer
from chophien.statements import load
from chophien.statements.graphs import Graph, Part
from chophien.statements.prepared import run, run_all

_BUYING = load("buying")
_PAYMENT = Graph(
    _BUYING["lock_payment"],
    {
        "payment": Part(model=Payment),
        "part": Part(
            model=StallOrder,
            of="payment",
            field="stall_order",
            only=frozenset(
                {"id", "order_id", "stall_id", "state", "goods_minor", "shipping_minor"}
                | {"deposit_minor", "set_off_minor", "subsidy_minor", "expires_at"}
            ),
        ),
        "parent": Part(
            model=Order,
            of="part",
            field="order",
            only=frozenset({"id", "token", "festival_id", "province_id"}),
        ),
        "province": Part(
            model=Province, of="parent", field="province", only=frozenset({"id", "name"})
        ),
        "stall": Part(model=Stall, of="payment", field="stall", only=frozenset({"id", "name_vi"})),
    },
)

# Orders let go of in one transaction: short enough that nobody waits for its locks.
EXPIRED_BATCH_MAX = 50
# A late payment's units are held just long enough to be sold in the same transaction.
LATE_HOLD = timedelta(minutes=1)
# Credits that pay an order, if what it ordered is still there.
SETTLING = frozenset({CreditOutcome.PAID, CreditOutcome.PAID_LATE})


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


def place_with_payments(
    *, cart: Cart, festival: Festival, checkout: Checkout, at: datetime
) -> Placed:
    """Place an order and ask for its payments, inside the transaction of `orders.try_order`.

    An order without its payments could neither be paid nor expire. See `orders.place` for what
    it raises and the locks.
    """
    placed = place(cart=cart, festival=festival, checkout=checkout, at=at)
    if placed.is_new:
        _write_payments(placed.order, placed.parts)
    return placed


def place_gift_with_payment(gift: Gift, *, at: datetime) -> Placed:
    """Place the order of a gift with its payment of nothing. See `orders.place_gift`."""
    placed = place_gift(gift, at=at)
    if placed.is_new:
        _write_payments(placed.order, placed.parts)
    return placed


def _write_payments(order: Order, parts: Sequence[StallOrder]) -> None:
    """Make the payments of a new order; its stalls are loaded."""
    ordered = sorted(parts, key=lambda part: part.stall_id)
    values = {
        "ids": [uuid7() for _ in ordered],
        "parts": [part.id for part in ordered],
        "stalls": [part.stall_id for part in ordered],
        "references": [name_part(order.number, place) for place in range(len(ordered))],
        "bins": [part.stall.bank_bin for part in ordered],
        "accounts": [part.stall.bank_account for part in ordered],
        "amounts": [part.due_minor for part in ordered],
    }
    run(_BUYING["write_payments"], values)


def ask_for_payment(*, order: Order) -> list[Payment]:
    """Make the payment of every stall order; asked again, returns those made before."""
    stall_orders = list(order.stall_orders.select_related("stall").order_by("stall_id"))
    known = list(Payment.objects.filter(stall_order__in=stall_orders).order_by("stall_id"))
    if known:
        return known
    return Payment.objects.bulk_create(
        Payment(
            stall_order=stall_order,
            stall=stall_order.stall,
            reference=name_part(order.number, part),
            bank_bin=stall_order.stall.bank_bin,
            bank_account=stall_order.stall.bank_account,
            amount_minor=stall_order.due_minor,
        )
        for part, stall_order in enumerate(stall_orders)
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


@transaction.atomic(savepoint=False)
def settle_credit(*, notice: BankNotice, at: datetime) -> Settlement:
    """Take note of money that came in, once, and settle the payment that it names.

    Locks: the credit's own key, the payment, then what `expire` names. Nothing that arrives is
    lost: what settles nothing is kept with the reason.
    """
    values = {
        "bin": notice.bank_bin,
        "transaction": notice.bank_transaction,
        "account": notice.bank_account,
        "amount": notice.amount_minor,
        "reference": notice.reference,
        "named": notice.reference.strip().upper(),
        "at": at,
    }
    noted, locked = run_all([(_BUYING["note_credit"], values), (_PAYMENT.statement, values)])
    if not noted:
        return _tell_again(notice)
    payment: Payment | None = next(iter(_PAYMENT.read(locked)), None)
    outcome = judge_credit(_expect(payment), _read_credit(notice))
    if payment is not None and outcome in SETTLING and not _settle(payment, outcome, at):
        outcome = CreditOutcome.TOO_LATE
    closed = {
        "credit": noted[0][0],
        "outcome": outcome.value,
        "payment": None if payment is None else payment.id,
    }
    run(_BUYING["close_credit"], closed)
    return Settlement(outcome=outcome, payment=payment, is_new=True)


def _tell_again(notice: BankNotice) -> Settlement:
    credit = BankCredit.objects.select_related("payment").get(
        bank_bin=notice.bank_bin, bank_transaction=notice.bank_transaction
    )
    return Settlement(outcome=CreditOutcome(credit.outcome), payment=credit.payment, is_new=False)


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


def _settle(payment: Payment, outcome: CreditOutcome, at: datetime) -> bool:
    """Sell what is paid for; `False`, nothing changed, when some of it is no longer there."""
    ((has_reservations,),) = run(_BUYING["has_reservations"], {"part": payment.stall_order_id})
    if outcome is CreditOutcome.PAID and not has_reservations:
        _sell(payment, [payment.stall_order_id], at)  # held for it until now: nothing can be gone
        return True
    with transaction.atomic():
        is_there = outcome is CreditOutcome.PAID or _take_up_again(payment, at)
        bought = confirm_reservations(payment.stall_order_id, at=at) if is_there else None
        if bought is None:
            transaction.set_rollback(True)  # to the savepoint: the credit itself is kept
            return False
        _sell(payment, [payment.stall_order_id, *bought], at)
    return True


def _sell(payment: Payment, holders: Sequence[uuid.UUID], at: datetime) -> None:
    """Commit what is held for these, and mark payment and stall order as paid."""
    values = {"payment": payment.id, "part": payment.stall_order_id, "at": at}
    run_all(
        [
            ask_to_commit(holders),
            (_BUYING["settle_payment"], values),
            (_BUYING["settle_stall_order"], values),
        ]
    )
    payment.state = PaymentState.PAID.value
    payment.settled_at = at


def settle_free(*, order: Order, at: datetime) -> list[Payment]:
    """Settle the parts of a new order for which nothing is due: no bank would ever tell of them."""
    free = Payment.objects.select_related("stall_order__order", "stall").filter(
        stall_order__order=order, amount_minor=0, state=PaymentState.AWAITING.value
    )
    return [
        payment
        for payment in free.select_for_update(of=("self",)).order_by("id")
        if _settle(payment, CreditOutcome.PAID, at)
    ]


def _take_up_again(payment: Payment, at: datetime) -> bool:
    """Promise the units of an expired order once more; `False` when something is gone.

    The price that the buyer confirmed stands. Units at a flash price need room in its allotment
    and in the buyer's limit again, and come from free sale once it is closed. Deposits need their
    presale, balances their reservation, discounts their coupons and budgets.
    """
    stall_order = payment.stall_order
    order = lock_order(stall_order.order_id)
    reservations = take_up_again(stall_order.id, at=at)
    if reservations is None:
        return False
    asked = [ask_for_reservation(each, payment.stall_id) for each in reservations]
    asked += _ask_for_lines(payment)
    if asked and not isinstance(
        hold_units(asked, expires_at=stall_order.expires_at + LATE_HOLD), Held
    ):
        return False
    StallOrder.objects.filter(id=stall_order.id).update(state=StallOrder.State.PLACED)
    keys = order.buyer.keys
    return (
        take_units(_count_price_units(stall_order.id), buyer_keys=keys, is_late=True)
        and take_reserved(count_by_presale(reservations), buyer_keys=keys)
        and take_promotions_again(order, _list_units(stall_order.id))
    )


def _ask_for_lines(payment: Payment) -> list[Asked]:
    """The units of an expired order; stock is locked first, so that no price closes meanwhile."""
    lines = [
        line
        for line in OrderLine.objects.filter(stall_order_id=payment.stall_order_id)
        if line.is_ordinary
    ]
    for sku_id in sorted({line.sku_id for line in lines}):
        lock_stock(sku_id)
    keeping = list_keeping([line.offered_price_id for line in lines if line.offered_price_id])
    return [
        Asked(
            sku_id=line.sku_id,
            stall_id=payment.stall_id,
            stall_order_id=payment.stall_order_id,
            quantity=line.quantity,
            is_set_aside=line.offered_price_id in keeping,
        )
        for line in lines
    ]


def _list_units(stall_order_id: uuid.UUID) -> dict[str, Units]:
    """All units of all lines of a stall order."""
    counted: dict[str, int] = defaultdict(int)
    for line in OrderLine.objects.filter(stall_order_id=stall_order_id):
        counted[line.quote_line] += line.quantity
    return {line_id: Units(quantity=count, now=count) for line_id, count in counted.items()}


def expire_unpaid(*, at: datetime) -> int:
    """Let go of unpaid stall orders whose time is over; returns how many, 0 when none is left.

    Those that have nothing but units go many at once; the others each in a transaction of its
    own. Rows that somebody is paying this instant are skipped, not waited for.
    """
    plain = expire_plain(at=at)
    if plain:
        return plain
    due = Payment.objects.filter(state=PaymentState.AWAITING.value, stall_order__expires_at__lte=at)
    ids = list(due.order_by("id").values_list("id", flat=True)[:EXPIRED_BATCH_MAX])
    return sum(expire(payment_id) for payment_id in ids)


@transaction.atomic
def expire(payment_id: uuid.UUID) -> bool:
    """Give back all that an unpaid stall order had; `False` when it is paid, or being paid.

    Locks the payment first, as `settle_credit` does, then the order, reservations, stock, prices,
    presales, coupons and budgets.
    """
    payment = (
        Payment.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("stall_order")
        .filter(id=payment_id, state=PaymentState.AWAITING.value)
        .first()
    )
    if payment is None:
        return False
    stall_order = payment.stall_order
    order = lock_order(stall_order.order_id)
    Payment.objects.filter(id=payment.id).update(state=PaymentState.EXPIRED.value)
    StallOrder.objects.filter(id=stall_order.id).update(state=StallOrder.State.EXPIRED)
    lapsed = let_reservations_go(stall_order.id)
    release_units([stall_order.id, *[each.id for each in lapsed]])
    give_back_units(_count_price_units(stall_order.id), buyer_keys=order.buyer.keys)
    give_back_reserved(count_by_presale(lapsed), buyer_keys=order.buyer.keys)
    give_back_promotions(order, _list_units(stall_order.id), gone=list_gone(order.id))
    return True


def _count_price_units(stall_order_id: uuid.UUID) -> dict[int, int]:
    """The units of a stall order at each offered price."""
    counted: dict[int, int] = defaultdict(int)
    for line in OrderLine.objects.filter(stall_order_id=stall_order_id):
        if line.offered_price_id is not None:
            counted[line.offered_price_id] += line.quantity
    return counted
