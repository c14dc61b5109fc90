"""Goods of a file against the fair's: one row for each sku; its product's cells stand in each.

The first row of a product says what the product is; later rows of it may leave those cells empty
or repeat them. An empty cell leaves what is there.
"""

from chophien.apps.exchange.wording import fill

_FAULT = """
INSERT INTO exchange_importfault (run_id, "row", "column", value, reason, allowed, is_of_check)
"""

# Columns of a product, which rows of the same product share.
PRODUCT_COLUMNS = (
    "name_vi", "name_en", "name_zh", "story_vi", "story_en", "story_zh", "province", "picture",
    "tags", "is_fresh", "ban", "ocop_stars", "ocop_expires_on", "state",
)  # fmt: skip

_DIFFERS = " OR ".join(f"s.{name} <> h.{name}" for name in PRODUCT_COLUMNS)
_FIRST_DIFFERENT = " ".join(f"WHEN s.{name} <> h.{name} THEN '{name}'" for name in PRODUCT_COLUMNS)

JUDGE = fill(
    """
CREATE TEMP TABLE exchange_judged ON COMMIT DROP AS
WITH heads AS (
    SELECT DISTINCT ON (product) * FROM exchange_staged_goods
    WHERE run_id = %(run)s ORDER BY product, row_number
), matched AS (
    SELECT s.row_number, s.sku, s.product, h.row_number AS head_row,
        min(s.row_number) OVER (PARTITION BY s.sku) AS first_row,
        p.id AS product_id, k.id AS target_id, k.id AS sku_id, f.id AS province_id,
        coalesce(%(stall)s, t.id, p.stall_id) AS stall_id,
        s.stall IS NOT NULL AND (t.id IS NULL OR t.id <> coalesce(%(stall)s, t.id)) AS is_elsewhere,
        p.stall_id <> coalesce(%(stall)s, t.id, p.stall_id) AS is_others_product,
        k.product_id IS DISTINCT FROM p.id AND k.id IS NOT NULL AS is_others_sku,
        {_DIFFERS} AS is_contrary,
        CASE {_FIRST_DIFFERENT} END AS contrary,
        p.id IS NULL AND h.name_vi IS NULL AS has_no_name,
        p.id IS NULL AND h.picture IS NULL AS has_no_picture,
        k.id IS NULL AND s.unit_vi IS NULL AS has_no_unit,
        k.id IS NULL AND s.list_price IS NULL AS has_no_price,
        %(stall)s::bigint IS NOT NULL AND p.promotion_ban <> '' AND h.ban <> p.promotion_ban
            AS lifts_ban,
        %(stall)s::bigint IS NOT NULL AND p.state = 'withdrawn' AND h.state = 'published'
            AS overrides_withdrawal,
        s.on_hand < i.on_hand - i.free AS brings_too_few, i.on_hand - i.free AS on_hand_min,
        s.on_hand - coalesce(i.on_hand, 0) AS more_units,
        (coalesce(s.unit_vi, k.unit_vi), coalesce(s.unit_en, k.unit_en),
            coalesce(s.unit_zh, k.unit_zh), coalesce(s.list_price, k.list_price_minor),
            coalesce(s.floor_price, k.floor_price_minor),
            coalesce(s.cost_price, k.cost_price_minor),
            coalesce(s.on_hand, i.on_hand, 0))
        IS NOT DISTINCT FROM
        (k.unit_vi, k.unit_en, k.unit_zh, k.list_price_minor, k.floor_price_minor,
            k.cost_price_minor, coalesce(i.on_hand, 0)) AS is_sku_same,
        (coalesce(h.name_vi, p.name_vi), coalesce(h.name_en, p.name_en),
            coalesce(h.name_zh, p.name_zh), coalesce(h.story_vi, p.story_vi),
            coalesce(h.story_en, p.story_en), coalesce(h.story_zh, p.story_zh),
            coalesce(f.id, p.former_province_id), coalesce(h.picture, p.picture),
            coalesce(h.tags, p.tags::text[]), coalesce(h.is_fresh, p.is_fresh),
            coalesce(h.ban, p.promotion_ban), coalesce(h.ocop_stars, p.ocop_stars),
            coalesce(h.ocop_expires_on, p.ocop_expires_on), coalesce(h.state, p.state))
        IS NOT DISTINCT FROM
        (p.name_vi, p.name_en, p.name_zh, p.story_vi, p.story_en, p.story_zh,
            p.former_province_id, p.picture, p.tags::text[], p.is_fresh, p.promotion_ban,
            p.ocop_stars, p.ocop_expires_on, p.state) AS is_product_same,
        s.list_price IS DISTINCT FROM k.list_price_minor AND s.list_price IS NOT NULL
            AS is_list_changed
    FROM exchange_staged_goods s
    JOIN heads h ON h.product = s.product
    LEFT JOIN sellers_stall t ON t.slug = s.stall
    LEFT JOIN catalog_product p ON p.slug = s.product
    LEFT JOIN catalog_sku k ON k.code = s.sku
    LEFT JOIN inventory_stock i ON i.sku_id = k.id
    LEFT JOIN festivals_formerprovince f ON f.slug = h.province
    WHERE s.run_id = %(run)s
)
SELECT *, is_sku_same AND is_product_same AS is_same,
    is_elsewhere OR coalesce(is_others_product, false) OR is_others_sku
    OR coalesce(is_contrary, false)
    OR has_no_name OR has_no_picture OR has_no_unit OR has_no_price OR stall_id IS NULL
    OR coalesce(lifts_ban, false) OR coalesce(overrides_withdrawal, false)
    OR coalesce(brings_too_few, false) OR row_number > first_row AS is_bad
FROM matched
""",
    _DIFFERS=_DIFFERS,
    _FIRST_DIFFERENT=_FIRST_DIFFERENT,
)

FAULTS = fill(
    """
{_FAULT}
SELECT %(run)s, j.row_number, f.name, coalesce(left(f.value, 200), ''), f.reason,
    coalesce(f.allowed, ''), true
FROM exchange_judged j
JOIN exchange_staged_goods s ON s.run_id = %(run)s AND s.row_number = j.row_number
CROSS JOIN LATERAL (VALUES
    ('stall', s.stall, 'unknown', NULL, j.is_elsewhere),
    ('stall', '', 'missing', NULL, j.stall_id IS NULL AND NOT j.is_elsewhere),
    ('product', j.product, 'not_yours', NULL, j.is_others_product AND NOT j.is_elsewhere),
    ('sku', j.sku, 'not_yours', NULL, j.is_others_sku),
    ('sku', j.sku, 'row_twice', j.first_row::text, j.row_number > j.first_row),
    (j.contrary, '', 'differs_from_row', j.head_row::text, j.is_contrary),
    ('name_vi', '', 'missing', NULL, j.has_no_name),
    ('picture', '', 'missing', NULL, j.has_no_picture),
    ('unit_vi', '', 'missing', NULL, j.has_no_unit),
    ('list_price', '', 'missing', NULL, j.has_no_price),
    ('ban', s.ban, 'organiser_only', NULL, j.lifts_ban),
    ('state', s.state, 'organiser_only', NULL, j.overrides_withdrawal),
    ('on_hand', s.on_hand::text, 'too_small', j.on_hand_min::text, j.brings_too_few)
) AS f (name, value, reason, allowed, is_there)
WHERE j.is_bad AND f.is_there
""",
    _FAULT=_FAULT,
)

# A product comes in as a whole: where the row that describes it is bad, so are its others.
FOLLOW_HEADS = fill(
    """
WITH followers AS (
    UPDATE exchange_judged j SET is_bad = true
    FROM exchange_judged h
    WHERE h.row_number = j.head_row AND h.is_bad AND NOT j.is_bad AND j.product_id IS NULL
    RETURNING j.row_number, j.product, j.head_row
)
{_FAULT}
SELECT %(run)s, row_number, 'product', product, 'differs_from_row', head_row::text, true
FROM followers
""",
    _FAULT=_FAULT,
)

COUNT = """
SELECT count(*) FILTER (WHERE NOT is_bad AND target_id IS NULL),
    count(*) FILTER (WHERE NOT is_bad AND NOT is_same AND target_id IS NOT NULL),
    count(*) FILTER (WHERE NOT is_bad AND is_same)
FROM exchange_judged
"""

_HEADS = """
FROM exchange_judged j
JOIN exchange_staged_goods s ON s.run_id = %(run)s AND s.row_number = j.head_row
"""

ADD_PRODUCTS = fill(
    """
INSERT INTO catalog_product (
    slug, stall_id, former_province_id, name_vi, name_en, name_zh, story_vi, story_en, story_zh,
    picture, tags, is_fresh, promotion_ban, ocop_stars, ocop_expires_on, state
)
SELECT s.product, j.stall_id, coalesce(j.province_id, t.former_province_id), s.name_vi,
    coalesce(s.name_en, ''), coalesce(s.name_zh, ''), coalesce(s.story_vi, ''),
    coalesce(s.story_en, ''), coalesce(s.story_zh, ''), s.picture, coalesce(s.tags, '{}'),
    coalesce(s.is_fresh, false), coalesce(s.ban, ''), s.ocop_stars, s.ocop_expires_on,
    coalesce(s.state, 'draft')
{_HEADS}
JOIN sellers_stall t ON t.id = j.stall_id
WHERE j.product_id IS NULL AND NOT j.is_bad AND j.row_number = j.head_row
ORDER BY j.row_number
""",
    _HEADS=_HEADS,
)

CHANGE_PRODUCTS = fill(
    """
UPDATE catalog_product p
SET name_vi = coalesce(s.name_vi, p.name_vi), name_en = coalesce(s.name_en, p.name_en),
    name_zh = coalesce(s.name_zh, p.name_zh), story_vi = coalesce(s.story_vi, p.story_vi),
    story_en = coalesce(s.story_en, p.story_en), story_zh = coalesce(s.story_zh, p.story_zh),
    former_province_id = coalesce(j.province_id, p.former_province_id),
    picture = coalesce(s.picture, p.picture), tags = coalesce(s.tags, p.tags::text[]),
    is_fresh = coalesce(s.is_fresh, p.is_fresh), promotion_ban = coalesce(s.ban, p.promotion_ban),
    ocop_stars = coalesce(s.ocop_stars, p.ocop_stars),
    ocop_expires_on = coalesce(s.ocop_expires_on, p.ocop_expires_on),
    state = coalesce(s.state, p.state)
{_HEADS}
WHERE p.id = j.product_id AND NOT j.is_bad AND NOT j.is_product_same
""",
    _HEADS=_HEADS,
)

# Each sku finds the product that may just have been added.
FIND_PRODUCTS = """
UPDATE exchange_judged j SET product_id = p.id
FROM catalog_product p WHERE p.slug = j.product AND j.product_id IS NULL AND NOT j.is_bad
"""

ADD_SKUS = """
INSERT INTO catalog_sku (
    product_id, code, position, unit_vi, unit_en, unit_zh, list_price_minor,
    floor_price_minor, cost_price_minor
)
SELECT j.product_id, s.sku,
    least((SELECT count(*) FROM catalog_sku k WHERE k.product_id = j.product_id)
        + row_number() OVER (PARTITION BY j.product_id ORDER BY j.row_number) - 1, 32767),
    s.unit_vi, coalesce(s.unit_en, ''), coalesce(s.unit_zh, ''), s.list_price,
    coalesce(s.floor_price, 0), s.cost_price
FROM exchange_judged j
JOIN exchange_staged_goods s ON s.run_id = %(run)s AND s.row_number = j.row_number
WHERE j.target_id IS NULL AND NOT j.is_bad
ORDER BY j.row_number
"""

CHANGE_SKUS = """
UPDATE catalog_sku k
SET unit_vi = coalesce(s.unit_vi, k.unit_vi), unit_en = coalesce(s.unit_en, k.unit_en),
    unit_zh = coalesce(s.unit_zh, k.unit_zh),
    list_price_minor = coalesce(s.list_price, k.list_price_minor),
    floor_price_minor = coalesce(s.floor_price, k.floor_price_minor),
    cost_price_minor = coalesce(s.cost_price, k.cost_price_minor)
FROM exchange_judged j
JOIN exchange_staged_goods s ON s.run_id = %(run)s AND s.row_number = j.row_number
WHERE k.id = j.target_id AND NOT j.is_bad AND NOT j.is_sku_same
"""

FIND_SKUS = """
UPDATE exchange_judged j SET sku_id = k.id
FROM catalog_sku k WHERE k.code = j.sku AND j.sku_id IS NULL AND NOT j.is_bad
"""

REMEMBER_PRICES = """
INSERT INTO catalog_listpricechange (sku_id, list_price_minor, changed_at, changed_by_id)
SELECT j.sku_id, s.list_price, %(at)s, %(by)s
FROM exchange_judged j
JOIN exchange_staged_goods s ON s.run_id = %(run)s AND s.row_number = j.row_number
WHERE NOT j.is_bad AND j.is_list_changed
ORDER BY j.row_number
"""

LOCK_STOCK = """
SELECT i.sku_id FROM inventory_stock i
WHERE i.sku_id IN (SELECT sku_id FROM exchange_judged WHERE NOT is_bad AND more_units <> 0)
ORDER BY i.sku_id
FOR UPDATE OF i
"""

# The number in the file is of all units ever brought: what is more, or less, is of free ones.
BRING_UNITS = """
INSERT INTO inventory_stock AS i (sku_id, stall_id, on_hand, free, set_aside, held, sold)
SELECT j.sku_id, p.stall_id, s.on_hand, s.on_hand, 0, 0, 0
FROM exchange_judged j
JOIN exchange_staged_goods s ON s.run_id = %(run)s AND s.row_number = j.row_number
JOIN catalog_product p ON p.id = j.product_id
WHERE NOT j.is_bad AND j.more_units <> 0
ORDER BY j.sku_id
ON CONFLICT (sku_id) DO UPDATE
SET free = i.free + excluded.on_hand - i.on_hand, on_hand = excluded.on_hand
"""

TOUCHED_PRODUCTS = """
SELECT DISTINCT sku_id, product_id FROM exchange_judged
WHERE NOT is_bad AND NOT is_same LIMIT %(count)s
"""

PRODUCTS_TO_INDEX = """
SELECT DISTINCT product_id FROM exchange_judged WHERE NOT is_bad AND NOT is_product_same
"""

SAMPLES = """
SELECT row_number, target_id FROM exchange_judged
WHERE NOT is_bad AND NOT is_same AND (target_id IS NULL) = %(is_new)s
ORDER BY row_number LIMIT %(count)s
"""
