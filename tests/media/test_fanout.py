"""Many sinks of one program: each gets everything, and none can hurt another."""

from datetime import datetime

import pytest
from tests.fakes.program import AT, make_format, make_packets, send
from typing_extensions import override

from chophien.media.fanout import Fanout
from chophien.media.packager import PLAYLIST, HlsPackager
from chophien.media.packets import Format, Packet, Sink
from chophien.media.playlist import parse_playlist
from chophien.media.recorder import Recorder
from chophien.media.room_video import RoomVideo
from chophien.wire.recordings import PLAYLIST as REPLAY
from chophien.wire.recordings import parse_pieces


class NotingSink(Sink):
    def __init__(self) -> None:
        self.noted: list[object] = []

    @override
    def begin(self, epoch: Format, *, starts_at: datetime) -> None:
        self.noted.append((epoch, starts_at))

    @override
    def push(self, packet: Packet) -> None:
        self.noted.append(packet)

    @override
    def finish(self) -> None:
        self.noted.append("finished")


class FailingSink(NotingSink):
    @override
    def push(self, packet: Packet) -> None:
        super().push(packet)
        raise ValueError("no")


def test_a_sink_that_fails_costs_the_others_nothing(caplog):
    before, failing, after = NotingSink(), FailingSink(), NotingSink()
    faults = []
    fanout = Fanout([before, failing, after], on_fault=lambda: faults.append(1))
    send(fanout, seconds=1)
    fanout.finish()

    expected = [(make_format(), AT), *make_packets(seconds=1), "finished"]
    assert before.noted == failing.noted == after.noted == expected
    assert len(faults) == len(expected) - 2
    assert caplog.text.count("FailingSink could not take") == 1, "told once an epoch"


def read_hls(folder) -> int:
    entries = parse_playlist((folder / PLAYLIST).read_text()).entries
    return sum(entry.duration_ticks for entry in entries) // 90


def read_recording(folder) -> int:
    return sum(piece.duration_ms for piece in parse_pieces((folder / REPLAY).read_text()))


@pytest.mark.parametrize(
    ("make", "read_ms"),
    [
        (HlsPackager, read_hls),
        (lambda folder: RoomVideo(folder, first_sequence=0), lambda room: read_hls(room / "main")),
        (Recorder, read_recording),
    ],
    ids=["packager", "room", "recorder"],
)
def test_every_sink_takes_what_a_program_may_do(tmp_path, make, read_ms):
    """Begin without packets, packets before a begin, twice finished, sound alone at the start."""
    sink = make(tmp_path)
    early = next(make_packets(seconds=1))
    sink.push(early)
    sink.begin(make_format(), starts_at=AT)
    sink.finish()
    sink.finish()
    send(sink, seconds=3)
    send(sink, epoch=make_format(width=720), seconds=2, starts_s=3)
    sink.finish()

    assert read_ms(tmp_path) == 5_000
