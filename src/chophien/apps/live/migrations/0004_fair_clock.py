"""A show knows what is so by the fair's clock, which rehearsals move."""

from importlib import import_module

from django.db import migrations

_SNAPSHOT = import_module("chophien.apps.live.migrations.0002_show_snapshot").SNAPSHOT
_SAY = import_module("chophien.apps.live.migrations.0003_say").SAY


def _replace(function: str, clock: str) -> migrations.RunSQL:
    """Read `clock` plus the fair's offset; backward, real time alone."""
    assert clock in function
    old = function.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1)
    return migrations.RunSQL(old.replace(clock, f"{clock} + fair_offset()"), old)


class Migration(migrations.Migration):
    dependencies = [("live", "0003_say"), ("festivals", "0005_fair_clock")]
    operations = [
        _replace(_SNAPSHOT, "statement_timestamp()"),
        _replace(_SAY, "clock_timestamp()"),
    ]
