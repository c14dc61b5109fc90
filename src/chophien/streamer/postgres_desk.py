"""The desk of a show in PostgreSQL."""

from collections.abc import Mapping
from dataclasses import dataclass
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
READ_MS_MAX = 5_000  # a snapshot takes a few; longer means that something is stuck
CONNECT_S_MAX = 5
APPLICATION_NAME = "chophien host"  # how PostgreSQL lists its connections

# Sessions that may see the fair's clock moved, and those that never do.
REHEARSAL: Mapping[str, str] = {"chophien.rehearsal": "on"}
REAL_TIME: Mapping[str, str] = {}

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


def _write_options(settings: Mapping[str, str]) -> str:
    return " ".join(f"-c {name}={value}" for name, value in settings.items())


class _Line:
    """One connection that is opened when first asked for, and anew once it has broken."""

    def __init__(self, url: str, *, settings: Mapping[str, str], listens: bool = False) -> None:
        self._url = url
        self._options = _write_options(settings)
        self._listens = listens
        self._connection: Connection | None = None

    async def get(self) -> Connection:
        """Give the connection.

        Raises:
            psycopg.OperationalError: the database cannot be reached now; ask again later.
        """
        if self._connection is None or self._connection.closed:
            self._connection = await psycopg.AsyncConnection.connect(
                self._url,
                autocommit=True,
                options=self._options,
                connect_timeout=CONNECT_S_MAX,
                application_name=APPLICATION_NAME,
            )
            if self._listens:
                await self._connection.execute("LISTEN chophien")
        return self._connection

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()


class PostgresDesk:
    """One show's desk, over three connections: for the mind, for the frame loop, for listening.

    A connection that broke is opened again at the next call; until then that call raises.
    `session` are settings of PostgreSQL for all three.
    """

    def __init__(self, *, url: str, show_id: int, session: Mapping[str, str] = REAL_TIME) -> None:
        self._show_id = show_id
        self._reading = _Line(url, settings={"statement_timeout": f"{READ_MS_MAX}ms", **session})
        self._speaking = _Line(
            url,
            settings={
                "statement_timeout": f"{CONFIRM_MS_MAX}ms",
                "lock_timeout": f"{CONFIRM_MS_MAX}ms",
                **session,
            },
        )
        self._listening = _Line(url, settings=session, listens=True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for line in (self._reading, self._speaking, self._listening):
            await line.close()

    async def snapshot(self) -> ShowSnapshot:
        cursor = await (await self._reading.get()).execute(
            QUERIES["read_snapshot"], [self._show_id]
        )
        row = await cursor.fetchone()
        if row is None or row[0] is None:
            raise NoSuchShowError(f"show {self._show_id}")
        return decode_show_snapshot(row[0])

    async def confirm(self, utterance: Utterance) -> Confirmed | Stale:
        claims = [
            {"sku_id": claim.sku_id, "digest": claim.digest, "free": claim.free}
            for claim in utterance.claims
        ]
        cursor = await (await self._speaking.get()).execute(
            QUERIES["say"],
            [
                self._show_id,
                utterance.beat.value,
                utterance.text,
                msgspec.json.encode(claims).decode(),
                utterance.valid_until,
            ],
        )
        row = await cursor.fetchone()
        return Stale() if row is None else Confirmed(utterance_id=row[0], started_at=row[1])

    async def advance(self) -> None:
        await (await self._reading.get()).execute(QUERIES["advance"], {"show_id": self._show_id})

    async def changed(self, since: ShowSnapshot) -> None:
        while _facts(await self.snapshot()) == _facts(since):
            listening = await self._listening.get()
            async for _ in listening.notifies(timeout=LOOK_S, stop_after=1):
                pass


def _facts(snapshot: ShowSnapshot) -> tuple[object, ...]:
    shelf = tuple((goods.sku_id, goods.digest, goods.free) for goods in snapshot.shelf)
    return (snapshot.pinned_sku_id, snapshot.ends_at, shelf)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnAir:
    """What the programme says at one look."""

    show_ids: tuple[int, ...]
    """Shows of AI hosts whose time it is by the fair's clock, in order."""
    offset_s: int
    """How far the fair's clock is ahead of real time: 0 unless somebody rehearses."""


async def look_at_programme(url: str, *, session: Mapping[str, str] = REAL_TIME) -> OnAir:
    """Tell which shows are to be on air now, and how far the clock is moved."""
    async with await psycopg.AsyncConnection.connect(
        url, autocommit=True, options=_write_options(session)
    ) as connection:
        shows = await (await connection.execute(QUERIES["list_on_air"])).fetchall()
        clock = await (await connection.execute(QUERIES["read_offset"])).fetchone()
    assert clock is not None, "a clock always tells"
    return OnAir(show_ids=tuple(row[0] for row in shows), offset_s=clock[0])


async def announce_show(url: str, show_id: int) -> None:
    """Tell every page that a show began or ended, so that what is on air is right everywhere."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute(QUERIES["announce"], [show_id])
