"""Files as people write them, and runs of them to their end."""

import csv
import io
from datetime import timedelta

from tests.factories import OPENING, make_user

from chophien.apps.exchange.models import Import
from chophien.apps.exchange.services import Begun, Upload, begin_import, start_applying, work_on

CODES = ("kind", "skus", "unit", "starts", "ends")
# The database holds rewritten prices against its own clock: these begin after any test is run.
STARTS = "2040-11-12 08:00"
ENDS = "2040-11-14 08:00"


def write_file(heading, *rows, separator=",", encoding="utf-8"):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator)
    writer.writerow(heading)
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def bring(content, *, kind="promotions", stall=None, name="bang.csv", user=None, at=OPENING):
    """Upload a file; the run's id."""
    user = user or make_user(f"nguoi-{Import.objects.count()}")
    outcome = begin_import(
        Upload(
            kind=kind,
            file_name=name,
            chunks=[content],
            stall_id=None if stall is None else stall.id,
            by_id=user.id,
        ),
        at=at,
    )
    assert isinstance(outcome, Begun)
    return outcome.run_id


def read(content, *, at=OPENING, **fields):
    """Upload a file and have it read and checked."""
    run_id = bring(content, at=at, **fields)
    work_on(run_id, read_clock=lambda: at)
    return Import.objects.get(id=run_id)


def apply(run, *, leaves_faulty=False, at=OPENING):
    assert start_applying(
        run_id=run.pk, by_id=run.made_by_id, leaves_faulty=leaves_faulty, at=at
    ), "nothing to apply, or faults in the way"
    work_on(run.pk, read_clock=lambda: at)
    return Import.objects.get(id=run.pk)


def count(run):
    return (run.new_count, run.changed_count, run.same_count, run.faulty_count)


def list_faults(run):
    return [
        (fault.row, fault.column, fault.reason, fault.allowed)
        for fault in run.faults.order_by("row", "id")
    ]


def sale(code, sku, unit, *, starts=STARTS, ends=ENDS):
    return [code, "sale", sku.code, unit, starts, ends]


SALE_HEADING = ["code", *CODES]
LATER = OPENING + timedelta(hours=1)
