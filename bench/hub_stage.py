"""The hub under load, in a process of its own: `python -m bench.hub_stage`.

The whole of `chophien hub` but for the line to the database: events enter where those of
PostgreSQL's NOTIFY do, and messages where the desk hands them on. Orders and answers are JSON
lines.
"""

import asyncio
import json
import os
import resource
import sys
import time
from dataclasses import dataclass

import psutil
import uvloop

from chophien.config.collector import spare_collector
from chophien.hotlane.hub.desk import ClosedDesk
from chophien.hotlane.hub.handshake import Rules
from chophien.hotlane.hub.process import HubProcess, Plan
from chophien.wire.hub_tokens import choose_key

ROOM = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """So many events and messages a second, for so long."""

    events_per_s: int
    messages_per_s: int
    seconds: float


class Stage:
    def __init__(self) -> None:
        rules = Rules(origins=[], hosts=[], is_behind_proxy=False)
        self.process = HubProcess(
            Plan(
                rules=rules,
                token_key=choose_key("bench", ""),
                make_desk=lambda _talk: ClosedDesk(),
            )
        )
        self._event = self._message = 0

    async def obey(self, order: dict[str, float]) -> dict[str, object]:
        """Do one thing and say how it went."""
        if "events_per_s" not in order:
            return self._describe()
        before, cpu = self.process.hub.frames_sent, os.times()
        await self._play(Load(**order))  # type: ignore[arg-type] # numbers as they came by JSON
        return self._describe() | {
            "frames": self.process.hub.frames_sent - before,
            "user_s": os.times().user - cpu.user,
            "system_s": os.times().system - cpu.system,
        }

    async def _play(self, load: Load) -> None:
        await asyncio.gather(
            self._repeat(load.events_per_s, load.seconds, self._carry),
            self._repeat(load.messages_per_s, load.seconds, self._say),
        )

    async def _repeat(self, per_s: int, seconds: float, act: object) -> None:
        """Act at an even pace by the clock, however long each act takes."""
        assert callable(act), "a step"
        began = time.monotonic()
        for count in range(int(per_s * seconds)):
            await asyncio.sleep(max(began + count / per_s - time.monotonic(), 0))
            act()

    def _carry(self) -> None:
        self._event += 1
        event = b'{"type":"stock","sku_id":7,"free":%d,"k":"c","n":%d,"t":%d}' % (
            1_000 - self._event % 1_000, self._event, time.monotonic_ns(),
        )  # fmt: skip
        self.process.carrier.carry(f"room:{ROOM}", event)

    def _say(self) -> None:
        self._message += 1
        message = b'{"name":"Lan","text":"hello","k":"t","n":%d,"t":%d}' % (
            self._message, time.monotonic_ns(),
        )  # fmt: skip
        self.process.talk.say(ROOM, message)

    def _describe(self) -> dict[str, object]:
        memory = psutil.Process().memory_info().rss
        server = self.process.server
        return {
            "rss_bytes": memory,
            "connections": server.connection_count,
            "dropped": server.dropped_count,
            "events": self._event,
        }


async def serve() -> None:
    stage = Stage()
    port = stage.process.server.bind("127.0.0.1", 0)
    stopping = asyncio.Event()
    running = asyncio.create_task(stage.process.run(stopping))
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    print(json.dumps({"port": port}), flush=True)
    while line := await reader.readline():
        print(json.dumps(await stage.obey(json.loads(line))), flush=True)
    stopping.set()
    await running


def main() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    spare_collector()
    uvloop.run(serve())


if __name__ == "__main__":
    main()
