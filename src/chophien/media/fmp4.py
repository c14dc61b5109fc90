"""Fragmented MP4 written by hand: the `moov` of an epoch, a `moof` and `mdat` for each piece.

Two tracks, pictures first. Decode times are 64 bits wide, so a show never reaches their end, and
every fragment says where each of its tracks starts: nothing is carried over from the one before.

Source: ISO/IEC 14496-12 (boxes), 14496-15 (`avc1`), 14496-14 and 14496-1 (`mp4a`, `esds`).
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from chophien.media.packets import VIDEO_TICKS_HZ, AudioFormat, Format, VideoFormat

VIDEO_TRACK = 1
AUDIO_TRACK = 2
_MOVIE_TICKS_HZ = 1_000
_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_UNDETERMINED = 0x55C4  # "und", three letters of five bits
# Sample flags: what a sample depends on, and whether decoding cannot start at it.
_SYNC = 0x02000000
_NOT_SYNC = 0x01010000
_TRUN_VIDEO = 0x000F01  # data offset; duration, size, flags and composition offset of each sample
_TRUN_AUDIO = 0x000301  # data offset; duration and size of each sample
_DEFAULT_BASE_IS_MOOF = 0x020000
_DESCRIPTOR_BYTES_MAX = 0x7F


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One coded picture or piece of sound, in ticks of its track."""

    data: bytes
    duration_ticks: int
    is_keyframe: bool = True
    composition_ticks: int = 0
    """Presentation time minus decode time; may be negative."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Consecutive samples of one track."""

    starts_ticks: int
    """Decode time of the first; below 2**64."""
    samples: Sequence[Sample]


def write_init(epoch: Format) -> bytes:
    """The head of an epoch's fragments: `ftyp` and `moov`, without any sample."""
    tracks = _write_track(
        VIDEO_TRACK, VIDEO_TICKS_HZ, b"vide", _write_avc1(epoch.video), epoch.video
    ) + _write_track(AUDIO_TRACK, epoch.audio.rate_hz, b"soun", _write_mp4a(epoch.audio), None)
    extends = b"".join(
        _full(b"trex", struct.pack(">5I", track, 1, 0, 0, flags))
        for track, flags in ((VIDEO_TRACK, _NOT_SYNC), (AUDIO_TRACK, _SYNC))
    )
    movie = struct.pack(">5IH10x", 0, 0, _MOVIE_TICKS_HZ, 0, 0x10000, 0x100) + _MATRIX
    head = _full(b"mvhd", movie + bytes(24) + struct.pack(">I", AUDIO_TRACK + 1))
    kinds = b"iso6" + struct.pack(">I", 1) + b"iso6cmfcmp41"
    return _box(b"ftyp", kinds) + _box(b"moov", head + tracks + _box(b"mvex", extends))


def write_fragment(number: int, video: Run, audio: Run) -> bytes:
    """One `moof` with its `mdat`; a track without samples is left out.

    `number` counts fragments, modulo 2**32.
    """
    runs = [(VIDEO_TRACK, video), (AUDIO_TRACK, audio)]
    parts = [(track, run) for track, run in runs if run.samples]
    head = _full(b"mfhd", struct.pack(">I", number & 0xFFFFFFFF))
    size = 8 + len(head) + sum(len(_write_fragment_track(each, run, 0)) for each, run in parts)
    offset = size + 8
    tracks = b""
    for track, run in parts:
        tracks += _write_fragment_track(track, run, offset)
        offset += sum(len(sample.data) for sample in run.samples)
    data = b"".join(sample.data for _, run in parts for sample in run.samples)
    return _box(b"moof", head + tracks) + _box(b"mdat", data)


def _write_fragment_track(track: int, run: Run, data_offset: int) -> bytes:
    base = _full(b"tfhd", struct.pack(">I", track), flags=_DEFAULT_BASE_IS_MOOF)
    starts = _full(b"tfdt", struct.pack(">Q", run.starts_ticks), version=1)
    head = struct.pack(">Ii", len(run.samples), data_offset)
    if track == VIDEO_TRACK:
        rows = b"".join(
            struct.pack(
                ">IIIi",
                sample.duration_ticks,
                len(sample.data),
                _SYNC if sample.is_keyframe else _NOT_SYNC,
                sample.composition_ticks,
            )
            for sample in run.samples
        )
        samples = _full(b"trun", head + rows, version=1, flags=_TRUN_VIDEO)
    else:
        rows = b"".join(
            struct.pack(">II", sample.duration_ticks, len(sample.data)) for sample in run.samples
        )
        samples = _full(b"trun", head + rows, flags=_TRUN_AUDIO)
    return _box(b"traf", base + starts + samples)


def _write_track(
    track: int, ticks_hz: int, kind: bytes, entry: bytes, video: VideoFormat | None
) -> bytes:
    loudness = 0 if video else 0x0100
    size = (video.width << 16, video.height << 16) if video else (0, 0)
    header = struct.pack(">5I8x2hHH", 0, 0, track, 0, 0, 0, 0, loudness, 0) + _MATRIX
    media = _full(b"mdhd", struct.pack(">4IHH", 0, 0, ticks_hz, 0, _UNDETERMINED, 0))
    name = b"Video\0" if video else b"Sound\0"
    handler = _full(b"hdlr", struct.pack(">I4s12x", 0, kind) + name)
    face = _full(b"vmhd", bytes(8), flags=1) if video else _full(b"smhd", bytes(4))
    place = _box(b"dinf", _full(b"dref", struct.pack(">I", 1) + _full(b"url ", b"", flags=1)))
    described = _full(b"stsd", struct.pack(">I", 1) + entry)
    empty = b"".join(_full(each, bytes(4)) for each in (b"stts", b"stsc", b"stco"))
    table = _box(b"stbl", described + empty + _full(b"stsz", bytes(8)))
    body = media + handler + _box(b"minf", face + place + table)
    return _box(
        b"trak",
        _full(b"tkhd", header + struct.pack(">2I", *size), flags=3) + _box(b"mdia", body),
    )


def _write_avc1(video: VideoFormat) -> bytes:
    entry = struct.pack(
        ">6xH16xHHIIIH32xHh", 1, video.width, video.height, 0x480000, 0x480000, 0, 1, 0x18, -1
    )
    return _box(b"avc1", entry + _box(b"avcC", video.extradata))


def _write_mp4a(audio: AudioFormat) -> bytes:
    config = struct.pack(">BB3xII", 0x40, 0x15, 0, 0) + _descriptor(5, audio.extradata)
    stream = struct.pack(">HB", AUDIO_TRACK, 0) + _descriptor(4, config) + _descriptor(6, b"\x02")
    entry = struct.pack(">6xH8xHHHHI", 1, audio.channels, 16, 0, 0, audio.rate_hz << 16)
    return _box(b"mp4a", entry + _full(b"esds", _descriptor(3, stream)))


def _descriptor(tag: int, body: bytes) -> bytes:
    assert len(body) <= _DESCRIPTOR_BYTES_MAX, "an AudioSpecificConfig is a few bytes"
    return bytes((tag, len(body))) + body


def _full(kind: bytes, body: bytes, *, version: int = 0, flags: int = 0) -> bytes:
    return _box(kind, struct.pack(">I", version << 24 | flags) + body)


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body
