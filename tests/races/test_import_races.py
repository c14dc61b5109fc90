"""Workers that are killed, and people who meet: an import is whole or it is nothing.

Workers are processes of their own that send themselves SIGKILL at an exact point.
"""

import os
import subprocess
import sys
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from tests.apps.exchange_files import SALE_HEADING, apply, bring, count, read, sale, write_file
from tests.factories import OPENING, make_sku, make_stall
from tests.races.conftest import race, run_beside

from chophien.apps.exchange import applying
from chophien.apps.exchange.models import Import
from chophien.apps.exchange.services import find_orphans, start_applying, stop, work_on
from chophien.apps.inventory.models import Stock
from chophien.apps.promotions.models import OfferedPrice
from chophien.apps.promotions.planning import PricePlan, plan_price
from chophien.domain.law import Period

ROWS = 40
LATER = OPENING + timedelta(minutes=1)

WORKER = """
import os, signal
from datetime import datetime
import django
django.setup()
from chophien.apps.exchange import applying, staging
from chophien.apps.exchange.services import work_on

staging.BATCH_ROWS = 7
seen = 0

def kill_at(module, name, times, *, is_after):
    real = getattr(module, name)
    def killing(*args, **fields):
        global seen
        seen += 1
        if seen == times and not is_after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = real(*args, **fields)
        if seen == times and is_after:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    setattr(module, name, killing)

{kill}
work_on({run_id}, read_clock=lambda: datetime.fromisoformat("{at}"))
"""

AFTER_A_BATCH = 'kill_at(staging, "_keep", 3, is_after=True)'
INSIDE_A_BATCH = 'kill_at(staging, "copy_faults", 3, is_after=True)'
BEFORE_THE_STOCK = 'kill_at(applying, "_go_on", 6, is_after=False)'
BEFORE_THE_END = 'kill_at(applying, "_tell", 1, is_after=True)'


def run_worker(run_id, kill=""):
    """Work on a run in another process; its exit code."""
    settings = connection.settings_dict
    url = f"postgresql://{settings['USER']}@/{settings['NAME']}?host={settings['HOST']}"
    return subprocess.run(
        [sys.executable, "-c", WORKER.format(kill=kill, run_id=run_id, at=OPENING.isoformat())],
        env=os.environ
        | {"CHOPHIEN_DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "chophien.config.settings"},
        check=False,
        timeout=60,
    ).returncode


@pytest.fixture
def honey(festival):
    return make_sku(make_stall(), units=100)


@pytest.fixture
def content(honey):
    rows = [[*sale(f"R{number}", honey, 110_000 + number), ""] for number in range(ROWS)]
    rows[5][1], rows[5][6] = "flash", 30
    return write_file([*SALE_HEADING, "allotment"], *rows)


def list_prices():
    return list(
        OfferedPrice.objects.order_by("code").values_list("code", "unit_minor", "allotment")
    )


def test_negative_control_rows_kept_one_by_one_stay_behind_when_killed(honey):
    script = (
        "import os, signal, django; django.setup()\n"
        "from chophien.apps.promotions.models import OfferedPrice\n"
        f"OfferedPrice.objects.create(sku_id={honey.id}, kind='sale', unit_minor=1)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    settings = connection.settings_dict
    url = f"postgresql://{settings['USER']}@/{settings['NAME']}?host={settings['HOST']}"

    subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ
        | {"CHOPHIEN_DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "chophien.config.settings"},
        check=False,
        timeout=60,
    )

    assert OfferedPrice.objects.count() == 1


@pytest.mark.parametrize("kill", [AFTER_A_BATCH, INSIDE_A_BATCH])
def test_killed_while_reading_another_worker_ends_with_the_same(honey, content, kill):
    run_id = bring(content)

    assert run_worker(run_id, kill) == -9
    half = Import.objects.get(id=run_id)
    assert half.state == "reading"
    assert 0 < half.rows_read < ROWS
    assert find_orphans(at=half.beat_at + timedelta(minutes=1)) == [run_id]
    assert run_worker(run_id) == 0

    run = Import.objects.get(id=run_id)
    assert (run.state, count(run)) == ("checked", count(read(content)))
    apply(run)
    assert len(list_prices()) == ROWS
    assert Stock.objects.get().set_aside == 30


@pytest.mark.parametrize("kill", [BEFORE_THE_STOCK, BEFORE_THE_END])
def test_killed_while_applying_nothing_of_the_file_is_there(honey, content, kill):
    run = read(content)
    assert start_applying(run_id=run.pk, by_id=run.made_by_id, leaves_faulty=False, at=OPENING)

    assert run_worker(run.pk, kill) == -9

    assert list_prices() == []
    assert Stock.objects.get().free == 100
    assert Import.objects.get(id=run.pk).state == "applying"
    assert find_orphans(at=LATER) == [run.pk]
    assert run_worker(run.pk) == 0
    assert Import.objects.get(id=run.pk).state == "done"
    assert len(list_prices()) == ROWS
    assert Stock.objects.get().free == 70


def test_two_workers_at_one_run_read_every_row_once(honey, content, monkeypatch):
    monkeypatch.setattr("chophien.apps.exchange.staging.BATCH_ROWS", 3)
    run_id = bring(content)

    race([partial(work_on, run_id, read_clock=lambda: OPENING) for _ in range(4)])
    work_on(run_id, read_clock=lambda: OPENING)

    run = Import.objects.get(id=run_id)
    assert (run.state, run.rows_read, count(run)) == ("checked", ROWS + 1, (ROWS, 0, 0, 0))


def test_applied_by_two_workers_at_once_it_is_done_once(honey, content):
    run = read(content)
    assert start_applying(run_id=run.pk, by_id=run.made_by_id, leaves_faulty=False, at=OPENING)

    race([partial(work_on, run.pk, read_clock=lambda: OPENING) for _ in range(4)])

    assert Import.objects.get(id=run.pk).state == "done"
    assert len(list_prices()) == ROWS


def test_stopped_while_it_is_applied_nothing_stays(honey, content, monkeypatch):
    run = read(content)
    assert start_applying(run_id=run.pk, by_id=run.made_by_id, leaves_faulty=False, at=OPENING)
    real = applying._go_on

    def stop_beside(asked):
        run_beside(partial(stop, run_id=run.pk))
        real(asked)

    monkeypatch.setattr(applying, "_go_on", stop_beside)
    work_on(run.pk, read_clock=lambda: OPENING)

    assert Import.objects.get(id=run.pk).state == "checked"
    assert list_prices() == []


def test_a_price_planned_meanwhile_is_seen_before_anything_is_kept(honey, monkeypatch):
    """The page plans 100 days while a file of 100 others is under way: the law lets one stand."""
    days = Period(
        starts_at=OPENING.replace(year=2040, month=1), ends_at=OPENING.replace(year=2040, month=4)
    )
    run = read(
        write_file(SALE_HEADING, sale("A", honey, 120_000, starts="2040-06-01", ends="2040-09-01"))
    )
    assert start_applying(run_id=run.pk, by_id=run.made_by_id, leaves_faulty=False, at=OPENING)
    plan = PricePlan(
        sku_id=honey.id, kind="sale", unit_minor=120_000, starts_at=days.starts_at,
        ends_at=days.ends_at,
    )  # fmt: skip
    real, planned = applying._go_on, []

    def plan_beside(asked):
        if not planned:
            planned.append(run_beside(partial(plan_price, plan, by_id=None, at=OPENING)))
        real(asked)

    monkeypatch.setattr(applying, "_go_on", plan_beside)
    work_on(run.pk, read_clock=lambda: OPENING)

    assert isinstance(planned[0], OfferedPrice)
    shown = Import.objects.get(id=run.pk)
    assert (shown.state, shown.is_moved, count(shown)) == ("checked", True, (0, 0, 0, 1))
    assert [price.id for price in OfferedPrice.objects.all()] == [planned[0].id]
