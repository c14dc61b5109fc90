"""How the face follows the sound: mouth weights and loudness, frame by frame."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from chophien.domain.speech.visemes import MouthCue, Viseme
from chophien.media.timeline import RATE_HZ, SAMPLES_PER_FRAME, to_clock

VISEMES = tuple(Viseme)
# A mouth opens a little before it is heard; viewers notice sound first, not picture first.
LEAD_SAMPLES = RATE_HZ * 40 // 1000
# Length of the passage from one shape to the next, centred on its start.
BLEND_SAMPLES = RATE_HZ * 80 // 1000
# Speech at its normal level is drawn as 0.7 loud; the scale is in decibels, 30 of them.
FULL_LOUDNESS_DBFS = -10.0
LOUDNESS_RANGE_DB = 30.0
# Loudness rises at once and falls by half in about two frames.
LOUDNESS_DECAY = 0.7
# A hand takes 0.4 seconds to rise or fall: ten frames.
GESTURE_STEP = 0.1
_FULL_SCALE = 32767


def mouth_weights(cues: Sequence[MouthCue], rate_hz: int, frame_count: int) -> NDArray[np.float32]:
    """Weigh the mouth shapes in the middle of each frame from the start of the speech.

    Shape (frame_count, 15), columns in the order of `VISEMES`, values 0..1, rows summing to 1.
    Neighbours overlap, so a shape shorter than the passage shows only in part (co-articulation).
    """
    middles = np.arange(frame_count) * SAMPLES_PER_FRAME + SAMPLES_PER_FRAME // 2 + LEAD_SAMPLES
    starts = np.array([to_clock(cue.starts_samples, rate_hz) for cue in cues])
    passed = np.clip((middles[:, None] - starts[None, :]) / BLEND_SAMPLES + 0.5, 0.0, 1.0)
    eased = passed * passed * (3.0 - 2.0 * passed)
    # The first shape is there from the beginning.
    eased[:, 0] = 1.0
    following = np.concatenate([eased[:, 1:], np.zeros((frame_count, 1))], axis=1)
    weights: NDArray[np.float32] = np.zeros((frame_count, len(VISEMES)), dtype=np.float32)
    for index, cue in enumerate(cues):
        weights[:, VISEMES.index(cue.viseme)] += (eased - following)[:, index]
    return weights


def loudness_of(samples: NDArray[np.int16]) -> NDArray[np.float32]:
    """Measure the loudness of each whole frame of sound at the clock's rate.

    Shape (n / 1920,), values 0..1 on a decibel scale, quick to rise and slow to fall.
    """
    frames = samples.reshape(-1, SAMPLES_PER_FRAME).astype(np.float32) / np.float32(_FULL_SCALE)
    rms = np.sqrt(np.mean(frames**2, axis=1))
    decibels = 20 * np.log10(np.maximum(rms, 1e-6))
    heard = np.clip((decibels - FULL_LOUDNESS_DBFS) / LOUDNESS_RANGE_DB + 1, 0, 1)
    smoothed: NDArray[np.float32] = heard.astype(np.float32)
    for index in range(1, len(smoothed)):
        smoothed[index] = max(smoothed[index], smoothed[index - 1] * LOUDNESS_DECAY)
    return smoothed


def approach(value: float, target: float) -> float:
    """Move a gesture one frame towards its target."""
    if value < target:
        return min(target, value + GESTURE_STEP)
    return max(target, value - GESTURE_STEP)
