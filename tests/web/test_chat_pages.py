"""The chat's pages: who sits at the desk, what each may do there, what strangers' text becomes."""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.urls import reverse
from tests.factories import make_festival, make_room, make_sku, make_stall, make_user

from chophien.api.bank import sign
from chophien.apps.chat.models import ChatMessage, ListedWord, Moderator, Mute, OutsideFeed, Report
from chophien.apps.chat.outside.feeds import derive_signing_key
from chophien.apps.chat.selectors import find_rules, list_reasons, list_reported
from chophien.apps.chat.services import forget_messages
from chophien.apps.comment_orders.models import DraftOrder
from chophien.apps.comment_orders.services import give_codes
from chophien.apps.festivals.clock import read_real
from chophien.apps.programme.models import Host, Show
from chophien.domain.chat.rules import Why
from chophien.wire.passes import hash_device

HOSTILE = '<script>alert("x")</script>'
DEVICE = "d" * 22
HOUR = timedelta(hours=1)


@pytest.fixture
def now():
    return datetime.now(tz=UTC)  # noqa: TID251 - pages read the clock themselves


@pytest.fixture
def room(db, now):
    festival = make_festival(starts_at=now - HOUR, ends_at=now + 9 * HOUR)
    host = Host.objects.create(slug="mai", name="Mai", person=make_user("mai"))
    room = make_room(festival, make_sku(make_stall()), host=host)
    Show.objects.filter(id=room.show_id).update(starts_at=now - HOUR, ends_at=now + HOUR)
    room.refresh_from_db()
    give_codes([room.id])
    return room


def say(room, now, text=HOSTILE, **fields):
    values = {
        "writer": "g:lan", "name": "Lan <i>", "kind": "guest", "state": "shown", "said_at": now,
    } | fields  # fmt: skip
    return ChatMessage.objects.create(room=room, text=text, **values)


def draft_of(room, now, writer):
    sku_id = room.pinned_id
    return DraftOrder.objects.create(
        room=room, sku_id=sku_id, code="A1", quantity=2, writer=writer, name="Lan",
        phone="0901234567", said_at=now, expires_at=now + HOUR,
    )  # fmt: skip


def act(client, room, what, /, **data):
    return client.post(reverse("studio_chat_act", args=[room.show_id, what]), data)


def log_in(client, name):
    client.force_login(make_user(name) if name != "mai" else Host.objects.get(slug="mai").person)


def test_room_shows_the_last_messages_as_text(client, room, now):
    say(room, now)
    say(room, now, "held", state="held")
    say(room, now, "removed", state="removed")

    page = client.get(reverse("room", args=[room.show_id])).content.decode()

    assert "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;" in page
    assert HOSTILE not in page
    assert "Lan <i>" not in page
    assert page.count("data-message=") == 1


@pytest.mark.parametrize("why", Why)
def test_every_refusal_has_its_sentence_on_the_page(client, room, why):
    page = client.get(reverse("room", args=[room.show_id])).content.decode()

    assert f'data-word="{why}"' in page


@pytest.mark.parametrize("who", ["mai", "moderator", "organiser"])
def test_desk_is_open_to_host_moderator_and_organiser(client, room, now, who):
    log_in(client, who)
    user_id = int(client.session["_auth_user_id"])
    if who == "moderator":
        Moderator.objects.create(room=room, user_id=user_id, named_at=now, named_by_id=user_id)
    if who == "organiser":
        Group.objects.get_or_create(name="organisers")[0].user_set.add(user_id)
    message = say(room, now)

    page = client.get(reverse("studio_chat", args=[room.show_id]))
    act(client, room, "remove", message=message.id, why="rude")
    message.refresh_from_db()

    assert page.status_code == 200
    assert HOSTILE not in page.content.decode()
    assert (message.state, message.decided_by_id, message.why) == ("removed", user_id, "rude")
    act(client, room, "show", message=message.id)
    message.refresh_from_db()
    assert message.state == "shown"


def test_desk_is_closed_to_others(client, room, now):
    address = reverse("studio_chat", args=[room.show_id])
    assert client.get(address).status_code == 302
    log_in(client, "stranger")
    message = say(room, now)

    assert client.get(address).status_code == 403
    assert act(client, room, "remove", message=message.id).status_code == 403
    assert client.get(reverse("studio_comments", args=[room.show_id])).status_code == 403


def test_moderators_appoint_nobody_and_reach_no_further_than_their_show(client, room, now):
    log_in(client, "moderator")
    user_id = int(client.session["_auth_user_id"])
    Moderator.objects.create(room=room, user_id=user_id, named_at=now, named_by_id=user_id)
    make_user("friend")
    message = say(room, now)

    assert act(client, room, "name", person="friend").status_code == 403
    assert act(client, room, "mute", message=message.id, span="festival").status_code == 403
    assert (
        act(client, room, "add-word", phrase="x", action="hold", everywhere="1").status_code == 403
    )
    assert client.get(reverse("studio_comments", args=[room.show_id])).status_code == 403
    feeds = reverse("studio_feeds", args=[room.show_id, "add"])
    assert client.post(feeds, {"platform": "handed_in"}).status_code == 403
    assert act(client, room, "mute", message=message.id, span="show").status_code == 302
    assert Mute.objects.get().writer == "g:lan"
    Show.objects.filter(id=room.show_id).update(ends_at=now - HOUR + timedelta(minutes=1))
    assert client.get(reverse("studio_chat", args=[room.show_id])).status_code == 403


def test_message_of_another_room_is_out_of_reach(client, room, now):
    other = make_room(room.show.festival, host=Host.objects.create(slug="lan", name="Lan"))
    message = say(other, now)
    log_in(client, "mai")

    act(client, room, "remove", message=message.id)
    act(client, room, "mute", message=message.id, span="show")
    message.refresh_from_db()

    assert message.state == "shown"
    assert not Mute.objects.exists()


def test_hosts_words_rules_and_notice(client, room):
    log_in(client, "mai")

    act(client, room, "rules", slow="10", closed="1", links="hold")
    act(client, room, "add-word", phrase="  Lừa   đảo ", action="refuse")
    act(client, room, "notice", text="Mã <b>HOM NAY</b>")
    act(client, room, "rules", slow="9999", links="hold")
    act(client, room, "add-word", phrase="...", action="refuse")

    rules = find_rules(room.id)
    assert (rules.slow_s, rules.is_closed, rules.links) == (10, True, "hold")
    assert ListedWord.objects.get().phrase == "lừa đảo"
    page = client.get(reverse("room", args=[room.show_id])).content.decode()
    assert "Mã &lt;b&gt;HOM NAY&lt;/b&gt;" in page


def test_report_counts_once_and_needs_a_device(client, room, now):
    message = say(room, now)
    address = reverse("report_message", args=[room.show_id])
    body = {"message": message.id, "reason": "rude"}

    assert client.post(address, body).status_code == 404
    client.cookies["device"] = DEVICE
    assert client.post(address, body).json() == {"outcome": "reported"}
    assert client.post(address, body).json() == {"outcome": "reported_before"}
    assert client.post(address, body | {"reason": "<b>"}).status_code == 404
    assert client.post(address, body | {"message": uuid4()}).status_code == 404
    assert Report.objects.count() == 1


def test_only_the_writer_sees_and_confirms_a_draft(client, room, now):
    draft = draft_of(room, now, f"g:{hash_device(DEVICE)}")
    address = reverse("comment_drafts", args=[room.show_id])
    confirm = reverse("confirm_draft", args=[room.show_id, draft.id])

    assert str(draft.id) not in client.get(address).content.decode()
    assert client.post(confirm).status_code == 404
    client.cookies["device"] = DEVICE
    page = client.get(address).content.decode()
    assert str(draft.id) in page
    assert "0901234567" not in page
    client.post(confirm)
    draft.refresh_from_db()
    assert draft.state == "confirmed"


def test_link_for_somebody_of_another_platform(client, room, now):
    draft = draft_of(room, now, "youtube:UC1")
    address = reverse("comment_order", args=[draft.token])

    page = client.get(address)
    assert "0901234567" not in page.content.decode()
    client.post(address)
    draft.refresh_from_db()
    assert draft.state == "confirmed"
    assert client.get(address).status_code == 200
    assert client.get(reverse("comment_order", args=[uuid4()])).status_code == 404


def test_queue_shows_the_number_to_the_host_alone(client, room, now):
    draft_of(room, now, "g:lan")
    address = reverse("studio_comments", args=[room.show_id])

    log_in(client, "mai")
    assert "0901234567" in client.get(address).content.decode()
    log_in(client, "other")
    assert client.get(address).status_code == 403


def hand_in(client, feed, comments, *, key=None, at=None):
    body = json.dumps({"comments": comments}).encode()
    stamp = str(int(read_real().timestamp()) if at is None else at)
    secret = derive_signing_key(feed, settings.SECRET_KEY)
    signature = sign(body=body, timestamp=stamp, secret=key or secret)
    return client.post(
        reverse("hand_in_comments", args=[feed.pk]), body, content_type="application/json",
        headers={"X-Chophien-Timestamp": stamp, "X-Chophien-Signature": signature},
    )  # fmt: skip


def test_partners_tool_hands_comments_in(client, room, now):
    by = Host.objects.get().person
    feed = OutsideFeed.objects.create(
        room=room, platform="handed_in", label="TikTok", ask_at=now, added_by=by
    )
    comments = [{"id": "1", "author_id": "7", "author": "Lan", "text": "A1 0901234567"}]

    assert hand_in(client, feed, comments).json() == {"new": 1}
    assert hand_in(client, feed, comments).json() == {"new": 0}
    assert hand_in(client, feed, comments, key="x").status_code == 401
    assert hand_in(client, feed, comments, at=1).status_code == 401
    assert hand_in(client, feed, [{"id": "2"}]).status_code == 400
    feed.pk += 1
    assert hand_in(client, feed, comments).status_code == 401
    message = ChatMessage.objects.get()
    assert (message.platform, message.text) == ("TikTok", "A1 090•••••67")


def test_key_of_a_partner_is_shown_to_the_host_alone(client, room, now):
    by = Host.objects.get().person
    feed = OutsideFeed.objects.create(
        room=room, platform="handed_in", label="TikTok", ask_at=now, added_by=by
    )
    address = reverse("studio_feeds", args=[room.show_id, "key"])
    log_in(client, "other")
    assert client.post(address, {"feed": feed.pk}).status_code == 403
    log_in(client, "mai")

    before = client.post(address, {"feed": feed.pk}).content
    after = client.post(
        reverse("studio_feeds", args=[room.show_id, "new-key"]), {"feed": feed.pk}
    ).content

    assert before != after


def test_reported_messages_are_listed_with_their_reasons_until_somebody_looked(client, room, now):
    message, other = say(room, now, "đáng ngờ"), say(room, now, "bình thường")
    for number, reason in enumerate(["rude", "fraud", "fraud"]):
        Report.objects.create(message=message, reporter=f"g:{number}", reason=reason, made_at=now)

    (listed,) = list_reported(room.id)
    assert (listed.id, listed.report_count) == (message.id, 3)
    assert sorted(list_reasons([message.id, other.id])[message.id]) == ["fraud", "rude"]
    log_in(client, "mai")
    act(client, room, "keep", message=message.id)
    assert list(list_reported(room.id)) == []
    message.refresh_from_db()
    assert message.state == "shown"


def test_messages_are_forgotten_with_their_reports_when_their_time_is_over(room, now):
    old, fresh = say(room, now - HOUR), say(room, now)
    Report.objects.create(message=old, reporter="g:1", reason="rude", made_at=now)

    assert forget_messages(before=now) == 1
    assert forget_messages(before=now) == 0
    assert ChatMessage.objects.get() == fresh
    assert not Report.objects.exists()
