"""The hot lane alone, for a machine that does nothing else: `granian --interface rsgi … chophien.config.lane:application`."""

import asyncio
import logging
import os
import signal
import sys
from typing import TYPE_CHECKING

from chophien.config.collector import spare_collector
from chophien.hotlane.lane import Lane, LanePlan
from chophien.hotlane.requests import serve_rsgi

if TYPE_CHECKING:
    from granian.rsgi import HTTPProtocol
    from granian.rsgi import Scope as RsgiScope

logger = logging.getLogger(__name__)


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
    """The application of a process that is nothing but a lane, for Granian's RSGI."""

    def __init__(self) -> None:
        self._lane = build_lane()
        self._working: asyncio.Task[None] | None = None

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        spare_collector()
        self._working = loop.create_task(self._lane.run())
        self._working.add_done_callback(_end_with)

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._working is not None:
            self._working.remove_done_callback(_end_with)
            self._working.cancel()
            loop.run_until_complete(asyncio.wait({self._working}))

    async def __rsgi__(self, scope: "RsgiScope", protocol: "HTTPProtocol") -> None:
        await serve_rsgi(self._lane.answer, scope, protocol)


def _end_with(working: "asyncio.Task[None]") -> None:
    """End the process with its lane: nobody would be answered any more."""
    logger.critical("the lane ended", exc_info=working.exception())
    os.kill(os.getpid(), signal.SIGTERM)


application = Alone()
