"""What can be wrong with a row of a table, each with a stable code.

The pages say it in the reader's language; `allowed` is data, such as the nearest price that the
law lets stand, and is the same in every language.
"""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Codes of faults, as they are stored."""

    # of one cell
    MISSING = "missing"
    NOT_MONEY = "not_money"
    NOT_COUNT = "not_count"
    NOT_PERCENT = "not_percent"
    NOT_INSTANT = "not_instant"
    NOT_DAY = "not_day"
    NOT_YES_NO = "not_yes_no"
    NOT_CHOICE = "not_choice"
    NOT_CODE = "not_code"
    TOO_LONG = "too_long"
    TOO_SMALL = "too_small"
    TOO_LARGE = "too_large"
    CONTROL_LETTER = "control_letter"
    SPARE_CELL = "spare_cell"
    # of the heading row
    NO_HEADING = "no_heading"
    UNKNOWN_HEADING = "unknown_heading"
    HEADING_TWICE = "heading_twice"
    # of one row
    OTHER_KIND = "other_kind"
    NEEDED_FOR_KIND = "needed_for_kind"
    ONE_SKU = "one_sku"
    BAD_RULE = "bad_rule"
    ENDS_FIRST = "ends_first"
    IN_THE_PAST = "in_the_past"
    # of a row against others, and against what the fair holds
    ROW_TWICE = "row_twice"
    UNKNOWN = "unknown"
    NOT_YOURS = "not_yours"
    ORGANISER_ONLY = "organiser_only"
    DIFFERS_FROM_ROW = "differs_from_row"
    STARTED = "started"
    TOO_FEW_UNITS = "too_few_units"
    BANNED = "banned"
    OUTSIDE_FESTIVAL = "outside_festival"
    CAP_BROKEN = "cap_broken"
    BELOW_FLOOR = "below_floor"
    NOT_CHEAPER = "not_cheaper"
    DAYS_USED_UP = "days_used_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """Why a cell cannot be read, and what would be allowed."""

    reason: Reason
    allowed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong in a file: where, what stands there, why it cannot be."""

    row: int
    """As a spreadsheet counts: the heading is row 1."""
    column: str
    """The column's key; the heading as written where it is none of the table's."""
    value: str
    reason: Reason
    allowed: str = ""
