"""Named SQL that several rooms of the house share, in files that explain it.

A file holds statements under lines `-- name: …`; values are written `:name`. Plain SQL that
PostgreSQL from 15 on and Citus take: no INSERT inside WITH, locks in ascending order.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent
_HEADING = re.compile(r"^-- name: (\w+)$", re.MULTILINE)
_VALUE = re.compile(r"(?<![:\w]):([a-z]\w*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement, as psycopg reads it."""

    by_name: str
    """With its values as `%(sku_ids)s`."""
    values: tuple[str, ...]


@cache
def load(file: str) -> Mapping[str, Statement]:
    """The statements of `file.sql`, by name."""
    text = (_FOLDER / f"{file}.sql").read_text()
    pieces = _HEADING.split(text)
    return {name: _read(body) for name, body in zip(pieces[1::2], pieces[2::2], strict=True)}


def _read(body: str) -> Statement:
    lines = [line for line in body.splitlines() if not line.startswith("--")]
    sql = "\n".join(lines).strip().removesuffix(";")
    values = tuple(dict.fromkeys(_VALUE.findall(sql)))
    return Statement(
        by_name=_VALUE.sub(r"%(\1)s", sql.replace("%", "%%")),
        values=values,
    )
