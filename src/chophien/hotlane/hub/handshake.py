"""From an HTTP request to a WebSocket: who may open one, and from where."""

import http
import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

from websockets.datastructures import Headers, MultipleValuesError
from websockets.exceptions import WebSocketException
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol
from websockets.streams import StreamReader

from chophien.wire.visitors import find_address, find_network

# Ours, and that of Centrifugo, so that either may be put in the other's place.
PATHS = frozenset({"/hub/websocket", "/connection/websocket"})
HEALTH_PATH = "/health"
END = b"\r\n\r\n"
# Without context taken over, one compressed frame is right for every reader.
_DEFLATE = ServerPerMessageDeflateFactory(
    server_no_context_takeover=True, client_no_context_takeover=True
)
_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[^:]*)(:[0-9]+)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """From which pages the hub may be asked, and whom to believe about addresses.

    `origins`: whole origins, such as `https://fair.example`. `hosts`: names under which pages
    may be served; a name that begins with a dot stands for all below it, `*` for every one.
    """

    origins: Collection[str]
    hosts: Collection[str]
    is_behind_proxy: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is sent back. A connection that was not opened is closed after it."""

    data: bytes
    is_open: bool
    deflates: bool = False
    network: str = ""


def answer_request(raw: bytes, rules: Rules, *, peer: str, health: str) -> Answer:
    """Answer a whole request.

    Args:
        raw: everything up to the empty line.
        rules: who may come.
        peer: the address at the socket's other end.
        health: what `/health` answers.
    """
    protocol = ServerProtocol(extensions=[_DEFLATE])
    try:
        request = _parse(raw)
    except (WebSocketException, ValueError, EOFError, NotImplementedError):
        return _refuse(protocol, http.HTTPStatus.BAD_REQUEST, "not a request\n")
    path = request.path.partition("?")[0]
    if path == HEALTH_PATH:
        return _refuse(protocol, http.HTTPStatus.OK, health)
    if path not in PATHS:
        return _refuse(protocol, http.HTTPStatus.NOT_FOUND, "nothing here\n")
    if not is_origin_allowed(_get(request.headers, "Origin"), rules):
        return _refuse(protocol, http.HTTPStatus.FORBIDDEN, "not from that page\n")
    response = protocol.accept(request)
    return Answer(
        data=response.serialize(),
        is_open=response.status_code == http.HTTPStatus.SWITCHING_PROTOCOLS,
        deflates=bool(protocol.extensions),
        network=_find_network(request.headers, rules, peer=peer),
    )


def is_origin_allowed(origin: str | None, rules: Rules) -> bool:
    """A browser names its page's origin; other programs name none and may listen, too.

    >>> rules = Rules(origins=["https://fair.example"], hosts=["localhost"], is_behind_proxy=False)
    >>> is_origin_allowed("https://evil.example", rules)
    False
    """
    if origin is None or origin in rules.origins:
        return True
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    found = _HOST.fullmatch(parts.netloc)
    if parts.scheme not in {"http", "https"} or found is None:
        return False
    name = found["name"].lower()
    return any(_is_named(name, host.lower()) for host in rules.hosts)


def _is_named(name: str, host: str) -> bool:
    if host.startswith("."):
        return name == host[1:] or name.endswith(host)
    return bool(name) and host in {"*", name}


def _parse(raw: bytes) -> Request:
    reader = StreamReader()
    reader.feed_data(raw)
    reader.feed_eof()
    parser = Request.parse(reader.read_line)
    try:
        next(parser)
    except StopIteration as done:
        request: Request = done.value
        return request
    raise ValueError("not a whole request")


def _refuse(protocol: ServerProtocol, status: http.HTTPStatus, text: str) -> Answer:
    response: Response = protocol.reject(status, text)
    return Answer(data=response.serialize(), is_open=False)


def _get(headers: Headers, name: str) -> str | None:
    try:
        return headers.get(name)
    except MultipleValuesError:
        return ""  # two of what there can be one of: nobody's


def _find_network(headers: Headers, rules: Rules, *, peer: str) -> str:
    forwarded = headers.get_all("X-Forwarded-For")
    last = forwarded[-1] if forwarded else ""
    return find_network(find_address(peer, last, is_behind_proxy=rules.is_behind_proxy))
