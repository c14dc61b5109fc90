"""The two lanes: what is never lost, and what is sampled."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from tests.hub import make_token, run_hub

from chophien.domain.limits import HUB_GATHER_MS, TALK_MESSAGES_MAX, TALK_WAITING_MAX
from chophien.hotlane.hub import history
from chophien.hotlane.hub import hub as hub_module


@pytest.fixture
async def hub():
    async with run_hub() as running:
        yield running


@pytest.fixture
async def browser(hub):
    async with hub.browser() as browser:
        await browser.connects(make_token())
        yield browser


def push(channel: str, offset: int, **data: object) -> dict[str, object]:
    return {"push": {"channel": channel, "pub": {"data": data, "offset": offset}}}


async def follow(browser, channel="fair", **since):
    return (await browser.asks("subscribe", channel=channel, **since))["subscribe"]


async def test_event_reaches_every_follower_of_its_channel_and_nobody_else(hub, browser):
    async with hub.browser() as other, hub.browser() as second:
        await follow(browser)
        await second.connects(channels=("fair", "screen"))
        await other.connects(channels=("screen",))

        hub.publish("fair", a=1)
        hub.publish("screen", a=2)

        assert await browser.hears() == push("fair", 1, a=1)
        assert [await second.hears(), await second.hears()] == [
            push("fair", 1, a=1),
            push("screen", 1, a=2),
        ]
        assert await other.hears() == push("screen", 1, a=2)


async def test_events_that_follow_each_other_go_together_and_keep_their_order(hub, browser):
    await follow(browser)
    before = hub.process.hub.frames_sent

    for number in range(5):
        hub.publish("fair", a=number)

    heard = [await browser.hears() for _ in range(5)]
    assert heard == [push("fair", offset, a=offset - 1) for offset in range(1, 6)]
    assert hub.process.hub.frames_sent == before + 2, "the first, and all that followed it"


async def test_events_of_a_room_whose_fan_out_is_slow_go_with_its_talk(hub, browser, monkeypatch):
    monkeypatch.setattr(hub_module, "HUB_GATHER_MS", 0)  # none is quick enough
    async with hub.browser() as silent:
        await silent.connects(channels=("room:7",))
        await follow(browser, "room:7")
        await browser.asks("subscribe", channel="chat:7")
        before = hub.process.hub.frames_sent

        hub.publish("room:7", a=1)
        hub.publish("room:7", a=2)
        assert hub.process.hub.frames_sent == before
        hub.process.talk.say(7, b'{"text":"hay"}')

        events = [push("room:7", 1, a=1), push("room:7", 2, a=2)]
        assert [await browser.hears(), await browser.hears()] == events
        assert (await browser.hears())["push"]["channel"] == "chat:7"
        assert [await silent.hears(), await silent.hears()] == events
        assert hub.process.hub.frames_sent == before + 2, "one write each"


async def test_events_of_a_slow_room_wait_for_no_talk_that_does_not_come(hub, browser, monkeypatch):
    monkeypatch.setattr(hub_module, "HUB_GATHER_MS", 0)
    await follow(browser, "room:7")

    hub.publish("room:7", a=1)

    assert await browser.hears() == push("room:7", 1, a=1)


async def test_event_after_a_pause_goes_out_at_once(hub, browser):
    await follow(browser)
    hub.publish("fair", a=1)
    await asyncio.sleep(3 * HUB_GATHER_MS / 1_000)
    before = hub.process.hub.frames_sent

    hub.publish("fair", a=2)

    assert hub.process.hub.frames_sent == before + 1


async def test_new_follower_does_not_hear_what_was_before_it(hub, browser):
    async with hub.browser() as early:
        await early.connects(channels=("fair",))
        hub.publish("fair", a=1)
        hub.publish("fair", a=2)  # waits for the next frame

        place = await follow(browser)
        hub.publish("fair", a=3)

        assert place["offset"] == 2
        assert await browser.hears() == push("fair", 3, a=3)
        assert [(await early.hears())["push"]["pub"]["offset"] for _ in range(3)] == [1, 2, 3]


async def test_whoever_comes_back_is_given_exactly_what_was_missed(hub, browser):
    place = await follow(browser)
    hub.publish("fair", a=1)
    assert await browser.hears() == push("fair", 1, a=1)
    async with hub.browser() as back:
        await back.connects()
        hub.publish("fair", a=2)
        hub.publish("fair", a=3)

        again = await follow(back, recover=True, offset=1, epoch=place["epoch"])

        assert again == {
            "recoverable": True,
            "positioned": True,
            "epoch": place["epoch"],
            "offset": 3,
            "was_recovering": True,
            "recovered": True,
            "publications": [{"data": {"a": 2}, "offset": 2}, {"data": {"a": 3}, "offset": 3}],
        }
        hub.publish("fair", a=4)
        assert await back.hears() == push("fair", 4, a=4)


async def test_whoever_missed_nothing_is_told_so(hub, browser):
    place = await follow(browser)
    async with hub.browser() as back:
        await back.connects()

        again = await follow(back, recover=True, offset=0, epoch=place["epoch"])

        assert (again["recovered"], again["was_recovering"]) == (True, True)
        assert "publications" not in again


@pytest.mark.parametrize(
    ("label", "offset", "epoch"),
    [("of another start", 1, "another"), ("of the future", 9, None), ("too long ago", 0, None)],
)
async def test_whoever_cannot_be_given_all_is_told_so(
    hub, browser, monkeypatch, label, offset, epoch
):
    monkeypatch.setattr(history, "HUB_HISTORY_EVENTS_MAX", 2)
    place = await follow(browser)
    for number in range(3):
        hub.publish("fair", a=number)
    async with hub.browser() as back:
        await back.connects()

        again = await follow(back, recover=True, offset=offset, epoch=epoch or place["epoch"])

        assert (again["recovered"], again["offset"]) == (False, 3)
        assert "publications" not in again


async def test_events_that_may_be_missing_begin_an_epoch_and_send_everybody_to_read_anew(
    hub, browser
):
    place = await follow(browser)
    await follow(browser, "chat:7")
    hub.publish("fair", a=1)
    await browser.hears()

    hub.process.carrier.resync()

    assert (await browser.hears())["push"] == {
        "channel": "fair",
        "unsubscribe": {"code": 2500, "reason": "insufficient state"},
    }
    assert hub.process.hub.count_followers("chat:7") == 1
    again = await follow(browser, recover=True, offset=1, epoch=place["epoch"])
    assert (again["recovered"], again["offset"]) == (False, 0)
    assert again["epoch"] != place["epoch"]
    hub.publish("fair", a=2)
    assert await browser.hears() == push("fair", 1, a=2)


async def test_readers_are_sent_away_a_few_at_a_time(hub, monkeypatch):
    monkeypatch.setattr(hub_module, "HUB_RESYNC_PER_S", 20)  # two each step
    async with AsyncExitStack() as stack:
        browsers = [await stack.enter_async_context(hub.browser()) for _ in range(5)]
        for browser in browsers:
            await browser.connects(channels=("fair",))

        hub.process.carrier.resync()

        assert hub.process.hub.count_followers("fair") == 3
        for browser in browsers:
            assert "unsubscribe" in (await browser.hears())["push"]
        assert hub.process.hub.count_followers("fair") == 0


async def test_what_is_said_in_a_tick_is_one_frame_with_the_likes_as_a_sum(hub, browser):
    await follow(browser, "chat:7")
    for number in range(3):
        hub.process.talk.say(7, b'{"text":"%d"}' % number)
    hub.process.talk.like(7, 40)
    hub.process.talk.like(7, 2)

    tick = (await browser.hears())["push"]

    assert tick["channel"] == "chat:7"
    assert tick["pub"] == {
        "data": {
            "said": [{"text": "0"}, {"text": "1"}, {"text": "2"}],
            "left_out": 0,
            "likes": 42,
            "watching": 1,
        }
    }


async def test_nothing_is_sent_where_nothing_was_said(hub, browser):
    await follow(browser, "chat:7")
    before = hub.process.hub.frames_sent

    hub.process.talk.tick()

    assert hub.process.hub.frames_sent == before


async def test_under_load_what_goes_first_is_kept_and_the_rest_is_sampled_evenly(hub, browser):
    await follow(browser, "chat:7")
    for number in range(1_000):
        hub.process.talk.say(7, b"%d" % number, goes_first=number in {500, 501})

    tick = (await browser.hears())["push"]["pub"]["data"]

    assert len(tick["said"]) == TALK_MESSAGES_MAX
    assert tick["left_out"] == 1_000 - TALK_MESSAGES_MAX
    assert {500, 501} <= set(tick["said"])
    assert tick["said"] == sorted(tick["said"])
    assert tick["said"][0] < 200
    assert tick["said"][-1] > 800


async def test_flood_within_a_tick_is_bounded_and_counted(hub, browser):
    await follow(browser, "chat:7")
    for _ in range(TALK_WAITING_MAX + 50):
        hub.process.talk.say(7, b"1")
    hub.process.talk.say(7, b'"host"', goes_first=True)

    tick = (await browser.hears())["push"]["pub"]["data"]

    assert tick["left_out"] == TALK_WAITING_MAX + 51 - TALK_MESSAGES_MAX
    assert "host" in tick["said"]


async def test_rooms_hear_their_own_talk_only(hub, browser):
    await follow(browser, "chat:7")
    hub.process.talk.say(8, b'"elsewhere"')
    hub.process.talk.say(7, b'"here"')

    assert (await browser.hears())["push"]["pub"]["data"]["said"] == ["here"]


async def test_room_is_told_when_the_number_of_its_viewers_changes(hub, browser):
    await follow(browser, "chat:7")

    assert (await browser.hears())["push"]["pub"]["data"]["watching"] == 1
    async with hub.browser() as other:
        await other.connects(channels=("chat:7",))
        assert (await browser.hears())["push"]["pub"]["data"]["watching"] == 2
    assert (await browser.hears())["push"]["pub"]["data"]["watching"] == 1


async def test_compressed_and_plain_readers_hear_the_same(hub):
    async with hub.browser() as packed, hub.browser(compression=None) as plain:
        assert packed.socket.protocol.extensions
        assert not plain.socket.protocol.extensions
        for browser in (packed, plain):
            await browser.connects(channels=("fair",))

        hub.publish("fair", text="giá sốc " * 50)

        heard = [await packed.hears(), await plain.hears()]
        assert heard[0] == heard[1] == push("fair", 1, text="giá sốc " * 50)
