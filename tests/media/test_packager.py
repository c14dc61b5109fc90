import io
from datetime import timedelta

import av
import pytest
from tests.fakes.player import GapError, RecordingPlayer
from tests.fakes.program import AT, make_format, make_packets, send

from chophien.media.packager import PLAYLIST, RETAINED_SEGMENTS, WINDOW_SEGMENTS, HlsPackager
from chophien.media.playlist import parse_playlist


def run(folder, *, seconds: float = 3, **wanted) -> HlsPackager:
    """One run of a program, ended in order."""
    packager = HlsPackager(folder, **wanted)
    send(packager, seconds=seconds)
    packager.finish()
    return packager


def read(folder):
    return parse_playlist((folder / PLAYLIST).read_text())


def listed(folder) -> list[int]:
    return [entry.sequence for entry in read(folder).entries]


def test_parts_are_out_before_their_segment(tmp_path):
    packager = HlsPackager(tmp_path)
    send(packager, seconds=1.5)

    playlist = read(tmp_path)
    assert [len(entry.parts) for entry in playlist.entries] == [5]
    # The part from 1.4 s on waits for its last picture's length.
    assert [part.duration_ticks for part in playlist.unfinished.parts] == [18_000, 18_000]
    assert playlist.unfinished.parts[0].is_independent
    assert not playlist.unfinished.parts[1].is_independent
    assert playlist == packager.playlist


def test_a_segment_is_its_parts(tmp_path):
    run(tmp_path)

    for entry in read(tmp_path).entries:
        joined = b"".join((tmp_path / uri).read_bytes() for uri in entry.part_uris)
        assert (tmp_path / entry.uri).read_bytes() == joined


def test_lists_a_sliding_window_and_removes_what_is_long_out_of_it(tmp_path):
    count = WINDOW_SEGMENTS + RETAINED_SEGMENTS + 5

    run(tmp_path, seconds=count)

    assert listed(tmp_path) == list(range(count - WINDOW_SEGMENTS, count))
    kept = sorted(int(path.stem.split("-")[1]) for path in tmp_path.glob("seg-*.m4s"))
    assert kept == list(range(5, count))
    assert (tmp_path / "init-0.mp4").exists()
    assert list(tmp_path.glob("*.new")) == []
    parts = {int(path.name.split("-")[1].split(".")[0]) for path in tmp_path.glob("part-*")}
    assert parts == set(range(count - 10, count))


def test_a_restart_goes_on_with_a_discontinuity(tmp_path):
    player = RecordingPlayer(folder=tmp_path)
    run(tmp_path)
    player.follow()

    run(tmp_path)
    player.follow()

    assert [entry.sequence for entry in player.entries] == [0, 1, 2, 3, 4, 5]
    assert [entry.is_discontinuous for entry in player.entries] == [
        False, False, False, True, False, False,
    ]  # fmt: skip
    assert list(player.inits) == ["init-0.mp4", "init-3.mp4"]


def test_what_a_killed_run_has_shown_becomes_a_segment(tmp_path):
    send(HlsPackager(tmp_path), seconds=2.7)  # never finished
    shown = read(tmp_path).unfinished
    assert shown.part_uris == ("part-2.0.m4s", "part-2.1.m4s", "part-2.2.m4s")

    HlsPackager(tmp_path)

    playlist = read(tmp_path)
    assert playlist.unfinished is None
    assert playlist.entries[-1] == shown
    assert (tmp_path / "seg-2.m4s").exists()


def test_another_epoch_of_the_same_program_is_a_discontinuity_with_its_own_init(tmp_path):
    packager = HlsPackager(tmp_path)
    send(packager, seconds=2.4)
    send(
        packager,
        epoch=make_format(width=720),
        at=AT + timedelta(seconds=60),
        seconds=1,
        starts_s=2.4,
    )
    packager.finish()

    entries = read(tmp_path).entries
    assert [(entry.duration_ticks, entry.is_discontinuous) for entry in entries] == [
        (90_000, False), (90_000, False), (36_000, False), (90_000, True),
    ]  # fmt: skip
    assert [entry.init_uri for entry in entries] == [*["init-0.mp4"] * 3, "init-3.mp4"]
    assert entries[3].starts_at == AT + timedelta(seconds=60)


def test_many_restarts_never_turn_a_number_back(tmp_path):
    player = RecordingPlayer(folder=tmp_path)
    numbers: list[tuple[int, int]] = []

    for _ in range(30):
        run(tmp_path, seconds=2, window=12)
        player.follow()
        playlist = read(tmp_path)
        numbers.append((playlist.entries[0].sequence, playlist.discontinuity_sequence))

    assert [entry.sequence for entry in player.entries] == list(range(60))
    assert numbers == sorted(numbers)
    # 29 discontinuities were written; those still listed are not yet counted.
    playlist = read(tmp_path)
    shown = sum(entry.is_discontinuous for entry in playlist.entries)
    assert playlist.discontinuity_sequence + shown == 29


def test_a_player_sees_a_gap_when_the_numbers_do_not_go_on(tmp_path):
    """Negative control: the playlist is removed between the runs, and numbers jump ahead."""
    player = RecordingPlayer(folder=tmp_path)
    run(tmp_path)
    player.follow()
    text = (tmp_path / PLAYLIST).read_text()
    (tmp_path / PLAYLIST).write_text(text.replace("seg-2", "seg-7").replace("seg-1", "seg-6"))
    (tmp_path / "seg-6.m4s").write_bytes(b"")
    (tmp_path / "seg-7.m4s").write_bytes(b"")

    with pytest.raises(GapError, match="segment 3 is missing before 6"):
        player.follow()


def test_an_unreadable_playlist_does_not_turn_the_numbers_back(tmp_path, caplog):
    run(tmp_path)
    (tmp_path / PLAYLIST).write_text("torn")

    packager = run(tmp_path, seconds=1)

    assert listed(tmp_path) == [3]
    assert packager.playlist.entries[0].is_discontinuous
    assert "unreadable playlist" in caplog.text


def test_segments_that_are_gone_are_not_listed(tmp_path):
    run(tmp_path)
    (tmp_path / "seg-1.m4s").unlink()

    run(tmp_path, seconds=1)

    assert listed(tmp_path) == [3]


def test_a_part_that_cannot_be_written_leaves_a_discontinuity(tmp_path):
    packager = HlsPackager(tmp_path)
    blocked = tmp_path / "part-1.2.m4s.new"
    blocked.mkdir()
    with pytest.raises(IsADirectoryError):
        send(packager, seconds=5)
    blocked.rmdir()

    send(packager, seconds=2)
    packager.finish()

    assert [
        (entry.sequence, len(entry.parts), entry.is_discontinuous)
        for entry in read(tmp_path).entries
    ] == [(0, 5, False), (1, 2, False), (2, 5, True), (3, 5, False)]


def test_after_a_fault_it_waits_for_the_next_keyframe(tmp_path):
    packager = HlsPackager(tmp_path)
    blocked = tmp_path / "part-1.2.m4s.new"
    blocked.mkdir()
    faults = 0
    packager.begin(make_format(), starts_at=AT)
    for packet in make_packets(seconds=4):
        try:
            packager.push(packet)
        except OSError:
            faults += 1
    packager.finish()

    assert faults == 1
    assert [
        (entry.sequence, len(entry.parts), entry.is_discontinuous)
        for entry in read(tmp_path).entries
    ] == [(0, 5, False), (1, 2, False), (2, 5, True), (3, 5, False)]
    assert read(tmp_path).entries[2].starts_at == AT + timedelta(seconds=2)


def test_new_folder_numbers_from_where_it_is_told_and_an_old_one_goes_on(tmp_path):
    run(tmp_path, seconds=2, first_sequence=1_000)
    run(tmp_path, seconds=2, first_sequence=5_000)

    assert listed(tmp_path) == [1_000, 1_001, 1_002, 1_003]
    assert (tmp_path / "init-1000.mp4").exists()


def test_a_source_with_seldom_keyframes_gets_segments_as_long(tmp_path):
    packager = HlsPackager(tmp_path)
    send(packager, seconds=12, keyframes_s=4)
    packager.finish()

    playlist = read(tmp_path)
    assert [entry.duration_ticks for entry in playlist.entries] == [360_000] * 3
    assert playlist.target_s == 4


@pytest.mark.parametrize("rate_hz", [10, 15, 24, 25, 30, 50, 60])
def test_no_part_is_longer_than_announced_nor_much_shorter_but_the_last(tmp_path, rate_hz):
    packager = HlsPackager(tmp_path)
    send(packager, seconds=4, rate_hz=rate_hz)
    packager.finish()

    playlist = read(tmp_path)
    for entry in playlist.entries:
        lengths = [part.duration_ticks for part in entry.parts]
        assert max(lengths) <= playlist.part_ticks_max
        assert all(each * 100 >= 85 * playlist.part_ticks_max for each in lengths[:-1])


def test_pyav_reads_the_packets_that_went_in(tmp_path):
    run(tmp_path, seconds=2)
    entries = read(tmp_path).entries
    data = (tmp_path / entries[0].init_uri).read_bytes()
    data += b"".join((tmp_path / entry.uri).read_bytes() for entry in entries)

    with av.open(io.BytesIO(data), format="mp4") as container:
        pictures = [
            (packet.pts, bytes(packet)) for packet in container.demux(video=0) if packet.size
        ]

    assert pictures == [(index * 3_600, b"picture %d" % index) for index in range(50)]
