"""Buyers who note everything: `python -m bench.storm_clients PLAN`, as a process of its own.

Every client presses over one connection after another, asks again with the same key where it got
no answer, and writes a history (docs/reference/histories.md). Some keys are sent again long after
they were answered, by other clients or with other content; some sums are wrong; buyers come back
for more than they may have. Prints how many attempts had which result.
"""

import asyncio
import json
import random
import sys
import time
import uuid
from base64 import b64encode
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from hashlib import md5
from io import FileIO
from pathlib import Path
from typing import cast

import msgspec
import uvloop
from typing_extensions import override

from chophien.domain.history.facts import Result
from chophien.wire.histories import Asked, Client, Told, encode_line
from chophien.wire.passes import Pass, derive_key, hash_device, sign_pass

ANSWER_S_MAX = 12.0  # longer than the lane itself waits for its database
RETRY_S = 0.1
GIVE_UP_S = 30.0  # after the last new press; what is not known by then stays unknown
REMEMBERED_MAX = 2_000
REPLAYED, CHANGED, WRONG_SUM, MANY = 0.04, 0.01, 0.02, 0.2  # shares of all presses
SLOW_BYTE_S = 0.005
NOBODY_KNOWS = frozenset({"unknown", "error"})
COME_BACK = frozenset({"busy", "too_many", "not_admitted"})
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
CREATED = 201


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Who presses what, and for how long."""

    ports: list[int]
    secret: str
    folder: str
    seconds: float
    sku_ids: list[int]
    due_by_quantity: dict[str, int]
    buyers: int
    clients: int = 48
    slow_clients: int = 0
    seed: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """What one key asks for."""

    key: str
    user: int
    sku: int
    quantity: int
    due: int


class Answer(msgspec.Struct):
    """What the lane says, as far as a history keeps it."""

    outcome: str = ""
    order: str = ""
    due: int | None = None
    held_until: datetime | None = None
    retry_after_ms: int = 0


_answers = msgspec.json.Decoder(Answer)
_NOTHING = Answer()


@dataclass(slots=True)
class Crowd:
    """What all clients share."""

    plan: Plan
    dice: random.Random
    ends_s: float
    pass_key: bytes
    told: Counter[str] = field(default_factory=Counter)
    answered: deque[Wish] = field(default_factory=lambda: deque(maxlen=REMEMBERED_MAX))

    def choose(self) -> Wish:
        """A new wish, or one that was answered before, now and then with other content."""
        drawn = self.dice.random()
        if drawn < REPLAYED + CHANGED and self.answered:
            old = self.answered[self.dice.randrange(len(self.answered))]
            if drawn < REPLAYED:
                return old
            return self._wish(old.key, old.user, old.sku, 3 - old.quantity)
        return self._wish(
            str(uuid.UUID(int=self.dice.getrandbits(128), version=4)),
            self.dice.randint(1, self.plan.buyers),
            self.dice.choice(self.plan.sku_ids),
            1 + (self.dice.random() < MANY),
        )

    def _wish(self, key: str, user: int, sku: int, quantity: int) -> Wish:
        due = self.plan.due_by_quantity[str(quantity)]
        return Wish(key, user, sku, quantity, due - (self.dice.random() < WRONG_SUM))

    def write_request(self, wish: Wish) -> bytes:
        body = json.dumps(
            {
                "pass": _sign(wish.user, self.pass_key),
                "key": wish.key,
                "sku": wish.sku,
                "quantity": wish.quantity,
                "due": wish.due,
            }
        ).encode()
        return (
            b"POST /lane/buy HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Cookie: device=%b\r\nContent-Length: %d\r\n\r\n%b"
            % (_device(wish.user).encode(), len(body), body)
        )


def _device(user: int) -> str:
    return f"storm-device-{user:08}"


@cache
def _sign(user: int, key: bytes) -> str:
    ends_at_s = int(time.clock_gettime(time.CLOCK_REALTIME)) + 3_600
    device = hash_device(_device(user))
    return sign_pass(Pass(user, user, buyer_keys(user), "vietqr", device, ends_at_s), key)


@cache
def buyer_keys(user: int) -> tuple[str, ...]:
    """The account, and the key that `bench.lane_goods` gives to the phone of its address."""
    digest = md5(str(user).encode(), usedforsecurity=False).digest()
    return f"u:{user}", "p:" + b64encode(digest).decode().rstrip("=")


def read_clocks() -> tuple[int, int]:
    """Monotonic and wall clock, in microseconds."""
    return time.monotonic_ns() // 1_000, time.clock_gettime_ns(time.CLOCK_REALTIME) // 1_000


class History:
    """The file of one client; a line is with the system before the next byte goes out."""

    def __init__(self, folder: Path, name: str) -> None:
        self._file = FileIO(str(folder / f"{name}.jsonl"), "w")
        self._attempts = 0
        monotonic_us, wall_us = read_clocks()
        clock = BOOT_ID.read_text().strip()
        self._write(Client(client=name, clock=clock, monotonic_us=monotonic_us, wall_us=wall_us))

    def ask(self, wish: Wish) -> None:
        """Note what is going to be asked."""
        self._attempts += 1
        monotonic_us, wall_us = read_clocks()
        self._write(
            Asked(
                attempt=self._attempts, key=wish.key, user=wish.user,
                buyers=buyer_keys(wish.user), sku=wish.sku, quantity=wish.quantity, due=wish.due,
                monotonic_us=monotonic_us, wall_us=wall_us,
            )
        )  # fmt: skip

    def tell(self, status: int, answer: Answer) -> Result:
        """Note what was answered; status 0 is nothing at all."""
        monotonic_us, wall_us = read_clocks()
        result = judge(status, answer)
        self._write(
            Told(
                attempt=self._attempts, result=result, outcome=answer.outcome, order=answer.order,
                due=answer.due, held_until=answer.held_until, is_new=status == CREATED,
                monotonic_us=monotonic_us, wall_us=wall_us,
            )
        )  # fmt: skip
        return result

    def _write(self, line: Client | Asked | Told) -> None:
        self._file.write(encode_line(line))


def judge(status: int, answer: Answer) -> Result:
    """What a client knows after an answer."""
    if answer.outcome == "confirmed":
        return Result.OK
    is_unknown = not status or not answer.outcome or answer.outcome in NOBODY_KNOWS
    return Result.UNKNOWN if is_unknown else Result.REFUSED


class Connection(asyncio.Protocol):
    """One connection to the lane, one request at a time."""

    def __init__(self) -> None:
        self._heard = b""
        self._answer: asyncio.Future[tuple[int, Answer]] | None = None
        self.is_lost = False

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    async def ask(self, request: bytes, *, is_slow: bool) -> tuple[int, Answer]:
        """Send and wait; status 0 when no answer came."""
        self._answer = asyncio.get_running_loop().create_future()
        if self.is_lost:
            return 0, _NOTHING
        try:
            async with asyncio.timeout(ANSWER_S_MAX):
                if is_slow:
                    for byte in request:
                        self.transport.write(bytes((byte,)))
                        await asyncio.sleep(SLOW_BYTE_S)
                else:
                    self.transport.write(request)
                return await self._answer
        except TimeoutError:
            self.transport.abort()
            self.is_lost = True
            return 0, _NOTHING

    @override
    def data_received(self, data: bytes) -> None:
        self._heard += data
        head, found, body = self._heard.partition(b"\r\n\r\n")
        if not found:
            return
        length = next(
            (
                int(line[15:])
                for line in head.split(b"\r\n")
                if line[:15].lower() == b"content-length:"
            ),
            0,
        )
        if len(body) >= length:
            self._heard = b""
            self._tell(int(head[9:12]), body)

    def _tell(self, status: int, body: bytes) -> None:
        try:
            answer = _answers.decode(body)
        except msgspec.DecodeError:
            answer = _NOTHING
        if self._answer is not None and not self._answer.done():
            self._answer.set_result((status, answer))

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self.is_lost = True
        if self._answer is not None and not self._answer.done():
            self._answer.set_result((0, _NOTHING))


class Buyer:
    """One client: presses until the time is over, then until it knows what became of it."""

    def __init__(self, crowd: Crowd, number: int, *, is_slow: bool) -> None:
        self._crowd = crowd
        self._port = crowd.plan.ports[number % len(crowd.plan.ports)]
        self._home = f"127.1.{number % 250}.1"  # a network of its own, for the lane's guard
        self._history = History(Path(crowd.plan.folder), f"client-{number:03}")
        self._is_slow = is_slow
        self._connection: Connection | None = None

    async def stay(self) -> None:
        while time.monotonic() < self._crowd.ends_s:
            await self._get(self._crowd.choose())

    async def _get(self, wish: Wish) -> None:
        """Ask until there is an answer that stands."""
        crowd = self._crowd
        while True:
            connection = await self._connect()
            if connection is None:
                return
            self._history.ask(wish)
            status, answer = await connection.ask(crowd.write_request(wish), is_slow=self._is_slow)
            result = self._history.tell(status, answer)
            crowd.told[answer.outcome or "no answer"] += 1
            if result is not Result.UNKNOWN and answer.outcome not in COME_BACK:
                crowd.answered.append(wish)
                return
            now_s = time.monotonic()
            if now_s > crowd.ends_s + GIVE_UP_S:
                return
            if result is Result.REFUSED and now_s > crowd.ends_s:
                return
            await asyncio.sleep(max(RETRY_S, answer.retry_after_ms / 4_000))

    async def _connect(self) -> Connection | None:
        while self._connection is None or self._connection.is_lost:
            if time.monotonic() > self._crowd.ends_s + GIVE_UP_S:
                return None
            try:
                _, self._connection = await asyncio.get_running_loop().create_connection(
                    Connection, "127.0.0.1", self._port, local_addr=(self._home, 0)
                )
            except OSError:
                await asyncio.sleep(RETRY_S)
        return self._connection


async def run(plan: Plan) -> Counter[str]:
    """All clients at once; what they were told."""
    dice = random.Random(plan.seed)
    crowd = Crowd(plan, dice, time.monotonic() + plan.seconds, derive_key(plan.secret))
    async with asyncio.TaskGroup() as tasks:
        for number in range(plan.clients):
            is_slow = number < plan.slow_clients
            tasks.create_task(Buyer(crowd, number, is_slow=is_slow).stay())
    return crowd.told


if __name__ == "__main__":
    print(json.dumps(uvloop.run(run(Plan(**json.loads(sys.argv[1]))))))
