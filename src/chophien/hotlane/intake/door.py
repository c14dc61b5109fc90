"""`POST /lane/buy`: raw ASGI, from bytes to an answer."""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import msgspec

from chophien.domain.limits import LANE_BODY_BYTES_MAX, LANE_COME_BACK_MS
from chophien.hotlane.intake.batcher import Batcher
from chophien.hotlane.intake.messages import (
    BAD_PASS,
    Answer,
    BadRequest,
    Later,
    Wanted,
    answer,
    answer_later,
    refuse,
)
from chophien.wire.passes import BadPassError, Pass, hash_device, read_pass

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

DEVICE_COOKIE = re.compile(rb"(?:^|;\s*)device=([A-Za-z0-9_-]{16,64})(?:;|$)")
BUSY = answer_later(503, Later(retry_after_ms=LANE_COME_BACK_MS))
TOO_LARGE = refuse(413, "too_large")
NOT_JSON = refuse(415, "not_json")
NOT_POST = refuse(405, "not_post")
FOREIGN = refuse(403, "foreign_origin")
_decoder = msgspec.json.Decoder(Wanted)


class BuyDoor:
    """One call for each press of a button.

    Args:
        batcher: where orders are taken.
        pass_key: as `wire.passes.derive_key` makes it.
    """

    def __init__(self, *, batcher: Batcher, pass_key: bytes) -> None:
        self._batcher = batcher
        self._pass_key = pass_key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        told = self._refuse(scope["method"], headers)
        if told is None:
            body = await _read_body(receive)
            told = TOO_LARGE if body is None else await self._buy(body, headers)
        await send({"type": "http.response.start", "status": told.status, "headers": told.headers})
        await send({"type": "http.response.body", "body": told.body})

    def _refuse(self, method: str, headers: dict[bytes, bytes]) -> Answer | None:
        """Refuse what need not be read: too much at once, or what no page of this fair sends."""
        if method != "POST":
            return NOT_POST
        if self._batcher.is_full or not self._batcher.is_open.is_set():
            return BUSY
        return _check_headers(headers)

    async def _buy(self, body: bytes, headers: dict[bytes, bytes]) -> Answer:
        try:
            wanted = _decoder.decode(body)
            holder = self._admit(wanted, headers)
        except BadPassError:
            return BAD_PASS
        except (msgspec.DecodeError, RecursionError) as fault:
            return answer(400, BadRequest(detail=str(fault)))
        return await self._batcher.ask(wanted, holder)

    def _admit(self, wanted: Wanted, headers: dict[bytes, bytes]) -> Pass:
        """Who asks.

        Raises:
            BadPassError: nobody whom this fair has let in, or from another device.
        """
        holder = read_pass(wanted.buyer_pass, self._pass_key, self._batcher.clock.read_real_s())
        found = DEVICE_COOKIE.search(headers.get(b"cookie", b""))
        if found is None or hash_device(found[1].decode()) != holder.device:
            raise BadPassError("another device")
        return holder


def _check_headers(headers: dict[bytes, bytes]) -> Answer | None:
    """Refuse by the headers alone what no page of this fair sends."""
    if headers.get(b"content-type", b"").partition(b";")[0].strip() != b"application/json":
        return NOT_JSON
    origin = headers.get(b"origin")
    if origin is not None and origin.partition(b"://")[2] != headers.get(b"host"):
        return FOREIGN
    length = headers.get(b"content-length", b"0")
    if not length.isdigit() or int(length) > LANE_BODY_BYTES_MAX:
        return TOO_LARGE
    return None


async def _read_body(receive: Receive) -> bytes | None:
    """The whole body; `None` when it is larger than any that is good."""
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body"):
        if len(body) > LANE_BODY_BYTES_MAX:
            return None
        message = await receive()
        body += message.get("body", b"")
    return body if len(body) <= LANE_BODY_BYTES_MAX else None
