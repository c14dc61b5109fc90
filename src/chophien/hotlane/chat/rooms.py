"""What holds in each room, read from the database and kept in memory."""

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from chophien.domain.chat.pace import Pace
from chophien.domain.chat.rules import LinkRule, Role, Rules
from chophien.domain.chat.words import Action, WordList
from chophien.domain.comment_orders import Codes, Variant
from chophien.domain.contact import fold
from chophien.domain.limits import CHAT_OPEN_AROUND, CHAT_WORDS_MAX
from chophien.hotlane.clock import DatabaseClock
from chophien.hotlane.database import Connection, Row, run
from chophien.statements import load

_CHAT = load("chat")
# Events tell of changes at once; what no event tells (a show moved, a stop) is seen after this.
FRESH_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """One room as it was read."""

    room_id: int
    opens_at: datetime
    closes_at: datetime
    host_id: int | None
    host_name: str
    moderators: frozenset[int]
    organisers: frozenset[int]
    rules: Rules
    codes: Codes
    read_at_s: float
    """By the monotonic clock."""

    @property
    def is_fresh(self) -> bool:
        return time.monotonic() - self.read_at_s < FRESH_S

    def find_role(self, user_id: int | None) -> Role:
        """In which part somebody speaks here."""
        if user_id is None:
            return Role.VIEWER
        if user_id == self.host_id:
            return Role.HOST
        if user_id in self.moderators:
            return Role.MODERATOR
        return Role.ORGANISER if user_id in self.organisers else Role.VIEWER

    def is_taken(self, name: str) -> bool:
        """Whether a guest would pass for the host under this name."""
        return fold(name) == fold(self.host_name)


@dataclass(slots=True)
class Memory:
    """A room with the pace of those who speak there; `None` for a room that there is not."""

    room: Room | None
    is_stale: bool = False
    pace: Pace = field(default_factory=Pace)
    missing_since_s: float = field(default_factory=time.monotonic)

    @property
    def is_fresh(self) -> bool:
        if self.room is None:
            return time.monotonic() - self.missing_since_s < FRESH_S
        return not self.is_stale and self.room.is_fresh


async def read_room(connection: Connection, room_id: int, clock: DatabaseClock) -> Room | None:
    """Read all that holds in a room; goods without a code get one. Sets the clock."""
    found = await run(connection, _CHAT["find_room"], room=room_id)
    if not found:
        return None
    (row,) = found
    clock.set(real=row["real"], fair=row["fair"])
    await run(connection, _CHAT["give_codes"], rooms=[room_id])
    here = {"room": room_id, "festival": row["festival_id"]}
    rules = Rules(
        is_closed=row["is_closed"],
        slow_s=row["slow_s"],
        links=LinkRule(row["links"]),
        words=await _read_words(connection, here),
        mutes={
            each["writer"]: each["ends_at"]
            for each in await run(connection, _CHAT["list_mutes"], **here)
        },
    )
    return Room(
        room_id=room_id,
        opens_at=row["starts_at"] - CHAT_OPEN_AROUND,
        closes_at=row["ends_at"] + CHAT_OPEN_AROUND,
        host_id=row["person_id"],
        host_name=row["name"],
        moderators=_first(await run(connection, _CHAT["list_moderators"], room=room_id)),
        organisers=_first(await run(connection, _CHAT["list_organisers"])),
        rules=rules,
        codes=gather_codes(await run(connection, _CHAT["list_codes"], room=room_id)),
        read_at_s=time.monotonic(),
    )


async def _read_words(connection: Connection, here: dict[str, int]) -> WordList:
    rows = await run(connection, _CHAT["list_words"], **here, words_max=CHAT_WORDS_MAX)
    return WordList((row["phrase"], Action(row["action"])) for row in rows)


def _first(rows: Sequence[Row]) -> frozenset[int]:
    return frozenset(row["id"] for row in rows)


def gather_codes(rows: Sequence[Row]) -> Codes:
    """Variants by code, from rows of code, sku and words of its unit."""
    codes: defaultdict[str, list[Variant]] = defaultdict(list)
    for row in rows:
        codes[row["code"]].append(Variant(sku_id=row["sku_id"], words=row["words"]))
    return codes
