"""Who may go on air by a browser, who is refused with which code, and what becomes of the line."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from tests.fakes.recorded import KeepingSink, record
from tests.media.test_program import make_loop

from chophien.domain import limits
from chophien.media import programs as programs_module
from chophien.media.ingest import browser
from chophien.media.ingest.browser import PublishClose, PublishDoor
from chophien.media.programs import Programs, Refusal, RefusedError, ShowFacts
from chophien.wire.publishing import PublishTicket, derive_key, sign_ticket

KEY = derive_key("a secret")
NOW_S = 1_000
AT = datetime(2026, 11, 11, 13, 0, tzinfo=UTC)
WEBM = "video/webm;codecs=h264,opus"


class KnownShows(Programs):
    """Programs of shows that are told in place of read."""

    def __init__(self, *shows):
        self.sinks = []
        super().__init__(url="", session={}, make_sinks=self._open, make_slate=lambda _: make_loop)
        self.shows = {facts.show_id: facts for facts in shows}

    def _open(self, facts):
        self.sinks.append(KeepingSink())
        return [self.sinks[-1]]

    async def _find_all(self, show_ids):
        return {each: self.shows[each] for each in show_ids if each in self.shows}

    async def end_all(self):
        for running in self._running.values():
            running.program.end()
            await asyncio.to_thread(running.program.join)


def make_facts(**changes):
    facts = {
        "show_id": 7, "room_id": 70, "title": "Chợ nổi", "starts_at": AT - timedelta(hours=1),
        "ends_at": AT + timedelta(hours=1), "host_id": 5, "is_ai": False, "person_id": 3,
        "at": AT, "hindrances": [],
    }  # fmt: skip
    return ShowFacts(**(facts | changes))


class Browser:
    """One connection as the door sees it."""

    def __init__(self, door, path="/publish/7"):
        self.incoming: asyncio.Queue = asyncio.Queue()
        self.said: list[str] = []
        self.close = asyncio.get_running_loop().create_future()
        self.incoming.put_nowait({"type": "websocket.connect"})
        scope = {"type": "websocket", "path": path}
        self.task = asyncio.create_task(door(scope, self.incoming.get, self._send))

    async def _send(self, message):
        if message["type"] == "websocket.close":
            self.close.set_result((message["code"], message["reason"]))
        elif message["type"] == "websocket.send":
            self.said.append(message["text"])

    def say(self, text):
        self.incoming.put_nowait({"type": "websocket.receive", "text": text})

    def send(self, data):
        self.incoming.put_nowait({"type": "websocket.receive", "bytes": data})

    def hello(self, *, ticket=None, mime=WEBM, epoch=0, user_id=3, show_id=7, ends_at_s=NOW_S + 60):
        ticket = ticket or sign_ticket(
            PublishTicket(show_id=show_id, user_id=user_id, ends_at_s=ends_at_s), KEY
        )
        self.say(f'{{"type":"hello","ticket":"{ticket}","mime":"{mime}","epoch":{epoch}}}')

    def leave(self):
        self.incoming.put_nowait({"type": "websocket.disconnect"})

    async def wait_for_close(self):
        return await asyncio.wait_for(self.close, 10)


def make_door(programs):
    return PublishDoor(programs=programs, key=KEY, read_real_s=lambda: NOW_S)


async def wait_until(check, seconds=10):
    async with asyncio.timeout(seconds):
        while not check():  # noqa: ASYNC110 - threads of the program have no event of the loop
            await asyncio.sleep(0.02)


@pytest.fixture
async def programs():
    known = KnownShows(make_facts())
    yield known
    await known.end_all()


async def test_host_is_let_in_heard_and_told_how_her_line_is(programs):
    caller = Browser(make_door(programs))
    caller.hello()
    data = record("webm h264 opus")
    caller.send(data)

    await wait_until(lambda: programs.sinks and len(programs.sinks[0].epochs) == 1)
    await wait_until(lambda: any('"state":"live"' in each for each in caller.said))
    await wait_until(lambda: f'"received_bytes":{len(data)}' in caller.said[-1])
    caller.leave()
    await asyncio.wait_for(caller.task, 10)

    assert len(programs.sinks[0].list_pictures()) > 30


@pytest.mark.parametrize(
    ("label", "hello", "path", "close"),
    [
        ("forged", {"ticket": "A" * 60}, "/publish/7", (4401, "bad_ticket")),
        ("too long", {"ticket": "A" * 600}, "/publish/7", (4401, "bad_ticket")),
        ("old", {"ends_at_s": NOW_S}, "/publish/7", (4401, "bad_ticket")),
        ("another show's", {"show_id": 8}, "/publish/7", (4401, "other_show")),
        ("for a show that is none", {"show_id": 9}, "/publish/9", (4404, "no_show")),
        ("of no known type", {"mime": "video/x-msvideo"}, "/publish/7", (4415, "not_media")),
        ("to nowhere", {}, "/publish/x", (4404, "no_show")),
    ],
)
async def test_who_may_not_is_closed_with_the_reason(programs, label, hello, path, close):
    caller = Browser(make_door(programs), path)
    caller.hello(**hello)

    assert await caller.wait_for_close() == close, label
    assert programs.sinks == []


@pytest.mark.parametrize(
    ("label", "changes", "close"),
    [
        ("stopped", {"hindrances": ["stopped", "paper_missing"]}, (4403, "stopped")),
        ("unverified", {"hindrances": ["host_unverified"]}, (4403, "host_unverified")),
        ("of an AI host", {"is_ai": True}, (4403, "ai_host")),
        ("to come", {"starts_at": AT + timedelta(minutes=16)}, (4403, "not_yet")),
        ("over", {"ends_at": AT}, (4403, "over")),
    ],
)
async def test_show_that_may_not_go_on_air_is_refused(label, changes, close):
    programs = KnownShows(make_facts(**changes))
    caller = Browser(make_door(programs))
    caller.hello()

    assert await caller.wait_for_close() == close, label
    assert programs.sinks == []


async def test_no_ticket_at_all_and_no_hello_are_refused(programs, monkeypatch):
    for text in ('{"type":"ping"}', "nonsense", '{"type":"hello"}', "x" * 9_000):
        caller = Browser(make_door(programs))
        caller.say(text)
        assert (await caller.wait_for_close())[0] == PublishClose.BAD_WORD

    caller = Browser(make_door(programs))
    caller.send(b"bytes first")
    assert (await caller.wait_for_close())[0] == PublishClose.BAD_WORD

    monkeypatch.setattr(browser, "PUBLISH_HELLO_S_MAX", 0.05)
    caller = Browser(make_door(programs))
    assert await caller.wait_for_close() == (PublishClose.SILENT, "silent")


async def test_same_host_takes_over_and_somebody_else_is_refused(programs):
    door = make_door(programs)
    first = Browser(door)
    first.hello()
    await wait_until(lambda: programs.sinks)

    other = Browser(door)
    other.hello(user_id=99)
    assert await other.wait_for_close() == (PublishClose.HELD, "held")
    assert not first.close.done()

    second = Browser(door)
    second.hello()
    assert await first.wait_for_close() == (PublishClose.TAKEN_OVER, "taken_over")
    second.leave()
    await asyncio.wait_for(second.task, 10)


async def test_line_that_comes_back_goes_on_with_the_show_as_another_epoch(programs):
    door = make_door(programs)
    first = Browser(door)
    first.hello()
    first.send(record("webm h264 opus"))
    await wait_until(lambda: programs.sinks and programs.sinks[0].epochs)
    first.leave()
    await asyncio.wait_for(first.task, 10)
    await wait_until(lambda: len(programs.sinks[0].epochs) == 2)  # the slate

    second = Browser(door)
    second.hello(epoch=1)
    second.send(record("webm h264 opus"))

    await wait_until(lambda: len(programs.sinks[0].epochs) == 3)
    assert len(programs.sinks) == 1, "it is still the same program"
    second.leave()
    await asyncio.wait_for(second.task, 10)


async def test_show_that_the_organiser_stops_is_closed_with_the_hindrance(programs):
    caller = Browser(make_door(programs))
    caller.hello()
    await wait_until(lambda: programs.sinks)

    programs.shows[7] = make_facts(hindrances=["stopped"])
    await programs.look()

    assert await caller.wait_for_close() == (PublishClose.ENDED, "stopped")
    await wait_until(lambda: programs.sinks[0].is_finished)


@pytest.mark.parametrize(
    ("minutes", "is_live", "ends"), [(59, False, False), (60, False, True), (64, True, False)]
)
async def test_time_of_a_show_is_over_for_a_slate_at_once_and_for_a_host_after_a_grace(
    programs, minutes, is_live, ends
):
    door = make_door(programs)
    caller = Browser(door)
    caller.hello()
    if is_live:
        caller.send(record("webm h264 opus"))
        await wait_until(lambda: programs.sinks and programs.sinks[0].epochs)
    await wait_until(lambda: programs.sinks)

    programs.shows[7] = make_facts(at=AT + timedelta(minutes=minutes))
    await programs.look()

    if ends:
        assert await caller.wait_for_close() == (PublishClose.ENDED, "over")
    else:
        caller.leave()
        await asyncio.wait_for(caller.task, 10)
        assert not caller.close.done()


@pytest.mark.parametrize(
    ("label", "data", "close"),
    [
        ("noise", bytes(range(256)) * 4_000, (4415, "not_media")),
        ("a huge message", bytes(limits.PUBLISH_MESSAGE_BYTES_MAX + 1), (4413, "message")),
    ],
)
async def test_bytes_that_are_no_recording_close_the_line(programs, label, data, close):
    caller = Browser(make_door(programs))
    caller.hello()
    caller.send(data)
    caller.say('{"type":"pause"}')

    assert await caller.wait_for_close() == close, label


async def test_more_than_the_rate_closes_the_line(programs, monkeypatch):
    monkeypatch.setattr(browser, "BURST_BYTES", 1_000)
    caller = Browser(make_door(programs))
    caller.hello()
    caller.send(bytes(2_000))

    assert await caller.wait_for_close() == (PublishClose.TOO_MUCH, "rate")


async def test_epochs_ascend(programs):
    caller = Browser(make_door(programs))
    caller.hello(epoch=4)
    caller.say('{"type":"epoch","epoch":4,"mime":"video/webm"}')

    assert await caller.wait_for_close() == (PublishClose.BAD_WORD, "epoch")


async def test_silent_line_is_closed(programs, monkeypatch):
    monkeypatch.setattr(browser, "PUBLISH_SILENT_S_MAX", 0.1)
    caller = Browser(make_door(programs))
    caller.hello()

    assert await caller.wait_for_close() == (PublishClose.SILENT, "silent")


async def test_process_takes_in_only_so_many_shows(monkeypatch):
    monkeypatch.setattr(programs_module, "PROGRAMS_MAX", 1)
    programs = KnownShows(make_facts(), make_facts(show_id=8))
    await programs.attach(7, source="browser", user_id=3)

    with pytest.raises(RefusedError) as refused:
        await programs.attach(8, source="browser", user_id=3)

    assert refused.value.refusal is Refusal.BUSY
    await programs.end_all()
