"""What the fair holds now as rows of the three tables: for export, and for what would change.

Rows come through a cursor of the server: the memory they take does not grow with their number.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection

from chophien.domain.tables.cells import Value
from chophien.domain.tables.columns import TableKind
from chophien.domain.tables.promotions import ISSUED_KINDS, flatten_rule

Cells = dict[str, Value]

FETCHED_ROWS = 2_000

GOODS = """
SELECT t.slug AS stall, p.slug AS product, k.code AS sku, p.name_vi, p.name_en, p.name_zh,
    p.story_vi, p.story_en, p.story_zh, f.slug AS province, p.picture, p.tags, p.is_fresh,
    nullif(p.promotion_ban, '') AS ban, p.ocop_stars, p.ocop_expires_on, k.unit_vi, k.unit_en,
    k.unit_zh, k.list_price_minor AS list_price, k.floor_price_minor AS floor_price,
    k.cost_price_minor AS cost_price, coalesce(i.on_hand, 0) AS on_hand, p.state
FROM catalog_sku k
JOIN catalog_product p ON p.id = k.product_id
JOIN sellers_stall t ON t.id = p.stall_id
JOIN festivals_formerprovince f ON f.id = p.former_province_id
LEFT JOIN inventory_stock i ON i.sku_id = k.id
WHERE (p.stall_id = %(stall)s OR %(stall)s::bigint IS NULL)
  AND (k.id = ANY(%(ids)s) OR %(ids)s::bigint[] IS NULL)
ORDER BY p.id, k.position, k.id
"""

PRICES = """
SELECT k.code AS sku, k.list_price_minor AS list_price, k.floor_price_minor AS floor_price,
    k.cost_price_minor AS cost_price
FROM catalog_sku k JOIN catalog_product p ON p.id = k.product_id
WHERE (p.stall_id = %(stall)s OR %(stall)s::bigint IS NULL)
  AND (k.id = ANY(%(ids)s) OR %(ids)s::bigint[] IS NULL)
ORDER BY k.id
"""

OFFERED_PRICES = """
SELECT CASE WHEN o.code = '' THEN '#' || o.id ELSE o.code END AS code, t.slug AS stall, o.kind,
    ARRAY[k.code] AS skus, f.slug AS festival, o.unit_minor AS unit, o.starts_at AS starts,
    o.ends_at AS ends, o.min_qty, o.allotment, o.per_buyer_max AS per_buyer,
    nullif(o.is_exclusive, false) AS exclusive,
    CASE WHEN o.room IS NULL THEN NULL ELSE ARRAY[o.room::text] END AS rooms
FROM promotions_offeredprice o
JOIN catalog_sku k ON k.id = o.sku_id
JOIN catalog_product p ON p.id = k.product_id
JOIN sellers_stall t ON t.id = p.stall_id
LEFT JOIN festivals_festival f ON f.id = o.festival_id
WHERE (p.stall_id = %(stall)s OR %(stall)s::bigint IS NULL)
  AND (o.id = ANY(%(ids)s) OR %(ids)s::bigint[] IS NULL) AND o.ends_at IS NOT NULL
ORDER BY o.id
"""

OFFERS = """
SELECT CASE WHEN o.code = '' THEN '#' || o.id ELSE o.code END AS code, t.slug AS stall, o.kind,
    o.starts_at AS starts, o.ends_at AS ends, o.budget_minor AS budget, o.rule
FROM promotions_offer o JOIN sellers_stall t ON t.id = o.stall_id
WHERE (o.stall_id = %(stall)s OR %(stall)s::bigint IS NULL)
  AND (o.id = ANY(%(ids)s) OR %(ids)s::bigint[] IS NULL)
ORDER BY o.id
"""

COUPONS = """
SELECT CASE WHEN c.code = '' THEN '#' || c.id ELSE c.code END AS code, t.slug AS stall,
    c.issuer AS kind, f.slug AS festival, c.starts_at AS starts, c.ends_at AS ends,
    c.per_buyer_max AS per_buyer, c.budget_minor AS budget, c.count_max AS count, c.way,
    c.claim_starts_at AS claim_starts, c.claim_ends_at AS claim_ends, c.rule
FROM promotions_coupon c
JOIN festivals_festival f ON f.id = c.festival_id
LEFT JOIN sellers_stall t ON t.id = c.stall_id
WHERE (c.stall_id = %(stall)s OR %(stall)s::bigint IS NULL)
  AND (c.id = ANY(%(ids)s) OR %(ids)s::bigint[] IS NULL)
ORDER BY c.id
"""

_QUERIES = {
    TableKind.GOODS: (GOODS,),
    TableKind.PRICES: (PRICES,),
    TableKind.PROMOTIONS: (OFFERED_PRICES, OFFERS, COUPONS),
}


def list_live_rows(kind: TableKind, *, stall_id: int | None) -> Iterator[Cells]:
    """All rows of a table, of one stall or of all; runs the queries as it goes."""
    for query in _QUERIES[kind]:
        yield from iterate(query, stall_id=stall_id)


def iterate(
    query: str, *, stall_id: int | None = None, ids: Sequence[int] | None = None
) -> Iterator[Cells]:
    """The rows of one of the queries above as cells by column."""
    asked = {"stall": stall_id, "ids": None if ids is None else list(ids)}
    with connection.chunked_cursor() as cursor:
        cursor.execute(query, asked)
        names = [column.name for column in cursor.description or ()]
        while rows := cursor.fetchmany(FETCHED_ROWS):
            for row in rows:
                yield _to_cells(dict(zip(names, row, strict=True)))


def _to_cells(row: dict[str, Any]) -> Cells:
    rule = row.pop("rule", None)
    cells: Cells = {
        key: tuple(value) if isinstance(value, list) else value for key, value in row.items()
    }
    if rule is not None:
        kind = str(cells["kind"])
        cells["kind"] = ISSUED_KINDS.get(kind, kind)
        cells |= flatten_rule(kind, json.loads(rule))  # a bare cursor gives JSON as text
    return cells
