from collections.abc import Callable

import numpy as np
import pytest
import skia
from numpy.typing import NDArray

from chophien.domain.speech.visemes import Viseme
from chophien.streamer.face.expression import VISEME_SHAPES, speak
from chophien.streamer.face.motion import move
from chophien.streamer.face.pose import Mood, Pose
from chophien.streamer.face.puppet import Puppet

WIDTH, HEIGHT = 360, 640
MOUTH = (slice(208, 236), slice(160, 202))
EYES = (slice(145, 185), slice(125, 250))
OPEN_EYED_S = 0.9
DARK = 210  # red + green + blue of the inside of the mouth; lips and skin are well above

Shot = Callable[[Pose], NDArray[np.uint8]]


@pytest.fixture(scope="module")
def shot() -> Shot:
    puppet = Puppet()
    info = skia.ImageInfo.Make(WIDTH, HEIGHT, skia.kBGRA_8888_ColorType, skia.kPremul_AlphaType)

    def draw(pose: Pose) -> NDArray[np.uint8]:
        surface = skia.Surface.MakeRaster(info)
        with surface as canvas:
            canvas.clear(0xFF808080)
            canvas.scale(WIDTH / 720, HEIGHT / 1280)
            puppet.draw(canvas, pose)
        return surface.toarray(colorType=skia.kRGBA_8888_ColorType)

    return draw


def saying(viseme: Viseme, weight: float = 1.0, mood: Mood = Mood.FRIENDLY) -> Pose:
    return Pose(at_s=OPEN_EYED_S, visemes={viseme: weight}, mood=mood)


def dark_mouth_pixels(frame: NDArray[np.uint8]) -> int:
    mouth = frame[MOUTH][:, :, :3].astype(int).sum(axis=2)
    return int((mouth < DARK).sum())


def test_same_pose_gives_same_bytes_whatever_was_drawn_between(shot: Shot) -> None:
    pose = Pose(at_s=12.34, visemes={Viseme.AA: 0.6}, loudness=0.4, pointing=0.7)
    first = shot(pose)
    shot(Pose(at_s=99.0, mood=Mood.EXCITED, greeting=1.0))

    again = shot(pose)

    assert np.array_equal(first, again)


def test_two_puppets_draw_the_same_pose_alike(shot: Shot) -> None:
    pose = Pose(at_s=7.0, mood=Mood.HAPPY, greeting=0.5)
    info = skia.ImageInfo.Make(WIDTH, HEIGHT, skia.kBGRA_8888_ColorType, skia.kPremul_AlphaType)
    surface = skia.Surface.MakeRaster(info)
    with surface as canvas:
        canvas.clear(0xFF808080)
        canvas.scale(WIDTH / 720, HEIGHT / 1280)
        Puppet().draw(canvas, pose)

    assert np.array_equal(shot(pose), surface.toarray(colorType=skia.kRGBA_8888_ColorType))


@pytest.mark.parametrize("mood", Mood)
def test_is_alive_when_silent(shot: Shot, mood: Mood) -> None:
    frames = [shot(Pose(at_s=at_s, mood=mood)) for at_s in (3.0, 3.2, 3.4)]

    assert not np.array_equal(frames[0], frames[1])
    assert not np.array_equal(frames[1], frames[2])


def test_blinks_at_uneven_times_and_closes_the_lids_fully() -> None:
    times = np.arange(0, 60, 0.02)
    lids = np.array([move(Pose(at_s=float(at_s))).lids for at_s in times])
    shut = times[lids < 0.1]
    starts = shut[np.diff(shut, prepend=-1.0) > 0.1]

    assert lids.max() == 1.0
    assert lids.min() < 0.05
    assert 12 <= len(starts) <= 40
    assert np.diff(starts).std() > 0.5


def test_blink_shows_in_the_eyes(shot: Shot) -> None:
    times = np.arange(0, 10, 0.02)
    shut_s = min(times, key=lambda at_s: move(Pose(at_s=float(at_s))).lids)
    white = [
        int((shot(Pose(at_s=at_s))[EYES][:, :, 2] > 225).sum())
        for at_s in (float(shut_s), float(shut_s) + 0.5)
    ]

    assert white[0] * 4 < white[1]


def test_never_leaps_between_frames() -> None:
    motions = [move(Pose(at_s=index / 25, mood=Mood.EXCITED)) for index in range(2500)]
    for name, most in (("yaw", 0.16), ("pitch", 0.12), ("roll_degrees", 0.5), ("shift_x", 0.6)):
        values = np.array([getattr(motion, name) for motion in motions])
        assert np.abs(np.diff(values)).max() < most, name


def test_every_viseme_has_a_mouth_of_its_own(shot: Shot) -> None:
    mouths = {viseme: shot(saying(viseme))[MOUTH].astype(int) for viseme in Viseme}

    for first in Viseme:
        for second in Viseme:
            if first < second:
                apart = np.abs(mouths[first] - mouths[second]).mean()
                assert apart > 0.8, (first, second, apart)


def test_every_viseme_is_described() -> None:
    assert set(VISEME_SHAPES) == set(Viseme)


@pytest.mark.parametrize("mood", Mood)
def test_lips_close_for_p_b_m_in_every_mood(shot: Shot, mood: Mood) -> None:
    closed = dark_mouth_pixels(shot(saying(Viseme.PP, mood=mood)))
    wide = dark_mouth_pixels(shot(saying(Viseme.AA, mood=mood)))

    assert speak(saying(Viseme.PP, mood=mood)).open == 0.0
    assert closed <= 2
    assert wide >= closed + 100


def test_lips_press_shut_against_a_vowel_that_lingers(shot: Shot) -> None:
    pose = Pose(at_s=OPEN_EYED_S, visemes={Viseme.PP: 0.9, Viseme.AA: 0.1})

    assert speak(pose).open < 1.0
    assert dark_mouth_pixels(shot(pose)) <= 2


def test_mouth_opens_with_the_weight_of_aa(shot: Shot) -> None:
    weights = [index / 8 for index in range(9)]
    gaps = [speak(saying(Viseme.AA, weight)).open for weight in weights]
    dark = [dark_mouth_pixels(shot(saying(Viseme.AA, weight))) for weight in weights]

    assert gaps == sorted(gaps)
    assert len(set(gaps)) == len(gaps)
    assert dark[-1] > dark[4] > dark[0]


def test_rounded_vowels_are_narrower_than_spread_ones() -> None:
    wide = {viseme: shape.wide for viseme, shape in VISEME_SHAPES.items()}

    assert wide[Viseme.OU] < wide[Viseme.OH] < wide[Viseme.SIL] < wide[Viseme.E]
    assert wide[Viseme.E] < wide[Viseme.IH]


def test_moods_show_in_the_face(shot: Shot) -> None:
    faces = [shot(Pose(at_s=OPEN_EYED_S, mood=mood))[100:260, 110:250].astype(int) for mood in Mood]

    for index, face in enumerate(faces):
        for other in faces[index + 1 :]:
            assert np.abs(face - other).mean() > 1.0


@pytest.mark.parametrize(
    ("name", "raised", "region"),
    [
        ("pointing", Pose(at_s=OPEN_EYED_S, pointing=1.0), (slice(335, 400), slice(25, 60))),
        ("greeting", Pose(at_s=OPEN_EYED_S, greeting=1.0), (slice(240, 330), slice(285, 350))),
    ],
)
def test_hand_rises(shot: Shot, name: str, raised: Pose, region: tuple[slice, slice]) -> None:
    resting = shot(Pose(at_s=OPEN_EYED_S))[region]
    gesture = shot(raised)[region]

    assert (resting[:, :, :3] == 0x80).all(), name
    drawn = (gesture[:, :, :3] != 0x80).any(axis=2).mean()
    assert drawn > 0.3, name
