"""`chophien simulate`: a file of carts under a plan, without a database."""

import io
import json

import pytest

from chophien.config.cli import main
from chophien.config.progress import Progress
from chophien.config.simulate import BATCH_CARTS, simulate_lines
from chophien.domain.simulation.plan import parse_plan
from chophien.domain.simulation.report import COLUMNS, render_report

PLAN = {
    "offers": [{"id": "o1", "seller": "s1", "kind": "spend_save", "off": 10_000}],
    "prices": {"tea": [{"id": "p1", "kind": "flash", "unit": 60_000, "left": 40}]},
    "costs": {"tea": 60_000},
    "budgets": {"o1": 755_000},
}


def cart(number=1, **more):
    line = {
        "id": "l1", "sku": "tea", "seller": "s1", "qty": 1 + number % 3, "list_price": 100_000,
        "reference_price": 100_000,
    }  # fmt: skip
    return {
        "now": "2026-11-11T00:30:00+07:00",
        "festival": {"currency": "VND", "discount_cap_bps": 5000},
        "buyer": {"id": f"b{number}"},
        "lines": [line],
    } | more


@pytest.fixture
def files(tmp_path):
    """Paths of a plan and of three carts, the second of which is none."""
    plan, carts = tmp_path / "plan.json", tmp_path / "carts.jsonl"
    plan.write_text(json.dumps(PLAN))
    carts.write_text(f"{json.dumps(cart())}\n\nnot json\n{json.dumps(cart(2))}\n")
    return {"--plan": str(plan), "--carts": str(carts)}


def call(files, *words):
    paths = [word for pair in files.items() for word in pair]
    return main(["simulate", *paths, "--processes", "1", *words])


def test_report_is_printed_and_refused_lines_are_named(files, capsys):
    assert call(files) == 0

    caught = capsys.readouterr()
    assert caught.out.startswith("2 carts priced, 1 refused\n")
    assert ["o1", "2", "20.000", "₫", "10.000", "₫"] in [
        row.split()[:6] for row in caught.out.splitlines()
    ]
    assert caught.err.startswith("line 3: not JSON")


def test_json_is_the_whole_report(files, capsys):
    assert call(files, "--json") == 0

    report = json.loads(capsys.readouterr().out)
    assert report["planned"]["items_payable"] == 5 * 60_000 - 2 * 10_000
    assert report["carts_refused"] == 1


def test_csv_files_have_a_row_for_each_of_the_report(files, tmp_path, capsys):
    assert call(files, "--csv", str(tmp_path / "out"), "--json") == 0

    report = json.loads(capsys.readouterr().out)
    for table, columns in COLUMNS.items():
        text = (tmp_path / "out" / f"{table}.csv").read_text(encoding="utf-8-sig")
        head, *rows = text.splitlines()
        assert head == ",".join(columns)
        assert len(rows) == len(report[table])


def test_a_text_that_a_spreadsheet_would_run_is_made_plain(files, tmp_path):
    plan = json.loads(json.dumps(PLAN).replace('"o1"', '"=1+1"'))
    (tmp_path / "plan.json").write_text(json.dumps(plan))

    assert call(files, "--csv", str(tmp_path)) == 0
    assert "\n'=1+1,seller_offer," in (tmp_path / "promotions.csv").read_text(encoding="utf-8-sig")


def test_carts_come_from_standard_input(files, capsys, monkeypatch):
    stdin = io.TextIOWrapper(io.BytesIO(json.dumps(cart()).encode()))
    monkeypatch.setattr("sys.stdin", stdin)

    assert call(files | {"--carts": "-"}, "--json") == 0
    assert json.loads(capsys.readouterr().out)["carts_priced"] == 1


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"--plan": "{none}"}, "none"),
        ({"--carts": "{none}"}, "none"),
        ({"--plan": "-", "--carts": "-"}, "only one of plan and carts"),
        ({"--processes": "0"}, "--processes: from 1"),
    ],
)
def test_misuse_is_said_and_prints_nothing(files, tmp_path, capsys, changed, said):
    filled = {key: value.format(none=tmp_path / "none") for key, value in changed.items()}

    assert main(["simulate", *[word for pair in (files | filled).items() for word in pair]]) == 2
    caught = capsys.readouterr()
    assert caught.out == ""
    assert said in caught.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ('{"offer": 1, "keep": 2}', "offer: unknown key\n"),
    ],
)
def test_a_plan_that_is_none_is_refused(files, tmp_path, capsys, text, said):
    (tmp_path / "plan.json").write_text(text)

    assert call(files) == 2
    caught = capsys.readouterr()
    assert caught.out == ""
    assert said in caught.err


def test_a_file_without_a_cart_that_can_be_priced_is_refused(files, tmp_path, capsys):
    (tmp_path / "carts.jsonl").write_text("{}\n")

    assert call(files) == 2
    caught = capsys.readouterr()
    assert caught.out == ""
    assert "line 1: " in caught.err
    assert "no cart could be priced" in caught.err


def test_two_processes_give_the_sums_of_one():
    """Over a budget and flash units that run out in the middle, and a line that is none."""
    lines = [json.dumps(cart(number)).encode() + b"\n" for number in range(BATCH_CARTS * 5)]
    lines[53] = b"{}\n"
    plan = parse_plan(PLAN)

    one, two = (
        render_report(simulate_lines(lines, plan, Progress(None), processes=count))
        for count in (1, 2)
    )

    assert one == two
    (promotion,) = one["promotions"]
    assert promotion["ran_out_at"] == "77"
    assert one["prices"][0]["units"] == 40


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_is_a_bar_on_a_terminal_that_is_wiped_at_the_end(monkeypatch):
    clock = iter([0.0, 10.0, 10.05])
    monkeypatch.setattr("chophien.config.progress.time.monotonic", lambda: next(clock))
    terminal = Terminal()

    with Progress(400, terminal) as progress:
        progress.step(100, 50)
        progress.step(100, 51)

    (drawn,) = [each for each in terminal.getvalue().split("\r\x1b[K") if each]
    assert drawn == f"{'█' * 6}{'░' * 18}  25%  50 carts, 5 carts/s, 0:30 left"
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_progress_elsewhere_is_a_line_now_and_then(monkeypatch):
    clock = iter([0.0, 1.0, 5.0])
    monkeypatch.setattr("chophien.config.progress.time.monotonic", lambda: next(clock))
    file = io.StringIO()

    with Progress(None, file) as progress:
        progress.step(100, 10)
        progress.step(100, 50)

    assert file.getvalue() == "50 carts, 10 carts/s\n"
