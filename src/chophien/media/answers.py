"""Answers of the video's door: heads that a cache understands, and bodies in ranges."""

import asyncio
import os
import re
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

from chophien.media.asgi import Scope, Send

# Bytes of a large file that are read at once.
CHUNK_BYTES = 262_144
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)
# The address is the secret; whoever has it may show the video on any page.
_OPEN: tuple[tuple[bytes, bytes], ...] = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"content-length, content-range, retry-after"),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"timing-allow-origin", b"*"),
    (b"x-content-type-options", b"nosniff"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A status, and how long who may keep it."""

    status: HTTPStatus = HTTPStatus.OK
    kind: str = "text/plain; charset=utf-8"
    caching: str = "no-store"
    body: bytes = b""
    more: tuple[tuple[bytes, bytes], ...] = field(default=())


def find_range(scope: Scope, size_bytes: int) -> tuple[int, int] | None:
    """The half-open range that a request asks for; `None` for all of it.

    More than one range, or a unit that is not bytes, is answered with all of it (RFC 9110, 14.2).

    Raises:
        ValueError: nothing of it is there.
    """
    found = _RANGE.fullmatch(read_header(scope, b"range"))
    if found is None or found.group(0) == "bytes=-":
        return None
    first, last = found.groups()
    if not first:
        starts, ends = max(0, size_bytes - int(last)), size_bytes
    else:
        starts = int(first)
        ends = min(int(last) + 1, size_bytes) if last else size_bytes
        if last and int(last) < starts:
            return None
    if starts >= ends:
        raise ValueError("no byte of it")
    return starts, ends


def read_header(scope: Scope, name: bytes) -> str:
    """A header's value; empty when it is not there."""
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def takes_gzip(scope: Scope) -> bool:
    """Whether the client said that it reads gzip, and did not weigh it with zero."""
    said = read_header(scope, b"accept-encoding").replace(" ", "").lower().split(",")
    return any(
        each == "gzip" or (each.startswith("gzip;q=") and each != "gzip;q=0") for each in said
    )


async def send_answer(scope: Scope, send: Send, answer: Answer) -> None:
    """Answer whole."""
    await _begin(send, answer, len(answer.body))
    body = b"" if scope["method"] == "HEAD" else answer.body
    await send({"type": "http.response.body", "body": body})


async def send_ranged(scope: Scope, send: Send, answer: Answer) -> None:
    """Answer with the part of the body that was asked for."""
    try:
        asked = find_range(scope, len(answer.body))
    except ValueError:
        await send_answer(scope, send, _refuse_range(len(answer.body)))
        return
    if asked is None:
        await send_answer(scope, send, answer)
        return
    starts, ends = asked
    part = _partial(answer, starts, ends, len(answer.body))
    await _begin(send, part, ends - starts)
    body = b"" if scope["method"] == "HEAD" else answer.body[starts:ends]
    await send({"type": "http.response.body", "body": body})


async def send_file(scope: Scope, send: Send, path: Path, answer: Answer) -> None:
    """Answer with a large file, or a range of it, in pieces that a slow line takes as it can.

    Raises:
        FileNotFoundError: it is not there.
    """
    file = await asyncio.to_thread(os.open, path, os.O_RDONLY)
    try:
        size_bytes = os.fstat(file).st_size
        try:
            asked = find_range(scope, size_bytes)
        except ValueError:
            await send_answer(scope, send, _refuse_range(size_bytes))
            return
        starts, ends = asked or (0, size_bytes)
        head = _partial(answer, starts, ends, size_bytes) if asked else answer
        await _begin(send, head, ends - starts)
        if scope["method"] != "HEAD":
            await _pump(send, file, starts, ends)
        await send({"type": "http.response.body", "body": b""})
    finally:
        os.close(file)


async def _pump(send: Send, file: int, starts: int, ends: int) -> None:
    while starts < ends:
        wanted = min(CHUNK_BYTES, ends - starts)
        data = await asyncio.to_thread(os.pread, file, wanted, starts)
        if not data:
            return  # deleted and cut meanwhile: the client sees that bytes are missing
        await send({"type": "http.response.body", "body": data, "more_body": True})
        starts += len(data)


def _partial(answer: Answer, starts: int, ends: int, size_bytes: int) -> Answer:
    said = f"bytes {starts}-{ends - 1}/{size_bytes}".encode()
    return Answer(
        status=HTTPStatus.PARTIAL_CONTENT,
        kind=answer.kind,
        caching=answer.caching,
        more=(*answer.more, (b"content-range", said)),
    )


def _refuse_range(size_bytes: int) -> Answer:
    return Answer(
        status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
        body=b"range",
        more=((b"content-range", f"bytes */{size_bytes}".encode()),),
    )


async def _begin(send: Send, answer: Answer, size_bytes: int) -> None:
    headers = [
        (b"content-type", answer.kind.encode()),
        (b"content-length", str(size_bytes).encode()),
        (b"cache-control", answer.caching.encode()),
        *_OPEN,
        *answer.more,
    ]
    await send({"type": "http.response.start", "status": int(answer.status), "headers": headers})
