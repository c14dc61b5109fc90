"""Django Channels under the hub's load: run by the Python of a virtual environment of its own.

Uvicorn with its C loop and parser, the in-memory layer, one group, one process; a consumer as
Channels' documentation shows it. Orders and answers as in `bench.hub_stage`.
"""

import asyncio
import os
import resource
import socket
from importlib import import_module
from pathlib import Path
from typing import Any

from bench.hub_load import TICKS_PER_S, make_event, make_tick, repeat, take_orders

GROUP = "room"
Consumer = Any  # of Channels, which is not in this project's environment


def set_up() -> None:
    """As a project's settings would."""
    layer = {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 1_000}}
    import_module("django.conf").settings.configure(
        SECRET_KEY="bench", CHANNEL_LAYERS={"default": layer}
    )
    import_module("django").setup()


async def connect(self: Consumer) -> None:
    await self.channel_layer.group_add(GROUP, self.channel_name)
    await self.accept()


async def disconnect(self: Consumer, _code: int) -> None:
    await self.channel_layer.group_discard(GROUP, self.channel_name)


async def tell(self: Consumer, message: dict[str, str]) -> None:
    await self.send(text_data=message["text"])


def make_viewer() -> Consumer:
    """The consumer, as an ASGI application."""
    base = import_module("channels.generic.websocket").AsyncWebsocketConsumer
    methods = {"connect": connect, "disconnect": disconnect, "tell": tell}
    return type("Viewer", (base,), methods).as_asgi()  # type: ignore[attr-defined] # Channels' own


class Stage:
    """A group, and what is sent to it."""

    def __init__(self) -> None:
        self._layer = import_module("channels.layers").get_channel_layer()
        self._event = self._tick = 0

    async def obey(self, order: dict[str, float]) -> dict[str, object]:
        """Do one thing and say how it went."""
        if "events_per_s" not in order:
            return {"rss_bytes": read_rss_bytes()}
        cpu = os.times()
        await asyncio.gather(
            repeat(int(order["events_per_s"]), order["seconds"], self._send_event),
            repeat(TICKS_PER_S, order["seconds"], self._send_tick),
        )
        after = os.times()
        return {
            "rss_bytes": read_rss_bytes(),
            "user_s": after.user - cpu.user,
            "system_s": after.system - cpu.system,
        }

    async def _send_event(self) -> None:
        self._event += 1
        await self._send(make_event(self._event))

    async def _send_tick(self) -> None:
        self._tick += 1
        await self._send(make_tick(self._tick))

    async def _send(self, payload: bytes) -> None:
        await self._layer.group_send(GROUP, {"type": "tell", "text": payload.decode()})


def read_rss_bytes() -> int:
    """Resident memory of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


async def serve() -> None:
    set_up()
    uvicorn = import_module("uvicorn")
    listening = socket.create_server(("127.0.0.1", 0), backlog=8_192)
    config = uvicorn.Config(
        make_viewer(), ws="websockets-sansio", http="httptools", loop="uvloop", lifespan="off",
        log_level="critical", ws_per_message_deflate=False, ws_ping_interval=None, backlog=8_192,
    )  # fmt: skip
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    await take_orders({"port": listening.getsockname()[1], "path": "/"}, Stage().obey)
    server.should_exit = server.force_exit = True
    await serving


if __name__ == "__main__":
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    import_module("uvloop").run(serve())
