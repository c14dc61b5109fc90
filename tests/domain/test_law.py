"""What the law allows of a discount, and how near the refusal's way out is."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chophien.domain.law import (
    DISCOUNT_DAYS_MAX,
    LOCAL,
    Ban,
    BelowFloor,
    CapBroken,
    DaysUsedUp,
    Goods,
    GoodsBanned,
    NotCheaper,
    Period,
    Programme,
    discount_days,
    judge_days,
    judge_price,
    lowest_lawful_price,
)

CONCENTRATED = Programme(cap_bps=10_000, is_concentrated=True)
ONE_DAY = timedelta(days=1)


def day(number: int, *, year: int = 2026) -> datetime:
    """Local midnight of the year's day `number`, the first being 0."""
    return datetime(year, 1, 1, tzinfo=LOCAL) + number * ONE_DAY


def days(first: int, count: int) -> Period:
    return Period(starts_at=day(first), ends_at=day(first + count))


@pytest.mark.parametrize(
    ("unit_minor", "goods", "programme", "breach"),
    [
        (50_000, Goods(reference_minor=100_000), Programme(), None),
        (49_999, Goods(reference_minor=100_000), Programme(), CapBroken(nearest_minor=50_000)),
        # Half of an odd amount is rounded up: a đồng less would be over the cap.
        (50, Goods(reference_minor=101), Programme(), CapBroken(nearest_minor=51)),
        (51, Goods(reference_minor=101), Programme(), None),
        (1, Goods(reference_minor=100_000), CONCENTRATED, None),
        (1, Goods(reference_minor=100_000, is_fresh=True), Programme(), None),
        (100_000, Goods(reference_minor=100_000), Programme(), NotCheaper(reference_minor=100_000)),
        (100_001, Goods(reference_minor=100_000), Programme(), NotCheaper(reference_minor=100_000)),
        (
            60_000,
            Goods(reference_minor=100_000, floor_minor=70_000),
            Programme(),
            BelowFloor(nearest_minor=70_000),
        ),
        # Both are broken: the nearest price satisfies both.
        (
            40_000,
            Goods(reference_minor=100_000, floor_minor=70_000),
            Programme(),
            CapBroken(nearest_minor=70_000),
        ),
        (
            99_999,
            Goods(reference_minor=100_000, ban=Ban.ALCOHOL, is_fresh=True),
            CONCENTRATED,
            GoodsBanned(ban=Ban.ALCOHOL),
        ),
    ],
)
def test_price_is_judged(unit_minor, goods, programme, breach):
    assert judge_price(unit_minor, goods, programme) == breach


@given(
    reference=st.integers(2, 10**12),
    floor=st.integers(0, 10**12),
    cap=st.integers(1, 10_000),
    unit=st.integers(0, 10**12),
)
def test_nearest_price_is_lawful_and_the_one_below_is_not(reference, floor, cap, unit):
    goods = Goods(reference_minor=reference, floor_minor=min(floor, reference - 1))
    programme = Programme(cap_bps=cap)
    breach = judge_price(unit, goods, programme)
    if not isinstance(breach, CapBroken | BelowFloor):
        return

    after = judge_price(breach.nearest_minor, goods, programme)

    assert after is None or isinstance(after, NotCheaper)
    assert judge_price(breach.nearest_minor - 1, goods, programme) is not None


def test_banned_goods_have_no_lawful_discount():
    goods = Goods(reference_minor=100_000, ban=Ban.INFANT_MILK)

    assert lowest_lawful_price(goods, CONCENTRATED) == 100_000


@pytest.mark.parametrize("used", [0, 60, 119])
def test_last_free_day_of_the_year_may_be_used(used):
    assert judge_days(days(used, DISCOUNT_DAYS_MAX - used), [days(0, used)] if used else []) is None


def test_day_too_many_is_refused_with_the_last_end_allowed():
    breach = judge_days(days(200, 30), [days(0, 100)])

    assert breach == DaysUsedUp(year=2026, days_used=120, nearest_ends_at=day(220))
    assert judge_days(Period(starts_at=day(200), ends_at=day(220)), [days(0, 100)]) is None


def test_year_without_a_day_left_has_no_nearest_end():
    breach = judge_days(days(200, 1), [days(0, DISCOUNT_DAYS_MAX)])

    assert breach == DaysUsedUp(year=2026, days_used=120, nearest_ends_at=None)


def test_days_that_are_discounted_already_cost_nothing_more():
    assert judge_days(days(0, 120), [days(0, 120)]) is None


def test_new_year_counts_anew():
    assert judge_days(days(364, 10), [days(0, 119)]) is None
    assert judge_days(days(363, 10), [days(0, 119)]) == DaysUsedUp(
        year=2026, days_used=120, nearest_ends_at=day(364)
    )


def test_days_are_local_ones_and_moments_count_as_days():
    late_evening = datetime(2026, 3, 1, 16, 59, tzinfo=UTC)  # 23:59 in Vietnam
    over_midnight = Period(starts_at=late_evening, ends_at=late_evening + timedelta(minutes=2))
    until_midnight = Period(starts_at=late_evening, ends_at=late_evening + timedelta(minutes=1))

    assert len(discount_days([over_midnight])) == 2
    assert len(discount_days([until_midnight])) == 1
