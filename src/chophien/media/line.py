"""A media process's way to the database: one connection, opened when it is needed."""

import asyncio
from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg.rows import DictRow, dict_row

from chophien.statements import Statement

READ_MS_MAX = 5_000
CONNECT_S_MAX = 5


class Line:
    """One connection of one event loop; asked by several tasks, it answers them in turn.

    When it broke, it is opened anew at the next question. `session` are PostgreSQL's settings.
    """

    def __init__(self, url: str, *, session: Mapping[str, str]) -> None:
        settings = {"statement_timeout": f"{READ_MS_MAX}ms", **session}
        self._url = url
        self._options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        self._connection: psycopg.AsyncConnection[DictRow] | None = None
        self._turn = asyncio.Lock()

    async def run(self, statement: Statement, **values: object) -> list[Mapping[str, Any]]:
        """Run a named statement; its rows.

        Raises:
            psycopg.OperationalError: the database cannot be reached now.
        """
        async with self._turn:
            connection = await self._open()
            cursor = await connection.execute(statement.by_name.encode(), values)
            return [*await cursor.fetchall()] if cursor.description else []

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()

    async def _open(self) -> "psycopg.AsyncConnection[DictRow]":
        if self._connection is None or self._connection.closed:
            self._connection = await psycopg.AsyncConnection.connect(
                self._url,
                autocommit=True,
                options=self._options,
                connect_timeout=CONNECT_S_MAX,
                application_name="chophien media",
                row_factory=dict_row,
            )
        return self._connection
