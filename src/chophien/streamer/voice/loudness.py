"""One level for every voice, so that no engine and no mood is louder than another."""

import numpy as np
from numpy.typing import NDArray

FULL_SCALE = 32767
# Root mean square of the voiced parts: −18 dBFS, near −16 LUFS for a voice without music.
SPEECH_RMS = 0.126
# Peaks stay 1.5 dB below full scale, so that the AAC encoder does not clip.
PEAK_MAX = 0.84
# A block counts as voiced when it is above a tenth of the loudest one (−20 dB).
VOICED_SHARE = 0.1
BLOCK_S = 0.02


def to_speech_level(samples: NDArray[np.int16], rate_hz: int) -> NDArray[np.int16]:
    """Scale speech to `SPEECH_RMS` over its voiced blocks, softly bent where peaks would clip.

    Silence stays silence. Shape (n,) in, shape (n,) out.
    """
    wave = samples.astype(np.float32) / np.float32(FULL_SCALE)
    level = voiced_rms(wave, rate_hz)
    if level == 0:
        return samples
    loud = wave * (SPEECH_RMS / level)
    # Above two thirds of the limit the curve bends towards it and never reaches it.
    knee = PEAK_MAX * 2 / 3
    over = np.abs(loud) > knee
    room = PEAK_MAX - knee
    bent = np.sign(loud) * (knee + room * np.tanh((np.abs(loud) - knee) / room))
    limited: NDArray[np.int16] = np.rint(np.where(over, bent, loud) * FULL_SCALE).astype(np.int16)
    return limited


def voiced_rms(wave: NDArray[np.float32], rate_hz: int) -> float:
    """Root mean square, 0..1, over the blocks that are within 20 dB of the loudest one."""
    block = max(1, round(rate_hz * BLOCK_S))
    count = len(wave) // block
    if count == 0:
        return float(np.sqrt(np.mean(wave**2))) if len(wave) else 0.0
    powers = np.mean(wave[: count * block].reshape(count, block) ** 2, axis=1)
    voiced = powers[powers >= powers.max() * VOICED_SHARE**2]
    return float(np.sqrt(voiced.mean()))
