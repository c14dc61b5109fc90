"""The storms: each does its damage over and over, at random times, until it is cancelled."""

import asyncio
import os
import shutil
import signal
import struct
import subprocess
from collections import Counter
from collections.abc import Callable, Coroutine
from pathlib import Path

import psutil
import psycopg

from bench.storm_stage import Stage
from chophien.config import postgres

Damage = Callable[[Stage, Counter[str]], Coroutine[None, None, None]]
DISK_BYTES = 512 * 1024 * 1024
STEPS_S = (-86_400, -3_600, -61, 0, 59, 7_200, 86_400 * 400)
SHIM_SOURCE = Path(__file__).with_name("stepped_clock.c")


class CannotError(RuntimeError):
    """This machine does not let the storm happen; the message says why."""


async def keep_calm(stage: Stage, hits: Counter[str]) -> None:
    """Nothing breaks."""
    del stage, hits
    await asyncio.Event().wait()


async def kill_lanes(stage: Stage, hits: Counter[str]) -> None:
    """SIGKILL to one lane or all."""
    while True:
        await stage.wait(0.3, 1.5)
        hit = [lane for lane in stage.lanes if stage.dice.random() < 0.6]
        for lane in hit:
            lane.kill()
        await stage.wait(0.05, 0.5)
        for lane in hit:
            lane.start()
        hits["SIGKILL of a lane"] += len(hit)


async def kill_database(stage: Stage, hits: Counter[str]) -> None:
    """SIGKILL to PostgreSQL's first process."""
    while True:
        await stage.wait(0.5, 2.5)
        os.kill(stage.find_postmaster(), signal.SIGKILL)
        hits["SIGKILL of PostgreSQL"] += 1
        await stage.wait(0.05, 0.5)
        stage.restart_database()


async def stop_database(stage: Stage, hits: Counter[str]) -> None:
    """Immediate shutdown, and SIGKILL to a process that serves a lane, which takes all along."""
    while True:
        await stage.wait(0.5, 2.5)
        if stage.dice.random() < 0.5:
            postgres.stop(stage.cluster, how=signal.SIGQUIT)
            hits["immediate shutdown of PostgreSQL"] += 1
        else:
            _kill_a_backend(stage, hits)
        await stage.wait(0.05, 0.5)
        stage.restart_database()


def _kill_a_backend(stage: Stage, hits: Counter[str]) -> None:
    backends = [
        process.pid
        for process in psutil.Process(stage.find_postmaster()).children()
        if "chophien" in " ".join(process.cmdline())
    ]
    if backends:
        os.kill(stage.dice.choice(backends), signal.SIGKILL)
        hits["SIGKILL of a serving process"] += 1


async def kill_both(stage: Stage, hits: Counter[str]) -> None:
    """SIGKILL to PostgreSQL and all lanes at once."""
    while True:
        await stage.wait(0.8, 2.5)
        os.kill(stage.find_postmaster(), signal.SIGKILL)
        for lane in stage.lanes:
            lane.kill()
        hits["SIGKILL of everything"] += 1
        await stage.wait(0.05, 0.5)
        for lane in stage.lanes:
            lane.start()
        stage.restart_database()


async def cut_connections(stage: Stage, hits: Counter[str]) -> None:
    """Reset connections of clients to lanes, and of lanes to the database, in the middle."""
    assert stage.door is not None, "clients come through a relay"
    assert stage.wall is not None, "lanes go through a relay"
    while True:
        await stage.wait(0.02, 0.3)
        hits["connections of clients reset"] += stage.door.cut(stage.dice, 0.03)
        if stage.dice.random() < 0.2:
            hits["connections of lanes reset"] += stage.wall.cut(stage.dice, 0.4)


async def step_clock(stage: Stage, hits: Counter[str]) -> None:
    """Step the wall clock of the lanes' machine."""
    step_file = stage.folder / "step"
    while True:
        await stage.wait(0.1, 0.8)
        # In place: the lanes have the file mapped.
        with step_file.open("r+b") as file:
            file.write(struct.pack("q", stage.dice.choice(STEPS_S)))
        hits["steps of the clock"] += 1


def build_shim(folder: Path) -> dict[str, str]:
    """The environment of a process whose wall clock `step_clock` steps.

    Raises:
        CannotError: there is no compiler.
    """
    compiler = shutil.which("cc")
    if compiler is None:
        raise CannotError("needs a C compiler")
    library = folder / "stepped_clock.so"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-O2", "-o", str(library), str(SHIM_SOURCE), "-ldl"],
        check=True,
    )
    (folder / "step").write_bytes(struct.pack("q", 0))
    return {"LD_PRELOAD": str(library), "STEP_FILE": str(folder / "step")}


class SmallDisk:
    """A small disk for the database's journal or for its tables, made of memory.

    Raises:
        CannotError: only root may mount one.
    """

    def __init__(self, stage: Stage, *, is_journal: bool) -> None:
        self._cluster = stage.cluster
        self._is_journal = is_journal
        self.place = stage.cluster.home / "small-disk"

    def mount(self) -> None:
        """Mount it and move there what belongs there; the database is started anew."""
        self.place.mkdir(exist_ok=True)
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=700", "tmpfs", self.place],
            check=False,
            capture_output=True,
        )
        if done.returncode:
            raise CannotError("needs the right to mount a disk")
        owner = self._cluster.data.stat()
        os.chown(self.place, owner.st_uid, owner.st_gid)
        if self._is_journal:
            self._move_journal(self.place / "pg_wal")
        else:
            self._move_tables(self.place / "tables", owner)

    def unmount(self) -> None:
        """Put everything back where it was."""
        if not self.place.is_mount():
            return
        if self._is_journal:
            self._move_journal(self._cluster.data / "pg_wal")
        else:
            with self._connect() as connection:
                connection.execute("ALTER DATABASE chophien SET TABLESPACE pg_default")
                connection.execute("DROP TABLESPACE small")
        subprocess.run(["umount", self.place], check=True)

    def _move_journal(self, place: Path) -> None:
        journal = self._cluster.data / "pg_wal"
        with self._connect() as connection:
            connection.execute("ALTER SYSTEM SET max_wal_size = '128MB'")
            connection.execute("ALTER SYSTEM SET min_wal_size = '32MB'")
            # Old segments are not written over: every few megabytes need new room.
            connection.execute("ALTER SYSTEM SET wal_recycle = off")
            connection.execute("CHECKPOINT")
        postgres.stop(self._cluster)
        source = journal.resolve()
        if journal.is_symlink():
            journal.unlink()
        subprocess.run(["cp", "-a", source, place], check=True)
        shutil.rmtree(source)
        if place != journal:
            journal.symlink_to(place)
        postgres.start(self._cluster)

    def _move_tables(self, place: Path, owner: os.stat_result) -> None:
        place.mkdir(mode=0o700)
        os.chown(place, owner.st_uid, owner.st_gid)
        with self._connect() as connection:
            connection.execute(f"CREATE TABLESPACE small LOCATION '{place}'")
            connection.execute("ALTER DATABASE chophien SET TABLESPACE small")

    def _connect(self) -> psycopg.Connection[tuple[object, ...]]:
        url = f"postgresql://postgres@/postgres?host={self._cluster.socket_dir}"
        return psycopg.connect(url, autocommit=True)


async def fill_disk(stage: Stage, hits: Counter[str]) -> None:
    """Take all the room that is left, and give it back after a while."""
    disk = stage.cluster.home / "small-disk"
    ballast = disk / "ballast"
    while True:
        await stage.wait(0.5, 2.0)
        try:
            _take_all_room(ballast)
            hits["disk full"] += 1
            await stage.wait(2.0, 6.0)
        finally:
            ballast.unlink(missing_ok=True)
        if postgres.find_pid(stage.cluster) is None:
            hits["PostgreSQL ended itself"] += 1
        stage.restart_database()


def _take_all_room(ballast: Path) -> None:
    block = bytes(65_536)
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(block)
        except OSError:
            return
