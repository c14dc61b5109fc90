"""The recording of a show: files of fragmented MP4 that only grow, and a playlist of their ranges.

Every file plays by itself. What was appended is in the hands of the operating system at once, so a
program that is killed loses the seconds it was at. A machine that loses power loses what its system
had not yet written, half a minute as a rule; ranges that are not there any more are cut off.
"""

import errno
import logging
import shutil
from datetime import datetime, timedelta
from pathlib import Path

from typing_extensions import override

from chophien.media.cutting import Chunk, Cutter
from chophien.media.fmp4 import write_fragment, write_init
from chophien.media.packets import VIDEO_TICKS_HZ, Format, Packet, Sink
from chophien.wire.recordings import (
    PLAYLIST,
    Piece,
    cut_torn,
    render_piece,
)

logger = logging.getLogger(__name__)

# Pieces of this length at least: short enough to lose, long enough for a seek without many ranges.
PIECE_TICKS_MIN = 2 * VIDEO_TICKS_HZ
_MICROSECONDS_PER_S = 1_000_000


class Recorder(Sink):
    """Appends one show to its folder; a later run, or another epoch, goes on in a new file.

    While less than `disk_bytes_min` is free, or a write fails, nothing is kept; it goes on by
    itself with a file of its own when there is room again, and the replay jumps over the gap.
    """

    def __init__(self, folder: Path, *, disk_bytes_min: int = 0) -> None:
        """Take up the folder, made if missing; a torn playlist is cut to its last whole piece.

        Raises:
            OSError: it cannot be written.
            RecordingError: a playlist is there that is none of ours.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._disk_bytes_min = disk_bytes_min
        self._init = b""
        self._cutter: Cutter | None = None
        self._clock: _EpochClock | None = None
        self._file: _File | None = None
        self._piece = bytearray()
        self._piece_ticks = 0
        self._fragment_count = 0
        self.is_paused = False
        _mend(folder)

    @override
    def begin(self, epoch: Format, *, starts_at: datetime) -> None:
        self._end_epoch()
        self._cutter = Cutter(epoch, part_ticks_max=PIECE_TICKS_MIN)
        self._clock = _EpochClock(starts_at)
        self._init = write_init(epoch)

    @override
    def push(self, packet: Packet) -> None:
        if self._cutter is not None:
            for chunk in self._cutter.push(packet):
                self._take(chunk)

    @override
    def finish(self) -> None:
        self._end_epoch()

    def _end_epoch(self) -> None:
        cutter, self._cutter = self._cutter, None
        if cutter is not None:
            for chunk in cutter.finish():
                self._take(chunk)
        if self._piece:
            self._append()
        self._close()

    def _take(self, chunk: Chunk) -> None:
        self._fragment_count += 1
        self._piece += write_fragment(self._fragment_count, chunk.video, chunk.audio)
        self._piece_ticks += chunk.duration_ticks
        if chunk.ends_segment and self._piece_ticks >= PIECE_TICKS_MIN:
            self._append()

    def _append(self) -> None:
        """Put the piece at the end of its file, then name it in the playlist."""
        data, ticks = bytes(self._piece), self._piece_ticks
        self._piece.clear()
        self._piece_ticks = 0
        assert self._clock is not None, "made by the epoch's begin"
        starts_at, duration_ms = self._clock.advance(ticks)
        try:
            self._keep(data, starts_at, duration_ms)
        except OSError as fault:
            self._close()
            if not self.is_paused:
                logger.warning("recording in %s pauses: %s", self._folder, fault)
            self.is_paused = True
            return
        if self.is_paused:
            logger.warning("recording in %s goes on", self._folder)
        self.is_paused = False

    def _keep(self, data: bytes, starts_at: datetime, duration_ms: int) -> None:
        if shutil.disk_usage(self._folder).free < self._disk_bytes_min:
            raise OSError(errno.ENOSPC, "less room is left than is to stay free")
        is_first = self._file is None
        if self._file is None:
            _mend(self._folder)
            self._file = _File(self._folder, self._init)
        piece = Piece(
            file=self._file.name,
            offset_bytes=self._file.size_bytes,
            size_bytes=len(data),
            duration_ms=duration_ms,
            starts_at=starts_at,
            head_bytes=len(self._init) if is_first else 0,
        )
        self._file.append(data)
        with (self._folder / PLAYLIST).open("a") as playlist:
            playlist.write(render_piece(piece))

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file = None


class _EpochClock:
    """Where the next piece of an epoch stands; whole milliseconds whose errors do not add up."""

    def __init__(self, starts_at: datetime) -> None:
        self._starts_at = starts_at
        self._ticks = 0

    def advance(self, ticks: int) -> tuple[datetime, int]:
        """When the next piece starts, and its length in milliseconds."""
        before, self._ticks = self._ticks, self._ticks + ticks
        since = timedelta(microseconds=before * _MICROSECONDS_PER_S // VIDEO_TICKS_HZ)
        return self._starts_at + since, _to_ms(self._ticks) - _to_ms(before)


class _File:
    """One file of an epoch, from its init on."""

    def __init__(self, folder: Path, init: bytes) -> None:
        number = 1 + max((int(path.stem) for path in folder.glob("*.mp4")), default=0)
        self.name = f"{number}.mp4"
        # Written at once, without a buffer of ours: it outlives this program.
        self._open = (folder / self.name).open("xb", buffering=0)
        self.size_bytes = 0
        self.append(init)

    def append(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[self._open.write(rest) :]
        self.size_bytes += len(data)

    def close(self) -> None:
        self._open.close()


def _mend(folder: Path) -> None:
    """Begin the playlist, or cut what was torn off its end."""
    path = folder / PLAYLIST
    try:
        found = path.read_text()
    except FileNotFoundError:
        found = ""
    sizes = {each.name: each.stat().st_size for each in folder.glob("*.mp4")}
    whole = cut_torn(found, sizes)
    if whole != found:
        new = folder / f"{PLAYLIST}.new"
        new.write_text(whole)
        new.replace(path)


def _to_ms(ticks: int) -> int:
    return (ticks * 1_000 + VIDEO_TICKS_HZ // 2) // VIDEO_TICKS_HZ
