"""`chophien check-history` reads a database that others wrote and committed."""

import pytest
from django.conf import settings
from tests.apps.history_fair import SECOND, Fair
from tests.factories import OPENING

from chophien.config.cli import main


@pytest.fixture
def fair(festival, tmp_path):
    return Fair(festival, tmp_path)


def run(fair):
    fair.write()
    database = settings.DATABASES["default"]
    url = f"postgresql://{database['USER']}@/{database['NAME']}?host={database['HOST']}"
    return main(["check-history", str(fair.path.parent), "--database", url])


def test_ends_well_when_all_was_true_and_with_one_when_something_was_not(fair, capsys):
    assert run(fair) == 0
    assert len(capsys.readouterr().out.splitlines()) == 8

    fair.refuse("sold_out", user=2, units=1, at=OPENING + 5 * SECOND)

    assert run(fair) == 1
    assert capsys.readouterr().out.splitlines()[-1].startswith("refusals: c was told sold_out")
