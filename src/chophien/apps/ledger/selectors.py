"""Sums of what was sold. All read the running sums; `sum_ledger` reads the entries themselves."""

import json
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Count, Q, Sum

from chophien.apps.ledger.models import Entry, Posting


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedSum:
    name: str
    amount_minor: int
    orders: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What the big screen shows, read in one snapshot."""

    total_minor: int
    orders: int
    curve: tuple[tuple[datetime, int], ...]
    """Amount by minute, ascending; minutes without a sale are left out."""
    stalls: tuple[NamedSum, ...]
    provinces: tuple[NamedSum, ...]


_FIGURES = """
WITH rows AS (SELECT * FROM ledger_salesminute WHERE festival_id = %(festival)s)
SELECT jsonb_build_object(
    'total', (SELECT coalesce(sum(amount_minor), 0) FROM rows),
    'orders', (SELECT coalesce(sum(orders), 0) FROM rows),
    'curve', (SELECT coalesce(jsonb_agg(jsonb_build_array(minute, amount) ORDER BY minute), '[]')
        FROM (SELECT minute, sum(amount_minor) AS amount FROM rows
              WHERE minute >= %(curve_from)s GROUP BY minute) AS minutes),
    'stalls', (SELECT coalesce(jsonb_agg(jsonb_build_array(name, amount, orders)
                               ORDER BY amount DESC, name), '[]')
        FROM (SELECT t.name_vi AS name, sum(r.amount_minor) AS amount, sum(r.orders) AS orders
              FROM rows r JOIN sellers_stall t ON t.id = r.stall_id GROUP BY t.id
              ORDER BY amount DESC, name LIMIT %(leaders)s) AS leaders),
    'provinces', (SELECT coalesce(jsonb_agg(jsonb_build_array(name, amount, orders)
                                  ORDER BY amount DESC, name), '[]')
        FROM (SELECT p.name, sum(r.amount_minor) AS amount, sum(r.orders) AS orders
              FROM rows r JOIN festivals_province p ON p.id = r.province_id GROUP BY p.id
             ) AS provinces)
)::text
"""


def read_figures(festival_id: int, *, curve_from: datetime, leaders_max: int = 5) -> Figures:
    """Total and leaders of the whole festival, the curve since `curve_from`.

    One statement, so one snapshot: leaders and curve fit the total. Cost: the running sums, which
    grow with minutes that had a sale, not with orders.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _FIGURES,
            {"festival": festival_id, "curve_from": curve_from, "leaders": leaders_max},
        )
        (document,) = cursor.fetchone() or ("{}",)
    read = json.loads(document)
    return Figures(
        total_minor=read["total"],
        orders=read["orders"],
        curve=tuple((datetime.fromisoformat(minute), amount) for minute, amount in read["curve"]),
        stalls=_read_sums(read["stalls"]),
        provinces=_read_sums(read["provinces"]),
    )


def _read_sums(rows: list[tuple[str, int, int]]) -> tuple[NamedSum, ...]:
    return tuple(
        NamedSum(name=name, amount_minor=amount, orders=orders) for name, amount, orders in rows
    )


def sum_ledger(festival_id: int) -> int:
    """What stalls received less what they sent back, by the entries; it reads every one of them."""
    total = Entry.objects.filter(
        posting__festival_id=festival_id, account=Entry.Account.RECEIVED
    ).aggregate(amount=Sum("amount_minor"))
    return int(total["amount"] or 0)


def list_latest_sales(festival_id: int, count_max: int) -> list[Posting]:
    return list(
        Posting.objects.filter(festival_id=festival_id, kind=Posting.Kind.SALE)
        .select_related("stall")
        .order_by("-booked_at")[:count_max]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """What the festival's own coupons took off a stall's sales, what came back of it apart."""

    stall_id: int
    stall_name: str
    amount_minor: int
    orders: int


def list_owed(festival_id: int) -> list[Owed]:
    """What the festival owes each stall for coupons and red packets, the most first.

    Reads the entries themselves: the sum is the books' own.
    """
    found = (
        Entry.objects.filter(posting__festival_id=festival_id, account=Entry.Account.FESTIVAL)
        .values("posting__stall_id", "posting__stall__name_vi")
        .annotate(
            amount=Sum("amount_minor"),
            orders=Count("posting__stall_order", filter=Q(posting__kind=Posting.Kind.SALE)),
        )
        .order_by("-amount", "posting__stall__name_vi")
    )
    return [
        Owed(
            stall_id=row["posting__stall_id"],
            stall_name=row["posting__stall__name_vi"],
            amount_minor=row["amount"],
            orders=row["orders"],
        )
        for row in found
    ]
