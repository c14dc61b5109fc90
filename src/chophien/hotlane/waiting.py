"""The waiting rooms' part of a lane, put together: the gate, the seating and their door."""

import asyncio

from chophien.hotlane.clock import DatabaseClock
from chophien.hotlane.database import make_pool
from chophien.hotlane.gate import Gate
from chophien.hotlane.queue import Checks, Keys, QueueDoor
from chophien.hotlane.seating import Seating
from chophien.wire import passes, tickets

CONNECTIONS_MAX = 2  # one reads the rooms, one seats


class Waiting:
    """What a lane needs of waiting rooms. `run` has to be under way.

    Args:
        url: of the database.
        secret: the installation's, from which passes and tickets are signed.
        clock: the lane's, which somebody else sets.
        checks: against robots.
        lanes: how many processes admit beside each other.
    """

    def __init__(
        self, *, url: str, secret: str, clock: DatabaseClock, checks: Checks, lanes: int = 1
    ) -> None:
        self._url = url
        keys = Keys(passes=passes.derive_key(secret), tickets=tickets.derive_key(secret))
        self._seating = Seating(clock=clock.read_fair)
        self.gate = Gate(key=keys.tickets, clock=clock.read_fair, lanes=lanes)
        self.door = QueueDoor(
            gate=self.gate,
            seating=self._seating,
            keys=keys,
            checks=checks,
            clock=clock.read_fair,
            read_real_s=clock.read_real_s,
        )

    async def run(self) -> None:
        """Work until cancelled; the database may come and go."""
        pool = make_pool(self._url, size_max=CONNECTIONS_MAX)
        async with pool, asyncio.TaskGroup() as tasks:
            tasks.create_task(self.gate.run(pool))
            tasks.create_task(self._seating.run(pool))
