"""Two phases of one kind never overlap in a festival; what has turned is never changed."""

from django.db import migrations

# A range of one value overlaps only itself, so ranges do what an equality would need an
# extension for.
ONCE_AT_A_TIME = """
CREATE TYPE festivals_textrange AS RANGE (subtype = text, collation = "C");
ALTER TABLE festivals_phase ADD CONSTRAINT phase_kind_once_at_a_time EXCLUDE USING gist (
    int8range(festival_id, festival_id, '[]') WITH &&,
    festivals_textrange(kind::text COLLATE "C", kind::text COLLATE "C", '[]') WITH &&,
    tstzrange(starts_at, ends_at) WITH &&
) WHERE (removed_at IS NULL);
"""

APPEND_ONLY = """
CREATE FUNCTION festivals_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME;
END $$;
CREATE TRIGGER phase_turn_append_only
BEFORE UPDATE OR DELETE ON festivals_phaseturn
FOR EACH ROW EXECUTE FUNCTION festivals_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("festivals", "0003_seasons_and_phases")]
    operations = [
        migrations.RunSQL(
            ONCE_AT_A_TIME,
            """
            ALTER TABLE festivals_phase DROP CONSTRAINT phase_kind_once_at_a_time;
            DROP TYPE festivals_textrange;
            """,
        ),
        migrations.RunSQL(
            APPEND_ONLY,
            """
            DROP TRIGGER phase_turn_append_only ON festivals_phaseturn;
            DROP FUNCTION festivals_refuse_change();
            """,
        ),
    ]
