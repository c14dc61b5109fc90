"""Where the rows of a file wait, and the law of one price as SQL judges it.

The tables have no foreign keys: their rows are thrown away with the file's, and a check for each
of a million rows would cost more than reading them.
"""

from django.db import migrations

STAGED = """
CREATE TABLE exchange_staged_promotion (
    run_id bigint NOT NULL, row_number integer NOT NULL,
    code text NOT NULL, stall text, kind text NOT NULL, skus text, festival text,
    unit bigint, starts_at timestamptz, ends_at timestamptz, min_qty integer, allotment integer,
    per_buyer integer, is_exclusive boolean, room bigint,
    rule jsonb, budget bigint, count_max integer, way text,
    claim_starts_at timestamptz, claim_ends_at timestamptz,
    PRIMARY KEY (run_id, row_number)
);
CREATE TABLE exchange_staged_price (
    run_id bigint NOT NULL, row_number integer NOT NULL,
    sku text NOT NULL, list_price bigint, floor_price bigint, cost_price bigint,
    PRIMARY KEY (run_id, row_number)
);
CREATE TABLE exchange_staged_goods (
    run_id bigint NOT NULL, row_number integer NOT NULL,
    stall text, product text NOT NULL, sku text NOT NULL,
    name_vi text, name_en text, name_zh text, story_vi text, story_en text, story_zh text,
    province text, picture text, tags text[], is_fresh boolean, ban text,
    ocop_stars smallint, ocop_expires_on date, unit_vi text, unit_en text, unit_zh text,
    list_price bigint, floor_price bigint, cost_price bigint, on_hand integer, state text,
    PRIMARY KEY (run_id, row_number)
);
"""

# The same judgement as domain.law.judge_price, with the codes of domain.tables.faults.
JUDGE = """
CREATE FUNCTION lowest_lawful_price(reference bigint, is_fresh boolean, cap_bps integer)
RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT (reference * (10000 - CASE WHEN is_fresh THEN 10000 ELSE cap_bps END) + 9999) / 10000
$$;
CREATE FUNCTION judge_price(
    unit bigint, reference bigint, lower_limit bigint, is_fresh boolean, ban text, cap_bps integer
) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN ban <> '' THEN 'banned'
        WHEN unit < lowest_lawful_price(reference, is_fresh, cap_bps) THEN 'cap_broken'
        WHEN unit < lower_limit THEN 'below_floor'
        WHEN unit >= reference THEN 'not_cheaper'
    END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0001_initial"),
        ("promotions", "0003_prices_are_history"),
    ]
    operations = [
        migrations.RunSQL(
            STAGED,
            """
            DROP TABLE exchange_staged_goods;
            DROP TABLE exchange_staged_price;
            DROP TABLE exchange_staged_promotion;
            """,
        ),
        migrations.RunSQL(
            JUDGE,
            """
            DROP FUNCTION judge_price(bigint, bigint, bigint, boolean, text, integer);
            DROP FUNCTION lowest_lawful_price(bigint, boolean, integer);
            """,
        ),
    ]
