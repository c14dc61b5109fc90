"""Prices of a file against the fair's skus; an empty cell leaves what is there."""

from chophien.apps.exchange.wording import fill

_FAULT = """
INSERT INTO exchange_importfault (run_id, "row", "column", value, reason, allowed, is_of_check)
"""

JUDGE_SKUS = """
CREATE TEMP TABLE exchange_judged ON COMMIT DROP AS
SELECT s.row_number, k.id AS sku_id, k.product_id, k.id AS target_id, s.sku,
    min(s.row_number) OVER (PARTITION BY s.sku) AS first_row,
    coalesce(s.list_price, k.list_price_minor) AS list_price,
    coalesce(s.floor_price, k.floor_price_minor) AS floor_price,
    coalesce(s.cost_price, k.cost_price_minor) AS cost_price,
    s.list_price <> k.list_price_minor AS is_list_changed,
    k.id IS NOT NULL
        AND coalesce(s.list_price, k.list_price_minor) = k.list_price_minor
        AND coalesce(s.floor_price, k.floor_price_minor) = k.floor_price_minor
        AND coalesce(s.cost_price, k.cost_price_minor) IS NOT DISTINCT FROM k.cost_price_minor
        AS is_same,
    k.id IS NULL OR s.row_number > min(s.row_number) OVER (PARTITION BY s.sku) AS is_bad
FROM exchange_staged_price s
LEFT JOIN (
    catalog_sku k JOIN catalog_product p ON p.id = k.product_id
        AND (p.stall_id = %(stall)s OR %(stall)s IS NULL)
) ON k.code = s.sku
WHERE s.run_id = %(run)s
"""

FAULTS = fill(
    """
{_FAULT}
SELECT %(run)s, row_number, 'sku', left(sku, 200),
    CASE WHEN sku_id IS NULL THEN 'unknown' ELSE 'row_twice' END,
    CASE WHEN sku_id IS NULL THEN '' ELSE first_row::text END, true
FROM exchange_judged WHERE is_bad
""",
    _FAULT=_FAULT,
)

COUNT = """
SELECT 0, count(*) FILTER (WHERE NOT is_bad AND NOT is_same),
    count(*) FILTER (WHERE NOT is_bad AND is_same)
FROM exchange_judged
"""

CHANGE = """
WITH locked AS MATERIALIZED (
    SELECT k.id FROM catalog_sku k
    WHERE k.id IN (SELECT sku_id FROM exchange_judged WHERE NOT is_bad AND NOT is_same)
    ORDER BY k.id FOR NO KEY UPDATE OF k
)
UPDATE catalog_sku k
SET list_price_minor = j.list_price, floor_price_minor = j.floor_price,
    cost_price_minor = j.cost_price
FROM locked l JOIN exchange_judged j ON j.sku_id = l.id AND NOT j.is_bad AND NOT j.is_same
WHERE k.id = l.id
"""

REMEMBER = """
INSERT INTO catalog_listpricechange (sku_id, list_price_minor, changed_at, changed_by_id)
SELECT sku_id, list_price, %(at)s, %(by)s FROM exchange_judged
WHERE NOT is_bad AND is_list_changed ORDER BY row_number
"""

SAMPLES = """
SELECT row_number, target_id FROM exchange_judged
WHERE NOT is_bad AND NOT is_same AND NOT %(is_new)s ORDER BY row_number LIMIT %(count)s
"""

TOUCHED_PRODUCTS = """
SELECT DISTINCT sku_id, product_id FROM exchange_judged
WHERE NOT is_bad AND NOT is_same LIMIT %(count)s
"""
