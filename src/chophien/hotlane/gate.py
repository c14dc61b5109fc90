"""The gate of the lane: who may buy a sku now, and who waits where and how long.

It keeps the rooms and their pace in memory, read anew twice a second, and asks the database
nothing for an order. Until its first reading it lets nobody through.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg

from chophien.domain.admission import SECOND_US, Pace, Turn, from_us, parse_pace, to_us
from chophien.hotlane.database import Connection, Pool, Row, run
from chophien.statements import load
from chophien.wire.tickets import BadTicketError, read_ticket

logger = logging.getLogger(__name__)

REFRESH_S = 0.5
# What is answered to those who ask where nobody knows when: often enough, and cheap.
ASK_AGAIN_MS = 1_000
# A closed room is still known this long, so that those who waited hear of it.
CLOSED_KNOWN = timedelta(hours=1)
# After the lane was full, nobody goes straight in for this long.
FULL_US = SECOND_US
# How much of a second's rate may go straight in at once; what comes evenly needs no more.
BURST_DIVISOR = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A waiting room as it was when the rooms were read last."""

    id: int
    is_standing: bool
    opens_at: datetime
    is_drawn: bool
    is_closed: bool
    is_proof_of_work: bool
    is_sold_out: bool
    seed_hash: str
    seed: str
    entries_digest: str
    pace: Pace
    next_place: int
    entered: int
    sku_ids: tuple[int, ...]

    def count_waiting(self, at_us: int) -> int:
        """How many are here whose turn has not come."""
        if not self.is_drawn:
            return self.entered
        return max(0, self.next_place - self.pace.count_admitted(at_us))


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """Go on to the order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MustWait:
    """Not yet: join `room_id` (none: the gate itself is not ready), or come back with a ticket."""

    room_id: int | None
    retry_after_ms: int


Verdict = Admitted | MustWait
ADMITTED = Admitted()


class Gate:
    """Judges tickets in one process.

    Args:
        key: what tickets are signed with.
        clock: the fair's time.
        lanes: how many processes admit beside each other; each lets its share straight in.
    """

    def __init__(
        self,
        *,
        key: bytes,
        clock: Callable[[], datetime],
        lanes: int = 1,
    ) -> None:
        self._key = key
        self._clock = clock
        self._lanes = lanes
        self.rooms: dict[int, Room] = {}
        self._by_sku: dict[int, Room] = {}
        self._standing: Room | None = None
        self.is_ready = False
        self._full_until_us = 0
        self._next_direct_us = 0

    async def run(self, pool: Pool) -> None:
        """Read the rooms until cancelled; while the database is away, go by what was read last."""
        while True:
            try:
                async with pool.connection() as connection:
                    await self.refresh(connection)
            except (OSError, psycopg.Error) as fault:
                logger.warning("the waiting rooms cannot be read, again soon: %s", fault)
            await asyncio.sleep(REFRESH_S)

    async def refresh(self, connection: Connection) -> None:
        """Read all rooms: two queries."""
        at = self._clock()
        queue = load("queue")
        rows = await run(connection, queue["read_rooms"], at=at, since=at - CLOSED_KNOWN)
        sold_out = await run(connection, queue["list_sold_out"], at=at)
        gone = {row["id"] for row in sold_out}
        self._hold([_to_room(row, is_sold_out=row["id"] in gone) for row in rows])

    def _hold(self, rooms: list[Room]) -> None:
        self.rooms = {room.id: room for room in rooms}
        current = [room for room in rooms if not room.is_closed]
        self._by_sku = {sku_id: room for room in current for sku_id in room.sku_ids}
        self._standing = next((room for room in current if room.is_standing), None)
        self.is_ready = True

    def note_full(self, at: datetime) -> None:
        """The lane has more than it can take: until it had time, newcomers wait in the room."""
        self._full_until_us = to_us(at) + FULL_US

    def judge(self, *, sku_id: int, user_id: int, ticket: str | None, at: datetime) -> Verdict:
        """Whether a person may buy a sku now.

        A sku of a room is bought with a ticket whose turn is on. Any other is bought straight
        away as long as the standing room is empty, the lane is not full and no more come than its
        rate; else with a ticket of that room.
        """
        if not self.is_ready:
            return MustWait(room_id=None, retry_after_ms=ASK_AGAIN_MS)
        at_us = to_us(at)
        room = self._by_sku.get(sku_id)
        if room is not None:
            return self._judge_ticket(room, user_id, ticket, at_us)
        standing = self._standing
        if standing is None:
            return ADMITTED
        if ticket:
            verdict = self._judge_ticket(standing, user_id, ticket, at_us)
            if isinstance(verdict, Admitted):
                return verdict
        if self._goes_straight_in(standing, at_us):
            return ADMITTED
        return self._judge_ticket(standing, user_id, ticket, at_us)

    def _judge_ticket(self, room: Room, user_id: int, ticket: str | None, at_us: int) -> Verdict:
        place = self._read_place(room, user_id, ticket, at_us)
        if not room.is_drawn:
            wait_us = max(0, to_us(room.opens_at) - at_us)
        elif place is None:
            wait_us = 0
        else:
            if room.pace.judge(place, at_us) is Turn.NOW:
                return ADMITTED
            wait_us = max(0, room.pace.turn_at(place) - at_us)
        return MustWait(room_id=room.id, retry_after_ms=max(ASK_AGAIN_MS, -(-wait_us // 1_000)))

    def _read_place(self, room: Room, user_id: int, ticket: str | None, at_us: int) -> int | None:
        """The place that a ticket proves for this person in this room."""
        if not ticket:
            return None
        try:
            read = read_ticket(ticket, self._key, at_us // SECOND_US)
        except BadTicketError:
            return None
        if (read.room_id, read.user_id) != (room.id, user_id):
            return None
        return read.place

    def _goes_straight_in(self, room: Room, at_us: int) -> bool:
        """Let in at most the room's rate, evenly, while nobody waits.

        The virtual instants of those let in follow each other at the rate; whoever would be
        further ahead of now than a tenth of a second's worth waits like the others.
        """
        if at_us < self._full_until_us or room.count_waiting(at_us):
            return False
        rate_per_s = max(1, room.pace.rate_per_s // self._lanes)
        gap_us = SECOND_US // rate_per_s
        turn_us = max(at_us, self._next_direct_us)
        if turn_us - at_us > max(gap_us, SECOND_US // BURST_DIVISOR):
            self._full_until_us = at_us + FULL_US  # turns of the room begin: not both at once
            return False
        self._next_direct_us = turn_us + gap_us
        return True


def _to_room(row: Row, *, is_sold_out: bool) -> Room:
    return Room(
        id=row["id"],
        is_standing=row["is_standing"],
        opens_at=row["opens_at"],
        is_drawn=row["drawn_at"] is not None,
        is_closed=row["closed_at"] is not None,
        is_proof_of_work=row["is_proof_of_work"],
        is_sold_out=is_sold_out,
        seed_hash=row["seed_hash"],
        seed=row["seed"],
        entries_digest=row["entries_digest"],
        pace=parse_pace(row["pace"]),
        next_place=row["next_place"],
        entered=row["entered"],
        sku_ids=tuple(row["sku_ids"]),
    )


def describe_room(room: Room, at: datetime) -> dict[str, object]:
    """What anyone may know of a room, ready for JSON."""
    at_us = to_us(at)
    anchor = room.pace.anchors[-1]
    return {
        "id": room.id,
        "now": at.isoformat(),
        "opens_at": room.opens_at.isoformat(),
        "is_drawn": room.is_drawn,
        "is_closed": room.is_closed,
        "is_sold_out": room.is_sold_out,
        "is_proof_of_work": room.is_proof_of_work,
        "seed_hash": room.seed_hash,
        "seed": room.seed or None,
        "entries_digest": room.entries_digest or None,
        "entered": room.entered,
        "waiting": room.count_waiting(at_us),
        "admitted": min(room.next_place, room.pace.count_admitted(at_us)) if room.is_drawn else 0,
        "rate_per_s": anchor.rate_per_s,
        "pace": {
            "place": anchor.place,
            "at": from_us(anchor.at_us).isoformat(),
            "rate_per_s": anchor.rate_per_s,
        },
    }
