"""The door by which Centrifugo asks the desk: its publish proxy, over HTTP with a shared secret.

Source: centrifugal.dev, proxy events to the backend, publish proxy.
"""

import hmac
import logging
import time
from datetime import UTC, datetime

import msgspec

from chophien.domain.limits import API_BYTES_MAX
from chophien.hotlane.asgi import Receive, Scope, Send
from chophien.hotlane.hub.desk import Caller, Refused, Said, TalkDesk
from chophien.hotlane.hub.hub import find_talk_room
from chophien.hotlane.hub.protocol import BAD_REQUEST, ERRORS, INTERNAL, PERMISSION_DENIED
from chophien.hotlane.requests import Answer, BodyError, Request, read_body, serve_asgi
from chophien.wire.hub_tokens import BadHubTokenError, read_viewer

logger = logging.getLogger(__name__)
PATH = "/centrifugo/publish"
HEADER = "x-chophien-secret"
NS_PER_S = 1_000_000_000
# Centrifugo publishes what a proxy lets through. What was said goes out with the next tick, so in
# its place goes a tick in which nothing happened.
NOTHING = {"said": [], "left_out": 0, "likes": 0}


class _Published(msgspec.Struct):
    """What Centrifugo tells of a publication; `user` is the `sub` of the connection's token."""

    channel: str
    user: str = ""
    data: object = None
    meta: dict[str, object] = {}
    """Of the token, which only Centrifugo and the pages have."""


class PublishDoor:
    """Raw ASGI: asks the desk, answers as Centrifugo wants it.

    Args:
        desk: who decides.
        secret: what Centrifugo sends in `X-Chophien-Secret`.
    """

    def __init__(self, desk: TalkDesk, *, secret: str) -> None:
        assert secret, "a door without a secret would let everybody speak in anybody's name"
        self._desk = desk
        self._secret = secret.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await serve_asgi(self.answer, scope, receive, send)

    async def answer(self, request: Request) -> Answer:
        """Take one publication through to what Centrifugo is told."""
        if request.path != PATH or request.method != "POST":
            return Answer(status=404, body=b"{}")
        given = request.find_header(HEADER) or ""
        if not hmac.compare_digest(given.encode(), self._secret):
            return Answer(status=403, body=b"{}")
        try:
            body = await read_body(request, bytes_max=API_BYTES_MAX)
            published = msgspec.json.decode(body, type=_Published)
        except (BodyError, msgspec.DecodeError, RecursionError):
            told = _refuse(BAD_REQUEST)
        else:
            told = await self._ask_desk(published)
        return Answer(status=200, body=msgspec.json.encode(told))

    async def _ask_desk(self, published: _Published) -> object:
        room_id = find_talk_room(published.channel)
        try:
            token = read_viewer(published.user, name=published.meta.get("name"), ends_at_s=0)
        except BadHubTokenError:
            return _refuse(PERMISSION_DENIED)
        if room_id is None:
            return _refuse(PERMISSION_DENIED)
        caller = Caller(user_id=token.user_id, guest_id=token.guest_id, name=token.name)
        at = datetime.fromtimestamp(time.time_ns() / NS_PER_S, tz=UTC)
        said = Said(room_id=room_id, caller=caller, data=published.data, at=at)
        try:
            refused = await self._desk.take(said)
        except Exception:
            # The border of one message: the desk's fault must not end the door.
            logger.exception("the desk failed")
            return _refuse(INTERNAL)
        return _encode(refused)


def _encode(refused: Refused | None) -> object:
    if refused is None:
        return {"result": {"data": NOTHING, "skip_history": True}}
    return {"error": {"code": refused.code, "message": refused.message}}


def _refuse(code: int) -> object:
    return {"error": {"code": code, "message": ERRORS[code]}}
