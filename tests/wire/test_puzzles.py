import json
from base64 import b64decode, b64encode
from dataclasses import replace

import altcha
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chophien.domain.limits import (
    PATIENCE_S,
    PUZZLE_ANSWER_CHARS_MAX,
    PUZZLE_COST,
    PUZZLE_COUNTER_MAX,
    PUZZLE_COUNTER_MIN,
    PUZZLE_LIFE_S,
)
from chophien.wire import puzzles
from chophien.wire.puzzles import (
    BadAnswerError,
    PuzzleFault,
    TooSoonError,
    Whose,
    derive_keys,
    make_patience,
    make_puzzle,
    read_answer,
)

NOW_S = 1_800_000_000
KEYS = derive_keys("a secret of the fair")
HOA = Whose(user_id=7, room_id=3)
COUNTER = 4


@pytest.fixture(scope="module")
def puzzle():
    return make_puzzle(HOA, counter=COUNTER, now_s=NOW_S, keys=KEYS)


def write(puzzle, solution) -> str:
    return b64encode(json.dumps({"challenge": puzzle, "solution": solution}).encode()).decode()


def solve(puzzle) -> str:
    """Work it out as a browser does."""
    solution = altcha.solve_challenge(altcha.Challenge.from_dict(puzzle))
    return write(puzzle, solution.to_dict())


@pytest.fixture(scope="module")
def answer(puzzle):
    return solve(puzzle)


def read(text, whose=HOA, *, now_s=NOW_S, keys=KEYS):
    return read_answer(text, whose, now_s=now_s, keys=keys)


def find_fault(*args, **given_):
    with pytest.raises(BadAnswerError) as caught:
        read(*args, **given_)
    return caught.value.fault


def test_answer_that_was_worked_out_is_taken(puzzle, answer):
    assert read(answer).ends_at_s == NOW_S + PUZZLE_LIFE_S
    assert altcha.solve_challenge(altcha.Challenge.from_dict(puzzle)).counter == COUNTER


def test_answer_is_good_until_its_end(answer):
    assert read(answer, now_s=NOW_S + PUZZLE_LIFE_S - 1)
    assert find_fault(answer, now_s=NOW_S + PUZZLE_LIFE_S) is PuzzleFault.OVER


@pytest.mark.parametrize("changed", [{"user_id": 8}, {"room_id": 4}])
def test_answer_of_another_account_or_room_is_refused(answer, changed):
    assert find_fault(answer, replace(HOA, **changed)) is PuzzleFault.ELSEWHERE


def test_answer_to_a_puzzle_of_another_fair_is_refused(answer):
    assert find_fault(answer, keys=derive_keys("another secret")) is PuzzleFault.FORGED


def test_every_answer_to_one_puzzle_has_one_digest(puzzle, answer):
    solution = json.loads(b64decode(answer))["solution"]
    again = write(puzzle, solution | {"time": 12.5, "counter": 99})

    assert read(again).digest == read(answer).digest
    other = solve(make_puzzle(HOA, counter=COUNTER, now_s=NOW_S, keys=KEYS))
    assert read(other).digest != read(answer).digest


@pytest.mark.parametrize(
    ("label", "changed"),
    [
        ("another person", {"data": {"user": 8, "room": 3, "ends_at_s": NOW_S + PUZZLE_LIFE_S}}),
        ("another end", {"data": {"user": 7, "room": 3, "ends_at_s": NOW_S * 2}}),
        ("less work", {"cost": 1}),
        ("any key will do", {"keyPrefix": ""}),
        ("the key's own signature", {"keySignature": "0" * 64}),
        ("another nonce", {"nonce": "0" * 32}),
    ],
)
def test_puzzle_that_was_changed_is_refused(puzzle, answer, label, changed):
    forged = {**puzzle, "parameters": puzzle["parameters"] | changed}
    text = write(forged, json.loads(b64decode(answer))["solution"])

    assert find_fault(text, Whose(user_id=8, room_id=3)) is PuzzleFault.FORGED


def test_changed_puzzle_would_be_taken_without_its_signature(puzzle, answer, monkeypatch):
    """Negative control of the one before."""
    data = {"user": 8, "room": 3, "ends_at_s": NOW_S * 2}
    forged = {**puzzle, "parameters": puzzle["parameters"] | {"data": data}}
    text = write(forged, json.loads(b64decode(answer))["solution"])
    monkeypatch.setattr(altcha.v2, "_constant_time_equal", lambda left, right: True)

    assert read(text, Whose(user_id=8, room_id=3)).ends_at_s == NOW_S * 2


@pytest.mark.parametrize(
    ("label", "solution"),
    [
        ("not worked out", {"counter": COUNTER, "derivedKey": "00" * 32}),
        ("no hex", {"counter": COUNTER, "derivedKey": "chìa khoá"}),
        ("nothing", {"counter": COUNTER, "derivedKey": ""}),
    ],
)
def test_wrong_answer_is_refused(puzzle, label, solution):
    assert find_fault(write(puzzle, solution)) is PuzzleFault.WRONG


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("nothing", ""),
        ("no base64", "*"),
        ("no JSON", b64encode(b"{").decode()),
        ("a list", b64encode(b"[]").decode()),
        ("lists in lists", b64encode(b"[" * 1_000).decode()),
        ("no ASCII", "câu trả lời"),
        ("half a letter", "\ud800"),
        ("too long", "A" * (PUZZLE_ANSWER_CHARS_MAX + 1)),
        ("a field too many", b64encode(b'{"challenge":{},"solution":{},"x":1}').decode()),
    ],
)
def test_malformed_answer_is_refused(label, text):
    assert find_fault(text) is PuzzleFault.MALFORMED


@given(st.text(max_size=300) | st.binary(max_size=300).map(lambda raw: b64encode(raw).decode()))
def test_any_text_is_refused_without_another_error(text):
    for each in (text, puzzles.PATIENCE_MARK + text):
        with pytest.raises(BadAnswerError):
            read(each)


@given(st.integers(0, 10**6), st.characters())
def test_answer_with_any_letter_changed_never_passes_for_another(answer, place, letter):
    place %= len(answer)
    text = answer[:place] + letter + answer[place + 1 :]

    try:
        taken = read(text)
    except BadAnswerError:
        return
    assert taken == read(answer), "what is not signed may differ: the counter and the time"


def test_patience_is_taken_when_the_time_has_passed():
    note = make_patience(HOA, chance="c", now_s=NOW_S, keys=KEYS)

    with pytest.raises(TooSoonError) as caught:
        read(note, now_s=NOW_S + 1)
    assert caught.value.wait_s == PATIENCE_S - 1
    taken = read(note, now_s=NOW_S + PATIENCE_S)
    assert taken.ends_at_s == NOW_S + PATIENCE_S + PUZZLE_LIFE_S
    assert find_fault(note, now_s=taken.ends_at_s) is PuzzleFault.OVER


def test_patience_is_bound_like_a_puzzle():
    note = make_patience(HOA, chance="c", now_s=NOW_S, keys=KEYS)
    later_s = NOW_S + PATIENCE_S

    assert find_fault(note, replace(HOA, user_id=8), now_s=later_s) is PuzzleFault.ELSEWHERE
    assert find_fault(note, replace(HOA, room_id=8), now_s=later_s) is PuzzleFault.ELSEWHERE
    assert find_fault(note, now_s=later_s, keys=derive_keys("other")) is PuzzleFault.FORGED
    assert find_fault(note[:-4] + "AAAA", now_s=later_s) is PuzzleFault.FORGED


def test_two_notes_of_one_second_are_two():
    notes = [make_patience(HOA, chance=each, now_s=NOW_S, keys=KEYS) for each in ("a", "b")]

    first, second = (read(note, now_s=NOW_S + PATIENCE_S).digest for note in notes)
    assert first != second


def test_work_is_within_what_a_cheap_phone_does_in_three_seconds():
    """A quarter of a million steps a second: SHA-256 without instructions of its own."""
    assert PUZZLE_COUNTER_MIN < PUZZLE_COUNTER_MAX
    assert PUZZLE_COST * (PUZZLE_COUNTER_MAX + 1) <= 3 * 250_000
