"""Comments of other platforms, fetched from servers that answer as the platforms document it.

These are small servers of the test; the real platforms are not asked by any test.
"""

import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.factories import OPENING, make_festival, make_room, make_sku, make_stall

from chophien.apps.accounts.models import User
from chophien.apps.chat.models import ChatMessage, OutsideFeed
from chophien.apps.chat.outside.facebook import FacebookSource
from chophien.apps.chat.outside.feeds import (
    AFTER_QUOTA,
    BACK_OFF_FIRST,
    FeedError,
    Link,
    Secrets,
    add_feed,
    ask_feed,
    claim_feed,
    derive_signing_key,
)
from chophien.apps.chat.outside.hearing import hear
from chophien.apps.chat.outside.source import (
    Ask,
    Comment,
    OverError,
    Page,
    QuotaError,
    RefusedError,
    Source,
    SourceError,
)
from chophien.apps.chat.outside.youtube import YouTubeSource
from chophien.apps.comment_orders.models import DraftOrder
from chophien.apps.comment_orders.services import give_codes

SECRETS = Secrets(secret="s" * 40, by_platform={"youtube": "key", "facebook": "token"})


class Platform:
    """A server that answers each address with what it was given, and notes what it was asked."""

    def __init__(self):
        self.asked = []
        self.answers = {}
        platform = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                parts = urlsplit(self.path)
                platform.asked.append((parts.path, parse_qs(parts.query), dict(self.headers)))
                status, body = platform.answers[parts.path.rsplit("/", 1)[-1]]
                content = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def platform():
    made = Platform()
    yield made
    made.close()


def youtube_says(platform, *texts, status=200, body=None):
    platform.answers["videos"] = (
        200, {"items": [{"liveStreamingDetails": {"activeLiveChatId": "CHAT"}}]},
    )  # fmt: skip
    items = [
        {
            "id": f"m{number}",
            "snippet": {"type": "textMessageEvent", "displayMessage": text},
            "authorDetails": {"channelId": "UC1", "displayName": "Lan"},
        }
        for number, text in enumerate(texts)
    ] + [{"id": "x", "snippet": {"type": "memberMilestoneChatEvent", "displayMessage": "!"}}]
    page = {"pollingIntervalMillis": 7400, "nextPageToken": "P2", "items": items}
    platform.answers["messages"] = (status, page if body is None else body)


def facebook_says(platform, *texts, status=200, body=None):
    data = [
        {"id": f"m{number}", "from": {"id": "7", "name": "Lan"}, "message": text}
        for number, text in enumerate(texts)
    ] + [{"id": "sticker", "message": ""}]
    page = {"data": data, "paging": {"cursors": {"after": "C2"}}}
    platform.answers["comments"] = (status, page if body is None else body)


def open_youtube(platform) -> Source:
    return YouTubeSource(endpoint=platform.url)


def open_facebook(platform) -> Source:
    return FacebookSource(graph=platform.url)


def google_error(reason):
    return {"error": {"code": 403, "message": reason, "errors": [{"reason": reason}]}}


CASES = [
    pytest.param(open_youtube, youtube_says, "CHAT P2", 8, id="YouTubeSource"),
    pytest.param(open_facebook, facebook_says, "C2", 5, id="FacebookSource"),
]


def ask(cursor=""):
    return Ask(video_id="VID", cursor=cursor, token="key", at=OPENING)


@pytest.mark.parametrize(("opens", "says", "cursor", "wait_s"), CASES)
def test_contract_of_a_source(platform, opens, says, cursor, wait_s):
    says(platform, "A1 2", "<b>hay</b>")

    page = opens(platform).fetch(ask())

    assert [comment.text for comment in page.comments] == ["A1 2", "<b>hay</b>"]
    assert {comment.author for comment in page.comments} == {"Lan"}
    assert len({comment.outside_id for comment in page.comments}) == 2
    assert (page.cursor, page.wait_s) == (cursor, wait_s)
    opens(platform).fetch(ask(page.cursor))
    asked = platform.asked[-1][1]
    assert "P2" in asked.get("pageToken", []) or "C2" in asked.get("after", [])


@pytest.mark.parametrize(("opens", "says", "cursor", "wait_s"), CASES)
@pytest.mark.parametrize("broken", [(500, {}), (200, b"<html>"), (200, b"[]")])
def test_contract_of_a_source_that_is_down(platform, opens, says, cursor, wait_s, broken):
    says(platform, status=broken[0], body=broken[1])

    with pytest.raises(SourceError):
        opens(platform).fetch(ask(cursor))


@pytest.mark.parametrize(
    ("opens", "says", "status", "body", "fault"),
    [
        (open_youtube, youtube_says, 403, google_error("quotaExceeded"), QuotaError),
        (open_youtube, youtube_says, 403, google_error("liveChatEnded"), OverError),
        (open_youtube, youtube_says, 401, google_error("authError"), RefusedError),
        (open_youtube, youtube_says, 200, {"offlineAt": "2026-11-11T01:00:00Z"}, OverError),
        (open_facebook, facebook_says, 400, {"error": {"code": 190}}, RefusedError),
        (open_facebook, facebook_says, 400, {"error": {"code": 4}}, QuotaError),
        (open_facebook, facebook_says, 400, {"error": {"code": 100}}, OverError),
    ],
)
def test_contract_of_a_source_that_refuses(platform, opens, says, status, body, fault):
    says(platform, status=status, body=body)

    with pytest.raises(fault):
        opens(platform).fetch(ask("CHAT P1"))


def test_the_key_is_not_put_into_facebooks_address(platform):
    facebook_says(platform)

    open_facebook(platform).fetch(ask())

    _, query, headers = platform.asked[0]
    assert "key" not in str(query)
    assert headers["Authorization"] == "Bearer key"


@pytest.fixture
def room(db):
    room = make_room(make_festival(), make_sku(make_stall()))
    give_codes([room.id])
    return room


@pytest.fixture
def feed(room):
    return link(room)


def link(room, platform="youtube", **fields):
    values = {"label": "", "video_id": "VID", "token": ""} | fields
    by, _ = User.objects.get_or_create(username="lan")
    return add_feed(
        room_id=room.id, link=Link(platform=platform, **values), secrets=SECRETS,
        nonce=b"n" * 12, by_id=by.id, at=OPENING,
    )  # fmt: skip


class Scripted(Source):
    """Answers with the pages and faults that it was given, one after the other."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    def fetch(self, ask):
        self.asked.append(ask)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def page(*texts, wait_s=5):
    comments = [
        Comment(outside_id=f"m{text}", author_id="UC1", author="Lan\u202e", text=text)
        for text in texts
    ]
    return Page(comments=tuple(comments), cursor="next", wait_s=wait_s)


def test_contract_of_the_scripted_source():
    source = Scripted(page("hay"), SourceError("down"))

    assert source.fetch(ask()).cursor == "next"
    with pytest.raises(SourceError):
        source.fetch(ask())


def run(feed, source, at=OPENING):
    return ask_feed(feed, source, secrets=SECRETS, at=at, real_at=at)


def test_comments_come_into_the_chat_once_with_their_platform(feed):
    source = Scripted(page("hay quá", "A1 3 0901234567", "xem abc.com"), page("hay quá"))

    assert run(feed, source) == 2
    assert run(feed, source) == 0

    messages = list(ChatMessage.objects.order_by("id"))
    assert [(each.text, each.platform, each.kind, each.name) for each in messages] == [
        ("hay quá", "YouTube", "outside", "Lan"),
        ("A1 3 090•••••67", "YouTube", "outside", "Lan"),
    ]
    draft = DraftOrder.objects.get()
    assert (draft.writer, draft.quantity, draft.phone) == ("youtube:UC1", 3, "0901234567")
    assert source.asked[1].cursor == "next"
    assert feed.ask_at == OPENING + timedelta(seconds=5)


def test_a_platform_that_is_down_is_asked_later_each_time_and_recovers(feed):
    source = Scripted(*[SourceError("down")] * 3, page("hay"))
    waits = []
    for _ in range(3):
        run(feed, source)
        waits.append(feed.ask_at - OPENING)

    assert waits == [BACK_OFF_FIRST, BACK_OFF_FIRST * 2, BACK_OFF_FIRST * 4]
    assert (feed.fault, feed.is_on) == ("unreachable", True)
    assert run(feed, source) == 1
    assert (feed.fault, feed.fault_count) == ("", 0)


def test_quota_waits_an_hour_and_a_refused_key_stops(feed):
    run(feed, Scripted(QuotaError("quota")))
    assert (feed.ask_at, feed.is_on) == (OPENING + AFTER_QUOTA, True)
    run(feed, Scripted(RefusedError("401")))
    assert (feed.fault, feed.is_on) == ("refused", False)


def test_token_is_sealed_and_opens_for_its_own_feed_alone(room):
    feed = link(room, token="ya29.secret")
    source = Scripted(page())
    run(feed, source)

    assert b"secret" not in bytes(feed.sealed_token)
    assert source.asked[0].token == "ya29.secret"
    other = OutsideFeed.objects.create(
        room=room, platform="youtube", label="x", video_id="v", ask_at=OPENING,
        added_by_id=feed.added_by_id, sealed_token=feed.sealed_token,
    )  # fmt: skip
    run(other, Scripted())
    assert other.fault == "refused"


@pytest.mark.parametrize(
    ("platform", "fields", "code"),
    [
        ("tiktok", {}, "platform"),
        ("youtube", {"video_id": "../../x"}, "video"),
        ("youtube", {"video_id": ""}, "video"),
        ("youtube", {"video_id": "http://169.254.169.254/"}, "video"),
    ],
)
def test_what_cannot_be_linked(room, platform, fields, code):
    with pytest.raises(FeedError, match=code):
        link(room, platform, **fields)


def test_one_worker_asks_at_a_time(feed):
    twin = OutsideFeed.objects.get(id=feed.id)

    assert claim_feed(feed, at=OPENING)
    assert not claim_feed(twin, at=OPENING)


def test_signing_keys_differ_by_feed_and_number(room):
    one, two = link(room, "handed_in"), link(room, "handed_in")

    keys = {
        derive_signing_key(one, "s"),
        derive_signing_key(two, "s"),
        derive_signing_key(one, "t"),
    }
    one.key_number += 1
    assert len({*keys, derive_signing_key(one, "s")}) == 4


def test_hostile_comments_do_no_harm(feed):
    texts = ["\x00", "x" * 1_000_000, "\u202e\u200b", "Z\u0335\u0336\u0337\u0338\u0339", ""]
    comments = [
        Comment(
            outside_id=f"\x00{number}" if number else "",
            author_id="\x00",
            author="\x00<i>",
            text=text,
        )
        for number, text in enumerate(texts)
    ]

    assert hear(feed, comments, at=OPENING) == 1
    assert ChatMessage.objects.get().name == "<i>"
