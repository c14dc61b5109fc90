from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import chain
from threading import Event, Thread
from zoneinfo import ZoneInfo

import pytest
from django.db import OperationalError, connection, transaction
from tests.races.conftest import race, run_beside

from chophien.apps.festivals.models import PhaseTurn
from chophien.apps.festivals.selectors import list_phases
from chophien.apps.festivals.services import (
    HasTurned,
    PhaseSaved,
    add_phase,
    change_phase,
    fill_calendar,
    remove_phase,
    turn_phases,
)
from chophien.domain.phases import Edge, PhaseKind, list_turns, plan_phase

START = datetime(2026, 11, 1, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
HOUR = timedelta(hours=1)
SALES = [
    plan_phase(PhaseKind.SALE, START + 2 * n * HOUR, START + (2 * n + 1) * HOUR, wave=n + 1)
    for n in range(6)
]


@pytest.fixture
def sale(festival):
    fill_calendar(festival_id=festival.id, plans=SALES, at=START)
    return list_phases(festival.id)[0]


def turn_by_reading_first(phase, at):
    """The naive way: look whether an edge has turned, then tell that it does."""
    turned = set(PhaseTurn.objects.filter(phase_id=phase.id).values_list("edge", flat=True))
    return [turn.edge for turn in list_turns([phase]) if turn.at <= at and turn.edge not in turned]


def test_negative_control_reading_first_turns_one_edge_twice(sale):
    with transaction.atomic():
        mine = turn_by_reading_first(sale, START)
        theirs = run_beside(partial(turn_by_reading_first, sale, START))

    assert mine == theirs == ["starts"]


def test_eight_workers_turn_each_edge_once_between_them(sale):
    turned = race([partial(turn_phases, at=START + 24 * HOUR)] * 8)

    edges = [(turn.phase_id, turn.edge) for turn in chain.from_iterable(turned)]
    assert len(edges) == len(set(edges)) == 2 * len(SALES)
    assert PhaseTurn.objects.count() == 2 * len(SALES)


def test_worker_that_comes_while_another_turns_waits_and_turns_nothing(sale):
    """The one beside cannot finish before this transaction ends, so it runs out of patience."""
    with transaction.atomic():
        mine = turn_phases(at=START)
        waited = run_beside(partial(turn_with_patience, START))

    assert (len(mine), waited) == (1, "waited")
    assert turn_phases(at=START) == []


def turn_with_patience(at):
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '100ms'")
    try:
        return turn_phases(at=at)
    except OperationalError as fault:
        return "waited" if "lock timeout" in str(fault) else str(fault)


def run_while_locked(change, act):
    """Begin `act` while `change` is made but not committed: it waits, and goes on after it."""
    results = []

    def run():
        try:
            results.append(act())
        finally:
            connection.close()

    with transaction.atomic():
        change()
        other = Thread(target=run)
        other.start()
        wait_for_a_waiter(Event())
    other.join()
    return results[0]


def wait_for_a_waiter(pause):
    """Until some other session waits for a lock of this one."""
    while True:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        pause.wait(0.01)


def test_phase_that_is_moved_while_a_worker_looks_does_not_turn_early(sale):
    later = replace(sale, starts_at=START + 30 * timedelta(minutes=1))

    turned = run_while_locked(
        partial(change_phase, phase_id=sale.id, plan=later),
        partial(turn_phases, at=START),
    )

    assert turned == []
    assert PhaseTurn.objects.count() == 0
    assert [turn.due_at for turn in turn_phases(at=later.starts_at)] == [later.starts_at]


def test_phase_that_is_taken_out_while_a_worker_looks_does_not_turn(sale):
    turned = run_while_locked(
        partial(remove_phase, phase_id=sale.id, at=START),
        partial(turn_phases, at=START),
    )

    assert turned == []
    assert PhaseTurn.objects.count() == 0


def test_phase_that_turns_while_somebody_moves_it_stays(sale):
    later = replace(sale, starts_at=START + 30 * timedelta(minutes=1))

    outcome = run_while_locked(
        partial(turn_phases, at=START),
        partial(change_phase, phase_id=sale.id, plan=later),
    )

    assert outcome == HasTurned(edges=frozenset({Edge.STARTS}))
    assert list_phases_of(sale)[0].starts_at == START


def list_phases_of(sale):
    festival_id = PhaseTurn.objects.get(phase_id=sale.id).phase.festival_id
    return list_phases(festival_id)


def test_of_two_overlapping_phases_added_at_once_one_is_kept(festival):
    plans = [
        plan_phase(PhaseKind.SALE, START + n * HOUR, START + (n + 2) * HOUR, wave=n + 1)
        for n in range(2)
    ]

    outcomes = race([partial(add_phase, festival_id=festival.id, plan=plan) for plan in plans])

    assert sum(isinstance(outcome, PhaseSaved) for outcome in outcomes) == 1
    assert len(list_phases(festival.id)) == 1
