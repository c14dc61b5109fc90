"""Postings and entries are added and never changed; a posting that does not balance is refused."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0001_initial"),
        ("catalog", "0002_price_history_is_append_only"),
    ]
    operations = [
        migrations.RunSQL(
            """
            CREATE TRIGGER posting_append_only BEFORE UPDATE OR DELETE ON ledger_posting
            FOR EACH ROW EXECUTE FUNCTION refuse_change();
            CREATE TRIGGER entry_append_only BEFORE UPDATE OR DELETE ON ledger_entry
            FOR EACH ROW EXECUTE FUNCTION refuse_change();
            CREATE FUNCTION posting_balances() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF (SELECT sum(amount_minor) FROM ledger_entry
                    WHERE posting_id = NEW.posting_id) <> 0 THEN
                    RAISE EXCEPTION 'posting % does not balance', NEW.posting_id;
                END IF;
                RETURN NULL;
            END $$;
            CREATE CONSTRAINT TRIGGER entry_balances AFTER INSERT ON ledger_entry
            DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION posting_balances();
            """,
            """
            DROP TRIGGER entry_balances ON ledger_entry;
            DROP FUNCTION posting_balances();
            DROP TRIGGER entry_append_only ON ledger_entry;
            DROP TRIGGER posting_append_only ON ledger_posting;
            """,
        )
    ]
