"""`make storms`: buyers who note everything, while something is killed, cut, full or out of time.

Each storm sells goods of its own over two processes of the lane, does its damage at random times,
lets every buyer find out what became of each order, and has `chophien check-history` prove that
nothing was promised falsely. Last comes a lane that lies, which the check has to find out. On a
PostgreSQL of its own with `fsync` on. Ends with 1 at the first fault. Writes `build/bench/storms.json`.
"""

import argparse
import asyncio
import json
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import psycopg

from bench import storm_damage
from bench.lane_ground import SECRET, Ground, open_ground
from bench.storm_clients import GIVE_UP_S, Plan
from bench.storm_damage import CannotError, Damage, SmallDisk, build_shim
from bench.storm_stage import TARGET, Lane, Relay, Stage, Streams, find_free_port
from chophien.config.check_history import Task, check, list_files, render
from chophien.domain.history.findings import Findings

OUT = Path("build/bench/storms.json")
CLIENTS, LANES, SKUS = 600, 2, 4
UNITS_PER_S = 2_000  # of all skus together: less than is asked for
UNITS_PER_BUYER = 6
END_S_MAX = 30.0
UNTRUE_TARGET = "bench.untrue_lane:application"


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """A kind of damage, and what has to be there for it."""

    damage: Damage
    has_relays: bool = False
    has_stepped_clock: bool = False
    disk: str = ""
    slow_clients: int = 0
    target: str = TARGET
    is_lie: bool = False
    """Whether the lane has a planted fault, which the check must find."""


STORMS = {
    "calm": Storm(damage=storm_damage.keep_calm),
    "lane": Storm(damage=storm_damage.kill_lanes),
    "database": Storm(damage=storm_damage.kill_database),
    "immediate": Storm(damage=storm_damage.stop_database),
    "both": Storm(damage=storm_damage.kill_both),
    "cut": Storm(damage=storm_damage.cut_connections, has_relays=True),
    "slow": Storm(damage=storm_damage.keep_calm, slow_clients=32),
    "journal": Storm(damage=storm_damage.fill_disk, disk="journal"),
    "tables": Storm(damage=storm_damage.fill_disk, disk="tables"),
    "clock": Storm(damage=storm_damage.step_clock, has_stepped_clock=True),
    # Last: what it leaves behind is wrong.
    "lie": Storm(damage=storm_damage.keep_calm, target=UNTRUE_TARGET, is_lie=True),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """What is the same for all storms of a run."""

    ground: Ground
    histories: Path
    seconds: float
    seed: int


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=45.0, help="of pressing, for each storm")
    parser.add_argument("--only", default=",".join(STORMS), help="storms, with commas between")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="cp-storms-"))
    with open_ground() as ground:
        # Django's models can be imported only now that there is a database to set up with.
        buyers = count_buyers(asked.seconds)
        import_module("bench.storm_goods").open_fair(buyers=buyers)
        weather = Weather(ground=ground, histories=folder, seconds=asked.seconds, seed=asked.seed)
        status = play(weather, asked.only.split(","))
    if status:
        print(f"the histories are in {folder}")
    else:
        shutil.rmtree(folder)
    return status


def count_buyers(seconds: float) -> int:
    """So many that some, not all, want more than they may have."""
    return max(int(seconds * UNITS_PER_S) // UNITS_PER_BUYER, 20)


def play(weather: Weather, names: list[str]) -> int:
    """One storm after another; 1 at the first fault, or when a lie is not found out."""
    figures: list[dict[str, Any]] = []
    for name in names:
        try:
            found = asyncio.run(rage(weather, name))
        except CannotError as reason:
            print(f"{name:<10} left out: {reason}", flush=True)
            continue
        report = found.pop("report")
        figures.append(found)
        OUT.parent.mkdir(parents=True, exist_ok=True)
        OUT.write_text(json.dumps(figures, indent=1) + "\n")
        print(f"{name:<10} {json.dumps(found)}", flush=True)
        if bool(found["faults"]) is not STORMS[name].is_lie:
            print(report)
            return 1
    return 0


async def rage(weather: Weather, name: str) -> dict[str, Any]:
    """Play one storm; what was hit, what buyers were told, what the check found."""
    folder = weather.histories / name
    folder.mkdir()
    goods = import_module("bench.storm_goods")
    units = max(int(weather.seconds * UNITS_PER_S) // SKUS, 10)
    sku_ids, dues = await asyncio.to_thread(goods.prepare, skus=SKUS, units=units)
    slow_clients = STORMS[name].slow_clients
    hits: Counter[str] = Counter()
    began_s = time.perf_counter()
    async with set_up(weather, STORMS[name], folder) as (stage, ports):
        plan = Plan(
            ports=ports, secret=SECRET, folder=str(folder), seconds=weather.seconds,
            sku_ids=sku_ids, due_by_quantity=dues, seed=f"{weather.seed} {name}",
            buyers=count_buyers(weather.seconds),
            slow_clients=slow_clients, clients=CLIENTS + slow_clients,
        )  # fmt: skip
        told = await press(plan, stage, STORMS[name].damage, hits)
        took_s = time.perf_counter() - began_s
    began_s = time.perf_counter()
    findings = await asyncio.to_thread(examine, weather.ground, folder)
    return {
        "storm": name,
        "seconds": round(took_s, 1),
        "hits": dict(hits),
        "attempts": sum(told.values()),
        "told": told,
        "orders": count_orders(weather.ground, sku_ids),
        "facts": sum(findings.checked.values()),
        "faults": {law.value: count for law, count in findings.fault_counts.items()},
        "report": render(findings),
        "check_s": round(time.perf_counter() - began_s, 1),
    }


@asynccontextmanager
async def set_up(
    weather: Weather, storm: Storm, folder: Path
) -> AsyncIterator[tuple[Stage, list[int]]]:
    """Lanes, relays and disks as the storm needs them, and the ports that clients go to."""
    environment = dict(weather.ground.environment)
    if storm.has_stepped_clock:
        environment |= build_shim(folder)
    lanes = [
        Lane(environment=environment, log=folder / "lanes.log", target=storm.target)
        for _ in range(LANES)
    ]
    stage = Stage(
        ground=weather.ground, lanes=lanes, dice=random.Random(weather.seed), folder=folder
    )
    ports = [lane.port for lane in lanes]
    disk = SmallDisk(stage, is_journal=storm.disk == "journal") if storm.disk else None
    try:
        if disk is not None:
            disk.mount()
        if storm.has_relays:
            ports = [await raise_relays(stage, environment)]
        for lane in lanes:
            lane.start()
        await asyncio.to_thread(stage.wait_until_open)
        yield stage, ports
    finally:
        stage.clear()
        if disk is not None:
            disk.unmount()


async def raise_relays(stage: Stage, environment: dict[str, str]) -> int:
    """Put relays before the lanes and before the database; the port that clients go to."""
    home = stage.folder / "wall"
    home.mkdir()
    socket = "/.s.PGSQL.5432"
    lanes = [lane.port for lane in stage.lanes]

    async def connect_to_lane() -> Streams:
        home = f"127.2.{stage.dice.randrange(250)}.1", 0
        return await asyncio.open_connection("127.0.0.1", stage.dice.choice(lanes), local_addr=home)

    async def connect_to_database() -> Streams:
        return await asyncio.open_unix_connection(f"{stage.cluster.socket_dir}{socket}")

    stage.door, stage.wall = Relay(connect_to_lane), Relay(connect_to_database)
    port = find_free_port()
    stage.door.server = await asyncio.start_server(stage.door.serve, "127.0.0.1", port)
    stage.wall.server = await asyncio.start_unix_server(stage.wall.serve, f"{home}{socket}")
    environment["CHOPHIEN_DATABASE_URL"] = f"postgresql://postgres@/chophien?host={home}"
    return port


async def press(plan: Plan, stage: Stage, damage: Damage, hits: Counter[str]) -> dict[str, int]:
    """Let buyers press while the storm is on, and find out after it; what they were told."""
    buyers = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.storm_clients", json.dumps(asdict(plan)),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        await asyncio.to_thread(stage.wait_for_clients)
        await rage_for(plan.seconds, damage(stage, hits))
        stage.mend()
        async with asyncio.timeout(GIVE_UP_S + END_S_MAX):
            words, _ = await buyers.communicate()
    finally:
        if buyers.returncode is None:
            buyers.kill()
    assert buyers.returncode == 0, f"the buyers' process ended with {buyers.returncode}"
    told: dict[str, int] = json.loads(words)
    return dict(sorted(told.items()))


async def rage_for(seconds: float, damage: Coroutine[None, None, None]) -> None:
    """Let damage be done for so long; it does not end by itself."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await damage


def examine(ground: Ground, folder: Path) -> Findings:
    """As `chophien check-history` does it."""
    with psycopg.connect(ground.cluster.url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        return check(connection, list_files([str(folder)]), Task(paths=[]))


def count_orders(ground: Ground, sku_ids: list[int]) -> int:
    with psycopg.connect(ground.cluster.url) as connection:
        found = connection.execute(
            "SELECT count(*) FROM orders_orderline WHERE sku_id = ANY(%s)", [sku_ids]
        ).fetchone()
    assert found is not None, "a count is a row"
    count: int = found[0]
    return count


if __name__ == "__main__":
    sys.exit(main())
