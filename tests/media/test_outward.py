"""One program to several platforms: nginx's RTMP module, FFmpeg reading what came."""

import asyncio
import socket
import ssl
from dataclasses import replace
from ipaddress import ip_network
from itertools import pairwise

import pytest
from tests.fakes.coding import at_second, encode_second
from tests.fakes.platform import IS_THERE, MISSING, Platform, complaints_of_decoding, find_port
from tests.fakes.tunnel import STUNNEL, Authority, Tunnel

from chophien.domain.outward import parse_address
from chophien.media.outward import client, sender
from chophien.media.outward.backlog import Backlog, Item, build_headers, build_item
from chophien.media.outward.client import Target
from chophien.media.outward.sender import Sender, SendState
from chophien.media.rtmp.chunks import Kind

needs_stunnel = pytest.mark.skipif(STUNNEL is None, reason="apt-get install stunnel4")
needs_nginx = pytest.mark.skipif(not IS_THERE, reason=MISSING)
LOOPBACK = (ip_network("127.0.0.0/8"),)
# Faster than life: pictures are a quarter of their length apart.
PACE = 4
SECOND = encode_second()


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    monkeypatch.setattr(sender, "AGAIN_S", (0.2,))
    monkeypatch.setattr(sender, "AGAIN_REFUSED_S", (0.2,))
    monkeypatch.setattr(sender, "JITTER", 0.0)


def make_sender(url, key="key-of-the-show", *, tls=None):
    return Sender(
        Target(address=parse_address(url), key=key),
        allowed=LOOPBACK,
        tls=tls or ssl.create_default_context(),
    )


async def play(senders, seconds, *, starts_s=0, coded=SECOND, meanwhile=None):
    """Give so many seconds of a program to all, at `PACE` times its speed."""
    headers = build_headers(coded.format)
    for second in range(starts_s, starts_s + seconds):
        for packet in coded.second:
            item = build_item(at_second(packet, second), headers)
            for each in senders:
                each.put(item)
            if packet.is_video:
                await asyncio.sleep(0.04 / PACE)
        if meanwhile is not None:
            meanwhile(second)


async def end(*tasks_and_senders):
    for each, _ in tasks_and_senders:
        each.finish()
    async with asyncio.timeout(10):
        await asyncio.gather(*(task for _, task in tasks_and_senders))


async def until(condition, seconds=10):
    for _ in range(seconds * 50):
        if condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not come to that")


def steps_of(recorded):
    return {later - earlier for (earlier, _), (later, _) in pairwise(recorded.pictures)}


@needs_nginx
async def test_two_platforms_one_killed_the_other_loses_nothing(tmp_path):
    with Platform(tmp_path / "a") as dying, Platform(tmp_path / "b") as steady:
        first, second = make_sender(dying.url), make_sender(steady.url)
        running = [(each, asyncio.create_task(each.run())) for each in (first, second)]

        def meanwhile(at):
            if at == 6:
                dying.kill()
            if at == 12:
                dying.start()

        await play([first, second], 24, meanwhile=meanwhile)
        await end(*running)
        gone, back = dying.read()
        (whole,) = steady.read()

    assert len(whole.pictures) == 24 * 25
    assert len(whole.sound) == 24 * 46
    assert steps_of(whole) == {40}
    assert second.report.dropped_ms == 0
    assert second.report.connections == 1
    assert first.report.connections == 2
    assert first.report.dropped_ms > 0
    assert first.report.fault.code in {"line", "unreachable"}
    assert len(gone.pictures) >= 5 * 25
    assert back.pictures[0] == (0, True), "it begins with a keyframe, at nought"
    assert steps_of(back) == {40}
    assert len(back.pictures) >= 8 * 25


@needs_nginx
async def test_a_platform_that_takes_nothing_costs_the_other_nothing(tmp_path):
    """One accepts the connection and never reads a byte."""
    mute = socket.create_server(("127.0.0.1", 0))
    port = mute.getsockname()[1]
    with mute, Platform(tmp_path / "b") as steady:
        first, second = make_sender(f"rtmp://127.0.0.1:{port}/live"), make_sender(steady.url)
        running = [(each, asyncio.create_task(each.run())) for each in (first, second)]

        await play([first, second], 16)
        assert first.report.state is SendState.CONNECTING
        assert first.report.queued_ms <= sender.OUTWARD_QUEUE_MS_MAX
        running[0][1].cancel()
        await end(running[1])
        (whole,) = steady.read()

    assert len(whole.pictures) == 16 * 25
    assert first.report.dropped_ms >= 9_000


@needs_nginx
async def test_another_format_is_told_by_a_header_and_times_go_on(tmp_path):
    slate = encode_second(320, 180)
    with Platform(tmp_path) as platform:
        one = make_sender(platform.url)
        running = (one, asyncio.create_task(one.run()))

        await play([one], 3)
        await play([one], 2, starts_s=3, coded=slate)
        await play([one], 3, starts_s=5)
        await end(running)
        (whole,) = platform.read()
        path = next(platform.recorded.glob("*.flv"))
        complaints = complaints_of_decoding(path)

    assert len(whole.pictures) == 8 * 25
    assert steps_of(whole) == {40}
    assert one.report.sizes == 3
    assert complaints == "", "FFmpeg decodes all of it without a complaint"


@needs_nginx
async def test_a_show_of_five_hours_is_sent_on(tmp_path):
    """The connection's own clock passes 2^24 ms after 4 h 38 min."""
    starts_s = 2**24 // 1_000 - 3
    with Platform(tmp_path) as platform:
        one = make_sender(platform.url)
        running = (one, asyncio.create_task(one.run()))

        await play([one], 1)
        await play([one], 6, starts_s=starts_s)
        await end(running)
        (whole,) = platform.read()

    times = [at for at, _ in whole.pictures]
    assert len(times) == 7 * 25
    assert times[-1] == (starts_s + 6) * 1_000 - 40
    assert steps_of(whole) == {40, times[25] - times[24]}


@needs_nginx
async def test_a_backlog_that_overflows_leaves_out_whole_groups(tmp_path):
    with Platform(tmp_path) as platform:
        one = make_sender(platform.url)
        await play([one], 20)
        running = (one, asyncio.create_task(one.run()))
        await until(lambda: one.report.state is SendState.SENDING)
        await end(running)
        (whole,) = platform.read()

    assert whole.pictures[0] == (0, True)
    assert 5 * 25 <= len(whole.pictures) <= 6 * 25
    assert len(whole.pictures) * 40 + one.report.dropped_ms == 20_000


def test_what_is_left_out_is_counted_to_the_millisecond():
    headers = build_headers(SECOND.format)
    backlog = Backlog(ms_max=3_000)
    for second in range(10):
        for packet in SECOND.second:
            backlog.put(build_item(at_second(packet, second), headers))

    first = backlog.take()

    assert first.is_keyframe
    assert first.time_ms == backlog.dropped_ms
    assert backlog.queued_ms <= 3_000


def test_a_group_longer_than_the_backlog_is_left_out_until_a_keyframe():
    headers = build_headers(SECOND.format)
    item = build_item(SECOND.second[0], headers)
    backlog = Backlog(ms_max=1_000)
    for at_ms in range(0, 5_000, 40):
        backlog.put(replace(item, time_ms=at_ms, is_keyframe=at_ms in {0, 4_000}))

    taken = []
    while (one := backlog.take()) is not None:
        taken.append(one.time_ms)

    assert taken == list(range(4_000, 5_000, 40))
    assert backlog.dropped_ms == 4_000


def test_what_comes_before_the_first_keyframe_is_not_sent():
    backlog = Backlog(ms_max=1_000)
    headers = build_headers(SECOND.format)
    for kind in (Kind.AUDIO, Kind.VIDEO):
        backlog.put(Item(headers=headers, kind=kind, is_keyframe=False, time_ms=0, payload=b""))

    assert backlog.take() is None


# ---- where nothing is sent


async def fault_of(one):
    running = asyncio.create_task(one.run())
    await play([one], 1)
    await until(lambda: one.report.fault is not None)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return one.report.fault


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "10.0.0.1", "0.0.0.0"]
)
async def test_inside_addresses_are_never_connected_to(host, monkeypatch):
    async def never(*_, **__):
        raise AssertionError("connected")

    monkeypatch.setattr(client.asyncio, "open_connection", never)
    one = Sender(
        Target(address=parse_address(f"rtmp://{host}:1935/live"), key="secret"),
        allowed=(),
        tls=ssl.create_default_context(),
    )

    assert (await fault_of(one)).code == "inside"


async def test_a_name_that_leads_inside_at_its_second_look_up_is_not_followed(monkeypatch):
    """Rebinding: what is checked is what is connected to, and it is checked each time."""
    answers = iter(["8.8.8.8", "127.0.0.1"])
    connected = []

    async def look_up(*_, **__):
        return [(2, 1, 6, "", (next(answers), 1935))]

    async def connect(number, *_, **__):
        connected.append(number)
        raise ConnectionRefusedError

    loop = asyncio.get_running_loop()
    monkeypatch.setattr(loop, "getaddrinfo", look_up, raising=False)
    monkeypatch.setattr(client.asyncio, "open_connection", connect)
    one = Sender(
        Target(address=parse_address("rtmp://platform.example/live"), key="secret"),
        allowed=(),
        tls=ssl.create_default_context(),
    )
    running = asyncio.create_task(one.run())
    await play([one], 1)
    await until(lambda: one.report.fault is not None and one.report.fault.code == "inside")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert connected == ["8.8.8.8"]


async def test_where_nobody_is_nothing_can_be_reached():
    fault = await fault_of(make_sender(f"rtmp://127.0.0.1:{find_port()}/live"))

    assert fault.code == "unreachable"


# ---- RTMPS, by stunnel


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


@needs_stunnel
@needs_nginx
async def test_rtmps_is_sent_to_who_proves_its_name(tmp_path, authority):
    with (
        Platform(tmp_path / "a") as platform,
        Tunnel(tmp_path, authority.sign("localhost"), platform.port) as tunnel,
    ):
        one = make_sender(f"rtmps://localhost:{tunnel.port}/live", tls=authority.context)
        running = (one, asyncio.create_task(one.run()))
        await play([one], 4)
        await end(running)
        (whole,) = platform.read()

    assert len(whole.pictures) == 4 * 25
    assert one.report.fault is None


@needs_stunnel
@needs_nginx
@pytest.mark.parametrize("wrong", ["unknown authority", "another name"])
async def test_rtmps_without_a_good_certificate_sends_nothing(tmp_path, authority, wrong):
    name = "localhost" if wrong == "unknown authority" else "elsewhere.example"
    context = ssl.create_default_context() if name == "localhost" else authority.context
    with (
        Platform(tmp_path / "a") as platform,
        Tunnel(tmp_path, authority.sign(name), platform.port) as tunnel,
    ):
        fault = await fault_of(make_sender(f"rtmps://localhost:{tunnel.port}/live", tls=context))

        assert platform.read() == []

    assert fault.code == "certificate"


async def test_plain_rtmp_is_not_taken_for_rtmps(tmp_path):
    plain = socket.create_server(("127.0.0.1", 0))
    with plain:
        accepting = asyncio.to_thread(_answer_plainly, plain)
        task = asyncio.create_task(accepting)
        fault = await fault_of(make_sender(f"rtmps://localhost:{plain.getsockname()[1]}/live"))
        await task

    assert fault.code == "unreachable"


def _answer_plainly(server):
    line, _ = server.accept()
    with line:
        line.recv(4_096)
        line.sendall(b"\x03" * 1_537)


def test_a_key_stands_in_no_repr():
    target = Target(address=parse_address("rtmp://a.example/live"), key="secret-of-the-platform")

    assert "secret-of" not in repr(target)
