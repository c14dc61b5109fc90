"""The rows of an uploaded file, in order, as text; CSV flows, a workbook is bounded and then read."""

import re
import tempfile
import zipfile
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import islice
from typing import IO

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from chophien.apps.exchange.models import Import, ImportPart
from chophien.domain.limits import WORKBOOK_BYTES_MAX, WORKBOOK_CELLS_MAX
from chophien.domain.tables.reading import UnreadableFileError, read_lines, read_rows

PART_BYTES = 1_048_576
_HELD_BYTES_MAX = 8 * PART_BYTES
# The beginning of a row or a cell, and the place that either may name.
_TOKEN = re.compile(rb"""<(?:\w+:)?(row|c)(?=[\s>/])|\sr\s*=\s*["']([A-Z]{0,3})(\d{1,9})["']""")

RawCell = str | int | float | bool | datetime | date | time | object


@dataclass(slots=True)
class Source:
    """A file that is being read: `bytes_read` of it so far, `rows_total` where it is known."""

    rows: Generator[list[str], None, None] = field(default_factory=lambda: read_rows(()))
    bytes_read: int = 0
    rows_total: int | None = None


def open_source(run: Import) -> Source:
    """Open an uploaded file at its first row.

    Raises:
        UnreadableFileError: the file is no table, or a workbook beyond the bounds; later, while
            rows are taken, too.
    """
    source = Source()
    if run.is_workbook:
        source.rows = _read_workbook(run, source)
    else:
        source.rows = read_rows(read_lines(_read_parts(run.pk, source)))
    return source


def _read_parts(run_id: int, source: Source) -> Iterator[bytes]:
    for number in range(1_000_000):
        part = ImportPart.objects.filter(run_id=run_id, number=number).first()
        if part is None:
            return
        source.bytes_read += len(part.data)
        yield bytes(part.data)


def _read_workbook(run: Import, source: Source) -> Generator[list[str], None, None]:
    with tempfile.SpooledTemporaryFile(max_size=_HELD_BYTES_MAX) as file:
        for part in _read_parts(run.pk, source):
            file.write(part)
        _refuse_bombs(file)
        file.seek(0)
        try:
            workbook = CalamineWorkbook.from_filelike(file)
            name = next(
                sheet.name
                for sheet in workbook.sheets_metadata
                if sheet.typ is SheetTypeEnum.WorkSheet
                and sheet.visible is SheetVisibleEnum.Visible
            )
            sheet = workbook.get_sheet_by_name(name)
        except (CalamineError, StopIteration, OSError, ValueError) as fault:
            raise UnreadableFileError("workbook") from fault
        source.rows_total = sheet.total_height
        for row in sheet.iter_rows():
            yield [write_plain(cell) for cell in row]


def _refuse_bombs(file: IO[bytes]) -> None:
    """Unpack once, counting, before anything is held in memory.

    Refused are more bytes than the bound, and a cell so far out that the rectangle of all cells
    up to it would be larger than the bound.

    Raises:
        UnreadableFileError: it is no workbook, or one beyond the bounds.
    """
    file.seek(0)
    left = WORKBOOK_BYTES_MAX
    try:
        with zipfile.ZipFile(file) as archive:
            if not any(name.startswith("xl/") for name in archive.namelist()):
                raise UnreadableFileError("workbook")
            for entry in archive.infolist():
                with archive.open(entry) as member:
                    left = _count_out(member, left)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as fault:
        raise UnreadableFileError("workbook") from fault


def _count_out(member: IO[bytes], left: int) -> int:
    """Unpack one file of the workbook; returns how many bytes may still come."""
    extent, rest = _Extent(), b""
    while chunk := member.read(PART_BYTES):
        left -= len(chunk)
        if left < 0:
            raise UnreadableFileError("workbook_too_large")
        text = rest + chunk
        cut = text.rfind(b">") + 1
        extent.read(text[:cut])
        rest = text[cut:][-PART_BYTES:]
        if extent.widest * extent.lowest > WORKBOOK_CELLS_MAX:
            raise UnreadableFileError("workbook_too_large")
    return left


@dataclass(slots=True)
class _Extent:
    """How far out the cells of a sheet stand; a row or cell without place follows the last."""

    widest: int = 0
    lowest: int = 0
    _column: int = 0
    _row: int = 0

    def read(self, text: bytes) -> None:
        for tag, letters, digits in _TOKEN.findall(text):
            if tag == b"row":
                self._row, self._column = self._row + 1, 0
            elif tag == b"c":
                self._column += 1
            else:
                self._row = int(digits)
                self._column = _count_columns(letters) if letters else 0
            self.widest = max(self.widest, self._column)
            self.lowest = max(self.lowest, self._row)


def _count_columns(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def write_plain(cell: RawCell) -> str:
    """A workbook's cell as the text that a person would have written."""
    match cell:
        case str():
            return cell
        case bool():
            return "yes" if cell else "no"
        case float() if cell.is_integer():
            return str(int(cell))
        case datetime():
            return cell.isoformat(" ", "seconds")
        case date():
            return cell.isoformat()
        case _:
            return str(cell)


def take(rows: Iterator[list[str]], count: int) -> list[list[str]]:
    """The next rows, at most `count`."""
    return list(islice(rows, count))
