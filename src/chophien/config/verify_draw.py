"""`chophien verify-draw`: works a published draw out again, law by law.

It needs Python's standard library alone and nothing else of this program, so that anyone can read
it and run it: `python verify_draw.py FILE`. What the file holds and what it proves:
docs/reference/draws.md.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import pbkdf2_hmac, sha256
from pathlib import Path

FORMAT = "chophien-draw-1"
FAULTS_SHOWN = 10
# Fewer would let somebody try many made-up entrants before the closing.
STEPS_MIN = 1_000_000
# More would keep whoever checks waiting for minutes.
STEPS_MAX = 100_000_000
_HASH = re.compile(r"[0-9a-f]{64}")
_RECEIPT = re.compile(r"[0-9a-f]{32}")
_STATES = ("told", "claimed", "passed_on", "expired")


class NotAProofError(ValueError):
    """The file is not a published draw, so there is nothing to check."""


@dataclass(frozen=True, slots=True)
class Entrant:
    """One receipt of the list; `place` is its place in the drawn order, from 0."""

    receipt: str
    maker: str
    joined_at: datetime
    place: int


@dataclass(frozen=True, slots=True)
class Winner:
    """Somebody who was told, and what became of it."""

    receipt: str
    state: str


@dataclass(frozen=True, slots=True)
class Proof:
    """What a published draw says of itself."""

    promise: str
    terms: dict[str, object]
    seed: str
    entries_digest: str
    mixed: str
    frozen_at: datetime
    drawn_at: datetime
    entrants: Sequence[Entrant]
    winners: Sequence[Winner]

    @property
    def opens_at(self) -> datetime:
        return _read_instant(self.terms, "opens_at")

    @property
    def closes_at(self) -> datetime:
        return _read_instant(self.terms, "closes_at")

    @property
    def winner_count(self) -> int:
        return _read_count(self.terms, "winners")

    @property
    def steps(self) -> int:
        return _read_count(self.terms, "steps")


@dataclass(frozen=True, slots=True)
class Asked:
    """What to check besides the file itself; empty is not checked."""

    promise: str = ""
    """As it was shown before the closing."""
    digest: str = ""
    """Of the list, as it was shown when it was frozen."""
    receipt: str = ""
    """One's own."""
    number: str = ""
    """The number that one's own device made."""


def run_verify_draw(*, path: str, asked: Asked) -> int:
    """Say of each law whether it holds.

    Returns 0 when all hold, 1 when one does not, 2 when it is no such file.
    """
    try:
        content = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
        proof = read_proof(content.decode("utf-8-sig"))
    except (OSError, UnicodeDecodeError, NotAProofError) as refusal:
        print(f"{path}: {refusal}", file=sys.stderr)
        return 2
    broken = 0
    for law, check in list_laws(asked):
        faults = list(check(proof))
        broken += bool(faults)
        print(f"{'WRONG' if faults else 'holds'}  {law}")
        for fault in faults[:FAULTS_SHOWN]:
            print(f"       {fault}")
        if len(faults) > FAULTS_SHOWN:
            print(f"       and {len(faults) - FAULTS_SHOWN} more")
    print(_sum_up(proof, asked, broken))
    return 1 if broken else 0


def _sum_up(proof: Proof, asked: Asked, broken: int) -> str:
    devices = sum(each.maker == "device" for each in proof.entrants)
    receipt = asked.receipt or (make_receipt(proof, asked.number) if asked.number else "")
    own = next((each.place for each in proof.entrants if each.receipt == receipt), None)
    mine = "" if own is None else f" Your receipt {receipt} is number {own + 1} in the drawn order."
    if broken:
        return f"WRONG: {broken} of the laws do not hold.{mine}"
    return (
        f"RIGHT: {len(proof.winners)} told of {len(proof.entrants)} who took part, {devices} by"
        f" receipts of their own devices.{mine}"
    )


# ---------------------------------------------------------------- reading


def read_proof(text: str) -> Proof:
    """Read a published draw.

    Raises:
        NotAProofError: not JSON, of another format, or something is missing or of another kind.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise NotAProofError(f"not JSON: {fault}") from fault
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise NotAProofError(f"not of the format {FORMAT}")
    terms = document.get("terms")
    if not isinstance(terms, dict):
        raise NotAProofError("terms: an object is needed")
    proof = Proof(
        promise=_read_hex(document, "promise", _HASH),
        terms=terms,
        seed=_read_hex(document, "seed", _HASH),
        entries_digest=_read_hex(document, "entries_digest", _HASH),
        mixed=_read_hex(document, "mixed", _HASH),
        frozen_at=_read_instant(document, "frozen_at"),
        drawn_at=_read_instant(document, "drawn_at"),
        entrants=[_read_entrant(row) for row in _read_rows(document, "entrants")],
        winners=[_read_winner(row) for row in _read_rows(document, "winners")],
    )
    if proof.opens_at > proof.closes_at or proof.winner_count < 1 or proof.steps < 1:
        raise NotAProofError("terms: a closing after the opening, winners and steps are needed")
    return proof


def _read_hex(document: dict[str, object], name: str, form: re.Pattern[str]) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not form.fullmatch(value):
        raise NotAProofError(f"{name}: small hex digits are needed")
    return value


def _read_instant(document: dict[str, object], name: str) -> datetime:
    value = document.get(name)
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise NotAProofError(f"{name}: an instant with its offset is needed")
    return at


def _read_count(document: dict[str, object], name: str) -> int:
    value = document.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise NotAProofError(f"{name}: a whole number is needed")
    return value


def _read_rows(document: dict[str, object], name: str) -> list[dict[str, object]]:
    rows = document.get(name)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise NotAProofError(f"{name}: a list of objects is needed")
    return rows


def _read_entrant(row: dict[str, object]) -> Entrant:
    return Entrant(
        receipt=_read_hex(row, "receipt", _RECEIPT),
        maker=str(row.get("maker")),
        joined_at=_read_instant(row, "joined_at"),
        place=_read_count(row, "place"),
    )


def _read_winner(row: dict[str, object]) -> Winner:
    state = str(row.get("state"))
    if state not in _STATES:
        raise NotAProofError(f"state: one of {', '.join(_STATES)} is needed")
    return Winner(receipt=_read_hex(row, "receipt", _RECEIPT), state=state)


# ---------------------------------------------------------------- the laws


Check = Callable[[Proof], Iterator[str]]


def list_laws(asked: Asked) -> list[tuple[str, Check]]:
    """Each law in words, with what finds its faults; those that were asked for come last."""
    laws: list[tuple[str, Check]] = [
        ("seed and terms are those that were promised", find_broken_promise),
        ("everybody took part between opening and closing", find_out_of_time),
        ("list, seed and result were published one after the other", find_out_of_order),
        ("the list is the one that was frozen", find_changed_list),
        ("the result is made of seed and list, by steps enough", find_wrong_mix),
        ("the drawn order follows from the result", find_misplaced),
        ("those who were told are the first of the drawn order", find_wrong_winners),
    ]
    if asked.promise:
        laws.append(
            ("the promise is the one that you noted", lambda p: _compare(p.promise, asked.promise))
        )
    if asked.digest:
        laws.append(
            (
                "the list is the one that you noted",
                lambda p: _compare(p.entries_digest, asked.digest),
            )
        )
    if asked.receipt:
        laws.append(("your receipt is in the list", lambda p: _find_absent(p, asked.receipt)))
    if asked.number:
        laws.append(
            ("your device's number made a receipt of the list",
             lambda p: _find_absent(p, make_receipt(p, asked.number)))
        )  # fmt: skip
    return laws


def make_receipt(proof: Proof, number: str) -> str:
    """The receipt that a device's number makes in this draw."""
    return sha256(f"{proof.promise}{number}".encode()).hexdigest()[:32]


def render_terms(terms: dict[str, object]) -> str:
    """The text that was promised: sorted names, no spaces."""
    return json.dumps(terms, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def find_broken_promise(proof: Proof) -> Iterator[str]:
    """The promise is the hash of seed, newline and terms."""
    made = sha256(f"{proof.seed}\n{render_terms(proof.terms)}".encode()).hexdigest()
    if made != proof.promise:
        yield f"promise: seed and terms make {made}, promised was {proof.promise}"


def find_out_of_time(proof: Proof) -> Iterator[str]:
    """Nobody joined before the opening or after the closing."""
    for each in proof.entrants:
        if not proof.opens_at <= each.joined_at <= proof.closes_at:
            yield f"receipt {each.receipt}: joined at {each.joined_at.isoformat()}"


def find_out_of_order(proof: Proof) -> Iterator[str]:
    """Closed, then frozen, then drawn."""
    if proof.frozen_at < proof.closes_at:
        yield f"frozen_at: {proof.frozen_at.isoformat()} is before the closing"
    if proof.drawn_at <= proof.frozen_at:
        yield f"drawn_at: {proof.drawn_at.isoformat()} is not after the list was frozen"


def find_changed_list(proof: Proof) -> Iterator[str]:
    """Every receipt once, and all of them together make the digest."""
    receipts = [each.receipt for each in proof.entrants]
    yield from (
        f"receipt {each}: is in the list {count} times"
        for each, count in sorted(Counter(receipts).items())
        if count > 1
    )
    listed = "".join(f"{each}\n" for each in sorted(receipts))
    if sha256(listed.encode()).hexdigest() != proof.entries_digest:
        yield "entries_digest: not of this list: somebody was added, removed or changed"


def find_wrong_mix(proof: Proof) -> Iterator[str]:
    """The result is PBKDF2-HMAC-SHA-256 of seed and digest."""
    if not STEPS_MIN <= proof.steps <= STEPS_MAX:
        yield f"steps: {proof.steps} is not from {STEPS_MIN} to {STEPS_MAX}"
        return
    made = pbkdf2_hmac(
        "sha256", proof.seed.encode(), proof.entries_digest.encode(), proof.steps
    ).hex()
    if made != proof.mixed:
        yield f"mixed: seed and list make {made}"


def find_misplaced(proof: Proof) -> Iterator[str]:
    """The receipts are ordered by the hash of result and receipt."""
    drawn = sorted(
        proof.entrants,
        key=lambda each: (sha256((proof.mixed + each.receipt).encode()).hexdigest(), each.receipt),
    )
    for place, each in enumerate(drawn):
        if each.place != place:
            yield f"receipt {each.receipt}: has place {each.place}, by the result it is {place}"


def find_wrong_winners(proof: Proof) -> Iterator[str]:
    """Told were the first in order, one more for each prize that was passed on, nobody else."""
    ordered = [each.receipt for each in sorted(proof.entrants, key=lambda each: each.place)]
    told = [each.receipt for each in proof.winners]
    passed = sum(each.state == "passed_on" for each in proof.winners)
    expected = ordered[: min(proof.winner_count, len(ordered)) + passed]
    yield from (
        f"receipt {each}: was told, and is not among the first"
        for each in told
        if each not in expected
    )
    yield from (
        f"receipt {each}: is among the first, and was not told"
        for each in expected
        if each not in told
    )
    if len(told) != len(set(told)):
        yield "winners: somebody was told twice"
    if len(expected) < min(proof.winner_count, len(ordered)) + passed:
        yield "winners: more prizes were passed on than there were people left"


def _compare(published: str, noted: str) -> Iterator[str]:
    if published != noted.strip().lower():
        yield f"{published} is published, {noted} was noted"


def _find_absent(proof: Proof, receipt: str) -> Iterator[str]:
    if all(each.receipt != receipt for each in proof.entrants):
        yield f"receipt {receipt}: is not in the list"


if __name__ == "__main__":
    sys.exit(run_verify_draw(path=sys.argv[1], asked=Asked()))
