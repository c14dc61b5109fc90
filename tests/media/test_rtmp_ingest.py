"""Encoders publish by RTMP: FFmpeg's own, and peers made by hand that mean no good."""

import asyncio
import contextlib
import shutil
import struct
from itertools import pairwise

import pytest
from tests.fakes.coding import encode_second

from chophien.media.ingest import rtmp
from chophien.media.ingest.rtmp import Admitted, NotAdmitted, RtmpDoor, RtmpServer
from chophien.media.ingest.rtmp_source import Begins, RtmpSource
from chophien.media.mailbox import Mailbox
from chophien.media.packets import VIDEO_TICKS_HZ, Packet
from chophien.media.program import Feed, FeedEnd
from chophien.media.rtmp import flv
from chophien.media.rtmp.chunks import (
    CHUNK_BYTES_WRITTEN,
    Kind,
    Message,
    write_message,
    write_number,
)
from chophien.media.rtmp.commands import HANDSHAKE_BYTES, write_command

FFMPEG = shutil.which("ffmpeg")
needs_ffmpeg = pytest.mark.skipif(FFMPEG is None, reason="apt-get install ffmpeg")
KEY = "k" * 32
MINA = Admitted(key_id=1, host_id=2, show_id=3)


class Door:
    """Lets one key in, keeps what its feeds were given."""

    def __init__(self):
        self.key = KEY
        self.is_good = True
        self.is_held = False
        self.feeds = []
        self.box = Mailbox(bytes_max=1 << 26)

    async def admit(self, key):
        if key == self.key:
            return MINA
        return NotAdmitted(code="wrong_key", reason="The stream key is wrong.")

    async def check(self, publishers):
        return publishers if self.is_good else []

    async def attach(self, admitted):
        if self.is_held:
            return NotAdmitted(code="held", reason="Somebody else is on the air.")
        for feed in self.feeds:
            feed.cut(FeedEnd.TAKEN_OVER)
        self.feeds.append(Feed(holder="host:2", source="rtmp", box=self.box))
        return self.feeds[-1]

    def detach(self, admitted, feed):
        self.feeds.remove(feed)

    def take(self):
        words = []
        while (letter := self.box.take(wait_s_max=0)) is not None:
            words.append(letter[1])
        return words


@pytest.fixture
def door(monkeypatch):
    monkeypatch.setattr(rtmp, "RTMP_WRONG_KEY_S", 0.05)
    monkeypatch.setattr(rtmp, "CHECK_S", 0.1)
    return Door()


@pytest.fixture
async def server(door):
    server = RtmpServer(
        RtmpDoor(admit=door.admit, check=door.check, attach=door.attach, detach=door.detach)
    )
    await server.start(host="127.0.0.1", port=0)
    yield server
    await server.close()


async def publish(server, key=KEY, *, options=(), seconds=2, sound=True, app="live"):
    """FFmpeg as an encoder; its exit status and what it complained of."""
    sources = ["-re", "-f", "lavfi", "-i", "testsrc2=size=180x320:rate=25"]
    if sound:
        sources += ["-re", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=44100"]
    coding = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "25"]
    process = await asyncio.create_subprocess_exec(
        FFMPEG, "-v", "error", *sources, "-t", str(seconds), *coding, "-c:a", "aac", *options,
        "-f", "flv", f"rtmp://127.0.0.1:{server.port}/{app}/{key}",
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, complaints = await process.communicate()
    return process.returncode, complaints.decode()


def list_of(words, kind):
    return [each for each in words if isinstance(each, kind)]


def split(words):
    packets = list_of(words, Packet)
    return [each for each in packets if each.is_video], [
        each for each in packets if not each.is_video
    ]


@needs_ffmpeg
async def test_an_encoders_pictures_and_sound_arrive_uncoded(server, door):
    status, complaints = await publish(server, options=["-bf", "2"])

    words = door.take()
    begun, pictures, sound = words[0], *split(words)
    assert (status, complaints) == (0, "")
    assert (begun.format.video.width, begun.format.video.height) == (180, 320)
    assert (begun.format.audio.rate_hz, begun.format.audio.channels) == (44_100, 1)
    assert begun.has_sound
    assert len(pictures) == 50
    assert pictures[0].is_keyframe
    assert pictures[25].is_keyframe
    assert any(each.pts_ticks > each.dts_ticks for each in pictures), "B-frames are shown later"
    steps = {b.dts_ticks - a.dts_ticks for a, b in pairwise(pictures)}
    assert steps == {VIDEO_TICKS_HZ // 25}
    assert 85 <= len(sound) <= 88
    assert type(words[-1]).__name__ == "_Left"


@needs_ffmpeg
async def test_an_encoder_without_sound_gets_none_promised(server, door):
    await publish(server, sound=False)

    words = door.take()
    assert words[0].has_sound is False
    assert len(split(words)[0]) == 50


@needs_ffmpeg
@pytest.mark.parametrize("key", ["", "x" * 32, KEY[:-1], KEY + "k"])
async def test_a_missing_or_wrong_key_publishes_nothing(server, door, key):
    status, complaints = await publish(server, key)

    assert status != 0
    assert door.take() == []
    assert "key is wrong" in complaints


@needs_ffmpeg
async def test_another_application_is_refused(server, door):
    status, _ = await publish(server, app="vod")

    assert status != 0
    assert door.take() == []


@needs_ffmpeg
async def test_a_replaced_key_ends_what_is_under_way(server, door):
    running = asyncio.create_task(publish(server, seconds=20))
    await until(lambda: door.feeds)
    await asyncio.sleep(0.5)

    door.is_good = False
    async with asyncio.timeout(5):
        status, _ = await running

    assert status != 0
    assert door.feeds == []
    assert door.take()[-1].fault == "not_admitted"


@needs_ffmpeg
async def test_the_same_host_takes_over_and_the_first_is_ended(server, door):
    first = asyncio.create_task(publish(server, seconds=20))
    await until(lambda: door.feeds)
    await asyncio.sleep(0.5)

    second_status, _ = await publish(server, seconds=1)
    async with asyncio.timeout(5):
        first_status, _ = await first

    assert first_status != 0
    assert second_status == 0


@needs_ffmpeg
async def test_while_another_is_on_air_nobody_else_is(server, door):
    door.is_held = True

    status, complaints = await publish(server)

    assert status != 0
    assert "on the air" in complaints
    assert door.take() == []


@needs_ffmpeg
async def test_another_codec_is_refused_by_name(server, door):
    status, complaints = await publish(server, options=["-c:v", "flv1"])

    assert status != 0
    assert list_of(door.take(), Packet) == []
    assert complaints


async def until(condition, seconds=5):
    for _ in range(seconds * 50):
        if condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not come to that")


# ---- peers made by hand


class Peer:
    def __init__(self, server):
        self.port = server.port

    async def __aenter__(self):
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        return self

    async def __aexit__(self, *_):
        self.writer.close()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()

    async def shake_hands(self):
        self.writer.write(b"\x03" + bytes(HANDSHAKE_BYTES))
        await self.reader.readexactly(1 + 2 * HANDSHAKE_BYTES)
        self.writer.write(bytes(HANDSHAKE_BYTES))

    async def publish(self, key=KEY):
        await self.shake_hands()
        self.writer.write(write_number(Kind.SET_CHUNK_SIZE, CHUNK_BYTES_WRITTEN))
        self.writer.write(write_command("connect", 1, {"app": "live"}))
        self.writer.write(write_command("createStream", 2, None))
        self.writer.write(write_command("publish", 3, None, key, "live", stream_id=1))
        await self.reader.readuntil(b"Publish.Start")

    def send(self, kind, payload, at_ms=0):
        message = Message(kind=kind, timestamp_ms=at_ms, stream_id=1, payload=payload)
        self.writer.write(write_message(6, message))

    async def read_to_end(self):
        data = b""
        with contextlib.suppress(OSError):
            async with asyncio.timeout(5):
                data = await self.reader.read()
        return data


@pytest.mark.parametrize(
    "greeting",
    [
        pytest.param(b"GET / HTTP/1.1\r\nHost: fair\r\n\r\n", id="a browser"),
        pytest.param(b"\x03" + bytes(2 * HANDSHAKE_BYTES) + b"\xff" * 5_000, id="garbage behind"),
        pytest.param(
            b"\x03" + bytes(2 * HANDSHAKE_BYTES)
            + write_message(3, Message(kind=20, timestamp_ms=0, stream_id=0, payload=bytes(20_000))),
            id="a command of 20 kB",
        ),
        pytest.param(
            b"\x03" + bytes(2 * HANDSHAKE_BYTES) + write_command("publish", 1, None, KEY),
            id="publish before connect",
        ),
    ],
)  # fmt: skip
async def test_who_is_no_encoder_is_cut_off(server, door, greeting):
    async with Peer(server) as peer:
        peer.writer.write(greeting)

        await peer.read_to_end()

    assert server._tasks == set()
    assert door.take() == []


async def test_who_says_nothing_is_cut_off(server, monkeypatch):
    monkeypatch.setattr(rtmp, "RTMP_OPEN_S_MAX", 0.2)
    async with Peer(server) as peer:
        for _ in range(3):
            peer.writer.write(b"\x03")
            await asyncio.sleep(0.05)

        await peer.read_to_end()

    assert server._tasks == set()


async def test_a_publisher_who_falls_silent_is_lost(server, door, monkeypatch):
    monkeypatch.setattr(rtmp, "RTMP_SILENT_S_MAX", 0.2)
    async with Peer(server) as peer:
        await peer.publish()
        await peer.read_to_end()

    assert door.take()[-1].fault == "silent"


async def test_enhanced_rtmp_is_refused_with_its_reason(server, door):
    async with Peer(server) as peer:
        await peer.publish()
        peer.send(Kind.VIDEO, b"\x90hvc1\0\0\0\0")

        answer = await peer.read_to_end()

    assert b"choose H.264" in answer
    assert door.take()[-1].fault == "bad_media"


async def test_more_than_a_picture_needs_is_refused(server, door):
    async with Peer(server) as peer:
        await peer.publish()
        with contextlib.suppress(OSError):
            for _ in range(60):
                peer.send(Kind.AUDIO, b"\xaf\x01" + bytes(300_000))
                await peer.writer.drain()
        await until(lambda: not door.feeds)

    assert door.take()[-1].fault == "too_much"


async def test_one_network_gets_so_many_connections(server, monkeypatch):
    monkeypatch.setattr(rtmp, "RTMP_CONNECTIONS_OF_NETWORK_MAX", 2)
    async with Peer(server) as first, Peer(server) as second:
        await first.shake_hands()
        await second.shake_hands()
        async with Peer(server) as third:
            third.writer.write(b"\x03" + bytes(HANDSHAKE_BYTES))

            assert await third.read_to_end() == b""

    await until(lambda: not server._tasks)
    assert server._networks == {}


async def test_the_port_is_taken_only_once(server, door):
    other = RtmpServer(
        RtmpDoor(admit=door.admit, check=door.check, attach=door.attach, detach=door.detach)
    )

    with pytest.raises(OSError):
        await other.start(host="127.0.0.1", port=server.port)


# ---- a publisher's clock

RECORD = encode_second().format.video.extradata
ASC = bytes.fromhex("1190")
IDR = struct.pack(">I", 4) + b"\x65\x88\x84\x00"
SLICE = struct.pack(">I", 4) + b"\x41\x9a\x20\x00"


def tag(at_ms, data, *, is_keyframe=True, part=flv.Part.FRAME):
    payload = flv.write_video(part, data, is_keyframe=is_keyframe)
    return Message(kind=Kind.VIDEO, timestamp_ms=at_ms % 2**32, stream_id=1, payload=payload)


def sound(at_ms, data=b"aac", part=flv.Part.FRAME):
    return Message(
        kind=Kind.AUDIO,
        timestamp_ms=at_ms % 2**32,
        stream_id=1,
        payload=flv.write_audio(part, data),
    )


def begin(source, at_ms=0):
    source.take(tag(at_ms, RECORD, part=flv.Part.CONFIGURATION))
    source.take(sound(at_ms, ASC, part=flv.Part.CONFIGURATION))


@pytest.mark.parametrize("start_ms", [0, 2**24 - 500, 2**31 - 500, 2**32 - 500, 2**32 - 1])
def test_times_go_on_past_four_hours_and_past_49_days(start_ms):
    source = RtmpSource()
    begin(source, start_ms)

    given = []
    for step in range(50):
        given += source.take(tag(start_ms + step * 40, IDR if step % 25 == 0 else SLICE))

    packets = list_of(given, Packet)
    assert len(packets) == 50
    steps = {b.dts_ticks - a.dts_ticks for a, b in pairwise(packets)}
    assert steps == {3_600}


def test_a_clock_that_is_set_back_goes_back_and_no_further():
    source = RtmpSource()
    begin(source)

    (first,) = list_of(source.take(tag(5_000_000, IDR)), Packet)
    (after,) = list_of(source.take(tag(0, IDR)), Packet)

    assert first.dts_ticks - after.dts_ticks == 5_000_000 * 90


def test_sound_that_comes_late_begins_another_epoch_at_a_keyframe():
    source = RtmpSource()
    source.take(tag(0, RECORD, part=flv.Part.CONFIGURATION))
    silent = [each for at in range(0, 1_040, 40) for each in source.take(tag(at, IDR))]
    source.take(sound(1_050, ASC, part=flv.Part.CONFIGURATION))
    before = source.take(sound(1_060))
    given = source.take(tag(1_080, IDR)) + source.take(sound(1_090))

    assert [each.has_sound for each in list_of(silent, Begins)] == [False]
    assert before == []
    assert given[0].has_sound
    assert [each.is_video for each in given[1:]] == [True, False]


def test_the_same_configuration_again_begins_nothing():
    source = RtmpSource()
    begin(source)
    first = source.take(tag(0, IDR))
    begin(source, 40)

    assert len(list_of(first, Begins)) == 1
    assert list_of(source.take(tag(40, IDR)), Begins) == []


def test_after_a_break_the_format_is_told_again():
    source = RtmpSource()
    begin(source)
    source.take(tag(0, IDR))
    source.forget()

    assert source.take(tag(4_000, SLICE, is_keyframe=False)) == []
    assert len(list_of(source.take(tag(4_040, IDR)), Begins)) == 1
