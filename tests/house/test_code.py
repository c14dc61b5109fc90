"""Rules about the code itself that no linter has.

Each rule takes a parsed file and names what breaks it; `PLANTED` shows that each can fail.
"""

import ast
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ALLOWED = tomllib.loads((Path(__file__).parent / "allowed.toml").read_text())
SOURCE = sorted(
    path for path in (ROOT / "src/chophien").rglob("*.py") if "migrations" not in path.parts
)
TESTS = sorted((ROOT / "tests").rglob("*.py"))
TOOLS = sorted([*(ROOT / "bench").rglob("*.py"), *(ROOT / "scripts").rglob("*.py")])

FUNCTION_LINES_MAX = 70
MODULE_LINES_MAX = 500
# A function up to this long with a good name and types may speak for itself; so may a class of
# as many plain fields.
SELF_EVIDENT_LINES_MAX = 6
SELF_EVIDENT_FIELDS_MAX = 3

EXACT = re.compile(r"domain/(money|payments|orders|stock)\.py|domain/pricing/")
CLOCKLESS = re.compile(r"domain/|wire/|apps/\w+/(services|selectors|locks|models)\.py")
DOCUMENTED = re.compile(r"(domain|wire|hotlane|media)/|apps/\w+/(services|selectors)\.py")
CHANCE_AND_CLOCK = {
    "now", "today", "utcnow", "uuid1", "uuid4", "urandom", "Now", "Random",
    "token_bytes", "token_hex", "token_urlsafe", "monotonic", "perf_counter",
}  # fmt: skip
CHANCE_AND_CLOCK_MODULES = {"random", "secrets", "time"}
UNNAMED_CONCEPTS = {
    "util", "utils", "helper", "helpers", "common", "misc", "base", "manager", "managers",
    "handler", "handlers",
}  # fmt: skip
NUMBERED = re.compile(r"_?part_?\d+$|_\d+$")

Function = ast.FunctionDef | ast.AsyncFunctionDef
Rule = Callable[[ast.Module], list[str]]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), filename=name(path))


def walk_named(tree: ast.AST, owner: str = "") -> Iterator[tuple[str, Function | ast.ClassDef]]:
    """Every function and class with its dotted name, outer ones first."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, Function | ast.ClassDef):
            yield owner + node.name, node
            yield from walk_named(node, f"{owner}{node.name}.")
        else:
            yield from walk_named(node, owner)


def count_lines(node: Function | ast.ClassDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def find_named_generators(tree: ast.Module) -> list[str]:
    """A generator with a name is empty for its second reader. Unpacked at once, it is none."""
    return [
        f"line {node.lineno}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr)
        and isinstance(node.value, ast.GeneratorExp)
        and not (isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple | ast.List))
    ]


def find_long_functions(tree: ast.Module) -> list[str]:
    return [
        dotted
        for dotted, node in walk_named(tree)
        if isinstance(node, Function) and count_lines(node) > FUNCTION_LINES_MAX
    ]


def find_inexact_numbers(tree: ast.Module) -> list[str]:
    """Floats, however they come: literals, the type, `/`; and `Decimal`."""
    return [
        f"line {node.lineno}"
        for node in ast.walk(tree)
        if (isinstance(node, ast.Constant) and isinstance(node.value, float | complex))
        or (isinstance(node, ast.Name) and node.id in {"float", "Decimal"})
        or (isinstance(node, ast.Attribute) and node.attr == "Decimal")
        or (isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div))
    ]


def find_chance_and_clock(tree: ast.Module) -> list[str]:
    """What gives another answer each time; `default=uuid.uuid4` of a model's field may stay."""
    defaults = {
        keyword.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "default" and ast.unparse(keyword.value) == "uuid.uuid4"
    }
    return [
        f"line {node.lineno}" for node in ast.walk(tree) if _asks(node) and node not in defaults
    ]


def _asks(node: ast.AST) -> bool:
    match node:
        case ast.Import(names=names):
            return any(each.name in CHANCE_AND_CLOCK_MODULES for each in names)
        case ast.ImportFrom(module=module, names=names):
            return module in CHANCE_AND_CLOCK_MODULES or any(
                each.name in CHANCE_AND_CLOCK for each in names
            )
        case ast.Attribute(attr=called) | ast.Call(func=ast.Name(id=called)):
            return called in CHANCE_AND_CLOCK
        case _:
            return False


def find_undocumented(tree: ast.Module) -> list[str]:
    """Public functions and classes without a docstring, where name and types do not say all."""
    return [
        dotted
        for dotted, node in walk_named(tree)
        if not re.search(r"(^|\.)_", dotted)
        and not ast.get_docstring(node)
        and not (_is_plain(node) if isinstance(node, ast.ClassDef) else _is_self_evident(node))
    ]


def _is_plain(node: ast.ClassDef) -> bool:
    """Few fields or members and nothing else; the text under a field documents it."""
    fields = [each for each in node.body if not isinstance(each, ast.Expr | ast.Pass)]
    return len(fields) <= SELF_EVIDENT_FIELDS_MAX and all(
        isinstance(each, ast.Assign | ast.AnnAssign) for each in fields
    )


def _is_self_evident(node: Function) -> bool:
    is_override = any(ast.unparse(each) == "override" for each in node.decorator_list)
    return is_override or count_lines(node) <= SELF_EVIDENT_LINES_MAX


def find_broad_excepts(tree: ast.Module) -> list[str]:
    """Functions that catch everything."""
    return sorted(
        {
            dotted
            for dotted, node in walk_named(tree)
            if isinstance(node, Function)
            and any(
                isinstance(each, ast.ExceptHandler) and _is_broad(each) for each in ast.walk(node)
            )
        }
    )


def _is_broad(handler: ast.ExceptHandler) -> bool:
    caught = ast.unparse(handler.type) if handler.type else "Exception"
    return bool(re.search(r"\b(Base)?Exception\b", caught))


def find_silent_broad_excepts(tree: ast.Module) -> list[str]:
    """Those that neither log the traceback nor raise."""
    return [
        f"line {node.lineno}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and _is_broad(node)
        and not any(
            isinstance(each, ast.Raise)
            or (isinstance(each, ast.Attribute) and each.attr == "exception")
            for each in ast.walk(node)
        )
    ]


PLANTED: list[tuple[Rule, str, str]] = [
    (find_named_generators, "rows = (row for row in table)", "rows = [row for row in table]"),
    (find_named_generators, "f(rows := (row for row in table))", "f(row for row in table)"),
    (find_named_generators, "rows: object = (x for x in y)", "one, two = (x for x in y)"),
    (find_long_functions, "def f():\n" + " pass\n" * 70, "def f():\n" + " pass\n" * 69),
    (find_inexact_numbers, "price = 1.5", "price = 15"),
    (find_inexact_numbers, "def f(price: float): ...", "def f(price: int): ..."),
    (find_inexact_numbers, "half = whole / 2", "half = whole // 2"),
    (find_inexact_numbers, "price = decimal.Decimal(1)", "price = int('1')"),
    (find_chance_and_clock, "at = datetime.now(tz=UTC)", "at = given_at"),
    (find_chance_and_clock, "at = timezone.now", "at = start.astimezone(UTC)"),
    (find_chance_and_clock, "from random import choice", "from itertools import chain"),
    (find_chance_and_clock, "import time", "import datetime"),
    (find_chance_and_clock, "from django.utils.timezone import now", "from m import later"),
    (find_chance_and_clock, "at = now()", "now = self"),
    (find_chance_and_clock, "key = uuid.uuid4()", "key = UUIDField(default=uuid.uuid4)"),
    (find_undocumented, "class A:\n a: int\n b: int\n c: int\n d: int", "class A:\n a: int"),
    (find_undocumented, "class A:\n def f(self): ...", "class _A:\n def f(self): ..."),
    (find_undocumented, "def f():\n" + " pass\n" * 6, "def f():\n" + " pass\n" * 5),
    (find_undocumented, "async def f():\n" + " pass\n" * 6, "def _f():\n" + " pass\n" * 6),
    (find_broad_excepts, "def f():\n try: g()\n except Exception: h()", "def f(): g()"),
    (find_broad_excepts, "def f():\n try: g()\n except: h()", "def f(): g()"),
    (
        find_broad_excepts,
        "def f():\n try: g()\n except (ValueError, BaseException): h()",
        "def f():\n try: g()\n except (ValueError, OSError): h()",
    ),
    (
        find_silent_broad_excepts,
        "try: f()\nexcept Exception: pass",
        "try: f()\nexcept Exception: logger.exception('f')",
    ),
]


@pytest.mark.parametrize(("rule", "bad", "good"), PLANTED)
def test_rule_finds_what_is_planted_and_nothing_else(rule, bad, good):
    assert len(rule(ast.parse(bad))) == 1
    assert rule(ast.parse(good)) == []


def apply(rule: Rule, paths: list[Path]) -> list[str]:
    return [f"{name(path)}:{found}" for path in paths for found in rule(parse(path))]


def test_no_generator_has_a_name():
    assert apply(find_named_generators, [*SOURCE, *TESTS, *TOOLS]) == []


def test_functions_are_short_but_for_those_named():
    assert apply(find_long_functions, [*SOURCE, *TESTS, *TOOLS]) == [*ALLOWED["long_functions"]]


def test_modules_are_short_but_for_those_named():
    long = [
        name(path)
        for path in [*SOURCE, *TESTS, *TOOLS]
        if len(path.read_text().splitlines()) > MODULE_LINES_MAX
    ]

    assert long == [*ALLOWED["long_modules"]]


def test_money_prices_orders_and_stock_are_whole_numbers():
    assert apply(find_inexact_numbers, [path for path in SOURCE if EXACT.search(name(path))]) == []


def test_nothing_below_the_edges_asks_for_the_time_or_throws_dice():
    below = [path for path in SOURCE if CLOCKLESS.search(name(path))]

    assert apply(find_chance_and_clock, below) == []


def test_what_others_use_is_documented():
    shared = [path for path in SOURCE if DOCUMENTED.search(name(path))]

    assert apply(find_undocumented, shared) == []


def test_everything_is_caught_at_named_borders_only():
    assert sorted(apply(find_broad_excepts, SOURCE)) == sorted(ALLOWED["broad_excepts"])


def test_what_a_border_catches_is_logged():
    assert apply(find_silent_broad_excepts, SOURCE) == []


def test_every_exception_from_a_rule_has_a_reason():
    tables = [table for rule, table in ALLOWED.items() if rule != "suppressions"]

    assert all(len(reason) > 10 for table in tables for reason in table.values())


def test_no_module_is_named_for_an_unnamed_concept():
    nameless = [
        name(path)
        for path in [*SOURCE, *TESTS, *TOOLS]
        if UNNAMED_CONCEPTS & {*path.stem.split("_"), path.parent.name}
        or NUMBERED.search(path.stem)
    ]

    assert nameless == []


SUPPRESSION = re.compile(r"#\s*(noqa|type:\s*ignore)(?P<rest>.*)")
EXPLAINED = re.compile(r"(: [A-Z]+\d+(, [A-Z]+\d+)*|\[[a-z-]+\])\s+\S.{5,}")


def list_suppressions(paths: list[Path]) -> list[tuple[str, str]]:
    return [
        (f"{name(path)}:{number}", found["rest"])
        for path in paths
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if (found := SUPPRESSION.search(line))
    ]


def test_every_suppression_names_its_code_and_reason():
    found = list_suppressions([*SOURCE, *TOOLS])

    assert [place for place, rest in found if not EXPLAINED.match(rest)] == []


@pytest.mark.parametrize(
    ("rest", "is_explained"),
    [
        ("", False),
        (": TID251", False),
        (": TID251 - an edge", True),
        ("[arg-type] # same protocol", True),
        ("[arg-type]", False),
    ],
)
def test_suppression_is_explained_by_code_and_reason_together(rest, is_explained):
    assert bool(EXPLAINED.match(rest)) is is_explained


def test_suppressions_do_not_grow():
    found = list_suppressions(SOURCE)

    assert len(found) <= ALLOWED["suppressions"]["at_most"], found


def list_protocols() -> list[str]:
    return [
        node.name
        for path in SOURCE
        for node in ast.walk(parse(path))
        if isinstance(node, ast.ClassDef) and "Protocol" in map(ast.unparse, node.bases)
    ]


def find_suites(protocol: str) -> list[Path]:
    """Test files with `test_contract_…` of a protocol, and those that run a suite of another."""
    own = [
        path
        for path in TESTS
        if re.search(r"def test_contract_", text := path.read_text())
        and re.search(rf"\b{protocol}\b", text)
    ]
    suites = "|".join(path.stem for path in own) or "$."
    users = [
        path
        for path in TESTS
        if re.search(rf"^from \S+\.({suites}) import", path.read_text(), re.MULTILINE)
    ]
    return own + users


@pytest.mark.parametrize("protocol", list_protocols())
def test_every_protocol_has_a_contract_suite(protocol):
    assert bool(find_suites(protocol)) is (protocol not in ALLOWED["protocols_without_suite"])


@pytest.mark.parametrize("protocol", list_protocols())
def test_every_implementation_is_in_its_suite(protocol):
    fakes = [path for path in TESTS if path.parent.name == "fakes"]
    implementations = [
        node.name
        for path in [*SOURCE, *fakes]
        for node in ast.walk(parse(path))
        if isinstance(node, ast.ClassDef) and protocol in map(ast.unparse, node.bases)
    ]

    suites = "\n".join(path.read_text() for path in find_suites(protocol))

    if protocol not in ALLOWED["protocols_without_suite"]:
        assert [each for each in implementations if not re.search(rf"\b{each}\b", suites)] == []
        assert implementations
