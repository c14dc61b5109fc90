"""The one clock of a show: audio samples at 48,000 Hz. Everything else is counted from them."""

from datetime import timedelta
from fractions import Fraction

RATE_HZ = 48_000
FRAMES_PER_S = 25
# Frame n covers the samples [n * SAMPLES_PER_FRAME, (n + 1) * SAMPLES_PER_FRAME): exact.
SAMPLES_PER_FRAME = RATE_HZ // FRAMES_PER_S
AUDIO_CLOCK = Fraction(1, RATE_HZ)
VIDEO_CLOCK = Fraction(1, FRAMES_PER_S)
MICROSECONDS_PER_S = 1_000_000


def frame_starts_samples(frame_index: int) -> int:
    """First sample of a frame."""
    return frame_index * SAMPLES_PER_FRAME


def frame_at(offset_samples: int) -> int:
    """Index of the frame that covers a sample."""
    return offset_samples // SAMPLES_PER_FRAME


def to_clock(position_samples: int, rate_hz: int) -> int:
    """Carry a position at another rate over to the clock, rounded down; monotone."""
    return position_samples * RATE_HZ // rate_hz


def to_timedelta(count_samples: int) -> timedelta:
    """Length of that many samples, to the microsecond, rounded down."""
    return timedelta(microseconds=count_samples * MICROSECONDS_PER_S // RATE_HZ)


def samples_of(seconds: float) -> int:
    """Whole samples of a length in seconds, rounded to the nearest."""
    return round(seconds * RATE_HZ)
