"""What Centrifugo is told and what it asks, by its documented HTTP API; itself it is not here.

A small server answers as the documentation says that Centrifugo does.
"""

import asyncio
import json
from dataclasses import dataclass, field

import httpx
import pytest
from tests.hub import BrokenDesk, EchoDesk

from chophien.hotlane.hub import centrifugo as module
from chophien.hotlane.hub.centrifugo import Centrifugo, RefusedError
from chophien.hotlane.hub.proxy import PATH, PublishDoor
from chophien.hotlane.hub.talk import TalkLane
from chophien.hotlane.hub.viewers import Viewers

SECRET = "a secret of both"
MISSED = {"type": "missed"}


@dataclass
class FakeCentrifugo:
    """Keeps what is published. While it is away, it answers nobody."""

    key: str = "key"
    channels: tuple[str, ...] = ()
    is_away: bool = False
    refuses: bool = False
    published: list[tuple[str, object]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.is_away:
            raise httpx.ConnectError("nobody answers")
        if request.headers["X-API-Key"] != self.key:
            return httpx.Response(401)
        body = json.loads(request.content)
        self.asked.append(request.url.path)
        if request.url.path == "/api/channels":
            named = {channel: {"num_clients": 1} for channel in self.channels}
            return httpx.Response(200, json={"result": {"channels": named}})
        assert request.url.path == "/api/batch"
        if self.refuses:
            fault = {"error": {"code": 102, "message": "unknown channel"}}
            return httpx.Response(200, json={"replies": [fault for _ in body["commands"]]})
        for command in body["commands"]:
            self.published.append((command["publish"]["channel"], command["publish"]["data"]))
        return httpx.Response(200, json={"replies": [{"publish": {}} for _ in body["commands"]]})


def open_client(server: FakeCentrifugo, key: str = "key") -> httpx.AsyncClient:
    client = module.open_client("http://centrifugo/api/", key)
    client._transport = httpx.MockTransport(server)
    return client


@pytest.fixture
def server() -> FakeCentrifugo:
    return FakeCentrifugo()


@pytest.fixture
async def carrier(server, monkeypatch):
    monkeypatch.setattr(module, "RETRY_S", 0.01)
    async with open_client(server) as client:
        carrier = Centrifugo(client)
        task = asyncio.create_task(carrier.run())
        yield carrier
        task.cancel()


async def hears(server, count: int) -> list[tuple[str, object]]:
    event = asyncio.Event()
    async with asyncio.timeout(5):
        while len(server.published) < count:
            event.clear()
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(event.wait(), 0.01)
    return server.published


async def test_events_come_in_their_order(server, carrier):
    for number in range(450):
        carrier.carry("room:7", b'{"n":%d}' % number)

    assert await hears(server, 450) == [("room:7", {"n": number}) for number in range(450)]
    assert server.asked == ["/api/batch"] * 3


async def test_channels_of_no_browser_are_not_carried(server, carrier):
    carrier.carry("office", b"{}")
    carrier.carry("fair", b"{}")

    assert await hears(server, 1) == [("fair", {})]


async def test_events_wait_while_centrifugo_is_away(server, carrier, caplog):
    server.is_away = True
    carrier.carry("fair", b'{"n":1}')
    await asyncio.sleep(0.05)
    carrier.carry("fair", b'{"n":2}')
    server.is_away = False

    assert await hears(server, 2) == [("fair", {"n": 1}), ("fair", {"n": 2})]
    assert "Centrifugo is away" in caplog.text


async def test_when_more_waits_than_is_kept_everybody_is_told(server, carrier, monkeypatch):
    monkeypatch.setattr(module, "WAITING_MAX", 3)
    server.is_away = True
    server.channels = ("room:7", "chat:7", "room:x")
    for number in range(5):
        carrier.carry("fair", b'{"n":%d}' % number)
    server.is_away = False

    told = await hears(server, 4)

    assert sorted(channel for channel, data in told if data == MISSED) == [
        "fair",
        "room:7",
        "screen",
    ]
    assert told[-1] == ("fair", {"n": 4})


async def test_events_that_may_be_missing_are_told_to_all_who_follow(server, carrier):
    server.channels = ("room:7",)

    carrier.resync()

    assert sorted(await hears(server, 3)) == [
        ("fair", MISSED), ("room:7", MISSED), ("screen", MISSED),
    ]  # fmt: skip


async def test_talk_comes_by_ticks_and_not_late(server, carrier):
    server.is_away = True
    lane = TalkLane(carrier.tell_talk, Viewers())
    for number in range(60):
        lane.say(7, b'{"text":"%d"}' % number)
        lane.tick()
    server.is_away = False

    told = await hears(server, 50)

    await asyncio.sleep(0.05)
    assert len(told) == 50
    assert told[0] == (
        "chat:7",
        {"said": [{"text": "0"}], "left_out": 0, "likes": 0, "watching": 0},
    )


async def test_refusals_are_logged_and_do_not_stop_the_rest(server, carrier, caplog):
    server.refuses = True
    carrier.carry("room:7", b"{}")
    await asyncio.sleep(0.05)
    server.refuses = False
    carrier.carry("fair", b"{}")

    assert await hears(server, 1) == [("fair", {})]
    assert "unknown channel" in caplog.text


async def test_wrong_key_is_a_fault_that_somebody_must_mend(server):
    async with open_client(server, key="another") as client:
        carrier = Centrifugo(client)
        carrier.carry("fair", b"{}")

        with pytest.raises(RefusedError, match="answered 401 to batch"):
            await carrier.run()


async def ask(door: PublishDoor, body: object, *, secret: str = SECRET, path: str = PATH):
    """What the door answers, as Centrifugo sends it."""
    transport = httpx.ASGITransport(app=door)
    async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await client.post(path, content=content, headers={"X-Chophien-Secret": secret})


@pytest.fixture
def desk() -> EchoDesk:
    return EchoDesk(TalkLane(lambda _room, _data: None, Viewers()))


def published(**changed: object) -> dict[str, object]:
    """As in Centrifugo's documentation of the publish proxy."""
    return {
        "client": "9336a229-2400-4ebc-8c50-0a643d22e8a0",
        "transport": "websocket",
        "protocol": "json",
        "encoding": "json",
        "user": "u:5",
        "channel": "chat:7",
        "data": {"text": "hello"},
        "meta": {"name": "Lan"},
    } | changed


async def test_desk_is_asked_and_its_leave_is_a_tick_in_which_nothing_happened(desk):
    answer = await ask(PublishDoor(desk, secret=SECRET), published())

    assert answer.json() == {
        "result": {"data": {"said": [], "left_out": 0, "likes": 0}, "skip_history": True}
    }
    (said,) = desk.asked
    assert (said.room_id, said.data, said.caller.user_id) == (7, {"text": "hello"}, 5)
    assert said.caller.name == "Lan"


async def test_refusal_of_the_desk_reaches_centrifugo(desk):
    answer = await ask(PublishDoor(desk, secret=SECRET), published(data={"text": "no"}))

    assert answer.json() == {"error": {"code": 1_001, "message": "muted"}}


@pytest.mark.parametrize(
    ("label", "body", "code"),
    [
        ("nobody", published(user=""), 103),
        ("somebody who is none", published(user="x:1"), 103),
        ("in no room", published(channel="fair"), 103),
        ("no JSON", b"hello", 107),
        ("too much", b'{"channel":"' + b"x" * 20_000 + b'"}', 107),
        ("brackets without end", b'{"data":' + b"[" * 9_000, 107),
    ],
)
async def test_what_is_not_of_that_form_is_refused(desk, label, body, code):
    answer = await ask(PublishDoor(desk, secret=SECRET), body)

    assert answer.json()["error"]["code"] == code
    assert desk.asked == []


async def test_whoever_does_not_know_the_secret_is_not_heard(desk):
    door = PublishDoor(desk, secret=SECRET)

    assert (await ask(door, published(), secret="guessed")).status_code == 403
    assert (await ask(door, published(), path="/")).status_code == 404
    assert desk.asked == []


async def test_fault_of_the_desk_is_answered(caplog):
    answer = await ask(PublishDoor(BrokenDesk(), secret=SECRET), published())

    assert answer.json()["error"]["code"] == 100
    assert "the desk is broken" in caplog.text
