"""Who watches which room: now exactly, and how many different ones there were in all."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from chophien.domain.distinct import Distinct


@dataclass(slots=True)
class _Room:
    now: dict[str, int] = field(default_factory=dict)
    """Viewers with the number of their connections."""
    ever: Distinct = field(default_factory=Distinct)
    elsewhere: int = 0
    """Those whom other hub processes count."""


class Viewers:
    """The viewers of this process's rooms; somebody with two windows is one viewer.

    Somebody with connections to two processes is counted now by both: they add up. In the count
    of different viewers everybody is one (`domain.distinct`).
    """

    def __init__(self) -> None:
        self._rooms: defaultdict[int, _Room] = defaultdict(_Room)

    def arrive(self, room_id: int, viewer: str) -> None:
        """Count a connection of somebody."""
        room = self._rooms[room_id]
        count = room.now.get(viewer, 0)
        room.now[viewer] = count + 1
        if not count:
            room.ever.add(viewer)

    def depart(self, room_id: int, viewer: str) -> None:
        """Count it no more."""
        now = self._rooms[room_id].now
        count = now.pop(viewer) - 1
        if count:
            now[viewer] = count

    def count_here(self, room_id: int) -> int:
        """How many different people watch by this process."""
        room = self._rooms.get(room_id)
        return len(room.now) if room else 0

    def count_watching(self, room_id: int) -> int:
        """How many watch, by all processes as far as they have told."""
        room = self._rooms.get(room_id)
        return len(room.now) + room.elsewhere if room else 0

    def list_rooms(self) -> list[int]:
        """Rooms that have been watched since they were last let go."""
        return list(self._rooms)

    def get_ever(self, room_id: int) -> Distinct:
        return self._rooms[room_id].ever

    def learn(self, room_id: int, *, elsewhere: int) -> None:
        """Note what the other processes count."""
        self._rooms[room_id].elsewhere = elsewhere

    def let_go(self, room_ids: Iterable[int]) -> None:
        """Forget rooms that nobody watches here; what they counted is written down."""
        for room_id in room_ids:
            room = self._rooms.get(room_id)
            if room is not None and not room.now:
                del self._rooms[room_id]
