"""A smaller rendition of a program, made beside it at low priority, given up where it lags.

Pictures are decoded, scaled and encoded again in a thread of their own; sound goes on as it is.
"""

import logging
import os
import queue
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

import av
from av.codec.context import Flags
from av.error import FFmpegError
from av.video.frame import PictureType
from av.video.reformatter import Interpolation, VideoReformatter
from typing_extensions import override

from chophien.media.packets import VIDEO_TICKS_HZ, Format, Packet, Sink, VideoFormat

logger = logging.getLogger(__name__)

VIDEO_BITRATE_BPS_MAX = 450_000
AUDIO_BITRATE_BPS_MAX = 140_000
# So far may it be behind before it is given up: more than a hiccup of the machine.
LAG_TICKS_MAX = 4 * VIDEO_TICKS_HZ
# Below everything that a viewer of the first rendition waits for.
NICE = 10
_X264_OPTIONS = {
    "preset": "superfast",
    "profile": "main",
    "crf": "28",
    "maxrate": str(VIDEO_BITRATE_BPS_MAX),
    "bufsize": str(VIDEO_BITRATE_BPS_MAX),
    "x264-params": (
        "keyint=infinite:scenecut=0:bframes=0:rc-lookahead=0:sync-lookahead=0:mbtree=0"
        ":sliced-threads=0:threads=1:repeat-headers=0:force-cfr=1:annexb=0"
    ),
}
_TICK = Fraction(1, VIDEO_TICKS_HZ)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begin:
    epoch: Format
    starts_at: datetime
    source: VideoFormat
    encoder: av.VideoCodecContext


@dataclass(frozen=True, slots=True)
class _Finish:
    """Nothing more comes."""


class SmallerRendition(Sink):
    """Takes the program's packets, and gives smaller ones to the sink below.

    Returns at once: the work is done by a thread. When that is further behind than
    `LAG_TICKS_MAX`, or a picture cannot be decoded, `has_given_up` turns true and stays so.
    """

    bandwidth_bps = VIDEO_BITRATE_BPS_MAX * 5 // 4 + AUDIO_BITRATE_BPS_MAX

    def __init__(self, below: Sink, *, side: int) -> None:
        """Start the thread; `side` is the longer side of the pictures in pixels."""
        self._below = below
        self._side = side
        self._done_ticks: int | None = None
        self.has_given_up = False
        self.epoch: Format | None = None
        self._todo: queue.SimpleQueue[_Begin | Packet | _Finish] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="smaller", daemon=True)
        self._thread.start()

    @override
    def begin(self, epoch: Format, *, starts_at: datetime) -> None:
        encoder = _open_encoder(*fit(epoch.video, self._side))
        self.epoch = Format(
            video=VideoFormat(
                width=encoder.width,
                height=encoder.height,
                extradata=bytes(encoder.extradata or b""),
            ),
            audio=epoch.audio,
        )
        self._todo.put(
            _Begin(epoch=self.epoch, starts_at=starts_at, source=epoch.video, encoder=encoder)
        )

    @override
    def push(self, packet: Packet) -> None:
        if self.has_given_up:
            return
        self._todo.put(packet)
        if packet.is_video and self._done_ticks is not None:
            lag_ticks = packet.dts_ticks - self._done_ticks
            if lag_ticks > LAG_TICKS_MAX:
                logger.warning("the smaller rendition is %s ticks behind: given up", lag_ticks)
                self.has_given_up = True

    @override
    def finish(self) -> None:
        """Wait for the thread; what it is behind takes as long as it is allowed to be."""
        self._todo.put(_Finish())
        self._thread.join()

    def _run(self) -> None:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
        try:
            self._work()
        except (OSError, FFmpegError):
            logger.exception("the smaller rendition broke: given up")
            self.has_given_up = True

    def _work(self) -> None:
        scaler: _Scaler | None = None
        while not isinstance(task := self._todo.get(), _Finish):
            if self.has_given_up:
                continue
            if isinstance(task, _Begin):
                self._hand_on(scaler.finish() if scaler else [])
                scaler = _Scaler(task.source, task.encoder)
                self._below.begin(task.epoch, starts_at=task.starts_at)
            elif not task.is_video:
                self._below.push(task)
            elif scaler is not None:
                self._hand_on(scaler.take(task))
                self._done_ticks = task.dts_ticks
        self._hand_on(scaler.finish() if scaler else [])
        self._below.finish()

    def _hand_on(self, packets: list[Packet]) -> None:
        for packet in packets:
            self._below.push(packet)


def fit(video: VideoFormat, side: int) -> tuple[int, int]:
    """Width and height of the same shape whose longer side is `side`, both even."""
    longer = max(video.width, video.height)
    return (
        max(2, video.width * side // longer // 2 * 2),
        max(2, video.height * side // longer // 2 * 2),
    )


class _Scaler:
    """From large pictures to small ones; a keyframe stays one."""

    def __init__(self, source: VideoFormat, encoder: av.VideoCodecContext) -> None:
        self._decoder = av.VideoCodecContext.create("h264", "r")
        self._decoder.extradata = source.extradata
        self._decoder.thread_count = 1
        self._decoder.flags |= Flags.low_delay
        self._encoder = encoder
        self._reformatter = VideoReformatter()
        self._duration_ticks = 0

    def take(self, packet: Packet) -> list[Packet]:
        """The pictures that come out by one that goes in; the decoder may hold some back."""
        self._duration_ticks = packet.duration_ticks
        coded = av.Packet(packet.data)
        coded.pts, coded.dts, coded.time_base = packet.pts_ticks, packet.dts_ticks, _TICK
        coded.is_keyframe = packet.is_keyframe
        return self._shrink(self._decoder.decode(coded))

    def finish(self) -> list[Packet]:
        """What the decoder still holds."""
        return self._shrink(self._decoder.decode(None))

    def _shrink(self, pictures: Sequence[av.VideoFrame]) -> list[Packet]:
        return [
            Packet(
                is_video=True,
                is_keyframe=small.is_keyframe,
                data=bytes(small),
                pts_ticks=small.pts or 0,
                dts_ticks=small.dts or 0,
                duration_ticks=self._duration_ticks,
            )
            for picture in pictures
            for small in self._encode(picture)
        ]

    def _encode(self, picture: av.VideoFrame) -> Sequence["av.Packet[av.VideoStream]"]:
        small = self._reformatter.reformat(
            picture,
            width=self._encoder.width,
            height=self._encoder.height,
            format="yuv420p",
            interpolation=Interpolation.FAST_BILINEAR,
        )
        small.pts, small.time_base = picture.pts, _TICK
        small.pict_type = PictureType.I if picture.key_frame else PictureType.NONE
        return self._encoder.encode(small)


def _open_encoder(width: int, height: int) -> av.VideoCodecContext:
    context = av.VideoCodecContext.create("libx264", "w")
    context.width, context.height = width, height
    context.pix_fmt = "yuv420p"
    context.framerate = Fraction(25, 1)
    context.time_base = _TICK
    context.max_b_frames = 0
    context.options = dict(_X264_OPTIONS)
    context.flags |= Flags.global_header
    context.open()
    return context
