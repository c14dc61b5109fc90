"""Writes down how many watch, and learns what the other hub processes count."""

import asyncio
import logging
import secrets
from collections.abc import Mapping

import psycopg

from chophien.domain.distinct import Distinct
from chophien.domain.limits import VIEWERS_EVERY_S
from chophien.hotlane.hub.viewers import Viewers
from chophien.statements import load

logger = logging.getLogger(__name__)
HUB_BYTES = 8
MS_PER_S = 1_000
# Three looks missed: the process is gone, or the database was.
GAP_MS = 3 * VIEWERS_EVERY_S * MS_PER_S
_STATEMENTS = load("viewers")
_Connection = psycopg.AsyncConnection[tuple[object, ...]]


class ViewerKeeper:
    """Every few seconds a row for each room that is watched.

    Who is counted by two processes at once is two in `watching`, `peak` and the average, and one
    in the number of different viewers.
    """

    def __init__(self, *, url: str, viewers: Viewers, is_rehearsing: bool = False) -> None:
        self._url = url
        self._options = "-c chophien.rehearsal=on" if is_rehearsing else ""
        self._viewers = viewers
        self._hub = secrets.token_hex(HUB_BYTES)

    async def run(self) -> None:
        """Keep count until cancelled; while the database is away, count on in memory."""
        try:
            while True:
                await asyncio.sleep(VIEWERS_EVERY_S)
                await self._try_look()
        finally:
            await self._say_goodbye()

    async def look(self) -> None:
        """Write every watched room down, once.

        Raises:
            psycopg.Error: the database did not take it; the next look makes up for it.
        """
        rooms = self._viewers.list_rooms()
        if not rooms:
            return
        async with await self._open() as connection:
            for room_id in rooms:
                await self._write(connection, room_id)
            await _run(connection, "forget_old_watches", {})
        self._viewers.let_go(rooms)

    async def _try_look(self) -> None:
        try:
            await self.look()
        except psycopg.Error as fault:
            logger.warning("viewers could not be written down: %s", fault)

    async def _write(self, connection: _Connection, room_id: int) -> None:
        here = self._viewers.count_here(room_id)
        async with connection.transaction():
            noted = await _run(
                connection,
                "note_watching",
                {"hub": self._hub, "watching": here, "room_id": room_id},
            )
            if not noted:
                return  # no such room
            await _run(connection, "open_count", {"room_id": room_id})
            ((sketch,),) = await _run(connection, "lock_count", {"room_id": room_id})
            assert isinstance(sketch, bytes), "a column of bytes"
            ever = self._viewers.get_ever(room_id)
            if sketch:
                ever.merge(Distinct.from_bytes(sketch))
            counted = {
                "room_id": room_id,
                "gap_ms": GAP_MS,
                "viewers": ever.count(),
                "sketch": ever.to_bytes(),
            }
            ((total,),) = await _run(connection, "write_count", counted)
        assert isinstance(total, int), "a column of numbers"
        self._viewers.learn(room_id, elsewhere=max(total - here, 0))

    async def _say_goodbye(self) -> None:
        """Have nobody counted for a process that ends."""
        try:
            async with asyncio.timeout(1), await self._open() as connection:
                await _run(connection, "forget_hub", {"hub": self._hub})
        except (psycopg.Error, TimeoutError) as fault:
            logger.warning("this process is counted for some seconds more: %s", fault)

    async def _open(self) -> _Connection:
        return await psycopg.AsyncConnection.connect(
            self._url, autocommit=True, options=self._options
        )


async def _run(
    connection: _Connection, name: str, values: Mapping[str, object]
) -> list[tuple[object, ...]]:
    statement = _STATEMENTS[name]
    cursor = await connection.execute(statement.by_name.encode(), values)
    return await cursor.fetchall() if cursor.description else []
