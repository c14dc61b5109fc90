"""RTMP's bytes: chunks, AMF and FLV, well-formed, odd and hostile."""

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chophien.media.rtmp import amf, flv
from chophien.media.rtmp.chunks import (
    CHUNK_STREAMS_MAX,
    BadChunkError,
    ChunkReader,
    Kind,
    Message,
    write_message,
    write_number,
)

FOUR_HOURS_38_MS = 1 << 24
MEGABYTE = 1 << 20


def read(data, *, at_most=MEGABYTE, piece=None):
    reader = ChunkReader(message_bytes_max=at_most)
    if piece is None:
        return reader.feed(data)
    found = []
    for start in range(0, len(data), piece):
        found += reader.feed(data[start : start + piece])
    return found


def video(timestamp_ms=0, payload=b"picture"):
    return Message(kind=Kind.VIDEO, timestamp_ms=timestamp_ms, stream_id=1, payload=payload)


@given(
    kind=st.sampled_from([Kind.AUDIO, Kind.VIDEO, Kind.COMMAND]),
    timestamp_ms=st.integers(0, 2**32 - 1),
    payload=st.binary(max_size=20_000),
    chunk_bytes=st.integers(1, 5_000),
    piece=st.integers(1, 5_000),
)
def test_message_comes_back_as_it_was_however_it_is_cut(
    kind, timestamp_ms, payload, chunk_bytes, piece
):
    message = Message(kind=kind, timestamp_ms=timestamp_ms, stream_id=1, payload=payload)
    sent = write_number(Kind.SET_CHUNK_SIZE, chunk_bytes) + write_message(
        6, message, chunk_bytes=chunk_bytes
    )

    assert read(sent, piece=piece) == [message]


@pytest.mark.parametrize(
    "timestamp_ms", [FOUR_HOURS_38_MS - 2, FOUR_HOURS_38_MS - 1, FOUR_HOURS_38_MS, 2**32 - 1]
)
@pytest.mark.parametrize("repeats_time", [True, False])
def test_long_times_are_read_with_and_without_their_repetition(timestamp_ms, repeats_time):
    """The bug of shows over 4 h 38: further chunks repeat the long time, or do not."""
    message = video(timestamp_ms, payload=bytes(range(256)) * 2)
    sent = write_message(6, message, chunk_bytes=128)
    if not repeats_time and timestamp_ms >= FOUR_HOURS_38_MS - 1:
        extended = struct.pack(">I", timestamp_ms)
        sent = sent.replace(b"\xc6" + extended, b"\xc6")

    assert read(sent) == [message]


def test_short_headers_step_on_from_the_message_before():
    full = struct.pack(">BBBBBBBB", 0x06, 0, 0, 100, 0, 0, 1, Kind.VIDEO) + b"\1\0\0\0" + b"a"
    step = struct.pack(">BBBB", 0x86, 0, 0, 40) + b"b"
    same_step = b"\xc6" + b"c"
    other_size = struct.pack(">BBBBBBBB", 0x46, 0, 0, 7, 0, 0, 2, Kind.AUDIO) + b"dd"

    found = read(full + step + same_step + other_size, piece=1)

    assert [(each.timestamp_ms, each.payload) for each in found] == [
        (100, b"a"), (140, b"b"), (180, b"c"), (187, b"dd"),
    ]  # fmt: skip
    assert found[-1].kind == Kind.AUDIO


def test_messages_take_turns_chunk_by_chunk():
    sound = write_message(4, Message(kind=8, timestamp_ms=5, stream_id=1, payload=b"s" * 200))
    picture = write_message(6, video(4, b"p" * 200), chunk_bytes=128)
    head = picture[: 12 + 128]
    sound_head, sound_rest = sound[: 12 + 128], b"\xc4" + sound[12 + 128 :]

    found = read(head + sound_head + picture[12 + 128 :] + sound_rest)

    assert [each.payload for each in found] == [b"p" * 200, b"s" * 200]


def test_an_aborted_message_is_forgotten():
    begun = write_message(6, video(payload=b"x" * 300), chunk_bytes=128)[: 12 + 128]
    abort = write_number(Kind.ABORT, 6)

    assert read(begun + abort + write_message(6, video(9, b"whole"))) == [video(9, b"whole")]


@pytest.mark.parametrize(
    "hostile",
    [
        pytest.param(struct.pack(">II", 6 << 24, 0xFFFFFF << 8 | 9) + bytes(5), id="16 MB claimed"),
        pytest.param(b"\xc6", id="goes on from nothing"),
        pytest.param(write_number(Kind.SET_CHUNK_SIZE, 0), id="chunks of nothing"),
        pytest.param(
            write_message(2, Message(kind=1, timestamp_ms=0, stream_id=0, payload=b"")),
            id="no size",
        ),
        pytest.param(
            b"".join(write_message(each, video()) for each in range(3, 4 + CHUNK_STREAMS_MAX)),
            id="too many streams",
        ),
        pytest.param(
            write_message(6, video(payload=bytes(300)), chunk_bytes=128)[: 12 + 128] * 2,
            id="a message inside another",
        ),
    ],
)
def test_what_no_encoder_sends_is_refused(hostile):
    with pytest.raises(BadChunkError):
        read(hostile)


def test_several_half_messages_share_one_bound():
    halves = b"".join(
        write_message(each, video(payload=bytes(60_000)), chunk_bytes=128)[:-100]
        for each in range(3, 6)
    )

    with pytest.raises(BadChunkError, match="100000"):
        read(halves, at_most=100_000)


@given(st.lists(st.binary(max_size=600), max_size=8))
def test_garbage_is_read_or_refused_and_never_piles_up(pieces):
    reader = ChunkReader(message_bytes_max=4_096)
    with contextlib.suppress(BadChunkError):
        for piece in pieces:
            reader.feed(piece)
            assert len(reader._buffer) <= 18
            assert sum(len(each.body) for each in reader._streams.values()) <= 4_096


values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(min_size=1, max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.lists(values, max_size=4))
def test_amf_comes_back_as_it_was(each):
    assert amf.decode(amf.encode(*each)) == each


@given(st.binary(max_size=300))
def test_amf_of_garbage_is_read_or_refused(data):
    with contextlib.suppress(amf.BadAmfError):
        amf.decode(data)


@pytest.mark.parametrize(
    "bomb",
    [
        pytest.param(b"\x0a\0\0\0\1" * 1_000, id="deep"),
        pytest.param(b"\x0a\xff\xff\xff\xff", id="four thousand million"),
        pytest.param(b"\x05" * 10_000, id="many"),
    ],
)
def test_amf_bombs_are_refused(bomb):
    with pytest.raises(amf.BadAmfError, match="too much"):
        amf.decode(bomb)


@given(st.binary(max_size=40))
def test_tags_of_garbage_are_read_or_refused(data):
    for reads in (flv.read_video, flv.read_audio):
        with contextlib.suppress(flv.BadTagError, flv.UnfitMediaError):
            reads(data)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"\x90hvc1\0\0\0", "hvc1"),
        (b"\x91av01\0\0\0", "av01"),
        (b"\x1c\0\0\0\0", "H.265"),
        (b"\x12\0\0\0\0", "Sorenson"),
    ],
)
def test_other_codecs_are_refused_with_what_to_choose(payload, reason):
    with pytest.raises(flv.UnfitMediaError, match=rf"{reason}.*choose H.264"):
        flv.read_video(payload)


def test_sound_other_than_aac_is_refused():
    with pytest.raises(flv.UnfitMediaError, match=r"MP3.*choose AAC"):
        flv.read_audio(b"\x2f\0")


def test_pictures_coded_from_later_ones_keep_their_offset():
    for offset_ms in (0, 80, -40):
        tag = flv.write_video(flv.Part.FRAME, b"x", is_keyframe=False, offset_ms=offset_ms)

        assert flv.read_video(tag) == flv.VideoTag(
            part=flv.Part.FRAME, is_keyframe=False, offset_ms=offset_ms, data=b"x"
        )
