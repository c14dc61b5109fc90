"""What strangers write, in a real browser: shown as text, and the layout holds."""

import json
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.utils.translation import override
from tests.journeys.conftest import browser  # noqa: F401 - the fixture
from tests.web.test_page_clock import STATIC
from tests.web.test_puzzle_browser import POLICY

from chophien.domain.chat.text import clean_text
from chophien.web.fair.chat import REASONS

PAGE = """<!doctype html><html lang="en"><meta name="viewport" content="width=device-width">
<title>Room</title><link rel="stylesheet" href="/css/tokens.css"><link rel="stylesheet" href="/css/base.css">
<link rel="stylesheet" href="/css/room.css"><link rel="stylesheet" href="/css/chat.css">
<body class="room-page night"><div class="stage"><div class="stage__frame"><div data-chat-over>{chat}</div></div></div></body></html>"""
HOSTILE = [
    "<script>document.title='x'</script>",
    '"><img src=x onerror="document.title=1">',
    "{{7*7}} ${document.title} javascript:alert(1)",
    "\u202e\u2066đảo\u2069 ngược\u202c",
    "Z" + "\u0335\u0336\u0337\u0338\u0339" * 40 + " zalgo",
    "👨\u200d👩\u200d👧🇻🇳" * 40,
    "W" * 200,
    "\ufdfd" * 60,
    "𒐫" * 100,
    "hàng\u00a0\u3000đẹp\u200b\u200d\ufeff",
]

pytestmark = pytest.mark.browser


def write_page():
    chat = {
        "messages": [], "notice": "", "is_open": True, "is_closed": False, "slow_s": 0,
        "likes": 0, "codes": "A1", "drafts": [], "reasons": REASONS,
    }  # fmt: skip
    show = SimpleNamespace(id=3, host=SimpleNamespace(is_ai=False))
    context = {"chat": chat, "show": show, "room": SimpleNamespace(id=7), "user": AnonymousUser()}
    with override("en"):
        return PAGE.format(chat=render_to_string("fair/_chat.html", context))


def answer(route):
    path = "/" + route.request.url.split("/", 3)[3].partition("?")[0]
    kind = "text/css" if path.endswith(".css") else "text/javascript"
    if path == "/":
        headers = {"Content-Security-Policy": POLICY}
        route.fulfill(body=write_page(), content_type="text/html; charset=utf-8", headers=headers)
    elif (file := STATIC / path.lstrip("/")).is_file():
        route.fulfill(body=file.read_text(), content_type=f"{kind}; charset=utf-8")
    else:
        route.fulfill(status=404)


@pytest.mark.parametrize("cleans", [True, False], ids=["as the desk tells it", "raw"])
def test_hostile_messages_are_text_and_stay_in_their_lines(browser, cleans):  # noqa: F811
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.route("**/*", answer)
    page.goto("http://chat.test/")
    items = [
        {"id": str(place), "name": f"<b>{place}</b>", "kind": "guest", "at": "",
         "text": clean_text(text) if cleans else text}
        for place, text in enumerate(HOSTILE)
    ]  # fmt: skip

    page.evaluate(
        """async (items) => {
            const log = await import("/js/chat_log.js");
            log.chat.hidden = false;
            log.onTick({ said: items, likes: 2, watching: 5 });
        }""",
        items,
    )
    page.wait_for_timeout(200)

    found = page.evaluate(
        """() => ({
            title: document.title,
            made: document.querySelectorAll("[data-chat-log] script, [data-chat-log] img, [data-chat-log] b b").length,
            width: document.documentElement.scrollWidth,
            texts: [...document.querySelectorAll("[data-chat-log] bdi")].map((each) => each.textContent),
            edges: [...document.querySelectorAll("[data-chat-log] li")].map((each) => {
                const { left, right, height } = each.getBoundingClientRect();
                return left >= 0 && right <= 390 && height < 170;
            }),
        })"""
    )
    assert (found["title"], found["made"], found["width"]) == ("Room", 0, 390)
    assert found["texts"] == [item["text"] for item in items], json.dumps(found["texts"])
    assert all(found["edges"])
    page.close()
