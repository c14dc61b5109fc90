"""Serial numbers of orders, and guards around rows that the database does not check one by one."""

import secrets

from django.db import migrations

from chophien.domain.orders import KEY_BYTES

# One step gives 64 serial numbers: the hot lane uses them all, a cart's check-out the first.
SERIAL = """CREATE SEQUENCE orders_serial AS bigint INCREMENT BY 64
MINVALUE 0 MAXVALUE 1099511627712"""

# What foreign keys would refuse on the side of what is named: once for a deletion, instead of
# once for every order. Arguments: a table and its column that names the row, and so on.
KEEP_NAMED = """
CREATE FUNCTION refuse_while_named() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    is_named boolean;
BEGIN
    FOR nth IN 0 .. TG_NARGS / 2 - 1 LOOP
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I WHERE %I = $1)',
            TG_ARGV[2 * nth], TG_ARGV[2 * nth + 1]) INTO is_named USING OLD.id;
        IF is_named THEN
            RAISE EXCEPTION '% % is named by %: it stays', TG_TABLE_NAME, OLD.id, TG_ARGV[2 * nth]
                USING ERRCODE = 'foreign_key_violation';
        END IF;
    END LOOP;
    RETURN OLD;
END $$;
CREATE TRIGGER named_by_orders BEFORE DELETE ON catalog_sku FOR EACH ROW
EXECUTE FUNCTION refuse_while_named('orders_orderline', 'sku_id', 'inventory_hold', 'sku_id');
CREATE TRIGGER named_by_orders BEFORE DELETE ON sellers_stall FOR EACH ROW
EXECUTE FUNCTION refuse_while_named('orders_stallorder', 'stall_id');
CREATE TRIGGER named_by_orders BEFORE DELETE ON accounts_user FOR EACH ROW
EXECUTE FUNCTION refuse_while_named('orders_order', 'user_id');
CREATE TRIGGER named_by_orders BEFORE DELETE ON festivals_festival FOR EACH ROW
EXECUTE FUNCTION refuse_while_named('orders_order', 'festival_id');
CREATE TRIGGER named_by_orders BEFORE DELETE ON festivals_province FOR EACH ROW
EXECUTE FUNCTION refuse_while_named('orders_order', 'province_id');
CREATE TRIGGER named_by_orders BEFORE DELETE ON orders_pricedrequest FOR EACH ROW
EXECUTE FUNCTION refuse_while_named('orders_order', 'priced_id');
CREATE TRIGGER named_by_orders BEFORE DELETE ON orders_order FOR EACH ROW
EXECUTE FUNCTION refuse_while_named('orders_stallorder', 'order_id');
CREATE TRIGGER named_by_orders BEFORE DELETE ON orders_stallorder FOR EACH ROW
EXECUTE FUNCTION refuse_while_named('orders_orderline', 'stall_order_id',
    'payments_payment', 'stall_order_id', 'inventory_hold', 'stall_order');
"""
DROP_GUARDS = "".join(
    f"DROP TRIGGER named_by_orders ON {table};"
    for table in (
        "catalog_sku", "sellers_stall", "accounts_user", "festivals_festival",
        "festivals_province", "orders_pricedrequest", "orders_order", "orders_stallorder",
    )
) + "DROP FUNCTION refuse_while_named();"  # fmt: skip

# A ready quote holds as long as nothing that it was priced from changes. Each trigger looks at
# all rows of a statement at once, so that an import of a million prices costs one look.
RETIRE = """
CREATE FUNCTION retire_ready_quotes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'promotions_offeredprice' THEN
        IF TG_OP = 'UPDATE' THEN
            UPDATE orders_readyquote q SET retired_at = now()
            FROM new_rows n JOIN old_rows o USING (id)
            WHERE q.retired_at IS NULL AND q.sku_id = n.sku_id
              AND (n.unit_minor, n.starts_at, n.ends_at, n.is_exclusive, n.closed_at, n.per_buyer_max)
                IS DISTINCT FROM
                (o.unit_minor, o.starts_at, o.ends_at, o.is_exclusive, o.closed_at, o.per_buyer_max);
        ELSIF TG_OP = 'INSERT' THEN
            UPDATE orders_readyquote q SET retired_at = now()
            FROM new_rows n WHERE q.retired_at IS NULL AND q.sku_id = n.sku_id;
        ELSE
            UPDATE orders_readyquote q SET retired_at = now()
            FROM old_rows o WHERE q.retired_at IS NULL AND q.sku_id = o.sku_id;
        END IF;
    ELSIF TG_TABLE_NAME = 'promotions_offer' THEN
        IF TG_OP = 'INSERT' THEN
            UPDATE orders_readyquote q SET retired_at = now()
            FROM new_rows n WHERE q.retired_at IS NULL AND q.stall_id = n.stall_id;
        ELSIF TG_OP = 'UPDATE' THEN
            UPDATE orders_readyquote q SET retired_at = now()
            FROM new_rows n JOIN old_rows o USING (id)
            WHERE q.retired_at IS NULL AND q.stall_id = n.stall_id
              AND (n.rule, n.starts_at, n.ends_at, n.budget_minor, n.sku_ids)
                IS DISTINCT FROM (o.rule, o.starts_at, o.ends_at, o.budget_minor, o.sku_ids);
        ELSE
            UPDATE orders_readyquote q SET retired_at = now()
            FROM old_rows o WHERE q.retired_at IS NULL AND q.stall_id = o.stall_id;
        END IF;
    ELSIF TG_TABLE_NAME = 'promotions_crossstore' THEN
        IF TG_OP = 'INSERT' THEN
            UPDATE orders_readyquote q SET retired_at = now()
            FROM new_rows n WHERE q.retired_at IS NULL AND q.festival_id = n.festival_id;
        ELSIF TG_OP = 'UPDATE' THEN
            UPDATE orders_readyquote q SET retired_at = now()
            FROM new_rows n JOIN old_rows o USING (id)
            WHERE q.retired_at IS NULL AND q.festival_id = n.festival_id
              AND (n.rule, n.starts_at, n.ends_at, n.budget_minor)
                IS DISTINCT FROM (o.rule, o.starts_at, o.ends_at, o.budget_minor);
        ELSE
            UPDATE orders_readyquote q SET retired_at = now()
            FROM old_rows o WHERE q.retired_at IS NULL AND q.festival_id = o.festival_id;
        END IF;
    ELSIF TG_TABLE_NAME = 'catalog_sku' THEN
        UPDATE orders_readyquote q SET retired_at = now()
        FROM new_rows n WHERE q.retired_at IS NULL AND q.sku_id = n.id;
    ELSIF TG_TABLE_NAME = 'catalog_product' THEN
        UPDATE orders_readyquote q SET retired_at = now()
        FROM new_rows n JOIN catalog_sku k ON k.product_id = n.id
        WHERE q.retired_at IS NULL AND q.sku_id = k.id;
    ELSIF TG_TABLE_NAME = 'sellers_stall' THEN
        UPDATE orders_readyquote q SET retired_at = now()
        FROM new_rows n WHERE q.retired_at IS NULL AND q.stall_id = n.id;
    ELSE
        UPDATE orders_readyquote q SET retired_at = now()
        FROM new_rows n WHERE q.retired_at IS NULL AND q.festival_id = n.id;
    END IF;
    RETURN NULL;
END $$;
"""
PRICED_FROM = ("promotions_offeredprice", "promotions_offer", "promotions_crossstore")
KNOWN_FROM = ("catalog_sku", "catalog_product", "sellers_stall", "festivals_festival")
RETIRE += "".join(
    f"CREATE TRIGGER retire_on_{edge} AFTER {edge} ON {table} {rows} "
    "FOR EACH STATEMENT EXECUTE FUNCTION retire_ready_quotes();"
    for table in PRICED_FROM
    for edge, rows in (
        ("insert", "REFERENCING NEW TABLE AS new_rows"),
        ("update", "REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows"),
        ("delete", "REFERENCING OLD TABLE AS old_rows"),
    )
) + "".join(
    f"CREATE TRIGGER retire_on_update AFTER UPDATE ON {table} REFERENCING NEW TABLE AS new_rows "
    "FOR EACH STATEMENT EXECUTE FUNCTION retire_ready_quotes();"
    for table in KNOWN_FROM
)
DROP_RETIRE = "".join(
    f"DROP TRIGGER retire_on_{edge} ON {table};"
    for table in PRICED_FROM
    for edge in ("insert", "update", "delete")
) + "".join(f"DROP TRIGGER retire_on_update ON {table};" for table in KNOWN_FROM)
DROP_RETIRE += "DROP FUNCTION retire_ready_quotes();"


def make_key(apps, schema_editor):
    apps.get_model("orders", "Numbering").objects.create(key=secrets.token_bytes(KEY_BYTES))


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0005_lean_rows"),
        ("payments", "0004_lean_rows"),
        ("inventory", "0003_lean_rows"),
    ]
    operations = [
        migrations.RunSQL(SERIAL, "DROP SEQUENCE orders_serial"),
        migrations.RunPython(make_key, migrations.RunPython.noop),
        migrations.RunSQL(KEEP_NAMED, DROP_GUARDS),
        migrations.RunSQL(RETIRE, DROP_RETIRE),
    ]
