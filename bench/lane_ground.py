"""A database and a lane of its own for benchmarks, started as an operator starts them."""

import http.client
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import django
import psutil
from django.core.management import call_command

from chophien.config import postgres

SECRET = "bench"
GRANIAN = Path(sys.executable).with_name("granian")


@dataclass(frozen=True, slots=True)
class Ground:
    """Where it runs: the database of this benchmark, with `fsync` on."""

    cluster: postgres.Cluster

    @property
    def environment(self) -> dict[str, str]:
        return {
            "CHOPHIEN_SECRET_KEY": SECRET,
            "CHOPHIEN_DATABASE_URL": self.cluster.url,
            "DJANGO_SETTINGS_MODULE": "chophien.config.settings",
        }


@contextmanager
def open_ground() -> Iterator[Ground]:
    """A durable cluster with everything migrated; Django is set up for it."""
    home = Path(tempfile.mkdtemp(prefix="cp-lane-"))
    home.chmod(0o755)
    ground = Ground(cluster=postgres.Cluster(home=postgres.choose_home(home / "postgres")))
    try:
        postgres.start(ground.cluster)
        os.environ.update(ground.environment)
        django.setup()
        call_command("migrate", verbosity=0, interactive=False)
        yield ground
    finally:
        postgres.stop(ground.cluster)
        shutil.rmtree(ground.cluster.home, ignore_errors=True)
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def serve(
    ground: Ground, target: str, *, port: int, processes: int = 1
) -> Iterator[psutil.Process]:
    """Run an application of the lane as an operator would: see docs/howto/operator.md."""
    command = [
        str(GRANIAN), "--interface", "rsgi", target, "--host", "127.0.0.1", "--port", str(port),
        "--loop", "uvloop", "--http", "1", "--http1-pipeline-flush", "--no-ws",
        "--workers", str(processes), "--backlog", "4096", "--log-level", "warning",
    ]  # fmt: skip
    process = subprocess.Popen(command, env=os.environ | ground.environment)
    try:
        _wait_for(port)
        yield psutil.Process(process.pid)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)


def _wait_for(port: int) -> None:
    """Until the lane answers a press that says nothing, and sees its database."""
    for _ in range(300):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("POST", "/lane/buy", "{}", {"Content-Type": "application/json"})
            if connection.getresponse().status == http.HTTPStatus.BAD_REQUEST:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise RuntimeError("the lane did not open")


def read_cpu_s(process: psutil.Process) -> float:
    """Processor time of a process and all below it, in seconds."""
    family = [process, *process.children(recursive=True)]
    return sum(sum(each.cpu_times()[:2]) for each in family)
