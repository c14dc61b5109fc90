"""Voices that need no engine."""

import numpy as np
from typing_extensions import override

from chophien.domain.speech.normalise import SpokenText
from chophien.domain.speech.visemes import MouthCue, Viseme, WordCue
from chophien.streamer.face.pose import Mood
from chophien.streamer.voice.loudness import to_speech_level
from chophien.streamer.voice.speech import Speech, Voice, VoiceError

RATE_HZ = 22_050
WORD_SAMPLES = RATE_HZ // 5


class HummingVoice(Voice):
    """Hums a fifth of a second for each word, mouth open in its first half."""

    @override
    def synthesize(self, spoken: SpokenText, mood: Mood) -> Speech:
        if not spoken.words:
            raise VoiceError("nothing to hum")
        count = len(spoken.words)
        hum = (np.sin(np.arange(count * WORD_SAMPLES) * 0.05) * 9000).astype(np.int16)
        hum.reshape(count, WORD_SAMPLES)[:, WORD_SAMPLES // 2 :] = 0
        mouth = [
            MouthCue(starts_samples=index * WORD_SAMPLES + offset, viseme=viseme)
            for index in range(count)
            for offset, viseme in ((0, Viseme.AA), (WORD_SAMPLES // 2, Viseme.SIL))
        ]
        words = tuple(
            WordCue(
                starts_samples=index * WORD_SAMPLES,
                starts_chars=word.starts_chars,
                ends_chars=word.ends_chars,
            )
            for index, word in enumerate(spoken.words)
        )
        return Speech(
            samples=to_speech_level(hum, RATE_HZ), rate_hz=RATE_HZ, mouth=tuple(mouth), words=words
        )


class FailingVoice(Voice):
    """Fails the first few times."""

    def __init__(self, voice: Voice, *, failures: int) -> None:
        self._voice = voice
        self.failures_left = failures

    @override
    def synthesize(self, spoken: SpokenText, mood: Mood) -> Speech:
        if self.failures_left:
            self.failures_left -= 1
            raise VoiceError("as asked")
        return self._voice.synthesize(spoken, mood)
