from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.utils import ProgrammingError
from tests.factories import (
    OPENING,
    check_out,
    make_cart,
    make_notice,
    make_order,
    make_price,
    make_sku,
    make_stall,
)

from chophien.apps.inventory.models import Stock
from chophien.apps.ledger.models import Entry, Posting
from chophien.apps.ledger.selectors import read_figures, sum_ledger
from chophien.apps.ledger.services import receive_credit
from chophien.apps.orders.models import StallOrder
from chophien.apps.payments.models import BankCredit
from chophien.apps.payments.selectors import list_unsettled_credits
from chophien.apps.payments.services import build_qr_payload, expire_unpaid
from chophien.apps.promotions.models import OfferedPrice
from chophien.apps.promotions.services import close_ended
from chophien.domain.limits import HOLD_TIME
from chophien.domain.payments import CreditOutcome
from chophien.domain.vietqr import parse_transfer

SOON = OPENING + timedelta(minutes=1)
LATE = OPENING + HOLD_TIME


def read_stock(sku):
    stock = Stock.objects.get(sku=sku)
    return stock.free, stock.held, stock.sold


def test_exact_credit_pays_sells_and_books(festival):
    honey = make_sku(make_stall(), price_minor=150_000, units=10)
    (payment,) = make_order(festival, (honey, 2))

    settlement = receive_credit(notice=make_notice(payment), at=SOON)

    assert settlement.outcome is CreditOutcome.PAID
    stall_order = StallOrder.objects.get()
    assert (stall_order.state, stall_order.paid_at) == ("paid", SOON)
    assert read_stock(honey) == (8, 0, 2)
    sides = Entry.objects.order_by("amount_minor").values_list("account", "amount_minor")
    assert list(sides) == [("goods", -300_000), ("shipping", 0), ("received", 300_000)]


def test_credit_told_twice_counts_once(festival):
    honey = make_sku(make_stall())
    (payment,) = make_order(festival, (honey, 1))
    notice = make_notice(payment)
    receive_credit(notice=notice, at=SOON)

    again = receive_credit(notice=notice, at=SOON)

    assert (again.outcome, again.is_new) == (CreditOutcome.PAID, False)
    assert Posting.objects.count() == 1
    assert BankCredit.objects.count() == 1


def test_second_credit_for_a_paid_order_is_kept_to_be_sent_back(festival):
    honey = make_sku(make_stall())
    (payment,) = make_order(festival, (honey, 1))
    receive_credit(notice=make_notice(payment), at=SOON)

    second = receive_credit(notice=make_notice(payment, transaction="FT2"), at=SOON)

    assert second.outcome is CreditOutcome.PAID_TWICE
    assert sum_ledger(festival.id) == payment.amount_minor
    assert [credit.bank_transaction for credit in list_unsettled_credits()] == ["FT2"]


@pytest.mark.parametrize(
    ("label", "changed", "outcome"),
    [
        ("a đồng short", {"amount_minor": 174_999}, CreditOutcome.WRONG_AMOUNT),
        ("a đồng over", {"amount_minor": 175_001}, CreditOutcome.WRONG_AMOUNT),
        ("broken reference", {"reference": "CP??"}, CreditOutcome.UNKNOWN_REFERENCE),
        ("empty reference", {"reference": ""}, CreditOutcome.UNKNOWN_REFERENCE),
        ("another account", {"bank_account": "1"}, CreditOutcome.WRONG_ACCOUNT),
    ],
)
def test_credit_that_does_not_fit_settles_nothing_and_is_kept(festival, label, changed, outcome):
    honey = make_sku(make_stall(), price_minor=150_000, units=10)
    (payment,) = make_order(festival, (honey, 1))

    settlement = receive_credit(notice=make_notice(payment, **changed), at=SOON)

    assert settlement.outcome is outcome
    assert StallOrder.objects.get().state == "placed"
    assert read_stock(honey) == (9, 1, 0)
    assert sum_ledger(festival.id) == 0
    assert list_unsettled_credits().count() == 1


def test_reference_is_read_in_any_case_and_with_spaces_around(festival):
    honey = make_sku(make_stall())
    (payment,) = make_order(festival, (honey, 1))

    notice = make_notice(payment, reference=f" {payment.reference.lower()} ")

    assert receive_credit(notice=notice, at=SOON).outcome is CreditOutcome.PAID


def test_unpaid_order_gives_its_units_and_flash_price_back(festival):
    honey = make_sku(make_stall(), units=10)
    flash = make_price(honey, unit_minor=90_000, allotment=5)
    make_order(festival, (honey, 3))

    assert expire_unpaid(at=LATE - timedelta(seconds=1)) == 0
    assert expire_unpaid(at=LATE) == 1

    assert StallOrder.objects.get().state == "expired"
    assert read_stock(honey) == (5, 0, 0)  # the other five are set aside again
    assert OfferedPrice.objects.get(id=flash.id).taken == 0
    assert expire_unpaid(at=LATE) == 0


def test_late_credit_is_honoured_while_the_goods_are_there(festival):
    honey = make_sku(make_stall(), units=2)
    (payment,) = make_order(festival, (honey, 2))
    expire_unpaid(at=LATE)

    settlement = receive_credit(notice=make_notice(payment), at=LATE)

    assert settlement.outcome is CreditOutcome.PAID_LATE
    assert StallOrder.objects.get().state == "paid"
    assert read_stock(honey) == (0, 0, 2)
    assert sum_ledger(festival.id) == payment.amount_minor


def expire_with_flash(festival, *, units=10, **limits):
    """An order of one unit at a flash price that was not paid in time; its payment, the price."""
    honey = make_sku(make_stall(), units=units, price_minor=150_000)
    flash = make_price(honey, unit_minor=90_000, **limits)
    (payment,) = make_order(festival, (honey, 1))
    assert expire_unpaid(at=LATE) == 1
    return payment, flash


def count_taken(flash):
    flash.refresh_from_db()
    return flash.taken


def test_late_credit_at_a_flash_price_is_counted_on_it_again(festival):
    payment, flash = expire_with_flash(festival, allotment=1)

    settlement = receive_credit(notice=make_notice(payment), at=LATE)

    assert settlement.outcome is CreditOutcome.PAID_LATE
    assert count_taken(flash) == 1
    stock = Stock.objects.get(sku_id=flash.sku_id)
    assert (stock.free, stock.set_aside, stock.sold) == (9, 0, 1)


def test_late_credit_finds_the_flash_price_used_up(festival):
    payment, flash = expire_with_flash(festival, allotment=1)
    OfferedPrice.objects.filter(id=flash.id).update(taken=1)

    settlement = receive_credit(notice=make_notice(payment), at=LATE)

    assert settlement.outcome is CreditOutcome.TOO_LATE
    assert count_taken(flash) == 1


def test_late_credit_does_not_carry_a_buyer_past_the_limit(festival):
    payment, flash = expire_with_flash(festival, allotment=5, per_buyer_max=1)
    (again,) = make_order(festival, (flash.sku, 1))
    assert receive_credit(notice=make_notice(again), at=SOON).outcome is CreditOutcome.PAID

    settlement = receive_credit(notice=make_notice(payment, transaction="FT2"), at=LATE)

    assert settlement.outcome is CreditOutcome.TOO_LATE
    assert count_taken(flash) == 1


def test_late_credit_after_the_flash_price_closed_takes_from_free_sale(festival):
    payment, flash = expire_with_flash(festival, allotment=3)
    assert close_ended(at=flash.ends_at) == 1

    settlement = receive_credit(notice=make_notice(payment), at=flash.ends_at)

    assert settlement.outcome is CreditOutcome.PAID_LATE
    stock = Stock.objects.get(sku_id=flash.sku_id)
    assert (stock.free, stock.set_aside, stock.sold) == (9, 0, 1)
    assert count_taken(flash) == 1


def test_late_credit_for_goods_that_are_gone_is_kept_to_be_sent_back(festival):
    honey = make_sku(make_stall(), units=2)
    (payment,) = make_order(festival, (honey, 2))
    expire_unpaid(at=LATE)
    check_out(make_cart((honey, 1)), festival, at=LATE)

    settlement = receive_credit(notice=make_notice(payment), at=LATE)

    assert settlement.outcome is CreditOutcome.TOO_LATE
    assert StallOrder.objects.get(id=payment.stall_order_id).state == "expired"
    assert read_stock(honey) == (1, 1, 0)
    assert sum_ledger(festival.id) == 0


def test_screen_figures_equal_the_ledger(festival):
    honey = make_sku(make_stall("gian-mot"), price_minor=150_000)
    tea = make_sku(make_stall("gian-hai"), name="Trà", price_minor=80_000)
    for number, payment in enumerate(make_order(festival, (honey, 1), (tea, 1))):
        receive_credit(notice=make_notice(payment, transaction=f"FT{number}"), at=SOON)

    figures = _read(festival)

    assert figures.total_minor == sum_ledger(festival.id) == 280_000
    assert figures.orders == 2
    assert [(row.name, row.amount_minor) for row in figures.stalls] == [
        ("Gian Mot", 175_000),
        ("Gian Hai", 105_000),
    ]
    assert [(row.name, row.amount_minor) for row in figures.provinces] == [("Gia Lai", 280_000)]
    assert sum(amount for _, amount in figures.curve) == 280_000


def _read(festival):
    return read_figures(festival.id, curve_from=OPENING)


def test_qr_asks_for_exactly_this_payment(festival):
    honey = make_sku(make_stall(bank_bin="970415", bank_account="113366668888"))
    (payment,) = make_order(festival, (honey, 1))

    scanned = parse_transfer(build_qr_payload(payment))

    assert (scanned.bank_bin, scanned.account) == ("970415", "113366668888")
    assert (scanned.amount_minor, scanned.reference) == (payment.amount_minor, payment.reference)


def test_database_refuses_to_change_the_books(festival):
    honey = make_sku(make_stall())
    (payment,) = make_order(festival, (honey, 1))
    receive_credit(notice=make_notice(payment), at=SOON)

    with pytest.raises(ProgrammingError, match="only ever added"), transaction.atomic():
        Entry.objects.update(amount_minor=1)
    with pytest.raises(ProgrammingError, match="only ever added"), transaction.atomic():
        Entry.objects.all().delete()


def test_database_refuses_stock_that_breaks_the_law(festival):
    honey = make_sku(make_stall(), units=10)

    with pytest.raises(IntegrityError, match="stock_law"), transaction.atomic():
        Stock.objects.filter(sku=honey).update(free=11)
