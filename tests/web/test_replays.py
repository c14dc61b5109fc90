"""Addresses of video, replays and recordings on pages."""

import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from tests.factories import make_festival, make_room, make_sku, make_stall, make_user
from tests.fakes.program import send

from chophien.apps.broadcast.models import PinnedMoment, Recording
from chophien.apps.broadcast.recordings import note_recordings
from chophien.apps.festivals.clock import read_real
from chophien.apps.live.models import Complaint
from chophien.apps.programme.models import Show
from chophien.media.recorder import Recorder
from chophien.wire.video import WINDOW_S, VideoFile, derive_key, read_path

pytestmark = pytest.mark.django_db


@pytest.fixture
def room():
    stall = make_stall()
    room = make_room(make_festival(), make_sku(stall), make_sku(stall, name="Trà Shan tuyết"))
    Show.objects.filter(id=room.show_id).update(starts_at=read_real() - timedelta(hours=2))
    return room


@pytest.fixture
def kept(room, tmp_path, settings):
    """The room's show is over, and was recorded for a minute."""
    settings.RECORDINGS_ROOT = tmp_path
    starts_at = read_real() - timedelta(hours=2)
    Show.objects.filter(id=room.show_id).update(ends_at=starts_at + timedelta(minutes=5))
    PinnedMoment.objects.update(pinned_at=starts_at + timedelta(seconds=20))
    recorder = Recorder(tmp_path / str(room.show_id))
    send(recorder, seconds=60, at=starts_at)
    recorder.finish()
    note_recordings(tmp_path, at=read_real())
    return room


@pytest.fixture
def organiser():
    user = make_user("boss")
    user.groups.add(Group.objects.get_or_create(name="organisers")[0])
    client = Client()
    client.force_login(user)
    return client


def read(url: str, settings, *, server: str) -> VideoFile:
    assert url.startswith(server)
    key = derive_key(settings.SECRET_KEY)
    return read_path(url.removeprefix(server), key, now_s=int(read_real().timestamp()))


def test_a_room_on_air_gives_out_an_address_of_its_video(client, room, settings):
    settings.HLS_URL = ":8002"

    told = client.get(reverse("video", args=[room.show_id])).json()
    page = client.get(reverse("room", args=[room.show_id])).content.decode()

    assert WINDOW_S <= told["good_s"] <= 2 * WINDOW_S
    found = read(told["url"], settings, server="http://testserver:8002")
    assert (found.kind, found.number, found.file) == ("live", room.id, "index.m3u8")
    assert f'data-video="{told["url"]}"' in page


@pytest.mark.parametrize(
    ("set_to", "server"), [("https://cdn.example/", "https://cdn.example"), ("", "")]
)
def test_the_address_is_where_the_installation_says(client, room, settings, set_to, server):
    settings.HLS_URL = set_to

    told = client.get(reverse("video", args=[room.show_id])).json()

    assert read(told["url"], settings, server=server).number == room.id


def test_a_show_that_is_over_is_seen_again(client, kept, settings):
    settings.HLS_URL = ""

    page = client.get(reverse("room", args=[kept.show_id])).content.decode()
    told = client.get(reverse("video", args=[kept.show_id])).json()

    found = read(told["url"], settings, server="")
    assert (found.kind, found.number, found.file) == ("replay", kept.show_id, "replay.m3u8")
    assert "data-replay" in page
    assert 'data-seek="20"' in page
    assert "0:20" in page


def test_without_a_recording_the_room_says_that_the_show_is_over(client, kept):
    Recording.objects.all().delete()

    page = client.get(reverse("room", args=[kept.show_id])).content.decode()

    assert "data-replay" not in page
    assert "data-seek" not in page


@pytest.mark.parametrize(("words", "is_found"), [("", True), ("mat ong", True), ("ca phe", False)])
def test_replays_are_found_by_what_was_sold(client, kept, words, is_found):
    page = client.get(reverse("replays"), {"q": words}).content.decode()

    assert (reverse("room", args=[kept.show_id]) in page) is is_found


def test_what_is_searched_for_is_shown_as_text(client, kept):
    page = client.get(reverse("replays"), {"q": "<script>alert(1)</script>"}).content.decode()

    assert "<script>alert" not in page


def test_only_organisers_see_and_delete_recordings(client, kept):
    recording = Recording.objects.get()
    client.force_login(make_user("somebody"))

    assert client.get(reverse("office_recordings")).status_code == 403
    path = reverse("delete_recording", args=[recording.id])
    assert client.post(path, {"reason": "mine"}).status_code == 403
    recording.refresh_from_db()
    assert recording.deleted_at is None


def test_the_organiser_deletes_with_a_reason(kept, organiser):
    recording = Recording.objects.get()
    path = reverse("delete_recording", args=[recording.id])

    organiser.post(path, {"reason": ""})
    recording.refresh_from_db()
    assert recording.deleted_at is None
    complaint = Complaint.objects.create(
        room=kept, text="Sai giá", made_at=read_real(), due_at=read_real()
    )
    organiser.post(path, {"reason": "shows a child"})
    recording.refresh_from_db()
    assert recording.deleted_at is None, "a complaint is open"
    complaint.delete()
    organiser.post(path, {"reason": "shows a <b>child</b>"})
    recording.refresh_from_db()
    assert recording.deletion_reason == "shows a <b>child</b>"

    page = organiser.get(reverse("office_recordings")).content.decode()
    assert "shows a &lt;b&gt;child" in page
    assert "boss" in page


def test_the_office_tells_the_room_that_recordings_take(kept, organiser):
    page = organiser.get(reverse("office_recordings")).content.decode()

    assert "1:00" in page
    assert json.dumps(kept.show_id) in page
