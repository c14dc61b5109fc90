"""Commands over real sockets, to a hub in the same loop."""

import json
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.hub import BrokenDesk, make_token, run_hub, until

from chophien.domain.limits import (
    HUB_ASKED_MAX,
    HUB_CHANNELS_MAX,
    HUB_COMMANDS,
    HUB_PING_S,
)
from chophien.hotlane.hub.server import read_now
from chophien.hotlane.hub.session import Now

S = 1_000_000


@pytest.fixture
async def hub():
    async with run_hub() as running:
        yield running


@pytest.fixture
async def browser(hub):
    async with hub.browser() as browser:
        yield browser


def later(seconds: int) -> Now:
    now = read_now()
    return Now(steady_us=now.steady_us + seconds * S, real_us=now.real_us + seconds * S)


async def test_without_a_token_one_is_welcome_to_listen(browser):
    welcome = (await browser.connects())["connect"]

    assert welcome.pop("client")
    assert welcome == {"version": "chophien 2", "ping": HUB_PING_S, "pong": True}


async def test_with_a_token_one_hears_how_long_it_holds(browser):
    welcome = (await browser.connects(make_token(seconds=60)))["connect"]

    assert welcome["expires"] is True
    assert 58 <= welcome["ttl"] <= 60


async def test_token_that_is_over_asks_for_another(browser):
    refused = await browser.connects(make_token(seconds=-1))

    assert refused["error"] == {"code": 109, "message": "token expired"}
    assert "connect" in await browser.connects(make_token())


async def test_commands_sent_along_with_a_token_that_is_over_are_left_alone(browser):
    connect = json.dumps({"id": 1, "connect": {"token": make_token(seconds=-1)}})
    await browser.socket.send(connect + '\n{"id":2,"subscribe":{"channel":"fair"}}')

    assert (await browser.hears())["error"]["code"] == 109
    assert "connect" in await browser.connects(make_token(), channels=("fair",))


@pytest.mark.parametrize("token", ["nonsense", make_token()[:-3] + "abc", "x" * 3_000])
async def test_token_that_is_none_ends_the_connection_for_good(browser, token):
    await browser.socket.send(json.dumps({"id": 1, "connect": {"token": token}}))

    assert await browser.is_closed_with() == 3500


@pytest.mark.parametrize(
    ("label", "commands"),
    [
        ("before who it is", ['{"id":1,"subscribe":{"channel":"fair"}}']),
        ("twice who it is", ['{"id":1,"connect":{}}', '{"id":2,"connect":{}}']),
        ("who it is, wanting no answer", ['{"connect":{}}']),
        ("no JSON", ["hello"]),
        ("brackets without end", ['{"x":' + "[" * 4_000]),
        ("too large", ['{"x":"' + " " * 5_000 + '"}']),
    ],
)
async def test_what_no_library_says_closes_for_good(hub, browser, label, commands):
    for command in commands:
        await browser.socket.send(command)

    assert await browser.is_closed_with() == 3501
    assert hub.process.server.connection_count == 0


async def test_bytes_close_for_good(browser):
    await browser.socket.send(b"{}")

    assert await browser.is_closed_with() == 3501


async def test_token_is_renewed_and_holds_longer(hub, browser):
    await browser.connects(make_token(seconds=5), channels=("chat:7",))

    renewed = await browser.asks("refresh", token=make_token(seconds=600))

    assert 598 <= renewed["refresh"].pop("ttl") <= 600
    assert renewed["refresh"] == {"client": "", "version": "chophien 2", "expires": True}
    hub.process.server.sweep(later(60))
    assert "presence_stats" in await browser.asks("presence_stats", channel="chat:7")


async def test_token_of_somebody_else_does_not_renew(browser):
    await browser.connects(make_token(5))

    await browser.socket.send(json.dumps({"id": 9, "refresh": {"token": make_token(6)}}))

    assert await browser.is_closed_with() == 3005


async def test_token_that_is_not_renewed_ends_the_connection(hub, browser):
    await browser.connects(make_token(seconds=5))

    for second in range(HUB_PING_S):
        hub.process.server.sweep(later(5 + HUB_PING_S + 1 + second))

    assert await browser.is_closed_with() == 3005


async def test_several_commands_of_a_frame_are_answered_with_one(browser):
    await browser.socket.send(
        '{"id":1,"connect":{}}\n{"id":2,"subscribe":{"channel":"fair"}}\n{}\n'
        '{"id":3,"rpc":{"method":"x"}}'
    )

    frame = await browser.socket.recv()

    welcome, followed, unknown = map(json.loads, frame.split("\n"))
    assert welcome["id"] == 1
    assert followed["subscribe"]["offset"] == 0
    assert unknown == {"id": 3, "error": {"code": 104, "message": "method not found"}}


@pytest.mark.parametrize(
    "channel",
    [
        "",
        "Fair",
        "room:",
        "room:x",
        "room:1234567890123456789",
        "room:٣",
        "chat:-1",
        "$fair",
        "a\n",
    ],
)
async def test_channels_that_are_none_are_refused(browser, channel):
    await browser.connects()

    assert (await browser.asks("subscribe", channel=channel))["error"]["code"] == 102


async def test_channel_followed_already_is_refused(browser):
    await browser.connects(channels=("fair",))

    assert (await browser.asks("subscribe", channel="fair"))["error"]["code"] == 105


async def test_nobody_follows_more_channels_than_allowed(hub, browser):
    await browser.connects(channels=tuple(f"room:{room}" for room in range(HUB_CHANNELS_MAX)))

    assert (await browser.asks("subscribe", channel="fair"))["error"]["code"] == 106
    await browser.asks("unsubscribe", channel="room:3")
    assert "subscribe" in await browser.asks("subscribe", channel="fair")
    assert hub.process.hub.count_followers("room:3") == 0


async def test_commands_that_come_too_quickly_end_the_connection(hub, browser):
    await browser.connects()

    await browser.socket.send("\n".join(['{"id":9,"rpc":{}}'] * (HUB_COMMANDS.burst + 1)))

    assert await browser.is_closed_with() == 3013


async def test_pings_of_the_websocket_are_answered_and_counted(hub, browser):
    await browser.connects()

    await (await browser.socket.ping())
    for _ in range(HUB_COMMANDS.burst + 1):
        await browser.socket.ping()

    assert await browser.is_closed_with() == 3013


async def test_what_is_said_reaches_the_desk_and_its_answer_the_speaker(hub, browser):
    await browser.connects(make_token(5, name="Lan"), channels=("chat:7",))

    taken = await browser.asks("publish", channel="chat:7", data={"text": "hello"})
    refused = await browser.asks("publish", channel="chat:7", data={"text": "no"})

    assert taken["publish"] == {}
    assert refused["error"] == {"code": 1_001, "message": "muted"}
    said = hub.desk.asked[0]
    assert (said.room_id, said.data) == (7, {"text": "hello"})
    assert (said.caller.user_id, said.caller.guest_id, said.caller.name) == (5, "", "Lan")
    assert abs(said.at.timestamp() - time.time_ns() / 1e9) < 5


async def test_guest_is_told_from_others_by_device(hub, browser):
    await browser.connects(make_token(None, name=""), channels=("chat:7",))

    await browser.asks("publish", channel="chat:7", data=["any", "form"])

    caller = hub.desk.asked[0].caller
    assert (caller.user_id, caller.guest_id, caller.name) == (None, "a1b2", "")


@pytest.mark.parametrize(
    ("label", "has_token", "follows", "channel"),
    [
        ("without a token", False, "chat:7", "chat:7"),
        ("in a room that one does not follow", True, "chat:7", "chat:8"),
        ("in the commerce lane", True, "fair", "fair"),
        ("nowhere", True, "fair", "chat:x"),
    ],
)
async def test_nobody_speaks(hub, browser, label, has_token, follows, channel):
    await browser.connects(make_token() if has_token else "", channels=(follows,))

    refused = await browser.asks("publish", channel=channel, data={"text": "hello"})

    assert refused["error"]["code"] == 103
    assert hub.desk.asked == []


async def test_who_says_much_before_the_desk_answers_is_told_to_wait(hub, browser):
    await browser.connects(make_token(), channels=("chat:7",))
    hub.desk.is_open.clear()
    for number in range(HUB_ASKED_MAX):
        command = {"id": 100 + number, "publish": {"channel": "chat:7", "data": {}}}
        await browser.socket.send(json.dumps(command))

    refused = await browser.asks("publish", channel="chat:7", data={})

    assert refused["error"]["code"] == 111
    hub.desk.is_open.set()
    assert {(await browser.hears())["id"] for _ in range(HUB_ASKED_MAX)} == set(range(100, 108))
    assert "publish" in await browser.asks("publish", channel="chat:7", data={})


async def test_answer_to_somebody_who_left_harms_nobody(hub, browser):
    async with hub.browser() as other:
        await other.connects(make_token(), channels=("chat:7",))
        hub.desk.is_open.clear()
        await other.socket.send('{"id":9,"publish":{"channel":"chat:7","data":{}}}')
        await other.asks("presence_stats", channel="chat:7")
    hub.desk.is_open.set()

    assert "connect" in await browser.connects()


async def test_fault_of_the_desk_is_answered_and_logged(caplog):
    async with run_hub(lambda _talk: BrokenDesk()) as hub, hub.browser() as browser:
        await browser.connects(make_token(), channels=("chat:7",))

        refused = await browser.asks("publish", channel="chat:7", data={})

        assert refused["error"] == {
            "code": 100,
            "message": "internal server error",
            "temporary": True,
        }
        assert "connect" not in await browser.asks("presence_stats", channel="chat:7")
    assert "the desk is broken" in caplog.text


async def test_presence_counts_connections_and_people(hub, browser):
    await browser.connects(make_token(5), channels=("chat:7",))
    async with hub.browser() as second, hub.browser() as third:
        await second.connects(make_token(5), channels=("chat:7",))
        await third.connects(channels=("chat:7",))

        counts = await browser.asks("presence_stats", channel="chat:7")

        assert counts["presence_stats"] == {"num_clients": 3, "num_users": 2}
    elsewhere = await browser.asks("presence_stats", channel="chat:8")
    assert elsewhere["error"]["code"] == 103
    assert (await browser.asks("presence_stats", channel="fair"))["error"]["code"] == 108
    assert (await browser.asks("presence", channel="chat:7"))["error"]["code"] == 108


async def test_history_tells_what_came_since(hub, browser):
    await browser.connects(channels=("fair",))
    epoch = (await browser.asks("history", channel="fair"))["history"]["epoch"]
    hub.publish("fair", a=1)
    hub.publish("fair", a=2)

    since = {"offset": 1, "epoch": epoch}
    told = (await browser.asks("history", channel="fair", limit=9, since=since))["history"]

    assert told == {
        "publications": [{"data": {"a": 2}, "offset": 2}],
        "epoch": epoch,
        "offset": 2,
    }
    since = {"offset": 0, "epoch": epoch}
    first = (await browser.asks("history", channel="fair", limit=1, since=since))["history"]
    assert first["publications"] == [{"data": {"a": 1}, "offset": 1}]
    assert "publications" in (await browser.asks("history", channel="fair"))["history"]
    past = {"offset": 1, "epoch": "another"}
    assert (await browser.asks("history", channel="fair", since=past))["error"]["code"] == 112
    assert (await browser.asks("history", channel="chat:7"))["error"]["code"] == 108
    assert (await browser.asks("history", channel="room:7"))["error"]["code"] == 103


async def test_whoever_leaves_is_forgotten(hub):
    async with hub.browser() as browser:
        await browser.connects(make_token(), channels=("fair", "chat:7"))
        assert hub.process.hub.viewers.count_here(7) == 1

    await until(lambda: not hub.process.server.connection_count)
    assert hub.process.hub.count_followers("fair") == 0
    assert hub.process.hub.viewers.count_here(7) == 0


COMMANDS = st.fixed_dictionaries(
    {"id": st.integers(min_value=0, max_value=2**33)},
    optional={
        method: st.fixed_dictionaries(
            {},
            optional={
                "channel": st.sampled_from(["fair", "chat:7", "room:1", "x", 7]),
                "token": st.sampled_from(["", "x", make_token(seconds=600)]),
                "data": st.one_of(
                    st.text(max_size=30), st.none(), st.dictionaries(st.text(), st.text())
                ),
                "recover": st.booleans(),
                "offset": st.integers(min_value=-1, max_value=2**64),
                "epoch": st.text(max_size=5),
                "since": st.dictionaries(st.sampled_from(["offset", "epoch"]), st.integers()),
            },
        )
        for method in (
            "connect",
            "subscribe",
            "unsubscribe",
            "publish",
            "refresh",
            "history",
            "presence_stats",
            "presence",
            "rpc",
        )
    },
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(COMMANDS, max_size=12))
async def test_whatever_is_commanded_the_hub_lives_on(hub, commands):
    async with hub.browser() as hostile:
        await hostile.socket.send('{"id":1,"connect":{}}')
        await hostile.socket.send("\n".join(map(json.dumps, commands)))

    async with hub.browser() as browser:
        assert "connect" in await browser.connects(channels=("fair",))
