"""The limits that the documents tell are those of the code."""

import re
from pathlib import Path

from chophien.domain import limits
from chophien.domain.buckets import Bucket
from chophien.domain.guards import Allowance

PAGE = (Path(__file__).resolve().parents[2] / "docs/reference/limits.md").read_text()
UNITS = ((1_000_000, "s"), (1_000, "ms"), (1, "µs"))


def describe(bucket: Bucket) -> str:
    size, unit = next(each for each in UNITS if bucket.interval_us % each[0] == 0)
    return f"{bucket.burst:,}, then 1 / {bucket.interval_us // size} {unit}"


def test_every_allowance_is_told_with_its_numbers():
    rows = re.findall(r"^\| `(\w+)`: [^|]+ \| (.+) \|$", PAGE, re.MULTILINE)

    told = {name: cells.split(" | ") for name, cells in rows}
    assert told == {
        name: [
            *(describe(each) for each in (value.account, value.device, value.network)),
            "yes" if value.trusts_devices else "no",
        ]
        for name, value in vars(limits).items()
        if isinstance(value, Allowance)
    }


def test_numbers_of_guards_and_puzzles_are_those_of_the_code():
    steps = limits.PUZZLE_COST * (limits.PUZZLE_COUNTER_MAX + 1)
    for words in (
        f"{limits.GUARD_KEYS_MAX:,} accounts, devices and networks",
        f"the pages' {limits.PAGE_GUARD_KEYS_MAX:,}",
        f"PBKDF2/SHA-256 of {limits.PUZZLE_COST:,} steps",
        f"the {limits.PUZZLE_COUNTER_MIN}th to {limits.PUZZLE_COUNTER_MAX}th",
        f"at most {steps:,} steps",
        f"for {limits.PUZZLE_LIFE_S // 60} minutes",
        f"after {limits.PATIENCE_S} seconds",
    ):
        assert words in PAGE
