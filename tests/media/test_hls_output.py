"""What a viewer's player gets, decoded and measured. Simulated time throughout."""

import io
from pathlib import Path

import av
import numpy as np
import pytest
from tests.fakes.desk import make_goods, make_snapshot
from tests.fakes.drawing import PlainRenderer
from tests.fakes.player import decode
from tests.fakes.show import SimulatedShow

import chophien
from chophien.domain.speech.visemes import MouthCue, Viseme, WordCue
from chophien.media.encoder import ShowEncoder
from chophien.media.packets import VIDEO_TICKS_HZ
from chophien.media.timeline import SAMPLES_PER_FRAME
from chophien.streamer.face.puppet import Puppet
from chophien.streamer.stage.stage import Stage
from chophien.streamer.voice.espeak import EspeakVoice
from chophien.streamer.voice.speech import Speech, Voice

PACKAGE = Path(chophien.__file__).parent
RATE_HZ = 48_000
# ITU-R BT.1359: a sound 45 ms early or 125 ms late is noticed; the aim here is one frame.
OFFSET_MS_MAX = 40
CLICK_FRAME = 10


class ClickingVoice(Voice):
    """Silence with one click, on the first sample of its tenth frame."""

    def synthesize(self, spoken, mood):
        rate_hz = 22_050
        samples = np.zeros(rate_hz * 3, dtype=np.int16)
        starts = CLICK_FRAME * rate_hz // 25
        samples[starts : starts + 600] = np.repeat([20_000, -20_000], 5).tolist() * 60
        return Speech(
            samples=samples,
            rate_hz=rate_hz,
            mouth=(MouthCue(starts_samples=0, viseme=Viseme.SIL),),
            words=(WordCue(starts_samples=0, starts_chars=0, ends_chars=1),),
        )


class FlashingRenderer(PlainRenderer):
    """White while the pose is loud, else black; `lag_frames` late as a slow renderer would be."""

    def __init__(self, *, width: int, height: int, lag_frames: int = 0) -> None:
        super().__init__(width=width, height=height)
        self._waiting = [0] * lag_frames

    def render(self, view, pose):
        self._waiting.append(255 if pose.loudness > 0.3 else 0)
        self._picture[:, :, :3] = self._waiting.pop(0)
        return self._picture


def flash_and_click_times_ms(data: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Find where the picture turns white and where the sound sets in."""
    decoded = decode(data)
    bright = decoded.luma > 120
    flashes = np.flatnonzero(bright[1:] & ~bright[:-1]) + 1
    flash_times = np.array(decoded.video_pts)[flashes] * 40.0
    loud = np.flatnonzero(np.abs(decoded.sound.astype(np.int32)) > 4000)
    first = np.concatenate([[True], np.diff(loud) > RATE_HZ])
    return flash_times, loud[first] * 1000 / RATE_HZ


async def film(tmp_path: Path, *, seconds: float, lag_frames: int = 0) -> bytes:
    show = SimulatedShow(
        snapshot=make_snapshot(make_goods(1), make_goods(2)),
        hls_root=tmp_path,
        seconds=seconds,
        voice=ClickingVoice(),
    )
    show.renderer = FlashingRenderer(width=64, height=64, lag_frames=lag_frames)
    await show.run()
    (data,) = show.player.runs()
    return data


@pytest.mark.slow
async def test_sound_and_picture_stay_together_over_ten_minutes(tmp_path):
    flashes, clicks = flash_and_click_times_ms(await film(tmp_path, seconds=600))

    assert len(clicks) > 120
    assert len(flashes) == len(clicks)
    offsets = flashes - clicks
    assert np.abs(offsets).max() <= OFFSET_MS_MAX
    assert offsets.max() - offsets.min() < 2, "the offset does not drift"


async def test_the_measure_finds_a_picture_that_lags(tmp_path):
    """Negative control: a renderer two frames late must be out of bounds."""
    flashes, clicks = flash_and_click_times_ms(await film(tmp_path, seconds=20, lag_frames=2))

    assert len(flashes) == len(clicks) > 2
    assert np.abs(flashes - clicks).max() > OFFSET_MS_MAX


@pytest.mark.slow
async def test_twenty_seconds_at_full_size_decode_without_a_gap(tmp_path):
    """The presenter, the stage and the voice of the real show."""
    show = SimulatedShow(
        snapshot=make_snapshot(make_goods(1)),
        hls_root=tmp_path,
        seconds=20,
        width=720,
        height=1280,
        voice=EspeakVoice(),
        renderer=Stage(
            width=720,
            height=1280,
            face=Puppet(),
            pictures=PACKAGE / "web" / "static" / "pictures" / "goods",
            fonts=PACKAGE / "streamer" / "fonts",
            language="vi",
        ),
    )

    await show.run()

    (data,) = show.player.runs()
    with av.open(io.BytesIO(data)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.codec_context.name, video.width, video.height) == ("h264", 720, 1280)
        assert (video.average_rate, video.pix_fmt) == (25, "yuv420p")
        assert (audio.codec_context.name, audio.profile) == ("aac", "LC")
        assert (audio.rate, audio.layout.name) == (48_000, "stereo")
    decoded = decode(data)
    assert decoded.video_pts == list(range(500))
    assert decoded.keyframes == list(range(0, 500, 25))
    assert decoded.audio_gaps == 0
    assert abs(len(decoded.sound) - 20 * RATE_HZ) <= 1024
    assert np.abs(decoded.sound).max() > 5000, "somebody speaks"
    assert decoded.luma.min() > 20, "no frame is black"
    assert show.counts.failures == {}


async def test_each_segment_can_be_decoded_by_itself(tmp_path):
    show = SimulatedShow(snapshot=make_snapshot(make_goods(1)), hls_root=tmp_path, seconds=5)

    await show.run()

    (init,) = show.player.inits.values()
    assert len(show.player.segments) == 5
    for index, segment in enumerate(show.player.segments):
        alone = decode(init + segment)
        assert alone.video_pts == list(range(index * 25, index * 25 + 25))
        assert alone.keyframes == [index * 25]


async def test_the_playlist_says_when_each_segment_was_on_air(tmp_path):
    show = SimulatedShow(snapshot=make_snapshot(make_goods(1)), hls_root=tmp_path, seconds=4)

    await show.run()

    starts = [entry.starts_at for entry in show.player.entries]
    assert starts == [show.pacer.wall_time_of(second * RATE_HZ) for second in range(4)]
    assert {entry.duration_ticks for entry in show.player.entries} == {VIDEO_TICKS_HZ}


async def test_a_second_run_of_the_show_plays_on_after_a_discontinuity(tmp_path):
    first = SimulatedShow(snapshot=make_snapshot(make_goods(1)), hls_root=tmp_path, seconds=3.2)
    await first.run()
    second = SimulatedShow(snapshot=make_snapshot(make_goods(1)), hls_root=tmp_path, seconds=3)
    second.player = first.player
    second.pacer.each_second = first.player.follow

    await second.run()

    sequences = [entry.sequence for entry in first.player.entries]
    assert sequences == list(range(sequences[0], sequences[0] + 7))
    runs = [decode(run) for run in first.player.runs()]
    assert [len(run.video_pts) for run in runs] == [80, 75]
    assert all(run.audio_gaps == 0 for run in runs)


def test_the_encoder_refuses_sound_of_another_length():
    encoder = ShowEncoder(width=64, height=64)
    picture = np.zeros((64, 64, 4), dtype=np.uint8)

    with pytest.raises(ValueError, match="a frame has 1920 samples"):
        encoder.push(picture, np.zeros(1000, dtype=np.int16))


def test_the_encoder_needs_a_picture_to_begin_with():
    encoder = ShowEncoder(width=64, height=64)

    with pytest.raises(ValueError, match="the first frame needs a picture"):
        encoder.push(None, np.zeros(SAMPLES_PER_FRAME, dtype=np.int16))
