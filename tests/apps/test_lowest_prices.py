"""The lowest price of the 30 days before a promotion, exact at the edges of every window."""

from datetime import datetime, timedelta

import pytest
from tests.factories import OPENING, make_sku, make_stall

from chophien.apps.catalog.models import ListPriceChange, Sku
from chophien.apps.promotions.models import OfferedPrice
from chophien.apps.promotions.selectors import find_lowest_prices

DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)
LONG_AGO = OPENING - 400 * DAY


@pytest.fixture
def honey(db: None) -> Sku:
    return make_sku(make_stall(), price_minor=150_000, units=0)


def list_at(sku: Sku, price_minor: int, at: datetime) -> None:
    ListPriceChange.objects.create(sku=sku, list_price_minor=price_minor, changed_at=at)


def offer(
    sku: Sku,
    unit_minor: int,
    starts_at: datetime | None,
    ends_at: datetime | None,
    *,
    kind: str = "sale",
    **own: int,
) -> None:
    OfferedPrice.objects.create(
        sku=sku, kind=kind, unit_minor=unit_minor, starts_at=starts_at, ends_at=ends_at, **own
    )


def lowest(sku: Sku) -> int:
    return find_lowest_prices([sku.id], OPENING)[sku.id]


@pytest.mark.parametrize(
    ("ended_at", "counts"),
    [
        (OPENING - 30 * DAY, False),
        (OPENING - 30 * DAY + TICK, True),
        (OPENING - TICK, True),
        (OPENING, True),
    ],
)
def test_sale_counts_while_it_reached_into_the_thirty_days(
    honey: Sku, ended_at: datetime, counts: bool
) -> None:
    list_at(honey, 150_000, LONG_AGO)
    offer(honey, 90_000, OPENING - 90 * DAY, ended_at)

    assert lowest(honey) == (90_000 if counts else 150_000)


@pytest.mark.parametrize(
    ("raised_at", "expected"),
    [
        (OPENING - 30 * DAY, 150_000),
        (OPENING - 30 * DAY + TICK, 100_000),
        (OPENING - TICK, 100_000),
    ],
)
def test_list_price_counts_until_the_moment_it_was_changed(
    honey: Sku, raised_at: datetime, expected: int
) -> None:
    list_at(honey, 100_000, LONG_AGO)
    list_at(honey, 150_000, raised_at)

    assert lowest(honey) == expected


def test_thirty_days_are_those_before_the_promotion_that_runs(honey: Sku) -> None:
    list_at(honey, 100_000, LONG_AGO)
    list_at(honey, 150_000, OPENING - 35 * DAY)
    offer(honey, 90_000, OPENING - 10 * DAY, OPENING + DAY)

    assert lowest(honey) == 100_000  # in force 40 days ago, within 30 days before its start


def test_promotion_that_runs_is_not_its_own_measure(honey: Sku) -> None:
    list_at(honey, 150_000, LONG_AGO)
    offer(honey, 90_000, OPENING - DAY, None)
    offer(honey, 80_000, OPENING, OPENING + DAY, kind="flash", allotment=5)

    assert lowest(honey) == 150_000


def test_list_price_raised_as_the_promotion_starts_does_not_hide_what_it_was(honey: Sku) -> None:
    list_at(honey, 100_000, LONG_AGO)
    list_at(honey, 150_000, OPENING)
    offer(honey, 95_000, OPENING, OPENING + DAY)

    assert lowest(honey) == 100_000


def test_sale_before_a_sale_counts(honey: Sku) -> None:
    list_at(honey, 150_000, LONG_AGO)
    offer(honey, 90_000, OPENING - 5 * DAY, OPENING - DAY)
    offer(honey, 99_000, OPENING - DAY, OPENING + DAY)

    assert lowest(honey) == 90_000


def test_prices_that_not_everybody_pays_do_not_count(honey: Sku) -> None:
    list_at(honey, 150_000, LONG_AGO)
    offer(honey, 80_000, OPENING - 5 * DAY, OPENING + DAY, kind="member")
    offer(honey, 70_000, OPENING - 5 * DAY, OPENING - DAY, kind="tier", min_qty=10)
    offer(honey, 60_000, OPENING - 5 * DAY, OPENING - DAY, kind="room", room=7)

    assert lowest(honey) == 150_000


@pytest.mark.parametrize("starts_at", [None, OPENING])
def test_goods_promoted_since_they_came_are_measured_by_their_first_list_price(
    honey: Sku, starts_at: datetime | None
) -> None:
    list_at(honey, 140_000, OPENING)
    list_at(honey, 150_000, OPENING + TICK)
    offer(honey, 90_000, starts_at, None)

    assert lowest(honey) == 140_000


def test_goods_without_a_history_are_measured_by_their_list_price(honey: Sku) -> None:
    tea = make_sku(make_stall("gian-hai"), price_minor=70_000, units=0)

    assert find_lowest_prices([honey.id, tea.id], OPENING) == {honey.id: 150_000, tea.id: 70_000}


def test_no_goods_no_answer(db: None) -> None:
    assert find_lowest_prices([], OPENING) == {}
