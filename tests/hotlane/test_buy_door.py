"""What comes to the door of buy-now: everything that is no order gets a clear 4xx and no effect."""

import asyncio
import json
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chophien.domain.limits import LANE_BODY_BYTES_MAX
from chophien.hotlane.clock import DatabaseClock
from chophien.hotlane.gate import Admitted, MustWait
from chophien.hotlane.guard import make_lane_guard
from chophien.hotlane.intake.door import BuyDoor
from chophien.hotlane.intake.messages import SOLD_OUT
from chophien.hotlane.requests import serve_asgi
from chophien.wire.passes import Pass, derive_key, hash_device, sign_pass

KEY = derive_key("a secret of the fair")
DEVICE = "a" * 22
HOLDER = Pass(7, 9, ("u:7", "p:x"), "vietqr", hash_device(DEVICE), 2**40)


class Taking:
    """Stands for the batcher: notes what was asked, and sells nothing."""

    def __init__(self):
        self.asked = []
        self.is_full = False
        self.is_open = asyncio.Event()
        self.is_open.set()
        self.clock = DatabaseClock()

    async def ask(self, wanted, holder, refusal=None):
        self.asked.append((wanted, holder))
        return refusal or SOLD_OUT


class OpenGate:
    verdict = Admitted()
    is_told_full = False

    def judge(self, *, sku_id, user_id, ticket, at):
        return self.verdict

    def note_full(self, at):
        self.is_told_full = True


@pytest.fixture
def taking():
    return Taking()


@pytest.fixture
def gate():
    return OpenGate()


@pytest.fixture
def door(taking, gate):
    return make_door(taking, gate)


def make_door(taking, gate):
    return BuyDoor(
        batcher=taking, gate=gate, guard=make_lane_guard(), pass_key=KEY, is_behind_proxy=False
    )


def build(**fields):
    values = {
        "pass": sign_pass(HOLDER, KEY),
        "key": str(uuid.uuid4()),
        "sku": 1,
        "quantity": 1,
        "due": 115_000,
    }
    return json.dumps(values | fields).encode()


async def knock(door, body, *, method="POST", headers=(), pieces=1):
    size = max(len(body) // pieces, 1)
    parts = [body[at : at + size] for at in range(0, len(body), size)] or [b""]
    inbox = [
        {"type": "http.request", "body": part, "more_body": number < len(parts) - 1}
        for number, part in enumerate(parts)
    ]
    sent = []

    async def receive():
        return inbox.pop(0)

    async def send(message):
        sent.append(message)

    given_headers = {
        b"content-type": b"application/json",
        b"cookie": b"theme=dark; device=" + DEVICE.encode(),
        b"host": b"fair.example",
    } | dict(headers)
    scope = {
        "type": "http", "method": method, "path": "/lane/buy", "client": ("203.0.113.9", 5000),
        "headers": [each for each in given_headers.items() if each[1] is not None],
    }  # fmt: skip
    await serve_asgi(door.answer, scope, receive, send)
    return sent[0]["status"], json.loads(sent[1]["body"])


async def test_good_request_reaches_the_batch_once(door, taking):
    assert await knock(door, build()) == (409, {"outcome": "sold_out"})
    ((wanted, holder),) = taking.asked
    assert (wanted.sku, wanted.quantity, wanted.due) == (1, 1, 115_000)
    assert holder == HOLDER


async def test_body_may_come_in_pieces(door, taking):
    await knock(door, build(), pieces=30)

    assert len(taking.asked) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"key": "not-a-key"}, {"key": str(uuid.uuid4()).upper()}, {"key": None}, {"key": 7},
        {"sku": 0}, {"sku": -1}, {"sku": "1"}, {"sku": 2**70}, {"sku": 1.5},
        {"quantity": 0}, {"quantity": -3}, {"quantity": 10**6}, {"quantity": None},
        {"due": -1}, {"due": "115000"}, {"show": 0}, {"show": "x"}, {"ticket": "t" * 2_000},
        {"pass": 5}, {"pass": "p" * 2_000},
    ],
)  # fmt: skip
async def test_field_that_makes_no_sense_is_named(door, taking, fields):
    status, told = await knock(door, build(**fields))

    assert (status, told["outcome"]) == (400, "bad_request")
    assert next(iter(fields)) in told["detail"]
    assert not taking.asked


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_and_nothing_breaks(body):
    taking = Taking()

    status, told = asyncio.run(knock(make_door(taking, OpenGate()), body))

    assert (status, told["outcome"]) == (400, "bad_request")
    assert not taking.asked


@pytest.mark.parametrize("body", [b"[" * 4_000, b'{"a":' * 800, b"null", b"[]", b'"x"'])
async def test_deep_or_other_json_is_refused(door, taking, body):
    status, told = await knock(door, body)

    assert (status, told["outcome"]) == (400, "bad_request")


@pytest.mark.parametrize("pieces", [1, 50])
async def test_huge_body_is_refused(door, taking, pieces):
    status, told = await knock(door, b" " * (LANE_BODY_BYTES_MAX * 40), pieces=pieces)

    assert (status, told["outcome"]) == (413, "too_large")
    assert not taking.asked


async def test_body_that_never_ends_is_given_up(door, taking, monkeypatch):
    monkeypatch.setattr("chophien.hotlane.requests.BODY_S_MAX", 0.05)
    sent = []

    async def receive():
        await asyncio.sleep(60)

    async def send(message):
        sent.append(message)

    headers = [(b"content-type", b"application/json"), (b"content-length", b"300")]
    scope = {
        "method": "POST",
        "path": "/lane/buy",
        "client": ("203.0.113.9", 1),
        "headers": headers,
    }
    await serve_asgi(door.answer, scope, receive, send)

    assert sent[0]["status"] == 408
    assert not taking.asked


async def test_body_that_says_it_is_huge_is_not_read(door):
    headers = {b"content-length": str(LANE_BODY_BYTES_MAX + 1).encode()}

    assert (await knock(door, b"", headers=headers))[0] == 413


@pytest.mark.parametrize("length", [b"-1", b"many", b"1e3", b""])
async def test_length_that_is_no_number_is_refused(door, length):
    assert (await knock(door, build(), headers={b"content-length": length}))[0] == 413


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("GET", {}, 405),
        ("PUT", {}, 405),
        ("POST", {b"content-type": b"text/plain"}, 415),
        ("POST", {b"content-type": None}, 415),
        ("POST", {b"content-type": b"application/x-www-form-urlencoded"}, 415),
        ("POST", {b"origin": b"https://evil.example"}, 403),
        ("POST", {b"origin": b"null"}, 403),
    ],
)
async def test_what_no_page_of_the_fair_sends_is_refused(door, taking, method, headers, status):
    assert (await knock(door, build(), method=method, headers=headers))[0] == status
    assert not taking.asked


async def test_page_of_the_fair_itself_may_ask(door, taking):
    await knock(door, build(), headers={b"origin": b"https://fair.example"})

    assert len(taking.asked) == 1


def tamper(text):
    return text[:-5] + ("A" if text[-5] != "A" else "B") + text[-4:]


@pytest.mark.parametrize(
    "text",
    [
        "", "x", "====", "é", tamper(sign_pass(HOLDER, KEY)),
        sign_pass(HOLDER, derive_key("another secret")),
        sign_pass(Pass(7, 9, (), "vietqr", hash_device(DEVICE), 0), KEY),
    ],
)  # fmt: skip
async def test_pass_that_is_none_of_ours_is_refused(door, taking, text):
    assert await knock(door, build(**{"pass": text})) == (401, {"outcome": "bad_pass"})
    assert not taking.asked


@pytest.mark.parametrize("cookie", [None, b"", b"device=", b"device=" + b"b" * 22, b"\xff\xfe=1"])
async def test_pass_is_good_on_its_own_device_only(door, taking, cookie):
    assert (await knock(door, build(), headers={b"cookie": cookie}))[0] == 401
    assert not taking.asked


async def test_who_presses_like_a_robot_is_told_to_wait(door, taking):
    told = [await knock(door, build()) for _ in range(40)]

    assert (409, {"outcome": "sold_out"}) in told
    refused = [each for status, each in told if status == 429]
    assert refused
    assert all(each["retry_after_ms"] > 0 for each in refused)


async def test_full_lane_refuses_before_it_reads(door, taking, gate):
    taking.is_full = True

    status, told = await knock(door, b"nonsense")

    assert (status, told["outcome"]) == (503, "busy")
    assert told["retry_after_ms"] > 0
    assert gate.is_told_full


async def test_lane_without_its_database_says_so(door, taking):
    taking.is_open.clear()

    assert (await knock(door, build()))[0] == 503


async def test_who_is_not_admitted_is_shown_to_the_room(door, taking, gate):
    gate.verdict = MustWait(room_id=5, retry_after_ms=42_000)

    assert await knock(door, build()) == (
        403,
        {"outcome": "not_admitted", "room": 5, "retry_after_ms": 42_000},
    )
    assert not taking.asked


async def test_press_that_got_no_answer_is_looked_up_though_the_turn_is_over(door, taking, gate):
    gate.verdict = MustWait(room_id=5, retry_after_ms=42_000)

    status, _ = await knock(door, build(retry=True))

    assert status == 403
    assert len(taking.asked) == 1
