"""FLV's tags, in which RTMP carries pictures and sound: H.264 and AAC, nothing else."""

from dataclasses import dataclass
from enum import IntEnum

_AVC, _AAC = 7, 10
_KEYFRAME, _INTERFRAME = 1, 2
_AAC_TAG = 0xAF  # AAC; rate, size and channels of this byte say nothing and are always these
_ENHANCED = 0x80
_AVC_BYTES = 5
_AAC_BYTES = 2
_VIDEO_NAMES = {2: "Sorenson H.263", 4: "VP6", 5: "VP6", 12: "H.265"}
_AUDIO_NAMES = {
    0: "PCM",
    1: "ADPCM",
    2: "MP3",
    3: "PCM",
    5: "Nellymoser",
    6: "Nellymoser",
    11: "Speex",
}
_CTS_SPAN = 1 << 24


class Part(IntEnum):
    """What a tag brings."""

    CONFIGURATION = 0
    FRAME = 1
    END = 2


class UnfitMediaError(ValueError):
    """Pictures or sound that are not taken as they are; the text says what to choose instead."""


class BadTagError(ValueError):
    """A tag that is broken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoTag:
    """A piece of H.264, or its configuration."""

    part: Part
    is_keyframe: bool
    offset_ms: int
    """From decoding to showing: above nought where pictures are coded from later ones."""
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioTag:
    """A piece of AAC, or its configuration."""

    part: Part
    data: bytes


def read_video(payload: bytes) -> VideoTag | None:
    """Read a tag; `None` for one that brings nothing.

    Raises:
        UnfitMediaError: another codec.
        BadTagError: not a tag.
    """
    if not payload:
        return None
    first = payload[0]
    if first & _ENHANCED:
        name = payload[1:5].decode("ascii", errors="replace")
        raise UnfitMediaError(f"Video codec {name!r}: choose H.264 (x264, NVENC H.264) instead.")
    if first & 15 != _AVC:
        name = _VIDEO_NAMES.get(first & 15, f"number {first & 15}")
        raise UnfitMediaError(f"Video codec {name}: choose H.264 instead.")
    if first >> 4 not in {_KEYFRAME, _INTERFRAME}:
        return None  # a note of Flash's, not a picture
    if len(payload) < _AVC_BYTES or payload[1] > Part.END:
        raise BadTagError("not a tag of H.264")
    offset = int.from_bytes(payload[2:5], "big")
    return VideoTag(
        part=Part(payload[1]),
        is_keyframe=first >> 4 == _KEYFRAME,
        offset_ms=offset - _CTS_SPAN if offset >= _CTS_SPAN // 2 else offset,
        data=payload[_AVC_BYTES:],
    )


def read_audio(payload: bytes) -> AudioTag | None:
    """Read a tag; `None` for one that brings nothing.

    Raises:
        UnfitMediaError: another codec.
        BadTagError: not a tag.
    """
    if not payload:
        return None
    codec = payload[0] >> 4
    if codec != _AAC:
        name = _AUDIO_NAMES.get(codec, f"number {codec}")
        raise UnfitMediaError(f"Audio codec {name}: choose AAC instead.")
    if len(payload) < _AAC_BYTES or payload[1] > Part.FRAME:
        raise BadTagError("not a tag of AAC")
    return AudioTag(part=Part(payload[1]), data=payload[_AAC_BYTES:])


def write_video(part: Part, data: bytes, *, is_keyframe: bool = True, offset_ms: int = 0) -> bytes:
    """A tag of H.264."""
    frame = _KEYFRAME if is_keyframe else _INTERFRAME
    head = bytes((frame << 4 | _AVC, part))
    return head + (offset_ms % _CTS_SPAN).to_bytes(3, "big") + data


def write_audio(part: Part, data: bytes) -> bytes:
    """A tag of AAC."""
    return bytes((_AAC_TAG, part)) + data
