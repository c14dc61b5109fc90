"""Coded pictures and sound in small, for who passes them on."""

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache

import av
import numpy as np

from chophien.media.aac import FRAME_SAMPLES, build_format, encode_silence
from chophien.media.nal import build_format as build_video_format
from chophien.media.nal import read_access_unit, split_annex_b
from chophien.media.packets import VIDEO_TICKS_HZ, Format, Packet

FRAMES_PER_S = 25
FRAME_TICKS = VIDEO_TICKS_HZ // FRAMES_PER_S
RATE_HZ = 48_000


@dataclass(frozen=True)
class Coded:
    format: Format
    second: tuple[Packet, ...]
    """25 pictures from a keyframe on, and their sound, in order; can be repeated."""


@cache
def encode_second(width=180, height=320, *, bps=300_000):
    """A second of noise on x264, of about that rate; and silence."""
    context = av.CodecContext.create("libx264", "w")
    context.width, context.height, context.pix_fmt = width, height, "yuv420p"
    context.time_base = Fraction(1, FRAMES_PER_S)
    context.bit_rate = bps
    context.options = {"preset": "ultrafast", "tune": "zerolatency", "x264-params": "keyint=25"}
    packets = []
    dice = np.random.default_rng(1)
    for index in range(FRAMES_PER_S):
        noise = dice.integers(0, 255, (height, width, 3), np.uint8)
        frame = av.VideoFrame.from_ndarray(noise)
        frame.pts = index
        packets += context.encode(frame.reformat(format="yuv420p"))
    packets += context.encode(None)
    units = [read_access_unit(split_annex_b(bytes(each))) for each in packets]
    video = build_video_format(units[0].parameter_sets)
    second = [picture(unit, index) for index, unit in enumerate(units)] + [
        piece_of_sound(index) for index in range(RATE_HZ // FRAME_SAMPLES)
    ]
    second.sort(key=start_s)
    return Coded(format=Format(video=video, audio=build_format(RATE_HZ, 2)), second=tuple(second))


def start_s(packet):
    return packet.dts_ticks / (VIDEO_TICKS_HZ if packet.is_video else RATE_HZ)


def picture(unit, index):
    at = index * FRAME_TICKS
    return Packet(
        is_video=True,
        is_keyframe=unit.is_keyframe,
        data=unit.data,
        pts_ticks=at,
        dts_ticks=at,
        duration_ticks=FRAME_TICKS,
    )


def piece_of_sound(index):
    at = index * FRAME_SAMPLES
    return Packet(
        is_video=False,
        is_keyframe=True,
        data=encode_silence(RATE_HZ, 2),
        pts_ticks=at,
        dts_ticks=at,
        duration_ticks=FRAME_SAMPLES,
    )


def at_second(packet, second):
    """The same packet so many seconds later."""
    shift = second * (VIDEO_TICKS_HZ if packet.is_video else RATE_HZ)
    return replace(packet, pts_ticks=packet.pts_ticks + shift, dts_ticks=packet.dts_ticks + shift)
