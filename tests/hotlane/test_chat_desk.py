"""The talk desk on a real database: what is said is written, then told; rules hold at once."""

import asyncio
import inspect
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
from asgiref.sync import sync_to_async
from django.db import connection, connections
from tests.factories import OPENING, make_festival, make_room, make_sku, make_stall, make_user
from tests.lane import find_database_url

from chophien.apps.chat.models import ChatMessage, Likes, ListedWord
from chophien.apps.chat.services import Span, mute_writer, set_rules
from chophien.apps.comment_orders.models import DraftOrder, OrderCode
from chophien.apps.programme.models import Host, Show
from chophien.hotlane.chat.desk import ChatDesk
from chophien.hotlane.hub.desk import Caller, Refused, Said


class Lane:
    """Keeps what the room is told."""

    def __init__(self):
        self.said = []
        self.first = []
        self.likes = 0

    def say(self, room_id, item, *, goes_first=False):
        self.said.append(msgspec.json.decode(item))
        self.first.append(goes_first)

    def like(self, room_id, count):
        self.likes += count


@pytest.fixture
def room(transactional_db, django_db_serialized_rollback):
    person = make_user("mai")
    festival = make_festival()
    host = Host.objects.create(slug="mai", name="Mai", person=person)
    room = make_room(festival, make_sku(make_stall()), make_sku(make_stall("hai")), host=host)
    with connection.cursor() as cursor:
        cursor.execute("SELECT fair_now()")
        (at,) = cursor.fetchone()
    Show.objects.filter(id=room.show_id).update(
        starts_at=at - timedelta(hours=1), ends_at=at + timedelta(hours=1)
    )
    room.refresh_from_db()
    return room


@pytest.fixture(autouse=True)
async def _leave_no_connection_open(room):
    yield
    await sync_to_async(connections.close_all)()


@asynccontextmanager
async def desk_of(room):
    lane = Lane()
    desk = ChatDesk(url=find_database_url(), lane=lane)
    task = asyncio.create_task(desk.run())
    await asyncio.sleep(0.2)
    try:
        yield desk, lane
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def said(room, data, *, user_id=None, guest="abc", name=""):
    caller = Caller(user_id=user_id, guest_id="" if user_id else guest, name=name)
    return Said(room_id=room.id, caller=caller, data=data, at=OPENING)


async def until(condition):
    for _ in range(100):
        met = condition()
        if await met if inspect.isawaitable(met) else met:
            return
        await asyncio.sleep(0.03)
    raise AssertionError("it did not come to that")


async def test_message_is_written_then_told_with_its_key(room):
    async with desk_of(room) as (desk, lane):
        refused = await desk.take(
            said(room, {"text": "<b>Xin</b>  chào", "key": "k1", "name": "Lan"})
        )
        await until(lambda: lane.said)

    assert refused is None
    (item,) = lane.said
    assert (item["name"], item["kind"], item["text"], item["key"]) == (
        "Lan", "guest", "<b>Xin</b> chào", "k1",
    )  # fmt: skip
    kept = await ChatMessage.objects.aget()
    assert (kept.writer, kept.state, str(kept.id)) == ("g:abc", "shown", item["id"])


async def test_comment_with_a_code_becomes_one_draft_and_hides_the_number(room):
    async with desk_of(room) as (desk, lane):
        await desk.take(said(room, {"text": "A1 2 0901234567", "name": "Lan"}))
        await desk.take(said(room, {"text": "lấy A1 3 nha", "name": "Lan"}))
        await until(lambda: len(lane.said) == 2)

    draft = await DraftOrder.objects.aget()
    assert (draft.quantity, draft.phone, draft.said_count) == (3, "0901234567", 2)
    assert draft.writer == "g:abc"
    assert lane.said[0]["text"] == "A1 2 090•••••67"
    assert lane.first == [True, True]
    assert not await ChatMessage.objects.filter(text__contains="0901234567").aexists()
    assert [code async for code in OrderCode.objects.values_list("code", flat=True)] == ["A1", "A2"]


async def test_host_is_marked_and_exempt(room):
    host_id = (await Host.objects.aget()).person_id
    async with desk_of(room) as (desk, lane):
        for number in range(2):
            assert (
                await desk.take(
                    said(room, {"text": f"xem abc.com {number}"}, user_id=host_id, name="mai")
                )
                is None
            )
        await until(lambda: len(lane.said) == 2)

    assert {item["kind"] for item in lane.said} == {"host"}


@pytest.mark.parametrize(
    ("data", "word"),
    [
        ("text", "unreadable"),
        ([], "unreadable"),
        ({}, "unreadable"),
        ({"text": 5}, "unreadable"),
        ({"text": "hay", "key": "x" * 33, "name": "Lan"}, "unreadable"),
        ({"text": "hay", "name": ["Lan"]}, "unreadable"),
        ({"like": 0}, "unreadable"),
        ({"like": True}, "unreadable"),
        ({"like": 10**9}, "unreadable"),
        ({"text": "hay"}, "no_name"),
        ({"text": "hay", "name": "MAI"}, "bad_name"),
        ({"text": "  ", "name": "Lan"}, "empty"),
        ({"text": "x" * 1_000_000, "name": "Lan"}, "too_long"),
        ({"text": "xem abc.com", "name": "Lan"}, "link"),
    ],
)
async def test_contract_of_a_talk_desk_refuses_with_a_reason(room, data, word):
    """`TalkDesk`: nothing that a person can send makes `ChatDesk` raise."""
    async with desk_of(room) as (desk, lane):
        refused = await desk.take(said(room, data))
        unknown = await desk.take(
            Said(room_id=10**9, caller=said(room, {}).caller, data={}, at=OPENING)
        )

    assert isinstance(refused, Refused)
    assert refused.message.split()[0] == word
    assert 1_000 <= refused.code <= 1_999
    assert unknown.message == "not_open"
    assert lane.said == []


async def test_changed_rules_hold_for_the_next_message(room):
    host_id = (await Host.objects.aget()).person_id
    async with desk_of(room) as (desk, _):
        assert await desk.take(said(room, {"text": "một", "name": "Lan"})) is None
        await sync_to_async(set_rules)(
            room_id=room.id, slow_s=0, is_closed=True, links="refuse", by_id=host_id, at=OPENING
        )
        await until(lambda: desk._memories[room.id].is_stale)
        refused = await desk.take(said(room, {"text": "hai", "name": "Lan"}))

    assert refused.message == "closed"


async def test_muted_writer_is_told_how_long(room):
    host_id = (await Host.objects.aget()).person_id
    async with desk_of(room) as (desk, lane):
        await desk.take(said(room, {"text": "một", "name": "Lan"}))
        await until(lambda: lane.said)
        message = await ChatMessage.objects.aget()
        fresh = await type(room).objects.select_related("show__festival").aget(id=room.id)
        await sync_to_async(mute_writer)(
            room=fresh, message_id=message.id, span=Span.SHORT, by_id=host_id, at=message.said_at
        )
        await until(lambda: desk._memories[room.id].is_stale)
        refused = await desk.take(said(room, {"text": "hai", "name": "Lan"}))
        other = await desk.take(said(room, {"text": "ba", "name": "Huệ"}, guest="xyz"))

    word, wait_s = refused.message.split()
    assert word == "muted"
    assert 290 <= int(wait_s) <= 300
    assert other is None


async def test_held_message_is_kept_and_not_told(room):
    await ListedWord.objects.acreate(
        festival_id=(await Show.objects.aget(id=room.show_id)).festival_id,
        phrase="hàng giả", action="hold", added_at=OPENING,
    )  # fmt: skip
    async with desk_of(room) as (desk, lane):
        assert await desk.take(said(room, {"text": "toàn hàng giả", "name": "Lan"})) is None
        await until(ChatMessage.objects.aexists)
        await asyncio.sleep(0.1)

    kept = await ChatMessage.objects.aget()
    assert (kept.state, kept.why, lane.said) == ("held", "word", [])


async def test_likes_are_told_at_once_and_summed(room):
    async with desk_of(room) as (desk, lane):
        for _ in range(3):
            assert await desk.take(said(room, {"like": 5})) is None
        await until(Likes.objects.filter(count=15).aexists)

    assert lane.likes == 15


async def test_a_message_that_cannot_be_written_takes_no_other_with_it(room):
    async with desk_of(room) as (desk, lane):
        await desk.take(said(room, {"text": "một", "name": "Lan"}))
        await until(lambda: lane.said)
        good = desk._waiting
        await desk.take(said(room, {"text": "A1", "name": "Lan"}))
        (wish,) = good[0].wishes

        good[0] = replace(
            good[0], wishes=(replace(wish, ordered=replace(wish.ordered, sku_id=10**9)),)
        )
        await desk.take(said(room, {"text": "ba", "name": "Huệ"}, guest="xyz"))
        await until(lambda: len(lane.said) == 2)

    assert [item["text"] for item in lane.said] == ["một", "ba"]
