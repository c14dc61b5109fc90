"""An encoder's sound and pictures, as a program takes them: nothing is coded anew."""

from collections import deque
from dataclasses import dataclass
from enum import Enum, auto

from chophien.media.aac import BadSoundError, build_format, read_format
from chophien.media.h264 import BadH264Error
from chophien.media.nal import build_format as build_video_format
from chophien.media.nal import read_access_unit, read_record, split_lengths
from chophien.media.packets import VIDEO_TICKS_HZ, AudioFormat, Format, Packet, VideoFormat
from chophien.media.rtmp.chunks import UINT32_SPAN, Kind, Message
from chophien.media.rtmp.flv import (
    Part,
    UnfitMediaError,
    read_audio,
    read_video,
)

TICKS_PER_MS = VIDEO_TICKS_HZ // 1_000
# Encoders tell of their sound at once; who has not by now sends none.
SOUND_AWAITED_MS = 1_000
EARLY_PACKETS_MAX = 300
SILENT = build_format(48_000, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Begins:
    """Packets of this format follow, from a keyframe on."""

    format: Format
    has_sound: bool


class _Wrapping:
    """A clock of 32 bits made one that goes on: 49 days, and times that were set back."""

    def __init__(self) -> None:
        self._last: int | None = None

    def unwrap(self, time_ms: int) -> int:
        last = time_ms if self._last is None else self._last
        half = UINT32_SPAN // 2
        self._last = last + (time_ms - last + half) % UINT32_SPAN - half
        return self._last


class _Sound(Enum):
    AWAITED = auto()
    NONE = auto()
    THERE = auto()


class RtmpSource:
    """Turns one publisher's messages into formats and packets on the publisher's clock."""

    def __init__(self) -> None:
        self._clock = _Wrapping()
        self._video: VideoFormat | None = None
        self._length_bytes = 4
        self._audio: AudioFormat = SILENT
        self._sound = _Sound.AWAITED
        self._begun: Begins | None = None
        self._early: deque[Packet] = deque(maxlen=EARLY_PACKETS_MAX)
        self._first_ms: int | None = None

    def take(self, message: Message) -> list[Begins | Packet]:
        """What a message gives to the program.

        Raises:
            UnfitMediaError: another codec, or of a kind that viewers' devices do not play.
            BadTagError: it is broken.
        """
        time_ms = self._clock.unwrap(message.timestamp_ms)
        try:
            if message.kind == Kind.VIDEO:
                return self._take_video(message.payload, time_ms)
            return self._take_audio(message.payload, time_ms)
        except BadH264Error as fault:
            raise UnfitMediaError(f"H.264 that cannot be played: {fault}.") from fault
        except BadSoundError as fault:
            raise UnfitMediaError(f"{fault}: choose AAC-LC, mono or stereo.") from fault

    def forget(self) -> None:
        """Tell of the format once more at the next keyframe: there was a break."""
        self._begun = None

    def _take_video(self, payload: bytes, time_ms: int) -> list[Begins | Packet]:
        tag = read_video(payload)
        if tag is None or tag.part is Part.END:
            return []
        if tag.part is Part.CONFIGURATION:
            parameter_sets, self._length_bytes = read_record(tag.data)
            self._video = build_video_format(parameter_sets)
            return []
        unit = read_access_unit(split_lengths(tag.data, self._length_bytes))
        if unit.is_keyframe and len(unit.parameter_sets) > 1:
            self._video = build_video_format(unit.parameter_sets)
        if self._video is None or not unit.data:
            return []
        dts = time_ms * TICKS_PER_MS
        return self._give(
            Packet(
                is_video=True,
                is_keyframe=unit.is_keyframe,
                data=unit.data,
                pts_ticks=dts + tag.offset_ms * TICKS_PER_MS,
                dts_ticks=dts,
                duration_ticks=0,
            ),
            time_ms,
        )

    def _take_audio(self, payload: bytes, time_ms: int) -> list[Begins | Packet]:
        tag = read_audio(payload)
        if tag is None:
            return []
        if tag.part is Part.CONFIGURATION:
            self._audio, self._sound = read_format(tag.data), _Sound.THERE
            return []
        if self._sound is not _Sound.THERE or not tag.data:
            return []
        at = time_ms * self._audio.rate_hz // 1_000
        return self._give(
            Packet(
                is_video=False,
                is_keyframe=True,
                data=tag.data,
                pts_ticks=at,
                dts_ticks=at,
                duration_ticks=0,
            ),
            time_ms,
        )

    def _give(self, packet: Packet, time_ms: int) -> list[Begins | Packet]:
        """Hand on a packet; hold it while it is open whether there will be sound."""
        if self._sound is _Sound.AWAITED:
            self._first_ms = time_ms if self._first_ms is None else self._first_ms
            self._early.append(packet)
            if time_ms - self._first_ms < SOUND_AWAITED_MS:
                return []
            self._sound = _Sound.NONE
            return self._hand_on()
        self._early.append(packet)
        return self._hand_on()

    def _hand_on(self) -> list[Begins | Packet]:
        given: list[Begins | Packet] = []
        while self._early:
            packet = self._early.popleft()
            if packet.is_video and packet.is_keyframe:
                begins = self._describe()
                if begins != self._begun:
                    self._begun = begins
                    given.append(begins)
            if self._begun is not None and self._fits(packet, self._begun):
                given.append(packet)
        return given

    def _describe(self) -> Begins:
        assert self._video is not None, "a picture has a format"
        return Begins(
            format=Format(video=self._video, audio=self._audio),
            has_sound=self._sound is _Sound.THERE,
        )

    def _fits(self, packet: Packet, begun: Begins) -> bool:
        """Another kind of sound or picture waits for the next keyframe."""
        if packet.is_video:
            return begun.format.video == self._video
        return begun.has_sound and begun.format.audio == self._audio
