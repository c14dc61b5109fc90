import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chophien.hotlane.hub import protocol
from chophien.hotlane.hub.protocol import (
    Channel,
    Command,
    Connect,
    HistoryAsked,
    ProtocolError,
    Publish,
    Refresh,
    Since,
    Subscribe,
    decode_commands,
)
from chophien.wire.events import StockChanged


@pytest.mark.parametrize(
    ("label", "frame", "commands"),
    [
        (
            "connect, as the library sends it",
            '{"connect":{"name":"js"},"id":1}',
            [Command(id=1, connect=Connect(name="js"))],
        ),
        (
            "connect with a token",
            '{"connect":{"token":"a.b.c","name":"js"},"id":1}',
            [Command(id=1, connect=Connect(token="a.b.c", name="js"))],
        ),
        (
            "subscribe, as the library sends it",
            '{"subscribe":{"channel":"fair","flag":1},"id":2}',
            [Command(id=2, subscribe=Subscribe(channel="fair"))],
        ),
        (
            "subscribe again, from a position on",
            '{"subscribe":{"channel":"fair","flag":1,"recover":true,"offset":7,"epoch":"e"},"id":2}',
            [Command(id=2, subscribe=Subscribe("fair", recover=True, epoch="e", offset=7))],
        ),
        (
            "unsubscribe",
            '{"unsubscribe":{"channel":"room:7"},"id":5}',
            [Command(id=5, unsubscribe=Channel(channel="room:7"))],
        ),
        (
            "publish",
            '{"publish":{"channel":"chat:7","data":{"text":"hi"}},"id":6}',
            [Command(id=6, publish=Publish("chat:7", msgspec.Raw(b'{"text":"hi"}')))],
        ),
        (
            "history since a position",
            '{"history":{"channel":"fair","limit":9,"since":{"offset":3,"epoch":"e"}},"id":7}',
            [Command(id=7, history=HistoryAsked("fair", 9, Since(3, "e")))],
        ),
        ("refresh", '{"refresh":{"token":"t"},"id":8}', [Command(id=8, refresh=Refresh("t"))]),
        ("answer to a ping", "{}", [Command()]),
        (
            "several in one frame",
            '{"connect":{"name":"js"},"id":1}\n{"subscribe":{"channel":"fair"},"id":2}\n{}',
            [
                Command(id=1, connect=Connect(name="js")),
                Command(id=2, subscribe=Subscribe(channel="fair")),
                Command(),
            ],
        ),
        ("empty lines between", "\n{}\n \n{}\n", [Command(), Command()]),
        ("nothing", "", []),
        ("a method of a later version", '{"id":9,"rpc":{"method":"x"}}', [Command(id=9)]),
        ("the largest id", '{"id":4294967295}', [Command(id=4_294_967_295)]),
    ],
)
def test_frame_is_read(label, frame, commands):
    assert decode_commands(frame.encode()) == commands


@pytest.mark.parametrize(
    ("label", "frame"),
    [
        ("no JSON", b"GET / HTTP/1.1"),
        ("cut short", b'{"connect":{'),
        ("a list", b"[]"),
        ("a number", b"7"),
        ("nothing at all", b"null"),
        ("an id that is text", b'{"id":"1"}'),
        ("an id below 0", b'{"id":-1}'),
        ("an id of 33 bits", b'{"id":4294967296}'),
        ("no channel", b'{"id":1,"subscribe":{}}'),
        ("a channel that is no text", b'{"subscribe":{"channel":7}}'),
        ("an offset below 0", b'{"subscribe":{"channel":"fair","recover":true,"offset":-1}}'),
        ("an offset of 64 bits", b'{"subscribe":{"channel":"fair","offset":9223372036854775808}}'),
        ("nothing to publish", b'{"publish":{"channel":"chat:7"}}'),
        ("one good, one bad", b'{"id":1,"connect":{}}\n{"id":'),
        ("brackets without end", b'{"x":' + b"[" * 4_000),
        ("no UTF-8", b'{"connect":{"name":"\xff"}}'),
    ],
)
def test_anything_else_is_a_protocol_error(label, frame):
    with pytest.raises(ProtocolError):
        decode_commands(frame)


@given(st.binary(max_size=300))
def test_any_bytes_are_commands_or_a_protocol_error(frame):
    try:
        commands = decode_commands(frame)
    except ProtocolError:
        return
    assert all(isinstance(command, Command) for command in commands)


@pytest.mark.parametrize(
    ("label", "reply", "read"),
    [
        ("done", protocol.encode_reply(2, "subscribe", {}), {"id": 2, "subscribe": {}}),
        (
            "refused",
            protocol.encode_error(4, 102),
            {"id": 4, "error": {"code": 102, "message": "unknown channel"}},
        ),
        (
            "refused for now",
            protocol.encode_error(4, 111),
            {"id": 4, "error": {"code": 111, "message": "too many requests", "temporary": True}},
        ),
        (
            "refused by the desk",
            protocol.encode_error(4, 1_001, "slow 7"),
            {"id": 4, "error": {"code": 1_001, "message": "slow 7"}},
        ),
        ("ping", protocol.PING, {}),
        (
            "sent away",
            protocol.encode_unsubscribed("fair"),
            {
                "push": {
                    "channel": "fair",
                    "unsubscribe": {"code": 2500, "reason": "insufficient state"},
                }
            },
        ),
    ],
)
def test_reply_is_written_on_one_line(label, reply, read):
    assert json.loads(reply) == read
    assert b"\n" not in reply


def test_publication_carries_the_event_as_it_is():
    event = msgspec.json.encode(StockChanged(sku_id=7, free=0))

    push = protocol.encode_push("fair", b'{"data":%b,"offset":3}' % event)

    assert json.loads(push) == {
        "push": {
            "channel": "fair",
            "pub": {"data": {"type": "stock", "sku_id": 7, "free": 0}, "offset": 3},
        }
    }


def test_every_code_has_its_words():
    codes = {
        name: value
        for name, value in vars(protocol).items()
        if isinstance(value, int) and not name.startswith("UNSUBSCRIBED")
    }

    assert set(codes.values()) == protocol.ERRORS.keys() | protocol.CLOSES.keys()
