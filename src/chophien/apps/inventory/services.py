"""Holding, releasing and selling units: single statements, so that no count is ever read first.

Every statement locks stock rows in ascending order of sku, so two orders never wait for each
other in a circle.
"""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F
from uuid_utils.compat import uuid7

from chophien.apps.bus.services import ask_to_publish, publish
from chophien.apps.inventory.models import Hold, Stock
from chophien.statements import load
from chophien.statements.prepared import Asked as Asks
from chophien.statements.prepared import run, run_all
from chophien.wire.events import FAIR, StockChanged

_STOCK = load("stock")
_BUYING = load("buying")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Units of one sku for one stall order.

    With `is_set_aside` they come from those set aside for a flash price or a presale: whoever
    asks has counted them against its allotment.
    """

    sku_id: int
    stall_id: int
    stall_order_id: uuid.UUID
    quantity: int
    is_set_aside: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldOut:
    """Skus with fewer free units than asked, and how many each has; nothing was held."""

    free_by_sku: dict[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoneSetAside:
    """What was set aside for a flash price or a presale is used up; nothing was held."""


_RELEASE = """
WITH moved AS (
    UPDATE inventory_hold SET state = 'released'
    WHERE stall_order = ANY(%(stall_orders)s) AND state = 'held'
    RETURNING sku_id, quantity, is_set_aside
), wanted AS (
    SELECT sku_id, sum(quantity)::int AS quantity,
        coalesce(sum(quantity) FILTER (WHERE is_set_aside), 0)::int AS kept
    FROM moved GROUP BY sku_id
), locked AS MATERIALIZED (
    SELECT s.sku_id, w.quantity, w.kept
    FROM inventory_stock s JOIN wanted w USING (sku_id)
    ORDER BY s.sku_id
    FOR UPDATE OF s
)
UPDATE inventory_stock s
SET held = s.held - l.quantity,
    free = s.free + l.quantity - l.kept,
    set_aside = s.set_aside + l.kept
FROM locked l
WHERE s.sku_id = l.sku_id
RETURNING s.sku_id, s.free, s.set_aside
"""


@transaction.atomic(savepoint=False)
def hold_units(asked: Sequence[Asked], *, expires_at: datetime) -> Held | SoldOut | NoneSetAside:
    """Promise all the units, or none.

    By the statements of the hot lane (statements/stock.sql): locks the rows in sku order, then
    moves the units; tells pages the new counts on commit.
    """
    assert asked, "nothing asked"
    assert all(unit.quantity >= 1 for unit in asked), "quantity below 1"
    wanted: dict[int, int] = defaultdict(int)
    kept: dict[int, int] = defaultdict(int)
    for unit in asked:
        (kept if unit.is_set_aside else wanted)[unit.sku_id] += unit.quantity
    skus = sorted(wanted.keys() | kept.keys())
    there = {row[0]: row for row in _run("lock_stock", sku_ids=skus)}
    free = {sku: there[sku][2] if sku in there else 0 for sku in skus}
    short = {sku: free[sku] for sku in skus if wanted.get(sku, 0) > free[sku]}
    if short:
        return SoldOut(free_by_sku=short)
    if any(sku not in there or units > there[sku][3] for sku, units in kept.items()):
        return NoneSetAside()
    moved = _run(
        "hold_units",
        sku_ids=skus,
        wanted=[wanted.get(sku, 0) for sku in skus],
        kept=[kept.get(sku, 0) for sku in skus],
    )
    told = [
        ask_to_publish(FAIR, StockChanged(sku_id=sku_id, free=free_now, kept=kept_now))
        for sku_id, free_now, kept_now in moved
    ]
    run_all([_ask_to_hold(asked, expires_at), *told])
    return Held(expires_at=expires_at)


def _run(name: str, **values: list[int]) -> list[tuple[int, ...]]:
    return run(_STOCK[name], values)


def _ask_to_hold(asked: Sequence[Asked], expires_at: datetime) -> Asks:
    values = {
        "expires_at": expires_at,
        "ids": [uuid7() for _ in asked],
        "stalls": [unit.stall_id for unit in asked],
        "skus": [unit.sku_id for unit in asked],
        "parts": [unit.stall_order_id for unit in asked],
        "quantities": [unit.quantity for unit in asked],
        "set_asides": [unit.is_set_aside for unit in asked],
    }
    return _BUYING["write_holds"], values


@transaction.atomic
def release_units(stall_order_ids: Sequence[uuid.UUID]) -> None:
    """Take back what is still held for these stall orders; done twice, it does nothing more."""
    with connection.cursor() as cursor:
        cursor.execute(_RELEASE, {"stall_orders": list(stall_order_ids)})
        moved = cursor.fetchall()
    for sku_id, free, kept in moved:
        publish(FAIR, StockChanged(sku_id=sku_id, free=free, kept=kept))


def commit_units(stall_order_ids: Sequence[uuid.UUID]) -> None:
    """Turn what is held for these stall orders into sales; done twice, it does nothing more."""
    run(*ask_to_commit(stall_order_ids))


def ask_to_commit(stall_order_ids: Sequence[uuid.UUID]) -> Asks:
    """The statement of `commit_units`, for who has others to send with it."""
    return _BUYING["commit_holds"], {"stall_orders": list(stall_order_ids)}


@transaction.atomic
def receive_units(*, sku_id: int, stall_id: int, quantity: int) -> None:
    """Bring units to the fair: the first makes the sku's stock row, later ones add to it."""
    if quantity < 1:
        raise ValueError("quantity: must be at least 1")
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO inventory_stock (sku_id, stall_id, on_hand, free, set_aside, held, sold)
            VALUES (%s, %s, %s, %s, 0, 0, 0)
            ON CONFLICT (sku_id) DO UPDATE
            SET on_hand = inventory_stock.on_hand + excluded.on_hand,
                free = inventory_stock.free + excluded.free
            """,
            [sku_id, stall_id, quantity, quantity],
        )
    _publish_stock(sku_id)


def _publish_stock(sku_id: int) -> None:
    stock = Stock.objects.get(sku_id=sku_id)
    publish(FAIR, StockChanged(sku_id=sku_id, free=stock.free, kept=stock.set_aside))


@transaction.atomic
def set_units_aside(*, sku_id: int, quantity: int) -> bool:
    """Take free units out of sale for a flash price or a presale; `False` when too few are free."""
    return _shift(sku_id, quantity)


@transaction.atomic
def let_units_go(*, sku_id: int, quantity: int) -> None:
    """Put units that were set aside back on free sale."""
    if quantity:
        assert _shift(sku_id, -quantity), "more units let go than were set aside"


def _shift(sku_id: int, quantity: int) -> bool:
    moved = Stock.objects.filter(sku_id=sku_id, free__gte=quantity, set_aside__gte=-quantity)
    if not moved.update(free=F("free") - quantity, set_aside=F("set_aside") + quantity):
        return False
    _publish_stock(sku_id)
    return True


def extend_holds(stall_order_ids: Sequence[uuid.UUID], *, expires_at: datetime) -> None:
    """Keep what these stall orders hold until a later instant."""
    Hold.objects.filter(stall_order__in=stall_order_ids, state=Hold.State.HELD).update(
        expires_at=expires_at
    )


@transaction.atomic
def take_back_units(*, sku_id: int, quantity: int) -> None:
    """Put units that were sold and came back on free sale again."""
    if quantity < 1:
        raise ValueError("quantity: must be at least 1")
    moved = Stock.objects.filter(sku_id=sku_id, sold__gte=quantity).update(
        sold=F("sold") - quantity, free=F("free") + quantity
    )
    assert moved, "more units taken back than were sold"
    _publish_stock(sku_id)


def lock_stock(sku_id: int) -> None:
    """Wait for the stock row of a sku; inside the caller's transaction."""
    Stock.objects.select_for_update().filter(sku_id=sku_id).first()
