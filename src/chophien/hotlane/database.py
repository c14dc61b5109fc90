"""The hot lane's way to the database."""

from collections.abc import Mapping
from typing import Any

from asyncpg import Connection

from chophien.statements import Statement

__all__ = ["Connection", "Row", "run"]

Row = Mapping[Any, Any]


async def run(connection: Connection, statement: Statement, **values: object) -> list[Row]:
    """Run a named statement with its values by name; its rows."""
    rows: list[Row] = await connection.fetch(
        statement.by_number, *[values[each] for each in statement.values]
    )
    return rows
