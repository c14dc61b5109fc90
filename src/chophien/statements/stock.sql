-- Units of skus: whoever wants some first has the rows for itself, in ascending order of sku, then
-- decides (domain.intake), then moves them. The hot lane and the cart's check-out do the same, so
-- that neither can sell what the other has promised.
--
-- What must be read to decide is read by statements after `lock_stock`: each statement sees what
-- was committed before it began, and while the rows are ours nobody else can commit more of them.
-- `move_units` would break a CHECK of the table rather than go below zero, whoever decided wrongly.
-- On Citus these rows stay on the coordinator; what grows is distributed: docs/reference/scaling-out.md.

-- name: lock_stock
SELECT sku_id, stall_id, free, set_aside
FROM inventory_stock
WHERE sku_id = ANY(:sku_ids::bigint[])
ORDER BY sku_id
FOR NO KEY UPDATE;

-- name: hold_units
-- `wanted` units of each sku come from free sale, `kept` ones from those set aside.
UPDATE inventory_stock s
SET free = s.free - m.wanted,
    set_aside = s.set_aside - m.kept,
    held = s.held + m.wanted + m.kept
FROM unnest(:sku_ids::bigint[], :wanted::int[], :kept::int[]) AS m (sku_id, wanted, kept)
WHERE s.sku_id = m.sku_id
RETURNING s.sku_id, s.free, s.set_aside;
