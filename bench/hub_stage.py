"""The hub under load, in a process of its own: `python -m bench.hub_stage`.

The whole of `chophien hub` but for the line to the database: events enter where those of
PostgreSQL's NOTIFY do, and messages where the desk hands them on. Orders and answers are JSON
lines.
"""

import asyncio
import os
import resource

import psutil
import uvloop

from bench.hub_load import (
    Load,
    make_event,
    make_message,
    repeat,
    take_orders,
)
from chophien.config.collector import spare_collector
from chophien.hotlane.hub.desk import ClosedDesk
from chophien.hotlane.hub.handshake import Rules
from chophien.hotlane.hub.process import HubProcess, Plan
from chophien.wire.hub_tokens import choose_key

ROOM = 1


class Stage:
    """A hub, and what is published in it."""

    def __init__(self) -> None:
        rules = Rules(origins=[], hosts=[], is_behind_proxy=False)
        key = choose_key("bench", "")
        self.process = HubProcess(
            Plan(rules=rules, token_key=key, make_desk=lambda _talk: ClosedDesk())
        )
        self._event = self._message = 0

    async def obey(self, order: dict[str, float]) -> dict[str, object]:
        """Do one thing and say how it went."""
        if "events_per_s" not in order:
            return self._describe()
        before, cpu = self.process.hub.frames_sent, os.times()
        load = Load(int(order["events_per_s"]), order["seconds"])
        await asyncio.gather(
            repeat(load.events_per_s, load.seconds, self._carry),
            repeat(int(order["messages_per_s"]), load.seconds, self._say),
        )
        after = os.times()
        return self._describe() | {
            "frames": self.process.hub.frames_sent - before,
            "user_s": after.user - cpu.user,
            "system_s": after.system - cpu.system,
        }

    async def _carry(self) -> None:
        self._event += 1
        self.process.carrier.carry(f"room:{ROOM}", make_event(self._event))

    async def _say(self) -> None:
        self._message += 1
        self.process.talk.say(ROOM, make_message(self._message))

    def _describe(self) -> dict[str, object]:
        server = self.process.server
        return {
            "rss_bytes": psutil.Process().memory_info().rss,
            "connections": server.connection_count,
            "dropped": server.dropped_count,
            "events": self._event,
        }


async def serve() -> None:
    stage = Stage()
    port = stage.process.server.bind("127.0.0.1", 0)
    stopping = asyncio.Event()
    running = asyncio.create_task(stage.process.run(stopping))
    ready: dict[str, object] = {"port": port, "path": "/hub/websocket"}
    await take_orders(ready, stage.obey)
    stopping.set()
    await running


def main() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    spare_collector()
    uvloop.run(serve())


if __name__ == "__main__":
    main()
