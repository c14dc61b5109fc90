import pytest

from chophien.domain.limits import (
    HUB_BACKLOG_BYTES_MAX,
    HUB_HISTORY_BYTES_MAX,
    HUB_HISTORY_EVENTS_MAX,
    HUB_HISTORY_S,
)
from chophien.hotlane.hub.history import History


def fill(count: int, *, event: bytes = b"{}") -> History:
    history = History()
    for _ in range(count):
        history.append(event, at_ms=0)
    return history


def test_events_are_numbered_from_one_without_gaps():
    history = History()

    assert history.append(b'{"a":1}', at_ms=0) == b'{"data":{"a":1},"offset":1}'
    assert history.append(b'{"a":2}', at_ms=0) == b'{"data":{"a":2},"offset":2}'
    assert history.top == 2


@pytest.mark.parametrize(
    ("label", "offset", "missed"),
    [
        ("all", 0, b'{"data":{},"offset":1},{"data":{},"offset":2}'),
        ("the last", 1, b'{"data":{},"offset":2}'),
        ("none", 2, b""),
        ("of the future", 3, None),
    ],
)
def test_whoever_comes_back_is_given_what_was_missed(label, offset, missed):
    assert fill(2).list_since(offset, at_ms=0) == missed


def test_beyond_the_number_kept_nothing_half_is_given():
    history = fill(HUB_HISTORY_EVENTS_MAX + 5)

    assert history.list_since(5, at_ms=0) is not None
    assert history.list_since(4, at_ms=0) is None


def test_beyond_the_age_kept_nothing_half_is_given():
    history = History()
    history.append(b"{}", at_ms=0)
    history.append(b"{}", at_ms=1)

    assert history.list_since(0, at_ms=HUB_HISTORY_S * 1_000) is not None
    assert history.list_since(0, at_ms=HUB_HISTORY_S * 1_000 + 1) is None
    assert history.list_since(1, at_ms=HUB_HISTORY_S * 1_000 + 1) is not None


def test_numbers_go_on_when_all_was_forgotten():
    history = fill(3)

    assert history.list_since(3, at_ms=HUB_HISTORY_S * 2_000) == b""
    assert history.list_since(2, at_ms=HUB_HISTORY_S * 2_000) is None
    assert history.append(b"{}", at_ms=HUB_HISTORY_S * 2_000).endswith(b'"offset":4}')


def test_beyond_the_bytes_kept_the_oldest_go():
    history = fill(100, event=b'"' + b"x" * 7_000 + b'"')

    kept = history.list_since(100 - HUB_HISTORY_BYTES_MAX // 7_100, at_ms=0)

    assert kept is not None
    assert len(kept) <= HUB_HISTORY_BYTES_MAX
    assert history.list_since(50, at_ms=0) is None


def test_all_that_can_be_recovered_fits_into_a_backlog():
    assert HUB_HISTORY_BYTES_MAX * 3 // 2 < HUB_BACKLOG_BYTES_MAX


def test_what_is_remembered_of_an_answer_is_never_an_old_one():
    history = fill(1)
    assert history.list_since(0, at_ms=0) == b'{"data":{},"offset":1}'

    history.append(b"7", at_ms=0)

    assert history.list_since(0, at_ms=0) == b'{"data":{},"offset":1},{"data":7,"offset":2}'
