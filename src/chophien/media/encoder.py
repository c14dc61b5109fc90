"""Pictures and sound in, packets out: H.264 by x264, AAC-LC by FFmpeg."""

from collections.abc import Sequence
from fractions import Fraction

import av
import numpy as np
from av.codec.context import Flags
from av.video.frame import PictureType
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from numpy.typing import NDArray

from chophien.media.packets import VIDEO_TICKS_HZ, AudioFormat, Format, Packet, VideoFormat
from chophien.media.timeline import (
    AUDIO_CLOCK,
    FRAMES_PER_S,
    RATE_HZ,
    SAMPLES_PER_FRAME,
    VIDEO_CLOCK,
    frame_starts_samples,
)

# A keyframe each second: where segments start, and where a player can go on after a loss.
# Two seconds between them saved under 1 % of the bits (measured at 720x1280).
KEYFRAME_FRAMES = FRAMES_PER_S
AUDIO_BITRATE_BPS = 128_000
VIDEO_BITRATE_BPS_MAX = 2_000_000
FRAME_TICKS = VIDEO_TICKS_HZ // FRAMES_PER_S
AAC_FRAME_SAMPLES = 1_024

X264_OPTIONS = {
    # 4 ms of CPU a frame at 720x1280 where veryfast takes 5.6 (measured).
    "preset": "superfast",
    "profile": "high",
    # Constant quality, with a ceiling for the line.
    "crf": "26",
    "maxrate": str(VIDEO_BITRATE_BPS_MAX),
    "bufsize": str(VIDEO_BITRATE_BPS_MAX),
    # Nothing is held back (no B-frames, no look-ahead, one thread), a keyframe stands only where
    # it is asked for, and units come after their length, as MP4 and FLV have them.
    "x264-params": ":".join(
        (
            f"keyint={KEYFRAME_FRAMES}",
            f"min-keyint={KEYFRAME_FRAMES}",
            "scenecut=0",
            "bframes=0",
            "rc-lookahead=0",
            "sync-lookahead=0",
            "mbtree=0",
            "sliced-threads=0",
            "threads=1",
            "repeat-headers=0",
            "force-cfr=1",
            "annexb=0",
        )
    ),
}
# A third of the time of the default coder (0.35 against 1.0 ms a frame, measured), and nearer to
# the source on speech.
AAC_OPTIONS = {"aac_coder": "fast"}


class ShowEncoder:
    """Encodes one show. Frame n and its 1,920 samples are pushed together: they cannot drift.

    AAC's first packet holds only the encoder's run-up (1,024 samples before time zero); it is
    left out, so both tracks start at zero. For one thread at a time.
    """

    def __init__(self, *, width: int, height: int) -> None:
        """Prepare for pictures of that size (both even)."""
        self._video = _open_x264(width, height)
        self._audio = _open_aac()
        self._reformatter = VideoReformatter()
        self._picture: av.VideoFrame | None = None
        self._frame_count = 0
        self.format = Format(
            video=VideoFormat(
                width=width, height=height, extradata=bytes(self._video.extradata or b"")
            ),
            audio=AudioFormat(
                rate_hz=RATE_HZ, channels=2, extradata=bytes(self._audio.extradata or b"")
            ),
        )

    def push(self, picture: NDArray[np.uint8] | None, sound: NDArray[np.int16]) -> list[Packet]:
        """Encode one frame and its sound; the picture's packet comes first.

        `picture` has shape (height, width, 4), RGBA, C-contiguous; `None` shows the one before
        again. `sound` has shape (1920,), mono.

        Raises:
            ValueError: sound of another length, or no picture at the first frame.
        """
        if sound.shape != (SAMPLES_PER_FRAME,):
            raise ValueError(f"a frame has {SAMPLES_PER_FRAME} samples, not {sound.shape}")
        if picture is not None:
            self._picture = self._convert(picture)
        if self._picture is None:
            raise ValueError("the first frame needs a picture")
        frame_index = self._frame_count
        self._frame_count += 1
        return [
            *self._encode_picture(self._picture, frame_index),
            *self._encode_sound(sound, frame_starts_samples(frame_index)),
        ]

    def finish(self) -> list[Packet]:
        """End the encoding and give what is left."""
        return [
            *_to_pictures(self._video.encode(None)),
            *_to_sounds(self._audio.encode(None)),
        ]

    def _convert(self, picture: NDArray[np.uint8]) -> av.VideoFrame:
        source = av.VideoFrame.from_numpy_buffer(picture, format="rgba")
        return self._reformatter.reformat(
            source,
            format="yuv420p",
            src_colorspace=Colorspace.ITU709,
            dst_colorspace=Colorspace.ITU709,
            src_color_range=ColorRange.JPEG,
            dst_color_range=ColorRange.MPEG,
        )

    def _encode_picture(self, frame: av.VideoFrame, frame_index: int) -> list[Packet]:
        frame.pts = frame_index
        frame.time_base = VIDEO_CLOCK
        is_keyframe = frame_index % KEYFRAME_FRAMES == 0
        frame.pict_type = PictureType.I if is_keyframe else PictureType.NONE
        return _to_pictures(self._video.encode(frame))

    def _encode_sound(self, sound: NDArray[np.int16], starts_samples: int) -> list[Packet]:
        both_sides = np.repeat(sound, 2)[None, :]
        frame = av.AudioFrame.from_ndarray(both_sides, format="s16", layout="stereo")
        frame.sample_rate = RATE_HZ
        frame.pts = starts_samples
        frame.time_base = Fraction(1, RATE_HZ)
        return _to_sounds(self._audio.encode(frame))


def _open_x264(width: int, height: int) -> av.VideoCodecContext:
    context = av.VideoCodecContext.create("libx264", "w")
    context.width, context.height = width, height
    context.pix_fmt = "yuv420p"
    context.framerate = Fraction(FRAMES_PER_S, 1)
    context.time_base = VIDEO_CLOCK
    context.gop_size = KEYFRAME_FRAMES
    context.max_b_frames = 0
    context.colorspace = context.color_primaries = context.color_trc = int(Colorspace.ITU709)
    context.color_range = int(ColorRange.MPEG)
    context.options = dict(X264_OPTIONS)
    context.flags |= Flags.global_header
    context.open()
    return context


def _open_aac() -> av.AudioCodecContext:
    context = av.AudioCodecContext.create("aac", "w")
    context.sample_rate = RATE_HZ
    context.format = "fltp"
    context.layout = "stereo"
    context.bit_rate = AUDIO_BITRATE_BPS
    context.time_base = AUDIO_CLOCK
    context.options = dict(AAC_OPTIONS)
    context.flags |= Flags.global_header
    context.open()
    return context


def _to_pictures(packets: Sequence["av.Packet[av.VideoStream]"]) -> list[Packet]:
    return [
        Packet(
            is_video=True,
            is_keyframe=packet.is_keyframe,
            data=bytes(packet),
            pts_ticks=(packet.pts or 0) * FRAME_TICKS,
            dts_ticks=(packet.dts or 0) * FRAME_TICKS,
            duration_ticks=FRAME_TICKS,
        )
        for packet in packets
    ]


def _to_sounds(packets: Sequence["av.Packet[av.AudioStream]"]) -> list[Packet]:
    """What starts at time zero or later; the duration is that of a whole frame of AAC."""
    return [
        Packet(
            is_video=False,
            is_keyframe=True,
            data=bytes(packet),
            pts_ticks=packet.pts or 0,
            dts_ticks=packet.pts or 0,
            duration_ticks=AAC_FRAME_SAMPLES,
        )
        for packet in packets
        if (packet.pts or 0) >= 0
    ]
