"""nchan (nginx, from Debian) under the hub's load: `python -m bench.hub_nchan FOLDER`.

One worker; messages come by HTTP over a line that stays open, as nchan's publishers do. Orders
and answers as in `bench.hub_stage`.
"""

import asyncio
import socket
import subprocess
import sys
from pathlib import Path

import psutil

from bench.hub_load import TICKS_PER_S, make_event, make_tick, repeat, take_orders

MODULES = Path("/usr/lib/nginx/modules")
# A static build of the module's dependency comes first.
LOADED = ("ndk_http_module.so", "ngx_nchan_module.so")
CONFIG = """
{modules}
daemon off;
master_process on;
{user}
worker_processes 1;
worker_rlimit_nofile {files};
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections {files}; multi_accept on; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    keepalive_requests 1000000;
    nchan_max_reserved_memory 256M;
    server {{
        listen 127.0.0.1:{port} backlog=8192;
        location = /sub {{
            nchan_subscriber websocket;
            nchan_channel_id room;
            nchan_subscriber_first_message newest;
        }}
        location = /pub {{ nchan_publisher http; nchan_channel_id room; nchan_message_buffer_length 100; }}
    }}
}}
"""


def is_there() -> bool:
    return (MODULES / LOADED[-1]).exists() and Path("/usr/sbin/nginx").exists()


class Stage:
    """An nginx, and what is posted to it."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._folder = folder
        self._event = self._tick = 0
        self._taking = asyncio.Lock()

    async def start(self) -> None:
        """Run nginx and open the publisher's line."""
        modules = "\n".join(
            f"load_module {MODULES / name};" for name in LOADED if (MODULES / name).exists()
        )
        path = self._folder / "nginx.conf"
        path.write_text(
            CONFIG.format(
                modules=modules,
                user="user root;" if psutil.Process().username() == "root" else "",
                files=19_000,
                folder=self._folder,
                port=self.port,
            )
        )
        self._process = await asyncio.create_subprocess_exec(
            "/usr/sbin/nginx", "-c", str(path), "-p", str(self._folder), stdout=subprocess.DEVNULL
        )
        for _ in range(100):
            try:
                self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                return
        raise RuntimeError((self._folder / "error.log").read_text())

    async def stop(self) -> None:
        self._writer.close()
        self._process.terminate()
        await self._process.wait()

    async def obey(self, order: dict[str, float]) -> dict[str, object]:
        """Do one thing and say how it went."""
        if "events_per_s" not in order:
            return {**self._describe()}
        before = self._describe()
        await asyncio.gather(
            repeat(int(order["events_per_s"]), order["seconds"], self._send_event),
            repeat(TICKS_PER_S, order["seconds"], self._send_tick),
        )
        after = self._describe()
        spent: dict[str, object] = {
            name: after[name] - before[name] for name in ("user_s", "system_s")
        }
        return {**after, **spent}

    def _describe(self) -> dict[str, float]:
        (worker,) = psutil.Process(self._process.pid).children()
        times = worker.cpu_times()
        return {
            "rss_bytes": worker.memory_info().rss,
            "user_s": times.user,
            "system_s": times.system,
        }

    async def _send_event(self) -> None:
        self._event += 1
        await self._post(make_event(self._event))

    async def _send_tick(self) -> None:
        self._tick += 1
        await self._post(make_tick(self._tick))

    async def _post(self, payload: bytes) -> None:
        async with self._taking:
            self._writer.write(
                b"POST /pub HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b"
                % (len(payload), payload)
            )
            head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
            size = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
            await self._reader.readexactly(size)


async def serve(folder: Path) -> None:
    stage = Stage(folder)
    await stage.start()
    try:
        await take_orders({"port": stage.port, "path": "/sub"}, stage.obey)
    finally:
        await stage.stop()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
