"""`chophien simulate`: what a plan would cost on a file of carts, without a database."""

import json
import os
import signal
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Final

from chophien.config.progress import Progress
from chophien.config.simulation_text import render_text
from chophien.domain.simulation.assess import Outcome, assess
from chophien.domain.simulation.carts import Cart, RefusedCart, read_cart
from chophien.domain.simulation.left import Left
from chophien.domain.simulation.plan import Plan, PlanError, parse_plan
from chophien.domain.simulation.report import COLUMNS, render_csv, render_report
from chophien.domain.simulation.run import take_in_ahead
from chophien.domain.simulation.tally import Tally

STOPPED: Final = 1
REFUSED: Final = 2
BATCH_CARTS: Final = (
    200  # a fifth of a second of work: few hand-overs, still quick to show and stop
)
PROCESSES_MAX: Final = 64
AHEAD_BATCHES: Final = 3  # for each process, so that none waits while carts are added up


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What to simulate and where the result goes; `-` is standard input."""

    plan_path: str
    carts_path: str
    csv_folder: str | None = None
    is_json: bool = False
    processes: int | None = None
    """`None`: one for each processor."""


Numbered = tuple[int, bytes]


def run_simulate(task: Task) -> int:
    """Price every cart of a file under a plan and tell what it would cost.

    A plan that is none is refused fault by fault on standard error and ends with 2, nothing
    printed; a refused cart is counted and named, and the next goes on. No cart at all is 2, too.
    """
    try:
        _check(task)
        plan = _read_plan(task.plan_path)
        tally = _simulate_file(task, plan)
        if tally.priced:
            report = render_report(tally)
            if task.csv_folder is not None:
                write_tables(report, Path(task.csv_folder))
            print(json.dumps(report, ensure_ascii=False) if task.is_json else render_text(report))
    except MisuseError as refusal:
        print(refusal, file=sys.stderr)
        return REFUSED
    except OSError as fault:
        print(fault, file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        print("stopped; there is no result", file=sys.stderr)
        return STOPPED
    for cart in tally.refused:
        print(f"line {cart.name}: {'; '.join(cart.faults)}", file=sys.stderr)
    if not tally.priced:
        print(f"{task.carts_path}: no cart could be priced", file=sys.stderr)
    return 0 if tally.priced else REFUSED


class MisuseError(ValueError):
    """What was asked for cannot be done; the message says why, fault by fault."""


def _check(task: Task) -> None:
    if task.processes is not None and not 1 <= task.processes <= PROCESSES_MAX:
        raise MisuseError(f"--processes: from 1 to {PROCESSES_MAX}")
    if task.plan_path == task.carts_path == "-":
        raise MisuseError("only one of plan and carts can come from standard input")


def _read_plan(path: str) -> Plan:
    try:
        text = sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")
        return parse_plan(json.loads(text))
    except PlanError as refusal:
        raise MisuseError("\n".join(f"{path}: {fault}" for fault in refusal.faults)) from refusal
    except (ValueError, RecursionError) as fault:
        raise MisuseError(f"{path}: not JSON: {fault}") from fault


def _simulate_file(task: Task, plan: Plan) -> Tally:
    if task.carts_path == "-":
        return simulate_lines(sys.stdin.buffer, plan, Progress(None), processes=task.processes)
    path = Path(task.carts_path)
    with path.open("rb") as file:
        progress = Progress(path.stat().st_size)
        return simulate_lines(file, plan, progress, processes=task.processes)


def simulate_lines(
    file: BinaryIO | Iterable[bytes], plan: Plan, progress: Progress, *, processes: int | None
) -> Tally:
    """Price a file of one request a line, in its order, over several processes.

    Carts are priced ahead of their turn and added up in turn, so that any number of processes
    gives the same sums as one.
    """
    count = processes or os.cpu_count() or 1
    tally = Tally(plan)
    lines = _number(file)
    with progress:
        priced = _price_here(lines, tally) if count == 1 else _price_ahead(lines, tally, count)
        for number, line, outcome in priced:
            take_in_ahead(outcome, tally, partial(_assess_again, number, line, plan))
            progress.step(len(line), tally.priced + tally.refused_count)
    return tally


def _number(file: Iterable[bytes]) -> Iterator[Numbered]:
    """Lines with their numbers; empty ones are passed over."""
    for number, line in enumerate(file, 1):
        if line.strip():
            yield number, line


Priced = Iterator[tuple[int, bytes, Outcome | RefusedCart]]


def _price_here(lines: Iterator[Numbered], tally: Tally) -> Priced:
    for number, line in lines:
        yield number, line, price_line(number, line, tally.plan, tally.left)


def _price_ahead(lines: Iterator[Numbered], tally: Tally, processes: int) -> Priced:
    waiting: deque[tuple[list[Numbered], Future[list[Outcome | RefusedCart]]]] = deque()
    with ProcessPoolExecutor(processes, initializer=_know, initargs=(tally.plan,)) as pool:
        while True:
            while len(waiting) < processes * AHEAD_BATCHES:
                batch = list(islice(lines, BATCH_CARTS))
                if not batch:
                    break
                waiting.append((batch, pool.submit(_price_batch, batch, tally.left.copy())))
            if not waiting:
                return
            batch, future = waiting.popleft()
            for (number, line), outcome in zip(batch, future.result(), strict=True):
                yield number, line, outcome


class _Known:
    """The plan, in a process of the pool."""

    plan: Plan


def _know(plan: Plan) -> None:
    """Begin a process of the pool; Ctrl-C is its parent's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _Known.plan = plan


def _price_batch(batch: list[Numbered], left: Left) -> list[Outcome | RefusedCart]:
    return [price_line(number, line, _Known.plan, left) for number, line in batch]


def price_line(number: int, line: bytes, plan: Plan, left: Left) -> Outcome | RefusedCart:
    """Read and price one line of a file of carts."""
    cart = _read_line(number, line)
    return cart if isinstance(cart, RefusedCart) else assess(cart, plan, left)


def _assess_again(number: int, line: bytes, plan: Plan, left: Left) -> Outcome:
    cart = _read_line(number, line)
    assert isinstance(cart, Cart), "a line that was read once is read again"
    return assess(cart, plan, left)


def _read_line(number: int, line: bytes) -> Cart | RefusedCart:
    try:
        document = json.loads(line)
    except (ValueError, RecursionError) as fault:
        return RefusedCart(number=number, name=str(number), faults=(f"not JSON: {fault}",))
    return read_cart(document, number=number)


def write_tables(report: dict[str, Any], folder: Path) -> None:
    """Write each table of a report as a CSV file of its name."""
    folder.mkdir(parents=True, exist_ok=True)
    for table in COLUMNS:
        (folder / f"{table}.csv").write_text(
            render_csv(report, table), encoding="utf-8", newline=""
        )
