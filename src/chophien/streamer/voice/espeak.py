"""eSpeak NG as a voice: small, offline, and exact about when each phoneme sounds.

Engine: eSpeak NG 1.52, GPL-3.0-or-later (https://github.com/espeak-ng/espeak-ng), from the wheel
`espeakng-loader`; compatible with this program's AGPL-3.0-or-later. No model, rules only.
Languages: Vietnamese here (`vi`, northern); the engine has over a hundred more.
The newer `espeak_ng_*` calls cannot report phonemes (espeak-ng issue 1387), so the older ones
are used.
"""

import ctypes
import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import espeakng_loader
import numpy as np
from typing_extensions import override

from chophien.domain.speech.normalise import SpokenText
from chophien.domain.speech.phonemes import visemes_of
from chophien.domain.speech.visemes import MouthCue, Viseme, WordCue
from chophien.streamer.face.pose import Mood
from chophien.streamer.voice.loudness import to_speech_level
from chophien.streamer.voice.speech import Speech, Voice, VoiceError

logger = logging.getLogger(__name__)

# From speak_lib.h.
_OUTPUT_SYNCHRONOUS = 2
_PHONEME_EVENTS = 0x0001
_PHONEME_IPA = 0x0002
_DONT_EXIT = 0x8000
_CHARS_UTF8 = 1
_BY_CHARACTER = 1
_EVENT_WORD = 1
_EVENT_PHONEME = 7
_RATE, _PITCH, _RANGE = 1, 3, 4
_NAME_BYTES = 8

VOICE_NAME = b"vi+f2"
# A gap shorter than this is the closure of a stop, not a rest: the mouth stays as it is.
REST_MS_MIN = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """Words a minute, and pitch and its range from 0 to 100."""

    rate: int
    pitch: int
    pitch_range: int


MANNERS = {
    Mood.CALM: Manner(rate=145, pitch=48, pitch_range=45),
    Mood.FRIENDLY: Manner(rate=155, pitch=55, pitch_range=55),
    Mood.HAPPY: Manner(rate=163, pitch=62, pitch_range=70),
    Mood.EXCITED: Manner(rate=172, pitch=68, pitch_range=85),
}


class _EventId(ctypes.Union):
    _fields_: ClassVar[Any] = [
        ("number", ctypes.c_int),
        ("name", ctypes.c_char_p),
        ("string", ctypes.c_char * _NAME_BYTES),
    ]


class _Event(ctypes.Structure):
    _fields_: ClassVar[Any] = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _EventId),
    ]


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


@dataclass(frozen=True, slots=True)
class _Phoneme:
    name: str
    starts_samples: int


@dataclass(frozen=True, slots=True)
class _Word:
    said_at_chars: int
    starts_samples: int


class _Engine:
    """The library, which holds one state for the whole process."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(str(espeakng_loader.get_library_path()))
        self.lock = threading.Lock()
        self.rate_hz = int(
            self._library.espeak_Initialize(
                _OUTPUT_SYNCHRONOUS,
                0,
                str(espeakng_loader.get_data_path()).encode(),
                _PHONEME_EVENTS | _PHONEME_IPA | _DONT_EXIT,
            )
        )
        if self.rate_hz <= 0:
            raise VoiceError("eSpeak NG did not start: its data were not found")
        self._pcm: list[bytes] = []
        self._phonemes: list[_Phoneme] = []
        self._words: list[_Word] = []
        # Kept as an attribute: the library holds a bare pointer to it.
        self._callback = _Callback(self._collect)
        self._library.espeak_SetSynthCallback(self._callback)

    def speak(self, text: str, manner: Manner) -> tuple[bytes, list[_Phoneme], list[_Word]]:
        """Synthesise; the caller holds `lock`. Positions count samples and characters from 0."""
        self._pcm, self._phonemes, self._words = [], [], []
        if self._library.espeak_SetVoiceByName(VOICE_NAME):
            raise VoiceError(f"eSpeak NG has no voice {VOICE_NAME.decode()}")
        for parameter, value in (
            (_RATE, manner.rate),
            (_PITCH, manner.pitch),
            (_RANGE, manner.pitch_range),
        ):
            self._library.espeak_SetParameter(parameter, value, 0)
        encoded = text.encode()
        failed = self._library.espeak_Synth(
            encoded, len(encoded) + 1, 0, _BY_CHARACTER, 0, _CHARS_UTF8, None, None
        )
        if failed or self._library.espeak_Synchronize():
            raise VoiceError(f"eSpeak NG refused the text: {text!r}")
        return b"".join(self._pcm), self._phonemes, self._words

    def _collect(self, wave: Any, count: int, events: Any) -> int:  # noqa: ANN401  ctypes pointers
        if count > 0:
            self._pcm.append(ctypes.string_at(wave, count * 2))
        index = 0
        while events[index].type:
            event = events[index]
            if event.type == _EVENT_PHONEME:
                # The name fills all eight bytes when it is long, with no zero behind it.
                name = ctypes.string_at(ctypes.addressof(event.id), _NAME_BYTES)
                text = name.split(b"\0")[0].decode(errors="ignore")
                self._phonemes.append(_Phoneme(text, event.sample))
            elif event.type == _EVENT_WORD:
                self._words.append(_Word(event.text_position - 1, event.sample))
            index += 1
        return 0


@cache
def _engine() -> _Engine:
    return _Engine()


class EspeakVoice(Voice):
    """The default voice, about a thousand times faster than speech."""

    def __init__(self) -> None:
        self._engine = _engine()

    @override
    def synthesize(self, spoken: SpokenText, mood: Mood) -> Speech:
        with self._engine.lock:
            pcm, phonemes, words = self._engine.speak(spoken.text, MANNERS[mood])
        samples = np.frombuffer(pcm, dtype=np.int16)
        if not len(samples) or not samples.any():
            raise VoiceError(f"eSpeak NG made no sound of {spoken.text!r}")
        rate_hz = self._engine.rate_hz
        return Speech(
            samples=to_speech_level(samples, rate_hz),
            rate_hz=rate_hz,
            mouth=_mouth_cues(phonemes, len(samples), rate_hz),
            words=_word_cues(words, spoken),
        )


def phonemes_of(text: str) -> tuple[str, ...]:
    """Name the phonemes the engine speaks for a text, pauses as empty names."""
    engine = _engine()
    with engine.lock:
        _pcm, phonemes, _words = engine.speak(text, MANNERS[Mood.CALM])
    return tuple(phoneme.name for phoneme in phonemes)


def _mouth_cues(
    phonemes: Sequence[_Phoneme], sample_count: int, rate_hz: int
) -> tuple[MouthCue, ...]:
    cues = [MouthCue(starts_samples=0, viseme=Viseme.SIL)]
    rest_samples = REST_MS_MIN * rate_hz // 1000
    ends = [phoneme.starts_samples for phoneme in phonemes[1:]] + [sample_count]
    for phoneme, ends_samples in zip(phonemes, ends, strict=True):
        shapes = visemes_of(phoneme.name)
        lasts = ends_samples - phoneme.starts_samples
        if shapes is None:
            logger.warning("no mouth shape for phoneme %r", phoneme.name)
            continue
        if not shapes and lasts >= rest_samples:
            shapes = (Viseme.SIL,)
        for index, viseme in enumerate(shapes):
            starts = phoneme.starts_samples + lasts * index // len(shapes)
            cues.append(MouthCue(starts_samples=starts, viseme=viseme))
    if cues[-1].viseme is not Viseme.SIL:
        cues.append(MouthCue(starts_samples=sample_count, viseme=Viseme.SIL))
    return tuple(cues)


def _word_cues(words: Sequence[_Word], spoken: SpokenText) -> tuple[WordCue, ...]:
    """Join what is said for one word of the caption: `95.000 ₫` is many words but one cue."""
    cues: list[WordCue] = []
    for word in words:
        shown = spoken.word_at(word.said_at_chars)
        if shown is None or (cues and cues[-1].starts_chars == shown.starts_chars):
            continue
        cues.append(
            WordCue(
                starts_samples=word.starts_samples,
                starts_chars=shown.starts_chars,
                ends_chars=shown.ends_chars,
            )
        )
    return tuple(cues)
