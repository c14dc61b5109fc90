"""The mouth moves with the sound, through the real voice and the pose driver."""

import numpy as np
import pytest

from chophien.domain.script.beats import Beat
from chophien.domain.speech.normalise import to_spoken
from chophien.domain.speech.visemes import MouthCue, Viseme
from chophien.media.timeline import FRAMES_PER_S, SAMPLES_PER_FRAME
from chophien.streamer.desk import Utterance
from chophien.streamer.face.pose import Mood
from chophien.streamer.motion import VISEMES, approach, loudness_of, mouth_weights
from chophien.streamer.performance import Performance, prepare
from chophien.streamer.voice.espeak import EspeakVoice

# How far each shape opens the mouth.
OPENNESS = {
    Viseme.SIL: 0.0, Viseme.PP: 0.0, Viseme.FF: 0.1, Viseme.TH: 0.2, Viseme.DD: 0.2,
    Viseme.KK: 0.25, Viseme.CH: 0.2, Viseme.SS: 0.15, Viseme.NN: 0.2, Viseme.RR: 0.25,
    Viseme.AA: 1.0, Viseme.E: 0.65, Viseme.IH: 0.4, Viseme.OH: 0.75, Viseme.OU: 0.45,
}  # fmt: skip
TOGETHER = 0.5
CAPTION = "Bà con ơi, mật ong Gia Lai thơm, ngọt, và vàng như nắng."


@pytest.fixture(scope="module")
def performance() -> Performance:
    spoken = to_spoken(CAPTION)
    speech = EspeakVoice().synthesize(spoken, Mood.FRIENDLY)
    return prepare(Utterance(beat=Beat.STORY, spoken=spoken, template=CAPTION), speech)


def correlation(performance: Performance, *, shift_frames: int = 0) -> float:
    """Correlate openness of the mouth with the power of the sound `shift_frames` later."""
    openness = [
        sum(OPENNESS[viseme] * weight for viseme, weight in performance.visemes(index).items())
        for index in range(performance.frame_count)
    ]
    power = [
        float(np.sqrt(np.mean(performance.sound(index).astype(np.float64) ** 2)))
        for index in range(performance.frame_count)
    ]
    length = performance.frame_count - shift_frames
    return float(np.corrcoef(openness[:length], power[shift_frames:])[0, 1])


def test_the_mouth_opens_with_the_sound(performance):
    assert correlation(performance) > TOGETHER


def test_the_mouth_does_not_fit_sound_half_a_second_away(performance):
    """Negative control of the measure."""
    assert correlation(performance, shift_frames=FRAMES_PER_S // 2) < TOGETHER


def test_the_mouth_leads_the_sound_by_no_more_than_a_frame(performance):
    best = max(range(4), key=lambda shift: correlation(performance, shift_frames=shift))

    assert best in (0, 1)


def test_weights_share_out_one_mouth(performance):
    assert performance.weights.shape == (performance.frame_count, len(VISEMES))
    assert performance.weights.min() >= 0
    assert np.allclose(performance.weights.sum(axis=1), 1, atol=1e-5)


def test_lips_are_closed_at_the_end(performance):
    assert performance.visemes(performance.frame_count - 1) == {}


def test_lips_meet_for_m():
    spoken = to_spoken("mẹ mua mì")
    speech = EspeakVoice().synthesize(spoken, Mood.CALM)
    performance = prepare(Utterance(beat=Beat.STORY, spoken=spoken, template=""), speech)

    closing = sum(
        performance.visemes(index).get(Viseme.PP, 0) > 0.5
        for index in range(performance.frame_count)
    )

    assert closing >= 3


def test_a_shape_starts_before_its_sound():
    cues = (
        MouthCue(starts_samples=0, viseme=Viseme.SIL),
        MouthCue(starts_samples=10 * SAMPLES_PER_FRAME, viseme=Viseme.AA),
    )

    weights = mouth_weights(cues, 48_000, 20)[:, VISEMES.index(Viseme.AA)]

    assert weights[7] == 0
    assert 0 < weights[8] < weights[9] < 1
    assert weights[10] == pytest.approx(1)


def test_loudness_rises_at_once_and_falls_slowly():
    sound = np.zeros(10 * SAMPLES_PER_FRAME, dtype=np.int16)
    sound[3 * SAMPLES_PER_FRAME : 4 * SAMPLES_PER_FRAME] = 12_000

    loudness = loudness_of(sound)

    assert loudness[2] == 0
    assert loudness[3] > 0.9
    assert loudness[3] > loudness[4] > loudness[5] > loudness[6] > 0


def test_the_word_in_the_caption_follows_the_voice(performance):
    shown = [performance.caption(index) for index in range(performance.frame_count)]
    words = [CAPTION[view.starts_chars : view.ends_chars] for view in shown]

    assert words[0] == "Bà"
    assert words[-1] == "nắng"
    assert {view.text for view in shown} == {CAPTION}
    assert [view.starts_chars for view in shown] == sorted(view.starts_chars for view in shown)


def test_a_cut_ends_the_sentence_at_its_next_clause(performance):
    boundary = performance.next_clause_samples(0)
    assert boundary is not None
    cut = performance.cut(boundary)

    assert not cut.samples[boundary:].any()
    assert cut.samples[: boundary - 480].any()
    assert cut.frame_count < performance.frame_count / 2
    assert cut.visemes(cut.frame_count - 1) == {}
    said = {CAPTION[word.starts_chars : word.ends_chars] for word in cut.words}
    assert said == {"Bà", "con", "ơi"}


def test_there_is_no_clause_after_the_last(performance):
    assert performance.next_clause_samples(len(performance.samples)) is None


def test_gestures_move_step_by_step_and_stop():
    risen = 0.0
    steps = 0
    while risen < 1.0:
        risen = approach(risen, 1.0)
        steps += 1

    assert steps in (10, 11)
    assert approach(0.05, 0.0) == 0.0
