"""What is written is what was given: by a strict reader, by PyAV, and beyond 32 bits."""

import io
from datetime import timedelta
from fractions import Fraction
from itertools import pairwise

import av
import numpy as np
import pytest
from tests.fakes.boxes import read_fragments, read_timescales
from tests.fakes.player import decode
from tests.fakes.program import AT, make_format, make_packets, send

from chophien.media.cutting import Cutter
from chophien.media.encoder import ShowEncoder
from chophien.media.fmp4 import Run, Sample, write_fragment, write_init
from chophien.media.packager import PLAYLIST, HlsPackager
from chophien.media.packets import Packet
from chophien.media.playlist import parse_playlist
from chophien.media.recorder import Recorder
from chophien.media.room_video import RoomVideo

VIDEO, AUDIO = 1, 2
# Two places where others' counters end: milliseconds of 24 bits, ticks of 32.
LONG_S = (2**24 / 1000, 2**32 / 90_000)


def test_the_init_tells_each_tracks_clock():
    assert read_timescales(write_init(make_format(rate_hz=44_100))) == {
        VIDEO: 90_000,
        AUDIO: 44_100,
    }


def test_a_fragment_holds_what_it_was_given():
    pictures = [
        Sample(data=b"key", duration_ticks=3_000, composition_ticks=6_000),
        Sample(data=b"between", duration_ticks=3_001, is_keyframe=False, composition_ticks=-3_000),
    ]
    sounds = [Sample(data=b"aac", duration_ticks=1_024)]

    ((video, audio),) = read_fragments(
        write_fragment(
            7, Run(starts_ticks=2**40, samples=pictures), Run(starts_ticks=5, samples=sounds)
        )
    )

    assert (video.number, video.starts_ticks) == (VIDEO, 2**40)
    assert video.samples == [(3_000, 6_000, True, b"key"), (3_001, -3_000, False, b"between")]
    assert (audio.number, audio.starts_ticks, audio.samples) == (
        AUDIO,
        5,
        [(1_024, 0, True, b"aac")],
    )


def test_a_fragment_without_sound_has_one_track():
    run = Run(starts_ticks=0, samples=[Sample(data=b"key", duration_ticks=3_000)])

    ((video,),) = read_fragments(write_fragment(1, run, Run(starts_ticks=0, samples=())))

    assert video.number == VIDEO


def test_the_reader_finds_a_byte_too_many():
    """Negative control."""
    run = Run(starts_ticks=0, samples=[Sample(data=b"key", duration_ticks=3_000)])
    data = write_fragment(1, run, Run(starts_ticks=0, samples=()))
    longer = data[:-3] + b"keys"
    size = len(longer) - data.index(b"mdat") + 4
    longer = longer.replace(data[data.index(b"mdat") - 4 : data.index(b"mdat")] + b"mdat",
                            size.to_bytes(4, "big") + b"mdat")  # fmt: skip

    with pytest.raises(AssertionError, match="do not fill"):
        read_fragments(longer)


@pytest.mark.parametrize("rate_hz", [10, 25, 30, 60])
def test_parts_and_segments_hold_every_packet_once_and_in_order(tmp_path, rate_hz):
    packager = HlsPackager(tmp_path)
    send(packager, seconds=5, rate_hz=rate_hz)
    packager.finish()
    given = list(make_packets(seconds=5, rate_hz=rate_hz))

    entries = parse_playlist((tmp_path / PLAYLIST).read_text()).entries
    data = b"".join((tmp_path / entry.uri).read_bytes() for entry in entries)
    tracks = [track for fragment in read_fragments(data) for track in fragment]

    for number, is_video in ((VIDEO, True), (AUDIO, False)):
        found, clock = [], 0
        for track in tracks:
            if track.number == number:
                assert track.starts_ticks == clock, "no gap and no overlap"
                clock += sum(sample[0] for sample in track.samples)
                found += [sample[3] for sample in track.samples]
        assert found == [packet.data for packet in given if packet.is_video == is_video]


def film(seconds: float, *, starts_s: float) -> tuple[ShowEncoder, list[Packet]]:
    """Real pictures and sound whose clock has run for long."""
    encoder = ShowEncoder(width=64, height=64)
    picture = np.zeros((64, 64, 4), dtype=np.uint8)
    packets = []
    for index in range(round(seconds * 25)):
        picture[:] = index * 5 % 256
        packets += encoder.push(picture, np.full(1_920, index, dtype=np.int16))
    packets += encoder.finish()
    return encoder, [_later(packet, starts_s) for packet in packets]


def _later(packet: Packet, seconds: float) -> Packet:
    ticks = round(seconds * 25) * (3_600 if packet.is_video else 1_920)
    return Packet(
        is_video=packet.is_video,
        is_keyframe=packet.is_keyframe,
        data=packet.data,
        pts_ticks=packet.pts_ticks + ticks,
        dts_ticks=packet.dts_ticks + ticks,
        duration_ticks=packet.duration_ticks,
    )


@pytest.mark.parametrize("passes_s", LONG_S)
def test_a_show_goes_on_past_the_end_of_others_counters(tmp_path, passes_s):
    """Three seconds before to three seconds after 4 h 39 min, and 13 h 15 min."""
    encoder, packets = film(6, starts_s=passes_s - 3)
    packager, recorder = HlsPackager(tmp_path / "hls"), Recorder(tmp_path / "kept")
    for sink in (packager, recorder):
        sink.begin(encoder.format, starts_at=AT)
        for packet in packets:
            sink.push(packet)
        sink.finish()

    playlist = parse_playlist((tmp_path / "hls" / PLAYLIST).read_text())
    assert [entry.duration_ticks for entry in playlist.entries] == [90_000] * 6
    assert playlist.entries[-1].starts_at == AT + timedelta(seconds=5)
    data = (tmp_path / "hls/init-0.mp4").read_bytes()
    data += b"".join((tmp_path / "hls" / entry.uri).read_bytes() for entry in playlist.entries)
    for file in (data, (tmp_path / "kept/1.mp4").read_bytes()):
        with av.open(io.BytesIO(file)) as container:
            times = [frame.pts * frame.time_base for frame in container.decode(video=0)]
        assert len(times) == 150
        assert {after - before for before, after in pairwise(times)} == {Fraction(1, 25)}
        assert times[0] < passes_s < times[-1]


def test_pictures_out_of_order_keep_their_times(tmp_path):
    """As encoders send them that look ahead: decode order is not the order of showing."""
    order = [0, 3, 1, 2, 6, 4, 5]
    pictures = [
        Packet(
            is_video=True,
            is_keyframe=index == 0,
            data=b"picture",
            pts_ticks=(shown + 1) * 3_000,
            dts_ticks=index * 3_000,
            duration_ticks=3_000,
        )
        for index, shown in enumerate(order)
    ]
    cutter = Cutter(make_format())
    chunks = [chunk for packet in pictures for chunk in cutter.push(packet)] + cutter.finish()

    tracks = [
        track
        for chunk in chunks
        for fragment in read_fragments(write_fragment(1, chunk.video, chunk.audio))
        for track in fragment
    ]
    times = [
        track.starts_ticks + index * 3_000 + sample[1]
        for track in tracks
        for index, sample in enumerate(track.samples)
    ]
    assert times == [packet.pts_ticks for packet in pictures]


def test_the_smaller_rendition_is_the_same_show(tmp_path):
    encoder = ShowEncoder(width=360, height=640)
    picture = np.zeros((640, 360, 4), dtype=np.uint8)
    video = RoomVideo(tmp_path, first_sequence=7, low_side=160)
    video.begin(encoder.format, starts_at=AT)
    for index in range(75):
        picture[:] = 255 if 25 <= index < 50 else 0
        for packet in encoder.push(picture, np.full(1_920, 100, dtype=np.int16)):
            video.push(packet)
    for packet in encoder.finish():
        video.push(packet)
    video.finish()

    index = (tmp_path / "index.m3u8").read_text()
    assert "RESOLUTION=360x640" in index
    assert "RESOLUTION=90x160" in index
    large = parse_playlist((tmp_path / "main/live.m3u8").read_text())
    small = parse_playlist((tmp_path / "low/live.m3u8").read_text())
    assert small.entries == large.entries, "cut at the same places under the same numbers"
    shown = decode(
        (tmp_path / "low/init-7.mp4").read_bytes()
        + b"".join((tmp_path / "low" / entry.uri).read_bytes() for entry in small.entries)
    )
    assert shown.video_pts == list(range(75))
    assert shown.keyframes == [0, 25, 50]
    assert [luma > 120 for luma in shown.luma] == [False] * 25 + [True] * 25 + [False] * 25
    assert shown.audio_gaps == 0


def test_a_machine_that_cannot_follow_gives_the_smaller_rendition_up(tmp_path, monkeypatch):
    monkeypatch.setattr("chophien.media.smaller._Scaler.take", lambda *_: [])
    monkeypatch.setattr("chophien.media.smaller.LAG_TICKS_MAX", -1)
    encoder, packets = film(3, starts_s=0)
    video = RoomVideo(tmp_path, first_sequence=0, low_side=32)
    video.begin(encoder.format, starts_at=AT)
    assert "low/live.m3u8" in (tmp_path / "index.m3u8").read_text()
    for packet in packets:
        video.push(packet)
    video.finish()

    assert "low/live.m3u8" not in (tmp_path / "index.m3u8").read_text()
    assert not (tmp_path / "low/live.m3u8").exists()
    assert len(parse_playlist((tmp_path / "main/live.m3u8").read_text()).entries) == 3


def test_a_source_that_is_small_already_gets_no_smaller_one(tmp_path):
    video = RoomVideo(tmp_path, first_sequence=0, low_side=640)
    send(video, epoch=make_format(width=360, height=640), seconds=2)
    video.finish()

    assert (tmp_path / "index.m3u8").read_text().count("#EXT-X-STREAM-INF") == 1
    assert not (tmp_path / "low").exists()


def test_a_source_that_needs_more_than_was_told_tells_more(tmp_path):
    video = RoomVideo(tmp_path, first_sequence=0)
    video.begin(make_format(width=64, height=64), starts_at=AT)
    first = (tmp_path / "index.m3u8").read_text()
    for packet in make_packets(seconds=6):
        video.push(
            Packet(
                is_video=packet.is_video,
                is_keyframe=packet.is_keyframe,
                data=bytes(20_000 if packet.is_video else 300),
                pts_ticks=packet.pts_ticks,
                dts_ticks=packet.dts_ticks,
                duration_ticks=packet.duration_ticks,
            )
        )

    told = int((tmp_path / "index.m3u8").read_text().split("BANDWIDTH=")[1].split(",")[0])
    assert int(first.split("BANDWIDTH=")[1].split(",")[0]) < 25 * 20_000 * 8 <= told
