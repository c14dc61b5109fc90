"""The desk of a show in PostgreSQL."""

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
import psycopg
from psycopg.rows import TupleRow

from chophien.streamer.desk import Confirmed, Stale, Utterance
from chophien.wire.snapshot import ShowSnapshot, decode_show_snapshot

LOOK_S = 1.0  # how long a lost notification can go unnoticed
CONFIRM_MS_MAX = 250  # the picture stands still while a sentence is confirmed

Connection = psycopg.AsyncConnection[TupleRow]


def load_queries(path: Path) -> Mapping[str, str]:
    """Read named SQL: each query follows a line `-- name: <name>`."""
    queries: dict[str, str] = {}
    for block in path.read_text().split("-- name: ")[1:]:
        name, _, text = block.partition("\n")
        queries[name.strip()] = text.strip()
    return queries


QUERIES = load_queries(Path(__file__).with_name("queries.sql"))


class NoSuchShowError(LookupError):
    """The show was deleted, or has no room."""


class PostgresDesk:
    """One show's desk, over three connections: for the mind, for the frame loop, for listening."""

    def __init__(
        self, *, show_id: int, reading: Connection, speaking: Connection, listening: Connection
    ) -> None:
        self._show_id = show_id
        self._reading = reading
        self._speaking = speaking
        self._listening = listening
        self._room_id: int | None = None

    @classmethod
    async def open(cls, *, url: str, show_id: int) -> Self:
        """Connect.

        Raises:
            psycopg.OperationalError: the database cannot be reached.
        """
        connections = [
            await psycopg.AsyncConnection.connect(url, autocommit=True) for _ in range(3)
        ]
        reading, speaking, listening = connections
        await speaking.execute(
            "SELECT set_config('statement_timeout', %s, false), "
            "set_config('lock_timeout', %s, false)",
            [f"{CONFIRM_MS_MAX}ms", f"{CONFIRM_MS_MAX}ms"],
        )
        await listening.execute("LISTEN chophien")
        return cls(show_id=show_id, reading=reading, speaking=speaking, listening=listening)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for connection in (self._reading, self._speaking, self._listening):
            await connection.close()

    async def snapshot(self) -> ShowSnapshot:
        cursor = await self._reading.execute(QUERIES["read_snapshot"], [self._show_id])
        row = await cursor.fetchone()
        if row is None or row[0] is None:
            raise NoSuchShowError(f"show {self._show_id}")
        snapshot = decode_show_snapshot(row[0])
        self._room_id = snapshot.room_id
        return snapshot

    async def confirm(self, utterance: Utterance) -> Confirmed | Stale:
        assert self._room_id is not None, "a sentence is made from a snapshot"
        claims = [
            {"sku_id": claim.sku_id, "digest": claim.digest, "free": claim.free}
            for claim in utterance.claims
        ]
        cursor = await self._speaking.execute(
            QUERIES["say"],
            [
                self._room_id,
                utterance.beat.value,
                utterance.text,
                msgspec.json.encode(claims).decode(),
                utterance.valid_until,
            ],
        )
        row = await cursor.fetchone()
        return Stale() if row is None else Confirmed(utterance_id=row[0], started_at=row[1])

    async def advance(self) -> None:
        await self._reading.execute(QUERIES["advance"], {"show_id": self._show_id})

    async def changed(self, since: ShowSnapshot) -> None:
        while _facts(await self.snapshot()) == _facts(since):
            async for _ in self._listening.notifies(timeout=LOOK_S, stop_after=1):
                pass


def _facts(snapshot: ShowSnapshot) -> tuple[object, ...]:
    shelf = tuple((goods.sku_id, goods.digest, goods.free) for goods in snapshot.shelf)
    return (snapshot.pinned_sku_id, snapshot.ends_at, shelf)


async def find_shows_on_air(url: str) -> list[int]:
    """Shows of AI hosts whose time it is by the database's clock, in order of their ids."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        cursor = await connection.execute(QUERIES["list_on_air"])
        return [row[0] for row in await cursor.fetchall()]
