"""What the organiser watches for the law: days used up, prices in force that it forbids."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from chophien.apps.catalog.models import Sku
from chophien.apps.catalog.selectors import list_skus
from chophien.apps.promotions.models import OfferedPrice
from chophien.apps.promotions.planning import programme_of
from chophien.apps.promotions.selectors import find_references, open_at
from chophien.domain.law import (
    LOCAL,
    Ban,
    Breach,
    Goods,
    NotCheaper,
    Programme,
    judge_price,
)

_DAYS = """
WITH ordinary AS (
    SELECT p.sku_id, p.starts_at, p.ends_at
    FROM promotions_offeredprice p LEFT JOIN festivals_festival f ON f.id = p.festival_id
    WHERE f.programme_type IS DISTINCT FROM 'concentrated'
      AND p.starts_at < %(to)s AND p.ends_at > %(from)s
    UNION ALL
    SELECT p.sku_id, p.starts_at, p.balance_ends_at
    FROM promotions_presale p JOIN festivals_festival f ON f.id = p.festival_id
    WHERE f.programme_type <> 'concentrated'
      AND p.starts_at < %(to)s AND p.balance_ends_at > %(from)s
)
SELECT o.sku_id, count(DISTINCT day)
FROM ordinary o CROSS JOIN LATERAL generate_series(
    (greatest(o.starts_at, %(from)s) AT TIME ZONE %(zone)s)::date,
    ((least(o.ends_at, %(to)s) - interval '1 microsecond') AT TIME ZONE %(zone)s)::date,
    interval '1 day') AS day
GROUP BY o.sku_id HAVING count(DISTINCT day) >= %(least)s
ORDER BY 2 DESC, 1 LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DaysUsed:
    sku: Sku
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Forbidden:
    """A price in its window that every cart refuses, since the law or the list price changed."""

    price: OfferedPrice
    breach: Breach
    reference_minor: int


def list_days_used(year: int, *, days_min: int, count_max: int) -> list[DaysUsed]:
    """Skus discounted on at least so many days of a year outside concentrated programmes.

    Past and planned days count alike, as `domain.law.judge_days` counts them; most days first.
    """
    period = {
        "from": datetime(year, 1, 1, tzinfo=LOCAL),
        "to": datetime(year + 1, 1, 1, tzinfo=LOCAL),
    }
    with connection.cursor() as cursor:
        cursor.execute(_DAYS, {**period, "zone": LOCAL.key, "least": days_min, "most": count_max})
        days = dict(cursor.fetchall())
    skus = {sku.id: sku for sku in list_skus(list(days))}
    return [DaysUsed(sku=skus[sku_id], days=count) for sku_id, count in days.items()]


def list_forbidden(at: datetime) -> Iterator[Forbidden]:
    """Prices in their window that the law or the seller's floor forbids now. Two queries."""
    prices = list(
        OfferedPrice.objects.filter(open_at(at))
        .select_related("sku__product__stall", "festival")
        .order_by("id")
    )
    references = find_references({price.sku_id for price in prices}, at)
    for price in prices:
        product = price.sku.product
        goods = Goods(
            reference_minor=references[price.sku_id],
            floor_minor=price.sku.floor_price_minor,
            is_fresh=product.is_fresh,
            ban=Ban(product.promotion_ban) if product.promotion_ban else None,
        )
        programme = Programme() if price.festival is None else programme_of(price.festival)
        breach = judge_price(price.unit_minor, goods, programme)
        if breach is not None and not isinstance(breach, NotCheaper):
            yield Forbidden(price=price, breach=breach, reference_minor=goods.reference_minor)
