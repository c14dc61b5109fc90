"""Where a program is cut: parts of a fifth of a second, segments that begin at keyframes."""

from collections import deque
from dataclasses import dataclass

from chophien.media.fmp4 import Run, Sample
from chophien.media.packets import VIDEO_TICKS_HZ, Format, Packet

# Whole pictures of 10, 15, 25, 30, 50 and 60 a second fill 0.2 s; the rest is for clocks that
# jitter by a millisecond, and for 24 a second. No part is longer than this unless one picture is.
PART_TICKS_MAX = VIDEO_TICKS_HZ * 22 // 100
# A segment ends at the first keyframe from here on: keyframes meant to come each second do not
# come to the millisecond.
SEGMENT_TICKS_MIN = VIDEO_TICKS_HZ * 9 // 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A part of both tracks; lasts as long as its pictures."""

    video: Run
    audio: Run
    duration_ticks: int
    starts_segment: bool
    ends_segment: bool

    @property
    def is_independent(self) -> bool:
        """Whether decoding can start with it."""
        return self.video.samples[0].is_keyframe


class Cutter:
    """Cuts one epoch. Sound goes into the part during which it starts, as far as it is there."""

    def __init__(self, epoch: Format, *, part_ticks_max: int = PART_TICKS_MAX) -> None:
        """Prepare for an epoch; its first picture has to be a keyframe."""
        self._rate_hz = epoch.audio.rate_hz
        self._part_ticks_max = part_ticks_max
        self._waiting: Packet | None = None
        self._samples: list[Sample] = []
        self._starts_ticks = 0
        self._part_ticks = 0
        self._segment_ticks = 0
        self._starts_segment = True
        self._audio: deque[Packet] = deque()

    def push(self, packet: Packet) -> list[Chunk]:
        """Take one packet, and give the parts that are complete by it.

        A picture's length is known when the next one comes, so a part is a picture late.
        """
        if not packet.is_video:
            self._audio.append(packet)
            return []
        before, self._waiting = self._waiting, packet
        if before is None:
            self._starts_ticks = packet.dts_ticks
            return []
        return self._take(before, max(1, packet.dts_ticks - before.dts_ticks), packet)

    def finish(self) -> list[Chunk]:
        """Give what is left."""
        last, self._waiting = self._waiting, None
        if last is None:
            return []
        return self._take(last, max(1, last.duration_ticks), None)

    def _take(self, packet: Packet, duration_ticks: int, following: Packet | None) -> list[Chunk]:
        chunks = []
        if self._samples and self._part_ticks + duration_ticks > self._part_ticks_max:
            chunks.append(self._close(ends_segment=False))
        self._samples.append(
            Sample(
                data=packet.data,
                duration_ticks=duration_ticks,
                is_keyframe=packet.is_keyframe,
                composition_ticks=packet.pts_ticks - packet.dts_ticks,
            )
        )
        self._part_ticks += duration_ticks
        is_full = self._part_ticks + duration_ticks > self._part_ticks_max
        ends_segment = following is None or (
            following.is_keyframe and self._segment_ticks + self._part_ticks >= SEGMENT_TICKS_MIN
        )
        if ends_segment or is_full:
            chunks.append(self._close(ends_segment=ends_segment, is_last=following is None))
        return chunks

    def _close(self, *, ends_segment: bool, is_last: bool = False) -> Chunk:
        ends_ticks = self._starts_ticks + self._part_ticks
        chunk = Chunk(
            video=Run(starts_ticks=self._starts_ticks, samples=tuple(self._samples)),
            audio=self._take_audio(None if is_last else ends_ticks),
            duration_ticks=self._part_ticks,
            starts_segment=self._starts_segment,
            ends_segment=ends_segment,
        )
        self._segment_ticks = 0 if ends_segment else self._segment_ticks + self._part_ticks
        self._starts_segment = ends_segment
        self._starts_ticks = ends_ticks
        self._samples.clear()
        self._part_ticks = 0
        return chunk

    def _take_audio(self, until_ticks: int | None) -> Run:
        """The sound that starts before a time of the pictures; all of it for none."""
        starts = self._audio[0].dts_ticks if self._audio else 0
        samples = []
        while self._audio and (
            until_ticks is None
            or self._audio[0].pts_ticks * VIDEO_TICKS_HZ < until_ticks * self._rate_hz
        ):
            packet = self._audio.popleft()
            samples.append(Sample(data=packet.data, duration_ticks=packet.duration_ticks))
        return Run(starts_ticks=starts, samples=samples)
