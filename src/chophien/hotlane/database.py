"""The hot lane's way to the database: statements planned once, several of them a journey."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from chophien.domain.limits import LOCK_WAIT_MS
from chophien.statements import Statement
from chophien.statements.values import widen

Row = dict[str, Any]
Connection = psycopg.AsyncConnection[Row]
Pool = AsyncConnectionPool[Connection]


@dataclass(frozen=True, slots=True)
class Asked:
    """A statement with its values."""

    statement: Statement
    values: Mapping[str, object]


async def connect(url: str, *, application: str, settings: Mapping[str, str]) -> Connection:
    """A connection of its own; nothing is in a transaction unless one is begun.

    Raises:
        psycopg.OperationalError: the database cannot be reached.
    """
    connection = await Connection.connect(
        url,
        autocommit=True,
        row_factory=dict_row,
        connect_timeout=-(-LOCK_WAIT_MS // 1_000),
        application_name=application,
        options=_write_options(settings),
    )
    connection.prepare_threshold = 0
    return connection


def make_pool(url: str, *, size_max: int, settings: Mapping[str, str] | None = None) -> Pool:
    """Connections for what is asked now and then; to be opened by `async with`."""
    return AsyncConnectionPool(
        url,
        connection_class=Connection,
        kwargs={
            "autocommit": True,
            "row_factory": dict_row,
            "prepare_threshold": 0,
            "options": _write_options(settings or {}),
        },
        min_size=0,
        max_size=size_max,
        timeout=LOCK_WAIT_MS / 1_000,
        open=False,
    )


def _write_options(settings: Mapping[str, str]) -> str:
    return " ".join(f"-c {name}={value}" for name, value in settings.items())


async def run(connection: Connection, statement: Statement, **values: object) -> list[Row]:
    """Run a named statement with its values by name; its rows."""
    (rows,) = await run_all(connection, [Asked(statement, values)])
    return rows


async def run_all(connection: Connection, asked: Sequence[Asked]) -> list[list[Row]]:
    """The rows of several statements, in their order, of which none needs another's answer.

    One journey, in which each sees what those before it did. The first that fails raises; those
    after it do nothing.
    """
    async with connection.pipeline() as line:
        cursors = await send_all(connection, asked)
        await line.sync()
        return [await _read(cursor) for cursor in cursors]


async def send_all(
    connection: Connection, asked: Sequence[Asked]
) -> "list[psycopg.AsyncCursor[Row]]":
    """Send statements inside a pipeline of the caller's; their cursors tell once it is synced."""
    return [await _send(connection, each) for each in asked]


async def _send(connection: Connection, asked: Asked) -> "psycopg.AsyncCursor[Row]":
    used = {name: widen(asked.values[name]) for name in asked.statement.values}
    return await connection.execute(asked.statement.by_name, used, prepare=True)


async def _read(cursor: "psycopg.AsyncCursor[Row]") -> list[Row]:
    return [] if cursor.rownumber is None else await cursor.fetchall()
