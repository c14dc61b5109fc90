"""What one show sold, from the lines of its orders: by goods, and by the minute.

A deposit is no sale: what was reserved counts when its balance is paid. Gifts are not sales.
Sums are of goods as buyers pay for them, without shipping, before refunds unless said.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from chophien.apps.broadcast.models import PinnedMoment

MINUTE = timedelta(minutes=1)

_SOLD = """
SELECT l.sku_id, p.order_id, p.state, l.quantity, l.paid_minor, p.placed_at,
    (SELECT m.sku_id FROM broadcast_pinnedmoment m
     WHERE m.show_id = l.show_id AND m.pinned_at <= p.placed_at
     ORDER BY m.pinned_at DESC, m.id DESC LIMIT 1) = l.sku_id
FROM orders_orderline l JOIN orders_stallorder p ON p.id = l.stall_order_id
WHERE l.show_id = %s AND l.price_kind NOT IN ('deposit', 'gift')
"""

# A line of a quote is of one show; its refunds are those that the stall has sent.
_REFUNDED = """
SELECT coalesce(sum(b.amount_minor), 0)
FROM payments_refundline b JOIN payments_refund r ON r.id = b.refund_id AND r.state = 'sent'
WHERE EXISTS (
    SELECT FROM orders_orderline l
    WHERE l.show_id = %s AND l.stall_order_id = r.stall_order_id AND l.quote_line = b.quote_line
      AND l.price_kind NOT IN ('deposit', 'gift'))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Orders, units and money; `paid` has come, `waiting` may still, `lost` will not."""

    orders: int = 0
    units: int = 0
    placed_minor: int = 0
    paid_minor: int = 0
    waiting_minor: int = 0
    lost_minor: int = 0
    units_while_pinned: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Minute:
    """One minute of a show: what was on air in it, and what was ordered."""

    starts_at: datetime
    pinned: tuple[int, ...]
    sums: Sums


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowFigures:
    total: Sums
    by_sku: dict[int, Sums]
    minutes: tuple[Minute, ...]
    """Minutes in which something was ordered or put on air, in order."""
    refunded_minor: int

    @property
    def net_minor(self) -> int:
        """What was paid less what was sent back."""
        return self.total.paid_minor - self.refunded_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sold:
    sku_id: int
    order_id: object
    state: str
    quantity: int
    paid_minor: int
    placed_at: datetime
    was_pinned: bool


def read_figures(show_id: int) -> ShowFigures:
    """All figures of a show, exact: two queries over its order lines, one over its pins."""
    with connection.cursor() as cursor:
        cursor.execute(_SOLD, [show_id])
        rows = cursor.fetchall()
        cursor.execute(_REFUNDED, [show_id])
        (refunded_minor,) = cursor.fetchone() or (0,)
    sold = [
        _Sold(
            sku_id=sku_id, order_id=order_id, state=state, quantity=quantity,
            paid_minor=paid_minor, placed_at=placed_at, was_pinned=bool(was_pinned),
        )
        for sku_id, order_id, state, quantity, paid_minor, placed_at, was_pinned in rows
    ]  # fmt: skip
    return ShowFigures(
        total=_sum(sold),
        by_sku={
            sku_id: _sum([each for each in sold if each.sku_id == sku_id])
            for sku_id in sorted({each.sku_id for each in sold})
        },
        minutes=_list_minutes(show_id, sold),
        refunded_minor=int(refunded_minor),
    )


def _sum(sold: Sequence[_Sold]) -> Sums:
    def add(state: str) -> int:
        return sum(each.paid_minor for each in sold if each.state == state)

    return Sums(
        orders=len({each.order_id for each in sold}),
        units=sum(each.quantity for each in sold),
        placed_minor=sum(each.paid_minor for each in sold),
        paid_minor=add("paid"),
        waiting_minor=add("placed"),
        lost_minor=add("expired"),
        units_while_pinned=sum(each.quantity for each in sold if each.was_pinned),
    )


def _list_minutes(show_id: int, sold: Sequence[_Sold]) -> tuple[Minute, ...]:
    pins = list(
        PinnedMoment.objects.filter(show_id=show_id)
        .order_by("pinned_at", "id")
        .values_list("pinned_at", "sku_id")
    )
    by_minute: dict[datetime, list[_Sold]] = {}
    for each in sold:
        by_minute.setdefault(_floor(each.placed_at), []).append(each)
    starts = sorted({*by_minute, *(_floor(pinned_at) for pinned_at, _ in pins)})
    instants = [pinned_at for pinned_at, _ in pins]
    return tuple(
        Minute(
            starts_at=start,
            pinned=_list_pinned(pins, instants, start),
            sums=_sum(by_minute.get(start, [])),
        )
        for start in starts
    )


def _list_pinned(
    pins: Sequence[tuple[datetime, int | None]], instants: Sequence[datetime], start: datetime
) -> tuple[int, ...]:
    """What was on air in `[start, start + 1 min)`, in order, each once."""
    first = max(bisect_right(instants, start) - 1, 0)
    shown = [
        sku_id
        for pinned_at, sku_id in pins[first:]
        if pinned_at < start + MINUTE and sku_id is not None
    ]
    return tuple(dict.fromkeys(shown))


def _floor(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def find_pinned_at(show_id: int) -> datetime | None:
    """Since when what is on air now is on air."""
    return (
        PinnedMoment.objects.filter(show_id=show_id)
        .order_by("-pinned_at", "-id")
        .values_list("pinned_at", flat=True)
        .first()
    )
