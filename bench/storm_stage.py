"""What storms play on: lanes, a database, and what stands between them and can be cut."""

import asyncio
import http.client
import os
import random
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from bench.lane_ground import GRANIAN, Ground
from chophien.config import postgres

TARGET = "chophien.config.lane:application"
STARTS_MAX = 5
OPEN_S_MAX = 30.0
LOOK_S = 0.1
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: on, no waiting: the connection is reset, not closed
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(slots=True)
class Lane:
    """One process of the lane, which somebody starts again after it was killed."""

    environment: Mapping[str, str]
    log: Path
    target: str = TARGET
    port: int = field(default_factory=find_free_port)
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [
            str(GRANIAN), "--interface", "rsgi", self.target, "--host", "127.0.0.1",
            "--port", str(self.port), "--loop", "uvloop", "--http", "1", "--no-ws",
            "--workers", "1", "--backlog", "1024", "--log-level", "warning",
        ]  # fmt: skip
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command, env=os.environ | self.environment, stdout=log, stderr=log
            )

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def wait_until_open(self) -> None:
        """Until it refuses a press that says nothing for what it is: it sees its database then."""
        deadline_s = time.monotonic() + OPEN_S_MAX
        while not self._is_open():
            assert time.monotonic() < deadline_s, "the lane did not open"
            time.sleep(LOOK_S)

    def _is_open(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LOOK_S * 10)
        try:
            connection.request("POST", "/lane/buy", "{}", {"Content-Type": "application/json"})
            return connection.getresponse().status == http.HTTPStatus.BAD_REQUEST
        except OSError:
            return False
        finally:
            connection.close()

    def kill(self) -> None:
        """SIGKILL to the process and what it has started."""
        assert self._process is not None, "the lane was started"
        family = [*psutil.Process(self._process.pid).children(recursive=True), self._process]
        for each in family:
            os.kill(each.pid, signal.SIGKILL)
        self._process.wait()


class Relay:
    """Stands between two sides of connections, and resets all of them when it is told to."""

    def __init__(self, connect: Callable[[], Awaitable[Streams]]) -> None:
        self._connect = connect
        self._writers: set[asyncio.StreamWriter] = set()
        self.server: asyncio.Server | None = None

    def close(self) -> None:
        """Listen no more, and let go of what is open."""
        if self.server is not None:
            self.server.close()
        for writer in self._writers:
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass one connection on, in both directions, until either side ends it."""
        try:
            far_reader, far_writer = await self._connect()
        except OSError:
            writer.transport.abort()
            return
        both = {writer, far_writer}
        self._writers |= both
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._pass_on(reader, far_writer))
                tasks.create_task(self._pass_on(far_reader, writer))
        finally:
            self._writers -= both

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass  # reset by either side: that is what it is for
        writer.transport.abort()

    def cut(self, dice: random.Random, share: float) -> int:
        """Reset so large a share of what is open, wherever it is; returns how many."""
        cut = [
            each
            for each in self._writers
            if dice.random() < share and not each.transport.is_closing()
        ]
        for writer in cut:
            end = writer.get_extra_info("socket")
            if end.family != socket.AF_UNIX:
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            writer.transport.abort()
        return len(cut)


@dataclass(slots=True)
class Stage:
    """Everything that a storm may damage, and has to leave standing."""

    ground: Ground
    lanes: list[Lane]
    dice: random.Random
    folder: Path
    door: Relay | None = None
    """Before the lanes."""
    wall: Relay | None = None
    """Before the database."""

    @property
    def cluster(self) -> postgres.Cluster:
        return self.ground.cluster

    async def wait(self, least_s: float, most_s: float) -> None:
        await asyncio.sleep(self.dice.uniform(least_s, most_s))

    def restart_database(self) -> None:
        """Start it unless it runs; more than once where it dies again while it recovers.

        Not in another thread: a storm must not end in the middle of it.
        """
        for _ in range(STARTS_MAX):
            try:
                postgres.start(self.cluster)
            except postgres.PostgresError as fault:
                print(f"  {fault}", flush=True)
            else:
                return
        raise postgres.PostgresError("the database does not come back")

    def mend(self) -> None:
        """Leave everything running, whatever the storm was about when it ended."""
        self.restart_database()
        for lane in self.lanes:
            if not lane.is_running:
                lane.start()

    def find_postmaster(self) -> int:
        pid = postgres.find_pid(self.cluster)
        assert pid is not None, "the database runs"
        return pid

    def wait_until_open(self) -> None:
        """Until every lane answers."""
        for lane in self.lanes:
            lane.wait_until_open()

    def wait_for_clients(self) -> None:
        """Until the first of them has begun its history."""
        while not any(self.folder.glob("client-*.jsonl")):
            time.sleep(LOOK_S)

    def clear(self) -> None:
        """End the lanes and whatever stands before them."""
        for lane in self.lanes:
            if lane.is_running:
                lane.kill()
        for relay in (self.door, self.wall):
            if relay is not None:
                relay.close()
