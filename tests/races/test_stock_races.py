import uuid
from datetime import timedelta
from functools import partial

from django.db import transaction
from tests.factories import OPENING, check_out, make_cart, make_price, make_sku, make_stall
from tests.races.conftest import race, run_beside

from chophien.apps.inventory.models import Stock
from chophien.apps.inventory.services import Asked, Held, SoldOut, hold_units
from chophien.apps.orders.models import Order
from chophien.apps.orders.services import Busy, Placed, PriceMoved
from chophien.apps.promotions.models import OfferedPrice

LATER = OPENING + timedelta(minutes=15)


def ask(sku, quantity=1):
    return Asked(
        sku_id=sku.id,
        stall_id=sku.product.stall_id,
        stall_order_id=uuid.uuid4(),
        quantity=quantity,
    )


def take_by_reading_first(sku):
    """The naive way: look whether a unit is free, then count it as taken."""
    free = Stock.objects.get(sku=sku).free
    return free >= 1


def test_negative_control_reading_first_sells_the_last_unit_twice(festival):
    honey = make_sku(make_stall(), units=1)

    with transaction.atomic():
        mine = take_by_reading_first(honey)
        theirs = run_beside(partial(take_by_reading_first, honey))

    assert (mine, theirs) == (True, True)


def test_last_unit_goes_to_one_of_many(festival):
    honey = make_sku(make_stall(), units=1)

    outcomes = race([partial(hold_units, [ask(honey)], expires_at=LATER) for _ in range(16)])

    assert sum(isinstance(outcome, Held) for outcome in outcomes) == 1
    assert sum(outcome == SoldOut(free_by_sku={honey.id: 0}) for outcome in outcomes) == 15
    stock = Stock.objects.get(sku=honey)
    assert (stock.free, stock.held) == (0, 1)


def test_ten_units_go_to_ten_of_thirty_two(festival):
    honey = make_sku(make_stall(), units=10)

    outcomes = race([partial(hold_units, [ask(honey)], expires_at=LATER) for _ in range(32)])

    assert sum(isinstance(outcome, Held) for outcome in outcomes) == 10
    assert Stock.objects.get(sku=honey).held == 10


def test_orders_that_want_the_same_things_in_another_order_never_deadlock(festival):
    stall = make_stall()
    honey, tea = make_sku(stall, units=100), make_sku(stall, units=100)
    there = [ask(honey), ask(tea)]
    back = [ask(tea), ask(honey)]

    outcomes = race(
        [partial(hold_units, [there, back][number % 2], expires_at=LATER) for number in range(16)]
    )

    assert all(isinstance(outcome, Held) for outcome in outcomes)
    assert Stock.objects.get(sku=honey).held == 16
    assert Stock.objects.get(sku=tea).held == 16


def test_half_of_an_order_is_never_held(festival):
    stall = make_stall()
    honey, rare = make_sku(stall, units=20), make_sku(stall, units=5)

    outcomes = race(
        [partial(hold_units, [ask(honey), ask(rare)], expires_at=LATER) for _ in range(16)]
    )

    won = sum(isinstance(outcome, Held) for outcome in outcomes)
    assert won == 5
    assert Stock.objects.get(sku=honey).held == 5


def test_one_press_sent_many_times_makes_one_order(festival):
    honey = make_sku(make_stall(), units=10)
    cart = make_cart((honey, 1))
    key = uuid.uuid4()

    outcomes = race(
        [partial(check_out, cart, festival, key=key, seen_due_minor=175_000) for _ in range(8)]
    )

    assert all(isinstance(outcome, Placed) for outcome in outcomes)
    assert sum(outcome.is_new for outcome in outcomes) == 1
    assert Order.objects.count() == 1
    assert Stock.objects.get(sku=honey).held == 1


def test_last_flash_unit_goes_to_one_and_the_others_lose_nothing(festival):
    honey = make_sku(make_stall(), units=50, price_minor=150_000)
    flash = make_price(honey, unit_minor=90_000, allotment=1)
    carts = [make_cart((honey, 1)) for _ in range(8)]

    outcomes = race(
        [
            partial(check_out, cart, festival, seen_due_minor=115_000)
            for number, cart in enumerate(carts)
        ]
    )

    placed = [outcome for outcome in outcomes if isinstance(outcome, Placed)]
    assert len(placed) == 1
    assert all(isinstance(outcome, Placed | PriceMoved | Busy) for outcome in outcomes)
    assert OfferedPrice.objects.get(id=flash.id).taken == 1
    assert Stock.objects.get(sku=honey).held == 1
