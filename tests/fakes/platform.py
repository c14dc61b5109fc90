"""A platform to send to: Debian's nginx with its RTMP module, one worker, records what it gets."""

import contextlib
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import av

NGINX = Path("/usr/sbin/nginx")
MODULE = Path("/usr/lib/nginx/modules/ngx_rtmp_module.so")
IS_THERE = NGINX.exists() and MODULE.exists()
MISSING = "apt-get install nginx-light libnginx-mod-rtmp"
CONFIGURATION = """
load_module {module};
worker_processes 1;
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log info;
events {{ worker_connections 64; }}
rtmp {{
    server {{
        listen 127.0.0.1:{port};
        application live {{
            live on;
            record all;
            record_unique on;
            record_path {folder}/recorded;
            record_max_size 512M;
        }}
    }}
}}
"""


def find_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass(frozen=True)
class Recorded:
    """One connection's worth, as its pictures and sound were written."""

    pictures: list
    """(decoding time in ms, is a keyframe), in order."""
    sound: list
    sizes: set


class Platform:
    def __init__(self, folder, *, port=None):
        self.folder = folder
        self.port = port or find_port()
        self.recorded = folder / "recorded"
        self.recorded.mkdir(parents=True)
        self._configuration = folder / "nginx.conf"
        self._configuration.write_text(
            CONFIGURATION.format(module=MODULE, folder=folder, port=self.port)
        )
        self._process = None

    @property
    def url(self):
        return f"rtmp://127.0.0.1:{self.port}/live"

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        with (self.folder / "stderr.log").open("ab") as complaints:
            self._process = subprocess.Popen(
                [NGINX, "-p", str(self.folder), "-c", str(self._configuration)],
                stderr=complaints,
            )
        for _ in range(200):
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            time.sleep(0.02)
        raise AssertionError((self.folder / "stderr.log").read_text())

    def kill(self):
        """As a power cut does."""
        self._process.kill()
        self._process.wait()
        self._process = None

    def stop(self):
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(5)
            self._process = None

    def read(self):
        """What was recorded, a value for each connection, the oldest first."""
        files = sorted(self.recorded.glob("*.flv"), key=lambda path: path.stat().st_mtime_ns)
        return [read_flv(path) for path in files if path.stat().st_size > 200]


def complaints_of_decoding(path):
    """What FFmpeg has to say of a recording when it decodes all of it."""
    run = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", path, "-f", "null", "-"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return run.stderr


def read_flv(path):
    pictures, sound = [], []
    with av.open(str(path)) as container:
        sizes = {(stream.width, stream.height) for stream in container.streams.video}
        for packet in container.demux():
            if packet.dts is None:
                continue
            at_ms = round(packet.dts * packet.time_base * 1_000)
            if packet.stream.type == "video":
                pictures.append((at_ms, packet.is_keyframe))
            else:
                sound.append(at_ms)
    return Recorded(pictures, sound, sizes)
