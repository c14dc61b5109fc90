"""What is kept of shows: what was pinned when."""

import os
from datetime import datetime, timedelta

import pytest
from tests.factories import (
    OPENING,
    make_festival,
    make_notice,
    make_order,
    make_room,
    make_sku,
    make_stall,
    make_user,
)
from tests.fakes.program import send

from chophien.apps.broadcast.models import PinnedMoment, Recording
from chophien.apps.broadcast.recordings import note_recordings, sweep_deleted, sweep_rooms
from chophien.apps.broadcast.selectors import (
    find_recording,
    list_chapters,
    list_replays,
    list_sold,
)
from chophien.apps.festivals.clock import read_real
from chophien.apps.live.models import Complaint
from chophien.apps.live.replays import (
    RULE,
    OpenComplaintError,
    ReasonError,
    StillOnAirError,
    delete_old_recordings,
    delete_recording,
)
from chophien.apps.live.services import put_on_air
from chophien.apps.live.tasks import keep_recordings
from chophien.apps.orders.models import OrderLine
from chophien.apps.payments.services import settle_credit
from chophien.apps.programme.models import Show
from chophien.media.packager import HlsPackager
from chophien.media.recorder import Recorder

pytestmark = pytest.mark.django_db


def pins_of(show_id: int) -> list[int | None]:
    return list(
        PinnedMoment.objects.filter(show_id=show_id).order_by("id").values_list("sku_id", flat=True)
    )


def test_every_change_of_what_is_pinned_is_noted_once():
    stall = make_stall()
    honey, tea = make_sku(stall), make_sku(stall, name="Trà Shan tuyết")
    room = make_room(make_festival(), honey, tea)

    put_on_air(room_id=room.id, sku_id=tea.id, at=OPENING)
    put_on_air(room_id=room.id, sku_id=tea.id, at=OPENING)
    put_on_air(room_id=room.id, sku_id=honey.id, at=OPENING)
    room.refresh_from_db()
    room.pinned = None
    room.save()

    assert pins_of(room.show_id) == [honey.id, tea.id, honey.id, None]


@pytest.fixture
def shown(tmp_path):
    """A show that is over, with its recording on disk: honey for a minute, then tea."""
    stall = make_stall()
    honey, tea = make_sku(stall), make_sku(stall, name="Trà Shan tuyết")
    room = make_room(make_festival(), honey, tea)
    starts_at = read_real() - timedelta(hours=2)
    Show.objects.filter(id=room.show_id).update(
        starts_at=starts_at, ends_at=starts_at + timedelta(minutes=3)
    )
    PinnedMoment.objects.all().delete()
    for sku, minutes in ((honey, -1), (tea, 1)):
        PinnedMoment.objects.create(
            show_id=room.show_id, sku=sku, pinned_at=starts_at + timedelta(minutes=minutes)
        )
    record(tmp_path / str(room.show_id), seconds=120, at=starts_at)
    return room


def record(folder, *, seconds: float, at: datetime) -> None:
    recorder = Recorder(folder)
    send(recorder, seconds=seconds, at=at)
    recorder.finish()


def note(root) -> int:
    return note_recordings(root, at=read_real())


def test_rows_follow_the_files(shown, tmp_path):
    assert note(tmp_path) == 1

    recording = find_recording(shown.show_id)
    assert recording.duration_ms == 120_000
    assert recording.size_bytes == (tmp_path / str(shown.show_id) / "1.mp4").stat().st_size
    record(tmp_path / str(shown.show_id), seconds=10, at=recording.ends_at + timedelta(seconds=20))
    note(tmp_path)
    recording.refresh_from_db()
    assert recording.duration_ms == 130_000
    assert [each.position_ms for each in recording.stretches.all()] == [0, 120_000]


def test_what_does_not_change_is_not_read_again(shown, tmp_path):
    note(tmp_path)
    old = (read_real() - timedelta(hours=1)).timestamp()
    os.utime(tmp_path / str(shown.show_id) / "replay.m3u8", (old, old))

    assert note(tmp_path) == 0


def test_folders_of_no_show_and_files_of_no_recording_are_left_alone(shown, tmp_path, caplog):
    (tmp_path / "999999").mkdir()
    (tmp_path / "lost+found").mkdir()
    (tmp_path / str(shown.show_id) / "replay.m3u8").write_text("something else")

    assert note(tmp_path) == 0
    assert "cannot be read" in caplog.text
    assert note(tmp_path / "missing") == 0


def test_chapters_stand_where_each_product_was_shown(shown, tmp_path):
    note(tmp_path)

    chapters = list_chapters(find_recording(shown.show_id))

    assert [(each.position_ms, each.ends_ms) for each in chapters] == [
        (0, 60_000),
        (60_000, 120_000),
    ]


@pytest.mark.parametrize(
    ("text", "is_found"),
    [("", True), ("tra shan", True), ("TRÀ", True), ("mat ong gia lai", True), ("ca phe", False),
     ("tra ca phe", False)],
)  # fmt: skip
def test_replays_are_found_by_what_was_sold(shown, tmp_path, text, is_found):
    note(tmp_path)

    assert list_replays(text, at=read_real()).exists() is is_found


def test_a_replay_comes_when_the_show_is_over(shown, tmp_path):
    note(tmp_path)

    assert not list_replays("", at=shown.show.starts_at).exists()


def test_the_organiser_deletes_and_why_is_kept(shown, tmp_path):
    note(tmp_path)
    recording = find_recording(shown.show_id)
    boss = make_user("boss")

    with pytest.raises(ReasonError):
        delete_recording(recording_id=recording.id, reason=" ", by_id=boss.id, at=read_real())
    assert delete_recording(
        recording_id=recording.id, reason="shows a child", by_id=boss.id, at=read_real()
    )
    assert sweep_deleted(tmp_path) == 1

    recording.refresh_from_db()
    assert (recording.deletion_reason, recording.deleted_by) == ("shows a child", boss)
    assert recording.size_bytes == 0
    assert not (tmp_path / str(shown.show_id)).exists()
    assert find_recording(shown.show_id) is None
    assert not delete_recording(
        recording_id=recording.id, reason="again", by_id=boss.id, at=read_real()
    )


def test_nothing_is_deleted_while_the_show_runs_or_somebody_complains(shown, tmp_path):
    note(tmp_path)
    recording = find_recording(shown.show_id)
    wanted = {"recording_id": recording.id, "reason": "old", "by_id": make_user().id}
    with pytest.raises(StillOnAirError):
        delete_recording(**wanted, at=shown.show.starts_at)
    complaint = Complaint.objects.create(
        room=shown, text="Sai giá", made_at=read_real(), due_at=read_real()
    )
    with pytest.raises(OpenComplaintError):
        delete_recording(**wanted, at=read_real())
    assert delete_old_recordings(days=0, at=read_real()) == 0

    Complaint.objects.filter(id=complaint.id).update(answered_at=read_real())
    assert delete_old_recordings(days=1, at=read_real()) == 0
    assert delete_old_recordings(days=0, at=read_real()) == 1
    assert Recording.objects.get().deletion_reason == RULE


def test_the_timer_does_all_of_it(shown, tmp_path, settings):
    settings.RECORDINGS_ROOT, settings.RECORDINGS_DAYS = tmp_path, 0

    keep_recordings(0)

    assert Recording.objects.get().deletion_reason == RULE
    assert not (tmp_path / str(shown.show_id)).exists()


def test_what_was_paid_for_is_told_by_its_prices(shown):
    festival = shown.show.festival
    tea = shown.pinned
    assert list_sold(shown.show_id) == {}

    (payment,) = make_order(festival, (tea, 2))
    OrderLine.objects.update(show_id=shown.show_id)
    assert list_sold(shown.show_id) == {}, "not yet paid"
    settle_credit(notice=make_notice(payment), at=OPENING)

    sold = list_sold(shown.show_id)[tea.id]
    assert (sold.units, sold.unit_minor_min, sold.unit_minor_max) == (2, 150_000, 150_000)


def test_live_video_of_rooms_that_are_long_silent_is_removed(tmp_path):
    for room_id in (1, 2):
        packager = HlsPackager(tmp_path / str(room_id) / "main")
        send(packager, seconds=2)
        packager.finish()
    long_ago = (read_real() - timedelta(days=2)).timestamp()
    for path in (tmp_path / "1", tmp_path / "1/main/live.m3u8"):
        os.utime(path, (long_ago, long_ago))

    assert sweep_rooms(tmp_path, at=read_real()) == 1
    assert not (tmp_path / "1").exists()
    assert (tmp_path / "2").exists()
