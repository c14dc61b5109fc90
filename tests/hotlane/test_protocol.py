import json

import msgspec
import pytest

from chophien.domain.limits import HUB_COMMAND_BYTES_MAX
from chophien.hotlane.protocol import (
    PING,
    ChannelCommand,
    Command,
    Connect,
    ProtocolError,
    decode_commands,
    encode_connected,
    encode_done,
    encode_error,
    encode_publication,
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
        ("connect, bare", '{"id":1,"connect":{}}', [Command(id=1, connect=Connect())]),
        (
            "subscribe, as the library sends it",
            '{"subscribe":{"channel":"fair","flag":1},"id":2}',
            [Command(id=2, subscribe=ChannelCommand(channel="fair"))],
        ),
        (
            "unsubscribe",
            '{"unsubscribe":{"channel":"room:7"},"id":5}',
            [Command(id=5, unsubscribe=ChannelCommand(channel="room:7"))],
        ),
        ("answer to a ping", "{}", [Command()]),
        (
            "several in one frame",
            '{"connect":{"name":"js"},"id":1}\n{"subscribe":{"channel":"fair"},"id":2}\n{}',
            [
                Command(id=1, connect=Connect(name="js")),
                Command(id=2, subscribe=ChannelCommand(channel="fair")),
                Command(),
            ],
        ),
        ("empty lines between", "\n{}\n \n{}\n", [Command(), Command()]),
        ("nothing", "", []),
        ("a command of a later version", '{"id":9,"history":{"channel":"fair"}}', [Command(id=9)]),
        ("the largest id", '{"id":4294967295}', [Command(id=4_294_967_295)]),
    ],
)
def test_frame_is_read(label, frame, commands):
    assert decode_commands(frame, bytes_max=HUB_COMMAND_BYTES_MAX) == commands


@pytest.mark.parametrize(
    ("label", "frame", "reason"),
    [
        ("no JSON", "GET / HTTP/1.1", "JSON is malformed"),
        ("cut short", '{"connect":{', "truncated"),
        ("a list", "[]", "Expected `object`, got `array`"),
        ("a number", "7", "Expected `object`, got `int`"),
        ("nothing at all", "null", "Expected `object`, got `null`"),
        ("an id that is text", '{"id":"1"}', "Expected `int`, got `str`"),
        ("an id below 0", '{"id":-1}', "Expected `int` >= 0"),
        ("an id of 33 bits", '{"id":4294967296}', "Expected `int` <= 4294967295"),
        ("no channel", '{"id":1,"subscribe":{}}', "missing required field `channel`"),
        ("a channel that is no text", '{"subscribe":{"channel":7}}', "Expected `str`, got `int`"),
        ("one good, one bad", '{"id":1,"connect":{}}\n{"id":', "truncated"),
        ("brackets without end", '{"x":' + "[" * 4_000, "maximum recursion depth"),
        ("larger than allowed", '{"x":"' + "a" * 4_090 + '"}', "frame too large"),
        ("larger in bytes only", '{"x":"' + "ữ" * 1_400 + '"}', "frame too large"),
    ],
)
def test_anything_else_is_a_protocol_error(label, frame, reason):
    with pytest.raises(ProtocolError, match=reason):
        decode_commands(frame, bytes_max=HUB_COMMAND_BYTES_MAX)


def test_frame_of_exactly_the_limit_is_read():
    frame = '{"id":1}'.ljust(HUB_COMMAND_BYTES_MAX)

    assert decode_commands(frame, bytes_max=HUB_COMMAND_BYTES_MAX) == [Command(id=1)]


@pytest.mark.parametrize(
    ("label", "frame", "reply"),
    [
        (
            "connected",
            encode_connected(1, "a client", 25),
            {
                "id": 1,
                "connect": {
                    "client": "a client",
                    "version": "chophien 1",
                    "ping": 25,
                    "pong": True,
                },
            },
        ),
        ("subscribed", encode_done(2, "subscribe"), {"id": 2, "subscribe": {}}),
        ("unsubscribed", encode_done(3, "unsubscribe"), {"id": 3, "unsubscribe": {}}),
        (
            "refused",
            encode_error(4, 102, "unknown channel"),
            {"id": 4, "error": {"code": 102, "message": "unknown channel"}},
        ),
        ("ping", PING, {}),
    ],
)
def test_reply_is_written(label, frame, reply):
    assert json.loads(frame) == reply
    assert "\n" not in frame


def test_publication_carries_the_event_as_it_is():
    event = msgspec.json.encode(StockChanged(sku_id=7, free=0))

    frame = encode_publication("fair", event)

    assert json.loads(frame) == {
        "push": {
            "channel": "fair",
            "pub": {"data": {"type": "stock", "sku_id": 7, "free": 0}},
        }
    }
