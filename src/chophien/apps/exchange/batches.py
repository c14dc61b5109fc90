"""Rows of text made ready for the database, column by column.

A column of a large table holds few different texts, so each text is read once and then looked
up: what a million rows cost is a look into a dictionary for each cell.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from chophien.apps.promotions.documents import RuleError, check_coupon_rule, check_offer_rule
from chophien.domain.contact import fold
from chophien.domain.tables.cells import Value, parse_cell
from chophien.domain.tables.columns import Column, Form, TableKind
from chophien.domain.tables.faults import Fault, Reason, Wrong
from chophien.domain.tables.promotions import (
    KINDS,
    NEEDS,
    OFFER_KINDS,
    PRICE_KINDS,
    TAKES,
    build_rule,
)

NULL = "\\N"
# Texts that a column remembers; a column of names, all of them different, remembers the last few.
REMEMBERED_MAX = 20_000
VALUE_CHARS_MAX = 200

# Where the cells of each table go, by column of the waiting table.
STAGED: dict[TableKind, tuple[str, dict[str, str]]] = {
    TableKind.PROMOTIONS: (
        "exchange_staged_promotion",
        {
            "code": "code", "stall": "stall", "kind": "kind", "skus": "skus",
            "festival": "festival", "unit": "unit", "starts": "starts_at", "ends": "ends_at",
            "min_qty": "min_qty", "allotment": "allotment", "per_buyer": "per_buyer",
            "exclusive": "is_exclusive", "rooms": "room", "budget": "budget",
            "count": "count_max", "way": "way", "claim_starts": "claim_starts_at",
            "claim_ends": "claim_ends_at",
        },
    ),
    TableKind.PRICES: (
        "exchange_staged_price",
        {key: key for key in ("sku", "list_price", "floor_price", "cost_price")},
    ),
    TableKind.GOODS: (
        "exchange_staged_goods",
        {
            key: key
            for key in (
                "stall", "product", "sku", "name_vi", "name_en", "name_zh", "story_vi",
                "story_en", "story_zh", "province", "picture", "tags", "is_fresh", "ban",
                "ocop_stars", "ocop_expires_on", "unit_vi", "unit_en", "unit_zh", "list_price",
                "floor_price", "cost_price", "on_hand", "state",
            )
        },
    ),
}  # fmt: skip


@dataclass(slots=True)
class Batch:
    """Rows in PostgreSQL's COPY text form, and what is wrong with those that are not among them."""

    lines: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


class _Reader(dict[str, str]):
    """Reads the cells of one column; what was read once is looked up."""

    def __init__(self, column: Column, places: Mapping[str, str]) -> None:
        super().__init__()
        self.column = column
        self.wrong: dict[str, Wrong] = {}
        self._places = places

    def __missing__(self, text: str) -> str:
        value = self.parse(text)
        if isinstance(value, Wrong):
            self.wrong[text] = value
            return NULL
        if len(self) >= REMEMBERED_MAX:
            self.clear()
        written = self[text] = encode(value, self.column.form)
        return written

    def parse(self, text: str) -> Value | Wrong:
        value = parse_cell(self.column, text)
        if self.column.key == "province" and isinstance(value, str):
            slug = self._places.get(fold(value))
            return Wrong(reason=Reason.UNKNOWN) if slug is None else slug
        return value


def encode(value: Value, form: Form) -> str:
    """One value as a field of COPY's text form."""
    match value:
        case None:
            text = NULL
        case bool():
            text = "t" if value else "f"
        case tuple():
            text = "; ".join(value) if form is Form.UNITS else "{" + ",".join(value) + "}"
        case datetime() | date():
            text = value.isoformat()
        case str():
            text = encode_text(value)
        case _:
            text = str(value)
    return text


def encode_text(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")


class BatchMaker:
    """Turns rows of one file into batches; `columns` are the file's, in order.

    `places` gives the slug of a former province by its folded name or slug.
    """

    def __init__(
        self,
        *,
        run_id: int,
        kind: TableKind,
        columns: Sequence[Column | None],
        places: Mapping[str, str],
    ) -> None:
        self._run = str(run_id)
        self._kind = kind
        self._width = len(columns)
        self._readers = {
            column.key: (index, _Reader(column, places))
            for index, column in enumerate(columns)
            if column is not None
        }
        self._spare = [index for index, column in enumerate(columns) if column is None]

    def make(self, first_row: int, rows: Sequence[list[str]]) -> Batch:
        """Read rows; the first of them is row `first_row` of the file. Empty ones are passed over."""
        numbers, kept, faults = self._take_even(first_row, rows)
        if not kept:
            return Batch(faults=faults)
        cells = list(zip(*kept, strict=True))
        fields: dict[str, list[str]] = {}
        for key, (index, reader) in self._readers.items():
            fields[key] = list(map(reader.__getitem__, cells[index]))
            if reader.wrong:
                faults += _name_wrong(reader, numbers, cells[index])
                reader.wrong = {}
        if self._kind is TableKind.PROMOTIONS:
            rules, found = self._check_kinds(numbers, fields, cells, faults)
            faults += found
            fields["rule"] = rules
        bad = {fault.row for fault in faults}
        return Batch(lines=self._join(numbers, fields, bad), faults=faults)

    def staged_columns(self) -> tuple[str, ...]:
        """Columns of the waiting table, in the order of a line."""
        names = STAGED[self._kind][1]
        own = [names[key] for key in self._readers if key in names]
        rule = ["rule"] if self._kind is TableKind.PROMOTIONS else []
        return ("run_id", "row_number", *own, *rule)

    def _join(self, numbers: list[int], fields: dict[str, list[str]], bad: set[int]) -> list[str]:
        names = STAGED[self._kind][1]
        own = [fields[key] for key in self._readers if key in names]
        if "rule" in fields:
            own.append(fields["rule"])
        rows = zip([self._run] * len(numbers), map(str, numbers), *own, strict=True)
        lines = map("\t".join, rows)
        if not bad:
            return list(lines)
        return [line for number, line in zip(numbers, lines, strict=True) if number not in bad]

    def _take_even(
        self, first_row: int, rows: Sequence[list[str]]
    ) -> tuple[list[int], list[list[str]], list[Fault]]:
        """Rows as wide as the headings, with their numbers; what stands beyond is a fault."""
        numbers, kept, faults = [], [], []
        width = self._width
        for number, row in enumerate(rows, first_row):
            if len(row) != width:
                if not any(row):
                    continue
                spare = next((cell for cell in row[width:] if cell.strip()), "")
                if spare:
                    faults.append(_fault(number, "", spare, Wrong(reason=Reason.SPARE_CELL)))
                kept.append([*row[:width], *([""] * (width - len(row)))])
            elif any(row):
                kept.append(row)
            else:
                continue
            numbers.append(number)
        for index in self._spare:
            faults += [
                _fault(number, "", row[index], Wrong(reason=Reason.SPARE_CELL))
                for number, row in zip(numbers, kept, strict=True)
                if row[index].strip()
            ]
        return numbers, kept, faults

    def _check_kinds(
        self,
        numbers: list[int],
        fields: dict[str, list[str]],
        cells: list[tuple[str, ...]],
        unread: list[Fault],
    ) -> tuple[list[str], list[Fault]]:
        """What each kind of promotion takes and needs, and the rules of those that are rules."""
        kinds = fields.get("kind", [])
        told = {(fault.row, fault.column) for fault in unread}
        faults = [
            fault
            for key in sorted(KINDS_BY_KEY)
            for fault in _check_column(key, numbers, kinds, fields.get(key))
            if (fault.row, fault.column) not in told
        ]
        bad = {fault.row for fault in (*unread, *faults)}
        faults += _check_single_skus(numbers, kinds, fields.get("skus"))
        rules = [NULL] * len(numbers)
        for place, kind in enumerate(kinds):
            if kind in PRICE_KINDS or kind not in KINDS or numbers[place] in bad:
                continue
            rule = build_rule(kind, self._parse_row(cells, place))
            wrong = _check_rule(kind, rule)
            if wrong is None:
                rules[place] = encode_text(json.dumps(rule))
            else:
                faults.append(_fault(numbers[place], "kind", kind, wrong))
        return rules, faults

    def _parse_row(self, cells: list[tuple[str, ...]], place: int) -> dict[str, Value]:
        found = {
            key: reader.parse(cells[index][place]) for key, (index, reader) in self._readers.items()
        }
        return {key: value for key, value in found.items() if not isinstance(value, Wrong)}


# By column, the kinds that take it and those that need it, where not all of them do.
KINDS_BY_KEY: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    key: (
        frozenset(kind for kind in KINDS if key in TAKES[kind]),
        frozenset(kind for kind in KINDS if key in NEEDS[kind]),
    )
    for key in sorted(frozenset().union(*TAKES.values()))
}


def _check_column(
    key: str, numbers: list[int], kinds: list[str], written: list[str] | None
) -> list[Fault]:
    taking, needing = KINDS_BY_KEY[key]
    present = set(kinds)
    faults: list[Fault] = []
    if written is not None and present - taking:
        wrong = Wrong(reason=Reason.OTHER_KIND, allowed=" · ".join(sorted(taking)))
        faults += [
            _fault(number, key, text, wrong)
            for number, kind, text in zip(numbers, kinds, written, strict=True)
            if text not in {NULL, "f"} and kind not in taking and kind != NULL
        ]
    written = written or [NULL] * len(numbers)
    if present & needing and NULL in written:
        faults += [
            _fault(number, key, "", Wrong(reason=Reason.NEEDED_FOR_KIND, allowed=kind))
            for number, kind, text in zip(numbers, kinds, written, strict=True)
            if text == NULL and kind in needing
        ]
    return faults


def _check_single_skus(numbers: list[int], kinds: list[str], skus: list[str] | None) -> list[Fault]:
    """A price is of one sku."""
    return [
        _fault(number, "skus", text, Wrong(reason=Reason.ONE_SKU))
        for number, kind, text in zip(numbers, kinds, skus or (), strict=bool(skus))
        if kind in PRICE_KINDS and (";" in text or " " in text)
    ]


def _check_rule(kind: str, rule: dict[str, Any]) -> Wrong | None:
    try:
        if kind in OFFER_KINDS:
            check_offer_rule(kind, rule)
        else:
            check_coupon_rule(rule)
    except RuleError as fault:
        return Wrong(reason=Reason.BAD_RULE, allowed="; ".join(fault.faults)[:120])
    return None


def _name_wrong(reader: _Reader, numbers: list[int], cells: tuple[str, ...]) -> list[Fault]:
    return [
        _fault(number, reader.column.key, text, reader.wrong[text])
        for number, text in zip(numbers, cells, strict=True)
        if text in reader.wrong
    ]


def _fault(row: int, column: str, value: str, wrong: Wrong) -> Fault:
    shown = "" if value == NULL else value.replace("\0", "")[:VALUE_CHARS_MAX]
    return Fault(row=row, column=column, value=shown, reason=wrong.reason, allowed=wrong.allowed)
