"""`chophien quote --lines`: one answer a line, whatever stands on it, and on with the next."""

import json
from pathlib import Path

import pytest

from chophien.config.quote import run_quote

CASES = json.loads(Path(__file__).with_name("quote-cases.json").read_text(encoding="utf-8"))
GOOD = json.dumps(CASES[0]["request"]).encode()
DEEP = 100_000


def price_lines(path, capsysbinary, *lines):
    path.write_bytes(b"\n".join(lines))
    assert run_quote(path=str(path), is_lines=True) == 0
    return [json.loads(line) for line in capsysbinary.readouterr().out.splitlines()]


def test_every_worked_case_is_answered_in_turn(tmp_path, capsysbinary):
    lines = [json.dumps(case["request"]).encode() for case in CASES]

    answers = price_lines(tmp_path / "carts.jsonl", capsysbinary, *lines)

    assert answers == [case["answer"] for case in CASES]


@pytest.mark.parametrize(
    ("label", "line", "fault"),
    [
        ("no JSON", b"not json", "not JSON: Expecting value"),
        ("deep lists", b"[" * DEEP, "not JSON: maximum recursion depth"),
        ("deep objects", b'{"a":' * DEEP, "not JSON: maximum recursion depth"),
        ("a number too long", b'{"now":' + b"9" * DEEP + b"}", "not JSON: Exceeds the limit"),
        ("a text too long", b'"' + b"a" * 1_000_000 + b'"', "must be an object"),
        ("not a number", b'{"now": NaN}', "now: must be a time"),
        ("no UTF-8", b'{"now": "\xff"}', "not UTF-8: invalid start byte at byte 9"),
        ("a zero byte", b"\0", "not JSON: Expecting value"),
        ("a lone surrogate", b'{"\\ud800": 1}', "\ud800: unknown key"),
        ("true for a number", GOOD.replace(b'"qty": 2', b'"qty": true'), "lines[0].qty: must be"),
        ("the last of equal keys", GOOD[:-1] + b', "now": 5}', "now: must be a time"),
    ],
)
def test_a_refused_line_is_told_and_the_next_is_priced(tmp_path, capsysbinary, label, line, fault):
    refused, priced = price_lines(tmp_path / "carts.jsonl", capsysbinary, line, b"  ", GOOD)

    assert refused["error"][0].startswith(fault)
    assert priced == CASES[0]["answer"]


def test_a_byte_order_mark_is_no_fault(tmp_path, capsysbinary):
    (answer,) = price_lines(tmp_path / "carts.jsonl", capsysbinary, b"\xef\xbb\xbf" + GOOD)

    assert answer == CASES[0]["answer"]


def test_an_id_that_utf8_has_not_is_written_as_its_escape(tmp_path, capsysbinary):
    odd = GOOD.replace(b'"id": "honey"', b'"id": "\\ud800"')

    (answer,) = price_lines(tmp_path / "carts.jsonl", capsysbinary, odd)

    assert answer["lines"][0]["id"] == "\ud800"
