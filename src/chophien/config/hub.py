"""`chophien hub`: the process that tells browsers what changed, and carries what they say."""

import asyncio
import logging
import os
import resource
import signal
import sys

import uvloop

from chophien.config.collector import spare_collector
from chophien.hotlane.chat.desk import ChatDesk
from chophien.hotlane.hub.desk import TalkDesk
from chophien.hotlane.hub.handshake import Rules
from chophien.hotlane.hub.keeper import ViewerKeeper
from chophien.hotlane.hub.process import HubProcess, Plan, Work
from chophien.hotlane.hub.talk import TalkLane
from chophien.hotlane.hub.viewers import Viewers
from chophien.wire.hub_tokens import choose_key

logger = logging.getLogger(__name__)


def run_hub(*, host: str, port: int) -> int:
    """Serve until told to stop."""
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    _raise_file_limit()
    spare_collector()
    return uvloop.run(_serve(host, port))


def read_rules() -> Rules:
    """Who may connect, by this environment; see docs/reference/settings.md."""
    return Rules(
        origins=[os.environ.get("CHOPHIEN_PUBLIC_URL", "http://localhost:8000").rstrip("/")],
        hosts=os.environ.get("CHOPHIEN_HOSTS", "localhost,127.0.0.1").split(","),
        is_behind_proxy=os.environ.get("CHOPHIEN_BEHIND_PROXY", "") == "1",
    )


def read_token_key() -> bytes:
    """The key of connection tokens: Centrifugo's if one is shared with it, else our own."""
    return choose_key(os.environ["CHOPHIEN_SECRET_KEY"], os.environ.get("CHOPHIEN_HUB_SECRET", ""))


def _plan() -> Plan:
    desks: list[ChatDesk] = []

    def make_desk(talk: TalkLane) -> TalkDesk:
        desks.append(make_chat_desk(talk))
        return desks[-1]

    def make_work(viewers: Viewers, talk: TalkLane) -> list[Work]:
        return [desk.run() for desk in desks] + _make_work(viewers, talk)

    return Plan(
        rules=read_rules(),
        token_key=read_token_key(),
        make_desk=make_desk,
        make_work=make_work,
        database_url=os.environ["CHOPHIEN_DATABASE_URL"],
    )


def make_chat_desk(talk: TalkLane) -> ChatDesk:
    """The desk of this environment's rooms; its `run` has to be under way."""
    return ChatDesk(
        url=os.environ["CHOPHIEN_DATABASE_URL"],
        lane=talk,
        is_rehearsing=os.environ.get("CHOPHIEN_REHEARSAL", "") == "1",
    )


def _make_work(viewers: Viewers, _talk: TalkLane) -> list[Work]:
    keeper = ViewerKeeper(
        url=os.environ["CHOPHIEN_DATABASE_URL"],
        viewers=viewers,
        is_rehearsing=os.environ.get("CHOPHIEN_REHEARSAL", "") == "1",
    )
    return [keeper.run()]


async def _serve(host: str, port: int) -> int:
    process = HubProcess(_plan())
    try:
        process.server.bind(host, port)
    except OSError as fault:
        print(f"Stopped: {fault}", file=sys.stderr)
        return 1
    stopping = asyncio.Event()
    for which in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(which, stopping.set)
    logger.info("the hub listens on %s, port %s", host, port)
    await process.run(stopping)
    return 0


def _raise_file_limit() -> None:
    """Let the process have as many sockets as it may."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
