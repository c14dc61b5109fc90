"""`chophien verify-queue`: works every place of a published queue out again.

It needs Python's standard library alone and nothing else of this program, so that anyone can read
it and run it: `python verify_queue.py FILE`. What the file holds and what it proves:
docs/reference/waiting-room.md.
"""

import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

FORMAT = "chophien-queue-1"
FAULTS_SHOWN = 50
_HASH = re.compile(r"[0-9a-f]{64}")
_ENTRY = re.compile(r'"entry"\s*:\s*"((?:[^"\\]|\\.)*)"')


class NotAProofError(ValueError):
    """The file is not a published queue, so there is nothing to check."""


@dataclass(frozen=True, slots=True)
class Entrant:
    """One place: the line of the file, what it says, and the instant that it names."""

    line: int
    entry: str
    joined_at: datetime
    place: int


@dataclass(frozen=True, slots=True)
class Proof:
    """What a published queue says of itself."""

    seed: str
    seed_hash: str
    opens_at: datetime
    entries_digest: str
    entrants: Sequence[Entrant]


@dataclass(frozen=True, slots=True)
class Asked:
    """What to check besides the file itself; empty is not checked."""

    seed_hash: str = ""
    """The hash as it was noted before the opening."""
    entry: str = ""
    """One's own receipt."""


def run_verify_queue(*, path: str, asked: Asked) -> int:
    """Check a file and say what is wrong, fault by fault with line and place.

    Returns 0 when every place is right, 1 when one is wrong, 2 when it is no such file.
    """
    try:
        content = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
        proof = read_proof(content.decode("utf-8-sig"))
    except (OSError, UnicodeDecodeError, NotAProofError) as refusal:
        print(f"{path}: {refusal}", file=sys.stderr)
        return 2
    faults = list(find_faults(proof, asked))
    for fault in faults[:FAULTS_SHOWN]:
        print(fault)
    if faults:
        more = len(faults) - FAULTS_SHOWN
        rest = f" {more} more are not shown." if more > 0 else ""
        print(f"WRONG: {len(faults)} faults among {len(proof.entrants)} places.{rest}")
        return 1
    print(_praise(proof, asked))
    return 0


def _praise(proof: Proof, asked: Asked) -> str:
    drawn = sum(each.joined_at < proof.opens_at for each in proof.entrants)
    late = len(proof.entrants) - drawn
    own = next((each.place for each in proof.entrants if each.entry == asked.entry), None)
    receipt = "" if own is None else f" {asked.entry} is number {own + 1}."
    return (
        f"RIGHT: {drawn} places follow from the seed, {late} from the order of coming;"
        f" seed hash {proof.seed_hash}.{receipt}"
    )


# ---------------------------------------------------------------- reading


def read_proof(text: str) -> Proof:
    """Read a published queue.

    Raises:
        NotAProofError: not JSON, of another format, or something is missing or of another kind.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise NotAProofError(f"not JSON: {fault}") from fault
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise NotAProofError(f"not of the format {FORMAT}")
    rows = document.get("entrants")
    if not isinstance(rows, list):
        raise NotAProofError("entrants: a list is needed")
    lines = _find_lines(text, len(rows))
    return Proof(
        seed=_read_hash(document, "seed"),
        seed_hash=_read_hash(document, "seed_hash"),
        opens_at=_read_instant(document.get("opens_at"), "opens_at"),
        entries_digest=_read_hash(document, "entries_digest"),
        entrants=[_read_entrant(row, line) for row, line in zip(rows, lines, strict=True)],
    )


def _find_lines(text: str, count: int) -> list[int]:
    """The line on which each entrant stands, in order; 0 where that cannot be told."""
    lines, line, seen = [], 1, 0
    for found in _ENTRY.finditer(text):
        line += text.count("\n", seen, found.start())
        seen = found.start()
        lines.append(line)
    return lines if len(lines) == count else [0] * count


def _read_hash(document: dict[str, object], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not _HASH.fullmatch(value):
        raise NotAProofError(f"{name}: 64 small hex digits are needed")
    return value


def _read_instant(value: object, name: str) -> datetime:
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise NotAProofError(f"{name}: an instant with its offset is needed")
    return at


def _read_entrant(row: object, line: int) -> Entrant:
    where = f"line {line}"
    if not isinstance(row, dict):
        raise NotAProofError(f"{where}: an object is needed")
    entry, place = row.get("entry"), row.get("place")
    if not isinstance(entry, str) or not entry:
        raise NotAProofError(f"{where}: entry: a text is needed")
    if not isinstance(place, int) or isinstance(place, bool):
        raise NotAProofError(f"{where}: place: a whole number is needed")
    at = _read_instant(row.get("joined_at"), f"{where}: joined_at")
    return Entrant(line=line, entry=entry, joined_at=at, place=place)


# ---------------------------------------------------------------- checking


def find_faults(proof: Proof, asked: Asked) -> Iterator[str]:
    """Everything that is wrong, in the order in which one would want to hear of it."""
    if sha256(proof.seed.encode()).hexdigest() != proof.seed_hash:
        yield "seed: its hash is not seed_hash, so this is not the seed that was promised"
    if asked.seed_hash and asked.seed_hash != proof.seed_hash:
        yield f"seed_hash: {proof.seed_hash} is not {asked.seed_hash}, which was noted before"
    if asked.entry and all(each.entry != asked.entry for each in proof.entrants):
        yield f"entry {asked.entry}: is not in the file"
    yield from _find_doubles(proof.entrants)
    present = [each for each in proof.entrants if each.joined_at < proof.opens_at]
    late = [each for each in proof.entrants if each.joined_at >= proof.opens_at]
    listed = "".join(f"{entry}\n" for entry in sorted(each.entry for each in present))
    if sha256(listed.encode()).hexdigest() != proof.entries_digest:
        yield (
            "entrants: those before the opening are not those of entries_digest: one was added,"
            " removed or changed"
        )
    drawn = sorted(
        present,
        key=lambda each: (sha256((proof.seed + each.entry).encode()).hexdigest(), each.entry),
    )
    came = sorted(late, key=lambda each: (each.joined_at, each.place))
    for place, entrant in enumerate([*drawn, *came]):
        if entrant.place != place:
            reason = "the seed" if place < len(drawn) else "the order of coming"
            yield (
                f"line {entrant.line}: entry {entrant.entry} has place {entrant.place};"
                f" by {reason} it is place {place}"
            )


def _find_doubles(entrants: Sequence[Entrant]) -> Iterator[str]:
    entries: dict[str, Entrant] = {}
    instants: dict[datetime, Entrant] = {}
    for entrant in entrants:
        other = entries.setdefault(entrant.entry, entrant)
        if other is not entrant:
            yield (
                f"line {entrant.line}: entry {entrant.entry}, place {entrant.place}, stands on"
                f" line {other.line} already"
            )
            continue
        before = instants.setdefault(entrant.joined_at, entrant)
        if before is not entrant:
            yield (
                f"line {entrant.line}: entry {entrant.entry}, place {entrant.place}, joined at the"
                f" same microsecond as line {before.line}; a room never does that"
            )


if __name__ == "__main__":
    sys.exit(run_verify_queue(path=sys.argv[1], asked=Asked()))
