"""Rows of joined tables as models: what `select_related` gives, by a statement written once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Field, Model

from chophien.statements import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A table of the join: its model, and the field of another part that names it.

    `only` are the fields that are read now, all of them if it is empty; the others are read when
    somebody asks for them.
    """

    model: type[Model]
    of: str = ""
    field: str = ""
    only: frozenset[str] = frozenset()

    @property
    def fields(self) -> "list[Field[Any, Any]]":
        """Its columns, in the order in which Django makes a row of them."""
        known = vars(self.model)["_meta"].concrete_fields
        return [each for each in known if not self.only or each.attname in self.only]


def mark_written(*rows: Model) -> None:
    """Tell Django that these were written by a statement: saved again, they are updated."""
    for row in rows:
        vars(row)["_state"].adding = False


class Graph:
    """The parts of a statement, by the names that its SQL gives them; the first is the root.

    In the SQL `{parts}` stands for the columns of all of them. A part that names a row which is
    not there (an outer join) is `None`.
    """

    def __init__(self, statement: Statement, parts: Mapping[str, Part]) -> None:
        self._parts = dict(parts)
        columns = ", ".join(
            f'{name}."{field.column}"' for name, part in parts.items() for field in part.fields
        )
        self.statement = Statement(
            by_name=statement.by_name.replace("{parts}", columns),
            values=statement.values,
        )
        self._readers = [_make_reader(part) for part in parts.values()]

    def read(self, rows: Sequence[tuple[Any, ...]]) -> list[Any]:
        """The root of every row, with the rows that it names."""
        root = next(iter(self._parts))
        return [self._read_row(row)[root] for row in rows]

    def _read_row(self, row: tuple[Any, ...]) -> dict[str, Model | None]:
        made: dict[str, Model | None] = {}
        at = 0
        for (name, part), (width, read) in zip(self._parts.items(), self._readers, strict=True):
            made[name] = one = read(row[at : at + width])
            at += width
            if part.of and made[part.of] is not None:
                setattr(made[part.of], part.field, one)
        return made


def _make_reader(part: Part) -> tuple[int, Callable[[tuple[Any, ...]], Model | None]]:
    fields = part.fields
    names = [field.attname for field in fields]
    key = next(place for place, field in enumerate(fields) if field.primary_key)
    converters = [
        (place, field.from_db_value)
        for place, field in enumerate(fields)
        if hasattr(field, "from_db_value")
    ]

    def read(values: tuple[Any, ...]) -> Model | None:
        if values[key] is None:
            return None
        if converters:
            changed = list(values)
            for place, convert in converters:
                changed[place] = convert(changed[place], None, connection)
            return part.model.from_db("default", names, changed)
        return part.model.from_db("default", names, values)

    return len(fields), read
