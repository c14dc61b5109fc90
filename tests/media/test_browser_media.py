"""Recordings of every kind that browsers make, and bytes that are none."""

import io
import time
from datetime import UTC, datetime
from itertools import pairwise

import av
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.fakes.recorded import KINDS, RATE, KeepingSink, decode_epoch, record

from chophien.domain import limits
from chophien.media.h264 import BadH264Error
from chophien.media.ingest import browser_media
from chophien.media.ingest.browser_media import BrowserMedia, MediaFault, find_container
from chophien.media.ingest.pipe import BarrenError, BytesPipe
from chophien.media.ingest.tracks import (
    EncodedPictures,
    EncodedSound,
    PassedPictures,
    PassedSound,
    PictureTrack,
    SoundTrack,
    fit,
)
from chophien.media.program import Program, SlateLoop

AT = datetime(2026, 11, 11, 13, 0, tzinfo=UTC)
# A picture and its sound may come apart by half a frame of AAC and a tick of WebM's clock.
SYNC_S_MAX = 0.015


def no_slate(format_) -> SlateLoop:
    raise AssertionError("no source was lost")


class Reading:
    """A program that is fed by a browser's bytes."""

    def __init__(self):
        self.sink = KeepingSink()
        self.faults: list[MediaFault] = []
        self.program = Program(sinks=[self.sink], make_slate=no_slate, started_at=AT)
        self.program.start()
        feed = self.program.attach(holder="a", source="browser")
        self.media = BrowserMedia(feed, self.faults.append)
        self.media.start()

    def give(self, data: bytes, *, container: str = "matroska", piece=4_000) -> None:
        self.media.begin(container)
        for start in range(0, len(data), piece):
            self.media.put(data[start : start + piece])

    def finish(self) -> None:
        self.media.end_recording()
        self.media.close()
        self.media.join(20)
        assert not self.media._thread.is_alive()
        deadline = time.monotonic() + 5
        while self.program._box._letters and time.monotonic() < deadline:
            time.sleep(0.01)
        self.program.end()
        assert self.program.join()


def read_all(data: bytes, *, container: str) -> Reading:
    reading = Reading()
    reading.give(data, container=container)
    reading.finish()
    return reading


@pytest.mark.parametrize("kind", KINDS)
def test_recording_becomes_h264_and_aac_in_sync(kind):
    reading = read_all(
        record(kind, seconds=2.5), container=KINDS[kind][0].replace("webm", "matroska")
    )

    assert reading.faults == []
    ((epoch, packets),) = reading.sink.epochs
    assert (epoch.video.width, epoch.video.height) == (96, 160)
    assert (epoch.audio.rate_hz, epoch.audio.channels) == (48_000, 2)
    pictures, sounds = reading.sink.list_pictures(), reading.sink.list_sounds()
    assert len(pictures) == 2.5 * RATE
    assert [each.is_keyframe for each in pictures] == [i % RATE == 0 for i in range(len(pictures))]
    assert all(b.pts_ticks - a.pts_ticks == 1024 for a, b in pairwise(sounds))
    flashes, clicks = decode_epoch(epoch, packets)
    if KINDS[kind][2] is None:
        assert clicks == []
        return
    assert len(flashes) == 3
    # The very first frame of AAC is the decoder's run-up.
    assert max(abs(a - b) for a, b in zip(flashes[1:], clicks, strict=True)) < SYNC_S_MAX


@pytest.mark.parametrize("kind", ["webm h264 opus", "mp4 h264 aac"])
def test_h264_passes_without_being_coded_anew(kind):
    data = record(kind)
    with av.open(io.BytesIO(data)) as source:
        sent = [packet.size for packet in source.demux(video=0) if packet.size]

    reading = read_all(data, container=KINDS[kind][0])

    passed = [len(each.data) for each in reading.sink.list_pictures()]
    # Parameter sets and start codes are taken out, nothing else.
    assert all(0 <= a - b < 120 for a, b in zip(sent, passed, strict=True))
    assert not reading.media.is_transcoded


def test_one_recording_after_another_makes_one_epoch_after_another():
    reading = Reading()
    reading.give(record("webm h264 opus"))
    reading.give(record("webm h264 opus", size=(160, 96)))
    reading.give(record("mp4 h264 aac"), container="mp4")
    reading.finish()

    sizes = [(epoch.video.width, epoch.video.height) for epoch, _ in reading.sink.epochs]
    assert sizes == [(96, 160), (160, 96), (96, 160)]
    assert [len(reading.sink.list_pictures(i)) for i in range(3)] == [2 * RATE] * 3


def test_recording_that_breaks_off_gives_what_was_whole():
    data = record("webm h264 opus", seconds=4)

    reading = read_all(data[: len(data) // 2], container="matroska")

    assert reading.faults == []
    assert 20 < len(reading.sink.list_pictures()) < 60


def test_recording_without_keyframes_is_refused(monkeypatch):
    monkeypatch.setattr(browser_media, "KEYFRAME_WAIT_S_MAX", 2)

    reading = read_all(record("webm h264 opus", seconds=4, keyframe_s=100), container="matroska")

    assert reading.faults == [MediaFault.NO_KEYFRAME]


def test_picture_that_is_too_large_is_refused(monkeypatch):
    monkeypatch.setattr("chophien.media.h264.SIDE_MAX", 100)

    reading = read_all(record("webm h264 opus"), container="matroska")

    assert reading.faults == [MediaFault.UNFIT]
    assert reading.sink.epochs == []


def test_sound_alone_is_refused():
    file = io.BytesIO()
    with av.open(file, "w", format="matroska") as output:
        sound = output.add_stream("libopus", rate=48_000)
        sound.layout = "stereo"
        frame = av.AudioFrame(format="flt", layout="stereo", samples=960)
        frame.sample_rate, frame.pts = 48_000, 0
        output.mux(sound.encode(frame))
        output.mux(sound.encode(None))

    reading = read_all(file.getvalue(), container="matroska")

    assert reading.faults == [MediaFault.NO_PICTURES]


@pytest.mark.parametrize("container", ["matroska", "mp4"])
@pytest.mark.parametrize(
    ("label", "data"),
    [
        ("nothing but zeros", bytes(1_000_000)),
        ("a megabyte of noise", bytes((i * i * 31 + i // 7) % 256 for i in range(1_000_000))),
        ("a page", b"<!doctype html><title>no</title>" * 20),
        ("another container", record("webm vp8 opus")[4:]),
        ("nearly nothing", b"\x1a\x45\xdf\xa3"),
    ],
)
def test_bytes_that_are_no_recording_end_without_a_picture(container, label, data):
    reading = read_all(data, container=container)

    assert reading.sink.epochs == [], label
    assert reading.faults in ([], [MediaFault.NOT_MEDIA], [MediaFault.NO_PICTURES])


HEALTHY = record("webm h264 opus", seconds=1)
HEALTHY_MP4 = record("mp4 h264 aac", seconds=1)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    is_mp4=st.booleans(),
    changes=st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=6)), min_size=1, max_size=12),
    cut=st.floats(0.1, 1),
)
def test_recording_that_was_damaged_is_shown_in_part_or_refused(is_mp4, changes, cut):
    data = bytearray(HEALTHY_MP4 if is_mp4 else HEALTHY)
    for place, piece in changes:
        start = int(place * (len(data) - 1))
        data[start : start + len(piece)] = piece
    container = "mp4" if is_mp4 else "matroska"

    reading = read_all(bytes(data[: int(cut * len(data))]), container=container)

    assert len(reading.faults) <= 1
    for index in range(len(reading.sink.epochs)):
        times = [each.dts_ticks for each in reading.sink.list_pictures(index)]
        assert times == sorted(set(times))


def test_pipe_has_bounds_both_ways():
    pipe = BytesPipe()
    piece = bytes(1_000_000)

    taken = [pipe.offer(piece) for _ in range(6)]
    assert taken == [True] * 4 + [False] * 2

    for _ in range(limits.RECORDING_BARREN_BYTES_MAX // 1_000_000):
        pipe.read(1_000_000)
        pipe.offer(piece)
    with pytest.raises(BarrenError):
        pipe.read(1_000_000)


def test_pipe_ends_for_its_reader_when_it_is_finished_or_broken_off():
    pipe = BytesPipe()
    pipe.offer(b"abc")
    pipe.finish()
    assert (pipe.read(2), pipe.read(9), pipe.read(9)) == (b"ab", b"c", b"")

    other = BytesPipe()
    other.offer(b"abc")
    other.break_off()
    assert other.read(9) == b""


@pytest.mark.parametrize(
    ("mime", "container"),
    [
        ("video/webm;codecs=h264,opus", "matroska"),
        ("video/x-matroska;codecs=avc1,opus", "matroska"),
        ("VIDEO/MP4; codecs=avc1", "mp4"),
        ("video/quicktime", None),
        ("", None),
    ],
)
def test_container_is_known_by_its_type(mime, container):
    assert find_container(mime) == container


def test_what_is_coded_anew_is_no_larger_than_a_phone_shows():
    assert fit(1216, 2160) == (720, 1280)
    assert fit(640, 361) == (640, 360)
    assert fit(7680, 1) == (1280, 2)


# ---- every track keeps the same promises


def open_track(name: str) -> tuple[PictureTrack | SoundTrack, list]:
    kind = "mp4 h264 aac" if name in {"PassedPictures", "PassedSound"} else "webm vp8 opus"
    source = av.open(io.BytesIO(record(kind)))
    is_video = name.endswith("Pictures")
    stream = source.streams.video[0] if is_video else source.streams.audio[0]
    packets = [packet for packet in source.demux(stream) if packet.size]
    decoder = stream.codec_context
    track = {
        "PassedPictures": lambda: PassedPictures(decoder.extradata),
        "EncodedPictures": lambda: EncodedPictures(decoder),
        "PassedSound": lambda: PassedSound(decoder.extradata),
        "EncodedSound": lambda: EncodedSound(decoder),
    }[name]()
    return track, packets


@pytest.mark.parametrize("name", ["PassedPictures", "EncodedPictures"])
def test_contract_picture_track_begins_with_a_format_and_a_keyframe(name):
    track, packets = open_track(name)

    pictures = [each for packet in packets for each in track.take(packet)]

    assert pictures[0].format is not None
    assert pictures[0].packet.is_keyframe
    assert [each.format for each in pictures[1:]] == [None] * (len(pictures) - 1)
    assert len(pictures) == len(packets)
    times = [each.packet.pts_ticks for each in pictures]
    assert times == sorted(set(times))


@pytest.mark.parametrize("name", ["PassedSound", "EncodedSound"])
def test_contract_sound_track_is_dated_from_its_first_sample_on(name):
    track, packets = open_track(name)

    sounds = [each for packet in packets for each in track.take(packet)]

    assert track.format.rate_hz == 48_000
    assert abs(sounds[0].pts_ticks) <= 1024
    assert {b.pts_ticks - a.pts_ticks for a, b in pairwise(sounds)} == {1024}


def test_broken_parameter_sets_are_refused():
    with pytest.raises(BadH264Error):
        PassedPictures(b"\x01\x64\x00\x1e\xff\xe1\x00\x40short")
