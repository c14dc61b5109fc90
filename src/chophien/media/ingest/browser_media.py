"""What a browser's MediaRecorder sends, read in a thread of its own and given to a program.

A connection has one recording after another: each is a stream with a beginning of its own.
"""

import logging
from collections import deque
from collections.abc import Callable
from enum import StrEnum
from queue import SimpleQueue
from threading import Thread
from typing import Any, cast

import av

from chophien.domain.limits import (
    KEYFRAME_WAIT_S_MAX,
    MEDIA_PACKET_BYTES_MAX,
    PICTURE_PIXELS_MAX,
    RECORDING_FAULTS_MAX,
)
from chophien.media.aac import BadSoundError, build_format
from chophien.media.h264 import BadH264Error
from chophien.media.ingest.pipe import BarrenError, BytesPipe
from chophien.media.ingest.tracks import (
    RATE_HZ,
    EncodedPictures,
    EncodedSound,
    PassedPictures,
    PassedSound,
    Picture,
    PictureTrack,
    SoundTrack,
)
from chophien.media.packets import VIDEO_TICKS_HZ, Format, Packet, VideoFormat
from chophien.media.program import Feed

logger = logging.getLogger(__name__)
CONTAINERS = {"video/webm": "matroska", "video/x-matroska": "matroska", "video/mp4": "mp4"}
READ_BYTES = 16_384
# Enough to know the tracks; what is read meanwhile is not lost.
_DEMUXER = {
    "probesize": "32768",
    "analyzeduration": "100000",
    "fpsprobesize": "0",
    "max_streams": "8",
    "max_pixels": str(PICTURE_PIXELS_MAX),
}
EARLY_SOUNDS_MAX = 200
PASSED = "h264"


class MediaFault(StrEnum):
    """Why a recording is not taken, as the browser is told."""

    NOT_MEDIA = "not_media"
    """Not what its type says, or broken beyond use."""
    NO_PICTURES = "no_pictures"
    NO_KEYFRAME = "no_keyframe"
    """Nothing can be cut, and nobody can join, for too long."""
    UNFIT = "unfit"
    """Pictures too large, or of a kind that players do not take."""
    TOO_LARGE = "too_large"
    """A packet, or what is read without finding one."""
    TOO_SLOW = "too_slow"
    """The program takes nothing: this machine does not keep up."""


class MediaFaultError(Exception):
    """A recording cannot be taken."""

    def __init__(self, fault: MediaFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


def find_container(mime: str) -> str | None:
    """The demuxer for a type that a recorder tells, `None` if it is none of ours."""
    return CONTAINERS.get(mime.partition(";")[0].strip().lower())


class BrowserMedia:
    """Reads a connection's recordings, in their order, and gives them to a feed.

    `on_fault` is called once, from the thread, when a recording is not taken; nothing more is read.
    """

    def __init__(self, feed: Feed, on_fault: Callable[[MediaFault], None]) -> None:
        self._feed = feed
        self._on_fault = on_fault
        self._recordings: SimpleQueue[tuple[str, BytesPipe] | None] = SimpleQueue()
        self._pipe: BytesPipe | None = None
        self._thread = Thread(target=self._run, name="browser media", daemon=True)
        self.media_s = 0.0
        self.is_transcoded = False

    def start(self) -> None:
        self._thread.start()

    def begin(self, container: str) -> None:
        """Another recording follows; what came of the one before is still read."""
        self.end_recording()
        self._pipe = BytesPipe()
        self._recordings.put((container, self._pipe))

    def offer(self, data: bytes) -> bool:
        """Give bytes of the recording; `False`: there is no room yet."""
        return self._pipe is None or self._pipe.offer(data)

    def put(self, data: bytes) -> None:
        """Give bytes as soon as there is room; waits."""
        if self._pipe is not None:
            self._pipe.put(data)

    def end_recording(self) -> None:
        if self._pipe is not None:
            self._pipe.finish()
        self._pipe = None

    def close(self) -> None:
        """Read nothing more."""
        if self._pipe is not None:
            self._pipe.break_off()
        self._recordings.put(None)

    def join(self, seconds_max: float) -> None:
        self._thread.join(seconds_max)

    def _run(self) -> None:
        while (upcoming := self._recordings.get()) is not None:
            container, pipe = upcoming
            try:
                _Recording(self, pipe).read(container)
            except MediaFaultError as refused:
                logger.info("a recording was not taken: %s", refused.fault)
                self._on_fault(refused.fault)
                return
            finally:
                pipe.break_off()

    def give_format(self, format_: Format, *, has_sound: bool) -> None:
        """Tell the program what follows. For a recording."""
        self._feed.begin(format_, has_sound=has_sound)

    def give(self, packet: Packet) -> None:
        """Give a packet to the program. For a recording.

        Raises:
            MediaFaultError: the program takes none.
        """
        if not self._feed.push(packet) and self._feed.end is None:
            raise MediaFaultError(MediaFault.TOO_SLOW)


class _Recording:
    """One stream of bytes from its head to its end."""

    def __init__(self, media: BrowserMedia, pipe: BytesPipe) -> None:
        self._media = media
        self._pipe = pipe
        self._pictures: PictureTrack | None = None
        self._sound: SoundTrack | None = None
        self._video: VideoFormat | None = None
        self._early: deque[Packet] = deque(maxlen=EARLY_SOUNDS_MAX)
        self._faults = 0
        self._first_ticks: int | None = None
        self._keyed_ticks = 0

    def read(self, container: str) -> None:
        """Read to the end, and give what comes.

        Raises:
            MediaFaultError: it cannot be taken.
        """
        try:
            with av.open(
                self._pipe,
                "r",
                format=container,
                options=_DEMUXER,
                buffer_size=READ_BYTES,
            ) as source:
                self._choose(source)
                for packet in source.demux():
                    self._take(packet)
        except BarrenError as fault:
            raise MediaFaultError(MediaFault.TOO_LARGE) from fault
        except BadH264Error as fault:
            logger.info("pictures that are not taken: %s", fault)
            raise MediaFaultError(MediaFault.UNFIT) from fault
        except (av.FFmpegError, ValueError, UnicodeError, OverflowError) as fault:
            if self._pipe.is_broken_off or isinstance(fault, av.EOFError):
                return
            logger.info("a recording cannot be read: %s", fault)
            raise MediaFaultError(MediaFault.NOT_MEDIA) from fault

    def _choose(self, source: "av.container.InputContainer") -> None:
        """One track of pictures, and one of sound if there is one."""
        if not source.streams.video:
            raise MediaFaultError(MediaFault.NO_PICTURES)
        video = source.streams.video[0].codec_context
        self._media.is_transcoded = video.name != PASSED
        if video.name == PASSED:
            self._pictures = PassedPictures(video.extradata)
        else:
            video.options = {"max_pixels": str(PICTURE_PIXELS_MAX)}
            video.thread_count = 1
            self._pictures = EncodedPictures(video)
        if source.streams.audio:
            self._sound = _choose_sound(source.streams.audio[0].codec_context)

    def _take(self, packet: "av.Packet[Any]") -> None:
        if packet.size > MEDIA_PACKET_BYTES_MAX:
            raise MediaFaultError(MediaFault.TOO_LARGE)
        if not packet.size or packet.pts is None:
            return
        self._pipe.note_packet()
        try:
            if packet.stream.type == "video":
                for picture in cast("PictureTrack", self._pictures).take(packet):
                    self._give_picture(picture)
            elif packet.stream.type == "audio" and self._sound is not None:
                self._give_sound(self._sound.take(packet))
        except av.FFmpegError as fault:
            self._faults += 1
            if self._faults > RECORDING_FAULTS_MAX:
                raise MediaFaultError(MediaFault.NOT_MEDIA) from fault

    def _give_picture(self, picture: Picture) -> None:
        packet = picture.packet
        if self._first_ticks is None:
            self._first_ticks = self._keyed_ticks = packet.dts_ticks
        if packet.is_keyframe:
            self._keyed_ticks = packet.dts_ticks
        elif packet.dts_ticks - self._keyed_ticks > KEYFRAME_WAIT_S_MAX * VIDEO_TICKS_HZ:
            raise MediaFaultError(MediaFault.NO_KEYFRAME)
        if picture.format is not None:
            self._begin(picture.format)
        if self._video is None:
            return  # before the first keyframe nothing can be shown
        self._media.give(packet)
        self._media.media_s = (packet.dts_ticks - self._first_ticks) / VIDEO_TICKS_HZ
        while self._early:
            self._media.give(self._early.popleft())

    def _begin(self, video: VideoFormat) -> None:
        self._video = video
        audio = build_format(RATE_HZ, 2) if self._sound is None else self._sound.format
        self._media.give_format(Format(video=video, audio=audio), has_sound=self._sound is not None)

    def _give_sound(self, packets: list[Packet]) -> None:
        for packet in packets:
            if self._video is None:
                self._early.append(packet)
            else:
                self._media.give(packet)


def _choose_sound(decoder: "av.AudioCodecContext") -> SoundTrack:
    if decoder.name == "aac":
        try:
            return PassedSound(bytes(decoder.extradata or b""))
        except BadSoundError as fault:
            logger.info("sound is encoded anew: %s", fault)
    return EncodedSound(decoder)
