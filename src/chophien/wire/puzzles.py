"""Puzzles that a browser works out by itself, and what is taken in their place.

ALTCHA's second form, with its library: find the counter whose key, derived by PBKDF2, is the one
asked for. The challenge is signed, and says for whom, for which waiting room and until when it
is good. Checking an answer derives nothing: the right key's HMAC is in the challenge.

Where no script runs, patience is taken instead: a signed note of when it was given out.
"""

import hmac
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

import altcha
import msgspec

from chophien.domain.limits import (
    PATIENCE_S,
    PUZZLE_ANSWER_CHARS_MAX,
    PUZZLE_COST,
    PUZZLE_LIFE_S,
)
from chophien.wire.signing import derive_key

ALGORITHM = "PBKDF2/SHA-256"
PATIENCE_MARK = "patience."
_CHALLENGE_PURPOSE = b"chophien.puzzle.challenge.1"
_SOLUTION_PURPOSE = b"chophien.puzzle.solution.1"
_PATIENCE_PURPOSE = b"chophien.puzzle.patience.1"


class PuzzleFault(StrEnum):
    """Why an answer is not taken."""

    MALFORMED = "malformed"
    FORGED = "forged"
    """Not signed by this fair, or changed on its way."""
    ELSEWHERE = "elsewhere"
    """Somebody else's, or another waiting room's."""
    OVER = "over"
    WRONG = "wrong"


class BadAnswerError(ValueError):
    """No answer to a puzzle of this person in this room: ask for a new one."""

    def __init__(self, fault: PuzzleFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


class TooSoonError(Exception):
    """Patience that is not over yet; the same note is taken after `wait_s` seconds."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"in {wait_s} s")
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True, kw_only=True)
class PuzzleKeys:
    """What puzzles are signed with: a key for each purpose."""

    challenge: bytes
    solution: bytes
    patience: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """Whom and which room a puzzle is for."""

    user_id: int
    room_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A right answer. It is taken once: whoever takes it keeps `digest` until `ends_at_s`."""

    digest: bytes
    """32 bytes, the same for every answer to one puzzle."""
    ends_at_s: int
    """Seconds since 1970, in real time."""


class _Data(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    user: int
    room: int
    ends_at_s: int


class _Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    algorithm: str
    cost: int
    key_length: int
    key_prefix: str
    nonce: str
    salt: str
    key_signature: str
    data: _Data


class _Challenge(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    parameters: _Parameters
    signature: str


class _Solution(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    counter: int
    derived_key: str
    time: float | None = None


class _Payload(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    challenge: _Challenge
    solution: _Solution


class _Patience(msgspec.Struct, frozen=True, array_like=True):
    user_id: int
    room_id: int
    ready_at_s: int
    ends_at_s: int
    chance: str


_payloads = msgspec.json.Decoder(_Payload)
_patience = msgspec.msgpack.Decoder(_Patience)


def derive_keys(secret: str) -> PuzzleKeys:
    """The keys of puzzles, from the installation's secret."""
    return PuzzleKeys(
        challenge=derive_key(secret, _CHALLENGE_PURPOSE),
        solution=derive_key(secret, _SOLUTION_PURPOSE),
        patience=derive_key(secret, _PATIENCE_PURPOSE),
    )


def make_puzzle(whose: Whose, *, counter: int, now_s: int, keys: PuzzleKeys) -> dict[str, object]:
    """A challenge, ready for JSON. Costs one derivation, about a millisecond.

    Args:
        whose: for whom.
        counter: what has to be found, by chance: the browser derives as many keys, and one.
        now_s: seconds since 1970, in real time.
        keys: what it is signed with.
    """
    challenge = altcha.create_challenge(
        ALGORITHM,
        PUZZLE_COST,
        counter=counter,
        data={"user": whose.user_id, "room": whose.room_id, "ends_at_s": now_s + PUZZLE_LIFE_S},
        hmac_secret=keys.challenge,
        hmac_key_secret=keys.solution,
    )
    return challenge.to_dict()


def make_patience(whose: Whose, *, chance: str, now_s: int, keys: PuzzleKeys) -> str:
    """A note that is taken as an answer once `PATIENCE_S` have passed; `chance` makes it one."""
    ready_at_s = now_s + PATIENCE_S
    note = _Patience(
        user_id=whose.user_id, room_id=whose.room_id, ready_at_s=ready_at_s,
        ends_at_s=ready_at_s + PUZZLE_LIFE_S, chance=chance,
    )  # fmt: skip
    body = msgspec.msgpack.encode(note)
    mac = hmac.digest(keys.patience, body, sha256)
    return PATIENCE_MARK + urlsafe_b64encode(mac + body).decode()


def read_answer(text: str, whose: Whose, *, now_s: int, keys: PuzzleKeys) -> Answer:
    """Check an answer, or patience in its place. Costs some 40 µs and no query.

    It is right however often it comes: that it counts once is for whoever keeps digests.

    Raises:
        BadAnswerError: malformed, forged, somebody else's, another room's, over or wrong.
        TooSoonError: patience that is not over yet.
    """
    if len(text) > PUZZLE_ANSWER_CHARS_MAX:
        raise BadAnswerError(PuzzleFault.MALFORMED)
    if text.startswith(PATIENCE_MARK):
        return _read_patience(text.removeprefix(PATIENCE_MARK), whose, now_s, keys)
    return _read_solution(text, whose, now_s, keys)


def _read_solution(text: str, whose: Whose, now_s: int, keys: PuzzleKeys) -> Answer:
    try:
        payload = _payloads.decode(b64decode(text, validate=True))
    except ValueError as fault:  # of base64, of JSON, of another form
        raise BadAnswerError(PuzzleFault.MALFORMED) from fault
    data = payload.challenge.parameters.data
    found = altcha.verify_solution(
        _to_altcha(payload), keys.challenge, hmac_key_secret=keys.solution
    )
    if found.invalid_signature:
        raise BadAnswerError(PuzzleFault.FORGED)
    _require(whose, Whose(user_id=data.user, room_id=data.room), data.ends_at_s, now_s)
    if not found.verified:
        raise BadAnswerError(PuzzleFault.WRONG)
    return Answer(
        digest=sha256(payload.challenge.signature.encode()).digest(), ends_at_s=data.ends_at_s
    )


def _to_altcha(payload: _Payload) -> altcha.Payload:
    """The same as the library knows it; it signs what `to_dict` gives."""
    parameters = msgspec.to_builtins(payload.challenge.parameters)
    return altcha.Payload(
        altcha.Challenge(
            altcha.ChallengeParameters.from_dict(parameters), payload.challenge.signature
        ),
        altcha.Solution(payload.solution.counter, payload.solution.derived_key),
    )


def _read_patience(text: str, whose: Whose, now_s: int, keys: PuzzleKeys) -> Answer:
    try:
        raw = urlsafe_b64decode(text)
    except ValueError as fault:
        raise BadAnswerError(PuzzleFault.MALFORMED) from fault
    mac, body = raw[: sha256().digest_size], raw[sha256().digest_size :]
    if not hmac.compare_digest(hmac.digest(keys.patience, body, sha256), mac):
        raise BadAnswerError(PuzzleFault.FORGED)
    note = _patience.decode(body)
    _require(whose, Whose(user_id=note.user_id, room_id=note.room_id), note.ends_at_s, now_s)
    if now_s < note.ready_at_s:
        raise TooSoonError(note.ready_at_s - now_s)
    return Answer(digest=mac, ends_at_s=note.ends_at_s)


def _require(asked: Whose, signed: Whose, ends_at_s: int, now_s: int) -> None:
    if signed != asked:
        raise BadAnswerError(PuzzleFault.ELSEWHERE)
    if now_s >= ends_at_s:
        raise BadAnswerError(PuzzleFault.OVER)
