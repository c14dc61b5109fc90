"""A strict reader of fragmented MP4: every byte is accounted for, or it raises."""

import struct
from dataclasses import dataclass

_INSIDE = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"dinf", b"mvex", b"moof", b"traf"}


@dataclass(frozen=True, kw_only=True)
class Track:
    """One track of one fragment."""

    number: int
    starts_ticks: int
    samples: list[tuple[int, int, bool, bytes]]
    """Duration, composition offset, whether it is a keyframe, data."""


def read_boxes(data: bytes) -> list[tuple[bytes, object]]:
    """Boxes in order; those that hold others as lists."""
    boxes, offset = [], 0
    while offset < len(data):
        size, kind = struct.unpack_from(">I4s", data, offset)
        assert 8 <= size <= len(data) - offset, f"{kind} does not end within its parent"
        body = data[offset + 8 : offset + size]
        boxes.append((kind, read_boxes(body) if kind in _INSIDE else body))
        offset += size
    return boxes


def read_timescales(init: bytes) -> dict[int, int]:
    """Ticks a second by track number."""
    found = {}
    boxes = dict(read_boxes(init))
    assert list(boxes) == [b"ftyp", b"moov"]
    for kind, trak in boxes[b"moov"]:
        if kind == b"trak":
            header, media = dict(trak)[b"tkhd"], dict(dict(trak)[b"mdia"])
            assert header[0] == media[b"mdhd"][0] == 0
            found[struct.unpack_from(">I", header, 12)[0]] = struct.unpack_from(
                ">I", media[b"mdhd"], 12
            )[0]
    return found


def read_fragments(data: bytes) -> list[list[Track]]:
    """The tracks of each `moof` and `mdat` pair; sample data has to fill the `mdat` exactly."""
    fragments, offset = [], 0
    boxes = read_boxes(data)
    assert [kind for kind, _ in boxes] == [b"moof", b"mdat"] * (len(boxes) // 2)
    for (_, moof), (_, mdat) in zip(boxes[::2], boxes[1::2], strict=True):
        size = struct.unpack_from(">I", data, offset)[0]
        assert moof[0][0] == b"mfhd"
        place = size + 8
        tracks = []
        for kind, traf in moof[1:]:
            assert kind == b"traf"
            track, used = _read_track(dict(traf), data[offset:], place)
            tracks.append(track)
            place += used
        assert place == size + 8 + len(mdat), "samples do not fill the mdat"
        fragments.append(tracks)
        offset += size + 8 + len(mdat)
    return fragments


def _read_track(traf: dict[bytes, bytes], fragment: bytes, place: int) -> tuple[Track, int]:
    assert list(traf) == [b"tfhd", b"tfdt", b"trun"]
    flags, number = struct.unpack(">II", traf[b"tfhd"])
    assert flags == 0x020000, "offsets count from the moof"
    version, starts = struct.unpack(">IQ", traf[b"tfdt"])
    assert version == 1 << 24, "64 bits of decode time"
    head, count, data_offset = struct.unpack_from(">IIi", traf[b"trun"])
    assert data_offset == place
    has = [bit for bit in (0x100, 0x200, 0x400, 0x800) if head & bit]
    assert len(traf[b"trun"]) == 12 + 4 * len(has) * count
    samples, used = [], 0
    for index in range(count):
        row = dict(
            zip(
                has,
                struct.unpack_from(f">{len(has)}I", traf[b"trun"], 12 + 4 * len(has) * index),
                strict=True,
            )
        )
        size = row[0x200]
        composition = struct.unpack(">i", struct.pack(">I", row.get(0x800, 0)))[0]
        is_keyframe = not row.get(0x400, 0) & 0x10000
        samples.append(
            (row[0x100], composition, is_keyframe, fragment[place + used : place + used + size])
        )
        used += size
    return Track(number=number, starts_ticks=starts, samples=samples), used
