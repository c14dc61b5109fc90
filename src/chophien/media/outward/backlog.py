"""What waits for one platform: bounded in time, and left out by whole groups of pictures."""

from collections import deque
from dataclasses import dataclass

from chophien.media.packets import VIDEO_TICKS_HZ, Format, Packet
from chophien.media.rtmp.amf import encode
from chophien.media.rtmp.chunks import Kind
from chophien.media.rtmp.flv import Part, write_audio, write_video

TICKS_PER_MS = VIDEO_TICKS_HZ // 1_000
_AVC, _AAC = 7, 10


@dataclass(frozen=True, slots=True, eq=False)
class Headers:
    """What a receiver has to know before packets of an epoch; compared by identity."""

    format: Format
    metadata: bytes
    video: bytes
    audio: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One packet as a tag, made once for all platforms."""

    headers: Headers
    kind: Kind
    is_keyframe: bool
    """Of a picture from which one can begin."""
    time_ms: int
    payload: bytes


def build_headers(epoch: Format) -> Headers:
    """The tags that begin an epoch."""
    video, audio = epoch.video, epoch.audio
    facts: dict[str, float | bool | str] = {
        "width": video.width,
        "height": video.height,
        "videocodecid": _AVC,
        "audiocodecid": _AAC,
        "audiosamplerate": audio.rate_hz,
        "stereo": audio.channels > 1,
        "encoder": "Cho Phien",
    }
    return Headers(
        epoch,
        encode("@setDataFrame", "onMetaData", facts),
        write_video(Part.CONFIGURATION, video.extradata),
        write_audio(Part.CONFIGURATION, audio.extradata),
    )


def build_item(packet: Packet, headers: Headers) -> Item:
    """A packet as a tag."""
    if packet.is_video:
        time_ms = packet.dts_ticks // TICKS_PER_MS
        offset_ms = packet.pts_ticks // TICKS_PER_MS - time_ms
        payload = write_video(
            Part.FRAME, packet.data, is_keyframe=packet.is_keyframe, offset_ms=offset_ms
        )
    else:
        time_ms = packet.dts_ticks * 1_000 // headers.format.audio.rate_hz
        payload = write_audio(Part.FRAME, packet.data)
    return Item(
        headers=headers,
        kind=Kind.VIDEO if packet.is_video else Kind.AUDIO,
        is_keyframe=packet.is_video and packet.is_keyframe,
        time_ms=time_ms,
        payload=payload,
    )


class Backlog:
    """First in, first out; what is longer than `ms_max` loses its oldest group of pictures.

    What is left begins with a keyframe again, so a platform sees a jump and never a broken
    picture. For one thread.
    """

    def __init__(self, *, ms_max: int) -> None:
        self._ms_max = ms_max
        self._items: deque[Item] = deque()
        self._newest_ms = 0
        self._missed_since_ms: int | None = None
        self._is_begun = False
        self.dropped_ms = 0
        """How much of the program was left out, in milliseconds of media."""

    def __len__(self) -> int:
        return len(self._items)

    @property
    def queued_ms(self) -> int:
        """How much waits."""
        return self._newest_ms - self._items[0].time_ms if self._items else 0

    def put(self, item: Item) -> None:
        """Add what comes next of the program."""
        self._newest_ms = max(self._newest_ms, item.time_ms)
        if not self._items and not self._is_begun:
            if not item.is_keyframe:
                return
            self._is_begun = True
            self._count_missed(item.time_ms)
        self._items.append(item)
        if self.queued_ms > self._ms_max:
            self._drop_group()

    def take(self) -> Item | None:
        """The oldest, for sending."""
        return self._items.popleft() if self._items else None

    def clear(self) -> None:
        """Nothing of it will be sent any more."""
        self._items.clear()

    def restart(self) -> None:
        """Another connection: what is taken next is a keyframe."""
        if not self._items or not self._items[0].is_keyframe:
            self._drop_group()

    def _drop_group(self) -> None:
        """Leave out everything up to the next keyframe, or all until one comes."""
        first_ms = self._items[0].time_ms if self._items else self._newest_ms
        if self._items:
            self._items.popleft()
        while self._items and not self._items[0].is_keyframe:
            self._items.popleft()
        if self._missed_since_ms is None:
            self._missed_since_ms = first_ms
        if self._items:
            self._count_missed(self._items[0].time_ms)
        else:
            self._is_begun = False

    def _count_missed(self, until_ms: int) -> None:
        if self._missed_since_ms is not None:
            self.dropped_ms += max(until_ms - self._missed_since_ms, 0)
            self._missed_since_ms = None
