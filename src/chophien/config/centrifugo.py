"""`chophien hub --to-centrifugo`: events and talk to Centrifugo, and its questions to our desk."""

import asyncio
import logging
import os
import signal
import sys
from typing import TYPE_CHECKING

import uvloop
from granian.constants import Interfaces
from granian.server.embed import Server

from chophien.config.hub import make_chat_desk
from chophien.hotlane.hub.centrifugo import Centrifugo, open_client
from chophien.hotlane.hub.listener import Listener
from chophien.hotlane.hub.proxy import PublishDoor
from chophien.hotlane.hub.talk import TalkLane
from chophien.hotlane.hub.viewers import Viewers

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)


def run_beside_centrifugo(*, url: str, host: str, port: int) -> int:
    """Run until told to stop; Centrifugo keeps the browsers meanwhile."""
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    logging.getLogger("httpx").setLevel(logging.WARNING)  # or each request is a line
    key = os.environ.get("CHOPHIEN_CENTRIFUGO_KEY", "")
    if not key or not os.environ.get("CHOPHIEN_HUB_SECRET", ""):
        print("Set CHOPHIEN_CENTRIFUGO_KEY and CHOPHIEN_HUB_SECRET.", file=sys.stderr)
        return 2
    uvloop.run(_run(url=url, key=key, host=host, port=port))
    return 0


async def _run(*, url: str, key: str, host: str, port: int) -> None:
    stopping = asyncio.Event()
    for which in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(which, stopping.set)
    async with open_client(url, key) as client, asyncio.TaskGroup() as tasks:
        centrifugo = Centrifugo(client)
        talk = TalkLane(centrifugo.tell_talk, Viewers())
        desk = make_chat_desk(talk)
        door = Server(
            PublishDoor(desk, secret=key), address=host, port=port, interface=Interfaces.ASGINL
        )
        stop: Callable[[], object] = door.stop
        listener = Listener(url=os.environ["CHOPHIEN_DATABASE_URL"], carrier=centrifugo)
        work = (centrifugo.run(), talk.run(), desk.run(), listener.run())
        running = [tasks.create_task(each) for each in work]
        serving = tasks.create_task(door.serve())
        logger.info("events go to %s; it asks at http://%s:%s", url, host, port)
        await stopping.wait()
        stop()
        for task in running:
            task.cancel()
        await serving
