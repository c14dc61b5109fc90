"""A sentence made ready: sound on the clock, and what face and caption show with each frame."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chophien.domain.speech.visemes import Viseme, WordCue
from chophien.media.sound import resample_to_clock
from chophien.media.timeline import RATE_HZ, SAMPLES_PER_FRAME, to_clock
from chophien.streamer.desk import Utterance
from chophien.streamer.motion import VISEMES, loudness_of, mouth_weights
from chophien.streamer.stage.view import CaptionView
from chophien.streamer.voice.speech import Speech

# Frames after the sound in which the mouth closes.
CLOSING_FRAMES = 3
# Long enough that a cut does not click, short enough to be over before the next word.
FADE_SAMPLES = RATE_HZ // 100
_CLAUSE_ENDS = frozenset(",.;:!?…–—")
_SILENCE = VISEMES.index(Viseme.SIL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """Positions count from the first sample of the sentence, at the clock's rate."""

    utterance: Utterance
    samples: NDArray[np.int16]
    """Shape (frame_count * 1920,), mono, silence at the end."""
    weights: NDArray[np.float32]
    """Shape (frame_count, 15), as of `mouth_weights`."""
    loudness: NDArray[np.float32]
    """Shape (frame_count,), 0..1."""
    words: tuple[WordCue, ...]
    """At the clock's rate."""

    @property
    def frame_count(self) -> int:
        """Frames it lasts, the closing of the mouth included."""
        return len(self.loudness)

    def sound(self, frame_index: int) -> NDArray[np.int16]:
        """Take the sound of a frame, shape (1920,)."""
        starts = frame_index * SAMPLES_PER_FRAME
        return self.samples[starts : starts + SAMPLES_PER_FRAME]

    def visemes(self, frame_index: int) -> dict[Viseme, float]:
        """Name the mouth shapes of a frame that have weight, rest position left out."""
        row = self.weights[frame_index]
        return {
            VISEMES[index]: float(row[index]) for index in np.flatnonzero(row) if index != _SILENCE
        }

    def caption(self, frame_index: int) -> CaptionView:
        """Show the sentence with the word that is current in the middle of the frame."""
        middle = frame_index * SAMPLES_PER_FRAME + SAMPLES_PER_FRAME // 2
        current = None
        for word in self.words:
            if word.starts_samples > middle:
                break
            current = word
        return CaptionView(
            text=self.utterance.text,
            starts_chars=current.starts_chars if current else 0,
            ends_chars=current.ends_chars if current else 0,
        )

    def next_clause_samples(self, after_samples: int) -> int | None:
        """Find where the next clause begins; `None` when this is the last one."""
        caption = self.utterance.text
        for before, word in zip(self.words, self.words[1:], strict=False):
            between = caption[before.ends_chars : word.starts_chars]
            if word.starts_samples > after_samples and not _CLAUSE_ENDS.isdisjoint(between):
                return word.starts_samples
        return None

    def cut(self, at_samples: int) -> "Performance":
        """End the sentence there: sound fades out just before, the mouth closes after."""
        frame_count = min(self.frame_count, -(-at_samples // SAMPLES_PER_FRAME) + CLOSING_FRAMES)
        samples = self.samples[: frame_count * SAMPLES_PER_FRAME].copy()
        fade = min(FADE_SAMPLES, at_samples)
        ramp = np.linspace(1.0, 0.0, fade, dtype=np.float32)
        samples[at_samples - fade : at_samples] = (
            samples[at_samples - fade : at_samples] * ramp
        ).astype(np.int16)
        samples[at_samples:] = 0
        weights = self.weights[:frame_count].copy()
        first_silent = min(frame_count - 1, at_samples // SAMPLES_PER_FRAME)
        for step, index in enumerate(range(first_silent, frame_count)):
            weights[index] *= max(0.0, 1 - (step + 1) / CLOSING_FRAMES)
            weights[index, _SILENCE] = 1 - np.delete(weights[index], _SILENCE).sum()
        return Performance(
            utterance=self.utterance,
            samples=samples,
            weights=weights,
            loudness=loudness_of(samples),
            words=tuple(word for word in self.words if word.starts_samples < at_samples),
        )


def prepare(utterance: Utterance, speech: Speech) -> Performance:
    """Bring speech onto the clock, and work out face and caption for each of its frames."""
    samples = resample_to_clock(speech.samples, speech.rate_hz)
    frame_count = -(-len(samples) // SAMPLES_PER_FRAME) + CLOSING_FRAMES
    padded = np.zeros(frame_count * SAMPLES_PER_FRAME, dtype=np.int16)
    padded[: len(samples)] = samples
    return Performance(
        utterance=utterance,
        samples=padded,
        weights=mouth_weights(speech.mouth, speech.rate_hz, frame_count),
        loudness=loudness_of(padded),
        words=_on_the_clock(speech.words, speech.rate_hz),
    )


def _on_the_clock(words: Sequence[WordCue], rate_hz: int) -> tuple[WordCue, ...]:
    return tuple(
        WordCue(
            starts_samples=to_clock(word.starts_samples, rate_hz),
            starts_chars=word.starts_chars,
            ends_chars=word.ends_chars,
        )
        for word in words
    )
