"""Promotions of a file against the fair, all rows at once.

`exchange_judged` holds one row for each staged price, `exchange_judged_rule` one for each offer
and coupon: what it is about, what it would change, what speaks against it. Both end with the
transaction. The law is `judge_price` of migration 0002. The price just before a promotion is what
`reference_price` says, found for all rows at once: of the prices that have begun, the first of
those that still hold when the row's begins tells it; where none does, it is the list price.
"""

from chophien.apps.exchange.wording import fill

_FAULT = """
INSERT INTO exchange_importfault (run_id, "row", "column", value, reason, allowed, is_of_check)
"""

# A price whose seller gave it no name is found by its number.
_NAMED_PRICE = """
(SELECT *, CASE WHEN code = '' THEN '#' || id ELSE code END AS name FROM promotions_offeredprice)
"""

JUDGE_PRICES = fill(
    """
CREATE TEMP TABLE exchange_judged ON COMMIT DROP AS
WITH begun AS (
    SELECT o.sku_id, coalesce(o.starts_at, '-infinity') AS starts_at,
        coalesce(o.ends_at, 'infinity') AS ends_at, coalesce(
            (SELECT c.list_price_minor FROM catalog_listpricechange c
             WHERE c.sku_id = o.sku_id AND c.changed_at < coalesce(o.starts_at, '-infinity')
             ORDER BY c.changed_at DESC, c.id DESC LIMIT 1),
            (SELECT c.list_price_minor FROM catalog_listpricechange c
             WHERE c.sku_id = o.sku_id ORDER BY c.changed_at, c.id LIMIT 1),
            k.list_price_minor
        ) AS reference_minor
    FROM promotions_offeredprice o JOIN catalog_sku k ON k.id = o.sku_id
    WHERE (o.starts_at IS NULL OR o.starts_at <= %(at)s)
      AND (o.ends_at IS NULL OR o.ends_at > %(at)s)
), running AS (
    SELECT sku_id, array_agg(ends_at ORDER BY starts_at) AS ends_at,
        array_agg(reference_minor ORDER BY starts_at) AS reference_minor
    FROM begun GROUP BY sku_id
), matched AS (
    SELECT s.row_number, s.unit, s.allotment, s.ends_at, s.festival, s.starts_at AS given_at,
        hashtextextended(s.code, 0) AS code_hash, k.id AS sku_id, k.product_id,
        f.id AS festival_id, o.id AS target_id, o.allotment AS old_allotment,
        coalesce(s.starts_at, o.starts_at, %(at)s) AS starts_at,
        coalesce(f.discount_cap_bps, %(ordinary_cap)s)::integer AS cap_bps,
        f.programme_type IS DISTINCT FROM 'concentrated' AS is_ordinary,
        o.id IS NOT NULL AND (o.starts_at IS NULL OR o.starts_at <= %(at)s) AS is_started,
        o.id IS NOT NULL AND (
            o.kind, o.unit_minor, o.ends_at, o.min_qty, o.allotment, o.per_buyer_max, o.room,
            o.is_exclusive, o.festival_id
        ) IS NOT DISTINCT FROM (
            s.kind, s.unit, s.ends_at, s.min_qty, s.allotment, s.per_buyer, s.room,
            coalesce(s.is_exclusive, false), f.id
        ) AND (s.starts_at IS NULL OR s.starts_at = o.starts_at) AS is_same,
        left(s.code, 1) = '#' AND o.id IS NULL AS has_no_target,
        s.festival IS NOT NULL AND f.id IS NULL AS has_no_festival,
        coalesce(
            coalesce(s.starts_at, o.starts_at, %(at)s) < f.starts_at OR s.ends_at > f.ends_at, false
        ) AS is_outside,
        CASE WHEN r.sku_id IS NULL THEN k.list_price_minor ELSE coalesce(
            (SELECT u.reference_minor
             FROM unnest(r.ends_at, r.reference_minor) WITH ORDINALITY
                 AS u (ends_at, reference_minor, place)
             WHERE u.ends_at > greatest(coalesce(s.starts_at, o.starts_at, %(at)s), %(at)s)
             ORDER BY u.place LIMIT 1),
            k.list_price_minor
        ) END AS reference_minor,
        k.floor_price_minor, p.is_fresh, p.promotion_ban
    FROM exchange_staged_promotion s
    LEFT JOIN (
        catalog_sku k JOIN catalog_product p ON p.id = k.product_id
            AND (p.stall_id = %(stall)s OR %(stall)s IS NULL)
    ) ON k.code = s.skus
    LEFT JOIN festivals_festival f ON f.slug = s.festival
    LEFT JOIN {_NAMED_PRICE} o ON o.sku_id = k.id AND o.name = s.code
    LEFT JOIN running r ON r.sku_id = k.id
    WHERE s.run_id = %(run)s AND s.rule IS NULL
), judged AS (
    SELECT *,
        CASE WHEN NOT is_same AND sku_id IS NOT NULL AND NOT has_no_festival THEN judge_price(
            unit, reference_minor, floor_price_minor, is_fresh, promotion_ban, cap_bps
        ) END AS breach
    FROM matched
)
SELECT row_number, sku_id, product_id, festival_id, target_id, code_hash, starts_at, ends_at,
    is_ordinary, is_same, is_started, has_no_target, has_no_festival, breach,
    reference_minor, coalesce(allotment, 0) - coalesce(old_allotment, 0) AS more_units,
    sku_id IS NULL OR has_no_target OR has_no_festival OR (NOT is_same AND (
        is_started OR is_outside OR breach IS NOT NULL OR ends_at <= starts_at OR coalesce(given_at < %(at)s, false)
    )) AS is_bad
FROM judged
""",
    _NAMED_PRICE=_NAMED_PRICE,
)

FAULTS_OF_PRICES = fill(
    """
{_FAULT}
SELECT %(run)s, j.row_number, f.name, coalesce(left(f.value, 200), ''), f.reason,
    coalesce(left(f.allowed, 120), ''), true
FROM exchange_judged j
JOIN exchange_staged_promotion s ON s.run_id = %(run)s AND s.row_number = j.row_number
LEFT JOIN catalog_sku k ON k.id = j.sku_id
LEFT JOIN catalog_product p ON p.id = k.product_id
LEFT JOIN festivals_festival h ON h.id = j.festival_id
CROSS JOIN LATERAL (VALUES
    ('skus', s.skus, 'unknown', NULL, j.sku_id IS NULL),
    ('festival', s.festival, 'unknown', NULL, j.has_no_festival),
    ('code', s.code, 'unknown', NULL, j.has_no_target AND j.sku_id IS NOT NULL),
    ('code', s.code, 'started', NULL, j.is_started AND NOT j.is_same),
    ('ends', to_char(s.ends_at AT TIME ZONE 'Asia/Ho_Chi_Minh', 'YYYY-MM-DD HH24:MI'),
        'ends_first', NULL, j.ends_at <= j.starts_at AND NOT j.is_same AND NOT j.is_started),
    ('starts', to_char(s.starts_at AT TIME ZONE 'Asia/Ho_Chi_Minh', 'YYYY-MM-DD HH24:MI'),
        'in_the_past', NULL, s.starts_at < %(at)s AND NOT j.is_same AND NOT j.is_started),
    ('festival', s.festival, 'outside_festival',
        concat_ws(' – ',
            to_char(h.starts_at AT TIME ZONE 'Asia/Ho_Chi_Minh', 'YYYY-MM-DD HH24:MI'),
            to_char(h.ends_at AT TIME ZONE 'Asia/Ho_Chi_Minh', 'YYYY-MM-DD HH24:MI')),
        (j.starts_at < h.starts_at OR j.ends_at > h.ends_at) AND NOT j.is_same
            AND NOT j.is_started),
    ('unit', s.unit::text, j.breach,
        CASE j.breach
            WHEN 'cap_broken' THEN greatest(
                lowest_lawful_price(
                    j.reference_minor, p.is_fresh,
                    coalesce(h.discount_cap_bps, %(ordinary_cap)s)::integer
                ), k.floor_price_minor)::text
            WHEN 'below_floor' THEN k.floor_price_minor::text
            WHEN 'not_cheaper' THEN j.reference_minor::text
            ELSE p.promotion_ban
        END,
        j.breach IS NOT NULL AND NOT j.is_started)
) AS f (name, value, reason, allowed, is_there)
WHERE j.is_bad AND f.is_there
""",
    _FAULT=_FAULT,
)

ROWS_TWICE = fill(
    """
WITH twice AS (
    SELECT sku_id, code_hash, min(row_number) AS first_row
    FROM exchange_judged WHERE sku_id IS NOT NULL
    GROUP BY sku_id, code_hash HAVING count(*) > 1
), later AS (
    UPDATE exchange_judged j SET is_bad = true
    FROM twice t
    WHERE j.sku_id = t.sku_id AND j.code_hash = t.code_hash AND j.row_number > t.first_row
    RETURNING j.row_number, t.first_row
)
{_FAULT}
SELECT %(run)s, l.row_number, 'code', left(s.code, 200), 'row_twice', l.first_row::text, true
FROM later l
JOIN exchange_staged_promotion s ON s.run_id = %(run)s AND s.row_number = l.row_number
""",
    _FAULT=_FAULT,
)

# Rows take units in the order of the file; what a row would take beyond the free ones is a fault.
TOO_FEW_UNITS = fill(
    """
WITH asked AS (
    SELECT row_number, sku_id, more_units,
        sum(more_units) OVER (PARTITION BY sku_id ORDER BY row_number) AS so_far
    FROM exchange_judged
    WHERE NOT is_bad AND NOT is_same AND more_units <> 0
), short AS (
    UPDATE exchange_judged j SET is_bad = true
    FROM asked a LEFT JOIN inventory_stock i ON i.sku_id = a.sku_id
    WHERE j.row_number = a.row_number AND a.more_units > 0 AND a.so_far > coalesce(i.free, 0)
    RETURNING j.row_number, greatest(coalesce(i.free, 0) - a.so_far + a.more_units, 0) AS left_free
)
{_FAULT}
SELECT %(run)s, h.row_number, 'allotment', s.allotment::text, 'too_few_units',
    h.left_free::text, true
FROM short h
JOIN exchange_staged_promotion s ON s.run_id = %(run)s AND s.row_number = h.row_number
""",
    _FAULT=_FAULT,
)

# Skus whose days of discount outside concentrated programmes could pass the law's number: first
# by the sum of the lengths of all periods, then by distinct days of a year.
SKUS_WITH_MANY_DAYS = """
WITH periods AS MATERIALIZED (
    SELECT sku_id, starts_at, ends_at FROM exchange_judged
    WHERE is_ordinary AND NOT is_bad AND NOT is_same
    UNION ALL
    SELECT o.sku_id, o.starts_at, o.ends_at FROM promotions_offeredprice o
    LEFT JOIN festivals_festival f ON f.id = o.festival_id
    WHERE f.programme_type IS DISTINCT FROM 'concentrated'
      AND o.starts_at IS NOT NULL AND o.ends_at IS NOT NULL
      AND o.sku_id IN (SELECT sku_id FROM exchange_judged
          WHERE is_ordinary AND NOT is_bad AND NOT is_same)
      AND NOT EXISTS (SELECT 1 FROM exchange_judged j
          WHERE j.target_id = o.id AND NOT j.is_bad AND NOT j.is_same)
    UNION ALL
    SELECT sku_id, starts_at, balance_ends_at FROM promotions_presale
    WHERE sku_id IN (SELECT sku_id FROM exchange_judged
        WHERE is_ordinary AND NOT is_bad AND NOT is_same)
), days AS (
    SELECT sku_id, (starts_at AT TIME ZONE %(zone)s)::date AS first_on,
        ((ends_at - interval '1 microsecond') AT TIME ZONE %(zone)s)::date AS last_on
    FROM periods
), suspects AS (
    SELECT sku_id FROM days GROUP BY sku_id
    HAVING sum(last_on - first_on + 1) > %(days_max)s
)
SELECT DISTINCT sku_id FROM (
    SELECT d.sku_id
    FROM days d JOIN suspects USING (sku_id)
    CROSS JOIN LATERAL generate_series(d.first_on, d.last_on, interval '1 day') AS g (day_on)
    GROUP BY d.sku_id, date_part('year', g.day_on)
    HAVING count(DISTINCT g.day_on) > %(days_max)s
) found
"""

PLANNED_PERIODS = """
SELECT sku_id, row_number, starts_at, ends_at, target_id FROM exchange_judged
WHERE sku_id = ANY(%(skus)s) AND is_ordinary AND NOT is_bad AND NOT is_same
ORDER BY sku_id, row_number
"""

MARK_BAD = "UPDATE exchange_judged SET is_bad = true WHERE row_number = ANY(%(rows)s)"

COUNT = """
SELECT count(*) FILTER (WHERE NOT is_bad AND NOT is_same AND target_id IS NULL),
    count(*) FILTER (WHERE NOT is_bad AND NOT is_same AND target_id IS NOT NULL),
    count(*) FILTER (WHERE NOT is_bad AND is_same)
FROM (
    SELECT is_bad, is_same, target_id FROM exchange_judged
    UNION ALL
    SELECT is_bad, is_same, target_id FROM exchange_judged_rule
) each_row
"""

# What was there when the rows were judged: another plan that comes between is seen by it.
FINGERPRINT = """
SELECT count(*), coalesce(sum(id), 0) FROM promotions_offeredprice
WHERE sku_id IN (SELECT sku_id FROM exchange_judged)
"""

FINGERPRINT_BEFORE = """
SELECT count(*), coalesce(sum(o.id), 0) FROM promotions_offeredprice o
WHERE o.sku_id IN (
    SELECT k.id FROM catalog_sku k
    JOIN exchange_staged_promotion s ON s.skus = k.code AND s.run_id = %(run)s
    JOIN catalog_product p ON p.id = k.product_id AND (p.stall_id = %(stall)s OR %(stall)s IS NULL)
    WHERE s.rule IS NULL
)
"""

CHANGE_PRICES = """
UPDATE promotions_offeredprice o
SET kind = s.kind, unit_minor = s.unit, starts_at = j.starts_at, ends_at = s.ends_at,
    min_qty = s.min_qty, allotment = s.allotment, per_buyer_max = s.per_buyer, room = s.room,
    is_exclusive = coalesce(s.is_exclusive, false), festival_id = j.festival_id
FROM exchange_judged j
JOIN exchange_staged_promotion s ON s.run_id = %(run)s AND s.row_number = j.row_number
WHERE o.id = j.target_id AND NOT j.is_bad AND NOT j.is_same
"""

ADD_PRICES = """
WITH added AS (
    INSERT INTO promotions_offeredprice (
        sku_id, festival_id, code, kind, unit_minor, starts_at, ends_at, min_qty, room,
        is_exclusive, allotment, taken, per_buyer_max, made_by_id
    )
    SELECT j.sku_id, j.festival_id, s.code, s.kind, s.unit, j.starts_at, s.ends_at, s.min_qty,
        s.room, coalesce(s.is_exclusive, false), s.allotment, 0, s.per_buyer, %(by)s
    FROM exchange_judged j
    JOIN exchange_staged_promotion s ON s.run_id = %(run)s AND s.row_number = j.row_number
    WHERE j.target_id IS NULL AND NOT j.is_bad AND NOT j.is_same
    ORDER BY j.row_number
    RETURNING id
)
SELECT count(*), coalesce(sum(id), 0) FROM added
"""

LOCK_STOCK = """
SELECT i.sku_id FROM inventory_stock i
WHERE i.sku_id IN (SELECT sku_id FROM exchange_judged WHERE NOT is_bad AND NOT is_same)
ORDER BY i.sku_id
FOR UPDATE OF i
"""

SET_UNITS_ASIDE = """
UPDATE inventory_stock i
SET free = i.free - m.units, set_aside = i.set_aside + m.units
FROM (
    SELECT sku_id, sum(more_units)::integer AS units FROM exchange_judged
    WHERE NOT is_bad AND NOT is_same GROUP BY sku_id HAVING sum(more_units) <> 0
) m
WHERE i.sku_id = m.sku_id
RETURNING i.sku_id, i.free
"""

TOUCHED_PRODUCTS = """
SELECT DISTINCT sku_id, product_id FROM exchange_judged
WHERE NOT is_bad AND NOT is_same LIMIT %(count)s
"""

SAMPLES = """
SELECT j.row_number, j.target_id FROM exchange_judged j
WHERE NOT is_bad AND NOT is_same AND (target_id IS NULL) = %(is_new)s
ORDER BY row_number LIMIT %(count)s
"""
