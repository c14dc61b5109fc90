"""Pictures and sound in, segments of fragmented MP4 out: H.264 by x264, AAC-LC by FFmpeg."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
from av.video.frame import PictureType
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from numpy.typing import NDArray

from chophien.media.timeline import (
    AUDIO_CLOCK,
    FRAMES_PER_S,
    RATE_HZ,
    SAMPLES_PER_FRAME,
    VIDEO_CLOCK,
    frame_starts_samples,
)

# One second: three of them are what a player holds, so the picture is about four seconds old.
# Two-second segments saved under 1 % of the bits (measured at 720x1280).
SEGMENT_FRAMES = FRAMES_PER_S
AUDIO_BITRATE_BPS = 128_000
VIDEO_BITRATE_BPS_MAX = 2_000_000
# Divides both clocks, so that times in the file are exact.
VIDEO_TICKS_HZ = 12_800
BOX_HEADER_BYTES = 8

X264_OPTIONS: dict[str, object] = {
    # 4 ms of CPU a frame at 720x1280 where veryfast takes 5.6 (measured).
    "preset": "superfast",
    "profile": "high",
    # Constant quality, with a ceiling for the line.
    "crf": "26",
    "maxrate": str(VIDEO_BITRATE_BPS_MAX),
    "bufsize": str(VIDEO_BITRATE_BPS_MAX),
    # Nothing is held back (no B-frames, no look-ahead, one thread), and a keyframe stands only
    # where a segment starts.
    "x264-params": ":".join(
        (
            f"keyint={SEGMENT_FRAMES}",
            f"min-keyint={SEGMENT_FRAMES}",
            "scenecut=0",
            "bframes=0",
            "rc-lookahead=0",
            "sync-lookahead=0",
            "mbtree=0",
            "sliced-threads=0",
            "threads=1",
            "repeat-headers=0",
            "force-cfr=1",
        )
    ),
}
# A third of the time of the default coder (0.35 against 1.0 ms a frame, measured), and nearer to
# the source on speech.
AAC_OPTIONS: dict[str, object] = {"aac_coder": "fast"}
MUXER_OPTIONS = {
    # A fragment per keyframe; no index in memory (a show lasts for days), no edit list.
    "movflags": "+frag_keyframe+empty_moov+default_base_moof+cmaf+skip_trailer",
    "use_editlist": "0",
    "video_track_timescale": str(VIDEO_TICKS_HZ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A piece that can be decoded by itself, given the encoder's `init`: it starts at a keyframe."""

    data: bytes
    starts_frames: int
    frame_count: int


class _Boxes:
    """The file the muxer believes it writes: collects whole boxes, cannot seek."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def write(self, data: bytes) -> int:
        self._pending += data
        return len(data)

    def take(self) -> list[tuple[bytes, bytes]]:
        """Take the complete boxes so far: type and bytes with header, in order."""
        boxes = []
        offset = 0
        while len(self._pending) - offset >= BOX_HEADER_BYTES:
            size, kind = struct.unpack_from(">I4s", self._pending, offset)
            if len(self._pending) - offset < size:
                break
            boxes.append((kind, bytes(self._pending[offset : offset + size])))
            offset += size
        del self._pending[:offset]
        return boxes


class SegmentEncoder:
    """Encodes one show. Frame n and its 1,920 samples are pushed together: they cannot drift.

    AAC's first packet holds only the encoder's run-up (1,024 samples before time zero); it is
    left out, so both tracks start at zero and no edit list is needed. For one thread at a time.
    """

    def __init__(self, *, width: int, height: int) -> None:
        """Prepare for pictures of that size (both even)."""
        self._boxes = _Boxes()
        self._container = av.open(self._boxes, "w", format="mp4", options=MUXER_OPTIONS)
        self._video = self._container.add_stream("libx264", rate=FRAMES_PER_S)
        self._video.width, self._video.height = width, height
        self._video.pix_fmt = "yuv420p"
        self._video.options = dict(X264_OPTIONS)
        context = self._video.codec_context
        context.time_base = VIDEO_CLOCK
        context.gop_size = SEGMENT_FRAMES
        context.max_b_frames = 0
        context.colorspace = context.color_primaries = context.color_trc = int(Colorspace.ITU709)
        context.color_range = int(ColorRange.MPEG)
        self._audio = self._container.add_stream("aac", rate=RATE_HZ)
        self._audio.options = dict(AAC_OPTIONS)
        self._audio.codec_context.layout = "stereo"
        self._audio.codec_context.bit_rate = AUDIO_BITRATE_BPS
        self._audio.codec_context.time_base = AUDIO_CLOCK
        self._container.start_encoding()
        self._reformatter = VideoReformatter()
        self._picture: av.VideoFrame | None = None
        self._fragment = b""
        self._frame_count = 0
        self._cut_frames = 0
        self.init = b"".join(data for _, data in self._boxes.take())

    def push(
        self, picture: NDArray[np.uint8] | None, sound: NDArray[np.int16]
    ) -> tuple[Segment, ...]:
        """Encode one frame and its sound, and take the segments that are complete by now.

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
        self._encode_picture(self._picture, frame_index)
        self._encode_sound(sound, frame_starts_samples(frame_index))
        return self._take_segments()

    def finish(self) -> tuple[Segment, ...]:
        """End the encoding and take what is left; the last segment may be short."""
        self._container.mux(self._video.encode(None))
        self._mux_audio(self._audio.encode(None))
        self._container.close()
        return self._take_segments()

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

    def _encode_picture(self, frame: av.VideoFrame, frame_index: int) -> None:
        frame.pts = frame_index
        frame.time_base = VIDEO_CLOCK
        starts_segment = frame_index % SEGMENT_FRAMES == 0
        frame.pict_type = PictureType.I if starts_segment else PictureType.NONE
        self._container.mux(self._video.encode(frame))

    def _encode_sound(self, sound: NDArray[np.int16], starts_samples: int) -> None:
        both_sides = np.repeat(sound, 2)[None, :]
        frame = av.AudioFrame.from_ndarray(both_sides, format="s16", layout="stereo")
        frame.sample_rate = RATE_HZ
        frame.pts = starts_samples
        frame.time_base = Fraction(1, RATE_HZ)
        self._mux_audio(self._audio.encode(frame))

    def _mux_audio(self, packets: Sequence["av.Packet[av.AudioStream]"]) -> None:
        self._container.mux([packet for packet in packets if (packet.pts or 0) >= 0])

    def _take_segments(self) -> tuple[Segment, ...]:
        segments = []
        for kind, data in self._boxes.take():
            self._fragment += data
            if kind != b"mdat":
                continue
            starts = self._cut_frames
            self._cut_frames = min(starts + SEGMENT_FRAMES, self._frame_count)
            segments.append(
                Segment(
                    data=self._fragment,
                    starts_frames=starts,
                    frame_count=self._cut_frames - starts,
                )
            )
            self._fragment = b""
        return tuple(segments)
