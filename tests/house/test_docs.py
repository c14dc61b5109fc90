"""What the documents say exists, exists; what exists is documented."""

import argparse
import ast
import re
from datetime import date
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from chophien.api import bank
from chophien.config.cli import _build_parser
from chophien.config.crowd import BUYERS_MAX, SECONDS_MAX
from chophien.domain import limits
from chophien.domain.payments import CreditOutcome
from chophien.hotlane.hub import protocol
from chophien.streamer.mind.mind import STORY_CHARS_MAX
from chophien.wire.events import Event

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "chophien"
ADRS = sorted((ROOT / "docs" / "adr").glob("*.md"))
DOCUMENTS = sorted(
    path
    for folder in (ROOT.glob("*.md"), (ROOT / "docs").rglob("*.md"), SOURCE.rglob("*.md"))
    for path in folder
    if "LICENSE" not in path.name
)
HOLD_MINUTES = limits.HOLD_TIME.seconds // 60
TURN_MINUTES = limits.TURN_TIME.seconds // 60
LINES_MAX = {"README.md": 140, "ARCHITECTURE.md": 250, "CONTRIBUTING.md": 200}
ADR_LINES_MAX = 60
ADR_HEAD = re.compile(
    r"# (?P<number>\d{4})\. (?P<title>\S.+)\n\n"
    r"- Status: (?:accepted|superseded by \d{4})\n"
    r"- Date: (?P<date>\d{4}-\d{2}-\d{2})\n"
    r"- Tags: [a-z-]+(?:, [a-z-]+)*\n\n"
    r"## Context\n.+\n## Decision\n.+\n## Consequences\n.+\n## What would change our mind\n",
    re.DOTALL,
)
LINK = re.compile(r"\]\(([^()\s]+)\)")
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# Where a command can stand: in a fence, or between backticks.
CODE = re.compile(r"^```\w*\n(.*?)^```$|`([^`\n]+)`", re.MULTILINE | re.DOTALL)
MAKE = re.compile(r"(?:^|&& |; )\s*make ([a-z][a-z-]*)", re.MULTILINE)
CHOPHIEN = re.compile(r"(?:^|[\s/])chophien ([a-z][a-z-]*)(?: |$|,)", re.MULTILINE)
VARIABLE = re.compile(r"\bCHOPHIEN_[A-Z][A-Z_]*[A-Z]\b")
# Made by `make shots` from the running program; until then there is no such folder.
MADE = ROOT / "docs" / "pictures"


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def read_code(text: str) -> str:
    return "\n".join(fence or inline for fence, inline in CODE.findall(text))


def list_headings(text: str) -> set[str]:
    """The anchors that a page's headings get: small letters, hyphens for spaces, no signs."""
    outside = FENCED.sub("", text)
    titles = re.findall(r"^#+ (.+)$", outside, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def find_broken_links(path: Path) -> list[str]:
    broken = []
    for target in LINK.findall(FENCED.sub("", path.read_text())):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        found = (path.parent / file).resolve() if file else path
        if found.parent == MADE and not MADE.exists():
            continue
        has_place = found.exists() and (not anchor or anchor in list_headings(found.read_text()))
        if not has_place:
            broken.append(target)
    return broken


def list_make_targets() -> set[str]:
    makefile = (ROOT / "Makefile").read_text()
    return set(re.findall(r"^([a-z-]+):.*##", makefile, re.MULTILINE))


def list_commands() -> dict[str, argparse.ArgumentParser]:
    (commands,) = (
        action
        for action in _build_parser()._actions
        if isinstance(action, argparse._SubParsersAction)
    )
    return dict(commands.choices)


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_links_lead_somewhere(path):
    assert find_broken_links(path) == []


def test_a_broken_link_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# Here\n[a](#here) [b](#there) [c](nowhere.md) [d](https://example.org/x)")

    assert find_broken_links(page) == ["#there", "nowhere.md"]


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_make_commands_named_exist(path):
    assert set(MAKE.findall(read_code(path.read_text()))) <= list_make_targets()


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_chophien_commands_named_exist(path):
    assert set(CHOPHIEN.findall(read_code(path.read_text()))) <= list_commands().keys()


def test_every_make_target_is_explained():
    text = (ROOT / "docs/reference/commands.md").read_text()

    assert {target for target in list_make_targets() if f"`make {target}`" not in text} == set()


def test_every_command_and_option_is_explained():
    text = (ROOT / "docs/reference/commands.md").read_text()
    sections = dict(
        re.findall(r"^### `chophien ([\w-]+)`\n(.*?)(?=^###|\Z)", text, re.MULTILINE | re.DOTALL)
    )

    assert sections.keys() == list_commands().keys()
    for command, parser in list_commands().items():
        options = {
            option
            for action in parser._actions
            for option in action.option_strings
            if option not in {"-h", "--help"}
        }
        assert set(re.findall(r"^\| `(--[\w-]+)`", sections[command], re.MULTILINE)) == options, (
            command
        )


def test_every_variable_read_is_explained_and_the_reverse():
    used = {
        variable for path in SOURCE.rglob("*.py") for variable in VARIABLE.findall(path.read_text())
    }
    explained = set(VARIABLE.findall((ROOT / "docs/reference/settings.md").read_text()))

    assert explained == used


def test_variables_in_other_documents_exist():
    explained = set(VARIABLE.findall((ROOT / "docs/reference/settings.md").read_text()))

    assert {
        (name(path), variable)
        for path in DOCUMENTS
        for variable in VARIABLE.findall(path.read_text())
        if variable not in explained
    } == set()


def test_every_event_is_explained_with_its_fields():
    text = (ROOT / "docs/reference/events.md").read_text()
    section = text.split("## Kinds", 1)[1]
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", section, re.MULTILINE))

    assert {kind: re.findall(r"`(\w+)`", fields) for kind, fields in rows.items()} == {
        kind.__struct_config__.tag: list(kind.__struct_fields__) for kind in get_args(Event)
    }


def test_readme_names_the_commands_that_exist():
    readme = (ROOT / "README.md").read_text()
    commands = re.search(r"```sh\n(.*?)```", readme, re.DOTALL)

    assert commands is not None
    assert MAKE.findall(commands.group(1)) == ["demo", "test"]


def test_continuous_integration_runs_the_commands_of_the_readme():
    runs = MAKE.findall((ROOT / ".ci" / "run").read_text())

    assert sorted(set(runs)) == ["check", "test"]


@pytest.mark.parametrize("document", LINES_MAX)
def test_documents_stay_short(document):
    assert len((ROOT / document).read_text().splitlines()) <= LINES_MAX[document]


@pytest.mark.parametrize("path", ADRS, ids=name)
def test_decisions_have_their_form(path):
    text = path.read_text()
    head = ADR_HEAD.match(text)

    assert head is not None
    assert path.name.startswith(f"{head['number']}-")
    assert date.fromisoformat(head["date"]) >= date(2026, 11, 22)
    assert len(text.splitlines()) <= ADR_LINES_MAX


def test_decisions_are_numbered_once_and_without_gap():
    numbers = [int(path.name[:4]) for path in ADRS]

    assert numbers == list(range(1, len(ADRS) + 1))


def test_every_limit_has_its_reason_and_is_used():
    path = SOURCE / "domain" / "limits.py"
    lines = path.read_text().splitlines()
    others = "\n".join(each.read_text() for each in SOURCE.rglob("*.py") if each != path)
    assigned = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.Assign)]

    assert assigned
    for node in assigned:
        (target,) = node.targets
        assert isinstance(target, ast.Name)
        assert lines[node.lineno - 2].startswith("# "), f"{target.id} has no comment above it"
        assert re.search(rf"\b{target.id}\b", others), f"{target.id} is used nowhere"


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("README.md", f"held for {HOLD_MINUTES} minutes"),
        ("docs/glossary.md", f"stall order for {HOLD_MINUTES} minutes"),
        ("docs/howto/seller.md", f"held for {HOLD_MINUTES} minutes"),
        ("docs/howto/seller.md", f"longer than {STORY_CHARS_MAX} letters"),
        ("docs/howto/operator.md", f"pings every {limits.HUB_PING_S}"),
        ("docs/reference/hub.md", f"at most {limits.HUB_CHANNELS_MAX} channels"),
        ("docs/reference/hub.md", f"at most {limits.HUB_COMMAND_BYTES_MAX:,} bytes"),
        ("docs/reference/hub.md", f"{limits.HUB_BACKLOG_BYTES_MAX:,} bytes wait"),
        ("docs/reference/hub.md", f"a ping every {limits.HUB_PING_S} seconds"),
        ("docs/reference/hub.md", f"| {protocol.CLOSE_SLOW} |"),
        ("docs/reference/hub.md", f"| {protocol.CLOSE_NO_PONG} |"),
        ("docs/reference/hub.md", f"| {protocol.CLOSE_BAD_REQUEST} |"),
        ("docs/reference/bank-notices.md", f"at most {limits.WEBHOOK_BYTES_MAX:,} bytes"),
        ("docs/reference/bank-notices.md", f"more than {limits.WEBHOOK_AGE_S_MAX} seconds"),
        ("docs/reference/waiting-room.md", f"at most {limits.JOIN_BYTES_MAX:,} bytes"),
        ("docs/reference/waiting-room.md", f"is good for {TURN_MINUTES} minutes"),
        ("docs/howto/waiting-room.md", f"has {TURN_MINUTES} minutes"),
        ("docs/glossary.md", f"the {TURN_MINUTES} minutes in which its owner may buy"),
        ("docs/reference/commands.md", f"1 to {BUYERS_MAX:,}"),
        ("docs/reference/commands.md", f"1 to {SECONDS_MAX}"),
        ("SECURITY.md", f"{limits.WEBHOOK_AGE_S_MAX}\nseconds"),
    ],
)
def test_numbers_are_those_of_the_code(document, words):
    assert words in (ROOT / document).read_text()


def test_names_in_the_glossary_are_names_in_the_code():
    text = (ROOT / "docs/glossary.md").read_text()
    code = "\n".join(path.read_text() for path in SOURCE.rglob("*.py"))

    named = {word for group in re.findall(r"`([^`]+)`", text) for word in re.findall(r"\w+", group)}
    assert {word for word in named if word not in code} == set()


def test_invariants_name_checks_that_exist():
    text = (ROOT / "ARCHITECTURE.md").read_text()
    section = text.split("## Invariants", 1)[1].split("\n## ", 1)[0]
    contracts = re.findall(r'^id = "([\w-]+)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    code = "\n".join(path.read_text() for path in (SOURCE / "apps").rglob("*.py"))

    named = " ".join(re.findall(r"import contracts? (.*?) \|", section))
    assert sorted(re.findall(r"\*([\w-]+)\*", named)) == sorted(contracts)
    for rule in re.findall(r"(?:constraints?|triggers?) ([^;|]+)", section):
        for law in re.findall(r"`(\w+)`", rule):
            assert law in code, f"{law} is in no model and no migration"
    for file in re.findall(r"`(tests/[\w/.]+)`", section):
        assert (ROOT / file).exists(), f"{file} is missing"


def test_files_named_in_the_architecture_exist():
    text = FENCED.sub("", (ROOT / "ARCHITECTURE.md").read_text())
    files = re.findall(r"`([a-z_]+(?:/[a-z_]+)*/[a-z_]+\.(?:py|js))`", text)

    assert files
    missing = [
        file
        for file in files
        if not any((base / file).exists() for base in (ROOT, SOURCE, SOURCE / "streamer"))
    ]
    assert missing == []


def read_example() -> tuple[dict[str, str], str]:
    """The blocks of the example by their place: secret, timestamp, body, signature; the program."""
    text = (ROOT / "docs/reference/bank-notices.md").read_text().split("## Example", 1)[1]
    blocks = [(language, block.rstrip("\n")) for language, block in FENCED.findall(text)]
    values = [block for language, block in blocks if language in {"", "json"}]
    (program,) = [block for language, block in blocks if language == "python"]
    return dict(zip(("secret", "timestamp", "body", "signature"), values, strict=True)), program


def test_signature_of_the_bank_notice_is_right():
    example, program = read_example()
    body = example["body"].encode()
    names: dict[str, object] = {}
    exec(program, names)

    signed = bank.sign(body=body, timestamp=example["timestamp"], secret=example["secret"])

    assert signed == example["signature"]
    assert names["sign"](body, example["timestamp"], example["secret"]) == signed


def test_body_of_the_bank_notice_is_of_the_form():
    example, _ = read_example()

    notice = msgspec.json.decode(example["body"], type=bank.CreditNotice)

    assert (notice.amount, notice.reference) == (238_000, "CP7K2MX9QRTA")


def test_every_outcome_of_a_credit_is_explained():
    notices = (ROOT / "docs/reference/bank-notices.md").read_text().split("## Answer", 1)[1]
    organiser = (ROOT / "docs/howto/organiser.md").read_text()

    assert set(re.findall(r"^\| `(\w+)` \|", notices, re.MULTILINE)) == set(CreditOutcome)
    assert {outcome.value for outcome in CreditOutcome if f"`{outcome}`" not in organiser} == {
        "paid"
    }
