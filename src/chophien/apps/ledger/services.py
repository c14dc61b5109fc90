"""Booking what was sold, in the transaction that settles its payment."""

from datetime import datetime

from django.db import connection, transaction

from chophien.apps.bus.services import publish
from chophien.apps.ledger.models import Entry, Posting
from chophien.apps.payments.models import Payment
from chophien.apps.payments.services import BankNotice, Settlement, settle_credit
from chophien.domain.payments import CreditOutcome
from chophien.wire.events import SCREEN, SaleBooked

_ADD_TO_MINUTE = """
INSERT INTO ledger_salesminute (festival_id, minute, stall_id, province_id, orders, amount_minor)
VALUES (%s, date_trunc('minute', %s::timestamptz), %s, %s, 1, %s)
ON CONFLICT (festival_id, minute, stall_id, province_id) DO UPDATE
SET orders = ledger_salesminute.orders + 1,
    amount_minor = ledger_salesminute.amount_minor + excluded.amount_minor
"""


@transaction.atomic
def receive_credit(*, notice: BankNotice, at: datetime) -> Settlement:
    """Take note of money that came in and book the sale that it pays, together or not at all."""
    settlement = settle_credit(notice=notice, at=at)
    settled = settlement.outcome in {CreditOutcome.PAID, CreditOutcome.PAID_LATE}
    if settlement.is_new and settled and settlement.payment is not None:
        _book_sale(settlement.payment, at)
    return settlement


def _book_sale(payment: Payment, at: datetime) -> None:
    stall_order = payment.stall_order
    order = stall_order.order
    posting = Posting.objects.create(
        festival_id=order.festival_id,
        stall=payment.stall,
        stall_order=stall_order.id,
        booked_at=at,
    )
    sides = {
        Entry.Account.RECEIVED: payment.amount_minor,
        Entry.Account.GOODS: -stall_order.goods_minor,
        Entry.Account.SHIPPING: -stall_order.shipping_minor,
    }
    assert sum(sides.values()) == 0, "posting does not balance"
    Entry.objects.bulk_create(
        Entry(posting=posting, account=account, amount_minor=amount)
        for account, amount in sides.items()
    )
    with connection.cursor() as cursor:
        cursor.execute(
            _ADD_TO_MINUTE,
            [order.festival_id, at, payment.stall_id, order.province_id, payment.amount_minor],
        )
    publish(
        SCREEN,
        SaleBooked(
            festival_id=order.festival_id,
            stall_name=payment.stall.name_vi,
            province=order.province.name,
            amount_minor=payment.amount_minor,
            at=at,
        ),
    )
