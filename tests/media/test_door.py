import asyncio
import itertools

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.fakes.program import AT, make_format, make_packets, send

from chophien.media.door import VideoDoor
from chophien.media.packager import HlsPackager
from chophien.media.playlist import parse_playlist
from chophien.media.recorder import Recorder
from chophien.media.room_video import RoomVideo
from chophien.wire.recordings import PLAYLIST as REPLAY
from chophien.wire.video import LIVE, WINDOW_S, derive_key, sign_folder
from chophien.wire.video import REPLAY as RECORDED

NOW_S = 1_763_888_400
KEY = derive_key("a secret of this fair")
ROOM, SHOW = 3, 7


class Clock:
    now_s = NOW_S


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def door(tmp_path, clock):
    return VideoDoor(
        hls_root=tmp_path / "hls",
        recordings_root=tmp_path / "kept",
        key=KEY,
        now_s=lambda: clock.now_s,
    )


@pytest.fixture
async def client(door):
    transport = httpx.ASGITransport(app=door)
    async with httpx.AsyncClient(transport=transport, base_url="http://fair") as client:
        yield client


@pytest.fixture
def packager(tmp_path):
    return HlsPackager(tmp_path / "hls" / str(ROOM) / "main")


def live(file: str, *, room: int = ROOM, now_s: int = NOW_S, key: bytes = KEY) -> str:
    return sign_folder(LIVE, room, key, now_s=now_s)[0] + file


def kept(file: str) -> str:
    return sign_folder(RECORDED, SHOW, KEY, now_s=NOW_S)[0] + file


async def test_a_room_is_served_with_what_a_cache_needs(client, tmp_path):
    video = RoomVideo(tmp_path / "hls" / str(ROOM), first_sequence=0)
    send(video, seconds=2)
    video.finish()

    index = await client.get(live("index.m3u8"))
    playlist = await client.get(live("main/live.m3u8"))
    segment = await client.get(live("main/seg-1.m4s"))

    assert index.headers["content-type"] == "application/vnd.apple.mpegurl"
    assert 'RESOLUTION=360x640,CODECS="avc1.64001e,mp4a.40.2"\nmain/live.m3u8\n' in index.text
    assert playlist.headers["content-encoding"] == "gzip"
    assert playlist.headers["vary"] == "accept-encoding"
    assert playlist.headers["cache-control"] == "public, max-age=1"
    assert len(parse_playlist(playlist.text).entries) == 2
    assert segment.content == (tmp_path / "hls/3/main/seg-1.m4s").read_bytes()
    assert segment.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert segment.headers["access-control-allow-origin"] == "*"


async def test_gzip_only_for_who_reads_it(client, packager):
    send(packager, seconds=2)

    for said in ("identity", "gzip;q=0", "br"):
        answer = await client.get(live("main/live.m3u8"), headers={"accept-encoding": said})
        assert "content-encoding" not in answer.headers
        assert answer.content.startswith(b"#EXTM3U")


async def test_a_reload_waits_for_its_part_and_all_wait_together(client, door, packager):
    packets = make_packets(seconds=3)
    packager.begin(make_format(), starts_at=AT)
    for packet in itertools.islice(packets, 40):
        packager.push(packet)
    asked = packager.playlist.next_part
    url = live("main/live.m3u8") + f"?_HLS_msn={asked[0]}&_HLS_part={asked[1]}"
    waiting = [asyncio.create_task(client.get(url)) for _ in range(50)]
    await asyncio.sleep(0.1)
    assert not any(each.done() for each in waiting)
    (watch,) = door._watches.values()
    assert watch.waiter_count == 50

    for packet in itertools.islice(packets, 30):
        packager.push(packet)
    answers = await asyncio.gather(*waiting)

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert parse_playlist(answers[0].text).has(*asked)
    assert answers[0].headers["cache-control"] == "public, max-age=6"
    assert watch.waiter_count == 0


async def test_a_reload_that_nothing_answers_ends(client, packager, monkeypatch):
    monkeypatch.setattr("chophien.media.door.WAIT_TARGETS", 0.05)
    send(packager, seconds=2.4)

    answer = await client.get(live("main/live.m3u8?_HLS_msn=3"))

    assert (answer.status_code, answer.text) == (503, "nothing came")
    assert answer.headers["cache-control"] == "no-store"


async def test_an_announced_part_is_waited_for(client, packager, tmp_path):
    packets = make_packets(seconds=3)
    packager.begin(make_format(), starts_at=AT)
    for packet in itertools.islice(packets, 40):
        packager.push(packet)
    text = (tmp_path / "hls/3/main/live.m3u8").read_text()
    hint = text.split('PRELOAD-HINT:TYPE=PART,URI="')[1].split('"')[0]
    waiting = asyncio.create_task(client.get(live(f"main/{hint}")))
    await asyncio.sleep(0.05)
    assert not waiting.done()

    for packet in itertools.islice(packets, 30):
        packager.push(packet)

    assert (await waiting).content == (tmp_path / "hls/3/main" / hint).read_bytes()


async def test_no_more_wait_than_can_be_answered(client, packager, monkeypatch):
    monkeypatch.setattr("chophien.media.door.VIDEO_WAITERS_MAX", 2)
    send(packager, seconds=2.4)
    url = live("main/live.m3u8?_HLS_msn=3")
    waiting = [asyncio.create_task(client.get(url)) for _ in range(2)]
    await asyncio.sleep(0.05)

    answer = await client.get(url)

    assert (answer.status_code, answer.text) == (503, "full")
    for each in waiting:
        each.cancel()


async def test_a_delta_is_what_the_skip_asks_for(client, packager):
    send(packager, seconds=25)

    answer = await client.get(live("main/live.m3u8?_HLS_msn=24&_HLS_part=0&_HLS_skip=YES"))

    assert "#EXT-X-SKIP:SKIPPED-SEGMENTS=" in answer.text
    assert "seg-1.m4s" not in answer.text


@pytest.mark.parametrize(
    "query",
    ["_HLS_part=1", "_HLS_msn=x", "_HLS_msn=-1", "_HLS_msn=1&_HLS_msn=2", "_HLS_msn=99",
     "_HLS_msn=" + "9" * 40, "_HLS_msn=²"],
)  # fmt: skip
async def test_directives_that_make_no_sense_are_refused(client, packager, query):
    send(packager, seconds=2.4)

    assert (await client.get(live("main/live.m3u8?") + query)).status_code == 400


async def test_addresses_are_signed_for_one_room_and_end(client, packager, clock):
    send(packager, seconds=2)
    packager.finish()
    mine = live("main/live.m3u8")

    assert (await client.get(mine)).status_code == 200
    other_room = await client.get(mine.replace("/live/3/", "/live/4/"))
    as_replay = await client.get(mine.replace("/live/3/", "/replay/3/"))
    longer = await client.get(mine.replace(str(NOW_S)[:5], "19638", 1))
    other_fair = await client.get(live("main/live.m3u8", key=derive_key("another")))
    for answer in (other_room, as_replay, longer, other_fair):
        assert (answer.status_code, answer.text) == (403, "address")
    clock.now_s += 2 * WINDOW_S
    assert (await client.get(mine)).text == "old"
    assert (await client.get(live("main/live.m3u8", now_s=clock.now_s))).status_code == 200


def test_all_viewers_of_an_hour_share_an_address():
    first = live("index.m3u8", now_s=NOW_S // WINDOW_S * WINDOW_S)

    assert first == live("index.m3u8", now_s=NOW_S // WINDOW_S * WINDOW_S + WINDOW_S - 1)
    assert first != live("index.m3u8", now_s=NOW_S // WINDOW_S * WINDOW_S + WINDOW_S)


@pytest.mark.parametrize(
    "file",
    ["../../../secrets", "main/../../4/main/live.m3u8", "main/live.m3u8.new", "main/",
     "main/seg-0.m4s%00", "main/%2e%2e/%2e%2e/x", "main/seg-0.m4s\n", "MAIN/live.m3u8", "..",
     "main/init-0.mp4/", "/etc/passwd", "low/live.m3u8", "main/seg-99.m4s"],
)  # fmt: skip
async def test_nothing_else_is_given_out(door, packager, tmp_path, file):
    send(packager, seconds=2)
    packager.finish()
    (tmp_path / "secrets").write_text("secret")

    answer = await ask(door, live("") + file)

    assert answer[0] == 404


@pytest.fixture(params=["live", "replay"])
def ranged(request, packager, tmp_path):
    """Address and bytes of a segment on air, and of a file that was recorded."""
    if request.param == "live":
        send(packager, seconds=1)
        packager.finish()
        return live("main/seg-0.m4s"), (tmp_path / "hls/3/main/seg-0.m4s").read_bytes()
    recorder = Recorder(tmp_path / "kept" / str(SHOW))
    send(recorder, seconds=3)
    recorder.finish()
    return kept("1.mp4"), (tmp_path / "kept/7/1.mp4").read_bytes()


async def ask(door, path: str, *, method: str = "GET", headers=(), query: bytes = b""):
    """Status, headers and body of a request as a server hands it over, nothing made tidy."""
    scope = {"type": "http", "method": method, "path": path, "query_string": query,
             "headers": list(headers)}  # fmt: skip
    sent = []

    async def send_message(message):
        sent.append(message)

    async def receive():
        return {"type": "http.request", "body": b""}

    await door(scope, receive, send_message)
    body = b"".join(message.get("body", b"") for message in sent[1:])
    assert not sent[-1].get("more_body", False)
    return sent[0]["status"], dict(sent[0]["headers"]), body


@settings(
    max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    path=st.one_of(st.text(), st.text(alphabet="/.%0123456789abcdefmainlivesegpartinit-\\\0\n")),
    method=st.sampled_from(["GET", "HEAD", "POST", "OPTIONS", "TRACE", ""]),
    is_signed=st.booleans(),
    query=st.binary(max_size=300),
    header=st.tuples(st.sampled_from([b"range", b"accept-encoding"]), st.binary(max_size=60)),
)
def test_whatever_is_asked_is_answered(tmp_path, path, method, is_signed, query, header):
    room = tmp_path / "hls" / str(ROOM) / "main"
    if not room.exists():
        packager = HlsPackager(room)
        send(packager, seconds=1)
        packager.finish()
    door = VideoDoor(hls_root=tmp_path / "hls", recordings_root=None, key=KEY, now_s=lambda: NOW_S)
    prefix = live("") if is_signed else "/video/"

    status, _, _ = asyncio.run(
        ask(door, prefix + path, method=method, headers=[header], query=query)
    )

    assert status in {200, 204, 206, 400, 403, 404, 405, 416, 503}


@pytest.mark.parametrize(
    ("header", "status", "expected"),
    [
        ("bytes=0-9", 206, slice(0, 10)),
        ("bytes=10-", 206, slice(10, None)),
        ("bytes=-5", 206, slice(-5, None)),
        ("bytes=5-999999999", 206, slice(5, None)),
        ("bytes=9-3", 200, slice(None)),
        ("bytes=0-1,3-4", 200, slice(None)),
        ("items=0-1", 200, slice(None)),
        ("bytes=99999999-", 416, None),
        ("bytes=-0", 416, None),
    ],
)
async def test_ranges(client, ranged, header, status, expected):
    url, data = ranged

    answer = await client.get(url, headers={"range": header})
    head = await client.head(url, headers={"range": header})

    assert answer.status_code == head.status_code == status
    assert head.content == b""
    if expected is None:
        assert answer.headers["content-range"] == f"bytes */{len(data)}"
    else:
        assert answer.content == data[expected]
        assert answer.headers["content-length"] == head.headers["content-length"]
    if status == 206:
        starts = range(len(data))[expected].start
        assert answer.headers["content-range"] == (
            f"bytes {starts}-{starts + len(answer.content) - 1}/{len(data)}"
        )


async def test_a_replay_is_complete_and_packed(client, tmp_path):
    recorder = Recorder(tmp_path / "kept" / str(SHOW))
    send(recorder, seconds=6)
    recorder.finish()

    answer = await client.get(kept(REPLAY))

    assert answer.text.endswith("#EXT-X-ENDLIST\n")
    assert "#EXT-X-PLAYLIST-TYPE:VOD" in answer.text
    assert answer.headers["content-encoding"] == "gzip"
    assert (await client.get(kept("2.mp4"))).status_code == 404
    assert (await client.get(kept("replay.m3u8.new"))).status_code == 404


async def test_a_page_of_another_host_may_ask_in_ranges(client):
    answer = await client.options("/video/live/3/0-0/main/seg-0.m4s")

    assert answer.status_code == 204
    assert answer.headers["access-control-allow-headers"] == "range"
    assert (await client.post(live("index.m3u8"))).status_code == 405
