"""A hub in the test's own process and loop, and browsers that speak to it over real sockets."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import websockets
from typing_extensions import override

from chophien.hotlane.hub.desk import Refused, Said, TalkDesk
from chophien.hotlane.hub.handshake import Rules
from chophien.hotlane.hub.process import HubProcess, Plan
from chophien.hotlane.hub.talk import TalkLane
from chophien.wire.hub_tokens import HubToken, choose_key, sign_hub_token

KEY = choose_key("tests", "")
RULES = Rules(
    origins=["https://fair.example"], hosts=["localhost", ".fair.test"], is_behind_proxy=False
)
ANSWER_S = 5


def make_token(user_id: int | None = 5, *, name: str = "Lan", seconds: int = 60) -> str:
    """A token that is over after so many seconds, by the real clock."""
    guest_id = "" if user_id is not None else "a1b2"
    ends_at_s = time.time_ns() // 1_000_000_000 + seconds
    token = HubToken(user_id=user_id, guest_id=guest_id, name=name, ends_at_s=ends_at_s)
    return sign_hub_token(token, KEY)


async def until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so, for some seconds at most."""
    for _ in range(1_000):
        if is_so():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it did not come to that")


class EchoDesk(TalkDesk):
    """Takes everything but "no", and keeps what it was asked."""

    def __init__(self, talk: TalkLane) -> None:
        self.talk = talk
        self.asked: list[Said] = []
        self.is_open = asyncio.Event()
        self.is_open.set()

    @override
    async def take(self, said: Said) -> Refused | None:
        await self.is_open.wait()
        self.asked.append(said)
        text = said.data.get("text", "") if isinstance(said.data, dict) else ""
        if text == "no":
            return Refused(code=1_001, message="muted")
        self.talk.say(said.room_id, json.dumps({"text": text}).encode())
        return None


class BrokenDesk(TalkDesk):
    """Fails."""

    @override
    async def take(self, said: Said) -> Refused | None:
        raise RuntimeError("the desk is broken")


@dataclass
class Browser:
    """The other end of a connection, command by command."""

    socket: websockets.ClientConnection
    heard: list[dict[str, Any]] = field(default_factory=list)
    number: int = 0

    async def hears(self, *, with_pings: bool = False) -> dict[str, Any]:
        """The next reply or push; those of one frame one after the other."""
        while not self.heard:
            async with asyncio.timeout(ANSWER_S):
                frame = await self.socket.recv()
            heard = [json.loads(line) for line in str(frame).split("\n")]
            self.heard += [each for each in heard if each or with_pings]
        return self.heard.pop(0)

    async def asks(self, method: str, **params: object) -> dict[str, Any]:
        """Send one command; its reply. Pushes that come before wait."""
        self.number += 1
        await self.socket.send(json.dumps({"id": self.number, method: params}))
        waiting = []
        while True:
            message = await self.hears()
            if message.get("id") == self.number:
                self.heard = waiting + self.heard
                return message
            waiting.append(message)

    async def connects(self, token: str = "", channels: tuple[str, ...] = ()) -> dict[str, Any]:
        """Connect and follow channels; what the hub said to the first."""
        welcome = await self.asks("connect", **({"token": token} if token else {}))
        for channel in channels:
            await self.asks("subscribe", channel=channel)
        return welcome

    async def is_closed_with(self) -> int:
        """The code of the close that comes next."""
        with suppress(websockets.ConnectionClosed):
            async with asyncio.timeout(ANSWER_S):
                while True:
                    await self.socket.recv()
        assert self.socket.close_code is not None
        return self.socket.close_code


@dataclass
class RunningHub:
    process: HubProcess
    port: int
    desk: TalkDesk
    stopping: asyncio.Event

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/hub/websocket"

    def publish(self, channel: str, **event: object) -> None:
        self.process.carrier.carry(channel, json.dumps(event).encode())

    @asynccontextmanager
    async def browser(self, **options: Any) -> AsyncIterator[Browser]:
        async with websockets.connect(self.url, **options) as socket:
            yield Browser(socket)


@asynccontextmanager
async def run_hub(
    make_desk: Callable[[TalkLane], TalkDesk] = EchoDesk, *, rules: Rules = RULES, port: int = 0
) -> AsyncIterator[RunningHub]:
    """Serve at a free port until the end of the block."""
    desks: list[TalkDesk] = []

    def keep_desk(talk: TalkLane) -> TalkDesk:
        desks.append(make_desk(talk))
        return desks[-1]

    process = HubProcess(Plan(rules=rules, token_key=KEY, make_desk=keep_desk))
    port = process.server.bind("127.0.0.1", port)
    stopping = asyncio.Event()
    running = asyncio.create_task(process.run(stopping))
    await until(lambda: bool(desks))
    try:
        yield RunningHub(process, port, desks[0], stopping)
    finally:
        stopping.set()
        await running
