"""A browser's WebSocket to the hub."""

import asyncio
import re
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from chophien.domain.limits import HUB_COMMAND_BYTES_MAX, HUB_PING_S
from chophien.hotlane import protocol
from chophien.hotlane.hub import Hub, Subscriber, TooManyChannelsError

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

PUBLIC_CHANNEL = re.compile(r"fair|screen|room:[0-9]{1,18}")
FORBIDDEN = 4403


class HubSocket:
    """Raw ASGI: one call for each connection, two tasks: commands in, frames out."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        if not _is_same_origin(scope):
            await send({"type": "websocket.close", "code": FORBIDDEN})
            return
        await send({"type": "websocket.accept"})
        subscriber = Subscriber()
        try:
            async with asyncio.TaskGroup() as tasks:
                writer = tasks.create_task(_write(subscriber, send))
                await self._read(subscriber, receive)
                if not subscriber.is_dropped:  # else it still has a close to send
                    writer.cancel()
        finally:
            self._hub.leave(subscriber)

    async def _read(self, subscriber: Subscriber, receive: Receive) -> None:
        """Obey commands until the browser leaves or breaks the protocol."""
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return
            frame = message.get("text") or ""
            try:
                for command in protocol.decode_commands(frame, bytes_max=HUB_COMMAND_BYTES_MAX):
                    self._obey(subscriber, command)
            except protocol.ProtocolError:
                subscriber.drop()
                return

    def _obey(self, subscriber: Subscriber, command: protocol.Command) -> None:
        if command.connect is not None:
            reply = protocol.encode_connected(command.id, str(uuid.uuid4()), HUB_PING_S)
        elif command.subscribe is not None:
            reply = self._subscribe(subscriber, command.id, command.subscribe.channel)
        elif command.unsubscribe is not None:
            self._hub.unsubscribe(subscriber, command.unsubscribe.channel)
            reply = protocol.encode_done(command.id, "unsubscribe")
        elif command.id:
            reply = protocol.encode_error(command.id, protocol.BAD_REQUEST, "bad request")
        else:
            return  # the answer to a ping
        if not subscriber.offer(reply):
            subscriber.drop()

    def _subscribe(self, subscriber: Subscriber, command_id: int, channel: str) -> str:
        if not PUBLIC_CHANNEL.fullmatch(channel):
            return protocol.encode_error(command_id, protocol.UNKNOWN_CHANNEL, "unknown channel")
        try:
            self._hub.subscribe(subscriber, channel)
        except TooManyChannelsError:
            return protocol.encode_error(command_id, protocol.LIMIT_EXCEEDED, "limit exceeded")
        return protocol.encode_done(command_id, "subscribe")


async def _write(subscriber: Subscriber, send: Send) -> None:
    """Send what waits, a ping when nothing did for long; a `None` closes the connection."""
    while True:
        try:
            async with asyncio.timeout(HUB_PING_S):
                frame = await subscriber.frames.get()
        except TimeoutError:
            frame = protocol.PING
        if frame is None:
            await send({"type": "websocket.close", "code": protocol.CLOSE_SLOW})
            return
        await send({"type": "websocket.send", "text": frame})


def _is_same_origin(scope: Scope) -> bool:
    """A browser names its page's origin; other programs name none and may listen too."""
    headers = dict(scope["headers"])
    origin = headers.get(b"origin")
    return origin is None or urlsplit(origin.decode()).netloc == headers.get(b"host", b"").decode()
