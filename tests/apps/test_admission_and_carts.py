"""Nobody passes a waiting room by the cart."""

from datetime import timedelta

import pytest
from tests.factories import (
    OPENING,
    check_out,
    make_cart,
    make_festival,
    make_sku,
    make_stall,
    make_user,
)

from chophien.apps.admission.services import RoomOpened, RoomPlan, draw, join, open_room
from chophien.apps.orders.models import Order
from chophien.apps.orders.services import NotAdmitted, Placed

pytestmark = pytest.mark.django_db
SEED = "5" * 64


@pytest.fixture
def festival():
    return make_festival()


@pytest.fixture
def honey(festival):
    return make_sku(make_stall(), units=10)


@pytest.fixture
def room(festival, honey):
    opened = open_room(
        RoomPlan(
            festival_id=festival.id,
            names=("Phòng chờ", "", ""),
            opens_at=OPENING,
            rate_per_s=1,
            sku_ids=[honey.id],
        ),
        seed=SEED,
        at=OPENING - timedelta(minutes=5),
    )
    assert isinstance(opened, RoomOpened), opened
    return opened.room


@pytest.mark.parametrize("is_guest", [True, False])
def test_who_has_no_place_is_led_to_the_room(festival, honey, room, is_guest):
    cart = make_cart((honey, 1), user=None if is_guest else make_user())

    assert check_out(cart, festival) == NotAdmitted(room_id=room.id)
    assert not Order.objects.exists()
    assert cart.lines.count() == 1


def test_whose_turn_it_is_orders_as_always(festival, honey, room):
    user = make_user()
    join(room_id=room.id, user_id=user.id, entry="a" * 16, at=OPENING - timedelta(minutes=1))
    draw(room_id=room.id, at=OPENING)

    outcome = check_out(make_cart((honey, 1), user=user), festival, at=OPENING)

    assert isinstance(outcome, Placed)


def test_other_goods_of_the_fair_are_sold_as_always(festival, room):
    other = make_sku(make_stall("gian-hai"), units=10)

    assert isinstance(check_out(make_cart((other, 1)), festival), Placed)
