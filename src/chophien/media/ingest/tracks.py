"""The two tracks of what a browser records, as packets of H.264 and AAC-LC.

What is H.264 or AAC-LC already passes; anything else is decoded and encoded anew.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

import av
import numpy as np
from av.audio.resampler import AudioResampler
from av.codec.context import Flags
from av.video.frame import PictureType
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray
from typing_extensions import override

from chophien.domain.limits import PICTURE_PIXELS_MAX, TRANSCODED_SIDE_MAX
from chophien.media import aac
from chophien.media.h264 import BadH264Error
from chophien.media.nal import (
    build_format,
    read_access_unit,
    read_record,
    split_annex_b,
    split_lengths,
)
from chophien.media.packets import VIDEO_TICKS_HZ, AudioFormat, Packet, VideoFormat

RATE_HZ = 48_000
AUDIO_BITRATE_BPS = 128_000
VIDEO_BITRATE_BPS_MAX = 2_000_000
# Sound this far from where it should be (40 ms) is moved: lips are seen to be wrong from 45 ms on.
OFF_SAMPLES_MAX = RATE_HZ // 25
# A hole longer than this is no hole but another beginning.
HOLE_SAMPLES_MAX = 3 * RATE_HZ
_X264 = {
    "preset": "superfast",
    "profile": "high",
    "crf": "26",
    "maxrate": str(VIDEO_BITRATE_BPS_MAX),
    "bufsize": str(VIDEO_BITRATE_BPS_MAX),
    # Nothing is held back, and keyframes stand where they are asked for.
    "x264-params": "keyint=infinite:scenecut=0:bframes=0:rc-lookahead=0:sync-lookahead=0:"
    "mbtree=0:sliced-threads=0:threads=1:repeat-headers=0:annexb=0:force-cfr=1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A coded picture, and the format if another one begins with it."""

    packet: Packet
    format: VideoFormat | None


class PictureTrack(Protocol):
    """Makes H.264 of what a stream's packets hold."""

    def take(self, packet: "av.Packet[av.VideoStream]") -> list[Picture]:
        """The pictures that are ready by it.

        Raises:
            BadH264Error: it is nothing that players take.
            av.FFmpegError: it cannot be decoded.
        """
        ...


class SoundTrack(Protocol):
    """Makes AAC-LC of what a stream's packets hold."""

    @property
    def format(self) -> AudioFormat: ...

    def take(self, packet: "av.Packet[av.AudioStream]") -> list[Packet]:
        """The sound that is ready by it.

        Raises:
            av.FFmpegError: it cannot be decoded.
        """
        ...


class PassedPictures(PictureTrack):
    """H.264 as it is: only its wrapping changes."""

    def __init__(self, extradata: bytes | None) -> None:
        """Take the `avcC` of the stream, or what stands there in its place."""
        self._sets: tuple[bytes, ...] = ()
        self._current: tuple[bytes, ...] = ()
        self._length_bytes: int | None = None
        if extradata and extradata[0] == 1:
            self._sets, self._length_bytes = read_record(extradata)

    @override
    def take(self, packet: "av.Packet[av.VideoStream]") -> list[Picture]:
        data = bytes(packet)
        unit = read_access_unit(
            split_annex_b(data)
            if self._length_bytes is None
            else split_lengths(data, self._length_bytes)
        )
        if unit.parameter_sets:
            self._sets = unit.parameter_sets
        if not unit.data:
            return []
        format_ = None
        if unit.is_keyframe and self._sets != self._current:
            format_ = build_format(self._sets)
            self._current = self._sets
        return [
            Picture(
                format=format_,
                packet=Packet(
                    is_video=True,
                    is_keyframe=unit.is_keyframe,
                    data=unit.data,
                    pts_ticks=to_ticks(packet.pts, packet),
                    dts_ticks=to_ticks(
                        packet.dts if packet.dts is not None else packet.pts, packet
                    ),
                    duration_ticks=to_ticks(packet.duration or 0, packet),
                ),
            )
        ]


class EncodedPictures(PictureTrack):
    """VP8, VP9 and whatever else, decoded and encoded by x264; a keyframe each second."""

    def __init__(self, decoder: av.VideoCodecContext) -> None:
        self._decoder = decoder
        self._reformatter = VideoReformatter()
        self._encoder: av.VideoCodecContext | None = None
        self._keyed_ticks = 0

    @override
    def take(self, packet: "av.Packet[av.VideoStream]") -> list[Picture]:
        time_base = packet.time_base
        pictures = []
        for frame in self._decoder.decode(packet):
            frame.time_base = time_base
            pictures += self._encode(frame)
        return pictures

    def _encode(self, frame: av.VideoFrame) -> list[Picture]:
        if frame.width * frame.height > PICTURE_PIXELS_MAX:
            raise BadH264Error(f"pictures of {frame.width} × {frame.height}")
        pts = to_ticks(frame.pts, frame)
        width, height = fit(frame.width, frame.height)
        encoder = self._encoder
        is_new = encoder is None or (encoder.width, encoder.height) != (width, height)
        if encoder is None or is_new:
            encoder = self._encoder = _open_x264(width, height)
        small = self._reformatter.reformat(frame, width=width, height=height, format="yuv420p")
        is_key = is_new or pts - self._keyed_ticks >= VIDEO_TICKS_HZ
        if is_key:
            self._keyed_ticks = pts
        small.pts, small.time_base = pts, Fraction(1, VIDEO_TICKS_HZ)
        small.pict_type = PictureType.I if is_key else PictureType.NONE
        return [
            Picture(
                packet=Packet(
                    is_video=True,
                    is_keyframe=coded.is_keyframe,
                    data=bytes(coded),
                    pts_ticks=coded.pts or 0,
                    dts_ticks=coded.pts or 0,
                    duration_ticks=0,
                ),
                format=_format_of(encoder) if is_new else None,
            )
            for coded in encoder.encode(small)
        ]


class PassedSound(SoundTrack):
    """AAC-LC as it is."""

    def __init__(self, config: bytes) -> None:
        """Take the AudioSpecificConfig.

        Raises:
            BadSoundError: of a kind that has to be encoded anew.
        """
        self._format = aac.read_format(config)

    @property
    @override
    def format(self) -> AudioFormat:
        return self._format

    @override
    def take(self, packet: "av.Packet[av.AudioStream]") -> list[Packet]:
        pts = to_ticks(packet.pts, packet, self._format.rate_hz)
        return [_make_sound(bytes(packet), pts)]


class EncodedSound(SoundTrack):
    """Opus and whatever else, as AAC-LC at 48,000 Hz in stereo.

    Samples are counted, not dated: a sound's place follows from the samples before it, as long as
    that is within `OFF_SAMPLES_MAX` of where its own time says it is.
    """

    def __init__(self, decoder: av.AudioCodecContext) -> None:
        self._decoder = decoder
        self._resampler = AudioResampler(format="fltp", layout="stereo", rate=RATE_HZ)
        self._encoder: av.AudioCodecContext | None = None
        self._waiting: NDArray[np.float32] = np.zeros((2, 0), dtype=np.float32)
        self._starts_samples = self._zero_samples = 0
        self._format = aac.build_format(RATE_HZ, 2)

    @property
    @override
    def format(self) -> AudioFormat:
        return self._format

    @override
    def take(self, packet: "av.Packet[av.AudioStream]") -> list[Packet]:
        time_base = packet.time_base
        coded = []
        for frame in self._decoder.decode(packet):
            if frame.pts is None:
                continue
            starts = int(frame.pts * (frame.time_base or time_base) * RATE_HZ)
            for piece in self._resampler.resample(frame):
                coded += self._append(piece.to_ndarray().astype(np.float32, copy=False), starts)
                starts += piece.samples
        return coded

    def _append(self, samples: NDArray[np.float32], starts: int) -> list[Packet]:
        expected = self._starts_samples + self._waiting.shape[1]
        off = starts - expected
        if self._encoder is None or not -HOLE_SAMPLES_MAX < off < HOLE_SAMPLES_MAX:
            self._begin(starts)
        elif off > OFF_SAMPLES_MAX:
            silence = np.zeros((2, off), dtype=np.float32)
            self._waiting = np.concatenate([self._waiting, silence], axis=1)
        elif off < -OFF_SAMPLES_MAX:
            samples = samples[:, -off:]
        self._waiting = np.concatenate([self._waiting, samples], axis=1)
        coded = []
        while self._waiting.shape[1] >= aac.FRAME_SAMPLES:
            coded += self._encode(np.ascontiguousarray(self._waiting[:, : aac.FRAME_SAMPLES]))
            self._waiting = self._waiting[:, aac.FRAME_SAMPLES :]
            self._starts_samples += aac.FRAME_SAMPLES
        return coded

    def _begin(self, starts: int) -> None:
        self._encoder = _open_aac()
        self._waiting = np.zeros((2, 0), dtype=np.float32)
        self._starts_samples = starts
        self._zero_samples = starts

    def _encode(self, samples: NDArray[np.float32]) -> list[Packet]:
        assert self._encoder is not None, "begun"
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="stereo")
        frame.sample_rate = RATE_HZ
        frame.pts = self._starts_samples
        frame.time_base = Fraction(1, RATE_HZ)
        # What is dated before the first sample is the encoder's run-up.
        return [
            _make_sound(bytes(coded), coded.pts)
            for coded in self._encoder.encode(frame)
            if coded.pts is not None and coded.pts >= self._zero_samples
        ]


def fit(width: int, height: int) -> tuple[int, int]:
    """The largest even size of that shape with no side over `TRANSCODED_SIDE_MAX`."""
    longer = max(width, height)
    if longer > TRANSCODED_SIDE_MAX:
        width, height = (side * TRANSCODED_SIDE_MAX // longer for side in (width, height))
    return max(width & ~1, 2), max(height & ~1, 2)


def to_ticks(
    time: int | None, dated: "av.Packet[Any] | av.VideoFrame", rate_hz: int = VIDEO_TICKS_HZ
) -> int:
    """A time of a packet or frame, in ticks of a rate; rounded down."""
    time_base = dated.time_base or Fraction(1, VIDEO_TICKS_HZ)
    return (time or 0) * time_base.numerator * rate_hz // time_base.denominator


def _make_sound(data: bytes, pts: int) -> Packet:
    return Packet(
        is_video=False,
        is_keyframe=True,
        data=data,
        pts_ticks=pts,
        dts_ticks=pts,
        duration_ticks=aac.FRAME_SAMPLES,
    )


def _open_x264(width: int, height: int) -> av.VideoCodecContext:
    encoder = av.VideoCodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.time_base = Fraction(1, VIDEO_TICKS_HZ)
    encoder.framerate = Fraction(30)
    encoder.max_b_frames = 0
    encoder.options = dict(_X264)
    encoder.flags |= Flags.global_header
    encoder.open()
    return encoder


def _format_of(encoder: av.VideoCodecContext) -> VideoFormat:
    extradata = bytes(encoder.extradata or b"")
    if extradata[:1] != b"\1":
        return build_format(split_annex_b(extradata))
    return VideoFormat(width=encoder.width, height=encoder.height, extradata=extradata)


def _open_aac() -> av.AudioCodecContext:
    encoder = av.AudioCodecContext.create("aac", "w")
    encoder.sample_rate = RATE_HZ
    encoder.layout = "stereo"
    encoder.format = "fltp"
    encoder.bit_rate = AUDIO_BITRATE_BPS
    encoder.time_base = Fraction(1, RATE_HZ)
    encoder.options = {"aac_coder": "fast"}
    encoder.flags |= Flags.global_header
    encoder.open()
    return encoder
