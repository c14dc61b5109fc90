"""The rounds of `make bench-intake`."""

import asyncio
import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from typing import Any

import psutil

from bench import lane_rivals
from bench.footprint import describe_machine
from bench.lane_goods import DUE_MINOR, fill_tables, make_goods, open_fair, open_waiting_room
from bench.lane_ground import SECRET, Ground, read_cpu_s, serve
from bench.lane_load import Plan
from chophien.config import postgres

PORT = 8795
OURS, ROW_LOCK = "chophien.config.lane:application", "bench.row_lock:application"
ORDERS, ROW_LOCK_ORDERS, LIMIT_ORDERS = 100_000, 10_000, 100_000
HALF_LOAD_S = 10
ARRIVING_S = 4
Figures = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Who presses for what, on which door."""

    connections: int
    skus: int = 1
    units: int = ORDERS
    orders: int = ORDERS
    target: str = OURS
    processes: int = 1
    rate_per_s: int | None = None


ROUNDS = {
    f"ours_{skus}_skus_{connections}_connections_{processes}_processes": Round(
        skus=skus, units=ORDERS // skus, connections=connections, processes=processes
    )
    for skus, connections, processes in (
        (1, 64, 1), (1, 512, 1), (1, 4_000, 1), (1, 512, 2), (10, 512, 1), (1_000, 512, 1),
    )
} | {
    "row_lock": Round(target=ROW_LOCK, orders=ROW_LOCK_ORDERS, connections=64),
    "rush_on_100_units": Round(units=100, connections=512, orders=40_000),
}  # fmt: skip


def measure(ground: Ground, *, already: int) -> Figures:
    """Every round on goods of its own, so that none finds another's rows in its way."""
    figures: Figures = describe_machine()
    open_fair(buyers=ORDERS)
    for name, each in ROUNDS.items():
        figures |= press(ground, name, each)
    figures["confirmed_orders_per_s"] = max(
        figures[f"{name}_per_s"] for name in ROUNDS if name.startswith("ours_1_skus")
    )
    half = figures["confirmed_orders_per_s"] // 2
    figures["half_load_set_per_s"] = half
    figures |= press(
        ground, "half_load", Round(orders=half * HALF_LOAD_S, connections=2_000, rate_per_s=half)
    )
    figures["row_lock_orders_per_s"] = figures["row_lock_per_s"]
    figures["limit_orders_per_s"] = measure_limit(ground)
    figures |= measure_admission(ground, rate_per_s=figures["confirmed_orders_per_s"] // 4)
    fill_tables(already)
    figures["orders_already_in_tables"] = already
    return figures | press(ground, "ours_with_orders_already", Round(connections=512))


def press(ground: Ground, name: str, each: Round) -> Figures:
    """Everybody presses; rates, times and processor time, under `name_…`."""
    plan = Plan(
        port=PORT, secret=SECRET, connections=each.connections, orders=each.orders,
        sku_ids=make_goods(skus=each.skus, units=each.units), due_minor=DUE_MINOR,
        rate_per_s=each.rate_per_s,
    )  # fmt: skip
    pid = postgres.find_pid(ground.cluster)
    assert pid is not None, "the database runs"
    database = psutil.Process(pid)
    with serve(ground, each.target, port=PORT, processes=each.processes) as lane:
        lane_s, database_s = read_cpu_s(lane), read_cpu_s(database)
        command = [sys.executable, "-m", "bench.lane_load", json.dumps(asdict(plan))]
        told = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        lane_s, database_s = read_cpu_s(lane) - lane_s, read_cpu_s(database) - database_s
    found: Figures = {
        "per_s": round(each.orders / told["took_s"]),
        "confirmed_orders": told["told"].get("confirmed", 0),
        **{key: told[key] for key in ("p50_ms", "p99_ms", "p999_ms")},
        "lane_cpu_us_per_order": round(lane_s / each.orders * 1e6, 1),
        "database_cpu_us_per_order": round(database_s / each.orders * 1e6, 1),
        "load_cpu_us_per_order": round(told["load_cpu_s"] / each.orders * 1e6, 1),
    }
    print(f"{name:<48} {found['per_s']:>7}/s  {told['told']}")
    print(f"{'':<48} {', '.join(f'{key} {value}' for key, value in found.items())}", flush=True)
    return {f"{name}_{key}": value for key, value in found.items()}


def measure_admission(ground: Ground, *, rate_per_s: int) -> Figures:
    """Admission set to a quarter of what was just reached, and four times that coming."""
    (sku_id,) = make_goods(skus=1, units=ORDERS)
    people = min(rate_per_s * 4 * ARRIVING_S, ORDERS)
    plan = Plan(
        port=PORT, secret=SECRET, connections=1_000, orders=people, sku_ids=[sku_id],
        due_minor=DUE_MINOR,
    )  # fmt: skip
    asked = {
        "plan": asdict(plan),
        "room_id": open_waiting_room(sku_id, rate_per_s=rate_per_s),
        "arrivals_per_s": 4 * rate_per_s,
    }
    with serve(ground, OURS, port=PORT):
        command = [sys.executable, "-m", "bench.lane_admission", json.dumps(asked)]
        found = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    refused = found.pop("refused")
    print(
        f"{'admission set to ' + str(rate_per_s):<48} {found['admitted_per_s']:>7}/s  {found} {refused}"
    )
    return {"admission_set_per_s": rate_per_s, "admission_refused": sum(refused.values())} | {
        f"admission_{key}": value for key, value in found.items()
    }


def measure_limit(ground: Ground) -> int:
    """The database alone, with as many connections as the lane has."""
    (sku_id,) = make_goods(skus=1, units=LIMIT_ORDERS)
    rate = asyncio.run(
        lane_rivals.measure_limit(
            ground.cluster.url, orders=LIMIT_ORDERS, sku_id=sku_id, due_minor=DUE_MINOR
        )
    )
    print(f"{'limit: the same transactions without HTTP':<48} {rate:>7.0f}/s", flush=True)
    return round(rate)
