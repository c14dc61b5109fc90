"""What keeps goods and shows off the air, in SQL: asked by pages, media and the AI hosts alike."""

from django.db import migrations

# The same as `domain.vetting.RULES`; a paper of '' means that no show may sell the kind.
NEEDS = """
CREATE FUNCTION goods_needs() RETURNS TABLE (kind text, paper text, of_one_product boolean)
LANGUAGE sql IMMUTABLE AS $$
    VALUES
        ('food', 'food_safety', false),
        ('alcohol', 'alcohol_licence', false),
        ('spirits', '', false),
        ('tobacco', '', false),
        ('infant_milk', '', false),
        ('child_milk', 'product_declaration', true),
        ('child_milk', 'ad_confirmation', true),
        ('supplement', 'product_declaration', true),
        ('supplement', 'ad_confirmation', true),
        ('cosmetic', 'cosmetic_notification', true),
        ('cosmetic', 'ad_confirmation', true),
        ('medicine', '', false)
$$;
"""

STOPS = """
CREATE FUNCTION is_show_stopped(wanted bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM vetting_stop s
        WHERE s.show_id = wanted AND s.kind = 'show_stopped'
          AND NOT EXISTS (SELECT FROM vetting_lift l WHERE l.stop_id = s.id))
$$;
CREATE FUNCTION is_show_muted(wanted bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM vetting_stop s
        WHERE s.show_id = wanted AND s.kind = 'room_muted'
          AND NOT EXISTS (SELECT FROM vetting_lift l WHERE l.stop_id = s.id))
$$;
CREATE FUNCTION is_host_barred(wanted bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM vetting_stop s
        WHERE s.host_id = wanted AND s.kind = 'host_barred'
          AND NOT EXISTS (SELECT FROM vetting_lift l WHERE l.stop_id = s.id))
$$;
CREATE FUNCTION is_taken_down(wanted bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM vetting_stop s
        WHERE s.product_id = wanted AND s.kind = 'goods_taken_down'
          AND NOT EXISTS (SELECT FROM vetting_lift l WHERE l.stop_id = s.id))
$$;
"""
DROP_STOPS = """
DROP FUNCTION is_show_stopped(bigint);
DROP FUNCTION is_show_muted(bigint);
DROP FUNCTION is_host_barred(bigint);
DROP FUNCTION is_taken_down(bigint);
"""

# A day is the day in Vietnam, as in `domain.law.LOCAL`.
GOODS = """
CREATE FUNCTION goods_faults(wanted bigint[], at timestamptz)
RETURNS TABLE (sku_id bigint, code text, paper text) LANGUAGE sql STABLE AS $$
    WITH goods AS (
        SELECT k.id AS sku_id, p.id AS product_id, t.id AS stall_id, t.kind AS stall_kind,
            t.state AS stall_state, p.tags || ARRAY[p.promotion_ban] AS kinds
        FROM catalog_sku k
        JOIN catalog_product p ON p.id = k.product_id
        JOIN sellers_stall t ON t.id = p.stall_id
        WHERE k.id = ANY (wanted)
    ), needed AS (
        SELECT g.sku_id, g.product_id, g.stall_id, n.paper, n.of_one_product
        FROM goods g JOIN goods_needs() n ON n.kind = ANY (g.kinds)
        WHERE n.paper <> ''
        UNION
        SELECT g.sku_id, g.product_id, g.stall_id, 'registration', false
        FROM goods g WHERE g.stall_kind <> 'farmer'
    ), filed AS (
        SELECT n.sku_id, n.paper, coalesce((
            SELECT max(CASE
                WHEN a.valid_until IS NULL
                  OR a.valid_until >= (at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date THEN 2
                ELSE 1 END)
            FROM vetting_stallpaper a
            WHERE a.stall_id = n.stall_id AND a.kind = n.paper AND a.state = 'verified'
              AND (a.product_id = n.product_id OR (a.product_id IS NULL AND NOT n.of_one_product))
        ), 0) AS standing
        FROM needed n
    )
    SELECT g.sku_id, 'goods_taken_down', '' FROM goods g WHERE is_taken_down(g.product_id)
    UNION ALL
    SELECT g.sku_id, 'stall_not_admitted', '' FROM goods g WHERE g.stall_state <> 'admitted'
    UNION ALL
    SELECT DISTINCT g.sku_id, 'goods_forbidden', '' FROM goods g
    JOIN goods_needs() n ON n.kind = ANY (g.kinds) AND n.paper = ''
    UNION ALL
    SELECT f.sku_id,
        CASE WHEN f.standing = 1 THEN 'paper_expired'
             WHEN f.paper = 'ad_confirmation' THEN 'ad_paper_missing'
             ELSE 'paper_missing' END,
        f.paper
    FROM filed f WHERE f.standing < 2
$$;
"""

# Goods that were taken down leave the programme; they do not keep the show off the air.
SHOW = """
CREATE FUNCTION show_hindrances(show bigint, at timestamptz) RETURNS text[]
LANGUAGE sql STABLE AS $$
    WITH shown AS (
        SELECT s.id, s.cancelled_at, h.id AS host_id, h.is_ai
        FROM programme_show s JOIN programme_host h ON h.id = s.host_id WHERE s.id = show
    ), identity AS (
        SELECT max(CASE
            WHEN i.valid_until IS NULL
              OR i.valid_until >= (at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date THEN 2
            ELSE 1 END) AS standing
        FROM vetting_hostidentity i JOIN shown ON shown.host_id = i.host_id
        WHERE i.state = 'verified'
    ), rules AS (
        SELECT r.id FROM vetting_rulestext r WHERE r.published_at <= at
        ORDER BY r.version DESC LIMIT 1
    ), found (place, code) AS (
        SELECT 1, 'cancelled' FROM shown WHERE cancelled_at IS NOT NULL
        UNION ALL
        SELECT 2, 'stopped' WHERE is_show_stopped(show)
        UNION ALL
        SELECT 3, 'host_barred' FROM shown WHERE is_host_barred(host_id)
        UNION ALL
        SELECT 4, CASE WHEN standing IS NULL THEN 'host_unverified' ELSE 'identity_expired' END
        FROM shown, identity WHERE NOT is_ai AND standing IS DISTINCT FROM 2
        UNION ALL
        SELECT 5, 'rules_unpublished' FROM shown
        WHERE NOT is_ai AND NOT EXISTS (SELECT FROM rules)
        UNION ALL
        SELECT 6, 'rules_not_accepted' FROM shown, rules
        WHERE NOT is_ai AND NOT EXISTS (
            SELECT FROM vetting_rulesacceptance a
            WHERE a.rules_id = rules.id AND a.host_id = shown.host_id)
        UNION ALL
        SELECT DISTINCT 7, f.code
        FROM goods_faults(
            (SELECT array_agg(g.sku_id) FROM programme_segment g WHERE g.show_id = show), at) f
        WHERE f.code <> 'goods_taken_down'
    )
    SELECT coalesce(array_agg(code ORDER BY place, code), '{}') FROM found
$$;
"""

# What the organiser took down nobody publishes again, by whatever way, until that is lifted.
KEEP_DOWN = """
CREATE FUNCTION keep_taken_down() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF is_taken_down(NEW.id) THEN
        NEW.state := 'withdrawn';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_taken_down BEFORE UPDATE OF state ON catalog_product FOR EACH ROW
WHEN (NEW.state = 'published' AND OLD.state <> 'published') EXECUTE FUNCTION keep_taken_down();
"""
DROP_KEEP_DOWN = """
DROP TRIGGER keep_taken_down ON catalog_product;
DROP FUNCTION keep_taken_down();
"""

ONLY_ADDED = ("vetting_stop", "vetting_lift", "vetting_rulestext", "vetting_rulesacceptance")
APPEND_ONLY = "\n".join(
    f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
    "FOR EACH ROW EXECUTE FUNCTION refuse_change();"
    for table in ONLY_ADDED
)
DROP_APPEND_ONLY = "\n".join(f"DROP TRIGGER append_only ON {table};" for table in ONLY_ADDED)


class Migration(migrations.Migration):
    dependencies = [
        ("vetting", "0001_initial"),
        ("catalog", "0003_cost_and_promotion_ban"),
        ("programme", "0002_planning"),
    ]
    operations = [
        migrations.RunSQL(NEEDS, "DROP FUNCTION goods_needs();"),
        migrations.RunSQL(STOPS, DROP_STOPS),
        migrations.RunSQL(GOODS, "DROP FUNCTION goods_faults(bigint[], timestamptz);"),
        migrations.RunSQL(SHOW, "DROP FUNCTION show_hindrances(bigint, timestamptz);"),
        migrations.RunSQL(KEEP_DOWN, DROP_KEEP_DOWN),
        migrations.RunSQL(APPEND_ONLY, DROP_APPEND_ONLY),
    ]
