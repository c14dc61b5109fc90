"""Doing what a file says: all of its good rows in one transaction, or none.

Stock rows are locked last, so that nobody who buys waits for a large file. Whoever plans a price
meanwhile holds the stock row of its sku: behind that lock the prices are counted again, and what
came between is judged anew.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import DatabaseError, transaction
from django.db.models import F
from psycopg import errors

from chophien.apps.bus.services import publish
from chophien.apps.exchange import goods_sql, prices_sql, promotions_sql, rules_sql
from chophien.apps.exchange.checking import build_parameters, execute, fetch, judge
from chophien.apps.exchange.indexing import index_products
from chophien.apps.exchange.locks import lock_applying, try_lock_run
from chophien.apps.exchange.models import Import
from chophien.apps.exchange.previews import describe_samples
from chophien.apps.exchange.staging import throw_away_rows
from chophien.apps.exchange.stopwatch import Stopwatch
from chophien.apps.festivals.clock import read_real
from chophien.domain.tables.columns import TableKind
from chophien.wire.events import FAIR, GoodsChanged, PriceChanged

# Up to this many skus are told of one by one; beyond, pages hear that much has changed.
TOLD_SKUS_MAX = 300
TRIES_MAX = 3
APPLYING = Import.State.APPLYING


class StoppedError(RuntimeError):
    """Somebody stopped the run while it was being applied; nothing of it stays."""


class MovedError(RuntimeError):
    """The fair changed under the run; it has to be judged again."""


def apply_run(run_id: int, *, read_clock: Callable[[], datetime]) -> bool:
    """Apply a checked file; `False` when nothing was done.

    What the fair holds now has to give the counts that were shown, else the file is shown again
    with what is different.
    """
    for _ in range(TRIES_MAX):
        try:
            return _apply_once(run_id, at=read_clock())
        except StoppedError:
            return False
        except MovedError:
            continue
        except DatabaseError as fault:
            if not isinstance(fault.__cause__, errors.IntegrityError | errors.RaiseException):
                raise
    Import.objects.filter(id=run_id, state=APPLYING).update(
        state=Import.State.CHECKING, is_moved=True
    )
    return False


@transaction.atomic
def _apply_once(run_id: int, *, at: datetime) -> bool:
    watch = Stopwatch()
    run = Import.objects.get(id=run_id)
    if run.state != APPLYING or not try_lock_run(run_id):
        return False
    lock_applying()
    asked = build_parameters(run, at=at, by_id=run.applied_by_id)
    before = _take_fingerprint(run, asked)
    if not _is_as_shown(run, at=at):
        return False
    match TableKind(run.kind):
        case TableKind.PROMOTIONS:
            _apply_promotions(run, asked, before)
        case TableKind.PRICES:
            execute(prices_sql.CHANGE, asked)
            execute(prices_sql.REMEMBER, asked)
            _tell(prices_sql.TOUCHED_PRODUCTS)
        case TableKind.GOODS:
            _apply_goods(run, asked)
    done = Import.objects.filter(id=run_id, state=APPLYING).update(
        state=Import.State.DONE, finished_at=read_real(), beat_at=read_real(), is_moved=False,
        apply_ms=F("apply_ms") + watch.spent_ms(),
    )  # fmt: skip
    if not done:
        raise StoppedError
    return True


def _is_as_shown(run: Import, *, at: datetime) -> bool:
    """Judge again; when the counts are others than those shown, keep and show the new ones."""
    verdict = judge(run, at=at)
    shown = (run.new_count, run.changed_count, run.same_count, run.faulty_count)
    if shown == (verdict.new, verdict.changed, verdict.same, verdict.faulty):
        return True
    Import.objects.filter(id=run.pk, state=APPLYING).update(
        state=Import.State.CHECKED, is_moved=True, samples=describe_samples(run),
        new_count=verdict.new, changed_count=verdict.changed, same_count=verdict.same,
        faulty_count=verdict.faulty,
    )  # fmt: skip
    return False


def _take_fingerprint(run: Import, asked: dict[str, Any]) -> tuple[int, int]:
    if run.kind != Import.Kind.PROMOTIONS:
        return 0, 0
    ((count, ids),) = fetch(promotions_sql.FINGERPRINT_BEFORE, asked)
    return count, int(ids)


def _apply_promotions(run: Import, asked: dict[str, Any], before: tuple[int, int]) -> None:
    for statement in (
        promotions_sql.CHANGE_PRICES,
        rules_sql.CHANGE_OFFERS,
        rules_sql.ADD_OFFERS,
        rules_sql.CHANGE_COUPONS,
        rules_sql.ADD_COUPONS,
    ):
        execute(statement, asked)
        _go_on(run)
    ((added, added_ids),) = fetch(promotions_sql.ADD_PRICES, asked)
    _go_on(run)
    execute(promotions_sql.LOCK_STOCK, asked)
    ((count, ids),) = fetch(promotions_sql.FINGERPRINT, asked)
    if (count - added, int(ids) - int(added_ids)) != before:
        raise MovedError
    execute(promotions_sql.SET_UNITS_ASIDE, asked)
    _tell(promotions_sql.TOUCHED_PRODUCTS)


def _apply_goods(run: Import, asked: dict[str, Any]) -> None:
    touched = [product_id for (product_id,) in fetch(goods_sql.PRODUCTS_TO_INDEX, asked)]
    for statement in (
        goods_sql.ADD_PRODUCTS,
        goods_sql.CHANGE_PRODUCTS,
        goods_sql.FIND_PRODUCTS,
        goods_sql.ADD_SKUS,
        goods_sql.CHANGE_SKUS,
        goods_sql.FIND_SKUS,
        goods_sql.REMEMBER_PRICES,
        goods_sql.LOCK_STOCK,
        goods_sql.BRING_UNITS,
    ):
        execute(statement, asked)
        _go_on(run)
    added = [product_id for (product_id,) in fetch(goods_sql.PRODUCTS_TO_INDEX, asked)]
    index_products({each for each in (*touched, *added) if each is not None})
    _tell(goods_sql.TOUCHED_PRODUCTS)


def _go_on(run: Import) -> None:
    """Look between two statements whether somebody said stop.

    Raises:
        StoppedError: they did.
    """
    if not Import.objects.filter(id=run.pk, state=APPLYING).exists():
        raise StoppedError


def _tell(touched: str) -> None:
    """Let pages know at commit: of each sku while they are few, else that there are many."""
    skus = fetch(touched, {"count": TOLD_SKUS_MAX + 1})
    if len(skus) > TOLD_SKUS_MAX:
        publish(FAIR, GoodsChanged())
        return
    for sku_id, product_id in skus:
        publish(FAIR, PriceChanged(sku_id=sku_id, product_id=product_id))


@transaction.atomic
def clear_away(run_id: int) -> None:
    """Delete the waiting rows of a run that is over."""
    run = Import.objects.get(id=run_id)
    throw_away_rows(run_id, run.kind)
