"""The demonstration is the same every time, always has something on, and never rewrites its past."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from chophien.apps.catalog.models import Product
from chophien.apps.festivals.models import Festival
from chophien.apps.festivals.selectors import get_current_festival
from chophien.apps.inventory.models import Stock
from chophien.apps.live.models import Room
from chophien.apps.orders.buy_now import Asked, Offer, find_offer
from chophien.apps.programme.models import Show
from chophien.apps.programme.selectors import list_on_air
from chophien.apps.promotions.buyers import Buyer
from chophien.apps.promotions.models import OfferedPrice
from chophien.apps.sellers.models import Stall
from chophien.apps.vetting.selectors import list_hindrances
from chophien.config.demo.build import build_fair, extend_programme
from chophien.config.demo.programme import AHEAD, list_rounds, list_slots

EVENING = datetime(2026, 11, 11, 13, 7, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


@pytest.fixture
def built(db):
    logins = build_fair(at=EVENING)
    extend_programme(at=EVENING)
    return logins


def count_on_air(at: datetime) -> int:
    return Show.objects.filter(host__is_ai=True, starts_at__lte=at, ends_at__gt=at).count()


def test_fair_has_the_stalls_and_goods_that_it_promises(built):
    assert Stall.objects.count() >= 60
    assert Product.objects.count() >= 200
    assert Product.objects.values("former_province").distinct().count() >= 45
    assert Stock.objects.filter(free=0).count() == 0


def test_each_kind_of_person_can_log_in_with_a_password_of_its_own(built):
    people = ["organiser", "seller", "host", "buyer", "creator"]
    assert [login.username for login in built] == people
    assert len({login.password for login in built}) == len(people)


def test_nothing_keeps_a_show_of_the_demonstration_off_the_air(built):
    extend_programme(at=EVENING)

    assert {list_hindrances(show.id, EVENING) for show in Show.objects.all()} == {()}


def test_something_is_on_air_at_every_quarter_of_an_hour_to_come(built):
    moments = [EVENING + number * QUARTER for number in range(int(AHEAD / QUARTER))]

    assert {count_on_air(at) for at in moments} == {1}


def test_every_show_has_a_room_with_something_pinned(built):
    assert Room.objects.filter(pinned__isnull=True).count() == 0
    assert Room.objects.count() == Show.objects.count()


def test_flash_prices_are_open_at_every_hour_to_come(built):
    for hour in range(int(AHEAD.total_seconds() // 3600)):
        at = EVENING + timedelta(hours=hour)
        assert OfferedPrice.objects.filter(kind="flash", starts_at__lte=at, ends_at__gt=at).exists()


@pytest.mark.parametrize("later", [timedelta(minutes=1), timedelta(hours=9), timedelta(days=40)])
def test_later_start_adds_shows_and_moves_none(built, later):
    before = list(Show.objects.order_by("id").values())

    extend_programme(at=EVENING + later)

    after = list(Show.objects.order_by("id").values())
    assert after[: len(before)] == before
    assert count_on_air(EVENING + later) == 1
    assert get_current_festival(EVENING + later).ends_at > EVENING + later


def test_start_after_the_fair_is_over_opens_a_new_edition_with_its_sale_prices(built):
    festivals, sales = Festival.objects.count(), OfferedPrice.objects.filter(kind="sale").count()

    extend_programme(at=EVENING + timedelta(days=40))

    assert Festival.objects.count() == festivals + 1
    assert OfferedPrice.objects.filter(kind="sale").count() == 2 * sales


def test_start_in_the_same_minute_adds_nothing(built):
    assert extend_programme(at=EVENING) == 0


def test_slots_meet_without_gap_or_overlap():
    slots = list_slots(at=EVENING)

    assert all(one.ends_at == next_.starts_at for one, next_ in pairwise(slots))
    assert slots[0].starts_at <= EVENING < slots[0].ends_at
    assert slots[-1].ends_at >= EVENING + AHEAD


def test_rounds_are_three_hours_on_the_clock_of_the_fair():
    rounds = list_rounds(at=EVENING)

    assert {one.ends_at - one.starts_at for one in rounds} == {timedelta(hours=3)}
    assert rounds[0].starts_at.isoformat() == "2026-11-11T18:00:00+07:00"


def test_at_all_hours_a_flash_price_with_a_limit_is_sold_with_one_press(built):
    for hour in range(0, int(AHEAD.total_seconds() // 3600), 3):
        at = EVENING + timedelta(hours=hour)
        flash = OfferedPrice.objects.filter(kind="flash", starts_at__lte=at, ends_at__gt=at)
        price = flash.order_by("allotment", "id").first()
        offer = find_offer(Asked(sku_id=price.sku_id, quantity=1), buyer=Buyer(id="guest"), at=at)
        assert isinstance(offer, Offer), (hour, price.sku.code, offer)
        assert (offer.limit <= 2, price.allotment <= 12) == (True, True), hour


def test_a_person_can_go_on_air_at_any_time_and_stands_after_the_ai_host(built):
    for hours in range(0, 24, 3):
        at = EVENING + timedelta(hours=hours)
        first, second = list_on_air(at)
        assert (first.host.is_ai, second.host.is_ai) == (True, False)
        assert second.host.person.username == "creator"


def test_days_of_the_person_are_planned_once(built):
    before = Show.objects.filter(host__is_ai=False).count()

    extend_programme(at=EVENING + timedelta(hours=1))

    assert Show.objects.filter(host__is_ai=False).count() == before == 2
