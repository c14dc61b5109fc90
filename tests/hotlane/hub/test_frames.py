import zlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame, Opcode

from chophien.domain.limits import HUB_COMMAND_BYTES_MAX
from chophien.hotlane.hub.frames import BadFrameError, Broadcast, Reading

DEFLATE = PerMessageDeflate(
    remote_no_context_takeover=True,
    local_no_context_takeover=True,
    remote_max_window_bits=15,
    local_max_window_bits=15,
)


def write(opcode: Opcode, data: bytes, *, fin: bool = True, mask: bool = True) -> bytes:
    return Frame(opcode, data, fin).serialize(mask=mask)


def read(*pieces: bytes, deflates: bool = False) -> list[tuple[Opcode, bytes]]:
    reading = Reading(deflates=deflates)
    return [(each.opcode, each.data) for piece in pieces for each in reading.feed(piece)]


def test_text_for_all_is_the_frame_of_the_protocol():
    message = Broadcast.of(b'{"push":1}')

    assert message.plain == b"\x81\x0a" + b'{"push":1}'
    assert message.deflated is message.plain  # too short to gain by it


def test_long_text_is_compressed_once_and_read_without_what_came_before():
    text = b'{"push":{"channel":"fair"}}' * 40

    message = Broadcast.of(text)

    assert message.deflated[0] == 0x81 | 0x40  # the whole of a text, compressed
    assert len(message.deflated) < len(message.plain) // 4
    unpacked = zlib.decompressobj(wbits=-15).decompress(message.deflated[2:] + b"\0\0\xff\xff")
    assert unpacked == text


def test_what_does_not_get_smaller_is_sent_as_it_is():
    message = Broadcast.of(_noise())

    assert message.deflated is message.plain


def _noise() -> bytes:
    """Text that no compression makes shorter, of all bytes that UTF-8 takes alone."""
    state, letters = 1, bytearray()
    while len(letters) < 250:
        state = state * 6_364_136_223_846_793_005 % 2**64 + 1
        letters.append(state >> 57)
    return bytes(letters)


def test_messages_of_one_read_come_in_their_order():
    ping = write(Opcode.PING, b"now")

    heard = read(write(Opcode.TEXT, b"one") + ping + write(Opcode.TEXT, b"two"))

    assert heard == [(Opcode.TEXT, b"one"), (Opcode.PING, b"now"), (Opcode.TEXT, b"two")]


@given(st.lists(st.integers(min_value=0, max_value=60), max_size=8))
def test_where_the_network_cuts_changes_nothing(cuts):
    whole = write(Opcode.TEXT, b"hello") + write(Opcode.PING, b"") + write(Opcode.TEXT, b"x" * 200)
    places = [0, *sorted(min(cut, len(whole)) for cut in cuts), len(whole)]
    pieces = [whole[begin:end] for begin, end in pairwise(places)]

    assert read(*pieces) == read(whole)


def test_message_in_pieces_is_put_together_around_a_ping():
    heard = read(
        write(Opcode.TEXT, b"he", fin=False),
        write(Opcode.PING, b""),
        write(Opcode.CONT, b"ll", fin=False) + write(Opcode.CONT, b"o"),
    )

    assert heard == [(Opcode.PING, b""), (Opcode.TEXT, b"hello")]


def test_compressed_message_is_read_where_that_was_agreed():
    frame = Frame(Opcode.TEXT, b"hello " * 100).serialize(mask=True, extensions=[DEFLATE])

    assert read(frame, deflates=True) == [(Opcode.TEXT, b"hello " * 100)]
    with pytest.raises(BadFrameError):
        read(frame)


@pytest.mark.parametrize(
    ("label", "pieces"),
    [
        ("not masked", [write(Opcode.TEXT, b"hello", mask=False)]),
        ("bytes", [write(Opcode.BINARY, b"hello")]),
        ("a piece without a beginning", [write(Opcode.CONT, b"hello")]),
        ("two beginnings", [write(Opcode.TEXT, b"a", fin=False), write(Opcode.TEXT, b"b")]),
        ("an opcode that is none", [b"\x83\x80\0\0\0\0"]),
        ("a reserved bit", [b"\xa1\x80\0\0\0\0"]),
        ("larger than a command", [write(Opcode.TEXT, b"x" * (HUB_COMMAND_BYTES_MAX + 1))]),
        ("a size that nobody sends", [b"\x81\xff" + b"\xff" * 8]),
        (
            "larger in pieces",
            [write(Opcode.TEXT, b"x" * 4_000, fin=False), write(Opcode.CONT, b"x" * 97)],
        ),
        ("a ping in pieces", [b"\x09\x80\0\0\0\0"]),
    ],
)
def test_what_no_client_sends_is_refused(label, pieces):
    with pytest.raises(BadFrameError):
        read(*pieces)


def test_bomb_is_not_unpacked():
    bomb = Frame(Opcode.TEXT, b"\0" * 1_000_000).serialize(mask=True, extensions=[DEFLATE])
    assert len(bomb) < HUB_COMMAND_BYTES_MAX

    with pytest.raises(BadFrameError):
        read(bomb, deflates=True)


def test_empty_pieces_without_end_are_refused():
    pieces = [write(Opcode.TEXT, b"", fin=False)]
    pieces += [write(Opcode.CONT, b"", fin=False)] * (HUB_COMMAND_BYTES_MAX + 1)

    with pytest.raises(BadFrameError):
        read(*pieces)


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_messages_or_a_fault(data, deflates):
    try:
        heard = read(data, deflates=deflates)
    except BadFrameError:
        return
    assert sum(len(message) for _, message in heard) <= len(data) * 1_100
