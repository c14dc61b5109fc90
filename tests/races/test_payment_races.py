from collections import Counter
from datetime import timedelta
from functools import partial

from django.db import transaction
from tests.factories import (
    OPENING,
    make_notice,
    make_order,
    make_price,
    make_sku,
    make_stall,
)
from tests.races.conftest import race, run_beside

from chophien.apps.inventory.models import Stock
from chophien.apps.ledger.models import Posting
from chophien.apps.ledger.selectors import sum_ledger
from chophien.apps.ledger.services import receive_credit
from chophien.apps.orders.models import StallOrder
from chophien.apps.payments.expiring import expire_plain
from chophien.apps.payments.models import BankCredit, Payment
from chophien.apps.payments.services import expire_unpaid
from chophien.domain.limits import HOLD_TIME

SOON = OPENING + timedelta(minutes=1)
LATE = OPENING + HOLD_TIME


def settle_by_reading_first(payment_id):
    """The naive way: look whether the payment waits, then book it."""
    return Payment.objects.get(id=payment_id).state == "awaiting"


def test_negative_control_reading_first_books_one_payment_twice(festival):
    (payment,) = make_order(festival, (make_sku(make_stall()), 1))

    with transaction.atomic():
        mine = settle_by_reading_first(payment.id)
        theirs = run_beside(partial(settle_by_reading_first, payment.id))

    assert (mine, theirs) == (True, True)


def test_one_credit_told_many_times_at_once_is_booked_once(festival):
    (payment,) = make_order(festival, (make_sku(make_stall()), 1))
    notice = make_notice(payment)

    settlements = race([partial(receive_credit, notice=notice, at=SOON)] * 8)

    assert {settlement.outcome.value for settlement in settlements} == {"paid"}
    assert sum(settlement.is_new for settlement in settlements) == 1
    assert (Posting.objects.count(), BankCredit.objects.count()) == (1, 1)


def test_eight_credits_for_one_payment_settle_it_once(festival):
    (payment,) = make_order(festival, (make_sku(make_stall()), 1))

    settlements = race(
        [
            partial(receive_credit, notice=make_notice(payment, transaction=f"FT{number}"), at=SOON)
            for number in range(8)
        ]
    )

    assert Counter(settlement.outcome.value for settlement in settlements) == {
        "paid": 1,
        "paid_twice": 7,
    }
    assert sum_ledger(festival.id) == payment.amount_minor


def test_money_that_comes_as_the_hold_ends_is_never_lost(festival):
    honey = make_sku(make_stall(), units=8)
    payments = [make_order(festival, (honey, 1))[0] for number in range(8)]

    race(
        [
            *(
                partial(
                    receive_credit,
                    notice=make_notice(payment, transaction=f"FT{number}"),
                    at=LATE,
                )
                for number, payment in enumerate(payments)
            ),
            *[partial(expire_unpaid, at=LATE)] * 4,
        ]
    )

    stock = Stock.objects.get(sku=honey)
    paid = StallOrder.objects.filter(state="paid").count()
    assert paid == 8  # every unit was there for its own buyer, in time or late
    assert (stock.free, stock.held, stock.sold) == (0, 0, 8)
    assert sum_ledger(festival.id) == sum(payment.amount_minor for payment in payments)


def test_a_crowd_that_pays_as_its_flash_units_are_let_go_gets_no_unit_twice(festival):
    honey = make_sku(make_stall(), units=20)
    price = make_price(honey, unit_minor=90_000, allotment=8)
    payments = [make_order(festival, (honey, 1))[0] for number in range(8)]

    race(
        [
            *(
                partial(
                    receive_credit,
                    notice=make_notice(payment, transaction=f"FT{number}"),
                    at=LATE,
                )
                for number, payment in enumerate(payments[:4])
            ),
            *[partial(expire_plain, at=LATE)] * 4,
        ]
    )

    stock = Stock.objects.get(sku=honey)
    price.refresh_from_db()
    assert Counter(part.state for part in StallOrder.objects.all()) == {"paid": 4, "expired": 4}
    assert (stock.free, stock.set_aside, stock.held, stock.sold) == (12, 4, 0, 4)
    assert price.taken == 4
