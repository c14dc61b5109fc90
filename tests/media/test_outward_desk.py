"""Keys, destinations and their states on real rows: who comes in, what goes out, what is written."""

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connection
from django.db.models.functions import Now
from tests.factories import make_festival, make_host, make_room, make_sku, make_stall, make_user
from tests.fakes.coding import at_second, encode_second
from tests.fakes.platform import IS_THERE, MISSING, Platform

from chophien.apps.broadcast.destinations import (
    DestinationDraft,
    Saved,
    Seal,
    add_destination,
    switch_destination,
)
from chophien.apps.broadcast.models import (
    Destination,
    DestinationFault,
    DestinationState,
    StreamKey,
)
from chophien.apps.broadcast.stream_keys import rotate_stream_key
from chophien.apps.programme.models import Host, Show
from chophien.media.ingest.rtmp import Admitted
from chophien.media.ingest.rtmp_desk import NOT_DUE, WRONG_KEY, StreamDesk
from chophien.media.line import Line
from chophien.media.outward import sink
from chophien.media.outward.sink import Outward, OutwardSettings
from chophien.wire.stream_keys import hash_key

needs_nginx = pytest.mark.skipif(not IS_THERE, reason=MISSING)
HOUR = timedelta(hours=1)
KEY = "the-key-of-the-host-in-32-letters"
PLATFORM_KEY = "secret-of-the-platform"


@pytest.fixture
def show(transactional_db, django_db_serialized_rollback):
    host = make_host("mai", person=make_user("mai"))
    room = make_room(make_festival(), make_sku(make_stall()), host=host)
    Show.objects.filter(id=room.show_id).update(starts_at=Now() - HOUR, ends_at=Now() + HOUR)
    return Show.objects.get(id=room.show_id)


def get_url():
    database = settings.DATABASES["default"]
    return f"postgresql://{database['USER']}@/{database['NAME']}?host={database['HOST']}"


def beside(act):
    """Database work of Django's in a thread that lets its connection go."""

    def run(*arguments, **named):
        try:
            return act(*arguments, **named)
        finally:
            connection.close()

    return sync_to_async(run, thread_sensitive=False)


@pytest.fixture
async def desk():
    line = Line(get_url(), session={})
    yield StreamDesk(line, programs=None)
    await line.close()


def rotate(show, key):
    return rotate_stream_key(
        host_id=show.host_id, key=key, by_id=show.host.person_id, at=show.starts_at
    )


async def test_a_key_is_good_for_the_show_that_is_due(show, desk):
    await beside(rotate)(show, KEY)

    admitted = await desk.admit(KEY)

    assert (admitted.host_id, admitted.show_id) == (show.host_id, show.id)
    assert await desk.check([admitted]) == [admitted]


async def test_wrong_and_missing_keys_are_nobodys(show, desk):
    await beside(rotate)(show, KEY)

    for key in ("", KEY[:-1], KEY.upper(), hash_key(KEY), "' OR 1=1 --"):
        assert await desk.admit(key) == WRONG_KEY


async def test_an_old_key_lets_nobody_in_and_nobody_go_on(show, desk):
    await beside(rotate)(show, KEY)
    admitted = await desk.admit(KEY)

    await beside(rotate)(show, "another-key")

    assert await desk.admit(KEY) == WRONG_KEY
    assert await desk.check([admitted]) == []


async def test_a_key_is_good_for_nothing_before_and_after_the_shows(show, desk):
    await beside(rotate)(show, KEY)
    shows = Show.objects.filter(id=show.id)

    for start, end in ((2 * HOUR, 3 * HOUR), (-3 * HOUR, -2 * HOUR)):
        await beside(shows.update)(starts_at=Now() + start, ends_at=Now() + end)
        assert await desk.admit(KEY) == NOT_DUE
    await beside(shows.update)(starts_at=Now() + HOUR / 6, ends_at=Now() + HOUR)
    assert (await desk.admit(KEY)).show_id == show.id


async def test_what_keeps_a_show_off_the_air_keeps_its_encoder_out(show, desk):
    await beside(rotate)(show, KEY)
    admitted = await desk.admit(KEY)
    await beside(Show.objects.filter(id=show.id).update)(cancelled_at=Now())

    assert await desk.admit(KEY) == NOT_DUE
    assert await desk.check([admitted]) == []


async def test_an_unverified_host_is_told_why(show, desk):
    await beside(rotate)(show, KEY)
    await beside(show.host.identities.all().delete)()

    refused = await desk.admit(KEY)

    assert refused.code == "host_unverified"


async def test_while_the_database_is_away_nobody_is_cut_off():
    desk = StreamDesk(Line("postgresql://nobody@/nothing?host=/nowhere", session={}), None)
    anybody = [Admitted(key_id=1, host_id=2, show_id=3)]

    assert (await desk.admit(KEY)).code == "away"
    assert await desk.check(anybody) is anybody


# ---- outward


@pytest.fixture
def outward(monkeypatch):
    monkeypatch.setattr(sink, "LOOK_S", 0.3)
    outward = Outward(
        OutwardSettings(
            database_url=get_url(),
            session={},
            secret=settings.SECRET_KEY,
            allowed=(ip_network("127.0.0.0/8"),),
        )
    )
    yield outward
    outward.close()


def send_to(show, url, **fields):
    draft = DestinationDraft(
        platform="custom", name="", address=url, key=PLATFORM_KEY, are_voices_confirmed=False
    )
    outcome = add_destination(
        show_id=show.id,
        draft=replace(draft, **fields),
        sealing=Seal(secret=settings.SECRET_KEY, nonce=bytes(12)),
        by_id=show.host.person_id,
        at=show.starts_at,
    )
    assert isinstance(outcome, Saved)
    return outcome.destination


async def play(opened, seconds, *, starts_s=0):
    coded = encode_second()
    if not starts_s:
        opened.begin(coded.format, starts_at=None)
    for second in range(starts_s, starts_s + seconds):
        for packet in coded.second:
            opened.push(at_second(packet, second))
            if packet.is_video:
                await asyncio.sleep(0.02)


async def read_state(destination):
    return await beside(lambda: DestinationState.objects.filter(destination=destination).first())()


@needs_nginx
async def test_a_show_goes_out_and_how_it_goes_is_written(show, outward, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    with Platform(tmp_path) as platform:
        destination = await beside(send_to)(show, platform.url)
        opened = outward.open_sink(show_id=show.id, is_artificial=False)
        await asyncio.sleep(0.5)
        await play(opened, 6)
        sending = await read_state(destination)
        await beside(switch_destination)(destination_id=destination.id, is_on=False)
        await play(opened, 2, starts_s=6)
        opened.finish()
        await asyncio.sleep(1)
        (recorded,) = platform.read()

    assert sending.state == "sending"
    assert sending.connections == 1
    assert sending.video_bps > 50_000
    assert (sending.width, sending.height, sending.audio_rate_hz) == (180, 320, 48_000)
    assert sending.keyframe_ms == 1_000
    assert sending.first_connected_at is not None
    assert 5 * 25 <= len(recorded.pictures) < 8 * 25, "switched off, nothing more is sent"
    assert (await read_state(destination)).state == "over"
    assert PLATFORM_KEY not in caplog.text


@needs_nginx
@pytest.mark.parametrize("told_by", ["database", "process"])
async def test_an_ai_host_never_reaches_who_forbids_it(show, outward, tmp_path, told_by):
    """The row was made while the host was a person: the page would not have let it."""
    with Platform(tmp_path) as platform:
        forbidding = await beside(send_to)(show, platform.url, platform="tiktok")
        unstated = await beside(send_to)(show, f"{platform.url}2", platform="shopee")
        if told_by == "database":
            await beside(Host.objects.filter(id=show.host_id).update)(is_ai=True)
        opened = outward.open_sink(show_id=show.id, is_artificial=told_by == "process")
        await play(opened, 4)
        opened.finish()

        assert platform.read() == []

    for destination, code in (
        (forbidding, "voices_forbidden"),
        (unstated, "voices_unconfirmed"),
    ):
        state = await read_state(destination)
        assert (state.state, state.fault) == ("forbidden", code)
        assert state.connections == 0
    reasons = await beside(lambda: list(DestinationFault.objects.values_list("code", flat=True)))()
    assert sorted(reasons) == ["voices_forbidden", "voices_unconfirmed"]


async def test_a_key_sealed_for_another_address_is_not_sent(show, outward):
    """Whoever can write rows but not read secrets cannot have a key sent elsewhere."""
    destination = await beside(send_to)(show, "rtmp://127.0.0.1:1/live")
    await beside(Destination.objects.filter(id=destination.id).update)(
        address="rtmp://127.0.0.1:2/live"
    )
    opened = outward.open_sink(show_id=show.id, is_artificial=False)
    await play(opened, 1)
    opened.finish()

    state = await read_state(destination)
    assert (state.state, state.fault) == ("forbidden", "sealed")


async def test_two_rotations_at_once_leave_one_key(show):
    await asyncio.gather(*(beside(rotate)(show, f"key {each}") for each in range(4)))

    good = await beside(lambda: StreamKey.objects.filter(ended_at__isnull=True).count())()
    assert good == 1
