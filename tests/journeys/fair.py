"""A whole fair in processes of its own, started as a person starts it."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg

from chophien.config import postgres
from chophien.config.local import LocalFair

START_S_MAX = 120
STOP_S_MAX = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningFair:
    local: LocalFair
    process: subprocess.Popen[str]

    @property
    def url(self) -> str:
        return self.local.url

    def get_password(self, username: str) -> str:
        logins = json.loads((self.local.folder / "logins.json").read_text())
        return next(login["password"] for login in logins if login["username"] == username)

    def query(self, sql: str, *parameters: object) -> list[tuple]:
        with psycopg.connect(self.local.cluster.url) as connection:
            return connection.execute(sql, parameters).fetchall()

    def kill(self) -> None:
        """SIGKILL everything at once: pages, worker, host, supervisor and PostgreSQL."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        postmaster = postgres.find_pid(self.local.cluster)
        assert postmaster is not None, "the fair's database runs"
        for pid in (postmaster, self.process.pid, *(child.pid for child in children)):
            os.kill(pid, signal.SIGKILL)
        self.process.communicate()


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def run_fair(folder: Path, *, video: tuple[int, int]) -> Iterator[RunningFair]:
    """Start `chophien demo` in `folder`, wait until it says that it is open, stop it by Ctrl-C."""
    local = LocalFair(folder=folder, port=find_free_port())
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("CHOPHIEN_")
    }
    environment |= {
        "CHOPHIEN_HOME": str(folder),
        "CHOPHIEN_VIDEO_WIDTH": str(video[0]),
        "CHOPHIEN_VIDEO_HEIGHT": str(video[1]),
    }
    chophien = Path(sys.executable).with_name("chophien")
    process = subprocess.Popen(
        [str(chophien), "demo", "--port", str(local.port)],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        _wait_until_open(process)
        yield RunningFair(local=local, process=process)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=STOP_S_MAX)
        if process.stdout is not None:
            process.stdout.close()


def _wait_until_open(process: subprocess.Popen[str]) -> None:
    said = []
    assert process.stdout is not None, "a pipe"
    for line in process.stdout:
        said.append(line)
        if line.startswith("Ctrl-C closes"):
            return
    raise AssertionError("the fair did not open:\n" + "".join(said))
