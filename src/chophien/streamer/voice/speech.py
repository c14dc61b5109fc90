"""What a voice makes of a sentence, and what every voice must do."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from chophien.domain.speech.normalise import SpokenText
from chophien.domain.speech.visemes import MouthCue, WordCue
from chophien.streamer.face.pose import Mood


class VoiceError(RuntimeError):
    """The engine made no speech; the sentence is dropped and another one tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """A spoken sentence."""

    samples: NDArray[np.int16]
    """Shape (n,), mono, full scale ±32767, never empty."""
    rate_hz: int
    """Samples per second; positions of the cues count these samples."""
    mouth: tuple[MouthCue, ...]
    """Ascending; the last one is silence and starts no later than the last sample's end."""
    words: tuple[WordCue, ...]
    """Ascending; each names its place in the caption."""


class Voice(Protocol):
    """A voice. Calls block for as long as synthesis takes; at most one runs at a time."""

    def synthesize(self, spoken: SpokenText, mood: Mood) -> Speech:
        """Speak a sentence, at the level of `loudness.SPEECH_RMS`.

        Raises:
            VoiceError: nothing could be said.
        """
        ...
