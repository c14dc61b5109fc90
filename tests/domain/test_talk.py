import pytest
from hypothesis import given
from hypothesis import strategies as st

from chophien.domain.talk import choose_kept


@pytest.mark.parametrize(
    ("label", "said", "count_max", "kept"),
    [
        ("nothing", "", 3, []),
        ("all fit", "a!a", 3, [0, 1, 2]),
        ("the rest evenly", "aaaaaa", 3, [0, 2, 4]),
        ("one goes first", "aaaa!", 3, [0, 2, 4]),
        ("all places go first", "a!!a!", 3, [1, 2, 4]),
        ("more go first than fit", "!!!!a", 3, [0, 1, 2]),
    ],
)
def test_messages_of_a_tick_are_kept_by_rule(label, said, count_max, kept):
    assert choose_kept([each == "!" for each in said], count_max=count_max) == kept


@given(st.lists(st.booleans(), max_size=200), st.integers(min_value=1, max_value=20))
def test_as_many_as_fit_are_kept_each_once_in_order(are_first, count_max):
    kept = choose_kept(are_first, count_max=count_max)

    assert kept == sorted(set(kept))
    assert len(kept) == min(len(are_first), count_max)
    left_out_first = [index for index, first in enumerate(are_first) if first and index not in kept]
    assert not left_out_first or all(are_first[index] for index in kept)


def test_sample_has_no_favourites_by_time():
    kept = choose_kept([False] * 1_000, count_max=10)

    assert kept == list(range(0, 1_000, 100))
