"""The contract of what carries events to browsers."""

import asyncio
import json

import httpx
import pytest
from tests.hub import run_hub

from chophien.hotlane.hub.centrifugo import Centrifugo, open_client
from chophien.hotlane.hub.listener import Carrier
from chophien.hotlane.hub.process import HubCarrier


async def hear_through_hub(act, count) -> list[tuple[str, object]]:
    """What a browser of our own hub hears of what is done with the carrier."""
    heard = []
    async with run_hub() as hub, hub.browser() as browser:
        await browser.connects(channels=("fair", "room:7"))
        carrier = hub.process.carrier
        assert isinstance(carrier, HubCarrier)
        act(carrier)
        for _ in range(count):
            push = (await browser.hears())["push"]
            heard.append((push["channel"], push.get("pub", {}).get("data", "read anew")))
    return heard


async def hear_through_centrifugo(act, count) -> list[tuple[str, object]]:
    """What Centrifugo is given to publish."""
    heard: list[tuple[str, object]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        if request.url.path.endswith("channels"):
            return httpx.Response(200, json={"result": {"channels": {"room:7": {}}}})
        for command in body["commands"]:
            data = command["publish"]["data"]
            anew = data == {"type": "missed"}
            heard.append((command["publish"]["channel"], "read anew" if anew else data))
        return httpx.Response(200, json={"replies": []})

    async with open_client("http://centrifugo/api", "key") as client:
        client._transport = httpx.MockTransport(answer)
        carrier = Centrifugo(client)
        act(carrier)
        task = asyncio.create_task(carrier.run())
        for _ in range(500):
            if len(heard) >= count:
                break
            await asyncio.sleep(0.01)
        task.cancel()
    return heard


WAYS = [hear_through_hub, hear_through_centrifugo]


@pytest.mark.parametrize("hear", WAYS)
async def test_contract_carrier_keeps_the_order_of_a_channel(hear):
    def act(carrier: Carrier) -> None:
        for number in range(3):
            carrier.carry("fair", b'{"n":%d}' % number)

    assert await hear(act, 3) == [("fair", {"n": number}) for number in range(3)]


@pytest.mark.parametrize("hear", WAYS)
async def test_contract_carrier_tells_all_who_follow_to_read_anew(hear):
    def act(carrier: Carrier) -> None:
        carrier.carry("fair", b'{"n":1}')
        carrier.resync()

    heard = await hear(act, 3)

    assert ("fair", "read anew") in heard
    assert ("room:7", "read anew") in heard
