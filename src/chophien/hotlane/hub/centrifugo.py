"""Centrifugo in the hub's place: events and talk reach it over its HTTP API.

It keeps connections, history and recovery; the desk stays ours (`proxy`). Source:
centrifugal.dev, server API: `/api/batch`, `/api/channels`, header `X-API-Key`.
"""

import asyncio
import logging
from collections import deque

import httpx
import msgspec
from typing_extensions import override

from chophien.hotlane.hub.hub import COMMERCE, talk_channel
from chophien.hotlane.hub.listener import Carrier

logger = logging.getLogger(__name__)
RETRY_S = 1.0
ASK_S = 5.0
# What waits while Centrifugo is away; what comes on top is not sent, and everybody reads anew.
WAITING_MAX = 10_000
COMMANDS_AT_ONCE = 200
# Talk that would come this late is left out.
TALK_WAITING_COMMANDS_MAX = 50
MISSED = msgspec.Raw(b'{"type":"missed"}')
_FIXED = frozenset({"fair", "screen"})


class RefusedError(RuntimeError):
    """Centrifugo takes no commands of ours: the key, or its configuration, is wrong."""


class Centrifugo(Carrier):
    """Carries events to Centrifugo in their order, and talk by ticks.

    What Centrifugo did not take is sent again until it does; a command that was taken but not
    answered for is sent twice, which does no harm, since events say what is now true. When more
    waits than is kept, or events may have been missed, every channel that anybody follows is told
    so (`{"type": "missed"}`), and pages read their state anew.

    Args:
        client: with the address of the API and its key; see `open_client`.
    """

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._waiting: deque[tuple[str, msgspec.Raw]] = deque()
        self._has_work = asyncio.Event()
        self._must_resync = False

    @override
    def carry(self, channel: str, event: bytes) -> None:
        if not COMMERCE.fullmatch(channel):
            return
        if len(self._waiting) >= WAITING_MAX:
            self.resync()
            return
        self._put(channel, event)

    @override
    def resync(self) -> None:
        self._waiting.clear()
        self._must_resync = True
        self._has_work.set()

    def tell_talk(self, room_id: int, data: bytes) -> None:
        """Send one tick of a room's talk, if it comes in time."""
        if len(self._waiting) < TALK_WAITING_COMMANDS_MAX:
            self._put(talk_channel(room_id), data)

    async def run(self) -> None:
        """Send what waits until cancelled.

        Raises:
            RefusedError: Centrifugo does not take our commands at all.
        """
        while True:
            await self._has_work.wait()
            try:
                await self._send_some()
            except httpx.TransportError as fault:
                logger.warning("Centrifugo is away, trying again soon: %s", fault)
                await asyncio.sleep(RETRY_S)

    def _put(self, channel: str, data: bytes) -> None:
        self._waiting.append((channel, msgspec.Raw(data)))
        self._has_work.set()

    async def _send_some(self) -> None:
        if self._must_resync:
            followed = await self._list_channels()
            self._must_resync = False
            self._waiting.extendleft((channel, MISSED) for channel in followed)
        batch = [self._waiting[at] for at in range(min(len(self._waiting), COMMANDS_AT_ONCE))]
        if batch:
            commands = [{"publish": {"channel": each[0], "data": each[1]}} for each in batch]
            answer = await self._ask("batch", {"commands": commands})
            _log_refusals(answer)
        if self._must_resync:
            return  # what was sent meanwhile is followed by word that something was missed
        for _ in batch:
            self._waiting.popleft()
        if not self._waiting:
            self._has_work.clear()

    async def _list_channels(self) -> list[str]:
        """The channels of the commerce lane that anybody follows."""
        answer = await self._ask("channels", {})
        result = answer.get("result")
        named = result.get("channels", {}) if isinstance(result, dict) else {}
        return sorted(_FIXED | {each for each in named if COMMERCE.fullmatch(each)})

    async def _ask(self, method: str, body: object) -> dict[str, object]:
        response = await self._client.post(method, content=msgspec.json.encode(body))
        if response.is_server_error:
            raise httpx.ReadError(f"Centrifugo answered {response.status_code}")
        if not response.is_success:
            raise RefusedError(f"Centrifugo answered {response.status_code} to {method}")
        answer: dict[str, object] = msgspec.json.decode(response.content, type=dict[str, object])
        return answer


def open_client(url: str, key: str) -> httpx.AsyncClient:
    """A client of Centrifugo's API, such as `http://centrifugo:8000/api`."""
    return httpx.AsyncClient(
        base_url=url.rstrip("/") + "/",
        headers={"X-API-Key": key, "Content-Type": "application/json"},
        timeout=ASK_S,
    )


def _log_refusals(answer: dict[str, object]) -> None:
    """A channel that Centrifugo does not know is a fault of its configuration."""
    replies = answer.get("replies")
    for reply in replies if isinstance(replies, list) else []:
        if isinstance(reply, dict) and reply.get("error"):
            logger.error("Centrifugo refused an event: %s", reply["error"])
