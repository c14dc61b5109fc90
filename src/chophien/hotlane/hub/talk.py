"""The talk lane: what is said and liked in a room goes out once a tick, sampled under load.

Nothing of it is kept: whoever is away reads the last messages from the page that shows them.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from chophien.domain.limits import (
    TALK_ITEM_BYTES_MAX,
    TALK_MESSAGES_MAX,
    TALK_TICK_MS,
    TALK_WAITING_MAX,
)
from chophien.domain.talk import choose_kept
from chophien.hotlane.hub.viewers import Viewers

MS_PER_S = 1_000
# The number of viewers is told when it changed, and not more often than this.
WATCHING_EVERY_TICKS = 10


@dataclass(slots=True)
class _Tick:
    items: list[bytes] = field(default_factory=list)
    are_first: list[bool] = field(default_factory=list)
    left_out_count: int = 0
    like_count: int = 0


class TalkLane:
    """Gathers what is said in each room and sends it, a frame a tick.

    Args:
        send: takes a room and what its readers get, ready JSON.
        viewers: who watches.
    """

    def __init__(self, send: Callable[[int, bytes], object], viewers: Viewers) -> None:
        self._send = send
        self._viewers = viewers
        self._ticks: defaultdict[int, _Tick] = defaultdict(_Tick)
        self._told: dict[int, int] = {}
        """The number of viewers that each room was told last."""
        self._count = 0

    def say(self, room_id: int, item: bytes, *, goes_first: bool = False) -> None:
        """Have a message, ready JSON, told to the room with the next tick.

        Args:
            room_id: where.
            item: at most `TALK_ITEM_BYTES_MAX` bytes.
            goes_first: the host's, a moderator's, an order: never left out for the others' sake.
        """
        assert len(item) <= TALK_ITEM_BYTES_MAX, "the desk hands on short messages"
        tick = self._ticks[room_id]
        if len(tick.items) >= TALK_WAITING_MAX * (1 + goes_first):
            tick.left_out_count += 1
            return
        tick.items.append(item)
        tick.are_first.append(goes_first)

    def like(self, room_id: int, count: int) -> None:
        """Have likes told with the next tick, as a sum."""
        self._ticks[room_id].like_count += count

    async def run(self) -> None:
        """Tick until cancelled, by the clock: a tick that takes long makes the next no later."""
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        while True:
            due_s = max(due_s + TALK_TICK_MS / MS_PER_S, loop.time())
            await asyncio.sleep(due_s - loop.time())
            self.tick()

    def tick(self) -> None:
        """Send every room what happened since the last tick; where nothing did, nothing."""
        self._count += 1
        if not self._count % WATCHING_EVERY_TICKS:
            self._look_at_viewers()
        ticks, self._ticks = self._ticks, defaultdict(_Tick)
        for room_id, tick in ticks.items():
            self._send(room_id, self._encode(room_id, tick))

    def _look_at_viewers(self) -> None:
        """Have rooms told whose number of viewers changed."""
        rooms = self._viewers.list_rooms()
        watching = {room_id: self._viewers.count_watching(room_id) for room_id in rooms}
        for room_id, count in watching.items():
            if self._told.get(room_id) != count:
                _ = self._ticks[room_id]  # a tick of its own, if need be
        self._told = watching

    def _encode(self, room_id: int, tick: _Tick) -> bytes:
        kept = choose_kept(tick.are_first, count_max=TALK_MESSAGES_MAX)
        return msgspec.json.encode(
            {
                "said": [msgspec.Raw(tick.items[index]) for index in kept],
                "left_out": len(tick.items) - len(kept) + tick.left_out_count,
                "likes": tick.like_count,
                "watching": self._viewers.count_watching(room_id),
            }
        )
