"""Holding the rows of a file against the fair: what is new, what changes, what may not be.

Everything runs in the caller's transaction and leaves `exchange_judged` for whoever applies it.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from psycopg import sql

from chophien.apps.exchange import goods_sql, prices_sql, promotions_sql, rules_sql
from chophien.apps.exchange.batches import STAGED
from chophien.apps.exchange.locks import try_lock_run
from chophien.apps.exchange.models import Import, ImportFault
from chophien.apps.exchange.previews import describe_samples
from chophien.apps.exchange.staging import copy_faults
from chophien.apps.exchange.stopwatch import Stopwatch
from chophien.apps.promotions.models import OfferedPrice
from chophien.apps.promotions.planning import list_discount_periods
from chophien.domain.law import (
    DISCOUNT_DAYS_MAX,
    LOCAL,
    ORDINARY_CAP_BPS,
    DaysUsedUp,
    Period,
    judge_days,
)
from chophien.domain.tables.columns import TableKind
from chophien.domain.tables.faults import Fault, Reason

# Joins and sums over a million rows, in memory; given back with the transaction.
WORK_MEMORY = "128MB"
SKUS_AT_ONCE = 1_000
_JUDGING = {
    TableKind.PROMOTIONS: (
        promotions_sql.JUDGE_PRICES,
        promotions_sql.FAULTS_OF_PRICES,
        promotions_sql.ROWS_TWICE,
        promotions_sql.TOO_FEW_UNITS,
        rules_sql.JUDGE_RULES,
        rules_sql.FAULTS_OF_RULES,
    ),
    TableKind.PRICES: (prices_sql.JUDGE_SKUS, prices_sql.FAULTS),
    TableKind.GOODS: (goods_sql.JUDGE, goods_sql.FAULTS, goods_sql.FOLLOW_HEADS),
}
_COUNTS = {
    TableKind.PROMOTIONS: promotions_sql.COUNT,
    TableKind.PRICES: prices_sql.COUNT,
    TableKind.GOODS: goods_sql.COUNT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How many rows of a file are what, against the fair as it is now."""

    new: int
    changed: int
    same: int
    faulty: int


def check(run_id: int, *, at: datetime) -> bool:
    """Judge a file that was read, for its preview; `False` when it was stopped or taken over."""
    watch = Stopwatch()
    with transaction.atomic():
        run = Import.objects.get(id=run_id)
        if run.state != Import.State.CHECKING or not try_lock_run(run_id):
            return False
        _analyse(run)
        verdict = judge(run, at=at)
        samples = describe_samples(run)
        moved = Import.objects.filter(id=run_id, state=Import.State.CHECKING).update(
            state=Import.State.CHECKED, samples=samples, check_ms=F("check_ms") + watch.spent_ms(),
            new_count=verdict.new, changed_count=verdict.changed, same_count=verdict.same,
            faulty_count=verdict.faulty,
        )  # fmt: skip
        if not moved:
            transaction.set_rollback(True)
    return bool(moved)


def _analyse(run: Import) -> None:
    """Let the planner know how many rows there are: it may have seen the table empty."""
    table = sql.Identifier(STAGED[TableKind(run.kind)][0])
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("ANALYZE {}").format(table))


def judge(run: Import, *, at: datetime) -> Verdict:
    """Fill `exchange_judged` and the run's faults of this check."""
    ImportFault.objects.filter(run=run, is_of_check=True).delete()
    asked = build_parameters(run, at=at)
    execute("SELECT set_config('work_mem', %(work_memory)s, true)", asked)
    execute("DROP TABLE IF EXISTS exchange_judged, exchange_judged_rule", {})
    for statement in _JUDGING[TableKind(run.kind)]:
        execute(statement, asked)
    if run.kind == Import.Kind.PROMOTIONS:
        _judge_days(run, asked)
    ((new, changed, same),) = fetch(_COUNTS[TableKind(run.kind)], {})
    faulty = ImportFault.objects.filter(run=run).values("row").distinct().count()
    return Verdict(new=new, changed=changed, same=same, faulty=faulty)


def build_parameters(run: Import, *, at: datetime, by_id: int | None = None) -> dict[str, Any]:
    """What the statements of all tables are asked with."""
    return {
        "run": run.pk,
        "stall": run.stall_id,
        "at": at,
        "by": by_id,
        "ordinary_cap": ORDINARY_CAP_BPS,
        "days_max": DISCOUNT_DAYS_MAX,
        "zone": LOCAL.key,
        "work_memory": WORK_MEMORY,
    }


def _judge_days(run: Import, asked: dict[str, Any]) -> None:
    sku_ids = [sku_id for (sku_id,) in fetch(promotions_sql.SKUS_WITH_MANY_DAYS, asked)]
    for first in range(0, len(sku_ids), SKUS_AT_ONCE):
        _judge_days_of(run, sku_ids[first : first + SKUS_AT_ONCE])


def _judge_days_of(run: Import, sku_ids: Sequence[int]) -> None:
    """Hold rows against the days of the year, in the order of the file, as each alone would be."""
    planned: dict[int, list[tuple[int, Period, int | None]]] = defaultdict(list)
    for sku_id, row, starts_at, ends_at, target_id in fetch(
        promotions_sql.PLANNED_PERIODS, {"skus": list(sku_ids)}
    ):
        period = Period(starts_at=starts_at, ends_at=ends_at)
        planned[sku_id].append((row, period, target_id))
    faults: list[Fault] = []
    for sku_id, rows in planned.items():
        taken = list_discount_periods(sku_id)
        for target in _list_periods([target_id for _, _, target_id in rows if target_id]):
            if target in taken:
                taken.remove(target)
        for row, period, _ in rows:
            breach = judge_days(period, taken)
            if breach is None:
                taken.append(period)
            else:
                faults.append(_days_fault(row, period, breach))
    copy_faults(run.pk, faults, is_of_check=True)
    execute(promotions_sql.MARK_BAD, {"rows": [fault.row for fault in faults]})


def _list_periods(price_ids: Sequence[int]) -> list[Period]:
    found = OfferedPrice.objects.filter(id__in=price_ids).values_list("starts_at", "ends_at")
    return [
        Period(starts_at=starts_at, ends_at=ends_at)
        for starts_at, ends_at in found
        if starts_at is not None and ends_at is not None
    ]


def _days_fault(row: int, period: Period, breach: DaysUsedUp) -> Fault:
    nearest = breach.nearest_ends_at
    return Fault(
        row=row,
        column="ends",
        value=period.ends_at.astimezone(LOCAL).strftime("%Y-%m-%d %H:%M"),
        reason=Reason.DAYS_USED_UP,
        allowed="" if nearest is None else nearest.astimezone(LOCAL).strftime("%Y-%m-%d %H:%M"),
    )


def execute(statement: str, parameters: dict[str, Any]) -> int:
    """Run a statement; returns how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        touched: int = cursor.rowcount
    return touched


def fetch(statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Run a query whose answer is small."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
