"""From PostgreSQL's notifications to a carrier, with a connection that the test plays."""

import asyncio
from dataclasses import dataclass, field

import psycopg
import pytest
import websockets
from tests.hub import KEY, RULES, Browser, EchoDesk, until
from tests.lane import find_database_url
from typing_extensions import override

from chophien.hotlane.hub import listener
from chophien.hotlane.hub.listener import Carrier, Listener
from chophien.hotlane.hub.process import HubProcess, Plan

STOCK = '{"channel":"fair","event":{"type":"stock","sku_id":7,"free":0},"v":1}'


@dataclass
class RecordingCarrier(Carrier):
    """Keeps what it was told."""

    told: list[object] = field(default_factory=list)

    @override
    def carry(self, channel: str, event: bytes) -> None:
        self.told.append((channel, event))

    @override
    def resync(self) -> None:
        self.told.append("resync")


@dataclass(frozen=True)
class Notification:
    payload: str


@dataclass
class Database:
    """Each connection hears its payloads, then breaks; the last one hears nothing more.

    A connection that is `deaf` is cut without a word: nothing is ever answered on it.
    """

    connections: list[list[str] | str]
    is_heard: asyncio.Event = field(default_factory=asyncio.Event)
    executed: list[str] = field(default_factory=list)
    is_deaf: bool = False

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
        if query == "SELECT 1" and self.is_deaf:
            await asyncio.Event().wait()

    async def notifies(self, *, timeout):  # noqa: ASYNC109 - psycopg's own
        payloads = self.connections.pop(0)
        self.is_deaf = payloads == "deaf"
        if self.is_deaf:
            return
        for payload in payloads:
            yield Notification(payload)
        if self.connections:
            raise psycopg.OperationalError("the server closed the connection")
        self.is_heard.set()
        await asyncio.Event().wait()


async def listen_to(monkeypatch, *connections):
    """Run a listener until the last connection said all that it has to say."""
    database = Database(list(connections))
    monkeypatch.setattr(psycopg.AsyncConnection, "connect", database.connect)
    monkeypatch.setattr(listener, "RETRY_S", 0)
    monkeypatch.setattr(listener, "ANSWER_S", 0.01)
    carrier = RecordingCarrier()
    task = asyncio.create_task(Listener(url="postgresql://fair", carrier=carrier).run())
    async with asyncio.timeout(5):
        await database.is_heard.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return database, carrier.told


async def test_committed_event_is_carried_to_its_channel(monkeypatch):
    database, told = await listen_to(monkeypatch, [STOCK])

    assert told == ["resync", ("fair", b'{"type":"stock","sku_id":7,"free":0}')]
    assert database.executed == ["LISTEN chophien"]


async def test_what_is_no_event_is_logged_and_the_next_one_arrives(monkeypatch, caplog):
    later = STOCK.replace('"v":1', '"v":2')

    _, told = await listen_to(monkeypatch, ["hello", '{"channel":"fair"}', later, STOCK])

    assert [each[0] for each in told[1:]] == ["fair"]
    assert caplog.text.count("not an event") == 3


async def test_after_the_database_was_away_everybody_reads_anew(monkeypatch, caplog):
    database, told = await listen_to(monkeypatch, [STOCK], [STOCK])

    assert [each if each == "resync" else "event" for each in told] == [
        "resync", "event", "resync", "event",
    ]  # fmt: skip
    assert database.executed == ["LISTEN chophien"] * 2
    assert "the database is away, listening again soon" in caplog.text


async def test_while_the_line_holds_nobody_is_sent_to_read_anew(monkeypatch):
    """Negative control of the one before."""
    _, told = await listen_to(monkeypatch, [STOCK, STOCK])

    assert told.count("resync") == 1


async def test_line_that_was_cut_without_a_word_is_found_out(monkeypatch):
    database, told = await listen_to(monkeypatch, "deaf", [STOCK])

    assert database.executed == ["LISTEN chophien", "SELECT 1", "LISTEN chophien"]
    assert told.count("resync") == 2


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
async def test_event_committed_in_postgresql_reaches_a_browser():
    url = find_database_url()
    process = HubProcess(Plan(rules=RULES, token_key=KEY, make_desk=EchoDesk, database_url=url))
    port = process.server.bind("127.0.0.1", 0)
    stopping = asyncio.Event()
    running = asyncio.create_task(process.run(stopping))
    await until(lambda: process.server.is_well)
    async with websockets.connect(f"ws://127.0.0.1:{port}/hub/websocket") as socket:
        browser = Browser(socket)
        await browser.connects(channels=("fair",))

        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            await connection.execute("SELECT pg_notify('chophien', %s)", [STOCK])

        heard = (await browser.hears())["push"]["pub"]
        assert heard == {"data": {"type": "stock", "sku_id": 7, "free": 0}, "offset": 1}
    stopping.set()
    await running
