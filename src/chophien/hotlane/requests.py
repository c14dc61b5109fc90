"""A request as the lane's doors see it, whether it came by ASGI or by Granian's RSGI.

RSGI hands over a request whole and takes an answer whole: a third of the time that a request by
ASGI costs is saved. ASGI is what every server speaks, and what the pages' process mounts.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec
from granian.rsgi import ProtocolClosed, ProtocolError

from chophien.domain.limits import BODY_S_MAX

if TYPE_CHECKING:
    from granian.rsgi import HTTPProtocol
    from granian.rsgi import Scope as RsgiScope

    from chophien.hotlane.asgi import Receive, Scope, Send

Headers = tuple[tuple[str, str], ...]
JSON: Headers = (("content-type", "application/json"), ("cache-control", "no-store"))
ReadBody = Callable[[int], Awaitable[bytes]]


class BodyError(ValueError):
    """A body that is not taken; `status` and `outcome` say why."""

    def __init__(self, status: HTTPStatus, outcome: str) -> None:
        super().__init__(outcome)
        self.status = status
        self.outcome = outcome


TOO_LARGE = HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large"
CUT_OFF = HTTPStatus.BAD_REQUEST, "cut_off"


@dataclass(slots=True)  # not frozen: made for every order, that costs double
class Request:
    """What is asked, with the body still to come."""

    method: str
    path: str
    peer: str
    """The address at the other end of the line; empty where there is none."""
    list_headers: Callable[[str], list[str]]
    """All values of a header, by its name in small letters, in their order."""
    read: ReadBody
    """The whole body, of at most so many bytes; see `read_body`."""

    def find_header(self, name: str) -> str | None:
        """The last value of a header."""
        values = self.list_headers(name)
        return values[-1] if values else None


async def read_body(request: Request, *, bytes_max: int) -> bytes:
    """The whole body.

    Raises:
        BodyError: longer than `bytes_max`, slower than `BODY_S_MAX`, or cut off.
    """
    declared = request.find_header("content-length")
    if declared is not None and (not declared.isdecimal() or int(declared) > bytes_max):
        raise BodyError(*TOO_LARGE)
    task = asyncio.current_task()
    assert task is not None, "a request is a task"
    is_late = False

    def give_up() -> None:
        nonlocal is_late
        is_late = True
        task.cancel()

    # What `asyncio.timeout` does, at a third of its cost: this is done for every order.
    timer = asyncio.get_running_loop().call_later(BODY_S_MAX, give_up)
    try:
        return await request.read(bytes_max)
    except asyncio.CancelledError as fault:
        if not is_late:
            raise
        task.uncancel()
        raise BodyError(HTTPStatus.REQUEST_TIMEOUT, "too_slow") from fault
    finally:
        timer.cancel()


class Answer(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """An HTTP answer, ready to be sent."""

    status: int
    body: bytes
    headers: Headers = JSON


Door = Callable[[Request], Awaitable[Answer]]


async def serve_asgi(door: Door, scope: "Scope", receive: "Receive", send: "Send") -> None:
    """Bring a request by ASGI to a door and its answer back."""
    told = await door(take_asgi(scope, receive))
    head = {
        "type": "http.response.start",
        "status": told.status,
        "headers": _encode_headers(told.headers),
    }
    await send(head)
    await send({"type": "http.response.body", "body": told.body})


async def serve_rsgi(door: Door, scope: "RsgiScope", protocol: "HTTPProtocol") -> None:
    """Bring a request by RSGI to a door and its answer back."""
    told = await door(take_rsgi(scope, protocol))
    protocol.response_bytes(told.status, list(told.headers), told.body)


@lru_cache(maxsize=1_024)
def _encode_headers(headers: Headers) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers]


def take_asgi(scope: "Scope", receive: "Receive") -> Request:
    """A request that came by ASGI."""
    headers = scope["headers"]

    def _list_headers(name: str) -> list[str]:
        wanted = name.encode()
        return [value.decode("latin-1") for each, value in headers if each == wanted]

    async def _read(bytes_max: int) -> bytes:
        body: bytes = b""
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise BodyError(*CUT_OFF)
            body += message.get("body", b"")
            if len(body) > bytes_max:
                raise BodyError(*TOO_LARGE)
            if not message.get("more_body"):
                return body

    peer = scope.get("client")
    return Request(scope["method"], scope["path"], peer[0] if peer else "", _list_headers, _read)


def take_rsgi(scope: "RsgiScope", protocol: "HTTPProtocol") -> Request:
    """A request that came by RSGI."""
    headers: Any = scope.headers  # its stubs do not know `get_all`

    async def _read(bytes_max: int) -> bytes:
        try:
            if "content-length" in headers:  # `read_body` has seen that it is short
                whole: bytes = await protocol()
                return whole
            return await _read_pieces(protocol, bytes_max)
        except (ProtocolClosed, ProtocolError) as fault:
            raise BodyError(*CUT_OFF) from fault

    return Request(
        scope.method,
        scope.path,
        scope.client.rpartition(":")[0].strip("[]"),
        headers.get_all,
        _read,
    )


async def _read_pieces(protocol: "HTTPProtocol", bytes_max: int) -> bytes:
    body: bytes = b""
    async for piece in protocol:
        body += piece
        if len(body) > bytes_max:
            raise BodyError(*TOO_LARGE)
    return body
