"""Tables of what the fair holds, as CSV or as a workbook, in the reader's language."""

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence

import xlsxwriter  # type: ignore[import-untyped]  # it ships no types

from chophien.apps.exchange.live_rows import Cells
from chophien.domain.limits import WORKBOOK_CELLS_MAX
from chophien.domain.tables.cells import Value, guard_formula, render_cell
from chophien.domain.tables.columns import TABLES, Column, Form, TableKind

BYTE_ORDER_MARK = "\ufeff"  # without it, a well-known spreadsheet takes UTF-8 for something else
LINES_AT_ONCE = 500
CHUNK_BYTES = 65_536


class TooManyRowsError(ValueError):
    """A workbook of so many rows could not be read back; take CSV."""


def write_csv(kind: TableKind, rows: Iterable[Cells], language: str) -> Iterator[str]:
    """The table as text, some hundred lines at a time; cells that begin like formulas guarded."""
    columns = TABLES[kind]
    text = io.StringIO()
    writer = csv.writer(text)
    text.write(BYTE_ORDER_MARK)
    writer.writerow([column.heading(language) for column in columns])
    for number, cells in enumerate(rows, 1):
        writer.writerow(
            [guard_formula(render_cell(each, cells.get(each.key), language)) for each in columns]
        )
        if number % LINES_AT_ONCE == 0:
            yield text.getvalue()
            text.seek(0)
            text.truncate()
    yield text.getvalue()


def write_faults(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """What is wrong in a file as CSV; what stands in its cells is guarded, too."""
    text = io.StringIO()
    writer = csv.writer(text)
    text.write(BYTE_ORDER_MARK)
    writer.writerow(headings)
    for row in rows:
        writer.writerow([guard_formula(cell) for cell in row])
        if text.tell() > CHUNK_BYTES:
            yield text.getvalue()
            text.seek(0)
            text.truncate()
    yield text.getvalue()


def write_workbook(kind: TableKind, rows: Iterable[Cells], language: str) -> Iterator[bytes]:
    """The table as a workbook, made in a file and handed on piece by piece.

    Raises:
        TooManyRowsError: before anything is handed on.
    """
    columns = TABLES[kind]
    with tempfile.TemporaryFile() as file:
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        with xlsxwriter.Workbook(file, options) as book:
            sheet = book.add_worksheet()
            bold = book.add_format({"bold": True, "bg_color": "#F3EBDB"})
            for place, column in enumerate(columns):
                sheet.write_string(0, place, column.heading(language), bold)
                sheet.set_column(place, place, 12 if column.form is not Form.TEXT else 24)
            sheet.freeze_panes(1, 0)
            for number, cells in enumerate(rows, 1):
                if (number + 1) * len(columns) > WORKBOOK_CELLS_MAX:
                    raise TooManyRowsError
                for place, column in enumerate(columns):
                    text = _say(column, cells.get(column.key), language)
                    if isinstance(text, int):
                        sheet.write_number(number, place, text)
                    elif text:
                        sheet.write_string(number, place, text)
        file.seek(0)
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def _say(column: Column, value: Value, language: str) -> str | int:
    """Numbers as numbers, all else as text: no cell is ever a formula."""
    if column.form in {Form.MONEY, Form.COUNT} and isinstance(value, int):
        return value
    text = render_cell(column, value, language)
    return guard_formula(text) if text.startswith("'") else text


# One example row of each table, for the files that people start from.
EXAMPLES: dict[TableKind, list[dict[str, str]]] = {
    TableKind.GOODS: [
        {
            "product": "mat-ong-rung", "sku": "mat-ong-rung-500g", "name_vi": "Mật ong rừng",
            "name_en": "Forest honey", "name_zh": "森林蜂蜜", "story_vi": "Ong lấy mật hoa rừng.",
            "province": "Gia Lai", "picture": "honey-jar", "tags": "mat-ong; dac-san",
            "is_fresh": "no", "ocop_stars": "4", "ocop_expires_on": "2027-12-31",
            "unit_vi": "hũ 500 g", "unit_en": "500 g jar", "unit_zh": "500克/罐",
            "list_price": "199000", "floor_price": "120000", "cost_price": "90000",
            "on_hand": "100", "state": "draft",
        }
    ],
    TableKind.PRICES: [
        {
            "sku": "mat-ong-rung-500g", "list_price": "199000", "floor_price": "120000",
            "cost_price": "90000",
        }
    ],
    TableKind.PROMOTIONS: [
        {
            "code": "GIAM-1111", "kind": "sale", "skus": "mat-ong-rung-500g", "unit": "159000",
            "starts": "2026-11-11 00:00", "ends": "2026-11-12 00:00",
        },
        {
            "code": "SOC-1111", "kind": "flash", "skus": "mat-ong-rung-500g", "unit": "129000",
            "starts": "2026-11-11 20:00", "ends": "2026-11-11 21:00", "allotment": "50",
            "per_buyer": "2",
        },
        {
            "code": "MUA-300", "kind": "spend_save", "threshold": "300000", "off": "30000",
            "starts": "2026-11-11 00:00", "ends": "2026-11-12 00:00", "budget": "5000000",
        },
    ],
}  # fmt: skip
