"""The commands that need no running fair."""

import json
from pathlib import Path

import pytest

from chophien.config.cli import main
from chophien.config.crowd import is_loopback

CASES = json.loads(
    (Path(__file__).parents[1] / "domain" / "pricing" / "quote-cases.json").read_text()
)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://localhost:8000", True),
        ("http://127.0.0.1:8000", True),
        ("http://[::1]:8000", True),
        ("http://10.0.0.1", False),
        ("http://0.0.0.0", False),
        ("http://", False),
        ("nonsense", False),
    ],
)
def test_crowd_goes_to_this_machine_only(url, expected):
    assert is_loopback(url) is expected


@pytest.mark.parametrize(
    "words",
    [
        ["--url", "http://10.0.0.1"],
        ["--buyers", "0"],
        ["--buyers", "1001"],
        ["--seconds", "601"],
    ],
)
def test_crowd_refuses_what_is_out_of_bounds(words, capsys):
    assert main(["crowd", *words]) == 2
    assert capsys.readouterr().err.startswith("crowd: ")


def test_quote_prices_a_file(tmp_path, capsys):
    case = CASES[0]
    path = tmp_path / "cart.json"
    path.write_text(json.dumps(case["request"]))

    assert main(["quote", str(path)]) == 0
    assert json.loads(capsys.readouterr().out) == case["answer"]


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "[" * 100_000, "\x00"])
def test_quote_refuses_what_is_no_request_and_prints_nothing(tmp_path, capsys, text):
    path = tmp_path / "cart.json"
    path.write_text(text)

    assert main(["quote", str(path)]) == 2
    caught = capsys.readouterr()
    assert caught.out == ""
    assert caught.err


def test_quote_of_lines_goes_on_after_a_refused_one(tmp_path, capsys):
    path = tmp_path / "carts.jsonl"
    good = json.dumps(CASES[0]["request"])
    path.write_text(f"{good}\n{{}}\nnot json\n{good}\n")

    assert main(["quote", "--lines", str(path)]) == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [min(answer) for answer in answers] == [
        "adjustments",
        "error",
        "error",
        "adjustments",
    ]


def test_quote_of_a_file_that_is_not_there_says_so(tmp_path, capsys):
    assert main(["quote", str(tmp_path / "none.json")]) == 2
    assert "none.json" in capsys.readouterr().err
