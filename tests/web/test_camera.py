"""The camera's page and its tickets: for the show's host and organisers, for that show, for a minute."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.urls import reverse
from tests.factories import make_festival, make_host, make_room, make_sku, make_stall, make_user

from chophien.apps.broadcast.models import OnAir
from chophien.apps.programme.models import Host, Show
from chophien.domain.limits import PUBLISH_TICKET_TIME
from chophien.web.shared.people import ORGANISERS
from chophien.wire.publishing import derive_key, read_ticket

DAY = timedelta(days=1)


@pytest.fixture
def now():
    return datetime.now(tz=UTC)  # noqa: TID251 - pages read the clock themselves


@pytest.fixture
def festival(db, now):
    return make_festival(starts_at=now - DAY, ends_at=now + 9 * DAY)


@pytest.fixture
def room(festival):
    host = make_host("mai", person=make_user("mai"))
    return make_room(festival, make_sku(make_stall()), host=host)


def ask_for_ticket(client, room):
    return client.post(reverse("camera_ticket", args=[room.show_id]))


def test_ticket_is_for_this_host_this_show_and_a_minute(client, room, now):
    client.force_login(room.show.host.person)

    answer = ask_for_ticket(client, room)

    key = derive_key(settings.SECRET_KEY)
    ticket = read_ticket(answer.json()["ticket"], key, int(now.timestamp()))
    assert (ticket.show_id, ticket.user_id) == (room.show_id, room.show.host.person_id)
    left_s = ticket.ends_at_s - now.timestamp()
    assert 0 < left_s - PUBLISH_TICKET_TIME.total_seconds() + 10 < 20
    assert "no-store" in answer["Cache-Control"]


def test_organiser_gets_a_ticket_in_the_own_name(client, room, now):
    organiser = make_user("org")
    organiser.groups.add(Group.objects.get_or_create(name=ORGANISERS)[0])
    client.force_login(organiser)

    answer = ask_for_ticket(client, room)

    key = derive_key(settings.SECRET_KEY)
    assert read_ticket(answer.json()["ticket"], key, 0).user_id == organiser.id


def test_nobody_else_gets_one(client, room):
    assert ask_for_ticket(client, room).status_code == 302, "log in first"

    client.force_login(make_host("lan", person=make_user("lan")).person)
    assert ask_for_ticket(client, room).status_code == 403
    assert client.get(reverse("camera", args=[room.show_id])).status_code == 403

    client.force_login(make_user("buyer"))
    assert ask_for_ticket(client, room).status_code == 403


def test_ticket_is_not_given_to_a_link(client, room):
    client.force_login(room.show.host.person)

    assert client.get(reverse("camera_ticket", args=[room.show_id])).status_code == 405


def test_ai_host_has_no_camera(client, festival):
    person = make_user("director")
    host = Host.objects.create(slug="chi-sa", name="Chi Sa", is_ai=True, person=person)
    room = make_room(festival, make_sku(make_stall()), host=host)
    client.force_login(person)

    answer = ask_for_ticket(client, room)

    assert (answer.status_code, answer.json()) == (409, {"refused": "ai_host"})


@pytest.mark.parametrize("language", ["vi", "en", "zh-hans"])
def test_page_says_what_is_in_the_way_and_where_to_go_on_air(client, room, language, settings):
    Show.objects.filter(id=room.show_id).update(cancelled_at=room.show.starts_at)
    settings.MEDIA_SERVER_URL = ":8002"
    client.cookies.load({settings.LANGUAGE_COOKIE_NAME: language})
    client.force_login(room.show.host.person)

    page = client.get(reverse("camera", args=[room.show_id])).content.decode()

    assert f'data-ticket-url="{reverse("camera_ticket", args=[room.show_id])}"' in page
    assert 'data-media=":8002"' in page
    assert "notice--warning" in page


@pytest.mark.parametrize(
    ("state", "age_s", "absence"),
    [
        pytest.param(None, 0, "not_yet", id="never"),
        pytest.param("live", 2, "", id="live"),
        pytest.param("slate", 2, "", id="slate"),
        pytest.param("live", 60, "not_yet", id="media process gone"),
        pytest.param("ended", 600, "off", id="ended"),
    ],
)
def test_room_of_a_person_says_when_there_is_no_picture(client, room, now, state, age_s, absence):
    Show.objects.filter(id=room.show_id).update(starts_at=now - DAY, ends_at=now + DAY)
    if state:
        told = now - timedelta(seconds=age_s)
        OnAir.objects.create(show_id=room.show_id, state=state, since=told, reported_at=told)

    page = client.get(reverse("room", args=[room.show_id]))

    assert page.context["absence"] == absence
    assert ("data-absent hidden" in page.content.decode()) is (absence == "")
