"""A file of separated values as rows of text, whatever spreadsheet wrote it."""

import codecs
import csv
import io
from collections.abc import Generator, Iterable, Iterator

ENCODINGS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SEPARATORS = (",", ";", "\t")
# One cell of a table holds a story at most; a lost quotation mark would swallow the file.
CELL_CHARS_MAX = 32_767
LINE_CHARS_MAX = 2_000_000


class UnreadableFileError(ValueError):
    """The file is no table that can be read; the message is a stable word of why."""


def find_encoding(head: bytes) -> str:
    """UTF-8 with or without mark, or UTF-16 as spreadsheets write it, told by the first bytes."""
    for mark, encoding in ENCODINGS:
        if head.startswith(mark):
            return encoding
    if head[1:2] == b"\0":
        return "utf-16-le"
    return "utf-16-be" if head[:1] == b"\0" else "utf-8"


def find_separator(first_line: str) -> str:
    """The sign that parts the headings: the one that stands most often outside quotations."""
    bare = "".join(first_line.split('"')[::2])
    return max(SEPARATORS, key=bare.count)


def read_lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """Lines that end in a line feed, decoded as they come; memory is one chunk and one line.

    Raises:
        UnreadableFileError: a byte is none of the encoding, or a line has no end.
    """
    decoder = None
    rest = ""
    for chunk in chunks:
        if decoder is None:
            coder = codecs.getincrementaldecoder(find_encoding(chunk))()
            decoder = io.IncrementalNewlineDecoder(coder, translate=True)
        text = rest + _decode(decoder, chunk)
        cut = text.rfind("\n") + 1
        yield from io.StringIO(text[:cut])
        rest = text[cut:]
        if len(rest) > LINE_CHARS_MAX:
            raise UnreadableFileError("line_too_long")
    if decoder is not None:
        rest += _decode(decoder, b"", is_last=True)
    if rest:
        yield rest


def _decode(decoder: io.IncrementalNewlineDecoder, chunk: bytes, *, is_last: bool = False) -> str:
    try:
        return decoder.decode(chunk, is_last)
    except UnicodeDecodeError as fault:
        raise UnreadableFileError("encoding") from fault


def read_rows(lines: Iterable[str]) -> Generator[list[str], None, None]:
    """Rows as a spreadsheet would show them, the empty ones too, so that row numbers fit.

    Raises:
        UnreadableFileError: a quotation that never ends, or a cell beyond all measure.
    """
    found = iter(lines)
    first = next(found, "")
    csv.field_size_limit(CELL_CHARS_MAX)

    def again() -> Iterator[str]:
        yield first
        yield from found

    try:
        yield from csv.reader(again(), delimiter=find_separator(first), strict=True)
    except csv.Error as fault:
        raise UnreadableFileError("quotation") from fault
