"""Deposits, balances, and what becomes of those that are not paid."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from tests.factories import (
    OPENING,
    check_out,
    make_address,
    make_cart,
    make_price,
    make_sku,
    make_stall,
    make_user,
)
from tests.presales import (
    BALANCE,
    BALANCE_ENDS,
    DEPOSITS_END,
    SOON,
    explain,
    find_cart,
    make_presale,
    order,
    pay,
    place_balance,
    place_deposit,
    read_state,
    reserve,
)

from chophien.apps.inventory.models import Hold, Stock
from chophien.apps.ledger.models import Entry, Posting
from chophien.apps.ledger.selectors import read_figures, sum_ledger
from chophien.apps.ledger.services import check_out as check_out_and_book
from chophien.apps.ledger.services import forfeit_due
from chophien.apps.orders.models import Reservation, StallOrder
from chophien.apps.orders.selectors import view_cart
from chophien.apps.orders.services import (
    Busy,
    CartChanged,
    Checkout,
    NotOfferedError,
    QuantityError,
    put_balance,
    put_deposit,
    set_line,
    take_out,
)
from chophien.apps.payments.services import expire_unpaid
from chophien.apps.promotions.models import Presale, PresaleUse
from chophien.apps.promotions.services import close_ended
from chophien.domain.limits import HOLD_TIME

LATE = OPENING + HOLD_TIME


def read_stock(presale: Presale) -> dict[str, int]:
    stock = Stock.objects.get(sku=presale.sku_id)
    return {name: getattr(stock, name) for name in ("free", "set_aside", "held", "sold")}


def read_books() -> dict[str, int]:
    """Every account's sum."""
    sums: dict[str, int] = {}
    for account, amount in Entry.objects.values_list("account", "amount_minor"):
        sums[account] = sums.get(account, 0) + amount
    return {account: amount for account, amount in sums.items() if amount}


def read_screen(festival) -> int:
    return read_figures(festival.id, curve_from=OPENING).total_minor


def test_deposit_is_all_that_is_due_and_its_units_are_held(festival):
    presale = make_presale(festival)

    payment = place_deposit(festival, presale, make_user(), quantity=2)

    assert explain(payment.stall_order) == {
        "goods": 0, "shipping": 0, "deposit": 200, "set_off": 0, "due": 200,
    }  # fmt: skip
    assert payment.amount_minor == 200
    assert read_stock(presale) == {"free": 5, "set_aside": 3, "held": 2, "sold": 0}
    assert Presale.objects.get().taken == 2


def test_paid_deposit_reserves_until_the_balance_closes_and_is_owed(festival):
    presale = make_presale(festival)

    reservation = reserve(festival, presale, make_user(), quantity=2)

    assert reservation.state == "reserved"
    assert Hold.objects.get().expires_at == BALANCE_ENDS
    assert read_books() == {"received": 200, "deposits": -200}
    assert read_screen(festival) == sum_ledger(festival.id) == 200


def test_balance_is_the_price_less_what_the_deposit_counts_for(festival):
    presale = make_presale(festival)
    reservation = reserve(festival, presale, make_user(), quantity=2)

    (payment,) = place_balance(festival, reservation)
    outcome = pay(payment, at=BALANCE + SOON)

    assert outcome == "paid"
    assert explain(payment.stall_order) == {
        "goods": 1_900, "shipping": 25_000, "deposit": 0, "set_off": 200, "due": 26_700,
    }  # fmt: skip
    assert read_state(reservation) == "bought"
    assert read_stock(presale) == {"free": 5, "set_aside": 3, "held": 0, "sold": 2}
    assert read_books() == {"received": 26_900, "goods": -1_900, "shipping": -25_000}
    assert read_screen(festival) == sum_ledger(festival.id) == 26_900


def test_balance_is_paid_with_other_goods_and_a_new_deposit_in_one_payment(festival):
    stall = make_stall()
    presale = make_presale(festival, make_sku(stall, price_minor=1_000))
    later = make_presale(
        festival, make_sku(stall, name="Trà", price_minor=1_000),
        starts_at=BALANCE, ends_at=BALANCE_ENDS,
        balance_starts_at=BALANCE_ENDS, balance_ends_at=BALANCE_ENDS + timedelta(days=1),
    )  # fmt: skip
    honey = make_sku(stall, price_minor=150_000)
    user = make_user()
    reservation = reserve(festival, presale, user)
    cart = find_cart(user)
    set_line(cart=cart, sku_id=honey.id, quantity=1)
    set_line(cart=cart, sku_id=presale.sku_id, quantity=1)  # the same goods, bought beside it
    put_deposit(cart=cart, presale_id=later.id, quantity=1, at=BALANCE)

    (payment,) = place_balance(festival, reservation)
    pay(payment, at=BALANCE + SOON)

    assert explain(payment.stall_order) == {
        "goods": 151_950, "shipping": 25_000, "deposit": 100, "set_off": 100, "due": 176_950,
    }  # fmt: skip
    assert sorted(Reservation.objects.values_list("state", flat=True)) == ["bought", "reserved"]
    assert read_stock(presale) == {"free": 4, "set_aside": 4, "held": 0, "sold": 2}
    assert read_stock(later) == {"free": 5, "set_aside": 4, "held": 1, "sold": 0}
    assert read_books() == {
        "received": 177_050, "goods": -151_950, "shipping": -25_000, "deposits": -100,
    }  # fmt: skip


def test_order_of_deposits_ships_nothing(festival):
    presale = make_presale(festival)
    payment = place_deposit(festival, presale, make_user())

    assert payment.stall_order.order.quote["shipping"] == {}
    assert payment.stall_order.lines.get().price_kind == "deposit"


@pytest.mark.parametrize(
    ("label", "at"),
    [
        ("before the deposits", OPENING - timedelta(seconds=1)),
        ("after the deposits", DEPOSITS_END),
    ],
)
def test_deposit_is_refused_outside_its_window(festival, label, at):
    presale = make_presale(festival)

    with pytest.raises(NotOfferedError):
        put_deposit(cart=make_cart(user=make_user()), presale_id=presale.id, quantity=1, at=at)


def test_deposit_needs_an_account(festival):
    presale = make_presale(festival)

    with pytest.raises(NotOfferedError):
        put_deposit(cart=make_cart(), presale_id=presale.id, quantity=1, at=OPENING)


def test_deposit_that_waited_in_the_cart_too_long_stops_the_order(festival):
    presale = make_presale(festival)
    cart = make_cart(user=make_user())
    put_deposit(cart=cart, presale_id=presale.id, quantity=1, at=OPENING)

    assert check_out(cart, festival, at=DEPOSITS_END, seen_due_minor=100) == CartChanged(
        free_by_sku={presale.sku_id: 0}
    )


def test_presale_is_not_overdrawn_and_says_how_many_are_left(festival):
    presale = make_presale(festival, allotment=3)
    reserve(festival, presale, make_user("hoa"), quantity=2)
    cart = make_cart(user=make_user("lan"))
    put_deposit(cart=cart, presale_id=presale.id, quantity=2, at=OPENING)

    assert check_out(cart, festival) == CartChanged(free_by_sku={presale.sku_id: 1})
    assert Presale.objects.get().taken == 2


def test_buyers_limit_holds_over_orders_and_over_accounts_with_one_phone(festival):
    presale = make_presale(festival, per_buyer_max=2)
    hoa = make_user("hoa")
    reserve(festival, presale, hoa, quantity=2)

    with pytest.raises(QuantityError):
        put_deposit(cart=find_cart(hoa), presale_id=presale.id, quantity=3, at=OPENING)
    put_deposit(cart=find_cart(hoa), presale_id=presale.id, quantity=1, at=OPENING)
    assert view_cart(find_cart(hoa), OPENING).short == {find_cart(hoa).lines.get().id: 0}
    lan = make_cart(user=make_user("lan"))
    put_deposit(cart=lan, presale_id=presale.id, quantity=1, at=OPENING)
    assert check_out(lan, festival) == Busy()


def test_deposit_that_is_not_paid_lapses_and_gives_everything_back(festival):
    presale = make_presale(festival, per_buyer_max=2)
    payment = place_deposit(festival, presale, make_user(), quantity=2)

    assert expire_unpaid(at=LATE) == 1

    assert Reservation.objects.get().state == "lapsed"
    assert read_stock(presale) == {"free": 5, "set_aside": 5, "held": 0, "sold": 0}
    assert Presale.objects.get().taken == 0
    assert set(PresaleUse.objects.values_list("units", flat=True)) == {0}
    assert StallOrder.objects.get(id=payment.stall_order_id).state == "expired"


def test_late_deposit_reserves_while_units_are_left(festival):
    presale = make_presale(festival, allotment=1)
    payment = place_deposit(festival, presale, make_user())
    expire_unpaid(at=LATE)

    assert pay(payment, at=LATE) == "paid_late"

    assert Reservation.objects.get().state == "reserved"
    assert Presale.objects.get().taken == 1
    assert read_stock(presale) == {"free": 9, "set_aside": 0, "held": 1, "sold": 0}


def test_late_deposit_for_units_that_are_gone_is_sent_back(festival):
    presale = make_presale(festival, allotment=1)
    payment = place_deposit(festival, presale, make_user("hoa"))
    expire_unpaid(at=LATE)
    place_deposit(festival, presale, make_user("lan"), at=LATE)

    assert pay(payment, at=LATE) == "too_late"

    assert sorted(Reservation.objects.values_list("state", flat=True)) == [
        "awaiting_deposit",
        "lapsed",
    ]
    assert Presale.objects.get().taken == 1
    assert sum_ledger(festival.id) == 0


@pytest.mark.parametrize(
    ("label", "at"),
    [
        ("before the balances", BALANCE - timedelta(seconds=1)),
        ("after the balances", BALANCE_ENDS),
    ],
)
def test_balance_is_refused_outside_its_window(festival, label, at):
    user = make_user()
    reservation = reserve(festival, make_presale(festival), user)

    with pytest.raises(NotOfferedError):
        put_balance(cart=find_cart(user), reservation_id=reservation.id, at=at)


def test_nobody_else_pays_the_balance(festival):
    reservation = reserve(festival, make_presale(festival), make_user("hoa"))

    with pytest.raises(NotOfferedError):
        put_balance(
            cart=make_cart(user=make_user("lan")), reservation_id=reservation.id, at=BALANCE
        )


def test_balance_that_is_not_paid_may_be_tried_again(festival):
    presale = make_presale(festival)
    reservation = reserve(festival, presale, make_user())
    place_balance(festival, reservation)
    assert read_state(reservation) == "balance_placed"

    expire_unpaid(at=BALANCE + HOLD_TIME)

    assert read_state(reservation) == "reserved"
    assert read_stock(presale)["held"] == 1
    (payment,) = place_balance(festival, reservation, at=BALANCE + HOLD_TIME)
    assert pay(payment, at=BALANCE + HOLD_TIME) == "paid"


def test_late_balance_is_taken_while_nothing_else_was_done_with_the_reservation(festival):
    reservation = reserve(festival, make_presale(festival), make_user())
    (first,) = place_balance(festival, reservation)
    expire_unpaid(at=BALANCE + HOLD_TIME)
    (second,) = place_balance(festival, reservation, at=BALANCE + HOLD_TIME)

    assert pay(first, at=BALANCE + HOLD_TIME) == "too_late"
    assert pay(second, at=BALANCE + HOLD_TIME) == "paid"
    assert StallOrder.objects.get(id=first.stall_order_id).state == "expired"
    assert read_state(reservation) == "bought"


def test_unpaid_balance_forfeits_the_deposit_once_however_late(festival):
    presale = make_presale(festival)
    reservation = reserve(festival, presale, make_user(), quantity=2)
    close_ended(at=DEPOSITS_END)

    assert forfeit_due(at=BALANCE_ENDS - timedelta(seconds=1)) == 0
    assert forfeit_due(at=BALANCE_ENDS + timedelta(days=9)) == 1
    assert forfeit_due(at=BALANCE_ENDS + timedelta(days=9)) == 0

    assert read_state(reservation) == "forfeited"
    assert read_stock(presale) == {"free": 10, "set_aside": 0, "held": 0, "sold": 0}
    assert read_books() == {"received": 200, "forfeited": -200}
    assert read_screen(festival) == sum_ledger(festival.id) == 200
    assert Posting.objects.filter(kind="forfeit").count() == 1


def test_forfeited_before_the_presale_is_closed_leaves_no_unit_behind(festival):
    presale = make_presale(festival)
    reserve(festival, presale, make_user(), quantity=2)

    forfeit_due(at=BALANCE_ENDS)
    close_ended(at=BALANCE_ENDS)

    assert read_stock(presale) == {"free": 10, "set_aside": 0, "held": 0, "sold": 0}


def test_balance_that_waits_for_its_money_is_not_forfeited_meanwhile(festival):
    reservation = reserve(festival, make_presale(festival), make_user())
    (payment,) = place_balance(festival, reservation, at=BALANCE_ENDS - SOON)

    assert forfeit_due(at=BALANCE_ENDS) == 0
    assert pay(payment, at=BALANCE_ENDS + SOON) == "paid"
    assert read_state(reservation) == "bought"


def test_reserved_goods_that_are_taken_down_can_still_be_paid_off(festival):
    presale = make_presale(festival)
    reservation = reserve(festival, presale, make_user())
    type(presale.sku.product).objects.update(state="withdrawn")

    (payment,) = place_balance(festival, reservation)

    assert pay(payment, at=BALANCE) == "paid"


def test_sale_price_below_the_presale_is_had_with_the_deposit(festival):
    presale = make_presale(festival)
    reservation = reserve(festival, presale, make_user())
    make_price(presale.sku, unit_minor=700)

    (payment,) = place_balance(festival, reservation)

    assert payment.stall_order.goods_minor == 650  # 700 less the bonus of 50
    assert payment.stall_order.lines.get().price_kind == "sale"


def test_flash_units_are_left_to_who_comes_first(festival):
    presale = make_presale(festival)
    reservation = reserve(festival, presale, make_user())
    flash = make_price(presale.sku, unit_minor=300, allotment=2)

    (payment,) = place_balance(festival, reservation)

    assert payment.stall_order.goods_minor == 950
    flash.refresh_from_db()
    assert flash.taken == 0


def test_balance_for_which_nothing_is_due_is_settled_at_once(festival):
    sku = make_sku(make_stall(shipping_fee_minor=0), price_minor=1_000)
    presale = make_presale(festival, sku, credit_minor=1_000)
    user = make_user()
    reservation = reserve(festival, presale, user)
    cart = find_cart(user)
    put_balance(cart=cart, reservation_id=reservation.id, at=BALANCE)

    checkout = Checkout(
        idempotency_key=uuid.uuid4(), seen_due_minor=0, address=make_address(),
        user_id=user.id, secret=bytes(15),
    )  # fmt: skip
    check_out_and_book(cart=cart, festival=festival, checkout=checkout, at=BALANCE)

    assert read_state(reservation) == "bought"
    assert read_books() == {"received": 100, "goods": -100}


def test_lines_of_one_sku_are_taken_out_one_by_one(festival):
    presale = make_presale(festival)
    user = make_user()
    cart = make_cart((presale.sku, 2), user=user)
    deposit = put_deposit(cart=cart, presale_id=presale.id, quantity=1, at=OPENING)

    assert take_out(cart=cart, line_id=deposit.id)

    assert [line.quote_id for line in cart.lines.all()] == [str(presale.sku_id)]
    assert not take_out(cart=make_cart(), line_id=cart.lines.get().id)


def test_database_knows_no_balance_without_an_order_and_no_sum_unexplained(festival):
    reservation = reserve(festival, make_presale(festival), make_user())

    with pytest.raises(IntegrityError, match="balance_has_order"), transaction.atomic():
        Reservation.objects.filter(id=reservation.id).update(state="bought")
    with pytest.raises(IntegrityError, match="due_explained"), transaction.atomic():
        StallOrder.objects.update(set_off_minor=1)


def test_order_of_two_stalls_keeps_deposits_and_goods_apart(festival):
    presale = make_presale(festival)
    honey = make_sku(make_stall("gian-hai"), price_minor=150_000)
    cart = make_cart((honey, 1), user=make_user())
    put_deposit(cart=cart, presale_id=presale.id, quantity=1, at=OPENING)

    payments = order(cart, festival)

    assert sorted(payment.amount_minor for payment in payments) == [100, 175_000]
