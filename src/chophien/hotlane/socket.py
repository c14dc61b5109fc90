"""A browser's WebSocket to the hub."""

import asyncio
import re
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

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
    """Raw ASGI: one call for each connection, two tasks: commands in, frames out.

    Args:
        hub: where channels are followed.
        ping_s: after this long without a frame the browser is pinged, and gone if the same
            time passes again without a word from it; also what one frame may take to be sent.
    """

    def __init__(self, hub: Hub, *, ping_s: int = HUB_PING_S) -> None:
        self._hub = hub
        self._ping_s = ping_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        if not _is_same_origin(scope):
            await send({"type": "websocket.close", "code": FORBIDDEN})
            return
        await send({"type": "websocket.accept"})
        subscriber = Subscriber()
        try:
            async with asyncio.TaskGroup() as tasks:
                reading = tasks.create_task(self._read(subscriber, receive))
                writing = tasks.create_task(self._write(subscriber, send))
                await asyncio.wait({reading, writing}, return_when=asyncio.FIRST_COMPLETED)
                if subscriber.is_dropped:
                    await asyncio.wait({writing})  # it has a close to send
                reading.cancel()
                writing.cancel()
        finally:
            self._hub.leave(subscriber)

    async def _read(self, subscriber: Subscriber, receive: Receive) -> None:
        """Obey commands until the browser leaves or breaks the protocol."""
        while not subscriber.is_dropped:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return
            subscriber.owes_pong = False
            frame = message.get("text")
            if frame is None:  # bytes: no client of the JSON protocol sends them
                subscriber.drop(protocol.CLOSE_BAD_REQUEST)
                return
            try:
                commands = protocol.decode_commands(frame, bytes_max=HUB_COMMAND_BYTES_MAX)
            except protocol.ProtocolError:
                subscriber.drop(protocol.CLOSE_BAD_REQUEST)
                return
            for command in commands:
                self._obey(subscriber, command)

    async def _write(self, subscriber: Subscriber, send: Send) -> None:
        """Send what waits, a ping when nothing did for long, and a close as the last."""
        while True:
            frame = await self._wait_for_frame(subscriber)
            is_last = isinstance(frame, int)
            message: Message = (
                {"type": "websocket.close", "code": frame}
                if is_last
                else {"type": "websocket.send", "text": frame}
            )
            try:
                async with asyncio.timeout(self._ping_s):
                    await send(message)
            except OSError:  # a timeout is one: the browser is gone without a word
                return
            if is_last:
                return

    async def _wait_for_frame(self, subscriber: Subscriber) -> str | int:
        try:
            async with asyncio.timeout(self._ping_s):
                return await subscriber.frames.get()
        except TimeoutError:
            if subscriber.owes_pong:
                return protocol.CLOSE_NO_PONG
            subscriber.owes_pong = True
            return protocol.PING

    def _obey(self, subscriber: Subscriber, command: protocol.Command) -> None:
        if command.connect is not None:
            reply = protocol.encode_connected(command.id, str(uuid.uuid4()), self._ping_s)
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
            self._hub.drop_slow(subscriber)

    def _subscribe(self, subscriber: Subscriber, command_id: int, channel: str) -> str:
        if not PUBLIC_CHANNEL.fullmatch(channel):
            return protocol.encode_error(command_id, protocol.UNKNOWN_CHANNEL, "unknown channel")
        try:
            self._hub.subscribe(subscriber, channel)
        except TooManyChannelsError:
            return protocol.encode_error(command_id, protocol.LIMIT_EXCEEDED, "limit exceeded")
        return protocol.encode_done(command_id, "subscribe")


def _is_same_origin(scope: Scope) -> bool:
    """A browser names its page's origin; other programs name none and may listen too."""
    headers = dict(scope["headers"])
    origin = headers.get(b"origin")
    if origin is None:
        return True
    _, _, place = origin.partition(b"://")
    return bool(place) and place == headers.get(b"host")
