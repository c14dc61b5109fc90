"""Reading a file into the database, batch by batch, each with its checkpoint.

A batch and the count of rows read are kept in one transaction. Whoever reads holds the run's
advisory lock in it and has to find the count that it left there: of two readers, one gives up.
"""

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import F
from psycopg import sql

from chophien.apps.exchange.batches import STAGED, Batch, BatchMaker
from chophien.apps.exchange.locks import try_lock_run
from chophien.apps.exchange.models import Import
from chophien.apps.exchange.sources import Source, open_source, take
from chophien.apps.festivals.clock import read_real
from chophien.apps.festivals.selectors import list_former_provinces
from chophien.domain.contact import fold
from chophien.domain.limits import IMPORT_ROWS_MAX
from chophien.domain.tables.columns import Headings, TableKind, match_headings
from chophien.domain.tables.faults import Fault
from chophien.domain.tables.reading import UnreadableFileError

BATCH_ROWS = 20_000
HEADING_SEARCH_ROWS = 20
READING = Import.State.READING


@dataclass(slots=True)
class _Sitting:
    """One go at a file: how far it is, and when the last batch was kept."""

    run: Import
    source: Source
    maker: BatchMaker
    row: int
    """The number of the next row."""
    since_s: float


def read_on(run_id: int) -> bool:
    """Read a file from its checkpoint to its end; `False` when it was stopped or taken over.

    A file that is no table ends as failed, with its faults kept.
    """
    run = Import.objects.get(id=run_id)
    if run.state != READING:
        return False
    source = open_source(run)
    try:
        with closing(source.rows):
            return _read_all(run, source)
    except UnreadableFileError as fault:
        _fail(run, str(fault), ())
        return False


def _read_all(run: Import, source: Source) -> bool:
    sitting = _begin(run, source)
    if sitting is None:
        return False
    while True:
        rows = take(source.rows, BATCH_ROWS)
        batch = sitting.maker.make(sitting.row, rows)
        is_last = len(rows) < BATCH_ROWS
        if sitting.row + len(rows) > IMPORT_ROWS_MAX:
            _fail(run, "too_many_rows", ())
            return False
        if not _keep(sitting, batch, len(rows), is_last=is_last):
            return False
        if is_last:
            return True
        sitting.row += len(rows)


def _begin(run: Import, source: Source) -> _Sitting | None:
    """Find the headings, and go on behind the rows that are kept already."""
    since_s = time.monotonic()
    heading_row, headings = _find_headings(run, source)
    if headings.faults:
        _fail(run, "headings", headings.faults)
        return None
    behind = max(run.rows_read - heading_row, 0)
    while behind:
        behind -= len(take(source.rows, min(behind, BATCH_ROWS))) or behind
    maker = BatchMaker(
        run_id=run.pk, kind=TableKind(run.kind), columns=headings.columns, places=_list_places()
    )
    row = max(run.rows_read, heading_row) + 1
    return _Sitting(run=run, source=source, maker=maker, row=row, since_s=since_s)


def _find_headings(run: Import, source: Source) -> tuple[int, Headings]:
    """The first row that is not empty, and its number.

    Raises:
        UnreadableFileError: nothing is there.
    """
    for number in range(1, HEADING_SEARCH_ROWS + 1):
        row = next(source.rows, None)
        if row is None:
            break
        if any(cell.strip() for cell in row):
            return number, match_headings(TableKind(run.kind), row)
    raise UnreadableFileError("empty")


def _list_places() -> dict[str, str]:
    return {
        fold(name): place.slug
        for place in list_former_provinces()
        for name in (place.slug, place.name, place.name_en, place.name_zh)
    }


@transaction.atomic
def _keep(sitting: _Sitting, batch: Batch, count: int, *, is_last: bool) -> bool:
    """Keep a batch with its checkpoint; `False` when somebody else reads, or said stop."""
    run, now_s = sitting.run, time.monotonic()
    spent_ms = int((now_s - sitting.since_s) * 1000)
    if not try_lock_run(run.pk):
        return False
    if not Import.objects.filter(id=run.pk, state=READING, rows_read=run.rows_read).update(
        rows_read=sitting.row - 1 + count, bytes_read=sitting.source.bytes_read,
        rows_total=sitting.source.rows_total, is_read=is_last, beat_at=read_real(),
        read_ms=F("read_ms") + spent_ms,
    ):  # fmt: skip
        return False
    _copy_rows(sitting, batch)
    copy_faults(run.pk, batch.faults)
    run.rows_read = sitting.row - 1 + count
    sitting.since_s = now_s
    return True


def _copy_rows(sitting: _Sitting, batch: Batch) -> None:
    if not batch.lines:
        return
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(STAGED[TableKind(sitting.run.kind)][0]),
        sql.SQL(", ").join(map(sql.Identifier, sitting.maker.staged_columns())),
    )
    with connection.cursor() as cursor, cursor.cursor.copy(statement) as copy:
        copy.write("\n".join(batch.lines) + "\n")


def copy_faults(run_id: int, faults: Sequence[Fault], *, is_of_check: bool = False) -> None:
    """Keep faults of a run; runs inside the caller's transaction."""
    if not faults:
        return
    with (
        connection.cursor() as cursor,
        cursor.cursor.copy(
            "COPY exchange_importfault"
            ' (run_id, "row", "column", value, reason, allowed, is_of_check) FROM STDIN'
        ) as copy,
    ):
        for fault in faults:
            copy.write_row(
                (run_id, fault.row, fault.column[:60], fault.value[:200], fault.reason.value,
                 fault.allowed[:120], is_of_check)
            )  # fmt: skip


@transaction.atomic
def _fail(run: Import, problem: str, faults: Sequence[Fault]) -> None:
    moved = Import.objects.filter(id=run.pk, state=READING).update(
        state=Import.State.FAILED, problem=problem, faulty_count=len(faults),
        finished_at=read_real(),
    )  # fmt: skip
    if moved:
        copy_faults(run.pk, faults)
        throw_away_rows(run.pk, run.kind)


def throw_away_rows(run_id: int, kind: str) -> None:
    """Delete the waiting rows of a run; the file itself is kept for a while."""
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL("DELETE FROM {} WHERE run_id = %s").format(
                sql.Identifier(STAGED[TableKind(kind)][0])
            ),
            [run_id],
        )
