"""`make bench-purchase`: whole purchases by HTTP, 32 buyers, database and load on one machine.

Ours is the API (docs/reference/api.md): put in the cart, quote, order with address and way of
payment, paid by the test bank: four requests, each purchase another guest. Beside it in the same
run the naive way: the pages with their forms, as a browser goes. Then the rush: 400 buyers with
filled carts press for 100 units at once.

The fair is the demonstration's, its pages run as `chophien demo` runs them, but in two processes as
on a fair of its own (PROCESSES=1 for one); PostgreSQL writes durably. Writes `build/bench/purchase.json`.
"""

import asyncio
import json
import os
import random
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import django
import psutil
import uvloop

from bench.footprint import describe_machine
from bench.purchase_clients import HOST, Browser, Buyer, FaultError, Line, Tally
from chophien.config import postgres
from chophien.config.demo.run import list_programs
from chophien.config.local import LocalFair, build_environment

if TYPE_CHECKING:
    from bench.purchase_goods import Goods

OUT = Path("build/bench/purchase.json")
PORT = 8742
BUYERS = 32
WARM_S, MEASURE_S = 4.0, 20.0
NAIVE_S = 10.0
RUSH_BUYERS, RUSH_UNITS = 400, 100
READY_S_MAX = 60.0
Figures = dict[str, Any]


def main() -> None:
    home = Path(tempfile.mkdtemp(prefix="cp-bench-"))
    home.chmod(0o755)
    processes = int(os.environ.get("PROCESSES", "2"))
    fair = LocalFair(folder=home, port=PORT)
    environment = build_environment(fair) | {"CHOPHIEN_BEHIND_PROXY": "1"}
    os.environ.update(environment)
    postgres.start(fair.cluster)
    try:
        django.setup()
        goods = import_module("bench.purchase_goods").fill_fair(RUSH_UNITS)
        figures = describe_machine() | {"page_processes": processes, "buyers": BUYERS}
        with Pages(fair, processes) as pages:
            figures |= uvloop.run(measure(pages, goods))
        figures |= import_module("bench.purchase_goods").look_at_rush(goods.rush_sku)
    finally:
        postgres.stop(fair.cluster)
        shutil.rmtree(home, ignore_errors=True)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(figures, indent=1, sort_keys=True) + "\n")
    for name, value in sorted(figures.items()):
        print(f"{name:<36} {value}")


class Pages:
    """The web processes of the fair, and what they and the database spend."""

    def __init__(self, fair: LocalFair, processes: int) -> None:
        (program,) = [each for each in list_programs(fair) if each.name == "pages"]
        self._command = [*program.command, "--workers", str(processes)]
        self._fair = fair

    def __enter__(self) -> Self:
        self._fair.static_root.mkdir(parents=True, exist_ok=True)
        self._fair.hls_root.mkdir(parents=True, exist_ok=True)
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + READY_S_MAX
        while not uvloop.run(self._answers()):
            if time.monotonic() > deadline:
                self._process.terminate()
                raise RuntimeError("the pages did not open")
            time.sleep(0.2)
        return self

    async def _answers(self) -> bool:
        try:
            return (await Line(self._fair.port, HOST).ask("GET", "/api/health")).status == 200
        except OSError:
            return False

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(30)

    def spent_s(self) -> dict[str, float]:
        """Processor seconds so far, by part."""
        server = psutil.Process(self._process.pid)
        head = psutil.Process(postgres.find_pid(self._fair.cluster) or 0)
        return {
            "pages": _sum_s([server, *server.children(recursive=True)]),
            "database": _sum_s([head, *head.children()]),
            "load": time.process_time(),
        }


def _sum_s(processes: list[psutil.Process]) -> float:
    return sum(sum(process.cpu_times()[:4]) for process in processes)


async def measure(pages: Pages, goods: "Goods") -> Figures:
    """Ours, the naive way, the rush."""
    figures = await measure_api(pages, goods)
    figures |= await measure_pages(pages, goods)
    return figures | await measure_rush(goods)


async def measure_api(pages: Pages, goods: "Goods") -> Figures:
    def make(number: int, tally: Tally) -> Callable[[], Awaitable[None]]:
        dice = random.Random(number)
        buyer = Buyer(_line(number), number, goods.province, tally)
        return lambda: buyer.buy(dice.choice(goods.skus)[0])

    await run_for(WARM_S, make)
    return name_figures("", *await run_measured(pages, MEASURE_S, make))


async def measure_pages(pages: Pages, goods: "Goods") -> Figures:
    def make(number: int, tally: Tally) -> Callable[[], Awaitable[None]]:
        dice = random.Random(number)
        browser = Browser(_line(number), 500 + number, tally)
        return lambda: browser.buy(dice.choice(goods.skus), goods.province)

    return name_figures("naive_", *await run_measured(pages, NAIVE_S, make))


def _line(number: int) -> Line:
    return Line(PORT, f"10.{number // 250}.{number % 250}.7")


Maker = Callable[[int, Tally], Callable[[], Awaitable[None]]]


async def run_measured(
    pages: Pages, seconds: float, make: Maker
) -> tuple[Tally, float, dict[str, float]]:
    """Run buyers for a while; what came of it, the seconds, what each part spent."""
    before = pages.spent_s()
    began = time.perf_counter()
    tally = await run_for(seconds, make)
    took_s = time.perf_counter() - began
    after = pages.spent_s()
    return tally, took_s, {part: after[part] - before[part] for part in after}


async def run_for(seconds: float, make: Maker) -> Tally:
    tally = Tally()
    deadline = time.monotonic() + seconds

    async def keep_buying(act: Callable[[], Awaitable[None]]) -> None:
        while time.monotonic() < deadline:
            await act()

    async with asyncio.TaskGroup() as tasks:
        for number in range(BUYERS):
            tasks.create_task(keep_buying(make(number, tally)))
    return tally


def name_figures(prefix: str, tally: Tally, took_s: float, spent: dict[str, float]) -> Figures:
    count = len(tally.purchase_ms)
    figures: Figures = {
        f"{prefix}purchases_per_s": round(count / took_s, 1),
        f"{prefix}purchase_p50_ms": round(statistics.median(tally.purchase_ms), 1),
        f"{prefix}purchase_p99_ms": round(find_p99(tally.purchase_ms), 1),
        f"{prefix}purchases": count,
        f"{prefix}refusals": sum(tally.refusals.values()),
    }
    for part, seconds in spent.items():
        figures[f"{prefix}{part}_cpu_ms_per_purchase"] = round(seconds * 1000 / count, 2)
        figures[f"{prefix}{part}_cores"] = round(seconds / took_s, 2)
    for step, waits in tally.step_ms.items():
        figures[f"{prefix}{step}_p50_ms"] = round(statistics.median(waits), 1)
        figures[f"{prefix}{step}_p99_ms"] = round(find_p99(waits), 1)
    return figures


def find_p99(waits: list[float]) -> float:
    return sorted(waits)[int(len(waits) * 0.99)]


async def measure_rush(goods: "Goods") -> Figures:
    """All press at once, with what they want in the cart; from the first press to the last answer."""
    tally = Tally()
    buyers = [Buyer(_line(number), number, goods.province, tally) for number in range(RUSH_BUYERS)]
    for start in range(0, RUSH_BUYERS, BUYERS):
        await _together(buyer.choose(goods.rush_sku) for buyer in buyers[start : start + BUYERS])
    began = time.perf_counter()
    sold_at: list[float] = []

    async def press(buyer: Buyer) -> None:
        if await buyer.order() is not None:
            sold_at.append(time.perf_counter() - began)

    await _together(press(buyer) for buyer in buyers)
    return {
        "rush_buyers": RUSH_BUYERS,
        "rush_confirmed": len(sold_at),
        "rush_sold_out_s": round(max(sold_at), 3),
        "rush_all_answered_s": round(time.perf_counter() - began, 3),
        "rush_refused_cart_changed": tally.refusals["cart_changed"],
        "rush_told_busy": tally.refusals["busy"],
    }


async def _together(acts: Iterable[Coroutine[Any, Any, None]]) -> None:
    async with asyncio.TaskGroup() as tasks:
        for act in acts:
            tasks.create_task(_finish(act))


async def _finish(act: Coroutine[Any, Any, None]) -> None:
    try:
        await act
    except (OSError, asyncio.IncompleteReadError) as fault:
        raise FaultError(f"a buyer's line broke: {fault}") from fault


if __name__ == "__main__":
    main()
