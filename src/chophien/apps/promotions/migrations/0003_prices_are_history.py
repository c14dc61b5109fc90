"""What a price was is never rewritten, and what a price is measured against is read from that."""

from django.db import migrations

GUARD = """
CREATE FUNCTION refuse_rewritten_price() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.starts_at IS NOT NULL AND OLD.starts_at > fair_now() THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a price that was offered stays in the history';
    END IF;
    IF (NEW.sku_id, NEW.kind, NEW.unit_minor, NEW.is_exclusive)
        IS DISTINCT FROM (OLD.sku_id, OLD.kind, OLD.unit_minor, OLD.is_exclusive)
        OR NEW.starts_at IS DISTINCT FROM OLD.starts_at
        OR NEW.min_qty IS DISTINCT FROM OLD.min_qty
        OR NEW.room IS DISTINCT FROM OLD.room
    THEN
        RAISE EXCEPTION 'a price that was offered is not changed; end it and offer another';
    END IF;
    IF NEW.ends_at IS DISTINCT FROM OLD.ends_at AND (
        OLD.ends_at <= fair_now() OR NEW.ends_at IS NULL OR NEW.ends_at > OLD.ends_at
        OR NEW.ends_at < fair_now() - interval '1 minute'
    ) THEN
        RAISE EXCEPTION 'a price that was offered may only end sooner, and not in the past';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER offered_price_is_history
BEFORE UPDATE OR DELETE ON promotions_offeredprice
FOR EACH ROW EXECUTE FUNCTION refuse_rewritten_price();
"""

# The list price just before the first of the promotions that run at `at`; the oldest known one
# when they began with the sku, the present one when none runs.
REFERENCE = """
CREATE FUNCTION reference_price(wanted_sku bigint, at timestamptz) RETURNS bigint
LANGUAGE sql STABLE AS $$
    WITH began AS (
        SELECT min(coalesce(starts_at, '-infinity')) AS began_at
        FROM promotions_offeredprice
        WHERE sku_id = wanted_sku
          AND (starts_at IS NULL OR starts_at <= at) AND (ends_at IS NULL OR ends_at > at)
    )
    SELECT coalesce(
        (SELECT c.list_price_minor FROM catalog_listpricechange c, began
         WHERE c.sku_id = wanted_sku AND c.changed_at < began.began_at
         ORDER BY c.changed_at DESC, c.id DESC LIMIT 1),
        (SELECT c.list_price_minor FROM catalog_listpricechange c, began
         WHERE c.sku_id = wanted_sku AND began.began_at IS NOT NULL
         ORDER BY c.changed_at, c.id LIMIT 1),
        (SELECT k.list_price_minor FROM catalog_sku k WHERE k.id = wanted_sku)
    )
$$;
"""

# Units that can be bought at `at`: free ones, and those set aside for flash prices under way.
BUYABLE = """
CREATE FUNCTION count_buyable(wanted_sku bigint, at timestamptz) RETURNS integer
LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT s.free FROM inventory_stock s WHERE s.sku_id = wanted_sku), 0)
        + coalesce((SELECT sum(p.allotment - p.taken)::integer FROM promotions_offeredprice p
            WHERE p.sku_id = wanted_sku AND p.kind = 'flash' AND p.closed_at IS NULL
              AND (p.starts_at IS NULL OR p.starts_at <= at)
              AND (p.ends_at IS NULL OR p.ends_at > at)), 0)
$$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("promotions", "0002_every_kind_of_promotion"),
        ("inventory", "0002_units_set_aside"),
        ("catalog", "0003_cost_and_promotion_ban"),
    ]
    operations = [
        migrations.RunSQL(
            GUARD,
            """
            DROP TRIGGER offered_price_is_history ON promotions_offeredprice;
            DROP FUNCTION refuse_rewritten_price();
            """,
        ),
        migrations.RunSQL(REFERENCE, "DROP FUNCTION reference_price(bigint, timestamptz);"),
        migrations.RunSQL(BUYABLE, "DROP FUNCTION count_buyable(bigint, timestamptz);"),
    ]
