"""Named statements on Django's own connection and in its transaction, each planned once.

The ORM writes its SQL anew and PostgreSQL plans it anew at every call. Here the server keeps the
plan, and several statements that do not wait for each other's answers make one journey
(`run_all`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from django.db import connection

from chophien.statements import Statement
from chophien.statements.values import widen

Values = Mapping[str, object]
Row = tuple[Any, ...]
Asked = tuple[Statement, Values]


def run(statement: Statement, values: Values) -> list[Row]:
    """The rows of one statement; none where it gives none.

    Raises:
        django.db.Error: as a cursor of Django would.
    """
    raw = _open()
    with connection.wrap_database_errors:
        return _read(_send(raw, statement, values))


def run_all(asked: Sequence[Asked]) -> list[list[Row]]:
    """The rows of several statements, in their order, of which none needs another's answer.

    Each sees what the ones before it did. Outside a transaction they are one of their own.

    Raises:
        django.db.Error: of the first that failed; those after it did nothing.
    """
    raw = _open()
    with connection.wrap_database_errors:
        with raw.pipeline():
            cursors = [_send(raw, statement, values) for statement, values in asked]
        return [_read(cursor) for cursor in cursors]


def _open() -> "psycopg.Connection[Row]":
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    raw: psycopg.Connection[Row] = connection.connection
    if raw.prepare_threshold is None:
        raw.prepare_threshold = 0  # Django switches it off; its own cursors never prepare
    return raw


def _send(
    raw: "psycopg.Connection[Row]", statement: Statement, values: Values
) -> "psycopg.Cursor[Row]":
    if connection.queries_logged:
        connection.queries_log.append({"sql": statement.by_name, "time": "0"})
    used = {name: widen(values[name]) for name in statement.values}
    return psycopg.Cursor(raw).execute(statement.by_name, used, prepare=True)


def _read(cursor: "psycopg.Cursor[Row]") -> list[Row]:
    return [] if cursor.rownumber is None else cursor.fetchall()
