"""Sources that follow each other on one clock: times never go back, sound never has a hole.

Pure arithmetic, for one thread; the time of day is an argument.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chophien.domain.limits import SOURCE_AHEAD_S_MAX
from chophien.media.aac import FRAME_SAMPLES, encode_silence
from chophien.media.packets import VIDEO_TICKS_HZ, Format, Packet, Sink

# A source whose pictures are further apart than this was away: what follows is another epoch.
JUMP_TICKS = 3 * VIDEO_TICKS_HZ
# Clocks of camera and microphone drift by some parts in a million; sound is moved when it is this
# far off (lips are seen to be wrong from 45 ms on, ITU-R BT.1359).
OFF_S_PARTS = 25
# MP4 of a browser brings the sound of a second after its pictures.
SOUND_LATE_TICKS = 3 * VIDEO_TICKS_HZ // 2
USUAL_TICKS = VIDEO_TICKS_HZ // 30


class RunawayTimesError(ValueError):
    """A source's clock runs far ahead of real time: it is none."""


@dataclass(slots=True, kw_only=True)
class _Epoch:
    format: Format
    has_sound: bool
    offset_ticks: int
    """What is added to a picture's time at the source to get the program's."""
    dts_ticks: int
    sound_ticks: int
    """Where sound ends on the program's clock, in its own ticks."""
    has_begun: bool = False
    has_heard: bool = False
    step_ticks: int = USUAL_TICKS
    """How long the newest picture but one stood."""


class Joiner:
    """Carries each source's packets to the program's clock.

    `open` tells of another source or another format; its next packet is a keyframe. A jump in a
    source's own times makes another epoch of the same format at its next keyframe.

    Args:
        sink: what the program is given to.
        wall_time_of: which instant a time of the program is, in ticks of `VIDEO_TICKS_HZ`.
    """

    def __init__(self, sink: Sink, wall_time_of: Callable[[int], datetime]) -> None:
        self._sink = sink
        self._wall_time_of = wall_time_of
        self._epoch: _Epoch | None = None
        self._upcoming: tuple[Format, bool] | None = None
        self._end_ticks = 0
        self.epoch_count = 0

    @property
    def end_ticks(self) -> int:
        """How far the program has come."""
        return self._end_ticks

    def open(self, format_: Format, *, has_sound: bool = True) -> None:
        """Another source or format follows; without sound it gets silence."""
        self.close()
        self._upcoming = (format_, has_sound)

    def close(self) -> None:
        """The source is over."""
        self._epoch = self._upcoming = None

    def push(self, packet: Packet, *, now_ticks: int) -> None:
        """Take a packet with the source's own times; `now_ticks` is how old the program is.

        Raises:
            RunawayTimesError: it is of a time that is not yet.
        """
        if packet.is_video:
            self._push_picture(packet, now_ticks)
        elif self._epoch is not None and self._upcoming is None:
            self._push_sound(self._epoch, packet)

    def _push_picture(self, packet: Packet, now_ticks: int) -> None:
        epoch = self._epoch
        if epoch is not None and self._upcoming is None:
            step = packet.dts_ticks + epoch.offset_ticks - epoch.dts_ticks
            if abs(step) > JUMP_TICKS:
                self.open(epoch.format, has_sound=epoch.has_sound)
        if self._upcoming is not None:
            if not packet.is_keyframe:
                return
            epoch = self._begin(packet, now_ticks)
        if epoch is None:
            return
        dts = max(packet.dts_ticks + epoch.offset_ticks, epoch.dts_ticks + 1)
        if dts > now_ticks + SOURCE_AHEAD_S_MAX * VIDEO_TICKS_HZ:
            raise RunawayTimesError(f"{(dts - now_ticks) // VIDEO_TICKS_HZ} s ahead")
        if epoch.has_begun:
            epoch.step_ticks = min(dts - epoch.dts_ticks, VIDEO_TICKS_HZ)
        epoch.has_begun = True
        epoch.dts_ticks = dts
        pts = max(packet.pts_ticks + epoch.offset_ticks, dts)
        self._sink.push(
            replace(packet, pts_ticks=pts, dts_ticks=dts, duration_ticks=epoch.step_ticks)
        )
        self._end_ticks = max(self._end_ticks, dts + epoch.step_ticks)
        silent_ticks = dts - (SOUND_LATE_TICKS if epoch.has_sound else 0)
        self._fill(epoch, silent_ticks * epoch.format.audio.rate_hz // VIDEO_TICKS_HZ)

    def _begin(self, first: Packet, now_ticks: int) -> _Epoch:
        assert self._upcoming is not None, "a format was told"
        format_, has_sound = self._upcoming
        self._upcoming = None
        starts = max(self._end_ticks, now_ticks)
        self._epoch = _Epoch(
            format=format_,
            has_sound=has_sound,
            offset_ticks=starts - first.dts_ticks,
            dts_ticks=starts - 1,
            sound_ticks=starts * format_.audio.rate_hz // VIDEO_TICKS_HZ,
        )
        self.epoch_count += 1
        self._sink.begin(format_, starts_at=self._wall_time_of(starts))
        return self._epoch

    def _push_sound(self, epoch: _Epoch, packet: Packet) -> None:
        rate_hz = epoch.format.audio.rate_hz
        starts = packet.pts_ticks + epoch.offset_ticks * rate_hz // VIDEO_TICKS_HZ
        off = starts - epoch.sound_ticks
        off_max = rate_hz // OFF_S_PARTS if epoch.has_heard else FRAME_SAMPLES // 2
        if off < -off_max:
            return  # it was silence by then, or is from before the first picture
        if off > JUMP_TICKS * rate_hz // VIDEO_TICKS_HZ:
            return  # its clock is not the picture's
        if off > off_max:
            self._fill(epoch, starts + FRAME_SAMPLES // 2)
        epoch.has_heard = True
        self._emit_sound(epoch, packet.data)

    def _fill(self, epoch: _Epoch, until: int) -> None:
        """Silence for every whole frame up to there, in ticks of the sound."""
        audio = epoch.format.audio
        while epoch.sound_ticks + FRAME_SAMPLES <= until:
            self._emit_sound(epoch, encode_silence(audio.rate_hz, audio.channels))

    def _emit_sound(self, epoch: _Epoch, data: bytes) -> None:
        self._sink.push(
            Packet(
                is_video=False,
                is_keyframe=True,
                data=data,
                pts_ticks=epoch.sound_ticks,
                dts_ticks=epoch.sound_ticks,
                duration_ticks=FRAME_SAMPLES,
            )
        )
        epoch.sound_ticks += FRAME_SAMPLES
        ends = epoch.sound_ticks * VIDEO_TICKS_HZ // epoch.format.audio.rate_hz
        self._end_ticks = max(self._end_ticks, ends)


def to_wall_time(started_at: datetime, ticks: int) -> datetime:
    """The instant of a time on the program's clock."""
    return started_at + timedelta(microseconds=ticks * 1_000_000 // VIDEO_TICKS_HZ)
