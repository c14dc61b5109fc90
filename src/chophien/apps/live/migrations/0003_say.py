"""A sentence is recorded only if what it claims is still so."""

from django.db import migrations

SAY = """
CREATE FUNCTION live_say(
    wanted_show bigint, said_beat text, said text, claims jsonb, valid_until timestamptz
) RETURNS TABLE (utterance_id bigint, started_at timestamptz) LANGUAGE plpgsql AS $$
DECLARE
    -- Read before the facts: whatever committed before this instant, the facts below show.
    start timestamptz := clock_timestamp();
    cap integer;
    room bigint;
    is_true boolean;
BEGIN
    SELECT r.id, f.discount_cap_bps INTO STRICT room, cap
    FROM live_room r JOIN programme_show s ON s.id = r.show_id
    JOIN festivals_festival f ON f.id = s.festival_id WHERE s.id = wanted_show;

    -- Goods that are gone altogether have no facts: a claim about them is not true.
    SELECT coalesce(bool_and(coalesce(
        facts ->> 'digest' = c.digest AND (c.free IS NULL OR (facts ->> 'free')::int = c.free),
        false)), true) INTO is_true
    FROM jsonb_to_recordset(claims) AS c (sku_id bigint, digest text, free int)
    LEFT JOIN LATERAL live_goods_facts(c.sku_id, cap, start) AS facts ON true;

    IF NOT is_true OR start >= valid_until THEN
        RETURN;
    END IF;
    INSERT INTO live_utterance (room_id, sku_id, beat, text, starts_at)
    VALUES (room, (claims -> 0 ->> 'sku_id')::bigint, said_beat, said, start)
    RETURNING id INTO utterance_id;
    PERFORM pg_notify('chophien', json_build_object(
        'channel', 'room:' || room, 'v', 1, 'event', json_build_object(
            'type', 'spoken', 'room_id', room, 'text', said, 'starts_at', start))::text);
    started_at := start;
    RETURN NEXT;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("live", "0002_show_snapshot")]
    operations = [
        migrations.RunSQL(
            SAY, "DROP FUNCTION live_say(bigint, text, text, jsonb, timestamptz);"
        )
    ]
