"""The page of a waiting room in a real browser, with a lane that the test plays."""

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.template.loader import render_to_string
from django.utils.translation import override
from playwright.sync_api import expect
from tests.journeys.conftest import browser  # noqa: F401 - the fixture
from tests.web.test_page_clock import STATIC
from tests.web.test_puzzle_browser import POLICY

from chophien.web.shared.waiting import Place

NOW = datetime(2026, 11, 11, 13, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ROOM = 5
PAGE = """<!doctype html><html lang="en" data-server-now="{now}" data-time-from="/clock.json">
<title>Room</title><script type="module" src="/js/queue.js"></script>
<body><p role="status" aria-live="polite" data-says></p>{place}</body></html>"""

pytestmark = pytest.mark.browser


def make_place(**fields):
    values = {
        "state": "coming", "is_in": True, "is_sold_out": False, "entry": "0123456789abcdef",
        "number": None, "before": 0, "turn_at": None, "ends_at": None, "minutes": 0,
        "ticket": "first-ticket",
    }  # fmt: skip
    return Place(**(values | fields))


class Site:
    """The page as the server would write it now, and the lane's answers."""

    def __init__(self):
        self.place = make_place()
        self.room = {
            "is_drawn": False, "is_closed": False, "is_sold_out": False, "entered": 120,
            "waiting": 120, "pace": {"place": 0, "at": NOW.isoformat(), "rate_per_s": 1},
        }  # fmt: skip
        self.asked = []
        self.joins = []
        self.lane_is_up = True

    def answer(self, route):
        path = "/" + route.request.url.split("/", 3)[3].partition("?")[0]
        self.asked.append(path)
        if path == "/":
            route.fulfill(
                body=self._write(),
                content_type="text/html; charset=utf-8",
                headers={"Content-Security-Policy": POLICY},
            )
        elif path == "/clock.json":
            route.fulfill(body=json.dumps({"now": NOW.isoformat()}))
        elif path == f"/lane/rooms/{ROOM}" and self.lane_is_up:
            route.fulfill(body=json.dumps(self.room), content_type="application/json")
        elif path == "/lane/queue":
            self.joins.append(json.loads(route.request.post_data))
            told = {
                "place": 100, "turn_at": (NOW + 100 * SECOND).isoformat(), "ticket": "second-ticket",
            }  # fmt: skip
            route.fulfill(body=json.dumps(told), content_type="application/json")
        elif (file := STATIC / path.lstrip("/")).is_file():
            route.fulfill(body=file.read_text(), content_type="text/javascript")
        else:
            route.fulfill(status=503)

    def _write(self):
        room = SimpleNamespace(
            id=ROOM, opens_at=NOW + 60 * SECOND, entered=120, is_standing=False, drawn_at=None
        )
        with override("en"):
            place = render_to_string(
                "fair/_queue_place.html",
                {
                    "room": room,
                    "place": self.place,
                    "turn_minutes": 15,
                    "server_now": NOW,
                    "user": SimpleNamespace(is_authenticated=True),
                },
            )
        return PAGE.format(now=NOW.isoformat(), place=place)


@pytest.fixture
def site():
    return Site()


@pytest.fixture
def page(browser, site):  # noqa: F811 - the fixture
    context = browser.new_context(locale="en-US")
    context.route("**/*", site.answer)
    # Everything is asked at once: no spreading over seconds.
    context.add_init_script(
        "const later = setTimeout; window.setTimeout = (act, ms) => later(act, ms / 20);"
    )
    opened = context.new_page()
    yield opened
    context.close()


def read_box(page, name):
    return page.evaluate(f"document.querySelector('[data-queue]').dataset.{name}")


def test_opening_brings_the_place_without_reading_the_page_anew(page, site):
    page.goto("http://localhost/")
    expect(page.locator("[data-entered]")).to_have_text("120")
    site.room["is_drawn"] = True

    expect(page.locator("[data-before]")).to_have_text("99")

    assert site.joins == [{"room": ROOM, "ticket": "first-ticket"}]
    assert site.asked.count("/") == 1
    assert "about 2 minutes" in page.inner_text("[data-waiting]")
    assert page.is_hidden("[data-stage]")
    assert page.inner_text("[data-says]").startswith("99 people before you")
    assert read_box(page, "ticket") == "second-ticket"


def test_turn_is_shown_said_and_hands_the_ticket_on_to_the_goods(page, site):
    site.place = make_place(state="waiting", number=2, before=1, turn_at=NOW + SECOND)
    site.room |= {"is_drawn": True, "pace": {"place": 0, "at": NOW.isoformat(), "rate_per_s": 1}}
    page.goto("http://localhost/")
    expect(page.locator("[data-before]")).to_have_text("0")
    assert page.evaluate("sessionStorage.getItem('ticket:5')") is None

    site.place = make_place(
        state="now", number=2, turn_at=NOW + SECOND, ends_at=NOW + 900 * SECOND, ticket="on"
    )

    expect(page.locator("[data-says]")).to_have_text("It is your turn.")
    assert page.evaluate("sessionStorage.getItem('ticket:5')") == "on"


def test_turn_that_ends_is_no_turn_any_more(page, site):
    site.place = make_place(state="now", number=2, turn_at=NOW, ends_at=NOW + SECOND, ticket="on")
    page.goto("http://localhost/")
    expect(page.locator("[data-says]")).to_have_text("It is your turn.")
    site.place = make_place(state="over", number=2, turn_at=NOW, ends_at=NOW + SECOND)

    expect(page.locator("[data-queue]")).to_have_attribute("data-state", "over")
    assert page.evaluate("sessionStorage.getItem('ticket:5')") is None


def test_sold_out_is_told_at_once_and_taken_back(page, site):
    page.goto("http://localhost/")
    expect(page.locator("[data-entered]")).to_have_text("120")

    site.room["is_sold_out"] = True
    expect(page.locator("[data-gone]")).to_be_visible()
    expect(page.locator("[data-says]")).to_have_text("Sold out.")

    site.room["is_sold_out"] = False
    expect(page.locator("[data-gone]")).to_be_hidden()
    assert site.asked.count("/") == 1


def test_without_a_lane_the_page_is_read_anew(page, site):
    site.lane_is_up = False
    page.goto("http://localhost/")

    site.place = make_place(
        state="waiting", number=9, before=8, minutes=3, turn_at=NOW + 150 * SECOND
    )

    expect(page.locator("[data-queue]")).to_have_attribute("data-state", "waiting")
    expect(page.locator("[data-waiting]")).to_contain_text("about 3 minutes")


def test_changed_pace_changes_what_is_told(page, site):
    site.place = make_place(state="waiting", number=101, before=100, turn_at=NOW + 100 * SECOND)
    site.room |= {"is_drawn": True}
    page.goto("http://localhost/")
    expect(page.locator("[data-wait]")).to_have_text("about 2 minutes")

    site.room["pace"] = {"place": 1, "at": (NOW + SECOND).isoformat(), "rate_per_s": 10}

    expect(page.locator("[data-wait]")).to_have_text("less than a minute")
