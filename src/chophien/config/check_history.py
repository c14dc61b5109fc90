"""`chophien check-history`: proves from histories and the database that nothing was promised falsely."""

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Final, TypeVar

import psycopg

from chophien.domain.history.books import Books
from chophien.domain.history.clocks import Clock
from chophien.domain.history.facts import (
    Attempt,
    Hold,
    Line,
    Order,
    Part,
    Price,
    PriceUse,
    Ready,
    Stock,
)
from chophien.domain.history.findings import Findings, Law
from chophien.domain.history.keys import Keys
from chophien.domain.history.limits import check_limits
from chophien.domain.history.refusals import Refusals
from chophien.domain.history.units import check_allotments, check_orphans, check_stock
from chophien.statements import load
from chophien.wire.histories import BadHistoryError, read_attempts, read_client

STOPPED: Final = 1
MISUSED: Final = 2
ROWS_AT_ONCE: Final = 5_000
FAULTS_SHOWN: Final = 20
# Where no order tells how far a client's clock is from the database's, wall clocks are trusted
# to this: what machines that keep their time over a network do far better.
CLOCK_ERROR_US: Final = 1_000_000
# A worker lets go of unpaid orders every five seconds; many at once take it longer.
RELEASED_AFTER_S: Final = 60
_US_PER_S: Final = 1_000_000
_WORDS: Final = {
    Law.UNITS: "no unit is oversold",
    Law.CONFIRMED: "no confirmed order is missing, every order is whole",
    Law.ONCE: "no order is there twice, or unasked",
    Law.LIMITS: "limits are kept",
    Law.REFUSALS: "refusals are true",
}
_SQL = load("history")
Row = tuple[Any, ...]
Value = TypeVar("Value", Price, Ready, Stock)
Connection = psycopg.Connection[Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What to check: files or folders of histories against a database."""

    paths: Sequence[str]
    database: str | None = None
    """`None`: the one of the environment, else the local fair's."""
    is_shared: bool = False
    """Whether others, without histories, ordered meanwhile."""
    released_after_s: int = RELEASED_AFTER_S
    """How long after its hold an unpaid order may still have its units."""


def run_check_history(task: Task) -> int:
    """Check and report; 1 when anything is at fault, 2 when there is nothing to check."""
    try:
        files = list_files(task.paths)
        with psycopg.connect(task.database or _find_database()) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            findings = check(connection, files, task)
    except (BadHistoryError, OSError, psycopg.OperationalError) as fault:
        print(f"check-history: {fault}", file=sys.stderr)
        return MISUSED
    print(render(findings))
    return 0 if findings.is_clean else STOPPED


def _find_database() -> str:
    from chophien.config.local import find_fair

    return os.environ.get("CHOPHIEN_DATABASE_URL") or find_fair().cluster.url


def list_files(paths: Iterable[str]) -> list[Path]:
    """The history files, those in folders included, in order.

    Raises:
        BadHistoryError: there is none.
    """
    files = []
    for path in map(Path, paths):
        files += sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    if not files:
        raise BadHistoryError("no history (*.jsonl) there")
    return files


def check(connection: Connection, files: Sequence[Path], task: Task) -> Findings:
    """Hold every fact of the histories and of the database against the laws.

    Everything is read as it flows: the database once, in the caller's transaction, the histories
    twice. What stays in memory is a few hundred bytes for each order.
    """
    findings = Findings()
    books = Books(
        findings,
        _read_all(connection, "list_prices", Price),
        released_after_us=task.released_after_s * _US_PER_S,
    )
    for order in _stream_orders(connection):
        books.take_in(order)
    keys = _take_keys(files, books, findings)
    keys.check_orders(is_shared=task.is_shared)
    stock = _read_all(connection, "list_stock", Stock)
    check_stock(stock, books, findings)
    check_allotments(books, findings)
    check_orphans(dict(_stream(connection, "count_orphans")), findings)
    phones = [(row[0], row[1]) for row in _stream(connection, "list_phones")]
    uses = _stream(connection, "list_uses")
    check_limits(
        (PriceUse(price_id=row[0], buyer=row[1], units=row[2]) for row in uses),
        books,
        dict(phones),
        findings,
    )
    refusals = Refusals(books, keys, phones, findings)
    refusals.know(stock, _read_all(connection, "list_ready", Ready))
    for attempt in read_files(files):
        refusals.take_in(attempt)
    _note(findings, keys, refusals)
    return findings


def _take_keys(files: Sequence[Path], books: Books, findings: Findings) -> Keys:
    keys = Keys(books, findings)
    for attempt in read_files(files):
        keys.take_in(attempt)
    for path in files:
        with path.open("rb") as lines:
            client = read_client(lines)
        clock = keys.clocks.setdefault(client.clock, Clock())
        clock.assume(client.wall_us - client.monotonic_us, CLOCK_ERROR_US)
    return keys


def read_files(files: Iterable[Path]) -> Iterator[Attempt]:
    """The attempts of all histories.

    Raises:
        BadHistoryError: with the file's name before what is wrong.
    """
    for path in files:
        with path.open("rb") as lines:
            try:
                yield from read_attempts(lines)
            except BadHistoryError as fault:
                raise BadHistoryError(f"{path}: {fault}") from fault


def _note(findings: Findings, keys: Keys, refusals: Refusals) -> None:
    findings.notes.append(f"{keys.unknown_count} attempts without an answer")
    for outcome, count in sorted(refusals.unjudged.items()):
        findings.notes.append(f"{count} attempts put off with {outcome}, which claims nothing")
    for name, clock in sorted(keys.clocks.items()):
        least_us, most_us = clock.bounds
        known = f"known to {most_us - least_us} µs by {clock.orders} orders"
        steady = "" if clock.is_steady else "; it was stepped or drifts"
        findings.notes.append(f"clock {name}: {known}{steady}")


def _stream(connection: Connection, name: str) -> Iterator[Row]:
    with connection.cursor(f"history_{name}") as cursor:
        cursor.itersize = ROWS_AT_ONCE
        cursor.execute(_SQL[name].by_name, binary=True)
        yield from cursor


def _read_all(connection: Connection, name: str, build: type[Value]) -> list[Value]:
    """Rows as values whose fields are in the order of the columns."""
    names = [field.name for field in fields(build)]
    return [build(**dict(zip(names, row, strict=True))) for row in _stream(connection, name)]


def _stream_orders(connection: Connection) -> Iterator[Order]:
    connection.execute("SET LOCAL work_mem = '128MB'")
    for _, rows in groupby(_stream(connection, "stream_orders"), key=itemgetter(0)):
        parts = list(rows)
        _, key, number, user_id, phone, due_minor, placed_us, *_ = parts[0]
        yield Order(
            key=key,
            number=number,
            user_id=user_id,
            phone=phone,
            due_minor=due_minor,
            placed_us=placed_us,
            parts=tuple([_read_part(row[7:]) for row in parts if row[7] is not None]),
        )


def _read_part(row: Row) -> Part:
    state, due_minor, expires_us, *rest = row
    lines = zip(*[column or () for column in rest[:5]], strict=True)
    holds = zip(*[column or () for column in rest[5:8]], strict=True)
    return Part(
        state=state,
        due_minor=due_minor,
        expires_us=expires_us,
        lines=tuple(
            [
                Line(sku_id=sku, quantity=units, price_id=price, kind=kind, quote_line=name)
                for sku, units, price, kind, name in lines
            ]
        ),
        holds=tuple([Hold(sku_id=sku, quantity=units, state=state) for sku, units, state in holds]),
        payments=tuple(zip(*[column or () for column in rest[8:]], strict=True)),
    )


def render(findings: Findings) -> str:
    """The report: each law with what was looked at, then the faults, a line each."""
    lines = [
        f"{'law':<11}{'facts':>12}{'faults':>9}",
        *[
            f"{law.value:<11}{findings.checked[law]:>12,}{findings.fault_counts[law]:>9,}"
            f"  {_WORDS[law]}"
            for law in Law
        ],
    ]
    lines += findings.notes
    for law in Law:
        lines += [f"{law.value}: {fault}" for fault in findings.faults[law][:FAULTS_SHOWN]]
        more = findings.fault_counts[law] - FAULTS_SHOWN
        if more > 0:
            lines.append(f"{law.value}: {more:,} more")
    return "\n".join(lines)
