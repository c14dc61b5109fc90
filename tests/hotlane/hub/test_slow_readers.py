"""Readers who do not read, or leave without a word."""

import asyncio
import json
import socket

import pytest
from tests.hub import make_token, run_hub, until

from chophien.domain.limits import (
    HUB_BACKLOG_BYTES_MAX,
    HUB_HANDSHAKE_BYTES_MAX,
    HUB_HANDSHAKE_S,
    HUB_PING_S,
)
from chophien.hotlane.hub.server import read_now
from chophien.hotlane.hub.session import Now

S = 1_000_000
EVENT = "x" * 8_000


@pytest.fixture
async def hub():
    async with run_hub() as running:
        yield running


def sweep(hub, *, after_s: int, seconds: int = HUB_PING_S) -> None:
    """So many seconds of the hub's clock at once, beginning after so many."""
    now = read_now()
    for second in range(after_s, after_s + seconds):
        at = Now(steady_us=now.steady_us + second * S, real_us=now.real_us + second * S)
        hub.process.server.sweep(at)


async def connect_deaf(hub, *channels: str) -> socket.socket:
    """A follower with a small buffer, who reads the answers and then nothing more."""
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    deaf.settimeout(0)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(deaf, ("127.0.0.1", hub.port))
    await loop.sock_sendall(
        deaf,
        b"GET /hub/websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    )
    assert (await loop.sock_recv(deaf, 4_096)).startswith(b"HTTP/1.1 101")
    commands = [{"id": 1, "connect": {"token": make_token()}}]
    commands += [
        {"id": 2 + place, "subscribe": {"channel": channel}}
        for place, channel in enumerate(channels)
    ]
    text = "\n".join(map(json.dumps, commands)).encode()
    head = b"\x81\xfe" + len(text).to_bytes(2, "big") + bytes(4)
    await loop.sock_sendall(deaf, head + text)
    await loop.sock_recv(deaf, 4_096)
    return deaf


async def test_reader_that_stops_reading_is_dropped_and_others_get_everything(hub):
    count = 3 * HUB_BACKLOG_BYTES_MAX // len(EVENT)
    with await connect_deaf(hub, "fair"):
        async with hub.browser() as quick:
            await quick.connects(channels=("fair",))

            for number in range(count):
                hub.publish("fair", number=number, text=EVENT)
                await asyncio.sleep(0.025)  # each a frame of its own
            heard = [(await quick.hears())["push"]["pub"] for _ in range(count)]

            assert [each["data"]["number"] for each in heard] == list(range(count))
            assert hub.process.server.dropped_count == 1
            assert hub.process.hub.count_followers("fair") == 1
            assert hub.process.server.connection_count == 1


async def test_reader_that_pauses_gets_all_events_in_order(hub):
    """Negative control of the one before: what fits into the backlog is not lost."""
    loop = asyncio.get_running_loop()
    with await connect_deaf(hub, "fair") as deaf:
        for number in range(20):
            hub.publish("fair", number=number, text=EVENT)
            await asyncio.sleep(0.025)
        (connection,) = hub.process.server._connections.values()
        assert connection.backlog is not None

        heard = b""
        while b'"number": 19' not in heard:
            heard += await loop.sock_recv(deaf, 65_536)

        places = [heard.index(b'"number": %d,' % number) for number in range(20)]
        assert places == sorted(places)
        await until(lambda: connection.backlog is None)
        assert hub.process.server.dropped_count == 0


async def test_talk_passes_by_a_reader_who_has_something_to_read(hub):
    with await connect_deaf(hub, "fair", "chat:7"):
        (connection,) = hub.process.server._connections.values()
        for number in range(20):
            hub.publish("fair", number=number, text=EVENT)
            await asyncio.sleep(0.025)
        assert connection.backlog is not None
        waiting = connection.backlog.size

        hub.process.talk.say(7, b'"hello"')
        hub.process.talk.tick()

        assert connection.backlog.size == waiting


async def test_reader_in_whose_backlog_nothing_moves_is_dropped(hub):
    with await connect_deaf(hub, "fair"):
        for number in range(20):
            hub.publish("fair", number=number, text=EVENT)
            await asyncio.sleep(0.025)

        sweep(hub, after_s=0)
        assert hub.process.server.connection_count == 1
        sweep(hub, after_s=HUB_PING_S)

        assert hub.process.server.connection_count == 0
        assert hub.process.server.dropped_count == 1


async def test_silence_is_pinged_and_an_answer_keeps_the_connection(hub):
    async with hub.browser() as browser:
        await browser.connects()
        for turn in range(3):
            sweep(hub, after_s=turn * HUB_PING_S)
            assert await browser.hears(with_pings=True) == {}
            await browser.socket.send("{}")
            await browser.asks("rpc")

        assert hub.process.server.connection_count == 1


async def test_ping_without_an_answer_closes_the_connection(hub):
    async with hub.browser() as browser:
        await browser.connects()

        sweep(hub, after_s=0, seconds=2 * HUB_PING_S)

        assert await browser.is_closed_with() == 3012


async def test_whoever_does_not_say_who_it_is_is_closed(hub):
    async with hub.browser() as browser:
        sweep(hub, after_s=HUB_HANDSHAKE_S - 1, seconds=1)
        assert hub.process.server.connection_count == 1

        sweep(hub, after_s=HUB_HANDSHAKE_S + 1, seconds=1)

        assert await browser.is_closed_with() == 3502


async def test_request_that_does_not_end_is_cut_off(hub):
    reader, writer = await asyncio.open_connection("127.0.0.1", hub.port)
    writer.write(b"GET /hub/websocket HTTP/1.1\r\n")
    await until(lambda: hub.process.server.connection_count == 1)

    sweep(hub, after_s=HUB_HANDSHAKE_S + 1, seconds=1)

    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await reader.readexactly(1)
    assert hub.process.server.connection_count == 0
    writer.close()


async def test_request_that_is_too_long_is_cut_off(hub):
    reader, writer = await asyncio.open_connection("127.0.0.1", hub.port)

    writer.write(b"GET /hub/websocket HTTP/1.1\r\nX: " + b"x" * HUB_HANDSHAKE_BYTES_MAX)

    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await reader.readexactly(1)
    assert hub.process.server.connection_count == 0
    writer.close()


async def test_line_that_breaks_without_a_word_is_forgotten_with_the_next_event(hub):
    deaf = await connect_deaf(hub, "fair")
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    deaf.close()

    hub.publish("fair", a=1)

    await until(lambda: hub.process.server.connection_count == 0)
    assert hub.process.hub.count_followers("fair") == 0
    assert hub.process.server.dropped_count == 0


async def test_browser_that_was_told_to_go_and_does_not_is_cut_off(hub):
    with await connect_deaf(hub, "fair"):
        (connection,) = hub.process.server._connections.values()
        hub.process.server.close(connection, 3012)
        assert hub.process.server.connection_count == 1

        sweep(hub, after_s=10, seconds=1)

        assert hub.process.server.connection_count == 0


async def test_at_the_end_everybody_is_told_to_come_back():
    async with run_hub() as hub, hub.browser() as browser:
        await browser.connects(channels=("fair",))
        waiting = asyncio.create_task(browser.is_closed_with())
        await asyncio.sleep(0)

        hub.stopping.set()

        assert await waiting == 3001
    with pytest.raises(OSError):
        await asyncio.open_connection("127.0.0.1", hub.port)
