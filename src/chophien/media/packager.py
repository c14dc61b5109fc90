"""A program as low-latency HLS in a folder: parts, segments and their playlist.

Any process may write the folder; the door (`media/door.py`) of any other serves it, and so could
every file but the playlist by any web server or CDN: a name never gets other bytes.
"""

import logging
import re
from collections import deque
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from typing_extensions import override

from chophien.media.cutting import PART_TICKS_MAX, Chunk, Cutter
from chophien.media.fmp4 import write_fragment, write_init
from chophien.media.packets import VIDEO_TICKS_HZ, Format, Packet, Sink
from chophien.media.playlist import (
    Entry,
    Part,
    Playlist,
    PlaylistError,
    name_part,
    parse_playlist,
    render_playlist,
)

logger = logging.getLogger(__name__)

PLAYLIST = "live.m3u8"
# What players are told at first: keyframes each second or two. It grows with the segments.
TARGET_S = 2
# Half a minute: a player with a slow line may fall that far behind and still go on.
WINDOW_SEGMENTS = 30
# A segment stays on disk after it left the playlist for as long again as the playlist is: a
# player may have read the playlist just before (RFC 8216, 6.2.2).
RETAINED_SEGMENTS = WINDOW_SEGMENTS
# Parts leave the playlist after some seconds; then the segment has the same bytes.
RETAINED_PARTS_SEGMENTS = 10
_NUMBERED = re.compile(r"(?:seg|init|part)-(\d+)(?:\.\d+)?\.(?:m4s|mp4)")
_MICROSECONDS_PER_S = 1_000_000


class HlsPackager(Sink):
    """Writes one rendition's folder. Going on after a restart is part of making one.

    Each epoch begins with a segment that is marked as a discontinuity and has an init of its own;
    numbers go on from the playlist found there, and a segment that was cut off by the end of an
    earlier run is completed of the parts that players have seen. Files appear whole or not at all.
    """

    def __init__(
        self,
        folder: Path,
        *,
        first_sequence: int = 0,
        target_s: int = TARGET_S,
        window: int = WINDOW_SEGMENTS,
    ) -> None:
        """Prepare the folder, made if missing.

        A new folder numbers from `first_sequence`. Caches keep a segment for ever under its name,
        so give a number that no earlier folder of this room has reached: the Unix time in seconds
        is one, since segments last about a second.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._window = window
        self._is_first_ever = not (folder / PLAYLIST).exists()
        self._playlist = Playlist(
            target_s=target_s, part_ticks_max=PART_TICKS_MAX, first_sequence=first_sequence
        )
        if not self._is_first_ever:
            self._playlist = self._resume()
        self._retired: deque[Entry] = deque()
        self._follows_gap = True
        self._init_uri = ""
        self._cutter: Cutter | None = None
        self._sweep()
        self._complete()

    @property
    def playlist(self) -> Playlist:
        """What players are told at this moment."""
        return self._playlist

    @override
    def begin(self, epoch: Format, *, starts_at: datetime) -> None:
        """Start another epoch.

        Raises:
            OSError: something could not be written; what follows is a discontinuity.
        """
        self._end_epoch()
        self._follows_gap = True
        self._cutter = Cutter(epoch)
        self._starts_at = starts_at
        self._starts_ticks: int | None = None
        self._init = write_init(epoch)
        self._init_uri = ""

    @override
    def push(self, packet: Packet) -> None:
        """Take a packet, and write the parts that are complete by it.

        Raises:
            OSError: a part could not be written: the segment ends before it, what comes until the
                next keyframe is lost, and there is a discontinuity.
        """
        if self._cutter is not None:
            for chunk in self._cutter.push(packet):
                self._write_part(chunk)

    @override
    def finish(self) -> None:
        """Write what is left. Players go on to ask: the show may come back.

        Raises:
            OSError: it could not be written.
        """
        self._end_epoch()

    def _end_epoch(self) -> None:
        cutter, self._cutter = self._cutter, None
        if cutter is not None:
            for chunk in cutter.finish():
                self._write_part(chunk)
        self._complete()

    def _write_part(self, chunk: Chunk) -> None:
        if self._starts_ticks is None:
            self._starts_ticks = chunk.video.starts_ticks
        if chunk.starts_segment:
            self._complete()  # of a segment that broke off
        elif self._playlist.unfinished is None or self._follows_gap:
            return  # the segment's start was lost
        entry = self._playlist.unfinished or self._open_segment(chunk)
        self._follows_gap = True
        if not self._init_uri:
            init_uri = f"init-{entry.sequence}.mp4"
            self._write(init_uri, self._init)
            self._init_uri = init_uri
        part = Part(duration_ticks=chunk.duration_ticks, is_independent=chunk.is_independent)
        index = len(entry.parts)
        number = entry.sequence * 100 + index
        self._write(
            name_part(entry.sequence, index), write_fragment(number, chunk.video, chunk.audio)
        )
        self._playlist = self._playlist.show(entry.with_part(part))
        if chunk.ends_segment:
            self._complete()
        else:
            self._publish()
        self._follows_gap = False

    def _open_segment(self, chunk: Chunk) -> Entry:
        assert self._starts_ticks is not None, "set by the epoch's first part"
        since_ticks = chunk.video.starts_ticks - self._starts_ticks
        return Entry(
            sequence=self._playlist.next_sequence,
            init_uri=self._init_uri or f"init-{self._playlist.next_sequence}.mp4",
            duration_ticks=0,
            starts_at=self._starts_at
            + timedelta(microseconds=since_ticks * _MICROSECONDS_PER_S // VIDEO_TICKS_HZ),
            is_discontinuous=self._follows_gap and not self._is_first_ever,
        )

    def _complete(self) -> None:
        """Make a segment of the parts that are out."""
        entry = self._playlist.unfinished
        if entry is None:
            return
        data = b"".join((self._folder / uri).read_bytes() for uri in entry.part_uris)
        self._write(entry.uri, data)
        before = self._playlist
        self._playlist = before.append(entry, window=self._window)
        self._is_first_ever = False
        self._publish()
        self._retire(before)

    def _publish(self) -> None:
        self._write(PLAYLIST, render_playlist(self._playlist).encode())

    def _resume(self) -> Playlist:
        """Take up the playlist of the run before, without what cannot be served any more."""
        try:
            found = parse_playlist((self._folder / PLAYLIST).read_text())
        except PlaylistError:
            logger.exception("unreadable playlist in %s: going on after its files", self._folder)
            return self._after_the_files()
        names = {name for entry in found.entries for name in (entry.uri, entry.init_uri)}
        if found.unfinished is not None:
            names |= {found.unfinished.init_uri, *found.unfinished.part_uris}
        is_whole = all((self._folder / name).exists() for name in names)
        return found if is_whole else found.emptied()

    def _after_the_files(self) -> Playlist:
        """Number on from the files alone; there were fewer discontinuities than segments."""
        numbered = [_NUMBERED.fullmatch(path.name) for path in self._folder.iterdir()]
        upcoming = max((int(match[1]) + 1 for match in numbered if match), default=0)
        return replace(self._playlist, first_sequence=upcoming, discontinuity_sequence=upcoming)

    def _retire(self, before: Playlist) -> None:
        """Remove the files that no player asks for any more."""
        listed = {entry.sequence for entry in self._playlist.entries}
        self._retired.extend(entry for entry in before.entries if entry.sequence not in listed)
        if len(self._playlist.entries) > RETAINED_PARTS_SEGMENTS:
            for uri in self._playlist.entries[-1 - RETAINED_PARTS_SEGMENTS].part_uris:
                (self._folder / uri).unlink(missing_ok=True)
        while len(self._retired) > RETAINED_SEGMENTS:
            gone = self._retired.popleft()
            (self._folder / gone.uri).unlink(missing_ok=True)
            in_use = {entry.init_uri for entry in (*self._retired, *self._playlist.entries)}
            if gone.init_uri not in in_use | {self._init_uri}:
                (self._folder / gone.init_uri).unlink(missing_ok=True)

    def _sweep(self) -> None:
        """Remove what an earlier run left and no playlist lists."""
        listed = {PLAYLIST}
        for entry in (*self._playlist.entries, self._playlist.unfinished):
            if entry is not None:
                listed |= {entry.uri, entry.init_uri, *entry.part_uris}
        for path in self._folder.iterdir():
            is_ours = _NUMBERED.fullmatch(path.name) or path.name.endswith(".new")
            if is_ours and path.name not in listed:
                path.unlink()

    def _write(self, name: str, data: bytes) -> None:
        new = self._folder / f"{name}.new"
        new.write_bytes(data)
        new.replace(self._folder / name)
