"""Holding, releasing and selling units: single statements, so that no count is ever read first.

Every statement locks stock rows in ascending order of sku, so two orders never wait for each
other in a circle.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from chophien.apps.bus.services import publish
from chophien.apps.inventory.models import Hold
from chophien.wire.events import FAIR, StockChanged


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Units of one sku for one stall order."""

    sku_id: int
    stall_id: int
    stall_order_id: uuid.UUID
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldOut:
    """Skus with fewer free units than asked, and how many each has; nothing was held."""

    free_by_sku: dict[int, int]


_HOLD = """
WITH asked AS (
    SELECT sku_id, sum(quantity)::int AS quantity
    FROM unnest(%(skus)s::bigint[], %(quantities)s::int[]) AS a (sku_id, quantity)
    GROUP BY sku_id
), locked AS MATERIALIZED (
    SELECT s.sku_id, s.free, a.quantity
    FROM inventory_stock s JOIN asked a USING (sku_id)
    ORDER BY s.sku_id
    FOR UPDATE OF s
), taken AS (
    UPDATE inventory_stock s
    SET free = s.free - l.quantity, held = s.held + l.quantity
    FROM locked l
    WHERE s.sku_id = l.sku_id
      AND (SELECT bool_and(free >= quantity) FROM locked)
      AND (SELECT count(*) FROM locked) = (SELECT count(*) FROM asked)
    RETURNING s.sku_id, s.free
)
SELECT a.sku_id, a.quantity, coalesce(l.free, 0), t.free
FROM asked a LEFT JOIN locked l USING (sku_id) LEFT JOIN taken t USING (sku_id)
"""

_MOVE = """
WITH moved AS (
    UPDATE inventory_hold SET state = %(state)s
    WHERE stall_order = ANY(%(stall_orders)s) AND state = 'held'
    RETURNING sku_id, quantity
), wanted AS (
    SELECT sku_id, sum(quantity)::int AS quantity FROM moved GROUP BY sku_id
), locked AS MATERIALIZED (
    SELECT s.sku_id, w.quantity
    FROM inventory_stock s JOIN wanted w USING (sku_id)
    ORDER BY s.sku_id
    FOR UPDATE OF s
)
UPDATE inventory_stock s
SET held = s.held - l.quantity,
    free = s.free + CASE WHEN %(state)s = 'released' THEN l.quantity ELSE 0 END,
    sold = s.sold + CASE WHEN %(state)s = 'committed' THEN l.quantity ELSE 0 END
FROM locked l
WHERE s.sku_id = l.sku_id
RETURNING s.sku_id, s.free
"""


@transaction.atomic
def hold_units(asked: Sequence[Asked], *, expires_at: datetime) -> Held | SoldOut:
    """Promise all the units, or none.

    Runs in one statement under row locks in sku order; tells pages the new counts on commit.
    """
    assert asked, "nothing asked"
    assert all(unit.quantity >= 1 for unit in asked), "quantity below 1"
    with connection.cursor() as cursor:
        cursor.execute(
            _HOLD,
            {
                "skus": [unit.sku_id for unit in asked],
                "quantities": [unit.quantity for unit in asked],
            },
        )
        rows = cursor.fetchall()
    short = {sku_id: free for sku_id, wanted, free, _ in rows if free < wanted}
    if short:
        return SoldOut(free_by_sku=short)
    Hold.objects.bulk_create(
        Hold(
            sku_id=unit.sku_id,
            stall_id=unit.stall_id,
            stall_order=unit.stall_order_id,
            quantity=unit.quantity,
            expires_at=expires_at,
        )
        for unit in asked
    )
    for sku_id, _, _, free in rows:
        publish(FAIR, StockChanged(sku_id=sku_id, free=free))
    return Held(expires_at=expires_at)


@transaction.atomic
def release_units(stall_order_ids: Sequence[uuid.UUID]) -> None:
    """Take back what is still held for these stall orders; done twice, it does nothing more."""
    for sku_id, free in _move(stall_order_ids, Hold.State.RELEASED):
        publish(FAIR, StockChanged(sku_id=sku_id, free=free))


@transaction.atomic
def commit_units(stall_order_ids: Sequence[uuid.UUID]) -> None:
    """Turn what is held for these stall orders into sales; done twice, it does nothing more."""
    _move(stall_order_ids, Hold.State.COMMITTED)


def _move(stall_order_ids: Sequence[uuid.UUID], state: Hold.State) -> list[tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, {"state": state.value, "stall_orders": list(stall_order_ids)})
        moved: list[tuple[int, int]] = cursor.fetchall()
    return moved


@transaction.atomic
def receive_units(*, sku_id: int, stall_id: int, quantity: int) -> None:
    """Bring units to the fair: the first makes the sku's stock row, later ones add to it."""
    if quantity < 1:
        raise ValueError("quantity: must be at least 1")
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO inventory_stock (sku_id, stall_id, on_hand, free, held, sold)
            VALUES (%s, %s, %s, %s, 0, 0)
            ON CONFLICT (sku_id) DO UPDATE
            SET on_hand = inventory_stock.on_hand + excluded.on_hand,
                free = inventory_stock.free + excluded.free
            RETURNING free
            """,
            [sku_id, stall_id, quantity, quantity],
        )
        (free,) = cursor.fetchone() or (0,)
    publish(FAIR, StockChanged(sku_id=sku_id, free=free))
