"""What every voice must do, run over all of them; and what eSpeak NG must do besides."""

import itertools

import numpy as np
import pytest
from tests.fakes.speaking import FailingVoice, HummingVoice

from chophien.domain.script.beats import Beat, Slot
from chophien.domain.script.lines_vi import LINES_VI
from chophien.domain.script.sentences import fill, slots_of
from chophien.domain.speech.normalise import to_spoken
from chophien.domain.speech.phonemes import visemes_of
from chophien.domain.speech.visemes import Viseme
from chophien.streamer.face.pose import Mood
from chophien.streamer.voice.espeak import EspeakVoice, phonemes_of
from chophien.streamer.voice.loudness import (
    FULL_SCALE,
    PEAK_MAX,
    SPEECH_RMS,
    to_speech_level,
    voiced_rms,
)
from chophien.streamer.voice.speech import Voice, VoiceError

VOICES = {
    "espeak": EspeakVoice,
    "humming": HummingVoice,
    "failing, after its failures": lambda: FailingVoice(HummingVoice(), failures=0),
}
CAPTION = "Giá hôm nay là 95.000 ₫ một hũ 500 g, cả nhà nhé."


@pytest.fixture(params=VOICES)
def voice(request) -> Voice:
    return VOICES[request.param]()


@pytest.mark.parametrize("mood", list(Mood))
def test_contract_sound_is_mono_and_neither_silent_nor_clipped(voice, mood):
    speech = voice.synthesize(to_spoken(CAPTION), mood)

    assert speech.samples.dtype == np.int16
    assert speech.samples.ndim == 1
    assert 8_000 <= speech.rate_hz <= 48_000
    assert 1 < len(speech.samples) / speech.rate_hz < 15
    assert 3_000 < np.abs(speech.samples.astype(np.int32)).max() <= PEAK_MAX * FULL_SCALE + 1


@pytest.mark.parametrize("mood", list(Mood))
def test_contract_every_mood_is_equally_loud(voice, mood):
    speech = voice.synthesize(to_spoken(CAPTION), mood)

    level = voiced_rms(speech.samples.astype(np.float32) / np.float32(FULL_SCALE), speech.rate_hz)
    assert level == pytest.approx(SPEECH_RMS, rel=0.15)


def test_contract_mouth_cues_ascend_and_end_in_silence(voice):
    speech = voice.synthesize(to_spoken(CAPTION), Mood.FRIENDLY)

    starts = [cue.starts_samples for cue in speech.mouth]
    assert starts == sorted(starts)
    assert starts[0] >= 0
    assert starts[-1] <= len(speech.samples)
    assert speech.mouth[-1].viseme is Viseme.SIL
    assert len({cue.viseme for cue in speech.mouth}) > 1


def test_contract_word_cues_walk_through_the_caption(voice):
    spoken = to_spoken(CAPTION)

    speech = voice.synthesize(spoken, Mood.FRIENDLY)

    shown = [CAPTION[cue.starts_chars : cue.ends_chars] for cue in speech.words]
    assert shown == [
        "Giá", "hôm", "nay", "là", "95.000 ₫", "một", "hũ", "500 g", "cả", "nhà", "nhé",
    ]  # fmt: skip
    starts = [cue.starts_samples for cue in speech.words]
    assert starts == sorted(starts)
    assert starts[-1] < len(speech.samples)


def test_contract_nothing_to_say_is_an_error(voice):
    with pytest.raises(VoiceError):
        voice.synthesize(to_spoken("…"), Mood.CALM)


def test_espeak_says_the_same_thing_the_same_way_twice():
    voice = EspeakVoice()
    spoken = to_spoken(CAPTION)

    first = voice.synthesize(spoken, Mood.HAPPY)
    voice.synthesize(to_spoken("Một câu khác."), Mood.CALM)
    again = voice.synthesize(spoken, Mood.HAPPY)

    # The engine's own noise differs, by some samples in length too; the words do not.
    assert [cue.viseme for cue in first.mouth] == [cue.viseme for cue in again.mouth]
    assert [cue.starts_chars for cue in first.words] == [cue.starts_chars for cue in again.words]
    assert abs(len(first.samples) - len(again.samples)) < first.rate_hz // 100


def test_espeak_speaks_faster_when_it_is_excited():
    voice = EspeakVoice()
    lengths = [len(voice.synthesize(to_spoken(CAPTION), mood).samples) for mood in Mood]

    assert lengths == sorted(lengths, reverse=True)
    assert lengths[0] > lengths[-1] * 1.1


def test_espeak_closes_the_lips_when_it_rests_at_a_comma():
    speech = EspeakVoice().synthesize(to_spoken("Xin chào cả nhà, em là Mai."), Mood.CALM)
    comma = next(cue.starts_samples for cue in speech.words if cue.starts_chars > 15)

    resting = [
        cue for cue in speech.mouth[1:-1] if cue.viseme is Viseme.SIL and cue.starts_samples < comma
    ]

    assert len(resting) == 1


ONSETS = [
    "b",
    "c",
    "ch",
    "d",
    "đ",
    "g",
    "gi",
    "h",
    "k",
    "kh",
    "l",
    "m",
    "n",
    "ng",
    "nh",
    "p",
    "ph",
    "qu",
    "r",
    "s",
    "t",
    "th",
    "tr",
    "v",
    "x",
]
RHYMES = [
    "a",
    "ai",
    "ao",
    "au",
    "ay",
    "ác",
    "ach",
    "am",
    "an",
    "ang",
    "anh",
    "áp",
    "ăm",
    "ăn",
    "ăng",
    "ắt",
    "âu",
    "ây",
    "âm",
    "ân",
    "âng",
    "ất",
    "e",
    "eo",
    "em",
    "en",
    "ét",
    "ê",
    "êu",
    "êch",
    "ênh",
    "i",
    "ia",
    "iu",
    "ích",
    "inh",
    "iêu",
    "iên",
    "iếng",
    "oa",
    "oai",
    "oan",
    "oang",
    "oanh",
    "o",
    "oi",
    "om",
    "on",
    "ong",
    "ô",
    "ôi",
    "ôm",
    "ôn",
    "ông",
    "ơ",
    "ơi",
    "ơn",
    "u",
    "ua",
    "ui",
    "uy",
    "un",
    "ung",
    "uê",
    "uôi",
    "uôn",
    "uông",
    "uya",
    "uyên",
    "ư",
    "ưa",
    "ưu",
    "ưng",
    "ươi",
    "ươm",
    "ươn",
    "ương",
]
FOREIGN = "Krông Pa, Pleiku, Đắk Lắk, Y Tý, K'ho, livestream, online, freeship, combo, Facebook"


def corpus() -> list[str]:
    texts = [" ".join(onset + rhyme for rhyme in RHYMES) for onset in ONSETS]
    values = dict.fromkeys(Slot, "Gạo ST25 ở Krông Pa, 95.000 ₫")
    lines = itertools.chain.from_iterable(LINES_VI[beat] for beat in Beat)
    texts += [to_spoken(fill(line, values).text).text for line in lines if slots_of(line)]
    return [*texts, FOREIGN]


def test_every_phoneme_of_espeak_has_a_mouth_shape():
    heard = set(itertools.chain.from_iterable(phonemes_of(text) for text in corpus()))

    assert len(heard) > 60
    assert {phoneme for phoneme in heard if visemes_of(phoneme) is None} == set()


def test_silence_is_not_made_louder():
    silence = np.zeros(1000, dtype=np.int16)

    assert np.array_equal(to_speech_level(silence, 22_050), silence)


@pytest.mark.parametrize("gain", [0.02, 0.3, 1.0])
def test_any_level_comes_out_the_same(gain):
    wave = np.sin(np.arange(22_050) * 0.1) * 32_000 * gain

    levelled = to_speech_level(wave.astype(np.int16), 22_050)

    level = voiced_rms(levelled.astype(np.float32) / np.float32(FULL_SCALE), 22_050)
    assert level == pytest.approx(SPEECH_RMS, rel=0.02)
