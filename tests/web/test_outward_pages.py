"""The page of stream keys and platforms: who may, what is kept, what is never shown."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings as django_settings
from django.urls import reverse
from tests.factories import make_festival, make_room, make_sku, make_stall, make_user

from chophien.apps.broadcast.models import (
    Destination,
    DestinationFault,
    DestinationState,
    StreamKey,
)
from chophien.apps.programme.models import Host, Show
from chophien.domain.limits import DESTINATIONS_MAX
from chophien.wire.sealing import SealError, unseal
from chophien.wire.stream_keys import hash_key

DAY = timedelta(days=1)
SECRET = "FB-10158-0-AbCdEfGhIjKl"
FACEBOOK = {"platform": "facebook", "address": "", "key": SECRET, "name": ""}


@pytest.fixture
def now():
    return datetime.now(tz=UTC)  # noqa: TID251 - pages read the clock themselves


@pytest.fixture
def room(db, now, settings):
    settings.RTMP_URL = "rtmp://fair.example:1935/live"
    festival = make_festival(starts_at=now - DAY, ends_at=now + 9 * DAY)
    host = Host.objects.create(slug="mai", name="Mai", person=make_user("mai"))
    room = make_room(festival, make_sku(make_stall()), host=host)
    put_on_air(room, now)
    return room


@pytest.fixture
def ai_room(room, now):
    host = Host.objects.create(slug="sen", name="Sen", is_ai=True, person=room.show.host.person)
    artificial = make_room(room.show.festival, host=host)
    put_on_air(artificial, now)
    return artificial


def put_on_air(room, now):
    Show.objects.filter(id=room.show_id).update(starts_at=now - DAY / 24, ends_at=now + DAY / 24)


@pytest.fixture
def desk(client, room):
    client.force_login(room.show.host.person)
    return client


def at(name, room, *more):
    return reverse(name, args=[room.show_id, *more])


def add(desk, room, **fields):
    return desk.post(at("add_destination", room), FACEBOOK | fields)


def read(answer):
    return answer.content.decode()


def test_a_key_is_shown_once_and_kept_as_a_fingerprint(desk, room):
    answer = desk.post(at("make_stream_key", room))

    (key,) = re.findall(r'id="new-key" value="([^"]+)"', read(answer))
    assert len(key) == 32
    assert "no-store" in answer["Cache-Control"]
    kept = StreamKey.objects.get()
    assert kept.digest == hash_key(key)
    assert key not in read(desk.get(at("outward", room)))


def test_a_new_key_ends_the_one_before(desk, room):
    desk.post(at("make_stream_key", room))
    desk.post(at("make_stream_key", room))

    old, new = StreamKey.objects.order_by("id")
    assert (old.ended_at is None, new.ended_at is None) == (False, True)
    assert old.ended_by == room.show.host.person


def test_a_key_can_be_ended_without_another(desk, room):
    desk.post(at("make_stream_key", room))
    desk.post(at("end_stream_key", room))

    assert StreamKey.objects.get().ended_at is not None


def test_an_ai_host_gets_no_key(desk, ai_room):
    desk.post(at("make_stream_key", ai_room))

    assert not StreamKey.objects.exists()


PAGES = ["outward", "make_stream_key", "end_stream_key", "add_destination", "copy_destinations"]
OF_ONE = ["change_destination", "switch_destination", "remove_destination"]


@pytest.mark.parametrize("page", PAGES + OF_ONE)
def test_another_host_and_the_producer_reach_nothing_of_it(client, desk, room, page):
    add(desk, room)
    destination = Destination.objects.get()
    other = Host.objects.create(slug="lan", name="Lan", person=make_user("lan"))
    producer = make_user("tu")
    Host.objects.create(slug="tu", name="Tú", person=producer)
    Show.objects.filter(id=room.show_id).update(producer=producer)
    more = [destination.id] if page in OF_ONE else []

    for person in (other.person, producer):
        client.force_login(person)
        answer = (
            client.get(at(page, room)) if page == "outward" else client.post(at(page, room, *more))
        )
        assert answer.status_code == 403

    assert Destination.objects.get().is_on
    assert not StreamKey.objects.exists()


@pytest.mark.parametrize("page", OF_ONE)
def test_a_destination_is_reached_by_its_own_show_only(desk, room, ai_room, page):
    add(desk, room)
    destination = Destination.objects.get()

    assert desk.post(at(page, ai_room, destination.id)).status_code == 404
    assert Destination.objects.get().is_on


def test_a_destination_is_kept_sealed_and_its_key_never_shown(desk, room):
    assert add(desk, room).status_code == 302

    kept = Destination.objects.get()
    sealed = bytes(kept.sealed_key)
    assert SECRET.encode() not in sealed
    assert kept.key_hint == "IjKl"
    secret = django_settings.SECRET_KEY
    assert unseal(sealed, secret=secret, bound_to=kept.address) == SECRET
    with pytest.raises(SealError):
        unseal(sealed, secret=secret, bound_to="rtmps://elsewhere.example/live")
    with pytest.raises(SealError):
        unseal(sealed, secret="another", bound_to=kept.address)
    for page in (at("outward", room), at("change_destination", room, kept.id)):
        assert SECRET not in read(desk.get(page))


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"address": "rtmp://live.facebook.com/rtmp/"}, "rtmps://"),
        ({"platform": "custom", "address": "http://a.example/live"}, "rtmp://"),
        ({"platform": "custom", "address": "rtmp://a.example"}, "/live2"),
        ({"platform": "custom", "address": "rtmp://127.0.0.1/live"}, "internal"),
        ({"platform": "custom", "address": "rtmp://[::ffff:10.0.0.1]/live"}, "internal"),
        ({"platform": "custom", "address": "rtmp://169.254.169.254/latest"}, "internal"),
        ({"platform": "custom", "address": "rtmp://8.8.8.8:25/live"}, "1935"),
        ({"platform": "custom", "address": "rtmp://a:b@a.example/live"}, "address"),
        ({"platform": "custom", "address": ""}, "address"),
        ({"key": "two words"}, "no spaces"),
        ({"key": ""}, "belongs to this address"),
        ({"platform": "elsewhere"}, "elsewhere"),
    ],
)
def test_what_nothing_is_sent_to_is_refused_with_the_reason(desk, room, fields, told):
    desk.cookies["django_language"] = "en"

    answer = add(desk, room, **fields)

    assert answer.status_code == 200
    assert told in read(answer)
    assert not Destination.objects.exists()


def test_a_new_address_needs_its_key_typed_again(desk, room):
    add(desk, room)
    kept = Destination.objects.get()
    page = at("change_destination", room, kept.id)

    same = desk.post(page, FACEBOOK | {"key": "", "name": "Trang nhà"})
    other = desk.post(page, FACEBOOK | {"key": "", "address": "rtmps://b.example/rtmp"})

    assert (same.status_code, other.status_code) == (302, 200)
    after = Destination.objects.get()
    assert (after.name, after.address) == ("Trang nhà", kept.address)
    assert bytes(after.sealed_key) == bytes(kept.sealed_key)


def test_an_ai_host_is_not_sent_to_who_forbids_artificial_voices(desk, ai_room):
    desk.cookies["django_language"] = "en"
    tiktok = {"platform": "tiktok", "address": "rtmp://push.example/live"}

    for more in ({}, {"voices": "on"}):
        assert "forbids artificial voices" in read(add(desk, ai_room, **tiktok, **more))

    assert not Destination.objects.exists()


def test_where_no_rule_is_known_somebody_answers_for_it(desk, ai_room):
    shopee = {"platform": "shopee", "address": "rtmp://push.example/live"}

    add(desk, ai_room, **shopee)
    assert not Destination.objects.exists()

    add(desk, ai_room, **shopee, voices="on")
    assert Destination.objects.get().voices_confirmed_by.username == "mai"


def test_a_person_is_sent_anywhere(desk, room):
    add(desk, room, platform="tiktok", address="rtmp://push.example/live")

    assert Destination.objects.get().platform == "tiktok"


def test_a_show_goes_to_so_many_platforms(desk, room):
    for index in range(DESTINATIONS_MAX + 1):
        add(desk, room, platform="custom", address=f"rtmp://p{index}.example/live")

    assert Destination.objects.count() == DESTINATIONS_MAX


def test_platforms_are_taken_over_from_the_show_before(desk, room, now):
    add(desk, room)
    before = Show.objects.filter(id=room.show_id)
    before.update(starts_at=now - 90 * DAY, ends_at=now - 89 * DAY)
    later = make_room(room.show.festival, host=room.show.host)
    Show.objects.filter(id=later.show_id).update(starts_at=now + DAY, ends_at=now + 2 * DAY)

    desk.post(at("copy_destinations", later))
    desk.post(at("copy_destinations", later))

    copied = Destination.objects.get(show=later.show)
    assert (
        unseal(bytes(copied.sealed_key), secret=django_settings.SECRET_KEY, bound_to=copied.address)
        == SECRET
    )


def test_how_it_goes_is_shown_and_what_a_platform_says_is_text(desk, room, now):
    desk.cookies["django_language"] = "en"
    add(desk, room, name="<b>x</b>")
    destination = Destination.objects.get()
    DestinationState.objects.create(
        destination=destination, state="sending", reported_at=now,
        connected_at=now - timedelta(hours=7, minutes=46),
        first_connected_at=now - timedelta(hours=7, minutes=46), connections=2,
        video_bps=5_200_000, dropped_ms=1_500, fault="line",
        fault_detail="<script>alert(1)</script>", fault_at=now,
    )  # fmt: skip
    DestinationFault.objects.create(
        destination=destination, code="line", detail="<script>alert(1)</script>", at=now
    )

    page = read(desk.get(at("outward", room)))

    assert "5.2 Mbit/s" in page
    assert "7:46:0" in page
    assert "within a quarter of an hour" in page
    assert "lower the bitrate" in page
    assert "The line broke." in page
    assert "<script>alert" not in page
    assert "<b>x</b>" not in page


def test_an_old_report_is_not_shown_as_if_it_were_now(desk, room, now):
    desk.cookies["django_language"] = "en"
    add(desk, room)
    DestinationState.objects.create(
        destination=Destination.objects.get(), state="sending", reported_at=now - DAY / 24,
        connected_at=now - DAY / 12, video_bps=5_200_000,
    )  # fmt: skip

    page = read(desk.get(at("outward", room)))

    assert "Mbit/s" not in page
    assert "not on air" in page


def test_switching_off_and_removing(desk, room):
    add(desk, room)
    destination = Destination.objects.get()

    desk.post(at("switch_destination", room, destination.id), {"to": "off"})
    assert not Destination.objects.get().is_on
    desk.post(at("switch_destination", room, destination.id), {"to": "on"})
    assert Destination.objects.get().is_on
    desk.post(at("remove_destination", room, destination.id))
    assert not Destination.objects.exists()
