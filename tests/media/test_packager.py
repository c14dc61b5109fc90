from datetime import UTC, datetime, timedelta

import pytest
from tests.fakes.player import GapError, RecordingPlayer

from chophien.media.encoder import Segment
from chophien.media.packager import INDEX, RETAINED_SEGMENTS, WINDOW_SEGMENTS, HlsPackager
from chophien.media.playlist import parse_playlist

AT = datetime(2026, 11, 11, 13, 0, tzinfo=UTC)


def add(packager: HlsPackager, count: int) -> None:
    for index in range(count):
        segment = Segment(data=b"segment", starts_frames=index * 25, frame_count=25)
        packager.add(segment, starts_at=AT + timedelta(seconds=index))


def listed(room) -> list[int]:
    return [entry.sequence for entry in parse_playlist((room / INDEX).read_text()).entries]


def test_lists_a_sliding_window_and_removes_what_is_long_out_of_it(tmp_path):
    count = WINDOW_SEGMENTS + RETAINED_SEGMENTS + 5

    add(HlsPackager(tmp_path, b"init"), count)

    assert listed(tmp_path) == list(range(count - WINDOW_SEGMENTS, count))
    kept = sorted(int(path.stem.split("-")[1]) for path in tmp_path.glob("seg-*.m4s"))
    assert kept == list(range(5, count))
    assert (tmp_path / "init-0.mp4").read_bytes() == b"init"
    assert list(tmp_path.glob("*.part")) == []


def test_a_restart_goes_on_with_a_discontinuity(tmp_path):
    player = RecordingPlayer(room=tmp_path)
    add(HlsPackager(tmp_path, b"first"), 3)
    player.follow()

    add(HlsPackager(tmp_path, b"second"), 3)
    player.follow()

    assert [entry.sequence for entry in player.entries] == [0, 1, 2, 3, 4, 5]
    assert [entry.is_discontinuous for entry in player.entries] == [
        False, False, False, True, False, False,
    ]  # fmt: skip
    assert player.inits == {"init-0.mp4": b"first", "init-3.mp4": b"second"}


def test_many_restarts_never_turn_a_number_back(tmp_path):
    player = RecordingPlayer(room=tmp_path)
    numbers: list[tuple[int, int]] = []

    for run in range(30):
        add(HlsPackager(tmp_path, f"init {run}".encode()), 2)
        player.follow()
        playlist = parse_playlist((tmp_path / INDEX).read_text())
        numbers.append((playlist.entries[0].sequence, playlist.discontinuity_sequence))

    assert [entry.sequence for entry in player.entries] == list(range(60))
    assert numbers == sorted(numbers)
    # 29 discontinuities were written; those still listed are not yet counted.
    playlist = parse_playlist((tmp_path / INDEX).read_text())
    shown = sum(entry.is_discontinuous for entry in playlist.entries)
    assert playlist.discontinuity_sequence + shown == 29


def test_a_player_sees_a_gap_when_the_numbers_do_not_go_on(tmp_path):
    """Negative control: the playlist is removed between the runs, and numbers jump ahead."""
    player = RecordingPlayer(room=tmp_path)
    add(HlsPackager(tmp_path, b"first"), 3)
    player.follow()
    text = (tmp_path / INDEX).read_text()
    (tmp_path / INDEX).write_text(text.replace("seg-2", "seg-7").replace("seg-1", "seg-6"))
    (tmp_path / "seg-6.m4s").write_bytes(b"")
    (tmp_path / "seg-7.m4s").write_bytes(b"")

    with pytest.raises(GapError, match="segment 3 is missing before 6"):
        player.follow()


def test_an_unreadable_playlist_does_not_turn_the_numbers_back(tmp_path, caplog):
    add(HlsPackager(tmp_path, b"first"), 3)
    (tmp_path / INDEX).write_text("torn")

    packager = HlsPackager(tmp_path, b"second")
    add(packager, 1)

    assert listed(tmp_path) == [3]
    assert packager.playlist.entries[0].is_discontinuous
    assert "unreadable playlist" in caplog.text


def test_segments_that_are_gone_are_not_listed(tmp_path):
    add(HlsPackager(tmp_path, b"first"), 3)
    (tmp_path / "seg-1.m4s").unlink()

    add(HlsPackager(tmp_path, b"second"), 1)

    assert listed(tmp_path) == [3]


def test_a_segment_that_cannot_be_written_leaves_a_discontinuity(tmp_path):
    packager = HlsPackager(tmp_path, b"first")
    add(packager, 2)
    (tmp_path / "seg-2.m4s.part").mkdir()
    with pytest.raises(IsADirectoryError):
        add(packager, 1)
    (tmp_path / "seg-2.m4s.part").rmdir()

    add(packager, 2)

    entries = parse_playlist((tmp_path / INDEX).read_text()).entries
    assert [(entry.sequence, entry.is_discontinuous) for entry in entries] == [
        (0, False), (1, False), (2, True), (3, False),
    ]  # fmt: skip


def test_new_folder_numbers_from_where_it_is_told_and_an_old_one_goes_on(tmp_path):
    add(HlsPackager(tmp_path, b"first", first_sequence=1_000), 2)
    add(HlsPackager(tmp_path, b"second", first_sequence=5_000), 2)

    assert listed(tmp_path) == [1_000, 1_001, 1_002, 1_003]
    assert (tmp_path / "init-1000.mp4").read_bytes() == b"first"
