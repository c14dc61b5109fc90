"""The published `centrifuge` library, unchanged, and our page's module, against the hub."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Route, async_playwright
from tests.hub import RunningHub, make_token, run_hub, until

from chophien.hotlane.hub import history
from chophien.hotlane.hub.handshake import Rules
from chophien.hotlane.hub.server import read_now

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::ResourceWarning")]
STATIC = Path(__file__).resolve().parents[2] / "src/chophien/web/static"
ORIGIN = "http://fair.test"
RULES = Rules(origins=[ORIGIN], hosts=[], is_behind_proxy=False)
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
# The page comes from no server, so Chromium takes the hub for a stranger's local network.
FLAGS.append("--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests")
PAGE = """<!doctype html><html data-hub="ws://127.0.0.1:{port}/hub/websocket"{token}><body><script type="module">
import {{ listen, talk }} from "./js/hub.js";
window.heard = []; window.backs = 0; window.ticks = [];
window.line = listen("fair", (event) => heard.push(event), () => backs++);
window.room = talk("7", (tick) => ticks.push(tick));
window.isReady = true;
</script></body></html>"""


@pytest.fixture
async def hub() -> AsyncIterator[RunningHub]:
    async with run_hub(rules=RULES) as running:
        yield running


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        await browser.close()


class Tokens:
    """What `/hub/token/` answers; `seconds` is how long each one holds."""

    def __init__(self, seconds: int = 600) -> None:
        self.seconds = seconds
        self.given = 0

    def give(self) -> str:
        self.given += 1
        return make_token(5, seconds=self.seconds)


async def open_page(chromium: Browser, hub: RunningHub, tokens: Tokens | None = None) -> Page:
    """The module in a page of the fair, with the files that the site serves."""
    page = await chromium.new_page()

    async def serve(route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN)
        if path == "/":
            token = ' data-hub-token="/hub/token/"' if tokens else ""
            body = PAGE.format(port=hub.port, token=token)
            await route.fulfill(body=body, content_type="text/html")
        elif path == "/hub/token/" and tokens:
            await route.fulfill(json={"token": tokens.give()})
        else:
            await route.fulfill(path=STATIC / path.lstrip("/"))

    await page.route(f"{ORIGIN}/**", serve)
    await page.goto(f"{ORIGIN}/")
    await is_so(page, "window.isReady && line.state === 'subscribed'")
    return page


async def is_so(page: Page, expression: str) -> None:
    await page.wait_for_function(f"() => {expression}", timeout=15_000)


async def cut_lines(hub: RunningHub) -> None:
    """Lose every connection without a word, as a tunnel does."""
    for connection in tuple(hub.process.server._connections.values()):
        hub.process.server._leave(connection)


async def read(page: Page, expression: str) -> Any:
    return await page.evaluate(expression)


async def test_page_hears_events_in_their_order_compressed_too(hub, chromium):
    page = await open_page(chromium, hub)
    (connection,) = hub.process.server._connections.values()

    for number in range(50):
        hub.publish("fair", type="stock", sku_id=number, text="x" * 300)

    await is_so(page, "heard.length === 50")
    assert [each["sku_id"] for each in await read(page, "heard")] == list(range(50))
    assert connection.deflates
    assert await read(page, "document.documentElement.dataset.line") == "open"


async def test_page_that_comes_back_is_given_what_it_missed_and_reads_nothing_anew(hub, chromium):
    page = await open_page(chromium, hub)
    hub.publish("fair", number=0)
    await is_so(page, "heard.length === 1")

    await cut_lines(hub)
    for number in (1, 2, 3):
        hub.publish("fair", number=number)

    await is_so(page, "heard.length === 4")
    hub.publish("fair", number=4)
    await is_so(page, "heard.length === 5")
    assert [each["number"] for each in await read(page, "heard")] == [0, 1, 2, 3, 4]
    assert await read(page, "backs") == 0


async def test_page_that_was_away_too_long_reads_its_state_anew(hub, chromium, monkeypatch):
    monkeypatch.setattr(history, "HUB_HISTORY_EVENTS_MAX", 2)
    page = await open_page(chromium, hub)

    await cut_lines(hub)
    for number in range(5):
        hub.publish("fair", number=number)

    await is_so(page, "backs === 1")
    assert await read(page, "heard") == []
    hub.publish("fair", number=5)
    await is_so(page, "heard.length === 1")


async def test_page_reads_its_state_anew_when_the_database_was_away(hub, chromium):
    page = await open_page(chromium, hub)
    hub.publish("fair", number=0)
    await is_so(page, "heard.length === 1")

    hub.process.carrier.resync()

    await is_so(page, "backs === 1 && line.state === 'subscribed'")
    hub.publish("fair", number=1)
    await is_so(page, "heard.length === 2")


async def test_word_that_something_was_missed_is_obeyed(hub, chromium):
    """As it comes by Centrifugo."""
    page = await open_page(chromium, hub)

    hub.publish("fair", type="missed")

    await is_so(page, "backs === 1")
    assert await read(page, "heard") == []


async def test_page_comes_back_to_a_hub_that_was_started_anew(chromium):
    async with run_hub(rules=RULES) as hub:
        page = await open_page(chromium, hub)
        hub.publish("fair", number=0)
        await is_so(page, "heard.length === 1")
        port = hub.port
    await is_so(page, "line.state === 'subscribing'")

    async with run_hub(rules=RULES, port=port) as again:
        await is_so(page, "backs === 1")
        again.publish("fair", number=1)
        await is_so(page, "heard.length === 2")


async def test_what_is_said_is_accepted_or_refused_and_told_to_the_room(hub, chromium):
    tokens = Tokens()
    page = await open_page(chromium, hub, tokens)

    accepted = await read(page, "room.say('xin chào', {key: 'k1'})")
    refused = await read(page, "room.say('no')")

    assert accepted == {"accepted": True}
    assert refused == {"accepted": False, "code": 1_001, "message": "muted"}
    assert hub.desk.asked[0].data == {"text": "xin chào", "key": "k1"}
    await is_so(page, "ticks.some((tick) => tick.said.some(({ text }) => text === 'xin chào'))")
    assert tokens.given == 1


async def test_without_a_token_one_hears_but_is_refused(hub, chromium):
    page = await open_page(chromium, hub)

    refused = await read(page, "room.like(3)")

    assert refused == {"accepted": False, "code": 103, "message": "permission denied"}
    hub.process.talk.like(7, 2)
    await is_so(page, "ticks.some((tick) => tick.likes === 2)")


async def test_token_is_renewed_before_it_ends_and_the_line_holds(hub, chromium):
    tokens = Tokens(seconds=2)
    page = await open_page(chromium, hub, tokens)
    (connection,) = hub.process.server._connections.values()
    tokens.seconds = 600

    await until(lambda: tokens.given == 2)
    await until(lambda: (connection.ends_at_s or 0) - read_now().real_s > 500)

    assert await read(page, "line.state") == "subscribed"
    assert (await read(page, "room.say('still here')"))["accepted"]


async def test_token_that_is_over_when_the_page_comes_back_is_fetched_anew(hub, chromium):
    tokens = Tokens(seconds=-1)

    opening = asyncio.create_task(open_page(chromium, hub, tokens))
    await until(lambda: tokens.given >= 1)
    tokens.seconds = 600
    page = await opening

    assert tokens.given >= 2
    assert (await read(page, "room.say('hello')"))["accepted"]


async def test_pings_are_answered_by_the_library(hub, chromium):
    page = await open_page(chromium, hub)
    (connection,) = hub.process.server._connections.values()

    hub.process.server._ping(connection, read_now())
    assert connection.owes_pong

    await until(lambda: not connection.owes_pong)
    assert await read(page, "line.state") == "subscribed"
