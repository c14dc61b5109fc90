"""Cells as people write them, read into values; and values written so that they are read back.

Numbers may group their thousands by dots, commas or spaces and carry the sign of the đồng; days
may come first; yes and no are known in three languages. What could mean two things is refused.
"""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime

from chophien.domain.contact import fold
from chophien.domain.law import LOCAL
from chophien.domain.money import BPS_WHOLE
from chophien.domain.tables.columns import Choice, Column, Form
from chophien.domain.tables.faults import Reason, Wrong

Value = str | int | bool | datetime | date | tuple[str, ...] | None

# One trillion: far above any price, far below what 64 bits hold after a cap was applied.
MONEY_MINOR_MAX = 10**12
COUNT_MAX = 10**9
LIST_ITEMS_MAX = 200
LIST_ITEM_CHARS_MAX = 110
YEAR_MIN, YEAR_MAX = 2000, 2100

# Control letters of Unicode (category Cc), but for tab and line ends.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_GROUPED = re.compile(r"\d{1,3}(?:([.,' ])\d{3})(?:\1\d{3})*")
_ZERO_DECIMALS = re.compile(r"(\d+)[.,]0{1,2}")
_MONEY_SIGNS = re.compile(r"(?:vnd|vnđ|₫|đ|đồng)$", re.IGNORECASE)
_PERCENT = re.compile(r"(\d{1,3})(?:[.,](\d{1,2}))?\s*%?")
_CODE = re.compile(r"[-a-zA-Z0-9_]+")
_DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(.*)", re.DOTALL)
_LIST_MARKS = re.compile(r"[;,|\n]+")
_UNITS = re.compile(r"([-a-zA-Z0-9_]+)\s*(?:[x×*:]\s*(\d{1,4}))?")
_YES = frozenset({"yes", "y", "true", "1", "x", "co", "dung", "是", "对", "有"})
_YES_NO_WORDS = {"vi": ("có", "không"), "zh": ("是", "否")}
_NO = frozenset({"no", "n", "false", "0", "khong", "sai", "否", "不", "无"})
# What a spreadsheet takes for a formula; the apostrophe in front makes it text again.
_FORMULA_MARKS = ("=", "+", "-", "@", "\t", "\r")


def parse_cell(column: Column, text: str) -> Value | Wrong:
    """Read one cell; `None` for an empty one. O(length)."""
    text = _unquote(text.strip())
    if not text:
        return Wrong(reason=Reason.MISSING) if column.is_needed else None
    if _CONTROL.search(text):
        return Wrong(reason=Reason.CONTROL_LETTER)
    return _PARSERS[column.form](text, column)


def _unquote(text: str) -> str:
    """Take off one apostrophe of those that keep a text from being a formula."""
    return (
        text[1:] if text.startswith("'") and text.lstrip("'").startswith(_FORMULA_MARKS) else text
    )


def _parse_code(text: str, column: Column) -> str | Wrong:
    if not _CODE.fullmatch(text):
        return Wrong(reason=Reason.NOT_CODE, allowed="a-z 0-9 - _")
    return _parse_text(text, column)


def _parse_text(text: str, column: Column) -> str | Wrong:
    if len(text) > column.chars_max:
        return Wrong(reason=Reason.TOO_LONG, allowed=str(column.chars_max))
    if column.form is Form.NAME and not text.isprintable():
        return Wrong(reason=Reason.CONTROL_LETTER)
    return text


def parse_number(text: str, reason: Reason, largest: int) -> int | Wrong:
    """A whole number, at least 0: `199000`, `199.000`, `199,000`, `199 000 ₫`, `199000.00`.

    >>> parse_number("1.250.000 đ", Reason.NOT_MONEY, 10**12)
    1250000
    >>> parse_number("12.5", Reason.NOT_COUNT, 10**9).reason
    <Reason.NOT_COUNT: 'not_count'>
    """
    plain = _MONEY_SIGNS.sub("", text.replace("\u00a0", " ").replace("\u202f", " ")).strip()
    if _GROUPED.fullmatch(plain):
        plain = re.sub(r"\D", "", plain)
    elif found := _ZERO_DECIMALS.fullmatch(plain):
        plain = found[1]
    if not (plain.isascii() and plain.isdigit()):
        return Wrong(reason=reason, allowed="199000 · 199.000 · 199,000")
    if len(plain) > len(str(largest)) or int(plain) > largest:
        return Wrong(reason=Reason.TOO_LARGE, allowed=str(largest))
    return int(plain)


def _parse_money(text: str, column: Column) -> int | Wrong:
    return _at_least(parse_number(text, Reason.NOT_MONEY, MONEY_MINOR_MAX), column)


def _parse_count(text: str, column: Column) -> int | Wrong:
    return _at_least(parse_number(text, Reason.NOT_COUNT, column.most or COUNT_MAX), column)


def _at_least(number: int | Wrong, column: Column) -> int | Wrong:
    if isinstance(number, int) and number < column.least:
        return Wrong(reason=Reason.TOO_SMALL, allowed=str(column.least))
    return number


def _parse_percent(text: str) -> int | Wrong:
    """`10`, `10%`, `12,5 %` in basis points, above 0 and at most the whole."""
    found = _PERCENT.fullmatch(text)
    bps = int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0")) if found else 0
    if not 0 < bps <= BPS_WHOLE:
        return Wrong(reason=Reason.NOT_PERCENT, allowed="0,01 % – 100 %")
    return bps


def parse_instant(text: str) -> datetime | Wrong:
    """An instant: local time of Vietnam unless an offset says otherwise; a day is its midnight.

    `2026-11-01 00:30`, `2026-11-01T00:30:00+07:00`, `01/11/2026 00:30`, `2026-11-01`.
    """
    try:
        at = datetime.fromisoformat(_day_first(text))
        at = at if at.tzinfo else at.replace(tzinfo=LOCAL)
        if YEAR_MIN <= at.year <= YEAR_MAX:
            return at.astimezone(UTC)
    except ValueError:
        pass  # not a time as written here: said below
    return Wrong(reason=Reason.NOT_INSTANT, allowed="2026-11-01 00:30 · 01/11/2026 00:30")


def _parse_day(text: str) -> date | Wrong:
    read = parse_instant(text)
    if isinstance(read, Wrong):
        return Wrong(reason=Reason.NOT_DAY, allowed="2026-11-01 · 01/11/2026")
    return read.astimezone(LOCAL).date()


def _day_first(text: str) -> str:
    found = _DAY_FIRST.fullmatch(text)
    return f"{found[3]}-{int(found[2]):02}-{int(found[1]):02}{found[4]}" if found else text


def _parse_yes_no(text: str) -> bool | Wrong:
    word = fold(text)
    if word not in _YES | _NO:
        return Wrong(reason=Reason.NOT_YES_NO, allowed="có · không / yes · no / 是 · 否")
    return word in _YES


def _parse_choice(text: str, column: Column) -> str | Wrong:
    wanted = fold(text)
    for choice in column.choices:
        if wanted in {fold(name) for name in (choice.code, choice.vi, choice.en, choice.zh)}:
            return choice.code
    return Wrong(
        reason=Reason.NOT_CHOICE, allowed=" · ".join(choice.code for choice in column.choices)
    )


def _parse_list(text: str) -> tuple[str, ...] | Wrong:
    items = tuple(item.strip() for item in _LIST_MARKS.split(text) if item.strip())
    if len(items) > LIST_ITEMS_MAX:
        return Wrong(reason=Reason.TOO_LARGE, allowed=str(LIST_ITEMS_MAX))
    bad = next(
        (item for item in items if not _CODE.fullmatch(item) or len(item) > LIST_ITEM_CHARS_MAX),
        None,
    )
    return items if bad is None else Wrong(reason=Reason.NOT_CODE, allowed="a-z 0-9 - _ ;")


def _parse_units(text: str) -> tuple[str, ...] | Wrong:
    """Skus, each with its number of units where it is not one: `tea-100g; honey x2`."""
    items = [item.strip() for item in _LIST_MARKS.split(text) if item.strip()]
    if len(items) > LIST_ITEMS_MAX:
        return Wrong(reason=Reason.TOO_LARGE, allowed=str(LIST_ITEMS_MAX))
    read = []
    for item in items:
        found = _UNITS.fullmatch(item)
        if found is None or found[2] == "0":
            return Wrong(reason=Reason.NOT_CODE, allowed="sku; sku x2")
        read.append(found[1] if found[2] in {None, "1"} else f"{found[1]} x{int(found[2])}")
    return tuple(read)


_PARSERS: dict[Form, Callable[[str, Column], Value | Wrong]] = {
    Form.CODE: _parse_code,
    Form.NAME: _parse_text,
    Form.TEXT: _parse_text,
    Form.MONEY: _parse_money,
    Form.COUNT: _parse_count,
    Form.PERCENT: lambda text, _: _parse_percent(text),
    Form.INSTANT: lambda text, _: parse_instant(text),
    Form.DAY: lambda text, _: _parse_day(text),
    Form.YES_NO: lambda text, _: _parse_yes_no(text),
    Form.CHOICE: _parse_choice,
    Form.LIST: lambda text, _: _parse_list(text),
    Form.UNITS: lambda text, _: _parse_units(text),
}


def render_cell(column: Column, value: Value, language: str) -> str:
    """Write a value so that `parse_cell` reads the same one, in the words of `language`."""
    match column.form, value:
        case Form.PERCENT, int():
            text = f"{value // 100}" if value % 100 == 0 else f"{value // 100}.{value % 100:02}"
        case Form.INSTANT, datetime():
            local = value.astimezone(LOCAL).replace(tzinfo=None)
            text = local.isoformat(" ", "minutes" if _is_whole_minute(local) else "auto")
        case Form.YES_NO, bool():
            yes, no = _YES_NO_WORDS.get(language[:2], ("yes", "no"))
            text = yes if value else no
        case Form.CHOICE, str():
            words = [_word(choice, language) for choice in column.choices if choice.code == value]
            text = words[0] if words else value
        case _, tuple():
            text = "; ".join(value)
        case _, None:
            text = ""
        case _:
            text = str(value)
    return text


def _is_whole_minute(at: datetime) -> bool:
    return at.second == 0 and at.microsecond == 0


def _word(choice: Choice, language: str) -> str:
    return {"vi": choice.vi, "zh": choice.zh}.get(language[:2], choice.en)


def guard_row(cells: Iterable[object]) -> list[object]:
    """A row for a spreadsheet: its texts guarded, its numbers and empty cells as they are."""
    return [guard_formula(cell) if isinstance(cell, str) else cell for cell in cells]


def guard_formula(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would take for a formula; undone on reading.

    Source: OWASP, CSV injection.
    """
    return f"'{text}" if text.lstrip("'").startswith(_FORMULA_MARKS) else text
