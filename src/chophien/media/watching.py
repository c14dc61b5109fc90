"""Who waits for the next part of a room: one look at its playlist answers all of them."""

import asyncio
import gzip
from collections.abc import Callable
from pathlib import Path

from chophien.media.playlist import Playlist, PlaylistError, parse_playlist, render_playlist

# A stat costs two microseconds, so a room that is watched takes a ten-thousandth of a core; works
# on every file system, whoever writes.
LOOK_S = 0.02
GZIP_LEVEL = 6


class Look:
    """A playlist as it was found, and its bytes in the forms that were asked for."""

    def __init__(self, playlist: Playlist, mark: tuple[int, int]) -> None:
        self.playlist = playlist
        self.mark = mark
        """Which file it was: inode, and time of its last change in nanoseconds."""
        self._bodies: dict[tuple[bool, bool], bytes] = {}

    def render(self, *, is_delta: bool, is_gzip: bool) -> bytes:
        """The playlist as bytes; made once for all who ask."""
        body = self._bodies.get((is_delta, is_gzip))
        if body is None:
            body = render_playlist(self.playlist, is_delta=is_delta).encode()
            if is_gzip:
                body = gzip.compress(body, GZIP_LEVEL, mtime=0)
            self._bodies[is_delta, is_gzip] = body
        return body


class PlaylistWatch:
    """One rendition's playlist, read when it changes; who waits is woken by one task for all."""

    def __init__(self, path: Path) -> None:
        """Watch a file that may be missing for a while."""
        self._path = path
        self._look: Look | None = None
        self._waiting: dict[asyncio.Future[Look], Callable[[Playlist], bool]] = {}
        self._task: asyncio.Task[None] | None = None

    @property
    def waiter_count(self) -> int:
        return len(self._waiting)

    def look(self) -> Look | None:
        """What the file says now; `None` when there is none that can be read."""
        try:
            found = self._path.stat()
            mark = (found.st_ino, found.st_mtime_ns)
            if self._look is None or self._look.mark != mark:
                self._look = Look(parse_playlist(self._path.read_text()), mark)
        except (FileNotFoundError, PlaylistError):
            self._look = None
        return self._look

    async def wait_until(
        self, is_there: Callable[[Playlist], bool], *, wait_s: float
    ) -> Look | None:
        """The first look of which `is_there` holds; `None` when none came in time."""
        now = self.look()
        if now is not None and is_there(now.playlist):
            return now
        waiter: asyncio.Future[Look] = asyncio.get_running_loop().create_future()
        self._waiting[waiter] = is_there
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._watch())
        try:
            async with asyncio.timeout(wait_s):
                return await waiter
        except TimeoutError:
            return None
        finally:
            self._waiting.pop(waiter, None)

    async def _watch(self) -> None:
        """Look again and again while anybody waits."""
        seen: Look | None = None
        while self._waiting:
            now = self.look()
            if now is not None and now is not seen:
                seen = now
                self._wake(now)
            await asyncio.sleep(LOOK_S)

    def _wake(self, now: Look) -> None:
        for waiter, is_there in list(self._waiting.items()):
            if not waiter.done() and is_there(now.playlist):
                waiter.set_result(now)
