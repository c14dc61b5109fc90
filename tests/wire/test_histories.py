from datetime import UTC, datetime

import pytest

from chophien.domain.history.facts import Result
from chophien.wire.histories import (
    Asked,
    BadHistoryError,
    Client,
    Told,
    encode_line,
    read_attempts,
)

CLIENT = Client(client="c", clock="here", monotonic_us=5, wall_us=1_000_005)
ASKED = Asked(
    attempt=1, key="k", user=7, buyers=("u:7", "p:x"), sku=3, quantity=2, due=90,
    monotonic_us=10, wall_us=1_000_010,
)  # fmt: skip
TOLD = Told(
    attempt=1, result=Result.OK, outcome="confirmed", order="CP1", due=90, is_new=True,
    held_until=datetime(1970, 1, 1, 0, 0, 1, 500_000, tzinfo=UTC), monotonic_us=20,
    wall_us=1_000_020,
)  # fmt: skip


def read(*lines):
    return list(read_attempts([encode_line(line) for line in lines]))


def test_attempt_is_what_was_asked_and_what_was_told():
    (attempt,) = read(CLIENT, ASKED, TOLD)

    assert (attempt.client, attempt.clock, attempt.key) == ("c", "here", "k")
    assert (attempt.wish, attempt.due_minor, attempt.buyer_keys) == ((7, 3, 2), 90, ("u:7", "p:x"))
    assert (attempt.asked_us, attempt.told_us) == (10, 20)
    assert (attempt.result, attempt.outcome, attempt.order) == (Result.OK, "confirmed", "CP1")
    assert (attempt.told_due_minor, attempt.held_until_us, attempt.is_new) == (90, 1_500_000, True)


def test_attempt_without_an_answer_is_unknown_until_the_last_that_the_client_wrote():
    later = Asked(
        attempt=2, key="l", user=7, buyers=(), sku=3, quantity=1, due=45, monotonic_us=90,
        wall_us=1_000_090,
    )  # fmt: skip
    attempts = read(CLIENT, ASKED, later)

    assert [attempt.key for attempt in attempts] == ["k", "l"]
    assert [attempt.result for attempt in attempts] == [Result.UNKNOWN] * 2
    assert [attempt.told_us for attempt in attempts] == [90, 90]


def test_last_line_that_was_cut_off_was_never_said():
    lines = [encode_line(line) for line in (CLIENT, ASKED, TOLD)]
    lines[-1] = lines[-1][:-20]

    (attempt,) = read_attempts(lines)

    assert attempt.result is Result.UNKNOWN


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ([], "line 1: Input data was truncated"),
        ([encode_line(ASKED)], "line 1: must say which client wrote this"),
        ([encode_line(CLIENT), encode_line(TOLD)], "line 2: answers an attempt that was not made"),
        ([encode_line(CLIENT), encode_line(CLIENT)], "line 2: stands in the middle"),
        ([encode_line(CLIENT), b"{}\n"], "line 2: Object missing required field `line`"),
    ],
)
def test_what_is_no_history_is_refused(lines, fault):
    with pytest.raises(BadHistoryError, match=f"^{fault}"):
        list(read_attempts(lines))
