"""The waiting rooms' door and gate, through in-memory receive and send; no database."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chophien.domain.admission import Pace, from_us, to_us
from chophien.domain.limits import JOIN_BYTES_MAX, QUEUE_ALLOWANCE, TURN_TIME
from chophien.hotlane import queue
from chophien.hotlane.gate import Admitted, Gate, MustWait, Room
from chophien.hotlane.guard import make_queue_guard
from chophien.hotlane.queue import Checks, Keys, QueueDoor
from chophien.hotlane.requests import serve_asgi
from chophien.hotlane.seating import Busy, NoRoom, Person, Seated
from chophien.wire import passes, tickets

OPENING = datetime(2026, 11, 11, 13, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
KEYS = Keys(passes=passes.derive_key("secret"), tickets=tickets.derive_key("secret"))
COOKIE = "A" * 22
ENTRY = "0123456789abcdef"
SKU, OTHER_SKU = 7, 8


def make_room(**fields):
    values = {
        "id": 5, "is_standing": False, "opens_at": OPENING, "is_drawn": True, "is_closed": False,
        "is_proof_of_work": False, "is_sold_out": False, "seed_hash": "ab" * 32, "seed": "cd" * 32,
        "entries_digest": "ef" * 32, "pace": Pace.start(at_us=to_us(OPENING), rate_per_s=10),
        "next_place": 100, "entered": 100, "sku_ids": (SKU,),
    }  # fmt: skip
    return Room(**(values | fields))


def make_standing(**fields):
    return make_room(**({"id": 6, "is_standing": True, "sku_ids": ()} | fields))


class Seats:
    """Gives everybody the same answer and remembers who asked."""

    def __init__(self, outcome=None):
        self.outcome = outcome or Seated(entry=ENTRY, place=3, turn_at=OPENING)
        self.asked = []

    async def seat(self, person):
        self.asked.append(person)
        return self.outcome


class Door:
    """A door with its gate and what it asks."""

    def __init__(self, *rooms, outcome=None, work=None, at=OPENING):
        self.seats = Seats(outcome)
        self.gate = Gate(key=KEYS.tickets, clock=lambda: at)
        self.gate._hold(list(rooms))
        self.app = QueueDoor(
            gate=self.gate,
            seating=self.seats,
            keys=KEYS,
            checks=Checks(guard=make_queue_guard(), work=work),
            clock=lambda: at,
            read_real_s=lambda: int(at.timestamp()),
        )

    async def post(self, document=None, *, body=None, headers=(), chunks=None):
        if body is None:
            body = json.dumps(document).encode()
        sent = [(b"content-type", b"application/json"), (b"cookie", f"device={COOKIE}".encode())]
        return await self.ask("POST", "/lane/queue", chunks or [body], [*sent, *headers])

    async def get(self, path):
        return await self.ask("GET", path, [b""], [])

    async def ask(self, method, path, chunks, headers):
        waiting = [
            {"type": "http.request", "body": chunk, "more_body": index < len(chunks) - 1}
            for index, chunk in enumerate(chunks)
        ]
        told = []

        async def receive():
            if not waiting:
                await asyncio.Event().wait()
            return waiting.pop(0)

        async def send(message):
            told.append(message)

        scope = {
            "type": "http", "method": method, "path": path, "headers": headers,
            "client": ("203.0.113.9", 1),
        }  # fmt: skip
        await serve_asgi(self.app.answer, scope, receive, send)
        start, end = told
        return start["status"], json.loads(end["body"]), dict(start["headers"])


def make_pass(**fields):
    values = {
        "user_id": 42, "address_id": 1, "buyer_keys": ("p:1",), "method": "vietqr",
        "device": passes.hash_device(COOKIE), "ends_at_s": int(OPENING.timestamp()) + 60,
    }  # fmt: skip
    return passes.sign_pass(passes.Pass(**(values | fields)), KEYS.passes)


def make_ticket(key=KEYS.tickets, **fields):
    values = {
        "room_id": 5, "user_id": 42, "entry": ENTRY, "place": 3,
        "ends_at_s": int(OPENING.timestamp()) + 60,
    }  # fmt: skip
    return tickets.sign_ticket(tickets.Ticket(**(values | fields)), key)


# ---------------------------------------------------------------- joining


async def test_pass_gets_a_place_and_a_ticket_that_proves_it():
    door = Door(make_room())

    status, told, headers = await door.post({"room": 5, "pass": make_pass()})

    ticket = tickets.read_ticket(told["ticket"], KEYS.tickets, int(OPENING.timestamp()))
    assert (status, told["outcome"], told["place"]) == (200, "seated", 3)
    assert (ticket.room_id, ticket.user_id, ticket.place, ticket.entry) == (5, 42, 3, ENTRY)
    assert door.seats.asked == [Person(5, 42)]
    assert headers[b"cache-control"] == b"no-store"


async def test_ticket_is_renewed_without_a_pass():
    door = Door(make_room())

    status, told, _ = await door.post({"room": 5, "ticket": make_ticket(place=None)})

    assert (status, told["entry"], told["place"]) == (200, ENTRY, 3)
    assert datetime.fromisoformat(told["turn_at"]) == OPENING


LATER_S = int(OPENING.timestamp())


@pytest.mark.parametrize(
    ("case", "document", "status", "outcome"),
    [
        ("no proof", {"room": 5}, 401, "bad_pass"),
        ("not a pass", {"room": 5, "pass": "x"}, 401, "bad_pass"),
        ("letters of no alphabet", {"room": 5, "pass": "ế"}, 401, "bad_pass"),
        ("pass is over", {"room": 5, "pass": make_pass(ends_at_s=LATER_S)}, 401, "bad_pass"),
        ("pass of another device", {"room": 5, "pass": make_pass(device="x")}, 401, "bad_pass"),
        ("ticket for a pass", {"room": 5, "pass": make_ticket()}, 401, "bad_pass"),
        ("pass for a ticket", {"room": 5, "ticket": make_pass()}, 401, "bad_ticket"),
        ("ticket of another room", {"room": 4, "ticket": make_ticket()}, 401, "bad_ticket"),
        ("ticket is over", {"room": 5, "ticket": make_ticket(ends_at_s=LATER_S)}, 401, "bad_ticket"),
        ("ticket of another fair", {"room": 5, "ticket": make_ticket(b"k")}, 401, "bad_ticket"),
        ("no room", {"pass": make_pass()}, 400, "bad_request"),
        ("room 0", {"room": 0, "pass": make_pass()}, 400, "bad_request"),
        ("room beyond 64 bits", {"room": 2**63, "pass": make_pass()}, 400, "bad_request"),
        ("room as text", {"room": "5", "pass": make_pass()}, 400, "bad_request"),
        ("a list", [5], 400, "bad_request"),
        ("a long pass", {"room": 5, "pass": "x" * 2_000}, 400, "bad_request"),
    ],
)  # fmt: skip
async def test_what_proves_nothing_joins_nothing(case, document, status, outcome):
    door = Door(make_room())

    answered, told, _ = await door.post(document)

    assert (answered, told["outcome"]) == (status, outcome)
    assert door.seats.asked == []


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff\xfe", b"[" * 5_000, b'{"room": 5, "room": [}'],
    ids=["empty", "cut off", "no UTF-8", "without end", "nonsense"],
)
async def test_what_is_no_json_is_a_bad_request(body):
    door = Door(make_room())

    status, told, _ = await door.post(body=body)

    assert (status, told["outcome"]) == (400, "bad_request")
    assert door.seats.asked == []


async def test_huge_body_is_refused_by_its_declared_length_and_by_its_true_one():
    door = Door(make_room())
    long = str(JOIN_BYTES_MAX + 1).encode()

    declared = await door.post({"room": 5}, headers=[(b"content-length", long)])
    nonsense = await door.post({"room": 5}, headers=[(b"content-length", b"-1")])
    flowing = await door.post(chunks=[b" " * 4_000] * 3)

    assert [answer[0] for answer in (declared, nonsense, flowing)] == [413, 413, 413]
    assert door.seats.asked == []


async def test_body_that_never_ends_is_cut_off(monkeypatch):
    monkeypatch.setattr("chophien.hotlane.requests.BODY_S_MAX", 0.01)
    door = Door(make_room())

    status, told, _ = await door.ask(
        "POST", "/lane/queue", [], [(b"content-type", b"application/json")]
    )

    assert (status, told) == (408, {"outcome": "too_slow"})


async def test_other_methods_and_kinds_are_refused():
    door = Door(make_room())

    get = await door.get("/lane/queue")
    form = await door.ask("POST", "/lane/queue", [b"room=5"], [(b"content-type", b"text/plain")])
    post = await door.ask("POST", "/lane/rooms/5", [b""], [])

    assert [answer[0] for answer in (get, form, post)] == [405, 415, 405]


@pytest.mark.parametrize(
    ("outcome", "status", "told"),
    [
        (NoRoom(), 404, {"outcome": "no_room"}),
        (Busy(), 503, {"outcome": "busy", "retry_after_ms": 1_000}),
    ],
)
async def test_what_seating_says_is_answered(outcome, status, told):
    answered, document, headers = await Door(make_room(), outcome=outcome).post(
        {"room": 5, "pass": make_pass()}
    )

    assert (answered, document) == (status, told)
    assert (b"retry-after" in headers) is (status == 503)


async def test_one_account_that_asks_all_the_time_is_told_to_wait():
    door = Door(make_room())
    document = {"room": 5, "ticket": make_ticket()}

    statuses = [(await door.post(document))[0] for _ in range(QUEUE_ALLOWANCE.account.burst + 1)]

    assert statuses == [200] * QUEUE_ALLOWANCE.account.burst + [429]
    assert len(door.seats.asked) == QUEUE_ALLOWANCE.account.burst


async def test_proof_of_work_is_asked_of_newcomers_only():
    checked = []

    async def check(text, room_id, user_id):
        checked.append((text, room_id, user_id))
        return text == "right"

    room = make_room(is_proof_of_work=True)
    door = Door(room, work=check)
    closed = Door(room)

    answers = [
        await door.post({"room": 5, "pass": make_pass()}),
        await door.post({"room": 5, "pass": make_pass(), "pow": "wrong"}),
        await door.post({"room": 5, "pass": make_pass(), "pow": "right"}),
        await door.post({"room": 5, "ticket": make_ticket()}),
        await door.post({"room": 5, "ticket": make_ticket(entry="", place=None)}),
        await closed.post({"room": 5, "pass": make_pass(), "pow": "right"}),
    ]

    assert [answer[0] for answer in answers] == [403, 403, 200, 200, 403, 403]
    assert checked == [("wrong", 5, 42), ("right", 5, 42)]


# ---------------------------------------------------------------- the state of a room


async def test_state_of_a_room_is_public_and_kept_for_a_second():
    door = Door(make_room(), at=OPENING + SECOND)

    status, told, headers = await door.get("/lane/rooms/5")

    assert status == 200
    assert headers[b"cache-control"] == b"public, max-age=1"
    assert (told["waiting"], told["admitted"], told["rate_per_s"]) == (89, 11, 10)
    assert told["seed_hash"] == "ab" * 32
    assert datetime.fromisoformat(told["pace"]["at"]) == OPENING


async def test_state_is_written_once_for_each_reading(monkeypatch):
    door = Door(make_room())
    written = []
    monkeypatch.setattr(queue, "describe_room", lambda *asked: written.append(asked) or {})

    for _ in range(3):
        await door.get("/lane/rooms/5")
    door.gate._hold([make_room()])
    await door.get("/lane/rooms/5")

    assert len(written) == 2


async def test_seed_is_null_before_the_draw():
    undrawn = make_room(is_drawn=False, seed="", entries_digest="", next_place=0)

    _, told, _ = await Door(undrawn, at=OPENING - SECOND).get("/lane/rooms/5")

    assert (told["seed"], told["entries_digest"], told["is_drawn"]) == (None, None, False)
    assert (told["waiting"], told["admitted"]) == (100, 0)


@pytest.mark.parametrize("path", ["/lane/rooms/6", "/lane/rooms/" + "9" * 18])
async def test_room_that_is_not_there_has_no_state(path):
    status, told, _ = await Door(make_room()).get(path)

    assert (status, told) == (404, {"outcome": "no_room"})


async def test_lane_that_has_not_read_its_rooms_says_so():
    door = Door()
    door.gate.is_ready = False

    status, _, _ = await door.get("/lane/rooms/5")
    verdict = door.gate.judge(sku_id=SKU, user_id=42, ticket=None, at=OPENING)

    assert status == 503
    assert verdict == MustWait(room_id=None, retry_after_ms=1_000)


# ---------------------------------------------------------------- the gate


def make_gate(*rooms, lanes=1):
    gate = Gate(key=KEYS.tickets, clock=lambda: OPENING, lanes=lanes)
    gate._hold(list(rooms))
    return gate


def judge(gate, *, ticket=None, at=OPENING, sku_id=SKU, user_id=42):
    return gate.judge(sku_id=sku_id, user_id=user_id, ticket=ticket, at=at)


LASTING_S = int(OPENING.timestamp()) + 7_200


@pytest.mark.parametrize(
    ("after_ms", "verdict"),
    [
        (0, MustWait(room_id=5, retry_after_ms=2_000)),
        (1_999, MustWait(room_id=5, retry_after_ms=1_000)),
        (2_000, Admitted()),
        (2_000 + TURN_TIME // timedelta(milliseconds=1) - 1, Admitted()),
        (
            2_000 + TURN_TIME // timedelta(milliseconds=1),
            MustWait(room_id=5, retry_after_ms=1_000),
        ),
    ],
)
def test_turn_of_a_place_opens_the_gate_for_its_time(after_ms, verdict):
    ticket = make_ticket(place=20, ends_at_s=LASTING_S)

    assert judge(make_gate(make_room()), ticket=ticket, at=OPENING + after_ms * SECOND / 1_000) == (
        verdict
    )


@pytest.mark.parametrize(
    ("case", "ticket"),
    [
        ("none", None),
        ("empty", ""),
        ("nonsense", "nonsense"),
        ("no letters of ours", "ế" * 30),
        ("another person's", make_ticket(user_id=43)),
        ("another room's", make_ticket(room_id=6)),
        ("over", make_ticket(ends_at_s=LATER_S)),
        ("without a place", make_ticket(place=None)),
        ("signed by others", make_ticket(b"other key")),
    ],
)
def test_without_a_place_nobody_gets_through(case, ticket):
    assert judge(make_gate(make_room()), ticket=ticket, at=OPENING + SECOND) == MustWait(
        room_id=5, retry_after_ms=1_000
    )


def test_before_the_opening_everybody_waits_for_it():
    gate = make_gate(make_room(is_drawn=False, next_place=0))

    assert judge(gate, at=OPENING - 90 * SECOND) == MustWait(room_id=5, retry_after_ms=90_000)


def test_other_goods_and_closed_rooms_are_free():
    assert judge(make_gate(make_room()), sku_id=OTHER_SKU) == Admitted()
    assert judge(make_gate(make_room(is_closed=True))) == Admitted()


def test_standing_room_lets_its_rate_straight_in_and_the_rest_wait():
    gate = make_gate(make_standing(next_place=0, entered=0))

    verdicts = [
        judge(gate, sku_id=OTHER_SKU, at=OPENING + index * SECOND / 40) for index in range(40)
    ]

    admitted = sum(isinstance(verdict, Admitted) for verdict in verdicts)
    assert admitted <= 3  # a tenth of a second's worth ahead, then the room
    assert verdicts[-1] == MustWait(room_id=6, retry_after_ms=1_000)


def test_standing_room_lets_all_in_who_come_no_faster_than_its_rate():
    gate = make_gate(make_standing(next_place=0, entered=0))

    verdicts = [
        judge(gate, sku_id=OTHER_SKU, at=OPENING + index * SECOND / 10) for index in range(100)
    ]

    assert verdicts == [Admitted()] * 100


def test_lanes_share_the_rate():
    gate = make_gate(make_standing(next_place=0, entered=0), lanes=2)

    verdicts = [
        judge(gate, sku_id=OTHER_SKU, at=OPENING + index * SECOND / 5) for index in range(50)
    ]

    assert verdicts == [Admitted()] * 50
    assert [judge(gate, sku_id=OTHER_SKU, at=OPENING + 10 * SECOND) for _ in range(3)][
        -1
    ] == MustWait(room_id=6, retry_after_ms=1_000)


def test_nobody_goes_past_those_who_wait_in_the_standing_room():
    gate = make_gate(make_standing(next_place=100))
    ticket = make_ticket(room_id=6, place=10)

    assert judge(gate, sku_id=OTHER_SKU) == MustWait(room_id=6, retry_after_ms=1_000)
    assert judge(gate, sku_id=OTHER_SKU, ticket=ticket, at=OPENING + SECOND) == Admitted()


def test_full_lane_sends_newcomers_to_the_standing_room_for_a_second():
    gate = make_gate(make_standing(next_place=0, entered=0))
    gate.note_full(OPENING)

    assert judge(gate, sku_id=OTHER_SKU) == MustWait(room_id=6, retry_after_ms=1_000)
    assert judge(gate, sku_id=OTHER_SKU, at=OPENING + SECOND) == Admitted()


def test_change_of_rate_moves_the_gate():
    room = make_room()
    slower = room.pace.with_rate(1, next_place=100, at_us=to_us(OPENING + SECOND))
    gate = make_gate(replace(room, pace=slower))

    verdict = judge(gate, ticket=make_ticket(place=20), at=OPENING + 2 * SECOND)

    assert from_us(slower.turn_at(20)) == OPENING + 11 * SECOND
    assert verdict == MustWait(room_id=5, retry_after_ms=9_000)
