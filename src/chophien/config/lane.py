"""The hot lane alone, for a machine that does nothing else: `granian … chophien.config.lane:application`."""

import asyncio
import os
import sys

from chophien.config.collector import spare_collector
from chophien.hotlane.asgi import Receive, Scope, Send
from chophien.hotlane.lane import Lane, LanePlan


def build_lane() -> Lane:
    """The lane of this environment; see docs/reference/settings.md."""
    sys.setswitchinterval(SWITCH_S)
    return Lane(
        LanePlan(
            url=os.environ["CHOPHIEN_DATABASE_URL"],
            secret=os.environ["CHOPHIEN_SECRET_KEY"],
            is_rehearsing=os.environ.get("CHOPHIEN_REHEARSAL", "") == "1",
            is_behind_proxy=os.environ.get("CHOPHIEN_BEHIND_PROXY", "") == "1",
            lanes=int(os.environ.get("CHOPHIEN_LANES", "1")),
        )
    )


# Threads take turns this often: batches hold locks while they wait for theirs.
SWITCH_S = 0.0005


class Alone:
    """The ASGI application of a process that is nothing but a lane."""

    def __init__(self) -> None:
        self._lane = build_lane()
        spare_collector()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._lane(scope, receive, send)
        elif scope["type"] == "lifespan":
            await receive()
            async with asyncio.TaskGroup() as tasks:
                working = tasks.create_task(self._lane.run())
                await send({"type": "lifespan.startup.complete"})
                await receive()
                working.cancel()
            await send({"type": "lifespan.shutdown.complete"})


application = Alone()
