"""The puzzle of a waiting room in a real browser: nothing to press, nothing to see."""

import json
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from tests.journeys.conftest import browser  # noqa: F401 - the fixture
from tests.web.test_page_clock import STATIC

from chophien.domain.limits import PUZZLE_COUNTER_MAX
from chophien.wire.puzzles import Whose, derive_keys, make_puzzle, read_answer

NOW_S = 1_800_000_000
KEYS = derive_keys("a secret of the fair")
HOA = Whose(user_id=7, room_id=3)
SAFE = "http://localhost"
PLAIN = "http://fair.test"  # no HTTPS: browsers keep their cryptography from it
PATIENCE = "patience.note"
POLICY = "; ".join(
    " ".join([name, *sources])
    for name, sources in settings.CONTENT_SECURITY_POLICY["DIRECTIVES"].items()
)
PAGE = """<!doctype html><html lang="vi"><title>Phòng chờ</title>
<script type="module" src="/js/puzzle.js"></script><form>{puzzle}</form></html>"""

pytestmark = pytest.mark.browser


class Site:
    """A page with a puzzle, under the fair's own content security policy."""

    def __init__(self):
        self.has_puzzle = True
        self.asked = []

    def answer(self, route):
        path = "/" + route.request.url.split("/", 3)[3].partition("?")[0]
        self.asked.append(path)
        if path == "/":
            context = {"room": SimpleNamespace(id=HOA.room_id), "patience": PATIENCE}
            route.fulfill(
                body=PAGE.format(puzzle=render_to_string("fair/_puzzle.html", context)),
                content_type="text/html; charset=utf-8",
                headers={"Content-Security-Policy": POLICY},
            )
        elif path.endswith(".json"):
            puzzle = make_puzzle(HOA, counter=PUZZLE_COUNTER_MAX, now_s=NOW_S, keys=KEYS)
            route.fulfill(body=json.dumps(puzzle), status=200 if self.has_puzzle else 429)
        elif (file := STATIC / path.lstrip("/")).is_file():
            route.fulfill(body=file.read_text(), content_type="text/javascript")
        else:
            route.fulfill(status=404)


@pytest.fixture
def site():
    return Site()


def open_page(browser, site, place, **options):  # noqa: F811 - the fixture
    context = browser.new_context(locale="vi-VN", **options)
    context.route("**/*", site.answer)
    page = context.new_page()
    page.goto(f"{place}/")
    return page


def read_field(page):
    return page.evaluate("document.querySelector('input[name=answer]').value")


def wait_for_end(page):
    page.wait_for_selector("[data-puzzle-state=done], [data-puzzle-state=failed]", state="attached")
    return page.evaluate("document.querySelector('[data-puzzle]').dataset.puzzleState")


def test_browser_works_it_out_by_itself(browser, site):  # noqa: F811 - the fixture
    page = open_page(browser, site, SAFE)

    assert wait_for_end(page) == "done"
    assert read_answer(read_field(page), HOA, now_s=NOW_S, keys=KEYS)
    assert f"/queue/{HOA.room_id}/puzzle.json" in site.asked
    page.context.close()


def test_page_that_is_read_anew_keeps_its_answer(browser, site):  # noqa: F811 - the fixture
    page = open_page(browser, site, SAFE)
    wait_for_end(page)
    answer = read_field(page)
    page.evaluate(
        """() => {
          const place = document.querySelector("[data-puzzle]");
          const fresh = place.cloneNode(true);
          delete fresh.dataset.puzzleState;
          fresh.querySelector("input").value = "patience.note";
          place.replaceWith(fresh);
          document.dispatchEvent(new CustomEvent("fresh"));
        }"""
    )

    assert wait_for_end(page) == "done"
    assert read_field(page) == answer
    assert site.asked.count(f"/queue/{HOA.room_id}/puzzle.json") == 1
    page.context.close()


def test_button_pressed_at_once_sends_the_answer(browser, site):  # noqa: F811 - the fixture
    page = open_page(browser, site, SAFE)

    page.evaluate("document.querySelector('form').requestSubmit()")

    page.wait_for_url("**/?answer=*")
    assert "answer=patience" not in page.url
    page.context.close()


def test_browser_without_its_means_says_so_and_keeps_patience(browser, site):  # noqa: F811
    page = open_page(browser, site, PLAIN)

    assert wait_for_end(page) == "failed"
    assert read_field(page) == PATIENCE
    says = page.locator("[role=status]")
    assert says.is_visible()
    assert says.inner_text() == says.get_attribute("data-failed")
    page.context.close()


def test_refused_puzzle_leaves_patience(browser, site):  # noqa: F811 - the fixture
    site.has_puzzle = False
    page = open_page(browser, site, SAFE)

    assert wait_for_end(page) == "failed"
    assert read_field(page) == PATIENCE
    page.context.close()


def test_without_scripts_the_page_says_what_to_do(browser, site):  # noqa: F811 - the fixture
    page = open_page(browser, site, SAFE, java_script_enabled=False)

    assert page.locator("noscript p").is_visible()
    assert page.locator("input[name=answer]").get_attribute("value") == PATIENCE
    assert site.asked == ["/"]
    page.context.close()
