"""Many unpaid orders let go at once come out as they would one by one."""

from datetime import timedelta

import pytest
from tests.factories import (
    OPENING,
    check_out,
    give_coupon,
    make_cart,
    make_coupon,
    make_festival,
    make_order,
    make_price,
    make_sku,
    make_stall,
    make_user,
)

from chophien.apps.inventory.models import Hold, Stock
from chophien.apps.orders.models import StallOrder
from chophien.apps.payments.expiring import expire_plain
from chophien.apps.payments.models import Payment
from chophien.apps.payments.services import ask_for_payment, expire, expire_unpaid
from chophien.apps.promotions.models import CrossStore, OfferedPrice, PriceUse, PromotionUse
from chophien.domain.limits import HOLD_TIME

LATE = OPENING + HOLD_TIME


def expire_one_by_one(*, at):
    return sum(expire(payment.id) for payment in Payment.objects.filter(state="awaiting"))


WAYS = pytest.mark.parametrize("let_go", [expire_plain, expire_one_by_one])


def make_programme(festival, **fields):
    return CrossStore.objects.create(
        festival=festival, rule={"every": 100_000, "off": 10_000}, made_at=OPENING, **fields
    )


@pytest.fixture
def festival(db):
    return make_festival()


@WAYS
def test_units_come_back_and_orders_are_marked(festival, let_go):
    honey, tea = make_sku(make_stall()), make_sku(make_stall("gian-hai"))
    payments = make_order(festival, (honey, 2), (tea, 3)) + make_order(festival, (honey, 1))

    assert let_go(at=LATE) == len(payments) == 3
    assert {payment.state for payment in Payment.objects.all()} == {"expired"}
    assert {part.state for part in StallOrder.objects.all()} == {"expired"}
    assert {hold.state for hold in Hold.objects.all()} == {"released"}
    assert [(each.free, each.held) for each in Stock.objects.all()] == [(10, 0), (10, 0)]
    assert let_go(at=LATE) == 0


@WAYS
@pytest.mark.parametrize("is_closed", [False, True])
def test_flash_units_come_back_to_price_limit_and_stock(festival, let_go, is_closed):
    honey = make_sku(make_stall())
    price = make_price(honey, unit_minor=90_000, allotment=4, per_buyer_max=3)
    make_order(festival, (honey, 3))
    if is_closed:
        OfferedPrice.objects.update(closed_at=OPENING)
    let_go(at=LATE)

    stock = Stock.objects.get()
    price.refresh_from_db()
    assert price.taken == 0
    assert {use.units for use in PriceUse.objects.all()} == {0}
    assert (stock.free, stock.set_aside) == ((9, 1) if is_closed else (6, 4))


@WAYS
def test_a_discount_without_a_budget_comes_back_in_its_history(festival, let_go):
    make_programme(festival)
    honey, tea = make_sku(make_stall()), make_sku(make_stall("gian-hai"))
    make_order(festival, (honey, 1), (tea, 1))
    let_go(at=LATE)

    (use,) = PromotionUse.objects.all()
    assert use.off_minor == use.returned_minor == 30_000


def test_one_part_of_an_order_gives_back_its_share_only(festival):
    make_programme(festival)
    honey, tea = make_sku(make_stall()), make_sku(make_stall("gian-hai"))
    first, _ = make_order(festival, (honey, 1), (tea, 1))
    StallOrder.objects.exclude(id=first.stall_order_id).update(
        expires_at=LATE + timedelta(minutes=1)
    )

    assert expire_plain(at=LATE) == 1
    assert PromotionUse.objects.get().returned_minor == 15_000


def test_budgets_and_coupons_are_left_to_the_way_that_gives_them_back(festival):
    hoa = make_user()
    held = give_coupon(make_coupon(festival, {"off": 5_000}), hoa)
    honey = make_sku(make_stall())
    outcome = check_out(make_cart((honey, 1), user=hoa), festival)
    ask_for_payment(order=outcome.order)
    programme = make_programme(festival, budget_minor=50_000)
    make_order(festival, (honey, 2))

    assert expire_plain(at=LATE) == 0
    assert expire_unpaid(at=LATE) == 2
    held.refresh_from_db()
    programme.refresh_from_db()
    assert (held.order, programme.spent_minor) == (None, 0)
    assert Stock.objects.get().free == 10


def test_nothing_goes_before_its_time(festival):
    make_order(festival, (make_sku(make_stall()), 1))

    assert expire_plain(at=LATE - timedelta(seconds=1)) == 0
