"""A show knows the prices of its own room, the law's reference, and units kept for flash prices."""

from importlib import import_module

from django.db import migrations

_MIGRATIONS = "chophien.apps.live.migrations"
_FACTS = import_module(f"{_MIGRATIONS}.0002_show_snapshot").FACTS
_SNAPSHOT = import_module(f"{_MIGRATIONS}.0002_show_snapshot").SNAPSHOT
_SAY = import_module(f"{_MIGRATIONS}.0003_say").SAY

# A price of this show's room holds for all of its viewers: to them it is a sale price.
FACTS = """
CREATE FUNCTION live_goods_facts(
    wanted_sku bigint, cap_bps integer, wanted_show bigint, at timestamptz
) RETURNS jsonb LANGUAGE sql STABLE AS $$
    WITH offered AS (
        SELECT id, CASE kind WHEN 'room' THEN 'sale' ELSE kind END AS kind, unit_minor,
            starts_at, ends_at, allotment - taken AS units_left
        FROM promotions_offeredprice
        WHERE sku_id = wanted_sku
          AND (kind IN ('sale', 'flash') OR (kind = 'room' AND room = wanted_show))
          AND (starts_at IS NULL OR starts_at <= at)
          AND (ends_at IS NULL OR ends_at > at)
          AND (allotment IS NULL OR allotment > taken)
    ), facts AS (
        SELECT k.id AS sku_id, count_buyable(k.id, at) AS free, jsonb_build_object(
            'sku_id', k.id,
            'product_slug', p.slug,
            'name', jsonb_build_object('vi', p.name_vi, 'en', p.name_en, 'zh', p.name_zh),
            'story', jsonb_build_object('vi', p.story_vi, 'en', p.story_en, 'zh', p.story_zh),
            'stall_slug', t.slug,
            'stall_name', t.name_vi,
            'province', f.name,
            'unit_label', jsonb_build_object('vi', k.unit_vi, 'en', k.unit_en, 'zh', k.unit_zh),
            'picture', p.picture,
            'list_price_minor', k.list_price_minor,
            'reference_price_minor', reference_price(k.id, at),
            'floor_price_minor', k.floor_price_minor,
            'discount_cap_bps', CASE
                WHEN p.promotion_ban <> '' THEN 0 WHEN p.is_fresh THEN 10000 ELSE cap_bps END,
            'on_sale', p.state = 'published' AND t.state = 'admitted',
            'shipping_fee_minor', t.shipping_fee_minor,
            'free_from_minor', t.free_from_minor,
            'ocop_stars', CASE
                WHEN p.ocop_expires_on IS NULL OR p.ocop_expires_on >= at::date
                THEN p.ocop_stars END
        ) AS fixed
        FROM catalog_sku k
        JOIN catalog_product p ON p.id = k.product_id
        JOIN sellers_stall t ON t.id = p.stall_id
        JOIN festivals_formerprovince f ON f.id = p.former_province_id
        WHERE k.id = wanted_sku
    )
    SELECT fixed || jsonb_build_object(
        'free', free,
        'prices', coalesce((SELECT jsonb_agg(jsonb_build_object(
            'id', id::text, 'kind', kind, 'unit_minor', unit_minor,
            'starts_at', starts_at, 'ends_at', ends_at, 'left', units_left
        ) ORDER BY id) FROM offered), '[]'::jsonb),
        'digest', md5(fixed::text || (free > 0)::text || coalesce((
            SELECT string_agg(concat_ws('/', id, kind, unit_minor, ends_at), ',' ORDER BY id)
            FROM offered), ''))
    ) FROM facts
$$;
"""


def _read_fair_clock(function: str, clock: str) -> str:
    changed = function.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1)
    return changed.replace(clock, f"{clock} + fair_offset()")


OLD_SNAPSHOT = _read_fair_clock(_SNAPSHOT, "statement_timestamp()")
OLD_SAY = _read_fair_clock(_SAY, "clock_timestamp()")
SNAPSHOT = OLD_SNAPSHOT.replace("g.sku_id, f.discount_cap_bps,", "g.sku_id, f.discount_cap_bps, s.id,")
SAY = OLD_SAY.replace("live_goods_facts(c.sku_id, cap, start)", "live_goods_facts(c.sku_id, cap, wanted_show, start)")
assert SNAPSHOT != OLD_SNAPSHOT and SAY != OLD_SAY


class Migration(migrations.Migration):
    dependencies = [("live", "0004_fair_clock"), ("promotions", "0003_prices_are_history")]
    operations = [
        migrations.RunSQL(
            FACTS, "DROP FUNCTION live_goods_facts(bigint, integer, bigint, timestamptz);"
        ),
        migrations.RunSQL(SNAPSHOT, OLD_SNAPSHOT),
        migrations.RunSQL(SAY, OLD_SAY),
        migrations.RunSQL("DROP FUNCTION live_goods_facts(bigint, integer, timestamptz);", _FACTS),
    ]
