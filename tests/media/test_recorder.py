import io
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import av
import pytest
from tests.fakes.program import AT, make_format, send

from chophien.media.recorder import Recorder
from chophien.wire.recordings import (
    PLAYLIST,
    RecordingError,
    close_playlist,
    cut_torn,
    find_stretches,
    parse_pieces,
)

ROOT = Path(__file__).resolve().parents[2]


def read(folder):
    return parse_pieces((folder / PLAYLIST).read_text())


def record(folder, *, seconds: float, at=AT) -> Recorder:
    recorder = Recorder(folder)
    send(recorder, seconds=seconds, at=at)
    recorder.finish()
    return recorder


def test_pieces_are_ranges_of_one_file(tmp_path):
    record(tmp_path, seconds=5)

    pieces = read(tmp_path)
    assert [(piece.duration_ms, piece.starts_at) for piece in pieces] == [
        (2_000, AT), (2_000, AT + timedelta(seconds=2)), (1_000, AT + timedelta(seconds=4)),
    ]  # fmt: skip
    data = (tmp_path / "1.mp4").read_bytes()
    assert data[4:8] == b"ftyp"
    assert pieces[0].offset_bytes == pieces[0].head_bytes
    for piece in pieces:
        assert data[piece.offset_bytes + 4 : piece.offset_bytes + 8] == b"moof"
    assert pieces[-1].offset_bytes + pieces[-1].size_bytes == len(data)


def test_the_file_plays_by_itself(tmp_path):
    record(tmp_path, seconds=5)

    with av.open(str(tmp_path / "1.mp4")) as container:
        times = [packet.pts for packet in container.demux(video=0) if packet.size]
    assert times == [index * 3_600 for index in range(125)]


def test_another_run_goes_on_in_a_file_of_its_own(tmp_path):
    record(tmp_path, seconds=4)
    record(tmp_path, seconds=4, at=AT + timedelta(seconds=60))

    assert [piece.file for piece in read(tmp_path)] == ["1.mp4", "1.mp4", "2.mp4", "2.mp4"]
    stretches = find_stretches(read(tmp_path))
    assert [(each.position_ms, each.duration_ms) for each in stretches] == [
        (0, 4_000),
        (4_000, 4_000),
    ]
    assert stretches[1].starts_at == AT + timedelta(seconds=60)


def test_another_format_is_another_file(tmp_path):
    recorder = Recorder(tmp_path)
    send(recorder, seconds=2)
    send(recorder, epoch=make_format(width=720), seconds=2, starts_s=2)
    recorder.finish()

    assert [piece.file for piece in read(tmp_path)] == ["1.mp4", "2.mp4"]


def test_lengths_in_milliseconds_do_not_drift(tmp_path):
    recorder = Recorder(tmp_path)
    send(recorder, seconds=100, rate_hz=48, keyframes_s=49 / 48)  # 1,020.8 ms apart
    recorder.finish()

    assert sum(piece.duration_ms for piece in read(tmp_path)) == 100_000


@pytest.mark.parametrize("kept", range(0, 700, 7))
def test_a_playlist_torn_anywhere_is_read_up_to_its_last_whole_piece(tmp_path, kept):
    record(tmp_path, seconds=6)
    whole = (tmp_path / PLAYLIST).read_text()
    (tmp_path / PLAYLIST).write_text(whole[:kept])

    pieces = read(tmp_path)
    record(tmp_path, seconds=2)

    assert pieces == parse_pieces(whole)[: len(pieces)]
    assert [piece.file for piece in read(tmp_path)] == ["1.mp4"] * len(pieces) + ["2.mp4"]
    close_playlist((tmp_path / PLAYLIST).read_text())


def test_ranges_that_were_lost_with_the_power_are_not_listed(tmp_path):
    record(tmp_path, seconds=6)
    before = read(tmp_path)
    os.truncate(tmp_path / "1.mp4", before[1].offset_bytes + before[1].size_bytes + 10)

    Recorder(tmp_path)

    assert read(tmp_path) == before[:2]


def test_a_playlist_of_something_else_is_not_touched(tmp_path):
    (tmp_path / PLAYLIST).write_text("#EXTM3U\n#EXT-X-VERSION:3\n")

    with pytest.raises(RecordingError):
        Recorder(tmp_path)
    with pytest.raises(RecordingError):
        cut_torn("#EXTM3U\n#EXT-X-VERSION:3\n")


def test_while_the_disk_is_full_nothing_is_kept_and_then_it_goes_on(tmp_path, monkeypatch, caplog):
    free = SimpleNamespace(free=10**9)
    monkeypatch.setattr("chophien.media.recorder.shutil.disk_usage", lambda _: free)
    recorder = Recorder(tmp_path, disk_bytes_min=10**6)
    send(recorder, seconds=4)
    free.free = 10**5
    send(recorder, seconds=4, starts_s=4, at=AT + timedelta(seconds=4))
    assert recorder.is_paused
    free.free = 10**9
    send(recorder, seconds=4, starts_s=8, at=AT + timedelta(seconds=8))
    recorder.finish()

    assert not recorder.is_paused
    # A piece is written when the next begins: that of second 2 found no room, that of second 6 did.
    assert [piece.starts_at for piece in read(tmp_path)] == [
        AT + timedelta(seconds=each) for each in (0, 6, 8, 10)
    ]
    assert caplog.text.count("pauses") == caplog.text.count("goes on") == 1


def test_a_write_that_fails_starts_another_file(tmp_path, monkeypatch):
    recorder = Recorder(tmp_path)
    send(recorder, seconds=2.1)
    blocked = tmp_path / PLAYLIST
    text = blocked.read_text()
    blocked.unlink()
    blocked.mkdir()
    send(recorder, seconds=4, starts_s=4)
    blocked.rmdir()
    blocked.write_text(text)
    send(recorder, seconds=2, starts_s=8, at=AT + timedelta(seconds=8))
    recorder.finish()

    assert read(tmp_path)[-1].starts_at == AT + timedelta(seconds=8)
    for piece in read(tmp_path):
        data = (tmp_path / piece.file).read_bytes()
        assert data[piece.offset_bytes + 4 : piece.offset_bytes + 8] == b"moof"


WRITER = """
import sys, time
from pathlib import Path
import numpy as np
from tests.fakes.program import AT
from chophien.media.encoder import ShowEncoder
from chophien.media.recorder import Recorder
encoder = ShowEncoder(width=64, height=64)
recorder = Recorder(Path(sys.argv[1]))
recorder.begin(encoder.format, starts_at=AT)
picture = np.zeros((64, 64, 4), dtype=np.uint8)
for index in range(10_000):
    picture[:] = index % 256
    for packet in encoder.push(picture, np.full(1920, index % 999, dtype=np.int16)):
        recorder.push(packet)
    if index % 25 == 24:
        print(index + 1, flush=True)
        time.sleep(0.005)
"""


def test_kill_leaves_a_recording_that_plays_and_lacks_the_last_seconds_only(tmp_path):
    """Killed three times at whatever it was doing; what was kept decodes, frame by frame."""
    for run in range(3):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        ) as writer:
            frames = 0
            while frames < 200 + 37 * run:
                frames = int(writer.stdout.readline())
            time.sleep(0.003 * run)
            writer.send_signal(signal.SIGKILL)
            rest = writer.stdout.read().split()
        frames = int(rest[-1]) if rest else frames
        mine = [piece for piece in read(tmp_path) if piece.file == f"{run + 1}.mp4"]
        kept_ms = sum(piece.duration_ms for piece in mine)
        assert frames * 40 - kept_ms <= 3_100, "at most the piece that was being made"

        ends = mine[-1].offset_bytes + mine[-1].size_bytes
        data = (tmp_path / f"{run + 1}.mp4").read_bytes()[:ends]
        with av.open(io.BytesIO(data)) as container:
            pictures = sum(1 for _ in container.decode(video=0))
        assert pictures * 40 == kept_ms
