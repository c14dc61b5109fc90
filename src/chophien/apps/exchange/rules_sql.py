"""Offers and coupons of a file against the fair: `exchange_judged_rule`, one row for each."""

from chophien.apps.exchange.wording import fill

_FAULT = """
INSERT INTO exchange_importfault (run_id, "row", "column", value, reason, allowed, is_of_check)
"""

JUDGE_RULES = """
CREATE TEMP TABLE exchange_judged_rule ON COMMIT DROP AS
WITH named AS (
    SELECT s.*, coalesce(%(stall)s, t.id) AS stall_id, f.id AS festival_id,
        s.kind IN ('spend_save', 'nth_unit', 'bundle') AS is_offer,
        s.kind IN ('platform_coupon', 'red_packet') AS is_of_organiser,
        s.stall IS NOT NULL AND (t.id IS NULL OR t.id <> coalesce(%(stall)s, t.id)) AS is_elsewhere,
        CASE s.kind WHEN 'coupon' THEN 'seller' WHEN 'platform_coupon' THEN 'platform'
            ELSE s.kind END AS issuer,
        (SELECT array_agg(split_part(item, ' x', 1))
         FROM unnest(string_to_array(s.skus, '; ')) AS item) AS sku_codes
    FROM exchange_staged_promotion s
    LEFT JOIN sellers_stall t ON t.slug = s.stall
    LEFT JOIN festivals_festival f ON f.slug = s.festival
    WHERE s.run_id = %(run)s AND s.rule IS NOT NULL
), matched AS (
    SELECT n.*, coalesce(o.id, c.id) AS target_id,
        c.id IS NOT NULL AND c.stall_id IS DISTINCT FROM n.stall_id AND NOT n.is_of_organiser
            AS is_others,
        o.id IS NOT NULL AND (
            o.kind, o.rule, o.starts_at, o.ends_at, o.budget_minor
        ) IS NOT DISTINCT FROM (n.kind, n.rule, n.starts_at, n.ends_at, n.budget)
        OR c.id IS NOT NULL AND (
            c.issuer, c.rule, c.starts_at, c.ends_at, c.budget_minor, c.count_max,
            c.per_buyer_max, c.way, c.claim_starts_at, c.claim_ends_at
        ) IS NOT DISTINCT FROM (
            n.issuer, n.rule, n.starts_at, n.ends_at, n.budget, n.count_max,
            coalesce(n.per_buyer, 1), coalesce(n.way, 'claim'), n.claim_starts_at, n.claim_ends_at
        ) AS is_same,
        o.id IS NOT NULL AND (o.spent_minor > 0 OR coalesce(o.starts_at <= %(at)s, true))
        OR c.id IS NOT NULL AND (c.claimed > 0 OR c.spent_minor > 0) AS is_started,
        (SELECT string_agg(wanted, '; ') FROM unnest(n.sku_codes) AS wanted WHERE NOT EXISTS (
            SELECT 1 FROM catalog_sku k JOIN catalog_product p ON p.id = k.product_id
            WHERE k.code = wanted AND (p.stall_id = n.stall_id OR n.is_of_organiser)
        )) AS unknown_skus,
        (SELECT string_agg(k.code, '; ') FROM catalog_sku k
         JOIN catalog_product p ON p.id = k.product_id
         WHERE k.code = ANY(n.sku_codes) AND p.promotion_ban <> '') AS banned_skus
    FROM named n
    LEFT JOIN (
        SELECT *, CASE WHEN code = '' THEN '#' || id ELSE code END AS name FROM promotions_offer
    ) o ON n.is_offer AND o.stall_id = n.stall_id AND o.name = n.code
    LEFT JOIN (
        SELECT *, CASE WHEN code = '' THEN '#' || id ELSE code END AS name FROM promotions_coupon
    ) c ON NOT n.is_offer AND c.festival_id = n.festival_id AND c.name = n.code
), flagged AS (
    SELECT m.*,
        coalesce(ends_at <= starts_at, false) AS ends_first,
        coalesce(claim_ends_at <= claim_starts_at, false) AS claim_ends_first,
        left(code, 1) = '#' AND target_id IS NULL AS has_no_target,
        festival IS NOT NULL AND festival_id IS NULL AS has_no_festival,
        stall_id IS NULL AND NOT is_of_organiser AS has_no_stall,
        is_of_organiser AND %(stall)s::bigint IS NOT NULL AS is_forbidden,
        min(row_number) OVER (
            PARTITION BY is_offer, CASE WHEN is_offer THEN stall_id ELSE festival_id END, code
        ) AS first_row
    FROM matched m
)
SELECT row_number, stall_id, festival_id, target_id, is_offer, is_of_organiser, issuer, is_same,
    is_started, sku_codes, has_no_target, has_no_festival, has_no_stall, is_forbidden, is_elsewhere,
    is_others, unknown_skus, banned_skus, first_row, code, stall, festival, ends_at, ends_first, claim_ends_first,
    has_no_target OR has_no_festival OR has_no_stall OR is_forbidden OR is_others OR is_elsewhere
        OR row_number > first_row OR unknown_skus IS NOT NULL OR (NOT is_same AND (
            is_started OR (is_offer AND banned_skus IS NOT NULL) OR ends_first OR claim_ends_first
        )) AS is_bad
FROM flagged
"""

FAULTS_OF_RULES = fill(
    """
{_FAULT}
SELECT %(run)s, j.row_number, f.name, coalesce(left(f.value, 200), ''), f.reason,
    coalesce(left(f.allowed, 120), ''), true
FROM exchange_judged_rule j
CROSS JOIN LATERAL (VALUES
    ('kind', j.issuer, 'organiser_only', NULL, j.is_forbidden),
    ('stall', j.stall, 'unknown', NULL, j.is_elsewhere),
    ('stall', j.stall, 'needed_for_kind', NULL, j.has_no_stall AND NOT j.is_elsewhere),
    ('festival', j.festival, 'unknown', NULL, j.has_no_festival),
    ('code', j.code, 'unknown', NULL, j.has_no_target AND NOT j.has_no_stall),
    ('code', j.code, 'not_yours', NULL, j.is_others),
    ('code', j.code, 'row_twice', j.first_row::text, j.row_number > j.first_row),
    ('code', j.code, 'started', NULL, j.is_started AND NOT j.is_same),
    ('skus', j.unknown_skus, 'unknown', NULL, j.unknown_skus IS NOT NULL AND NOT j.has_no_stall),
    ('skus', j.banned_skus, 'banned', NULL,
        j.is_offer AND j.banned_skus IS NOT NULL AND NOT j.is_same),
    ('ends', j.ends_at::text, 'ends_first', NULL, j.ends_first AND NOT j.is_same),
    ('claim_ends', NULL, 'ends_first', NULL, j.claim_ends_first AND NOT j.is_same)
) AS f (name, value, reason, allowed, is_there)
WHERE j.is_bad AND f.is_there
""",
    _FAULT=_FAULT,
)

_TO_APPLY = """
FROM exchange_judged_rule j
JOIN exchange_staged_promotion s ON s.run_id = %(run)s AND s.row_number = j.row_number
"""

_SKU_IDS = """
(SELECT array_agg(k.id ORDER BY k.id) FROM catalog_sku k WHERE k.code = ANY(j.sku_codes))
"""

CHANGE_OFFERS = fill(
    """
UPDATE promotions_offer o
SET kind = s.kind, rule = s.rule, starts_at = s.starts_at, ends_at = s.ends_at,
    budget_minor = s.budget, sku_ids = {_SKU_IDS}
{_TO_APPLY}
WHERE o.id = j.target_id AND j.is_offer AND NOT j.is_bad AND NOT j.is_same
""",
    _SKU_IDS=_SKU_IDS,
    _TO_APPLY=_TO_APPLY,
)

ADD_OFFERS = fill(
    """
INSERT INTO promotions_offer (
    stall_id, code, kind, rule, sku_ids, starts_at, ends_at, budget_minor, spent_minor,
    made_by_id, made_at
)
SELECT j.stall_id, s.code, s.kind, s.rule, {_SKU_IDS}, s.starts_at, s.ends_at, s.budget, 0,
    %(by)s, %(at)s
{_TO_APPLY}
WHERE j.target_id IS NULL AND j.is_offer AND NOT j.is_bad
ORDER BY j.row_number
""",
    _SKU_IDS=_SKU_IDS,
    _TO_APPLY=_TO_APPLY,
)

CHANGE_COUPONS = fill(
    """
UPDATE promotions_coupon c
SET issuer = j.issuer, rule = s.rule, starts_at = s.starts_at, ends_at = s.ends_at,
    budget_minor = s.budget, count_max = s.count_max, per_buyer_max = coalesce(s.per_buyer, 1),
    way = coalesce(s.way, 'claim'), claim_starts_at = s.claim_starts_at,
    claim_ends_at = s.claim_ends_at
{_TO_APPLY}
WHERE c.id = j.target_id AND NOT j.is_offer AND NOT j.is_bad AND NOT j.is_same
""",
    _TO_APPLY=_TO_APPLY,
)

ADD_COUPONS = fill(
    """
INSERT INTO promotions_coupon (
    festival_id, stall_id, code, issuer, way, rule, starts_at, ends_at, claim_starts_at,
    claim_ends_at, budget_minor, spent_minor, count_max, claimed, per_buyer_max, made_by_id, made_at
)
SELECT j.festival_id, CASE WHEN j.is_of_organiser THEN NULL ELSE j.stall_id END, s.code, j.issuer,
    coalesce(s.way, 'claim'), s.rule, s.starts_at, s.ends_at, s.claim_starts_at, s.claim_ends_at,
    s.budget, 0, s.count_max, 0, coalesce(s.per_buyer, 1), %(by)s, %(at)s
{_TO_APPLY}
WHERE j.target_id IS NULL AND NOT j.is_offer AND NOT j.is_bad
ORDER BY j.row_number
""",
    _TO_APPLY=_TO_APPLY,
)

_SAMPLES = """
SELECT row_number, target_id FROM exchange_judged_rule
WHERE NOT is_bad AND NOT is_same AND (target_id IS NULL) = %(is_new)s
"""

SAMPLES_OF_OFFERS = fill(
    "{_SAMPLES} AND is_offer ORDER BY row_number LIMIT %(count)s", _SAMPLES=_SAMPLES
)

SAMPLES_OF_COUPONS = fill(
    "{_SAMPLES} AND NOT is_offer ORDER BY row_number LIMIT %(count)s", _SAMPLES=_SAMPLES
)
