"""However many organisers press at once, it is stopped once; nobody buys after it was taken down."""

from functools import partial

import pytest
from django.db import connection
from tests.factories import (
    OPENING,
    check_out,
    make_cart,
    make_price,
    make_room,
    make_sku,
    make_stall,
    make_user,
)
from tests.races.conftest import race, run_beside

from chophien.apps.catalog.models import Product
from chophien.apps.catalog.services import change_state
from chophien.apps.inventory.models import Stock
from chophien.apps.live.stopping import lift, stop
from chophien.apps.orders.models import Order, ReadyQuote
from chophien.apps.orders.ready import NotForLane, prepare_quote
from chophien.apps.orders.services import CartChanged, NotOfferedError, Placed
from chophien.apps.vetting import stops
from chophien.apps.vetting.models import Stop
from chophien.apps.vetting.stops import StopOrder, Stopped, StoppedBefore

ORGANISERS = 6
BUYERS = 6


def press(kind, target_id, by_id):
    order = StopOrder(
        kind=kind, target_id=target_id, ground="danger", reason="Có mùi lạ", by_id=by_id
    )
    return stop(order, at=OPENING)


def list_presses(kind, target_id):
    people = [make_user(f"organiser-{number}").id for number in range(ORGANISERS)]
    return [partial(press, kind, target_id, person) for person in people]


def look_without_lock(model, target_id):
    """The planted fault: look whether it is there, and hold nothing."""
    found = model.objects.filter(id=target_id).exists()
    connection.cursor().execute("SELECT pg_sleep(0.05)")  # others look in the meantime
    return found


def test_negative_control_without_the_lock_it_is_stopped_many_times(festival, monkeypatch):
    monkeypatch.setattr(stops, "_lock", look_without_lock)
    monkeypatch.setattr(stops, "_keep_state", lambda order: (slow(), order.evidence)[1])
    room = make_room(festival, make_sku(make_stall()))

    outcomes = race(list_presses("show_stopped", room.show_id))

    assert sum(isinstance(outcome, Stopped) for outcome in outcomes) > 1


def slow():
    connection.cursor().execute("SELECT pg_sleep(0.05)")


@pytest.mark.parametrize("kind", ["show_stopped", "room_muted", "goods_taken_down"])
def test_two_organisers_stop_it_once(festival, kind):
    sku = make_sku(make_stall())
    room = make_room(festival, sku)
    target_id = sku.product_id if kind == "goods_taken_down" else room.show_id

    outcomes = race(list_presses(kind, target_id))

    assert sum(isinstance(outcome, Stopped) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, StoppedBefore) for outcome in outcomes) == ORGANISERS - 1
    assert Stop.objects.count() == 1


def test_two_organisers_lift_it_once(festival):
    room = make_room(festival, make_sku(make_stall()))
    people = [make_user(f"organiser-{number}").id for number in range(ORGANISERS)]
    stopped = press("show_stopped", room.show_id, people[0]).stop

    ended = race(
        [
            partial(lift, stop_id=stopped.id, reason="Xong", by_id=person, at=OPENING)
            for person in people
        ]
    )

    assert sum(outcome is not None for outcome in ended) == 1


def test_goods_are_taken_down_among_orders_and_every_unit_is_accounted_for(festival):
    sku = make_sku(make_stall(), units=50)
    carts = [make_cart((sku, 1)) for _ in range(BUYERS)]
    taking_down = partial(press, "goods_taken_down", sku.product_id, make_user("organiser").id)

    *placed, stopped = race([*(partial(check_out, cart, festival) for cart in carts), taking_down])

    assert isinstance(stopped, Stopped)
    assert all(isinstance(outcome, Placed | CartChanged) for outcome in placed)
    count = sum(isinstance(outcome, Placed) for outcome in placed)
    assert Order.objects.count() == count
    stock = Stock.objects.get(sku=sku)
    assert (stock.free, stock.held) == (50 - count, count)
    with pytest.raises(NotOfferedError):
        make_cart((sku, 1))


def test_what_was_taken_down_is_sold_by_no_lane_and_published_by_nobody(festival):
    sku = make_sku(make_stall())
    make_price(sku, unit_minor=100_000)
    ready = prepare_quote(sku_id=sku.id, quantity=1, at=OPENING)
    assert isinstance(ready, ReadyQuote)
    cart = make_cart((sku, 1))

    stopped = press("goods_taken_down", sku.product_id, make_user("organiser").id).stop

    ready.refresh_from_db()
    assert ready.retired_at is not None
    assert isinstance(prepare_quote(sku_id=sku.id, quantity=1, at=OPENING), NotForLane)
    assert isinstance(check_out(cart, festival, seen_due_minor=125_000), CartChanged)

    change_state(product_id=sku.product_id, state="published")
    assert Product.objects.get().state == "withdrawn"
    lift(stop_id=stopped.id, reason="Đã kiểm tra", by_id=stopped.made_by_id, at=OPENING)
    assert Product.objects.get().state == "published"
    assert isinstance(check_out(cart, festival), Placed)


def test_a_seller_who_publishes_at_that_moment_does_not_win(festival):
    product = make_sku(make_stall()).product
    change_state(product_id=product.id, state="draft")

    race(
        [
            partial(press, "goods_taken_down", product.id, make_user("organiser").id),
            *[partial(change_state, product_id=product.id, state="published")] * 4,
        ]
    )

    run_beside(partial(change_state, product_id=product.id, state="published"))
    assert Product.objects.get().state == "withdrawn"


@pytest.mark.parametrize("act", ["UPDATE vetting_stop SET reason = ''", "DELETE FROM vetting_stop"])
def test_a_stop_is_never_rewritten(festival, act):
    room = make_room(festival, make_sku(make_stall()))
    press("show_stopped", room.show_id, make_user("organiser").id)

    with pytest.raises(Exception, match="only ever added"), connection.cursor() as cursor:
        cursor.execute(act)
