"""What a show knows, as one statement reads it; the shape is `wire.snapshot.ShowSnapshot`."""

from django.db import migrations

FACTS = """
CREATE FUNCTION live_goods_facts(wanted_sku bigint, cap_bps integer, at timestamptz)
RETURNS jsonb LANGUAGE sql STABLE AS $$
    WITH offered AS (
        SELECT id, kind, unit_minor, starts_at, ends_at, allotment - taken AS units_left
        FROM promotions_offeredprice
        WHERE sku_id = wanted_sku
          AND (starts_at IS NULL OR starts_at <= at)
          AND (ends_at IS NULL OR ends_at > at)
          AND (allotment IS NULL OR allotment > taken)
    ), facts AS (
        SELECT k.id AS sku_id, coalesce(s.free, 0) AS free, jsonb_build_object(
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
            'reference_price_minor', k.reference_price_minor,
            'floor_price_minor', k.floor_price_minor,
            'discount_cap_bps', CASE WHEN p.is_fresh THEN 10000 ELSE cap_bps END,
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
        LEFT JOIN inventory_stock s ON s.sku_id = k.id
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

SNAPSHOT = """
CREATE FUNCTION live_show_snapshot(wanted_show bigint) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'show_id', s.id,
        'room_id', r.id,
        'title', jsonb_build_object('vi', s.title_vi, 'en', s.title_en, 'zh', s.title_zh),
        'host_name', h.name,
        'currency', f.currency,
        'at', statement_timestamp(),
        'ends_at', s.ends_at,
        'is_demo', f.is_demo,
        'pinned_sku_id', r.pinned_id,
        'shelf', coalesce((
            SELECT jsonb_agg(
                live_goods_facts(g.sku_id, f.discount_cap_bps, statement_timestamp())
                ORDER BY g.position)
            FROM programme_segment g WHERE g.show_id = s.id), '[]'::jsonb)
    )
    FROM programme_show s
    JOIN live_room r ON r.show_id = s.id
    JOIN programme_host h ON h.id = s.host_id
    JOIN festivals_festival f ON f.id = s.festival_id
    WHERE s.id = wanted_show
$$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("live", "0001_initial"),
        ("inventory", "0001_initial"),
        ("promotions", "0001_initial"),
    ]
    operations = [
        migrations.RunSQL(
            FACTS, "DROP FUNCTION live_goods_facts(bigint, integer, timestamptz);"
        ),
        migrations.RunSQL(SNAPSHOT, "DROP FUNCTION live_show_snapshot(bigint);"),
    ]
