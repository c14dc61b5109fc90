"""Segments and their playlist in a folder that any static web server or CDN can serve."""

import logging
import re
from collections import deque
from datetime import datetime
from pathlib import Path

from chophien.media.encoder import SEGMENT_FRAMES, Segment
from chophien.media.playlist import (
    Entry,
    Playlist,
    PlaylistError,
    parse_playlist,
    render_playlist,
)
from chophien.media.timeline import FRAMES_PER_S, frame_starts_samples

logger = logging.getLogger(__name__)

INDEX = "index.m3u8"
TARGET_S = -(-SEGMENT_FRAMES // FRAMES_PER_S)
# Twelve seconds: a player with a slow line may fall that far behind and still go on.
WINDOW_SEGMENTS = 12
# A segment stays on disk after it left the playlist for as long again as the playlist is: a
# player may have read the playlist just before (RFC 8216, 6.2.2).
RETAINED_SEGMENTS = WINDOW_SEGMENTS
_NUMBERED = re.compile(r"(?:seg|init)-(\d+)\.(?:m4s|mp4)")


class HlsPackager:
    """Writes one room's folder. Going on after a restart is part of making one.

    The first segment of each run is marked as a discontinuity and has an init of its own; media
    sequence and discontinuity sequence go on from the playlist found there. Files appear whole or
    not at all. For one thread at a time.
    """

    def __init__(self, room: Path, init: bytes, *, first_sequence: int = 0) -> None:
        """Prepare the folder, made if missing, for segments that belong to `init`.

        A new folder numbers from `first_sequence`. Caches keep a segment for ever under its name,
        so give a number that no earlier folder of this room has reached: the Unix time in seconds
        is one, since segments last a second.
        """
        room.mkdir(parents=True, exist_ok=True)
        self._room = room
        self._is_first_ever = not (room / INDEX).exists()
        self._playlist = (
            Playlist(target_s=TARGET_S, first_sequence=first_sequence)
            if self._is_first_ever
            else self._resume()
        )
        self._follows_gap = True
        self._init_uri = f"init-{self._playlist.next_sequence}.mp4"
        self._retired: deque[Entry] = deque()
        self._sweep()
        self._write(self._init_uri, init)

    @property
    def playlist(self) -> Playlist:
        """What players are told at this moment."""
        return self._playlist

    def add(self, segment: Segment, *, starts_at: datetime) -> None:
        """Write a segment, then the playlist that lists it, then drop what is no longer needed.

        Raises:
            OSError: it could not be written and is lost; the next one is a discontinuity.
        """
        entry = Entry(
            sequence=self._playlist.next_sequence,
            init_uri=self._init_uri,
            duration_samples=frame_starts_samples(segment.frame_count),
            starts_at=starts_at,
            is_discontinuous=self._follows_gap and not self._is_first_ever,
        )
        self._follows_gap = True
        self._write(entry.uri, segment.data)
        self._follows_gap = self._is_first_ever = False
        before = self._playlist
        self._playlist = before.append(entry, window=WINDOW_SEGMENTS)
        self._write(INDEX, render_playlist(self._playlist).encode())
        self._retire(before)

    def _resume(self) -> Playlist:
        """Take up the playlist of the run before, without what cannot be served any more."""
        try:
            found = parse_playlist((self._room / INDEX).read_text())
        except PlaylistError:
            logger.exception("unreadable playlist in %s: going on after its segments", self._room)
            return self._after_the_files()
        names = {name for entry in found.entries for name in (entry.uri, entry.init_uri)}
        is_whole = all((self._room / name).exists() for name in names)
        return found if is_whole else found.emptied()

    def _after_the_files(self) -> Playlist:
        """Number on from the files alone; there were fewer discontinuities than segments."""
        numbered = [_NUMBERED.fullmatch(path.name) for path in self._room.iterdir()]
        upcoming = max((int(match[1]) + 1 for match in numbered if match), default=0)
        return Playlist(target_s=TARGET_S, first_sequence=upcoming, discontinuity_sequence=upcoming)

    def _retire(self, before: Playlist) -> None:
        listed = {entry.sequence for entry in self._playlist.entries}
        self._retired.extend(entry for entry in before.entries if entry.sequence not in listed)
        while len(self._retired) > RETAINED_SEGMENTS:
            gone = self._retired.popleft()
            (self._room / gone.uri).unlink(missing_ok=True)
            in_use = {entry.init_uri for entry in (*self._retired, *self._playlist.entries)}
            if gone.init_uri not in in_use | {self._init_uri}:
                (self._room / gone.init_uri).unlink(missing_ok=True)

    def _sweep(self) -> None:
        """Remove what an earlier run left and no playlist lists."""
        listed = {INDEX, self._init_uri}
        for entry in self._playlist.entries:
            listed |= {entry.uri, entry.init_uri}
        for path in self._room.iterdir():
            is_ours = _NUMBERED.fullmatch(path.name) or path.name.endswith(".part")
            if is_ours and path.name not in listed:
                path.unlink()

    def _write(self, name: str, data: bytes) -> None:
        part = self._room / f"{name}.part"
        part.write_bytes(data)
        part.replace(self._room / name)
