from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chophien.domain.buckets import LONG_AGO_US, Bucket, Buckets

buckets = st.builds(Bucket, burst=st.integers(1, 6), interval_us=st.integers(1, 40))
instants = st.integers(0, 200)
SECOND_US = 1_000_000


def draw_all(bucket, tries):
    """The instants at which one was drawn, of those at which it was tried."""
    full_at_us, drawn = LONG_AGO_US, []
    for at_us in tries:
        if not bucket.find_wait_us(full_at_us, at_us):
            full_at_us = bucket.draw(full_at_us, at_us)
            drawn.append(at_us)
    return drawn


@given(buckets, st.lists(instants, max_size=80).map(sorted))
def test_no_period_gives_more_than_the_burst_and_one_for_each_interval(bucket, tries):
    drawn = draw_all(bucket, tries)

    for first in range(len(drawn)):
        for last in range(first, len(drawn)):
            period_us = drawn[last] - drawn[first]
            assert last - first + 1 <= bucket.burst + period_us // bucket.interval_us


@given(buckets, st.lists(instants, max_size=80).map(sorted))
def test_is_the_bucket_that_counts_tokens(bucket, tries):
    """Against the other way to write it: a number of tokens that grows with time."""
    tokens, before_us, drawn = Fraction(bucket.burst), 0, []
    for at_us in tries:
        tokens += Fraction(at_us - before_us, bucket.interval_us)
        tokens, before_us = min(tokens, Fraction(bucket.burst)), at_us
        if tokens >= 1:
            tokens -= 1
            drawn.append(at_us)

    assert draw_all(bucket, tries) == drawn


@given(buckets, st.lists(instants, min_size=1, max_size=80).map(sorted))
def test_wait_is_as_long_as_needed_and_no_longer(bucket, tries):
    full_at_us = LONG_AGO_US
    for at_us in tries:
        wait_us = bucket.find_wait_us(full_at_us, at_us)
        assert bucket.find_wait_us(full_at_us, at_us + wait_us) == 0
        if wait_us:
            assert bucket.find_wait_us(full_at_us, at_us + wait_us - 1) == 1
        else:
            full_at_us = bucket.draw(full_at_us, at_us)


@given(buckets, st.lists(instants, max_size=80))
def test_clock_that_steps_back_keeps_nobody_out_for_longer_than_an_interval(bucket, tries):
    full_at_us = LONG_AGO_US
    for at_us in tries:
        wait_us = bucket.find_wait_us(full_at_us, at_us)
        assert 0 <= wait_us <= bucket.interval_us
        if not wait_us:
            full_at_us = bucket.draw(full_at_us, at_us)


@pytest.mark.parametrize(("burst", "interval_us"), [(0, 1), (1, 0)])
def test_bucket_without_size_or_filling_is_none(burst, interval_us):
    with pytest.raises(AssertionError):
        Bucket(burst=burst, interval_us=interval_us)


def test_keys_do_not_count_against_each_other():
    each = Buckets(Bucket(burst=1, interval_us=SECOND_US), keys_max=10)

    each.draw("left", 0)

    assert each.find_wait_us("left", 0) == SECOND_US
    assert each.find_wait_us("right", 0) == 0


def test_the_longest_unused_is_forgotten_first():
    each = Buckets(Bucket(burst=2, interval_us=SECOND_US), keys_max=2)
    each.draw("old", 0)
    each.draw("busy", 1)
    each.draw("old", 2)

    each.draw("new", 3)

    assert len(each) == 2
    assert each.find_full_at_us("busy") == LONG_AGO_US
    assert each.find_wait_us("old", 3) > 0


@given(st.lists(st.integers(0, 30), max_size=200))
def test_memory_is_bounded(keys):
    each = Buckets(Bucket(burst=1_000, interval_us=1), keys_max=5)
    for at_us, key in enumerate(keys):
        each.draw(key, at_us)

    assert len(each) == min(5, len(set(keys)))
