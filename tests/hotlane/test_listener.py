"""From PostgreSQL's notifications to the hub, with a connection that the test plays."""

import asyncio
from dataclasses import dataclass, field

import psycopg
import pytest

from chophien.hotlane import listener
from chophien.hotlane.hub import Hub, Subscriber
from chophien.hotlane.listener import Listener

STOCK = '{"channel":"fair","event":{"type":"stock","sku_id":7,"free":0},"v":1}'
PUSH = '{"push":{"channel":"fair","pub":{"data":{"type":"stock","sku_id":7,"free":0}}}}'


@dataclass(frozen=True)
class Notification:
    payload: str


@dataclass
class Database:
    """Each connection hears its payloads, then breaks; the last one hears nothing more."""

    connections: list[list[str]]
    is_heard: asyncio.Event = field(default_factory=asyncio.Event)
    executed: list[str] = field(default_factory=list)

    async def connect(self, url, *, autocommit):
        assert autocommit, "notifications come outside transactions only"
        if not self.connections:
            raise psycopg.OperationalError("nobody answers")
        return self

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        pass

    async def execute(self, query):
        self.executed.append(query)

    async def notifies(self):
        for payload in self.connections.pop(0):
            yield Notification(payload)
        if self.connections:
            raise psycopg.OperationalError("the server closed the connection")
        self.is_heard.set()
        await asyncio.Event().wait()


@pytest.fixture
def hub() -> Hub:
    return Hub()


async def listen_to(monkeypatch, hub, *connections, meanwhile=lambda: None):
    """Run a listener until the last connection said all that it has to say."""
    database = Database([list(payloads) for payloads in connections])
    monkeypatch.setattr(psycopg.AsyncConnection, "connect", database.connect)
    monkeypatch.setattr(listener, "RETRY_S", 0)
    running = Listener(url="postgresql://fair", hub=hub)
    task = asyncio.create_task(running.run())
    await running.is_listening.wait()
    meanwhile()
    async with asyncio.timeout(5):
        await database.is_heard.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return database


def follow_fair(hub) -> Subscriber:
    subscriber = Subscriber()
    hub.subscribe(subscriber, "fair")
    return subscriber


async def test_committed_event_reaches_its_channel(monkeypatch, hub):
    heard = []
    monkeypatch.setattr(hub, "broadcast", lambda channel, frame: heard.append((channel, frame)))

    database = await listen_to(monkeypatch, hub, [STOCK])

    assert heard == [("fair", PUSH)]
    assert database.executed == ["LISTEN chophien"]


async def test_what_is_no_event_is_logged_and_the_next_one_arrives(monkeypatch, hub, caplog):
    heard = []
    monkeypatch.setattr(hub, "broadcast", lambda channel, frame: heard.append(channel))
    later = STOCK.replace('"v":1', '"v":2')

    await listen_to(monkeypatch, hub, ["hello", '{"channel":"fair"}', later, STOCK])

    assert heard == ["fair"]
    assert caplog.text.count("not an event") == 3


async def test_after_the_database_was_away_it_listens_again(monkeypatch, hub, caplog):
    heard = []
    monkeypatch.setattr(hub, "broadcast", lambda channel, frame: heard.append(channel))

    database = await listen_to(monkeypatch, hub, [], [], [STOCK])

    assert database.executed == ["LISTEN chophien"] * 3
    assert heard == ["fair"]
    assert "the database is away, listening again soon" in caplog.text


async def test_whoever_followed_while_the_database_was_away_is_sent_to_read_anew(monkeypatch, hub):
    early = []

    await listen_to(monkeypatch, hub, [], [], meanwhile=lambda: early.append(follow_fair(hub)))

    (subscriber,) = early
    assert subscriber.frames.get_nowait() == 3010
    assert hub.count_followers("fair") == 0


async def test_while_the_line_holds_nobody_is_sent_away(monkeypatch, hub):
    """Negative control of the one before."""
    early = []

    await listen_to(monkeypatch, hub, [], meanwhile=lambda: early.append(follow_fair(hub)))

    assert hub.count_followers("fair") == 1
    assert not early[0].is_dropped
