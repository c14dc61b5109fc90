"""The law of promotions: caps, goods that may not be promoted, days of discount in a year.

Vietnam: Decree 81/2018 as amended by Decree 128/2024. A discount is at most half of the price
just before the promotion, except in a concentrated programme and for fresh produce; outside
concentrated programmes goods are discounted on at most 120 days of a year; alcohol, tobacco and
milk for infants may not be promoted at all.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from chophien.domain.money import BPS_WHOLE, least_after_cap

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
ORDINARY_CAP_BPS = 5_000
DISCOUNT_DAYS_MAX = 120
ONE_DAY = timedelta(days=1)


class Ban(StrEnum):
    """Goods that may not be promoted at all."""

    ALCOHOL = "alcohol"
    TOBACCO = "tobacco"
    INFANT_MILK = "infant_milk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """What the law asks of one sku. `reference_minor` is its price just before the promotion."""

    reference_minor: int
    floor_minor: int = 0
    is_fresh: bool = False
    ban: Ban | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """The programme that a promotion belongs to; outside any it is an ordinary one."""

    cap_bps: int = ORDINARY_CAP_BPS
    is_concentrated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """`[starts_at, ends_at)`, both aware."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CapBroken:
    """The price is lower than the law allows; `nearest_minor` is the lowest that it does."""

    nearest_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BelowFloor:
    """The price is below the seller's own floor, `nearest_minor`."""

    nearest_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodsBanned:
    ban: Ban


@dataclass(frozen=True, slots=True, kw_only=True)
class NotCheaper:
    """The price is not below the price just before, `reference_minor`: nothing is promoted."""

    reference_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DaysUsedUp:
    """The goods would be discounted on more days of `year` than the law allows.

    `nearest_ends_at` is the latest end that it does allow, `None` when no day is left.
    """

    year: int
    days_used: int
    nearest_ends_at: datetime | None


Breach = CapBroken | BelowFloor | GoodsBanned | NotCheaper | DaysUsedUp


def cap_of(goods: Goods, programme: Programme) -> int:
    """The most that may be taken off, in basis points: nothing where the goods are banned."""
    if goods.ban is not None:
        return 0
    return BPS_WHOLE if goods.is_fresh else programme.cap_bps


def lowest_lawful_price(goods: Goods, programme: Programme) -> int:
    """The reference price less the cap, rounded up to the unit of money."""
    return least_after_cap(goods.reference_minor, cap_of(goods, programme))


def judge_price(unit_minor: int, goods: Goods, programme: Programme) -> Breach | None:
    """Say what forbids a price, the gravest first; `None` when nothing does."""
    if goods.ban is not None:
        return GoodsBanned(ban=goods.ban)
    lowest = lowest_lawful_price(goods, programme)
    if unit_minor < lowest:
        return CapBroken(nearest_minor=max(lowest, goods.floor_minor))
    if unit_minor < goods.floor_minor:
        return BelowFloor(nearest_minor=goods.floor_minor)
    if unit_minor >= goods.reference_minor:
        return NotCheaper(reference_minor=goods.reference_minor)
    return None


def discount_days(periods: Iterable[Period]) -> frozenset[date]:
    """The local days on which any of the periods holds, however briefly."""
    return frozenset(day for period in periods for day in _days_of(period))


def judge_days(planned: Period, others: Sequence[Period]) -> DaysUsedUp | None:
    """Hold a planned discount against the days of each year that others of the goods use.

    `others` are the goods' discounts outside concentrated programmes, past and planned.
    """
    used = set(discount_days(others))
    counts: dict[int, int] = {}
    for day in used:
        counts[day.year] = counts.get(day.year, 0) + 1
    for day in _days_of(planned):
        if day in used:
            continue
        counts[day.year] = counts.get(day.year, 0) + 1
        if counts[day.year] > DISCOUNT_DAYS_MAX:
            midnight = datetime.combine(day, datetime.min.time(), tzinfo=LOCAL)
            return DaysUsedUp(
                year=day.year,
                days_used=DISCOUNT_DAYS_MAX,
                nearest_ends_at=midnight if midnight > planned.starts_at else None,
            )
    return None


def _days_of(period: Period) -> Iterator[date]:
    day = period.starts_at.astimezone(LOCAL).date()
    last = (period.ends_at - timedelta(microseconds=1)).astimezone(LOCAL).date()
    while day <= last:
        yield day
        day += ONE_DAY
