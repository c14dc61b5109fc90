import asyncio

import pytest
import websockets
from hypothesis import given
from hypothesis import strategies as st
from tests.hub import RULES, run_hub, until

from chophien.domain import limits
from chophien.hotlane.hub import server
from chophien.hotlane.hub.handshake import Rules, answer_request, is_origin_allowed

REQUEST = (
    "GET {path} HTTP/1.1\r\nHost: localhost:8001\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{more}\r\n"
)


def answer(more: str = "", *, path: str = "/hub/websocket", rules: Rules = RULES):
    raw = REQUEST.format(path=path, more=more).encode()
    return answer_request(raw, rules, peer="203.0.113.9", health="well")


@pytest.mark.parametrize(
    ("label", "origin", "is_allowed"),
    [
        ("no browser", None, True),
        ("the public address", "https://fair.example", True),
        ("another port of it", "https://fair.example:444", False),
        ("the public name without HTTPS", "http://fair.example", False),
        ("an allowed host at any port", "http://localhost:8000", True),
        ("an allowed host, in capitals", "http://LOCALHOST:8000", True),
        ("below an allowed domain", "https://live.fair.test", True),
        ("the domain itself", "https://fair.test", True),
        ("ends like it", "https://notfair.test", False),
        ("somebody else's", "https://evil.example", False),
        ("begins like it", "http://localhost.evil.example", False),
        ("a name before it", "http://localhost@evil.example", False),
        ("a sandboxed frame", "null", False),
        ("nothing", "", False),
        ("a file", "file://", False),
        ("no address", "http://[", False),
    ],
)
def test_pages_of_the_fair_are_let_in(label, origin, is_allowed):
    assert is_origin_allowed(origin, RULES) is is_allowed


def test_star_lets_every_page_in():
    rules = Rules(origins=[], hosts=["*"], is_behind_proxy=False)

    assert is_origin_allowed("https://any.example", rules)


@pytest.mark.parametrize(
    ("label", "more", "path", "status"),
    [
        ("ours", "", "/hub/websocket", b"101"),
        ("as Centrifugo's", "", "/connection/websocket?x=1", b"101"),
        ("from our page", "Origin: http://localhost:8000\r\n", "/hub/websocket", b"101"),
        ("from another page", "Origin: https://evil.example\r\n", "/hub/websocket", b"403"),
        (
            "from two pages",
            "Origin: http://localhost\r\nOrigin: https://evil.example\r\n",
            "/hub/websocket",
            b"403",
        ),
        ("elsewhere", "", "/", b"404"),
        ("asking how it is", "", "/health", b"200"),
        ("with a body", "Content-Length: 5\r\n", "/hub/websocket", b"400"),
        ("with a header that is none", "no header\r\n", "/hub/websocket", b"400"),
        ("with a body in pieces", "Transfer-Encoding: chunked\r\n", "/hub/websocket", b"400"),
        ("with hundreds of headers", "X: y\r\n" * 200, "/hub/websocket", b"400"),
    ],
)
def test_request_is_answered(label, more, path, status):
    given_answer = answer(more, path=path)

    assert given_answer.data.startswith(b"HTTP/1.1 " + status)
    assert given_answer.is_open is (status == b"101")


def test_page_that_is_no_websocket_is_told_so():
    raw = b"GET /hub/websocket HTTP/1.1\r\nHost: x\r\n\r\n"

    assert answer_request(raw, RULES, peer="", health="").data.startswith(b"HTTP/1.1 426")


@pytest.mark.parametrize(
    ("label", "offer", "deflates"),
    [
        ("as Chromium offers", "permessage-deflate; client_max_window_bits", True),
        ("as Safari offers", "permessage-deflate", True),
        ("something else", "x-webkit-deflate-frame", False),
        ("with a window that is none", "permessage-deflate; server_max_window_bits=99", False),
    ],
)
def test_compression_is_agreed_without_what_came_before(label, offer, deflates):
    given_answer = answer(f"Sec-WebSocket-Extensions: {offer}\r\n")

    assert given_answer.is_open
    assert given_answer.deflates is deflates
    for words in (b"server_no_context_takeover", b"client_no_context_takeover"):
        assert (words in given_answer.data) is deflates


@pytest.mark.parametrize(
    ("label", "is_behind_proxy", "more", "network"),
    [
        ("the peer's own", False, "", "203.0.113.0/24"),
        ("what a client says of itself", False, "X-Forwarded-For: 198.51.100.7\r\n", "203.0.113.0/24"),
        ("what our proxy says", True, "X-Forwarded-For: 192.0.2.1, 198.51.100.7\r\n", "198.51.100.0/24"),
        ("nothing from the proxy", True, "", "203.0.113.0/24"),
    ],
)  # fmt: skip
def test_network_is_the_callers(label, is_behind_proxy, more, network):
    rules = Rules(origins=[], hosts=[], is_behind_proxy=is_behind_proxy)

    assert answer(more, rules=rules).network == network


@given(st.binary(max_size=300))
def test_any_bytes_are_answered(head):
    given_answer = answer_request(head + b"\r\n\r\n", RULES, peer="::1", health="well")

    assert given_answer.data.startswith(b"HTTP/1.1 ")


async def test_one_network_has_only_so_many_connections(monkeypatch):
    monkeypatch.setattr(server, "HUB_CONNECTIONS_OF_NETWORK_MAX", 2)
    async with run_hub() as hub, hub.browser(), hub.browser() as second:
        with pytest.raises(websockets.InvalidStatus) as refused:
            async with hub.browser():
                pass
        assert refused.value.response.status_code == 429
        assert refused.value.response.headers["Retry-After"] == "10"
        await second.socket.close()
        await until(lambda: hub.process.server.connection_count == 1)
        async with hub.browser() as third:
            assert "connect" in await third.connects()


async def test_process_has_only_so_many_connections(monkeypatch):
    monkeypatch.setattr(server, "HUB_CONNECTIONS_MAX", 1)
    async with run_hub() as hub, hub.browser() as first:
        with pytest.raises((websockets.InvalidMessage, OSError)):
            async with hub.browser():
                pass
        assert "connect" in await first.connects()


async def test_health_says_whether_events_arrive():
    async with run_hub() as hub, hub.browser():
        reader, writer = await asyncio.open_connection("127.0.0.1", hub.port)
        writer.write(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        told = await reader.read()
        writer.close()

        assert told.startswith(b"HTTP/1.1 200 OK")
        assert told.endswith(b"the database is away, 2 connections, 0 dropped\n")


async def test_commands_that_come_with_the_request_are_obeyed():
    async with run_hub() as hub:
        reader, writer = await asyncio.open_connection("127.0.0.1", hub.port)
        text = b'{"id":1,"connect":{}}'
        frame = b"\x81" + bytes([0x80 | len(text)]) + bytes(4) + text
        writer.write(REQUEST.format(path="/hub/websocket", more="").encode() + frame)

        await reader.readuntil(b"\r\n\r\n")
        assert b'"id":1,"connect"' in await reader.read(4_096)
        writer.close()


def test_limits_leave_the_process_to_many_networks():
    assert limits.HUB_CONNECTIONS_OF_NETWORK_MAX * 10 <= limits.HUB_CONNECTIONS_MAX
