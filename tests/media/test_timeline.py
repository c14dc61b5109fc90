from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from chophien.media.timeline import (
    SAMPLES_PER_FRAME,
    frame_at,
    frame_starts_samples,
    samples_of,
    to_clock,
    to_timedelta,
)

POSITIONS = st.integers(min_value=0, max_value=48_000 * 3600 * 24 * 30)


def test_a_frame_is_exactly_a_twenty_fifth_of_a_second():
    assert SAMPLES_PER_FRAME * 25 == 48_000
    assert frame_starts_samples(25) == 48_000
    assert frame_at(1919) == 0
    assert frame_at(1920) == 1


@given(POSITIONS)
def test_every_sample_lies_in_its_frame(position):
    starts = frame_starts_samples(frame_at(position))

    assert starts <= position < starts + SAMPLES_PER_FRAME


@given(POSITIONS, POSITIONS)
def test_conversion_to_the_clock_is_monotone(one, other):
    earlier, later = sorted((one, other))

    assert to_clock(earlier, 22_050) <= to_clock(later, 22_050)


def test_a_month_is_converted_without_drift():
    month_samples = 48_000 * 3600 * 24 * 30

    assert to_clock(22_050 * 3600 * 24 * 30, 22_050) == month_samples
    assert to_timedelta(month_samples) == timedelta(days=30)
    assert samples_of(0.5) == 24_000
