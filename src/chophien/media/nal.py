"""NAL units of H.264, in either of two wrappings, and how a picture is made of them.

ITU-T H.264, 7.3.1 and Annex B; ISO/IEC 14496-15, 5.3.3.1 (`avcC`).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chophien.media.h264 import BadH264Error, read_size
from chophien.media.packets import VideoFormat

LENGTH_BYTES = 4
_KIND = 0x1F
_IDR, _SPS, _PPS, _DELIMITER, _FILLER = 5, 7, 8, 9, 12
_START_CODE = re.compile(rb"\x00\x00\x01")
_SPS_BYTES_MIN = 4
# As many as an `avcC` can count.
_SPS_COUNT_MAX, _PPS_COUNT_MAX = 31, 255
# Profiles whose record also tells colour format and depth; only High of them is taken.
_HIGH = 100
_EIGHT_BITS_420 = bytes((0xFC | 1, 0xF8, 0xF8, 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessUnit:
    """One coded picture without its parameter sets."""

    data: bytes
    """NAL units, each after its length in four bytes; empty if there was no picture."""
    is_keyframe: bool
    parameter_sets: tuple[bytes, ...]
    """Those that came with it, in order."""


def split_annex_b(data: bytes) -> list[bytes]:
    """The NAL units between start codes."""
    pieces = _START_CODE.split(data)[1:]
    return [nal for piece in pieces if (nal := piece.rstrip(b"\0"))]


def split_lengths(data: bytes, length_bytes: int = LENGTH_BYTES) -> list[bytes]:
    """The NAL units that each stand after their length.

    Raises:
        BadH264Error: a length leads beyond the end.
    """
    nals = []
    place = 0
    while place < len(data):
        size = int.from_bytes(data[place : place + length_bytes], "big")
        place += length_bytes
        if not 0 < size <= len(data) - place:
            raise BadH264Error("a NAL unit is longer than its packet")
        nals.append(data[place : place + size])
        place += size
    return nals


def read_access_unit(nals: Iterable[bytes]) -> AccessUnit:
    """Take parameter sets, delimiters and filler out of a picture's NAL units."""
    kept, sets = [], []
    is_keyframe = False
    for nal in nals:
        kind = nal[0] & _KIND
        if kind in {_SPS, _PPS}:
            sets.append(nal)
        elif kind not in {_DELIMITER, _FILLER}:
            kept.append(nal)
            is_keyframe |= kind == _IDR
    data = b"".join(len(nal).to_bytes(LENGTH_BYTES, "big") + nal for nal in kept)
    return AccessUnit(data=data, is_keyframe=is_keyframe, parameter_sets=tuple(sets))


def build_format(parameter_sets: Sequence[bytes]) -> VideoFormat:
    """What pictures with these parameter sets are.

    Raises:
        BadH264Error: none, broken, or of a kind that players do not take.
    """
    sps = list(dict.fromkeys(nal for nal in parameter_sets if nal[0] & _KIND == _SPS))[
        :_SPS_COUNT_MAX
    ]
    pps = list(dict.fromkeys(nal for nal in parameter_sets if nal[0] & _KIND == _PPS))[
        :_PPS_COUNT_MAX
    ]
    if not sps or not pps or len(sps[0]) < _SPS_BYTES_MIN:
        raise BadH264Error("a picture without its parameter sets")
    record = bytes((1, *sps[0][1:4], 0xFC | (LENGTH_BYTES - 1), 0xE0 | len(sps)))
    record += b"".join(len(nal).to_bytes(2, "big") + nal for nal in sps)
    record += bytes((len(pps),)) + b"".join(len(nal).to_bytes(2, "big") + nal for nal in pps)
    if sps[0][1] == _HIGH:
        record += _EIGHT_BITS_420
    size = read_size(record)
    return VideoFormat(width=size.width, height=size.height, extradata=record)


def read_record(record: bytes) -> tuple[tuple[bytes, ...], int]:
    """The parameter sets of an `avcC`, and how many bytes tell a NAL unit's length in its packets.

    Raises:
        BadH264Error: it is none.
    """
    try:
        sets = []
        place = 5
        for mask in (0x1F, 0xFF):
            count = record[place] & mask
            place += 1
            for _ in range(count):
                size = int.from_bytes(record[place : place + 2], "big")
                sets.append(record[place + 2 : place + 2 + size])
                place += 2 + size
    except IndexError as fault:
        raise BadH264Error("an avcC that is cut off") from fault
    if record[0] != 1 or place > len(record) or not all(sets):
        raise BadH264Error("not an avcC")
    return tuple(sets), (record[4] & 3) + 1
