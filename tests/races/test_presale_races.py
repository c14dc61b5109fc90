"""Reservations, refunds and their books, with many hands at once."""

from functools import partial

from django.db import transaction
from tests.apps.test_refunds import accept, ask, buy, worth
from tests.factories import OPENING, check_out, make_notice, make_sku, make_stall, make_user
from tests.presales import (
    BALANCE,
    BALANCE_ENDS,
    DEPOSITS_END,
    find_cart,
    make_presale,
    pay,
    place_balance,
    place_deposit,
    read_state,
    reserve,
)
from tests.races.conftest import race, run_beside

from chophien.apps.accounts.models import Notice
from chophien.apps.inventory.models import Stock
from chophien.apps.ledger.models import Posting
from chophien.apps.ledger.selectors import read_figures, sum_ledger
from chophien.apps.ledger.services import forfeit_due, receive_credit, send_refund
from chophien.apps.orders.models import Reservation
from chophien.apps.orders.reminders import remind
from chophien.apps.orders.services import Placed, put_deposit
from chophien.apps.payments.defaults import default_presale, refund_defaulted
from chophien.apps.payments.models import Refund, ReturnedLine
from chophien.apps.payments.refunds import (
    Decision,
    RefundAsked,
    ask_refund,
    decide_refund,
)
from chophien.apps.payments.returning import list_returnable
from chophien.apps.payments.services import expire_unpaid
from chophien.apps.promotions.models import Presale
from chophien.apps.promotions.services import close_ended
from chophien.domain.limits import HOLD_TIME


def has_unit_left(part_id):
    """The naive way: look whether a unit is left, then pay for it."""
    return list_returnable(part_id)[0].left > 0


def test_negative_control_looking_first_refunds_the_last_unit_twice(festival):
    (part,) = buy(festival, (make_sku(make_stall()), 1))

    with transaction.atomic():
        mine = has_unit_left(part.id)
        theirs = run_beside(partial(has_unit_left, part.id))

    assert (mine, theirs) == (True, True)


def test_last_unit_is_asked_back_once(festival):
    honey = make_sku(make_stall())
    (part,) = buy(festival, (honey, 1))
    act = partial(
        ask_refund,
        stall_order_id=part.id,
        quantities={str(honey.id): 1},
        seen_minor=worth(part, {str(honey.id): 1}),
        at=OPENING,
    )

    outcomes = race([act] * 6)

    assert sum(isinstance(each, RefundAsked) for each in outcomes) == 1
    row = ReturnedLine.objects.get()
    assert (row.asked, row.asked_minor) == (1, part.goods_minor)


def test_refund_is_decided_once(festival):
    honey = make_sku(make_stall(), units=10)
    (part,) = buy(festival, (honey, 1))
    refund = ask(part, {str(honey.id): 1}).refund
    yes, no = Decision(is_accepted=True, is_restocked=True), Decision(is_accepted=False)

    decided = race(
        [
            partial(decide_refund, refund_id=refund.id, decision=each, by_id=None, at=OPENING)
            for each in (yes, no, yes, no)
        ]
    )

    assert sum(decided) == 1
    refund.refresh_from_db()
    is_owed = refund.state == "owed"
    assert Stock.objects.get().free == (10 if is_owed else 9)
    assert ReturnedLine.objects.get().returned == (1 if is_owed else 0)


def test_refund_is_sent_and_booked_once(festival):
    honey = make_sku(make_stall())
    (part,) = buy(festival, (honey, 1))
    refund = accept(ask(part, {str(honey.id): 1}).refund)

    sent = race([partial(send_refund, refund_id=refund.id, bank_transaction="FT", at=OPENING)] * 4)

    assert sum(sent) == 1
    assert Posting.objects.filter(kind="refund").count() == 1
    assert read_screen(festival) == sum_ledger(festival.id) == 0


def read_screen(festival):
    return read_figures(festival.id, curve_from=OPENING).total_minor


def count_left(presale_id):
    presale = Presale.objects.get(id=presale_id)
    return presale.allotment - presale.taken


def test_negative_control_counting_first_reserves_one_unit_twice(festival):
    presale = make_presale(festival, allotment=1)

    with transaction.atomic():
        mine = count_left(presale.id)
        theirs = run_beside(partial(count_left, presale.id))

    assert (mine, theirs) == (1, 1)


def test_presale_reserves_no_unit_twice(festival):
    presale = make_presale(festival, allotment=3)
    users = [make_user(f"nguoi-{number}") for number in range(8)]
    for user in users:
        put_deposit(cart=find_cart(user), presale_id=presale.id, quantity=1, at=OPENING)

    placed = race(
        [partial(check_out, find_cart(user), festival) for number, user in enumerate(users)]
    )

    presale.refresh_from_db()
    assert sum(isinstance(each, Placed) for each in placed) == presale.taken == 3
    stock = Stock.objects.get()
    assert (stock.free, stock.set_aside, stock.held) == (5 + 2, 0, 3)
    assert Reservation.objects.count() == 3


def test_balance_that_comes_as_its_window_ends_is_bought_or_forfeited_never_both(festival):
    presale = make_presale(festival, allotment=4)
    payments = []
    for number in range(4):
        reservation = reserve(festival, presale, make_user(f"nguoi-{number}"))
        payments += place_balance(festival, reservation, at=BALANCE_ENDS - HOLD_TIME)
    close_ended(at=DEPOSITS_END)

    race(
        [
            *(
                partial(
                    receive_credit,
                    notice=make_notice(payment, transaction=f"BAL{number}"),
                    at=BALANCE_ENDS,
                )
                for number, payment in enumerate(payments)
            ),
            *[partial(expire_unpaid, at=BALANCE_ENDS)] * 2,
            *[partial(forfeit_due, at=BALANCE_ENDS)] * 2,
        ]
    )
    expire_unpaid(at=BALANCE_ENDS)
    forfeit_due(at=BALANCE_ENDS)

    states = Reservation.objects.values_list("state", flat=True)
    bought, forfeited = (list(states).count(each) for each in ("bought", "forfeited"))
    assert bought + forfeited == 4
    assert Posting.objects.filter(kind="forfeit").count() == forfeited
    stock = Stock.objects.get()
    assert (stock.free, stock.held, stock.sold) == (6 + forfeited, 0, bought)
    assert read_screen(festival) == sum_ledger(festival.id)


def test_default_while_balances_are_paid_leaves_each_bought_or_refunded(festival):
    presale = make_presale(festival, allotment=4)
    waiting = [reserve(festival, presale, make_user(f"nguoi-{number}")) for number in range(4)]
    payments = [place_balance(festival, each)[0] for each in waiting]

    race(
        [
            *[partial(pay, payment, at=BALANCE) for payment in payments],
            partial(default_presale, presale_id=presale.id, by_id=None, at=BALANCE),
            partial(refund_defaulted, at=BALANCE),
        ]
    )
    refund_defaulted(at=BALANCE)

    states = [read_state(each) for each in waiting]
    assert set(states) <= {"bought", "refunded"}
    assert Refund.objects.filter(reason="default").count() == states.count("refunded")
    assert Stock.objects.get().sold == states.count("bought")


def test_unpaid_deposit_and_its_money_at_once_reserve_or_lapse(festival):
    presale = make_presale(festival, allotment=2)
    payments = [place_deposit(festival, presale, make_user(each)) for each in ("hoa", "lan")]
    late = OPENING + HOLD_TIME

    race(
        [
            *[partial(pay, payment, at=late) for payment in payments],
            *[partial(expire_unpaid, at=late)] * 3,
        ]
    )

    states = list(Reservation.objects.values_list("state", flat=True))
    assert states == ["reserved", "reserved"]  # in time or late: a unit was there for each
    assert Presale.objects.get().taken == 2


def test_eight_workers_remind_each_person_once(festival):
    presale = make_presale(festival)
    for number in range(5):
        reserve(festival, presale, make_user(f"nguoi-{number}"))

    counts = race([partial(remind, at=BALANCE)] * 8)
    remind(at=BALANCE)

    assert Notice.objects.filter(kind="balance_opened").count() == 5
    assert sum(counts) <= 5


def test_deposit_is_forfeited_and_booked_once_by_six_workers(festival):
    presale = make_presale(festival)
    reserve(festival, presale, make_user(), quantity=2)
    close_ended(at=DEPOSITS_END)

    counts = race([partial(forfeit_due, at=BALANCE_ENDS)] * 6)

    assert sum(counts) == 1
    assert Posting.objects.filter(kind="forfeit").count() == 1
    assert Notice.objects.filter(kind="forfeited").count() == 1
    stock = Stock.objects.get()
    assert (stock.free, stock.set_aside, stock.held) == (10, 0, 0)
