"""AAC-LC as bytes: its configuration, and what silence is.

Source: ISO/IEC 14496-3, 1.6.2.1 (AudioSpecificConfig).
"""

from fractions import Fraction
from functools import cache

import av
import numpy as np

from chophien.media.packets import AudioFormat

FRAME_SAMPLES = 1024
RATES_HZ = (96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025)
LAYOUTS = {1: "mono", 2: "stereo"}
_LOW_COMPLEXITY = 2
_ENCODED_FRAMES = 8
_CONFIG_BYTES_MIN = 2


class BadSoundError(ValueError):
    """Not AAC-LC of one or two channels with frames of 1,024 samples."""


def build_format(rate_hz: int, channels: int) -> AudioFormat:
    """The format of AAC-LC at a rate of `RATES_HZ` with one or two channels."""
    config = _LOW_COMPLEXITY << 11 | RATES_HZ.index(rate_hz) << 7 | channels << 3
    return AudioFormat(rate_hz=rate_hz, channels=channels, extradata=config.to_bytes(2, "big"))


def read_format(config: bytes) -> AudioFormat:
    """What an AudioSpecificConfig says, if players everywhere take it.

    Raises:
        BadSoundError: of another kind; decode it and encode it anew.
    """
    if len(config) < _CONFIG_BYTES_MIN:
        raise BadSoundError("no AudioSpecificConfig")
    bits = int.from_bytes(config[:2], "big")
    kind, rate, channels, is_short = bits >> 11, bits >> 7 & 15, bits >> 3 & 15, bits >> 2 & 1
    if kind != _LOW_COMPLEXITY or rate >= len(RATES_HZ) or channels not in LAYOUTS or is_short:
        raise BadSoundError(f"AAC of kind {kind}, rate {rate}, {channels} channels")
    return build_format(RATES_HZ[rate], channels)


@cache
def encode_silence(rate_hz: int, channels: int) -> bytes:
    """One frame without a sound, that decodes after any other."""
    encoder = av.AudioCodecContext.create("aac", "w")
    encoder.rate = rate_hz
    encoder.layout = LAYOUTS[channels]
    encoder.format = "fltp"
    encoder.time_base = Fraction(1, rate_hz)
    encoder.open()
    silence = np.zeros((channels, FRAME_SAMPLES), dtype=np.float32)
    packets = []
    for index in range(_ENCODED_FRAMES):
        frame = av.AudioFrame.from_ndarray(silence, format="fltp", layout=LAYOUTS[channels])
        frame.sample_rate = rate_hz
        frame.pts = index * FRAME_SAMPLES
        packets += encoder.encode(frame)
    return bytes(packets[-1])
