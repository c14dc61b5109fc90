"""The talk desk: decides about what is published in rooms, and brings it to everybody.

A message is written before it is shown, in a batch with its neighbours: what viewers saw is kept.
Rules, words, mutes and codes are in memory; a message asks the database nothing.
"""

import asyncio
import logging
import time
from collections import Counter, OrderedDict, deque
from uuid import uuid4

import msgspec
import psycopg
from psycopg.sql import SQL, Identifier
from typing_extensions import override
from uuid_utils.compat import uuid7

from chophien.domain.chat.rules import (
    Held,
    Role,
    Shown,
    Why,
    Writer,
    decide,
    judge_name,
)
from chophien.domain.chat.rules import (
    Refused as Refusal,
)
from chophien.domain.chat.text import clean_text
from chophien.domain.comment_orders import parse_comment
from chophien.domain.limits import (
    CHAT_BACKLOG_MAX,
    CHAT_BATCH_MAX,
    CHAT_BATCH_MS,
    CHAT_ROOMS_MAX,
    TALK_LIKES_MAX,
)
from chophien.hotlane.chat.rooms import Memory, Room, read_room
from chophien.hotlane.clock import DatabaseClock
from chophien.hotlane.database import Connection, Pool, connect, make_pool, run
from chophien.hotlane.hub.desk import Refused, Said, TalkDesk
from chophien.hotlane.hub.talk import TalkLane
from chophien.statements import load
from chophien.wire.events import NOTIFY_CHANNEL
from chophien.wire.said import (
    KEY_CHARS_MAX,
    TALK_CHANNEL,
    Entry,
    Told,
    Wish,
    arrange_drafts,
    arrange_messages,
)

logger = logging.getLogger(__name__)
_CHAT = load("chat")
CODES = {why: 1_001 + place for place, why in enumerate(Why)}
"""The protocol's numbers of refusals; the words are what pages go by."""
CONNECTIONS_MAX = 2  # one writes, one reads rooms
RETRY_S = 0.5
MS_PER_S = 1_000
_GONE = (psycopg.Error, OSError)
# A row that the database does not take: its sku is gone, say. The others of its batch are fine.
_UNFIT = (psycopg.IntegrityError, psycopg.DataError)
_KINDS = {
    Role.VIEWER: "",
    Role.HOST: "host",
    Role.MODERATOR: "moderator",
    Role.ORGANISER: "organiser",
}


def refuse(refusal: Refusal) -> Refused:
    """A refusal as browsers hear it: its word, and the seconds to wait if it is a matter of time."""
    wait_s = -(-refusal.wait_ms // MS_PER_S)
    message = f"{refusal.why} {wait_s}" if wait_s else str(refusal.why)
    return Refused(code=CODES[refusal.why], message=message)


class ChatDesk(TalkDesk):
    """Takes messages and likes of all rooms of one process. `run` has to be under way.

    Args:
        url: of the database.
        lane: what brings items to browsers.
        is_rehearsing: whether the fair's clock may be moved.
    """

    def __init__(self, *, url: str, lane: TalkLane, is_rehearsing: bool = False) -> None:
        self._url = url
        self._settings = {"chophien.rehearsal": "on"} if is_rehearsing else {}
        self._lane = lane
        self._clock = DatabaseClock()
        self._memories: OrderedDict[int, Memory] = OrderedDict()
        self._reading: dict[int, asyncio.Task[None]] = {}
        self._waiting: deque[Entry] = deque()
        self._likes: Counter[int] = Counter()
        self._has_work = asyncio.Event()
        self._pool: Pool | None = None
        self._batch_max = CHAT_BATCH_MAX
        self.written_count = 0

    # ------------------------------------------------------------ taking

    @override
    async def take(self, said: Said) -> Refused | None:
        """Decide about a message or likes; see `domain.chat.rules`."""
        if not isinstance(said.data, dict):
            return refuse(Refusal(why=Why.UNREADABLE))
        memory = await self._find(said.room_id)
        if memory is None:
            return refuse(Refusal(why=Why.BUSY, wait_ms=MS_PER_S))
        room = memory.room
        if room is None or not room.opens_at <= self._clock.read_fair() < room.closes_at:
            return refuse(Refusal(why=Why.NOT_OPEN))
        if "like" in said.data:
            return self._take_likes(said.room_id, said.data["like"])
        refusal = self._take_message(said, said.data, memory, room)
        return None if refusal is None else refuse(refusal)

    def _take_likes(self, room_id: int, count: object) -> Refused | None:
        if type(count) is not int or not 1 <= count <= TALK_LIKES_MAX:
            return refuse(Refusal(why=Why.UNREADABLE))
        self._likes[room_id] += count
        self._lane.like(room_id, count)
        self._has_work.set()
        return None

    def _take_message(
        self, said: Said, data: dict[object, object], memory: Memory, room: Room
    ) -> Refusal | None:
        text, key = data.get("text"), data.get("key", "")
        if not isinstance(text, str) or not isinstance(key, str) or len(key) > KEY_CHARS_MAX:
            return Refusal(why=Why.UNREADABLE)
        if len(self._waiting) >= CHAT_BACKLOG_MAX:
            return Refusal(why=Why.BUSY, wait_ms=MS_PER_S)
        caller = said.caller
        name = self._name(said, data, room)
        if isinstance(name, Refusal):
            return name
        person = f"u:{caller.user_id}" if caller.user_id is not None else f"g:{caller.guest_id}"
        writer = Writer(key=person, role=room.find_role(caller.user_id))
        outcome = decide(
            text,
            writer=writer,
            rules=room.rules,
            pace=memory.pace,
            at=self._clock.read_fair(),
            at_us=time.monotonic_ns() // 1_000,
        )
        if isinstance(outcome, Refusal):
            return outcome
        kind = _KINDS[writer.role] or ("guest" if caller.user_id is None else "viewer")
        entry = self._make_entry(
            room, outcome, text=text, writer=person, name=name, kind=kind, key=key
        )
        self._waiting.append(entry)
        self._has_work.set()
        return None

    def _name(self, said: Said, data: dict[object, object], room: Room) -> str | Refusal:
        """The name that stands before a message: an account's, or what the guest calls itself."""
        caller = said.caller
        if caller.user_id is not None:
            return clean_text(caller.name) or f"#{caller.user_id}"
        if not caller.guest_id:
            return Refusal(why=Why.NO_NAME)
        given = data.get("name", caller.name)
        if not isinstance(given, str):
            return Refusal(why=Why.UNREADABLE)
        name = judge_name(given, room.rules)
        if isinstance(name, str) and room.is_taken(name):
            return Refusal(why=Why.BAD_NAME)
        return name

    def _make_entry(self, room: Room, outcome: Shown | Held, *, text: str, **fields: str) -> Entry:
        order = parse_comment(text, room.codes)
        return Entry(
            id=uuid7(),
            room_id=room.room_id,
            said_at=self._clock.read_fair(),
            text=outcome.text,
            state="held" if isinstance(outcome, Held) else "shown",
            why=outcome.why if isinstance(outcome, Held) else "",
            wishes=tuple(
                Wish(id=uuid7(), token=uuid4(), ordered=line, phone=order.phone)
                for line in order.lines
            ),
            **fields,
        )

    # ------------------------------------------------------------ rooms

    async def _find(self, room_id: int) -> Memory | None:
        """What holds in a room; known but not fresh, it is read again meanwhile.

        `None` while the database is away and the room was never read.
        """
        memory = self._memories.get(room_id)
        if memory is not None and memory.is_fresh:
            return memory
        reading = self._reading.get(room_id)
        if reading is None:
            reading = asyncio.create_task(self._read(room_id))
            self._reading[room_id] = reading
            reading.add_done_callback(lambda _: self._reading.pop(room_id, None))
        if memory is None or memory.is_stale or memory.room is None:
            await asyncio.wait([reading])
        return self._memories.get(room_id)

    async def _read(self, room_id: int) -> None:
        if self._pool is None:
            return
        try:
            async with self._pool.connection() as connection:
                room = await read_room(connection, room_id, self._clock)
        except _GONE as fault:
            logger.warning("rules of room %s could not be read: %s", room_id, fault)
            return
        before = self._memories.pop(room_id, None)
        memory = Memory(room=room) if before is None else Memory(room=room, pace=before.pace)
        self._memories[room_id] = memory
        while len(self._memories) > CHAT_ROOMS_MAX:
            self._memories.popitem(last=False)

    # ------------------------------------------------------------ work

    async def run(self) -> None:
        """Write and listen until cancelled; the database may come and go."""
        pool = make_pool(self._url, size_max=CONNECTIONS_MAX, settings=self._settings)
        async with pool:
            self._pool = pool
            try:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._write_on(pool))
                    tasks.create_task(self._listen_on())
            finally:
                self._pool = None

    async def _write_on(self, pool: Pool) -> None:
        while True:
            await self._has_work.wait()
            await asyncio.sleep(CHAT_BATCH_MS / MS_PER_S)
            self._has_work.clear()
            try:
                while self._waiting or self._likes:
                    await self._write(pool)
            except _UNFIT:
                self._sort_out()
            except _GONE as fault:
                logger.warning("messages wait for the database: %s", fault)
                self._has_work.set()
                await asyncio.sleep(RETRY_S)

    async def _write(self, pool: Pool) -> None:
        """Write a batch and then tell it; what could not be written stays in its place."""
        batch = [self._waiting[place] for place in range(min(len(self._waiting), self._batch_max))]
        likes = dict(self._likes)
        async with pool.connection() as connection, connection.transaction():
            if batch:
                await run(connection, _CHAT["write_messages"], **arrange_messages(batch))
            drafts = arrange_drafts(batch)
            if drafts["ids"]:
                await run(connection, _CHAT["write_drafts"], **drafts)
            if likes:
                await run(
                    connection, _CHAT["add_likes"], rooms=list(likes), counts=list(likes.values())
                )
        self._likes -= Counter(likes)
        for entry in batch:
            self._waiting.popleft()
            self._tell(entry)
        self.written_count += len(batch)
        if not self._waiting:
            self._batch_max = CHAT_BATCH_MAX

    def _sort_out(self) -> None:
        """A batch has a message that cannot be written: find it alone, and leave it out."""
        self._has_work.set()
        if self._batch_max > 1:
            self._batch_max = 1
            return
        logger.error("a message cannot be written: %s", self._waiting.popleft().id)

    def _tell(self, entry: Entry) -> None:
        if entry.state == "shown":
            item = msgspec.json.encode(entry.to_item())
            self._lane.say(entry.room_id, item, goes_first=entry.goes_first)

    async def _listen_on(self) -> None:
        while True:
            try:
                listening = await connect(self._url, application="chophien talk", settings={})
                async with listening:
                    await self._listen(listening)
            except _GONE as fault:
                logger.warning("the talk desk lost its line: %s", fault)
            await asyncio.sleep(RETRY_S)

    async def _listen(self, connection: Connection) -> None:
        """Hear of changed rules and of what others wrote, until the line breaks."""
        for channel in (NOTIFY_CHANNEL, TALK_CHANNEL):
            await connection.execute(SQL("LISTEN {}").format(Identifier(channel)))
        self._forget(0)  # whatever changed while nobody listened
        async for heard in connection.notifies():
            if heard.channel == TALK_CHANNEL:
                self._hear_told(heard.payload)
            else:
                self._hear_event(heard.payload)

    def _hear_event(self, payload: str) -> None:
        if '"chat_rules"' not in payload and '"show' not in payload:
            return
        try:
            room_id = _events.decode(payload).event.room_id
        except msgspec.DecodeError:
            logger.exception("not an event: %s", payload[:200])
            return
        self._forget(room_id)

    def _forget(self, room_id: int) -> None:
        """Read a room again before its next message; 0 means all."""
        for each in [room_id] if room_id else list(self._memories):
            if each in self._memories:
                self._memories[each].is_stale = True

    def _hear_told(self, payload: str) -> None:
        try:
            told = _told.decode(payload)
        except msgspec.DecodeError:
            logger.exception("not a message: %s", payload[:200])
            return
        self._lane.say(told.room_id, msgspec.json.encode(told.item))


class _Event(msgspec.Struct):
    room_id: int = 0


class _Heard(msgspec.Struct):
    event: _Event


_events = msgspec.json.Decoder(_Heard)
_told = msgspec.json.Decoder(Told)
