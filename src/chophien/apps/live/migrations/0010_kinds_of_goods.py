"""A show knows what its goods are to the law, so that the AI host's card can warn of them."""

from importlib import import_module

from django.db import migrations

_OLD = import_module("chophien.apps.live.migrations.0005_every_kind_of_price").FACTS
FACTS = _OLD.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1)
OLD_FACTS = FACTS
FACTS = FACTS.replace(
    "'picture', p.picture,",
    "'picture', p.picture,\n            'kinds', to_jsonb(p.tags || ARRAY[p.promotion_ban]),",
    1,
)
assert FACTS != OLD_FACTS


class Migration(migrations.Migration):
    dependencies = [("live", "0009_viewer_minutes")]
    operations = [migrations.RunSQL(FACTS, OLD_FACTS)]
