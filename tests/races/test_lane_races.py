"""Sold out means sold out, however many press in the same instant and through however many lanes."""

import asyncio
import uuid
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from tests.factories import check_out as check_out_cart
from tests.factories import make_cart, make_notice, make_user
from tests.lane import (
    find_database_url,
    make_buyer,
    make_drop,
    prepare,
    press,
    read,
    want,
    with_lanes,
)
from tests.races.conftest import race

from chophien.apps.festivals.clock import read_real
from chophien.apps.inventory.models import Hold, Stock
from chophien.apps.ledger.services import receive_credit
from chophien.apps.orders.models import Order, OrderLine, StallOrder
from chophien.apps.orders.services import Placed
from chophien.apps.payments.models import Payment
from chophien.apps.payments.services import expire_unpaid
from chophien.apps.promotions.models import OfferedPrice, PriceUse
from chophien.domain.limits import HOLD_TIME
from chophien.domain.pricing.quote import price_document
from chophien.hotlane.intake import batch
from chophien.hotlane.intake.batcher import Batcher
from chophien.hotlane.intake.messages import SOLD_OUT


def count(told):
    return Counter(each["outcome"] for each in told)


def test_order_of_the_lane_is_an_order_like_any_other(festival):
    drop = make_drop(festival, units=5)
    buyer = make_buyer(1)

    (told,) = press([(want(drop.ready, show=None), buyer)])

    order = Order.objects.get()
    part, line, hold, payment = (
        StallOrder.objects.get(), OrderLine.objects.get(), Hold.objects.get(),
        Payment.objects.get(),
    )  # fmt: skip
    assert told["status"] == 201
    assert told["order"] == order.number
    assert told["link"] == f"/orders/{order.token}/"
    assert (order.user_id, order.phone, order.due_minor) == (buyer.user_id, "0900000001", 115_000)
    assert (part.order_id, part.due_minor, part.expires_at) == (
        order.id, 115_000, order.placed_at + HOLD_TIME,
    )  # fmt: skip
    assert (line.stall_order_id, line.quantity, line.price_kind) == (part.id, 1, "flash")
    assert (line.offered_price_id, line.paid_minor) == (drop.price.id, 90_000)
    assert (hold.stall_order, hold.quantity, hold.is_set_aside) == (part.id, 1, True)
    assert (payment.stall_order_id, payment.amount_minor) == (part.id, 115_000)
    assert payment.reference.startswith(order.number)
    assert price_document(order.request) == order.quote


def test_it_is_paid_and_booked_like_any_other(festival):
    drop = make_drop(festival, units=1)
    press([(want(drop.ready), make_buyer(1))])

    settled = receive_credit(notice=make_notice(Payment.objects.get()), at=read_real())

    assert settled.outcome == "paid"
    assert StallOrder.objects.get().state == "paid"
    assert Stock.objects.get(sku=drop.price.sku).sold == 1


def test_unpaid_units_can_be_bought_again(festival):
    drop = make_drop(festival, units=1, per_buyer_max=1)
    one, other = make_buyer(1), make_buyer(2)
    press([(want(drop.ready), one)])

    expire_unpaid(at=read_real() + HOLD_TIME)
    (told,) = press([(want(drop.ready), other)])

    assert told["outcome"] == "confirmed"
    assert OfferedPrice.objects.get().taken == 1


def test_hundred_press_for_ten_units_through_three_lanes(festival):
    drop = make_drop(festival, units=10)
    presses = [(want(drop.ready), make_buyer(number)) for number in range(100)]

    told = press(presses, lanes=3)

    assert count(told) == {"confirmed": 10, "sold_out": 90}
    assert Order.objects.count() == 10
    stock = Stock.objects.get(sku=drop.price.sku)
    assert (stock.set_aside, stock.held) == (0, 10)


@pytest.mark.parametrize("lanes", [1, 3])
def test_one_key_is_one_order_whoever_hears_it(festival, lanes):
    drop = make_drop(festival, units=10)
    buyer = make_buyer(1)
    wanted = want(drop.ready)

    told = press([(wanted, buyer)] * 12, lanes=lanes)

    assert {each["order"] for each in told} == {Order.objects.get().number}
    assert Stock.objects.get(sku=drop.price.sku).held == 1


def test_retry_without_admission_hears_of_its_order_and_makes_none(festival):
    drop = make_drop(festival, units=10)
    buyer = make_buyer(1)
    made, other = want(drop.ready), want(drop.ready)
    (first,) = press([(made, buyer)])

    async def act(batcher):
        return [read(await batcher.ask(wanted, buyer, SOLD_OUT)) for wanted in (made, other)]

    again, nothing = with_lanes(act)

    assert again["order"] == first["order"]
    assert nothing["outcome"] == "sold_out"
    assert Order.objects.count() == 1


def test_key_that_asks_for_something_else_later_is_refused(festival):
    drop = make_drop(festival, units=10)
    two = prepare(drop.price.sku, 2)
    buyer, stranger = make_buyer(1), make_buyer(2)
    wanted = want(drop.ready)
    press([(wanted, buyer)])

    told = press([(want(two, key=wanted.key), buyer), (wanted, stranger)])

    assert [each["status"] for each in told] == [422, 422]
    assert Order.objects.count() == 1


def test_one_key_for_different_goods_in_two_lanes_makes_one_order(festival):
    one, other = make_drop(festival, units=10), make_drop(festival, units=10)
    key, buyer = str(uuid.uuid4()), make_buyer(1)

    told = press(
        [(want(one.ready, key=key), buyer), (want(other.ready, key=key), buyer)] * 4, lanes=2
    )

    assert Order.objects.count() == 1
    assert set(count(told)) <= {"confirmed", "key_reused"}


def test_limit_counts_every_order_of_a_buyer_in_all_lanes(festival):
    drop = make_drop(festival, units=50, per_buyer_max=2)
    buyer = make_buyer(1)

    told = press([(want(drop.ready), buyer) for _ in range(12)], lanes=3)

    assert count(told) == {"confirmed": 2, "limit_reached": 10}
    assert set(PriceUse.objects.values_list("units", flat=True)) == {2}


def test_limit_counts_one_phone_behind_several_accounts(festival):
    drop = make_drop(festival, units=50, per_buyer_max=1)
    family = [make_buyer(number, phone="0901234567") for number in range(6)]

    told = press([(want(drop.ready), each) for each in family], lanes=2)

    assert count(told) == {"confirmed": 1, "limit_reached": 5}


def test_negative_control_limits_read_before_the_locks_are_exceeded(festival, monkeypatch):
    """The naive way: what a buyer has is looked up before the rows are locked."""
    drop = make_drop(festival, units=50, per_buyer_max=1)
    buyer = make_buyer(1)

    look = batch._read_store

    def know_nothing(found):
        store = look(found)
        store.used.clear()
        return store

    monkeypatch.setattr(batch, "_read_store", know_nothing)
    told = [outcome for _ in range(2) for outcome in press([(want(drop.ready), buyer)])]

    assert count(told) == {"confirmed": 2}


def test_negative_control_units_decided_without_locks_break_the_tables_law(festival, monkeypatch):
    """Without the locks two lanes decide on the same units: the CHECK stops what they would sell."""
    drop = make_drop(festival, units=1)
    unlocked = {name: each for name, each in batch._STOCK.items() if name != "lock_stock"} | {
        "lock_stock": without_lock(batch._STOCK["lock_stock"])
    }
    monkeypatch.setattr(batch, "_STOCK", unlocked)
    monkeypatch.setattr(
        batch,
        "_INTAKE",
        dict(batch._INTAKE) | {"lock_prices": without_lock(batch._INTAKE["lock_prices"])},
    )

    async def dawdle(connection, rows):
        await asyncio.sleep(0.2)
        return {}

    monkeypatch.setattr(batch, "_find_known", dawdle)
    told = press([(want(drop.ready), make_buyer(number)) for number in range(2)], lanes=2)

    assert count(told) == {"confirmed": 1, "error": 1}


def without_lock(statement):
    return type(statement)(
        by_name=statement.by_name.replace("FOR NO KEY UPDATE", ""),
        values=statement.values,
    )


def test_cart_and_lane_share_the_last_unit(festival):
    drop = make_drop(festival, units=1)
    at = read_real()
    cart = make_cart((drop.price.sku, 1), user=make_user("cart"))
    buyer = make_buyer(1)

    outcomes = race(
        [
            lambda: press([(want(drop.ready), buyer)])[0]["outcome"],
            lambda: check_out_cart(cart, festival, at=at, seen_due_minor=115_000),
        ]
    )

    placed = [each for each in outcomes if each == "confirmed" or isinstance(each, Placed)]
    assert len(placed) == 1
    assert Order.objects.count() == 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_lane_whose_batches_end_by_a_fault_ends_with_them(festival, monkeypatch):
    async def stumble(self, connection):
        raise ZeroDivisionError

    monkeypatch.setattr(Batcher, "_read_book", stumble)

    with pytest.raises(RuntimeError, match="thread ended"):
        asyncio.run(asyncio.wait_for(Batcher(url=find_database_url()).run(), 20))


def test_price_that_changed_is_told_with_the_new_sum(festival):
    drop = make_drop(festival, units=5)

    (told,) = press([(want(drop.ready, due=100_000), make_buyer(1))])

    assert (told["outcome"], told["due"]) == ("price_changed", 115_000)
    assert not Order.objects.exists()


def test_quote_that_was_retired_after_the_lane_read_it_is_not_sold(festival):
    drop = make_drop(festival, units=5)
    buyer = make_buyer(1)

    async def act(batcher):
        await asyncio.to_thread(raise_shipping, drop)
        return await batcher.ask(want(drop.ready), buyer)

    told = read(with_lanes(act))

    assert (told["outcome"], told["due"]) == ("price_changed", None)
    assert not Order.objects.exists()


def raise_shipping(drop):
    drop.price.sku.product.stall.shipping_fee_minor = 30_000
    drop.price.sku.product.stall.save()
    connection.close()


def test_window_that_is_not_open_says_when_it_opens(festival):
    drop = make_drop(festival, units=5)
    opens_at = read_real() + timedelta(hours=1)
    type(drop.ready).objects.filter(id=drop.ready.id).update(starts_at=opens_at)

    (told,) = press([(want(drop.ready), make_buyer(1))])

    assert told["outcome"] == "closed"
    assert told["opens_at"] is not None
