"""What every `Sink` must do, run on all of them with a real program of two epochs."""

import time
from datetime import UTC, datetime

import pytest
from tests.fakes.coding import at_second, encode_second
from tests.fakes.recorded import KeepingSink

from chophien.domain.outward import parse_allowed
from chophien.media.fanout import Fanout
from chophien.media.outward.sink import Outward, OutwardSettings, OutwardSink
from chophien.media.packager import HlsPackager
from chophien.media.packets import Sink
from chophien.media.recorder import Recorder
from chophien.media.room_video import RoomVideo
from chophien.media.smaller import SmallerRendition

AT = datetime(2026, 11, 11, 13, 0, tzinfo=UTC)
# A program's thread has 40 ms for a picture; a busy machine may take longer once.
PUSH_S_MAX = 1.0


@pytest.fixture
def outward():
    """Without a database it sends nowhere and still takes everything."""
    outward = Outward(
        OutwardSettings(
            database_url="postgresql://nobody@/nothing?host=/nowhere",
            session={},
            secret="secret",
            allowed=parse_allowed(""),
        )
    )
    yield outward
    outward.close()


@pytest.fixture(
    params=[
        HlsPackager, RoomVideo, Recorder, SmallerRendition, Fanout, KeepingSink, OutwardSink,
    ]
)  # fmt: skip
def sink(request, tmp_path, outward) -> Sink:
    makers = {
        HlsPackager: lambda: HlsPackager(tmp_path, first_sequence=1),
        RoomVideo: lambda: RoomVideo(tmp_path, first_sequence=1, low_side=160),
        Recorder: lambda: Recorder(tmp_path),
        SmallerRendition: lambda: SmallerRendition(KeepingSink(), side=160),
        Fanout: lambda: Fanout([KeepingSink(), KeepingSink()]),
        KeepingSink: KeepingSink,
        OutwardSink: lambda: outward.open_sink(show_id=1, is_artificial=False),
    }
    return makers[request.param]()


def push_seconds(sink, coded, starts_s, seconds):
    longest_s = 0.0
    for second in range(starts_s, starts_s + seconds):
        for packet in coded.second:
            began_s = time.monotonic()
            sink.push(at_second(packet, second))
            longest_s = max(longest_s, time.monotonic() - began_s)
    return longest_s


def test_contract_a_program_of_two_epochs_is_taken_without_waiting(sink):
    first, second = encode_second(), encode_second(320, 180)

    sink.begin(first.format, starts_at=AT)
    longest_s = push_seconds(sink, first, 0, 3)
    sink.begin(second.format, starts_at=AT)
    longest_s = max(longest_s, push_seconds(sink, second, 3, 2))
    sink.finish()

    assert longest_s < PUSH_S_MAX


def test_contract_the_same_format_may_begin_again(sink):
    coded = encode_second()
    for starts_s in (0, 2):
        sink.begin(coded.format, starts_at=AT)
        push_seconds(sink, coded, starts_s, 2)

    sink.finish()


def test_contract_a_program_may_end_before_it_began(sink):
    sink.finish()
