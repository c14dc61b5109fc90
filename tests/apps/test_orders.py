import uuid

import pytest
from tests.factories import (
    OPENING,
    check_out,
    make_cart,
    make_price,
    make_sku,
    make_stall,
    make_user,
)

from chophien.apps.catalog.models import Product, Sku
from chophien.apps.inventory.models import Hold, Stock
from chophien.apps.orders.models import Cart, Order, OrderLine
from chophien.apps.orders.selectors import view_cart
from chophien.apps.orders.services import (
    CartChanged,
    CartEmpty,
    NotOfferedError,
    Placed,
    PriceMoved,
    QuantityError,
    adopt_cart,
    set_line,
)
from chophien.apps.promotions.models import OfferedPrice


def read_stock(sku: Sku) -> tuple[int, int, int, int]:
    stock = Stock.objects.get(sku=sku)
    return stock.on_hand, stock.free, stock.held, stock.sold


def test_order_is_split_by_stall_and_its_parts_sum_to_what_was_seen(festival):
    honey = make_sku(make_stall("gian-mot"), price_minor=150_000)
    coffee = make_sku(make_stall("gian-hai"), name="Cà phê", price_minor=90_000)
    cart = make_cart((honey, 2), (coffee, 1))

    outcome = check_out(cart, festival)

    assert isinstance(outcome, Placed)
    parts = list(outcome.order.stall_orders.order_by("stall__slug"))
    assert [(part.goods_minor, part.shipping_minor) for part in parts] == [
        (90_000, 25_000),
        (300_000, 0),  # free from 300,000
    ]
    assert outcome.order.due_minor == 415_000
    assert view_cart(cart, OPENING).lines == ()


def test_order_holds_its_units(festival):
    honey = make_sku(make_stall(), units=10)

    check_out(make_cart((honey, 3)), festival)

    assert read_stock(honey) == (10, 7, 3, 0)
    hold = Hold.objects.get(sku=honey)
    assert (hold.quantity, hold.state) == (3, "held")


def test_same_key_gives_the_same_order_though_the_cart_is_empty_by_then(festival):
    honey = make_sku(make_stall())
    cart = make_cart((honey, 1))
    key = uuid.uuid4()

    first = check_out(cart, festival, key=key)
    second = check_out(cart, festival, key=key, seen_due_minor=1)

    assert isinstance(first, Placed)
    assert second == Placed(order=first.order, is_new=False)
    assert Order.objects.count() == 1


def test_price_that_moved_is_told_and_nothing_is_ordered(festival):
    honey = make_sku(make_stall(), price_minor=150_000)
    cart = make_cart((honey, 1))

    outcome = check_out(cart, festival, seen_due_minor=170_000)

    assert isinstance(outcome, PriceMoved)
    assert outcome.quote["due_now"] == 175_000
    assert Order.objects.count() == 0
    assert read_stock(honey) == (10, 10, 0, 0)
    assert len(view_cart(cart, OPENING).lines) == 1


def test_too_few_units_refuse_the_whole_order_and_hold_nothing(festival):
    stall = make_stall()
    honey = make_sku(stall, units=10)
    rare = make_sku(stall, name="Yến", units=1)
    cart = make_cart((honey, 1), (rare, 2))

    outcome = check_out(cart, festival)

    assert outcome == CartChanged(free_by_sku={rare.id: 1})
    assert read_stock(honey) == (10, 10, 0, 0)
    assert read_stock(rare) == (1, 1, 0, 0)
    assert Order.objects.count() == 0


def test_sku_that_never_had_stock_is_sold_out_not_an_error(festival):
    ghost = make_sku(make_stall(), units=0)

    assert check_out(make_cart((ghost, 1)), festival) == CartChanged(free_by_sku={ghost.id: 0})


def test_withdrawn_goods_stay_in_the_cart_and_stop_the_order(festival):
    stall = make_stall()
    honey, gone = make_sku(stall), make_sku(stall, name="Trà")
    cart = make_cart((honey, 1), (gone, 1))
    Product.objects.filter(id=gone.product_id).update(state="withdrawn")

    outcome = check_out(cart, festival)

    assert outcome == CartChanged(free_by_sku={gone.id: 0})
    assert [line.sku_id for line in view_cart(cart, OPENING).withdrawn] == [gone.id]


def test_empty_cart_orders_nothing(festival):
    assert check_out(make_cart(), festival, seen_due_minor=0) == CartEmpty()


def test_flash_units_are_charged_first_and_the_rest_at_the_sale_price(festival):
    honey = make_sku(make_stall(), price_minor=150_000)
    make_price(honey, unit_minor=120_000)
    flash = make_price(honey, unit_minor=90_000, allotment=1)

    outcome = check_out(make_cart((honey, 3)), festival)

    assert isinstance(outcome, Placed)
    lines = OrderLine.objects.order_by("unit_minor").values_list("quantity", "unit_minor")
    assert list(lines) == [(1, 90_000), (2, 120_000)]
    assert OfferedPrice.objects.get(id=flash.id).taken == 1


@pytest.mark.parametrize("quantity", [0, -1, 1_000, 1_000_000])
def test_cart_refuses_quantities_that_nobody_means(festival, quantity):
    honey = make_sku(make_stall())
    cart = make_cart((honey, 2))

    with pytest.raises(QuantityError, match="must be from 1 to 999"):
        set_line(cart=cart, sku_id=honey.id, quantity=quantity)

    assert [line.quantity for line in view_cart(cart, OPENING).lines] == [2]


def test_cart_refuses_what_is_not_offered(festival):
    hidden = make_sku(make_stall(state="closed"))

    with pytest.raises(NotOfferedError):
        set_line(cart=make_cart(), sku_id=hidden.id, quantity=1)


def test_cart_more_of_the_same_adds_up(festival):
    honey = make_sku(make_stall())
    cart = make_cart((honey, 2))

    set_line(cart=cart, sku_id=honey.id, quantity=3, is_added=True)

    assert [line.quantity for line in view_cart(cart, OPENING).lines] == [5]


def test_guest_cart_joins_the_cart_of_the_person_who_logs_in(festival):
    stall = make_stall()
    honey, tea = make_sku(stall), make_sku(stall, name="Trà")
    user = make_user()
    own = Cart.objects.create(user=user, created_at=OPENING)
    set_line(cart=own, sku_id=honey.id, quantity=1)

    adopt_cart(guest_cart=make_cart((honey, 2), (tea, 1)), user_id=user.id, at=OPENING)

    assert {line.sku_id: line.quantity for line in view_cart(own, OPENING).lines} == {
        honey.id: 2,
        tea.id: 1,
    }
    assert Cart.objects.count() == 1
