"""What the pages say of imports: states, reasons, what would be allowed instead."""

from datetime import timedelta

from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from chophien.domain.money import render_money
from chophien.domain.tables.columns import TableKind, find_column
from chophien.domain.tables.faults import Reason

KINDS = {
    TableKind.GOODS: gettext_lazy("Goods"),
    TableKind.PRICES: gettext_lazy("Prices"),
    TableKind.PROMOTIONS: gettext_lazy("Promotions"),
}

STATES = {
    "reading": pgettext_lazy("import", "being read"),
    "checking": pgettext_lazy("import", "being checked"),
    "checked": pgettext_lazy("import", "waits for you"),
    "applying": pgettext_lazy("import", "being applied"),
    "done": pgettext_lazy("import", "done"),
    "stopped": pgettext_lazy("import", "stopped"),
    "failed": pgettext_lazy("import", "not readable"),
}

PROBLEMS = {
    "empty": gettext_lazy("The file is empty: it needs a row of headings and rows below."),
    "headings": gettext_lazy("The row of headings is not one that this table knows; see below."),
    "encoding": gettext_lazy("The letters cannot be read. Save the file as CSV UTF-8 or as XLSX."),
    "quotation": gettext_lazy("A quotation mark is opened and never closed."),
    "line_too_long": gettext_lazy("A line is longer than any table needs."),
    "workbook": gettext_lazy("The file is no workbook that can be read. Save it as XLSX anew."),
    "workbook_too_large": gettext_lazy("The workbook is too large. Save the table as CSV."),
    "too_many_rows": gettext_lazy("The file has too many rows. Bring it in several files."),
    "too_old": gettext_lazy("The file lay unused for 30 days and was thrown away."),
}

REASONS = {
    Reason.MISSING: gettext_lazy("Nothing stands here, and something has to."),
    Reason.NOT_MONEY: gettext_lazy("This is no whole amount of đồng."),
    Reason.NOT_COUNT: gettext_lazy("This is no whole number."),
    Reason.NOT_PERCENT: gettext_lazy("This is no percentage above 0 and up to 100."),
    Reason.NOT_INSTANT: gettext_lazy("This is no date and time."),
    Reason.NOT_DAY: gettext_lazy("This is no date."),
    Reason.NOT_YES_NO: gettext_lazy("This is neither yes nor no."),
    Reason.NOT_CHOICE: gettext_lazy("This is none of the words that can stand here."),
    Reason.NOT_CODE: gettext_lazy("A code has only letters without accents, digits, - and _."),
    Reason.TOO_LONG: gettext_lazy("The text is too long."),
    Reason.TOO_SMALL: gettext_lazy("The number is too small."),
    Reason.TOO_LARGE: gettext_lazy("The number is too large."),
    Reason.CONTROL_LETTER: gettext_lazy("The text holds a letter that cannot be shown."),
    Reason.SPARE_CELL: gettext_lazy("This cell stands under no heading."),
    Reason.NO_HEADING: gettext_lazy("This column is missing."),
    Reason.UNKNOWN_HEADING: gettext_lazy("No column has this heading. Look for a slip of the pen."),
    Reason.HEADING_TWICE: gettext_lazy("Two columns have this heading."),
    Reason.OTHER_KIND: gettext_lazy("This goes with other kinds of promotion."),
    Reason.NEEDED_FOR_KIND: gettext_lazy("This kind of promotion needs it."),
    Reason.ONE_SKU: gettext_lazy("A price is of one sku. Write a row for each."),
    Reason.BAD_RULE: gettext_lazy("These cells together make no rule."),
    Reason.ENDS_FIRST: gettext_lazy("It ends before it begins."),
    Reason.IN_THE_PAST: gettext_lazy(
        "This start has passed. Leave it empty to begin at the moment of applying."
    ),
    Reason.ROW_TWICE: gettext_lazy("An earlier row says this already."),
    Reason.UNKNOWN: gettext_lazy("There is none of this name here."),
    Reason.NOT_YOURS: gettext_lazy("This code is taken by somebody else's goods or promotion."),
    Reason.ORGANISER_ONLY: gettext_lazy("Only the organiser may do this."),
    Reason.DIFFERS_FROM_ROW: gettext_lazy("An earlier row of the same product says otherwise."),
    Reason.STARTED: gettext_lazy("It has started. End it and offer another under a new code."),
    Reason.TOO_FEW_UNITS: gettext_lazy("So many units are not free any more."),
    Reason.BANNED: gettext_lazy("The law lets nobody promote these goods."),
    Reason.OUTSIDE_FESTIVAL: gettext_lazy("It reaches beyond the festival that it belongs to."),
    Reason.CAP_BROKEN: gettext_lazy("This is more off than the law allows."),
    Reason.BELOW_FLOOR: gettext_lazy("This is below the floor price."),
    Reason.NOT_CHEAPER: gettext_lazy("This is not cheaper than the price just before."),
    Reason.DAYS_USED_UP: gettext_lazy("The 120 days of discount in a year are used up."),
}

# How `allowed` is said, by reason; `%(it)s` is a price, a number, a row or a time.
_ALLOWED = {
    Reason.OUTSIDE_FESTIVAL: gettext_lazy("within %(it)s"),
    Reason.CAP_BROKEN: gettext_lazy("from %(it)s"),
    Reason.BELOW_FLOOR: gettext_lazy("from %(it)s"),
    Reason.TOO_SMALL: gettext_lazy("from %(it)s"),
    Reason.NOT_CHEAPER: gettext_lazy("below %(it)s"),
    Reason.TOO_LARGE: gettext_lazy("up to %(it)s"),
    Reason.TOO_LONG: gettext_lazy("up to %(it)s"),
    Reason.ROW_TWICE: gettext_lazy("see row %(it)s"),
    Reason.DIFFERS_FROM_ROW: gettext_lazy("see row %(it)s"),
    Reason.TOO_FEW_UNITS: gettext_lazy("%(it)s free"),
    Reason.DAYS_USED_UP: gettext_lazy("until %(it)s"),
}
MINUTE_S = 60
_PRICES = {Reason.CAP_BROKEN, Reason.BELOW_FLOOR, Reason.NOT_CHEAPER}


def say_allowed(reason: str, allowed: str, kind: TableKind) -> str:
    """What could stand there instead, in the reader's words; empty where nothing could."""
    if not allowed or reason == Reason.BANNED:
        return ""
    if reason == Reason.NO_HEADING:
        return name_column(kind, allowed)
    said = _ALLOWED.get(Reason(reason))
    if said is None:
        return allowed
    is_price = reason in _PRICES
    price = render_money(int(allowed), "VND", get_language() or "vi") if is_price else ""
    return str(said) % {"it": price or allowed}


def name_column(kind: TableKind, key: str) -> str:
    """The heading of a column in the reader's language; as written where it is none."""
    column = find_column(kind, key)
    return key if column is None else column.heading(get_language() or "vi")


def say_time_left(left: timedelta) -> str:
    """About how long something still takes: seconds below a minute, else whole minutes."""
    seconds = max(int(left.total_seconds()), 1)
    if seconds < MINUTE_S:
        return _("about %(count)s s left") % {"count": seconds}
    return _("about %(count)s min left") % {"count": -(-seconds // 60)}
