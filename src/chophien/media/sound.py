"""Speech at any rate, brought to the one clock."""

from fractions import Fraction

import av
import numpy as np
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from chophien.media.timeline import RATE_HZ, to_clock


def resample_to_clock(samples: NDArray[np.int16], rate_hz: int) -> NDArray[np.int16]:
    """Resample mono sound to `RATE_HZ`; shape (n,) in, shape (`to_clock(n, rate_hz)`,) out.

    A sample at position p comes out at `to_clock(p, rate_hz)`: the filter's delay is taken off.
    """
    if rate_hz == RATE_HZ:
        return samples
    frame = av.AudioFrame.from_ndarray(
        np.ascontiguousarray(samples[None, :]), format="s16", layout="mono"
    )
    frame.sample_rate = rate_hz
    frame.pts = 0
    frame.time_base = Fraction(1, rate_hz)
    resampler = AudioResampler(format="s16", layout="mono", rate=RATE_HZ)
    pieces = [*resampler.resample(frame), *resampler.resample(None)]
    resampled = np.concatenate([piece.to_ndarray()[0] for piece in pieces])
    wanted = to_clock(len(samples), rate_hz)
    padded: NDArray[np.int16] = np.zeros(wanted, dtype=np.int16)
    count = min(wanted, len(resampled))
    padded[:count] = resampled[:count]
    return padded
