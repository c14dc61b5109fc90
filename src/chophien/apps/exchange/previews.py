"""The first rows that a file would add or change, in words that can be kept."""

import json
from collections.abc import Mapping
from typing import Any, cast

from django.db import connection
from psycopg import sql

from chophien.apps.exchange import goods_sql, live_rows, prices_sql, promotions_sql, rules_sql
from chophien.apps.exchange.batches import STAGED
from chophien.apps.exchange.live_rows import Cells
from chophien.apps.exchange.models import Import
from chophien.domain.tables.cells import Value, render_cell
from chophien.domain.tables.columns import Form, TableKind, find_column
from chophien.domain.tables.promotions import flatten_rule

SAMPLE_ROWS = 20
# Words that are kept are read back by `parse_cell`, whatever language the reader's is.
KEPT_LANGUAGE = "en"


def describe_samples(run: Import) -> dict[str, Any]:
    """Samples of `exchange_judged`: rows with their cells, and for changes what stands there now."""
    return {
        "new": [
            {"row": row, "cells": _write(run, cells)} for row, cells, _ in _sample(run, is_new=True)
        ],
        "changed": [
            {"row": row, "cells": _write(run, cells), "changes": _compare(run, cells, live)}
            for row, cells, live in _sample(run, is_new=False)
        ],
    }


def _sample(run: Import, *, is_new: bool) -> list[tuple[int, Cells, Cells]]:
    asked = {"is_new": is_new, "count": SAMPLE_ROWS}
    match TableKind(run.kind):
        case TableKind.GOODS:
            return _join(run, goods_sql.SAMPLES, live_rows.GOODS, asked)
        case TableKind.PRICES:
            return [] if is_new else _join(run, prices_sql.SAMPLES, live_rows.PRICES, asked)
        case TableKind.PROMOTIONS:
            return [
                *_join(run, promotions_sql.SAMPLES, live_rows.OFFERED_PRICES, asked),
                *_join(run, rules_sql.SAMPLES_OF_OFFERS, live_rows.OFFERS, asked),
                *_join(run, rules_sql.SAMPLES_OF_COUPONS, live_rows.COUPONS, asked),
            ][:SAMPLE_ROWS]


def _join(
    run: Import, samples: str, live: str, asked: Mapping[str, bool | int]
) -> list[tuple[int, Cells, Cells]]:
    """Row number, staged cells and live cells of each sample."""
    with connection.cursor() as cursor:
        cursor.execute(samples, asked)
        found: list[tuple[int, int | None]] = cursor.fetchall()
    staged = _load_staged(run, [row for row, _ in found])
    return [
        (row, staged[row], next(live_rows.iterate(live, ids=[target]), {}) if target else {})
        for row, target in found
    ]


def _load_staged(run: Import, rows: list[int]) -> dict[int, Cells]:
    table, names = STAGED[TableKind(run.kind)]
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL("SELECT * FROM {} WHERE run_id = %s AND row_number = ANY(%s)").format(
                sql.Identifier(table)
            ),
            [run.pk, rows],
        )
        columns = [column.name for column in cursor.description or ()]
        found = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    return {row["row_number"]: _to_cells(run, row, names) for row in found}


def _to_cells(run: Import, row: dict[str, Any], names: Mapping[str, str]) -> Cells:
    cells: Cells = {}
    for key, name in names.items():
        column, value = find_column(TableKind(run.kind), key), row[name]
        if column is not None and value is not None:
            cells[key] = _to_value(column.form, value)
    rule = row.get("rule")
    if rule is not None:
        cells |= flatten_rule(str(cells["kind"]), json.loads(rule))
    return cells


def _to_value(form: Form, value: object) -> Value:
    match form:
        case Form.UNITS:
            return tuple(str(value).split("; "))
        case Form.LIST:
            return tuple(value) if isinstance(value, list) else (str(value),)
        case _:
            return cast("Value", value)


def _write(run: Import, cells: Cells) -> dict[str, str]:
    return {
        key: render_cell(column, value, KEPT_LANGUAGE)
        for key, value in cells.items()
        if (column := find_column(TableKind(run.kind), key)) is not None and value is not None
    }


def _compare(run: Import, cells: Cells, live: Cells) -> list[list[str]]:
    """Column, what stands there, what would stand there; what the file leaves alone is not told."""
    before, after = _write(run, live), _write(run, cells)
    is_whole = (
        run.kind == Import.Kind.PROMOTIONS
    )  # an empty cell of a promotion means nothing there
    left_alone = {"stall", "starts", "exclusive", "per_buyer", "way"}
    keys = [key for key in before if key not in after and key not in left_alone] if is_whole else []
    return [
        [key, before.get(key, ""), after.get(key, "")]
        for key in [*after, *keys]
        if before.get(key, "") != after.get(key, "")
    ]
