"""Rows of the price history are added and never changed."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]
    operations = [
        migrations.RunSQL(
            """
            CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME;
            END $$;
            CREATE TRIGGER price_history_append_only
            BEFORE UPDATE OR DELETE ON catalog_listpricechange
            FOR EACH ROW EXECUTE FUNCTION refuse_change();
            """,
            """
            DROP TRIGGER price_history_append_only ON catalog_listpricechange;
            DROP FUNCTION refuse_change();
            """,
        )
    ]
