"""Seating people in waiting rooms by batches: one transaction for all who came in a few ms.

First come, first served holds across processes: a batch is seated under the lock of its rooms,
in the order in which its people came.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from secrets import token_hex

import psycopg

from chophien.domain.admission import (
    Line,
    Pace,
    Seat,
    Turn,
    from_us,
    parse_pace,
    render_pace,
    to_us,
)
from chophien.domain.limits import JOIN_BATCH_MAX, JOINS_WAITING_MAX, LOCK_WAIT_MS
from chophien.hotlane.database import Connection, Pool, Row, run
from chophien.statements import load

logger = logging.getLogger(__name__)
QUEUE = load("queue")
BATCH_S = 0.005
ENTRY_BYTES = 8


@dataclass(frozen=True, slots=True)
class Person:
    """Who joins which room."""

    room_id: int
    user_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Seated:
    """The place that a person has, and when its turn comes; neither before the draw."""

    entry: str
    place: int | None
    turn_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoRoom:
    """The room is closed or was never there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """Too many wait to be seated, or the database is away: come back. A place stays the same."""


Outcome = Seated | NoRoom | Busy


@dataclass(frozen=True, slots=True)
class _Known:
    entry: str
    place: int | None


@dataclass(slots=True)
class _Room:
    """A room under its lock, and what this batch adds to it."""

    line: Line
    is_closed: bool
    added: list[tuple[Person, str, Seat]] = field(default_factory=list)


class Seating:
    """Collects joins and seats them; `run` has to be running.

    Args:
        clock: the fair's time.
        batch_s: how long the first of a batch waits for others.
    """

    def __init__(self, *, clock: Callable[[], datetime], batch_s: float = BATCH_S) -> None:
        self._clock = clock
        self._batch_s = batch_s
        self._waiting: dict[Person, asyncio.Future[Outcome]] = {}
        self._has_some = asyncio.Event()

    async def seat(self, person: Person) -> Outcome:
        """Give a person a place, or the one that the person has."""
        future = self._waiting.get(person)
        if future is None:
            if len(self._waiting) >= JOINS_WAITING_MAX:
                return Busy()
            future = self._waiting[person] = asyncio.get_running_loop().create_future()
            self._has_some.set()
        return await asyncio.shield(future)

    async def run(self, pool: Pool) -> None:
        """Seat batch after batch until cancelled; who waits then is told to come back."""
        try:
            while True:
                await self._has_some.wait()
                await asyncio.sleep(self._batch_s)
                await self._seat_next(pool)
        finally:
            self._answer(self._waiting, {})

    async def _seat_next(self, pool: Pool) -> None:
        """Take the first of those who wait, in their order."""
        people = list(self._waiting)[:JOIN_BATCH_MAX]
        batch = {person: self._waiting.pop(person) for person in people}
        if not self._waiting:
            self._has_some.clear()
        outcomes: Mapping[Person, Outcome] = {}
        try:
            async with pool.connection() as connection:
                outcomes = await self._settle(connection, people)
        except (OSError, psycopg.Error) as fault:
            logger.warning("%d people could not be seated: %s", len(people), fault)
        finally:
            self._answer(batch, outcomes)

    def _answer(
        self,
        batch: Mapping[Person, asyncio.Future[Outcome]],
        outcomes: Mapping[Person, Outcome],
    ) -> None:
        for person, future in batch.items():
            if not future.done():
                future.set_result(outcomes.get(person, Busy()))

    async def _settle(
        self, connection: Connection, people: Sequence[Person]
    ) -> dict[Person, Outcome]:
        """Answer those who have a place by reading; seat the others under their rooms' locks."""
        at_us = to_us(self._clock())
        known = await _read_known(connection, people)
        room_ids = sorted({person.room_id for person in known})
        rows = await run(connection, QUEUE["read_paces"], room_ids=room_ids) if known else []
        paces = {row["id"]: parse_pace(row["pace"]) for row in rows}
        outcomes: dict[Person, Outcome] = {
            person: _tell(have, paces[person.room_id])
            for person, have in known.items()
            if not _is_over(have, paces[person.room_id], at_us)
        }
        newcomers = [person for person in people if person not in outcomes]
        if newcomers:
            async with connection.transaction():
                outcomes |= await self._seat_newcomers(connection, newcomers)
        return outcomes

    async def _seat_newcomers(
        self, connection: Connection, people: Sequence[Person]
    ) -> dict[Person, Outcome]:
        await connection.execute(f"SET LOCAL lock_timeout = {LOCK_WAIT_MS}")
        room_ids = sorted({person.room_id for person in people})
        rooms = {
            row["id"]: _to_room(row)
            for row in await run(connection, QUEUE["lock_rooms"], room_ids=room_ids)
        }
        at = self._clock()
        # Another process may have seated some of them while this one waited for the locks.
        known = await _read_known(connection, people)
        outcomes: dict[Person, Outcome] = {}
        lapsed = []
        joining: dict[int, list[Person]] = {}
        for person in people:
            room, have = rooms.get(person.room_id), known.get(person)
            if room is None or room.is_closed:
                outcomes[person] = NoRoom()
                continue
            if have is not None and not _is_over(have, room.line.pace, to_us(at)):
                outcomes[person] = _tell(have, room.line.pace)
                continue
            if have is not None:
                lapsed.append(person)
            joining.setdefault(person.room_id, []).append(person)
        for room_id, newcomers in joining.items():
            outcomes |= _join(rooms[room_id], newcomers, at)
        await _write(connection, rooms, lapsed, at)
        return outcomes


def _join(room: _Room, people: Sequence[Person], at: datetime) -> dict[Person, Outcome]:
    room.line, seats = room.line.join(len(people), at_us=to_us(at))
    room.added = [
        (person, token_hex(ENTRY_BYTES), seat) for person, seat in zip(people, seats, strict=True)
    ]
    return {
        person: _tell(_Known(entry, seat.place), room.line.pace)
        for person, entry, seat in room.added
    }


async def _write(
    connection: Connection,
    rooms: Mapping[int, _Room],
    lapsed: Sequence[Person],
    at: datetime,
) -> None:
    """Write what a batch changed: at most three statements."""
    if lapsed:
        await run(connection, QUEUE["lapse_entrants"], at=at, **_list_people(lapsed))
    moved = {room_id: room for room_id, room in rooms.items() if room.added}
    if not moved:
        return
    added = [each for room in moved.values() for each in room.added]
    await run(
        connection,
        QUEUE["add_entrants"],
        entries=[entry for _, entry, _ in added],
        joined_ats=[from_us(seat.joined_us) for _, _, seat in added],
        places=[seat.place for _, _, seat in added],
        **_list_people([person for person, _, _ in added]),
    )
    lines = [room.line for room in moved.values()]
    await run(
        connection,
        QUEUE["move_rooms"],
        room_ids=list(moved),
        paces=[render_pace(line.pace) for line in lines],
        next_places=[line.next_place for line in lines],
        entereds=[line.entered for line in lines],
        last_joined_ats=[from_us(line.last_joined_us) for line in lines],
    )


async def _read_known(connection: Connection, people: Sequence[Person]) -> dict[Person, _Known]:
    rows = await run(connection, QUEUE["read_entrants"], **_list_people(people))
    return {
        Person(row["room_id"], row["user_id"]): _Known(row["entry"], row["place"]) for row in rows
    }


def _list_people(people: Sequence[Person]) -> dict[str, object]:
    return {
        "room_ids": [person.room_id for person in people],
        "user_ids": [person.user_id for person in people],
    }


def _to_room(row: Row) -> _Room:
    line = Line(
        pace=parse_pace(row["pace"]),
        is_drawn=row["drawn_at"] is not None,
        next_place=row["next_place"],
        entered=row["entered"],
        last_joined_us=to_us(row["last_joined_at"]),
    )
    return _Room(line=line, is_closed=row["closed_at"] is not None)


def _is_over(known: _Known, pace: Pace, at_us: int) -> bool:
    return known.place is not None and pace.judge(known.place, at_us) is Turn.OVER


def _tell(known: _Known, pace: Pace) -> Seated:
    return Seated(
        entry=known.entry,
        place=known.place,
        turn_at=None if known.place is None else from_us(pace.turn_at(known.place)),
    )
