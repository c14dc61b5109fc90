"""Encoded media as values: what every source gives and every sink takes.

A *program* is what a show sends: one or several *epochs* after each other, each with a format of
its own (the host's line broke and came back, a slate stood in). Times run on one program clock
over all epochs and never go back.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

VIDEO_TICKS_HZ = 90_000


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoFormat:
    """H.264 as it stands in MP4 and FLV."""

    width: int
    height: int
    extradata: bytes
    """The AVC decoder configuration record (`avcC`): SPS and PPS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioFormat:
    """AAC-LC without ADTS."""

    rate_hz: int
    channels: int
    extradata: bytes
    """The AudioSpecificConfig."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """What an epoch's packets are; a source without a microphone still has silent sound."""

    video: VideoFormat
    audio: AudioFormat


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """One coded picture, or one coded piece of sound."""

    is_video: bool
    is_keyframe: bool
    """True for all sound."""
    data: bytes
    """H.264: NAL units, each after its length in four bytes. AAC: one raw frame."""
    pts_ticks: int
    """On the program clock: `VIDEO_TICKS_HZ` for pictures, the format's `rate_hz` for sound."""
    dts_ticks: int
    duration_ticks: int


class Sink(Protocol):
    """Takes a program: HLS, a recording, a platform. Called from one thread, never for long."""

    def begin(self, epoch: Format, *, starts_at: datetime) -> None:
        """Another epoch: the next packet is a keyframe of this format, made at `starts_at`."""
        ...

    def push(self, packet: Packet) -> None:
        """One packet; each track in the order of its `dts_ticks`."""
        ...

    def finish(self) -> None:
        """The program is over."""
        ...
