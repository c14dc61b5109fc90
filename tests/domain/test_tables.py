"""Columns, cells and files of tables: read as people write them, refused when it could be two."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chophien.domain.contact import fold
from chophien.domain.tables.cells import (
    COUNT_MAX,
    MONEY_MINOR_MAX,
    YEAR_MAX,
    YEAR_MIN,
    guard_formula,
    parse_cell,
    render_cell,
)
from chophien.domain.tables.columns import (
    TABLES,
    Form,
    TableKind,
    find_column,
    match_headings,
)
from chophien.domain.tables.faults import Reason, Wrong
from chophien.domain.tables.promotions import build_rule, flatten_rule
from chophien.domain.tables.reading import UnreadableFileError, read_lines, read_rows

LANGUAGES = ("vi", "en", "zh-hans")
NOON = datetime(2026, 11, 1, 5, 0, tzinfo=UTC)


def column(kind, key):
    found = find_column(kind, key)
    assert found is not None
    return found


def promotion(key):
    return column(TableKind.PROMOTIONS, key)


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("unit", "199000", 199_000),
        ("unit", "199.000", 199_000),
        ("unit", "199,000 đ", 199_000),
        ("unit", "1 250 000 ₫", 1_250_000),
        ("unit", "199\u00a0000", 199_000),
        ("unit", "199000.00", 199_000),
        ("unit", "VND", Reason.NOT_MONEY),
        ("unit", "199.5", Reason.NOT_MONEY),
        ("unit", "1.250,000", Reason.NOT_MONEY),
        ("unit", "19.90", Reason.NOT_MONEY),
        ("unit", "-5", Reason.NOT_MONEY),
        ("unit", "0", Reason.TOO_SMALL),
        ("unit", "9" * 14, Reason.TOO_LARGE),
        ("min_qty", "1", Reason.TOO_SMALL),
        ("percent", "12,5 %", 1_250),
        ("percent", "100", 10_000),
        ("percent", "100.01", Reason.NOT_PERCENT),
        ("percent", "0", Reason.NOT_PERCENT),
        ("starts", "2026-11-01 12:00", NOON),
        ("starts", "01/11/2026 12:00", NOON),
        ("starts", "2026-11-01T05:00:00Z", NOON),
        ("starts", "2026-11-01T14:00+09:00", NOON),
        ("starts", "1.11.2026", datetime(2026, 10, 31, 17, tzinfo=UTC)),
        ("starts", "13/13/2026", Reason.NOT_INSTANT),
        ("starts", "1026-11-01", Reason.NOT_INSTANT),
        ("exclusive", "Có", True),
        ("exclusive", "否", False),
        ("exclusive", "maybe", Reason.NOT_YES_NO),
        ("kind", "GIÁ SỐC", "flash"),
        ("kind", "秒杀", "flash"),
        ("kind", "shock", Reason.NOT_CHOICE),
        ("skus", "tra-100; mat-ong × 2", ("tra-100", "mat-ong x2")),
        ("skus", "trà", Reason.NOT_CODE),
        ("tags", "a, b;c", ("a", "b", "c")),
        ("code", "", Reason.MISSING),
        ("code", "a\x00b", Reason.CONTROL_LETTER),
        ("code", "x" * 61, Reason.TOO_LONG),
        ("code", "'=1", "=1"),
        ("unit", "   ", None),
    ],
)
def test_a_cell_is_read_as_people_write_it(key, text, value):
    read = parse_cell(promotion(key), text)

    assert (read.reason if isinstance(read, Wrong) else read) == value


def test_a_day_is_a_local_day():
    assert parse_cell(column(TableKind.GOODS, "ocop_expires_on"), "31/12/2027") == date(
        2027, 12, 31
    )


VALUES = {
    Form.MONEY: st.integers(1, MONEY_MINOR_MAX),
    Form.COUNT: st.integers(2, COUNT_MAX),
    Form.PERCENT: st.integers(1, 10_000),
    Form.INSTANT: st.datetimes(
        *(datetime(year, 1, 1) for year in (YEAR_MIN + 1, YEAR_MAX - 1)),  # noqa: DTZ001 - given a zone here
        timezones=st.just(UTC),
    ),
    Form.YES_NO: st.booleans(),
    Form.LIST: st.lists(st.from_regex(r"[-a-z0-9_]{1,20}", fullmatch=True), min_size=1).map(tuple),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("each", TABLES[TableKind.PROMOTIONS], ids=lambda each: each.key)
def test_what_is_written_is_read_back(each, language):
    values = VALUES.get(each.form)
    if each.form is Form.CHOICE:
        values = st.sampled_from([choice.code for choice in each.choices])
    if values is None:
        values = st.from_regex(r"[a-z][-a-z0-9_]{0,30}", fullmatch=True)
    if each.form is Form.UNITS:
        values = values.map(lambda sku: (sku,))

    @given(values)
    def check(value):
        assert parse_cell(each, render_cell(each, value, language)) == value

    check()


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40))
def test_a_guarded_text_is_no_formula_and_is_read_back(text):
    story = column(TableKind.GOODS, "story_vi")
    wanted = text.strip()

    written = guard_formula(wanted)

    assert not written.startswith(("=", "+", "-", "@"))
    assert parse_cell(story, written) == (wanted or None)


@pytest.mark.parametrize("kind", TableKind)
def test_no_heading_means_two_columns(kind):
    for language in LANGUAGES:
        names = [fold(each.heading(language)) for each in TABLES[kind]]
        assert len(set(names)) == len(names)
    named = {}
    for each in TABLES[kind]:
        for name in (each.key, each.vi, each.en, each.zh):
            assert named.setdefault(fold(name), each.key) == each.key, name


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", TableKind)
def test_headings_of_every_language_are_known(kind, language):
    headings = match_headings(kind, [each.heading(language).upper() for each in TABLES[kind]])

    assert (headings.columns, headings.faults) == (TABLES[kind], ())


def test_headings_that_are_missing_unknown_or_there_twice_are_faults():
    headings = match_headings(TableKind.PRICES, ["Giá niêm yết", "list price", "weight", ""])

    assert [(fault.column, fault.reason) for fault in headings.faults] == [
        ("list price", Reason.HEADING_TWICE),
        ("weight", Reason.UNKNOWN_HEADING),
        ("sku", Reason.NO_HEADING),
    ]


@given(st.integers(1, 9), st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le"]))
def test_rows_do_not_depend_on_how_the_bytes_come(size, encoding):
    content = 'mã;tên\r\na;"hai\r\ndòng; một ô"\r\n\r\nb;蜂蜜'.encode(encoding)
    chunks = [content[:4], *(content[at : at + size] for at in range(4, len(content), size))]

    rows = list(read_rows(read_lines(chunks)))

    assert rows == [["mã", "tên"], ["a", "hai\ndòng; một ô"], [], ["b", "蜂蜜"]]


@pytest.mark.parametrize(
    ("label", "content", "why"),
    [("half a letter", b"\xc3", "encoding"), ("an open quotation", b'a,b\n"c', "quotation")],
)
def test_bytes_that_are_no_table_are_refused(label, content, why):
    with pytest.raises(UnreadableFileError, match=why):
        list(read_rows(read_lines([content])))


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        ("spend_save", {"threshold": 300_000, "off": 30_000, "repeat": True, "max_times": 3}),
        (
            "spend_save",
            {"percent_bps": 1_000, "max_off": 5, "scope": {"tags": ["a"], "skus": ["k"]}},
        ),
        ("nth_unit", {"n": 2, "percent_bps": 5_000, "scope": {"exclude_tags": ["b"]}}),
        ("bundle", {"price": 99_000, "skus": {"a": 1, "b": 2}}),
        ("coupon", {"off": 10_000, "scope": {"sellers": ["s"], "rooms": ["7"]}}),
    ],
)
def test_a_rule_becomes_cells_and_the_same_rule_again(kind, rule):
    assert build_rule(kind, flatten_rule(kind, rule)) == rule
