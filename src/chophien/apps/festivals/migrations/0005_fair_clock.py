"""The fair's clock in SQL: real time but for rehearsals; the same as `festivals.clock`."""

from django.db import migrations

# Only sessions of a fair that may rehearse look at the table; the setting is theirs to make.
FAIR_CLOCK = """
CREATE FUNCTION fair_offset() RETURNS interval LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF current_setting('chophien.rehearsal', true) IS DISTINCT FROM 'on' THEN
        RETURN interval '0';
    END IF;
    RETURN coalesce(
        (SELECT offset_s * interval '1 second' FROM festivals_clock WHERE id = 1), interval '0');
END $$;
CREATE FUNCTION fair_now() RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT now() + fair_offset()
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("festivals", "0004_phases_once_at_a_time")]
    operations = [
        migrations.RunSQL(FAIR_CLOCK, "DROP FUNCTION fair_now(); DROP FUNCTION fair_offset();")
    ]
