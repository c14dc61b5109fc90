"""The door of video: signed playlists, parts and recordings over HTTP, fit for a cache in front.

A playlist is held back until it has what a player asks for (blocking reload); whoever waits for
the same room waits for the same look at its file.

Source: draft-pantos-hls-rfc8216bis, sections 6.2.5.2 and appendix B.1.
"""

import asyncio
import gzip
import re
from collections import OrderedDict
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from urllib.parse import parse_qs

from chophien.domain.limits import (
    VIDEO_CACHE_BYTES_MAX,
    VIDEO_WAITERS_MAX,
    VIDEO_WATCHES_MAX,
)
from chophien.media.answers import Answer, send_answer, send_file, send_ranged, takes_gzip
from chophien.media.asgi import Receive, Scope, Send
from chophien.media.playlist import Playlist
from chophien.media.watching import GZIP_LEVEL, Look, PlaylistWatch
from chophien.wire.recordings import PLAYLIST as REPLAY_PLAYLIST
from chophien.wire.recordings import RecordingError, close_playlist
from chophien.wire.video import (
    LIVE,
    BadAddressError,
    OldAddressError,
    VideoFile,
    read_path,
)

PLAYLIST_KIND = "application/vnd.apple.mpegurl"
MEDIA_KIND = "video/mp4"
FOR_EVER = "public, max-age=31536000, immutable"
A_MOMENT = "public, max-age=1"
# An answer that was waited for is one that later askers of the same thing may have as well.
WHILE_ASKED_FOR = "public, max-age=6"
# A refused address may be renewed the next second; a file may be there the next second.
BRIEFLY_MISSING = "public, max-age=1"
# How many target durations a request waits at most (section 6.2.5.2).
WAIT_TARGETS = 3
# How many segments ahead a player may ask.
AHEAD_SEGMENTS_MAX = 1
_LIVE_INDEX = re.compile(r"index\.m3u8")
_LIVE_PLAYLIST = re.compile(r"(?P<rendition>main|low)/live\.m3u8")
_LIVE_FILE = re.compile(
    r"(?P<rendition>main|low)/(?P<name>(?:seg-\d{1,12}|part-\d{1,12}\.\d{1,4})\.m4s|init-\d{1,12}\.mp4)",
    re.ASCII,
)
_PART = re.compile(r"part-(\d+)\.(\d+)\.m4s", re.ASCII)
_REPLAY_FILE = re.compile(r"\d{1,6}\.mp4", re.ASCII)
_NUMBER = re.compile(r"\d{1,15}", re.ASCII)


class _RefusedError(Exception):
    """A request that is answered by a status and a word."""

    def __init__(self, status: HTTPStatus, word: str, *, caching: str = "no-store") -> None:
        super().__init__(word)
        self.answer = Answer(status=status, caching=caching, body=word.encode())


def _missing() -> _RefusedError:
    return _RefusedError(HTTPStatus.NOT_FOUND, "missing", caching=BRIEFLY_MISSING)


class VideoDoor:
    """The ASGI application below `/video/`."""

    def __init__(
        self,
        *,
        hls_root: Path,
        recordings_root: Path | None,
        key: bytes,
        now_s: Callable[[], int],
    ) -> None:
        """Serve these folders; `key` as from `wire.video.derive_key`, `now_s` real time."""
        self._hls_root = hls_root
        self._recordings_root = recordings_root
        self._key = key
        self._now_s = now_s
        self._watches: OrderedDict[Path, PlaylistWatch] = OrderedDict()
        self._waiter_count = 0
        self._kept = _Kept(VIDEO_CACHE_BYTES_MAX)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        del receive  # no request has a body that matters
        assert scope["type"] == "http", "mounted for requests only"
        try:
            await self._answer(scope, send)
        except _RefusedError as refused:
            await send_answer(scope, send, refused.answer)

    async def _answer(self, scope: Scope, send: Send) -> None:
        if scope["method"] == "OPTIONS":
            await send_answer(scope, send, _preflight())
            return
        if scope["method"] not in {"GET", "HEAD"}:
            raise _RefusedError(HTTPStatus.METHOD_NOT_ALLOWED, "method")
        wanted = self._read(scope["path"])
        if wanted.kind == LIVE:
            await self._serve_live(scope, send, wanted)
        else:
            await self._serve_replay(scope, send, wanted)

    def _read(self, path: str) -> VideoFile:
        try:
            return read_path(path, self._key, now_s=self._now_s())
        except OldAddressError as fault:
            raise _RefusedError(HTTPStatus.FORBIDDEN, "old") from fault
        except BadAddressError as fault:
            raise _RefusedError(HTTPStatus.FORBIDDEN, "address") from fault

    async def _serve_live(self, scope: Scope, send: Send, wanted: VideoFile) -> None:
        folder = self._hls_root / str(wanted.number)
        if _LIVE_INDEX.fullmatch(wanted.file):
            answer = Answer(
                kind=PLAYLIST_KIND, caching=A_MOMENT, body=_read_small(folder / "index.m3u8")
            )
            await send_answer(scope, send, answer)
        elif found := _LIVE_PLAYLIST.fullmatch(wanted.file):
            watch = self._watch(folder / found["rendition"] / "live.m3u8")
            await self._send_playlist(scope, send, watch)
        elif found := _LIVE_FILE.fullmatch(wanted.file):
            rendition = folder / found["rendition"]
            data = await self._load(rendition, found["name"])
            answer = Answer(kind=MEDIA_KIND, caching=FOR_EVER, body=data, more=_RANGES)
            await send_ranged(scope, send, answer)
        else:
            raise _missing()

    async def _send_playlist(self, scope: Scope, send: Send, watch: PlaylistWatch) -> None:
        sequence, part, is_delta = _read_directives(scope)
        look = watch.look()
        if look is None:
            raise _missing()
        caching = A_MOMENT
        if sequence is not None:
            if sequence > look.playlist.next_sequence + AHEAD_SEGMENTS_MAX:
                raise _RefusedError(HTTPStatus.BAD_REQUEST, "ahead")
            look = await self._wait(watch, look, lambda now: now.has(sequence, part))
            caching = WHILE_ASKED_FOR
        is_gzip = takes_gzip(scope)
        body = look.render(is_delta=is_delta, is_gzip=is_gzip)
        encoding = ((b"content-encoding", b"gzip"),) if is_gzip else ()
        more = ((b"vary", b"accept-encoding"), *encoding)
        await send_answer(
            scope, send, Answer(kind=PLAYLIST_KIND, caching=caching, body=body, more=more)
        )

    async def _load(self, rendition: Path, name: str) -> bytes:
        """A part, segment or init; a part that is announced is waited for."""
        path = rendition / name
        data = self._kept.find(path)
        if data is not None:
            return data
        part = _PART.fullmatch(name)
        if part is not None and not path.exists():
            await self._await_part(rendition, int(part[1]), int(part[2]))
        data = _read_small(path)
        self._kept.keep(path, data)
        return data

    async def _await_part(self, rendition: Path, sequence: int, index: int) -> None:
        watch = self._watch(rendition / "live.m3u8")
        look = watch.look()
        if look is not None and look.playlist.next_part == (sequence, index):
            await self._wait(watch, look, lambda now: now.has(sequence, index))

    async def _wait(
        self, watch: PlaylistWatch, look: Look, is_there: Callable[[Playlist], bool]
    ) -> Look:
        if is_there(look.playlist):
            return look
        if self._waiter_count >= VIDEO_WAITERS_MAX:
            raise _RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "full")
        self._waiter_count += 1
        try:
            found = await watch.wait_until(is_there, wait_s=WAIT_TARGETS * look.playlist.target_s)
        finally:
            self._waiter_count -= 1
        if found is None:
            raise _RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "nothing came")
        return found

    def _watch(self, path: Path) -> PlaylistWatch:
        watch = self._watches.get(path)
        if watch is None:
            watch = self._watches[path] = PlaylistWatch(path)
            self._forget_idle()
        self._watches.move_to_end(path)
        return watch

    def _forget_idle(self) -> None:
        """Drop the longest unused, except those that somebody waits at."""
        for path in list(self._watches)[: max(0, len(self._watches) - VIDEO_WATCHES_MAX)]:
            if not self._watches[path].waiter_count:
                del self._watches[path]

    async def _serve_replay(self, scope: Scope, send: Send, wanted: VideoFile) -> None:
        if self._recordings_root is None:
            raise _missing()
        folder = self._recordings_root / str(wanted.number)
        try:
            if wanted.file == REPLAY_PLAYLIST:
                await self._send_replay_playlist(scope, send, folder / REPLAY_PLAYLIST)
            elif _REPLAY_FILE.fullmatch(wanted.file):
                answer = Answer(kind=MEDIA_KIND, caching=FOR_EVER, more=_RANGES)
                await send_file(scope, send, folder / wanted.file, answer)
            else:
                raise _missing()
        except (FileNotFoundError, RecordingError) as fault:
            raise _missing() from fault

    async def _send_replay_playlist(self, scope: Scope, send: Send, path: Path) -> None:
        """A recording of hours is a megabyte of text: made in a thread, small on its way."""
        is_gzip = takes_gzip(scope)

        def build() -> bytes:
            body = close_playlist(path.read_text()).encode()
            return gzip.compress(body, GZIP_LEVEL, mtime=0) if is_gzip else body

        body = await asyncio.to_thread(build)
        encoding = ((b"content-encoding", b"gzip"),) if is_gzip else ()
        more = ((b"vary", b"accept-encoding"), *encoding)
        await send_answer(
            scope,
            send,
            Answer(kind=PLAYLIST_KIND, caching="public, max-age=60", body=body, more=more),
        )


_RANGES = ((b"accept-ranges", b"bytes"),)


class _Kept:
    """Bytes of what all viewers ask for at once, the longest unused forgotten."""

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._bytes = 0
        self._files: OrderedDict[Path, bytes] = OrderedDict()

    def find(self, path: Path) -> bytes | None:
        data = self._files.get(path)
        if data is not None:
            self._files.move_to_end(path)
        return data

    def keep(self, path: Path, data: bytes) -> None:
        if path not in self._files:
            self._bytes += len(data)
        self._files[path] = data
        while self._bytes > self._bytes_max:
            _, gone = self._files.popitem(last=False)
            self._bytes -= len(gone)


def _read_directives(scope: Scope) -> tuple[int | None, int | None, bool]:
    """The segment and part that are asked for, and whether a delta will do."""
    query = parse_qs(scope.get("query_string", b"")[:200].decode("latin-1"))
    sequence, part = _read_number(query, "_HLS_msn"), _read_number(query, "_HLS_part")
    if part is not None and sequence is None:
        raise _RefusedError(HTTPStatus.BAD_REQUEST, "part without segment")
    return sequence, part, query.get("_HLS_skip", [""])[0] in {"YES", "v2"}


def _read_number(query: dict[str, list[str]], name: str) -> int | None:
    values = query.get(name)
    if values is None:
        return None
    if len(values) != 1 or not _NUMBER.fullmatch(values[0]):
        raise _RefusedError(HTTPStatus.BAD_REQUEST, name)
    return int(values[0])


def _read_small(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as fault:
        raise _missing() from fault


def _preflight() -> Answer:
    return Answer(
        status=HTTPStatus.NO_CONTENT,
        caching="public, max-age=86400",
        more=(
            (b"access-control-allow-methods", b"GET, HEAD"),
            (b"access-control-allow-headers", b"range"),
            (b"access-control-max-age", b"86400"),
        ),
    )
