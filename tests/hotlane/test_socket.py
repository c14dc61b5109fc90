"""The hub's side of a WebSocket, through in-memory receive and send.

The frames in `LIBRARY_*` were recorded from the published `centrifuge` 5 library, the one the
pages use, with its transport replaced by one that prints.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from chophien.domain.limits import HUB_BACKLOG_FRAMES_MAX, HUB_CHANNELS_MAX, HUB_PING_S
from chophien.hotlane.hub import Hub
from chophien.hotlane.protocol import encode_publication
from chophien.hotlane.socket import HubSocket

LIBRARY_START = (
    '{"connect":{"name":"js"},"id":1}\n'
    '{"subscribe":{"channel":"fair","flag":1},"id":2}\n'
    '{"subscribe":{"channel":"room:7","flag":1},"id":3}'
)
LIBRARY_UNSUBSCRIBE = '{"unsubscribe":{"channel":"room:7"},"id":5}'
LIBRARY_PONG = "{}"

SOLD_OUT = encode_publication("fair", b'{"type":"stock","sku_id":7,"free":0}')
NEVER = 3600


class Browser:
    """The other end of the connection: what it says is received, what it is told is kept."""

    def __init__(self) -> None:
        self._said: asyncio.Queue[dict[str, object]] = asyncio.Queue()
        self._told: asyncio.Queue[dict[str, object]] = asyncio.Queue()
        self.reads = asyncio.Event()
        self.reads.set()
        self.is_gone = False

    def says(self, text: str) -> None:
        self._said.put_nowait({"type": "websocket.receive", "text": text, "bytes": None})

    def says_bytes(self, data: bytes) -> None:
        self._said.put_nowait({"type": "websocket.receive", "text": None, "bytes": data})

    def leaves(self) -> None:
        self._said.put_nowait({"type": "websocket.disconnect", "code": 1001})

    async def hears(self) -> dict[str, object]:
        async with asyncio.timeout(5):
            return await self._told.get()

    async def hears_frame(self) -> object:
        message = await self.hears()
        assert message["type"] == "websocket.send"
        return json.loads(str(message["text"]))

    def heard_nothing_more(self) -> bool:
        return self._told.empty()

    async def receive(self) -> dict[str, object]:
        return await self._said.get()

    async def send(self, message: dict[str, object]) -> None:
        await self.reads.wait()
        if self.is_gone:
            raise ConnectionResetError
        self._told.put_nowait(message)


def make_scope(*headers: tuple[bytes, bytes]) -> dict[str, object]:
    return {"type": "websocket", "headers": [(b"host", b"fair.example"), *headers]}


@asynccontextmanager
async def opened(hub: Hub, *, ping_s: int = NEVER) -> AsyncIterator[tuple[Browser, asyncio.Task]]:
    """A connection that was accepted; leaving the block closes it and expects a clean end."""
    browser = Browser()
    browser._said.put_nowait({"type": "websocket.connect"})
    socket = HubSocket(hub, ping_s=ping_s)
    connection = asyncio.create_task(socket(make_scope(), browser.receive, browser.send))
    assert await browser.hears() == {"type": "websocket.accept"}
    try:
        yield browser, connection
    finally:
        browser.leaves()
        browser.reads.set()
        async with asyncio.timeout(5):
            await connection


@pytest.fixture
def hub() -> Hub:
    return Hub()


async def test_library_connects_and_subscribes_in_one_frame(hub):
    async with opened(hub, ping_s=HUB_PING_S) as (browser, _):
        browser.says(LIBRARY_START)

        connected = await browser.hears_frame()
        assert connected["id"] == 1
        assert connected["connect"].pop("client")
        assert connected["connect"] == {"version": "chophien 1", "ping": 25, "pong": True}
        assert await browser.hears_frame() == {"id": 2, "subscribe": {}}
        assert await browser.hears_frame() == {"id": 3, "subscribe": {}}
        assert (hub.count_followers("fair"), hub.count_followers("room:7")) == (1, 1)


async def test_every_connection_has_a_client_of_its_own(hub):
    async with opened(hub) as (one, _), opened(hub) as (other, _):
        one.says('{"connect":{},"id":1}')
        other.says('{"connect":{},"id":1}')

        clients = [(await each.hears_frame())["connect"]["client"] for each in (one, other)]

    assert clients[0] != clients[1]


async def test_publication_arrives_at_every_follower(hub):
    async with opened(hub) as (one, _), opened(hub) as (other, _):
        for browser in (one, other):
            browser.says('{"subscribe":{"channel":"fair"},"id":1}')
            await browser.hears_frame()

        hub.broadcast("fair", SOLD_OUT)

        for browser in (one, other):
            assert await browser.hears() == {"type": "websocket.send", "text": SOLD_OUT}


async def test_after_unsubscribe_no_publication_arrives(hub):
    async with opened(hub) as (browser, _):
        browser.says(LIBRARY_START)
        browser.says(LIBRARY_UNSUBSCRIBE)
        replies = [await browser.hears_frame() for _ in range(4)]

        taken = hub.broadcast("room:7", "frame")

        assert replies[-1] == {"id": 5, "unsubscribe": {}}
        assert taken == 0


@pytest.mark.parametrize("channel", ["fair", "screen", "room:1", "room:999999999999999999"])
async def test_public_channel_is_followed(hub, channel):
    async with opened(hub) as (browser, _):
        browser.says(json.dumps({"subscribe": {"channel": channel}, "id": 2}))

        assert await browser.hears_frame() == {"id": 2, "subscribe": {}}
        assert hub.count_followers(channel) == 1


@pytest.mark.parametrize(
    ("label", "channel"),
    [
        ("empty", ""),
        ("a person's", "user:1"),
        ("a room without number", "room:"),
        ("a room that is no number", "room:x"),
        ("a number too long", "room:" + "9" * 19),
        ("digits of another script", "room:٧"),
        ("more behind it", "fair:1"),
        ("a line's end behind it", "fair\n"),
        ("upper case", "FAIR"),
        ("a private one of Centrifugo", "$fair"),
    ],
)
async def test_any_other_channel_is_unknown(hub, label, channel):
    async with opened(hub) as (browser, _):
        browser.says(json.dumps({"subscribe": {"channel": channel}, "id": 2}))

        reply = await browser.hears_frame()

        assert reply == {"id": 2, "error": {"code": 102, "message": "unknown channel"}}
        assert hub.count_followers(channel) == 0


async def test_one_channel_too_many_is_refused_and_the_others_stay(hub):
    async with opened(hub) as (browser, _):
        for room in range(HUB_CHANNELS_MAX + 1):
            browser.says(json.dumps({"subscribe": {"channel": f"room:{room}"}, "id": room + 1}))
        replies = [await browser.hears_frame() for _ in range(HUB_CHANNELS_MAX + 1)]

        assert replies[-2] == {"id": HUB_CHANNELS_MAX, "subscribe": {}}
        assert replies[-1]["error"] == {"code": 106, "message": "limit exceeded"}
        assert hub.broadcast("room:0", "frame") == 1


async def test_command_of_a_later_version_is_refused_and_the_connection_stays(hub):
    async with opened(hub) as (browser, _):
        browser.says('{"id":4,"history":{"channel":"fair"}}')
        browser.says('{"id":5,"subscribe":{"channel":"fair"}}')

        refused, done = await browser.hears_frame(), await browser.hears_frame()

    assert refused == {"id": 4, "error": {"code": 107, "message": "bad request"}}
    assert done == {"id": 5, "subscribe": {}}


@pytest.mark.parametrize(
    ("label", "origin", "is_let_in"),
    [
        ("no browser", None, True),
        ("its own page", b"https://fair.example", True),
        ("its own page without TLS", b"http://fair.example", True),
        ("another site", b"https://evil.example", False),
        ("a name that begins alike", b"https://fair.example.evil.example", False),
        ("another port", b"https://fair.example:8443", False),
        ("a page without origin", b"null", False),
        ("empty", b"", False),
        ("a name before an at", b"https://fair.example@evil.example", False),
        ("no text", b"https://\xff\xfe", False),
        ("broken brackets", b"http://[", False),
    ],
)
async def test_only_the_fairs_own_pages_and_programs_may_connect(hub, label, origin, is_let_in):
    browser = Browser()
    browser._said.put_nowait({"type": "websocket.connect"})
    browser.leaves()
    scope = make_scope() if origin is None else make_scope((b"origin", origin))

    await HubSocket(hub)(scope, browser.receive, browser.send)

    refused = {"type": "websocket.close", "code": 4403}
    assert await browser.hears() == ({"type": "websocket.accept"} if is_let_in else refused)
    assert browser.heard_nothing_more()


async def test_another_site_would_be_let_in_without_the_check(hub, monkeypatch):
    """Negative control of the one before."""
    monkeypatch.setattr("chophien.hotlane.socket._is_same_origin", lambda scope: True)
    browser = Browser()
    browser._said.put_nowait({"type": "websocket.connect"})
    browser.leaves()
    scope = make_scope((b"origin", b"https://evil.example"))

    await HubSocket(hub)(scope, browser.receive, browser.send)

    assert await browser.hears() == {"type": "websocket.accept"}


async def test_null_origin_without_a_host_is_refused(hub):
    browser = Browser()
    browser._said.put_nowait({"type": "websocket.connect"})
    scope = {"type": "websocket", "headers": [(b"origin", b"null")]}

    await HubSocket(hub)(scope, browser.receive, browser.send)

    assert await browser.hears() == {"type": "websocket.close", "code": 4403}


@pytest.mark.parametrize(
    ("label", "frame"),
    [
        ("no JSON", "hello"),
        ("brackets without end", '{"x":' + "[" * 4_000),
        ("too large", " " * 5_000),
        ("an id that no reply could carry", '{"id":' + "9" * 40 + ',"connect":{}}'),
    ],
)
async def test_protocol_error_closes_for_good_and_follows_nothing(hub, label, frame):
    async with opened(hub) as (browser, connection):
        browser.says('{"subscribe":{"channel":"fair"},"id":1}')
        await browser.hears_frame()

        browser.says(frame)

        assert await browser.hears() == {"type": "websocket.close", "code": 3501}
        await connection
        assert hub.count_followers("fair") == 0
        assert hub.dropped_count == 0


async def test_bytes_are_a_protocol_error(hub):
    async with opened(hub) as (browser, _):
        browser.says_bytes(b"{}")

        assert await browser.hears() == {"type": "websocket.close", "code": 3501}


async def test_whoever_leaves_follows_nothing_and_is_told_nothing(hub):
    async with opened(hub) as (browser, connection):
        browser.says('{"subscribe":{"channel":"fair"},"id":1}')
        await browser.hears_frame()

        browser.leaves()
        await connection

        assert hub.count_followers("fair") == 0
        assert browser.heard_nothing_more()


async def test_reader_that_stops_reading_is_closed_and_others_get_everything(hub):
    async with opened(hub) as (slow, connection), opened(hub) as (quick, _):
        for browser in (slow, quick):
            browser.says('{"subscribe":{"channel":"fair"},"id":1}')
            await browser.hears_frame()
        slow.reads.clear()

        for number in range(HUB_BACKLOG_FRAMES_MAX + 2):  # one is on its way, the rest waits
            hub.broadcast("fair", f"{number}")
            assert await quick.hears_frame() == number
        slow.reads.set()
        await connection

        assert await slow.hears_frame() == 0
        assert await slow.hears() == {"type": "websocket.close", "code": 3008}
        assert hub.dropped_count == 1
        assert hub.count_followers("fair") == 1


async def test_reader_that_floods_commands_and_reads_nothing_is_closed(hub):
    async with opened(hub) as (browser, connection):
        browser.reads.clear()

        browser.says("\n".join(['{"id":1}'] * (HUB_BACKLOG_FRAMES_MAX + 2)))
        browser.says('{"id":2,"subscribe":{"channel":"fair"}}')
        browser.reads.set()
        await connection

        assert await browser.hears() == {"type": "websocket.close", "code": 3008}
        assert hub.dropped_count == 1
        assert hub.count_followers("fair") == 0


async def test_silence_is_broken_by_a_ping_and_an_answer_keeps_the_connection(hub):
    async with opened(hub, ping_s=0) as (browser, connection):
        for _ in range(3):
            assert await browser.hears_frame() == {}
            browser.reads.clear()
            browser.says(LIBRARY_PONG)
            await _until(browser._said.empty)
            assert not connection.done()
            browser.reads.set()


async def test_ping_without_an_answer_closes_the_connection(hub):
    async with opened(hub, ping_s=0) as (browser, connection):
        assert await browser.hears_frame() == {}
        assert await browser.hears() == {"type": "websocket.close", "code": 3012}

        await connection


async def test_line_that_takes_no_frame_in_time_is_given_up(hub):
    async with opened(hub, ping_s=0) as (browser, connection):
        browser.reads.clear()

        await connection

    assert hub.dropped_count == 0


async def test_line_that_breaks_while_sending_ends_without_a_fault(hub):
    async with opened(hub) as (browser, connection):
        browser.says('{"subscribe":{"channel":"fair"},"id":1}')
        await browser.hears_frame()
        browser.is_gone = True

        hub.broadcast("fair", "frame")
        await connection

        assert hub.count_followers("fair") == 0


async def test_missed_events_send_browsers_away_to_come_back(hub):
    async with opened(hub) as (browser, connection):
        browser.says('{"subscribe":{"channel":"fair"},"id":1}')
        await browser.hears_frame()

        hub.drop_followers()

        assert await browser.hears() == {"type": "websocket.close", "code": 3010}
        await connection


async def _until(is_so) -> None:
    """Give way to the connection's own tasks, without a clock, until something is so."""
    for _ in range(100):
        if is_so():
            return
        await asyncio.sleep(0)
    raise AssertionError("it did not come to that")
