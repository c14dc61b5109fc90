"""Who follows which channel, and the commerce lane: frames built once, sent to all, never lost."""

import asyncio
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from chophien.domain.limits import (
    HUB_CHANNELS_MAX,
    HUB_GATHER_MS,
    HUB_RESYNC_PER_S,
    TALK_TICK_MS,
)
from chophien.hotlane.hub import protocol
from chophien.hotlane.hub.connection import Connection, fan_out, fan_out_passing
from chophien.hotlane.hub.frames import Broadcast, encode_text
from chophien.hotlane.hub.history import History, Position
from chophien.hotlane.hub.viewers import Viewers

COMMERCE = re.compile(r"fair|screen|room:[0-9]{1,18}", re.ASCII)
TALK = re.compile(r"chat:([0-9]{1,18})", re.ASCII)
MS_PER_S = 1_000
RESYNC_STEPS_PER_S = 10
EPOCH_BYTES = 4


def talk_channel(room_id: int) -> str:
    return f"chat:{room_id}"


def find_talk_room(channel: str) -> int | None:
    """The room whose talk lane a channel is."""
    found = TALK.fullmatch(channel)
    return int(found[1]) if found else None


class UnknownChannelError(ValueError):
    """Nothing is ever published there."""


class TooManyChannelsError(ValueError):
    """A connection follows as many channels as it may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What a new follower is told of a channel of the commerce lane.

    `missed`: the inside of a JSON list; `None` when it did not ask or cannot be given all.
    """

    position: Position
    was_recovering: bool
    missed: bytes | None


@dataclass(slots=True)
class _Channel:
    """Followers apart by what they can read, so that a fan-out asks nobody."""

    plain: set[Connection] = field(default_factory=set)
    deflating: set[Connection] = field(default_factory=set)
    history: History = field(default_factory=History)
    pending: list[bytes] = field(default_factory=list)
    """Publications of the next frame."""
    is_due: bool = False
    fan_out_s: float = 0.0
    """How long the last one took."""
    rides_until_s: float = 0.0
    """Until when a tick of the room's talk may be expected, by the loop's clock."""

    @property
    def is_slow(self) -> bool:
        """Whether a fan-out takes so long that its events had better go with the next tick."""
        return self.fan_out_s >= HUB_GATHER_MS / MS_PER_S

    @property
    def gather_s(self) -> float:
        """How long events wait for each other after a fan-out."""
        return (TALK_TICK_MS if self.is_slow else HUB_GATHER_MS) / MS_PER_S

    def choose(self, connection: Connection) -> set[Connection]:
        return self.deflating if connection.deflates else self.plain

    @property
    def follower_count(self) -> int:
        return len(self.plain) + len(self.deflating)

    @property
    def is_forgettable(self) -> bool:
        return not (self.plain or self.deflating or self.history.top)


class Hub:
    """Channels and their followers, in one process and one event loop.

    Args:
        let_go: called with every reader who has to be disconnected for being slow or gone.
    """

    def __init__(self, *, let_go: Callable[[Connection], object]) -> None:
        self._let_go = let_go
        self._channels: dict[str, _Channel] = {}
        self._epoch = secrets.token_hex(EPOCH_BYTES)
        self._resyncing: list[tuple[str, Connection]] = []
        self.viewers = Viewers()
        self.frames_sent = 0

    def follow(
        self, connection: Connection, channel: str, *, since: Position | None, at_ms: int
    ) -> Followed | None:
        """Let a connection hear a channel from now on; `None` for the talk lane, which has no past.

        Raises:
            UnknownChannelError: there is no such channel.
            TooManyChannelsError: it follows `HUB_CHANNELS_MAX` already.
        """
        room_id = find_talk_room(channel)
        if room_id is None and not COMMERCE.fullmatch(channel):
            raise UnknownChannelError(channel)
        if len(connection.channels) >= HUB_CHANNELS_MAX:
            raise TooManyChannelsError(f"at most {HUB_CHANNELS_MAX} channels")
        followed = self._channels.setdefault(channel, _Channel())
        self._send_pending(channel, followed)  # or it would hear of those twice
        followed.choose(connection).add(connection)
        connection.channels += (channel,)
        if room_id is not None:
            self.viewers.arrive(room_id, connection.viewer)
            return None
        return self._place(followed, since, at_ms)

    def unfollow(self, connection: Connection, channel: str) -> None:
        """Hear a channel no longer; not followed, nothing happens."""
        if channel not in connection.channels:
            return
        connection.channels = tuple(each for each in connection.channels if each != channel)
        followed = self._channels[channel]
        followed.choose(connection).discard(connection)
        if followed.is_forgettable:
            del self._channels[channel]
        room_id = find_talk_room(channel)
        if room_id is not None:
            self.viewers.depart(room_id, connection.viewer)

    def leave(self, connection: Connection) -> None:
        """Follow nothing any more."""
        for channel in connection.channels:
            self.unfollow(connection, channel)

    def count_followers(self, channel: str) -> int:
        found = self._channels.get(channel)
        return found.follower_count if found else 0

    def read_history(
        self, channel: str, since: Position | None, at_ms: int
    ) -> tuple[Position, bytes | None]:
        """Where a channel is, and what was published after a position; `None` if not all is kept."""
        followed = self._channels.get(channel, _Channel())
        place = self._place(followed, since, at_ms)
        return place.position, place.missed

    def publish(self, channel: str, event: bytes, at_ms: int) -> None:
        """Send an event of the commerce lane, ready JSON, to all followers, and keep it.

        The first goes out at once; those that follow within `HUB_GATHER_MS` go together. In a
        room whose fan-out takes longer than that, all wait for the next tick of its talk and are
        written with it: a socket's own cost is nearly all there is (ADR 0019).
        """
        followed = self._channels.setdefault(channel, _Channel())
        followed.pending.append(followed.history.append(event, at_ms))
        if followed.is_due:
            return
        followed.is_due = True
        if not followed.is_slow:
            self._send_pending(channel, followed)
        asyncio.get_running_loop().call_later(followed.gather_s, self._send_due, channel)

    def broadcast_talk(self, room_id: int, data: bytes) -> None:
        """Send one tick of a talk lane to those who are quick enough to read it.

        What waits in the room's commerce lane goes with it; that everybody gets.
        """
        channel = talk_channel(room_id)
        followed = self._channels.get(channel)
        if followed is None:
            return
        talk = protocol.encode_push(channel, b'{"data":%b}' % data)
        name = f"room:{room_id}"
        room = self._channels.get(name)
        if room is None or not (events := self._take_pending(name, room)):
            self._send(followed, Broadcast.of(talk), passing=True)
            return
        room.rides_until_s = asyncio.get_running_loop().time() + 2 * TALK_TICK_MS / MS_PER_S
        quick, others, talkers = _part(room, followed)
        began_s = time.monotonic()
        self._send(quick, Broadcast.of(*events, talk), passing=False)
        self._send(others, Broadcast.of(*events), passing=False)
        self._send(talkers, Broadcast.of(talk), passing=True)
        room.fan_out_s = time.monotonic() - began_s

    def restart_history(self) -> None:
        """Begin a new epoch: events may have been missed since the last one that was heard.

        Everybody who follows the commerce lane is sent, a few at a time, to subscribe anew. They
        name the old epoch, are told that nothing can be recovered, and read their state anew.
        """
        self._epoch = secrets.token_hex(EPOCH_BYTES)
        for name, channel in tuple(self._channels.items()):
            if find_talk_room(name) is not None:
                continue
            channel.history = History()
            channel.pending.clear()
            followers = (*channel.plain, *channel.deflating)
            self._resyncing += [(name, each) for each in followers]
            if channel.is_forgettable:
                del self._channels[name]
        self._resync()

    def _resync(self) -> None:
        """Send the next few away, and come back for the others."""
        now, self._resyncing = _split(self._resyncing, HUB_RESYNC_PER_S // RESYNC_STEPS_PER_S)
        for channel, connection in now:
            if channel in connection.channels:
                self.unfollow(connection, channel)
                if not connection.write(encode_text(protocol.encode_unsubscribed(channel))):
                    self._let_go(connection)
        if self._resyncing:
            asyncio.get_running_loop().call_later(1 / RESYNC_STEPS_PER_S, self._resync)

    def _place(self, followed: _Channel, since: Position | None, at_ms: int) -> Followed:
        missed = None
        if since is not None and since.epoch == self._epoch:
            missed = followed.history.list_since(since.offset, at_ms)
        return Followed(
            position=Position(followed.history.top, self._epoch),
            was_recovering=since is not None,
            missed=missed,
        )

    def _send_due(self, channel: str) -> None:
        """Send what was gathered; nothing was, and the next one goes out at once again."""
        followed = self._channels.get(channel)
        if followed is None:
            return
        loop = asyncio.get_running_loop()
        followed.is_due = bool(followed.pending)
        if followed.pending:
            if not (followed.is_slow and loop.time() < followed.rides_until_s):
                self._send_pending(channel, followed)
            loop.call_later(followed.gather_s, self._send_due, channel)

    def _take_pending(self, channel: str, followed: _Channel) -> list[bytes]:
        pushes = [protocol.encode_push(channel, each) for each in followed.pending]
        followed.pending.clear()
        return pushes

    def _send_pending(self, channel: str, followed: _Channel) -> None:
        pushes = self._take_pending(channel, followed)
        if pushes and followed.follower_count:
            began_s = time.monotonic()
            self._send(followed, Broadcast.of(*pushes), passing=False)
            followed.fan_out_s = time.monotonic() - began_s

    def _send(self, followed: _Channel, message: Broadcast, *, passing: bool) -> None:
        send = fan_out_passing if passing else fan_out
        lost = []
        for readers, frame in (
            (followed.plain, message.plain),
            (followed.deflating, message.deflated),
        ):
            if readers:
                self.frames_sent += len(readers)
                lost += send(readers, frame)
        for connection in lost:
            self._let_go(connection)


def _part(room: _Channel, talk: _Channel) -> tuple[_Channel, _Channel, _Channel]:
    """Readers of both lanes who are quick enough for talk, the room's others, and talk's."""
    quick, others, talkers = _Channel(), _Channel(), _Channel()
    for name in ("plain", "deflating"):
        of_room, of_talk = getattr(room, name), getattr(talk, name)
        both = {each for each in of_room & of_talk if each.backlog is None}
        setattr(quick, name, both)
        setattr(others, name, of_room - both)
        setattr(talkers, name, of_talk - of_room)
    return quick, others, talkers


def _split(
    items: list[tuple[str, Connection]], count: int
) -> tuple[list[tuple[str, Connection]], list[tuple[str, Connection]]]:
    return items[:count], items[count:]
