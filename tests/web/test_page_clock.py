"""The page's countdown in a real browser: it goes by the server's clock and by no other."""

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.journeys.conftest import browser  # noqa: F401 - the fixture

STATIC = Path(__file__).resolve().parents[2] / "src" / "chophien" / "web" / "static"
SERVER = datetime(2031, 11, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PAGE = """<!doctype html><html lang="vi" data-server-now="{now}" data-time-from="/clock.json">
<time id="left" data-until="{until}"></time><time id="now" data-now></time>
<script type="module">
  import {{ now, tick }} from "/js/clock.js";
  globalThis.now = now;
  tick();
</script></html>"""

pytestmark = pytest.mark.browser


class Site:
    """A page and a clock, answered without any network. `at` is what the server says."""

    def __init__(self):
        self.at = SERVER
        self.asked = 0
        self.script_takes_s = 0.0

    def answer(self, route):
        path = route.request.url.removeprefix("http://fair.test")
        if path == "/":
            until = (SERVER + 10 * MINUTE).isoformat()
            route.fulfill(
                body=PAGE.format(now=SERVER.isoformat(), until=until), content_type="text/html"
            )
        elif path == "/clock.json":
            self.asked += 1
            route.fulfill(body=json.dumps({"now": self.at.isoformat()}))
        else:
            time.sleep(self.script_takes_s)
            file = STATIC / path.lstrip("/")
            route.fulfill(body=file.read_text(), content_type="text/javascript")


@pytest.fixture
def site():
    return Site()


@pytest.fixture
def page(browser, site):  # noqa: F811 - the fixture
    context = browser.new_context(locale="vi-VN")
    context.route("**/*", site.answer)
    yield context.new_page()
    context.close()


def open_page(page):
    page.goto("http://fair.test/")
    page.wait_for_function("globalThis.now !== undefined")


def read_ahead_s(page):
    """How far the page's clock is from where the server's was at the start."""
    return page.evaluate("now()") / 1000 - SERVER.timestamp()


def test_device_whose_clock_is_wrong_counts_down_rightly(page, site):
    page.add_init_script("const real = Date.now; Date.now = () => real() - 86_400_000;")

    open_page(page)

    assert 0 <= read_ahead_s(page) < 5
    assert page.inner_text("#left") in {"10:00", "09:59", "09:58", "09:57", "09:56"}
    assert site.asked == 0


def test_slow_line_does_not_make_the_clock_late(page, site):
    """The page came at once, its script a second and a half later."""
    site.script_takes_s = 1.5

    open_page(page)

    assert 1.5 <= read_ahead_s(page) < 6
    assert site.asked == 0


def test_page_tells_the_fairs_time(page):
    open_page(page)

    assert page.inner_text("#now").startswith("01/11/2031 07:00:0")


def test_page_that_slept_asks_the_server_and_is_right_again(page, site):
    """Asleep, the page's stop watch stands still while the device's clock goes on."""
    open_page(page)
    site.at = SERVER + 8 * MINUTE

    page.evaluate("() => { const real = Date.now; Date.now = () => real() + 480_000; }")
    page.wait_for_function("document.querySelector('#left').textContent < '02:30'")

    assert site.asked == 1
    assert 480 <= read_ahead_s(page) < 490


def test_negative_control_without_asking_it_stays_behind(page, site):
    open_page(page)
    site.at = SERVER + 8 * MINUTE

    page.wait_for_timeout(1500)

    assert site.asked == 0
    assert read_ahead_s(page) < 10


def test_clock_set_on_the_device_changes_nothing(page, site):
    open_page(page)
    page.evaluate("() => { const real = Date.now; Date.now = () => real() - 7_200_000; }")
    page.wait_for_timeout(1500)

    assert site.asked == 1  # it cannot know that it did not sleep, so it asks
    assert 0 <= read_ahead_s(page) < 10
