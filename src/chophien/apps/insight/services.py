"""Simulations: asked for, worked out one at a time, stopped, and begun again when cut off."""

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from procrastinate.contrib.django import app

from chophien.apps.festivals.models import Festival
from chophien.apps.insight.models import Simulation
from chophien.apps.insight.selectors import build_plan, count_orders, read_carts
from chophien.domain.simulation.plan import Plan, PlanError, parse_plan
from chophien.domain.simulation.report import render_report
from chophien.domain.simulation.run import take_in
from chophien.domain.simulation.tally import Tally

Document = dict[str, Any]
Clock = Callable[[], datetime]

TASK = "insight.work_out"
# A file of carts that one browser sends: some ten thousand carts. Larger ones are for the command.
CARTS_BYTES_MAX = 20 * 1024 * 1024
PLAN_BYTES_MAX = 2 * 1024 * 1024
CARTS_MAX = 20_000  # of a file: half a minute of one processor
# How often a running simulation says that it is alive; one that is silent this long is begun again.
SEEN_EVERY = timedelta(milliseconds=500)
LOST_AFTER = timedelta(seconds=30)
# A simulation that was cut off so often is what cuts the worker off.
ATTEMPTS_MAX = 3
FAULTS_MAX = 20  # of a refused plan, as many as people read


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """An uploaded file."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What to simulate: orders of a festival or a file; what is set up at an instant or a file."""

    orders_of_id: int | None = None
    carts: File | None = None
    plan_of_id: int | None = None
    plan_at: datetime | None = None
    plan: File | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Nothing was begun; `field` is the one that is wrong, and `faults` what is wrong with it."""

    field: str
    faults: tuple[str, ...]


def start_simulation(wish: Wish, *, by_id: int, at: datetime) -> Simulation | Refused:
    """Check what is asked for, keep it, and have a worker take it up."""
    plan = _make_plan(wish)
    if isinstance(plan, Refused):
        return plan
    carts = wish.carts
    total = count_orders(wish.orders_of_id) if wish.orders_of_id is not None else 0
    if carts is not None:
        total = sum(bool(line.strip()) for line in carts.content.splitlines())
    if not 1 <= total <= (CARTS_MAX if carts is not None else total):
        return Refused(field="carts", faults=("none" if total == 0 else "too many",))
    with transaction.atomic():
        simulation = Simulation.objects.create(
            festival_id=wish.orders_of_id,
            carts_file=None if carts is None else gzip.compress(carts.content),
            carts_name="" if carts is None else carts.name[:120],
            plan=plan,
            plan_festival_id=wish.plan_of_id,
            plan_at=wish.plan_at,
            plan_name="" if wish.plan is None else wish.plan.name[:120],
            carts_total=total,
            made_by_id=by_id,
            made_at=at,
        )
        app.configure_task(TASK).defer()
    return simulation


def _make_plan(wish: Wish) -> Document | Refused:
    if wish.plan is not None:
        return _read_plan(wish.plan)
    assert wish.plan_of_id is not None, "the plan is a file's or a festival's"
    assert wish.plan_at is not None, "what is set up is read at an instant"
    return build_plan(Festival.objects.get(id=wish.plan_of_id), wish.plan_at)


def _read_plan(file: File) -> Document | Refused:
    try:
        document: Document = json.loads(file.content)
        parse_plan(document)
    except PlanError as refusal:
        return Refused(field="plan", faults=refusal.faults[:FAULTS_MAX])
    except (ValueError, RecursionError) as fault:
        return Refused(field="plan", faults=(f"not JSON: {fault}",))
    return document


def stop_simulation(simulation_id: UUID, *, at: datetime) -> bool:
    """Stop one that waits or runs; `False` when it had ended. A worker sees it within a second."""
    return bool(
        Simulation.objects.filter(id=simulation_id, state__in=["waiting", "running"]).update(
            state=Simulation.State.STOPPED, finished_at=at, carts_file=None
        )
    )


def work_out_next(clock: Clock) -> bool:
    """Work out the simulation that waits longest; `False` when none waits or another one runs."""
    simulation = _claim(clock())
    if simulation is None:
        return False
    try:
        report = _work_out(simulation, clock)
    except PlanError as refusal:
        _end(simulation, clock(), state=Simulation.State.FAILED, fault=str(refusal))
    else:
        if report is not None:
            _end(simulation, clock(), state=Simulation.State.DONE, report=report)
    return True


def _claim(at: datetime) -> Simulation | None:
    """Take the next one, if none runs: an index lets one row only be in that state."""
    waiting = Simulation.objects.filter(state=Simulation.State.WAITING).order_by("made_at", "id")
    first_id = waiting.values_list("id", flat=True).first()
    if first_id is None:
        return None
    try:
        with transaction.atomic():
            is_mine = waiting.filter(id=first_id).update(
                state=Simulation.State.RUNNING,
                attempt=F("attempt") + 1,
                carts_done=0,
                started_at=at,
                seen_at=at,
            )
    except IntegrityError:
        return None
    return Simulation.objects.get(id=first_id) if is_mine else None


def _work_out(simulation: Simulation, clock: Clock) -> Document | None:
    """Price all carts; `None` when it was stopped, or taken for lost and begun by another."""
    plan: Plan = parse_plan(simulation.plan)
    tally = Tally(plan)
    told_at = clock()
    for done, cart in enumerate(read_carts(simulation), 1):
        take_in(cart, tally)
        at = clock()
        if at - told_at >= SEEN_EVERY:
            told_at = at
            if not _own(simulation).update(carts_done=done, seen_at=at):
                return None
    return render_report(tally)


def _own(simulation: Simulation) -> QuerySet[Simulation]:
    """The row as long as it is this attempt's."""
    return Simulation.objects.filter(
        id=simulation.id, state=Simulation.State.RUNNING, attempt=simulation.attempt
    )


def _end(simulation: Simulation, at: datetime, **fields: object) -> None:
    done = {"carts_done": F("carts_total")} if fields["state"] == Simulation.State.DONE else {}
    _own(simulation).update(finished_at=at, carts_file=None, **done, **fields)


def begin_lost_again(*, at: datetime) -> int:
    """Put back those that fell silent in the middle, and wake a worker where any waits.

    One that was cut off `ATTEMPTS_MAX` times has failed.
    """
    lost = Simulation.objects.filter(state=Simulation.State.RUNNING, seen_at__lt=at - LOST_AFTER)
    lost.filter(attempt__gte=ATTEMPTS_MAX).update(
        state=Simulation.State.FAILED, finished_at=at, carts_file=None, fault="cut off"
    )
    count = lost.update(state=Simulation.State.WAITING, carts_done=0)
    if Simulation.objects.filter(state=Simulation.State.WAITING).exists():
        app.configure_task(TASK, queueing_lock=TASK).defer()
    return count
