"""Sums of what was sold. All read the running sums; `sum_ledger` reads the entries themselves."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Sum

from chophien.apps.ledger.models import Entry, Posting, SalesMinute


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


def read_figures(festival_id: int, *, curve_from: datetime, leaders_max: int = 5) -> Figures:
    """Total and leaders of the whole festival, the curve since `curve_from`.

    Reads one snapshot (repeatable read), so the leaders and the curve fit the total; must not be
    called inside a transaction. `SalesMinute` grows with minutes that had a sale, not with orders.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        return _read_figures(festival_id, curve_from, leaders_max)


def _read_figures(festival_id: int, curve_from: datetime, leaders_max: int) -> Figures:
    rows = SalesMinute.objects.filter(festival_id=festival_id)
    whole = rows.aggregate(amount=Sum("amount_minor"), orders=Sum("orders"))
    curve = (
        rows.filter(minute__gte=curve_from)
        .values("minute")
        .annotate(amount=Sum("amount_minor"))
        .order_by("minute")
    )
    return Figures(
        total_minor=int(whole["amount"] or 0),
        orders=int(whole["orders"] or 0),
        curve=tuple((row["minute"], int(row["amount"])) for row in curve),
        stalls=_lead(festival_id, "stall__name_vi")[:leaders_max],
        provinces=_lead(festival_id, "province__name"),
    )


def _lead(festival_id: int, name: str) -> tuple[NamedSum, ...]:
    rows = (
        SalesMinute.objects.filter(festival_id=festival_id)
        .values(name)
        .annotate(amount=Sum("amount_minor"), count=Sum("orders"))
        .order_by("-amount", name)
    )
    return tuple(
        NamedSum(name=row[name], amount_minor=int(row["amount"]), orders=int(row["count"]))
        for row in rows
    )


def sum_ledger(festival_id: int) -> int:
    """What stalls received according to the entries; the audit's figure, it reads every entry."""
    total = Entry.objects.filter(
        posting__festival_id=festival_id, account=Entry.Account.RECEIVED
    ).aggregate(amount=Sum("amount_minor"))
    return int(total["amount"] or 0)


def list_latest_sales(festival_id: int, count_max: int) -> list[Posting]:
    return list(
        Posting.objects.filter(festival_id=festival_id)
        .select_related("stall")
        .order_by("-booked_at")[:count_max]
    )
