"""A crowd that presses at once: `python -m bench.lane_load PLAN`, as a process of its own.

Requests are made before the clock starts. Each connection asks the next as soon as it is answered,
or, with a rate, when the next is due, whatever became of those before.
"""

import asyncio
import json
import resource
import sys
import time
from base64 import b64encode
from collections import Counter, deque
from dataclasses import asdict, dataclass
from hashlib import md5
from typing import cast

import uuid_utils
import uvloop
from typing_extensions import override

from chophien.wire.passes import Pass, derive_key, hash_device, sign_pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Who presses what, over how many connections."""

    port: int
    secret: str
    connections: int
    orders: int
    sku_ids: list[int]
    due_minor: int
    first_buyer: int = 1
    rate_per_s: int | None = None


def build_requests(plan: Plan) -> list[bytes]:
    """One request a buyer, with a pass, a device and a key of its own."""
    made = []
    for number in range(plan.orders):
        user = plan.first_buyer + number
        order = {
            "pass": build_pass(plan, user),
            "key": str(uuid_utils.uuid7()),
            "sku": plan.sku_ids[number % len(plan.sku_ids)],
            "quantity": 1,
            "due": plan.due_minor,
        }
        made.append(build_request("/lane/buy", user, order))
    return made


def build_pass(plan: Plan, user: int) -> str:
    """What the pages would have given this buyer."""
    digest = md5(str(user).encode(), usedforsecurity=False).digest()
    fingerprint = b64encode(digest).decode().rstrip("=")  # as in the buyer's saved address
    ends_at_s = int(time.clock_gettime(time.CLOCK_REALTIME)) + 3_600
    buyer_keys = (f"u:{user}", f"p:{fingerprint}")
    holder = Pass(user, user, buyer_keys, "vietqr", hash_device(name_device(user)), ends_at_s)
    return sign_pass(holder, derive_key(plan.secret))


def name_device(user: int) -> str:
    """The cookie of a buyer's device."""
    return f"bench-{user:016d}"


def build_request(path: str, user: int, asked: dict[str, object]) -> bytes:
    """A request as a browser would send it, from a device of its own."""
    body = json.dumps(asked).encode()
    return (
        b"POST %b HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Cookie: device=%b\r\nContent-Length: %d\r\n\r\n%b"
        % (path.encode(), name_device(user).encode(), len(body), body)
    )


class Crowd:
    """All connections, what they were told, and how long each answer took."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.waiting = deque(build_requests(plan))
        self.told: Counter[str] = Counter()
        self.took_s: list[float] = []
        self.is_over = asyncio.Event()
        self.idle: deque[Connection] = deque()
        self.late: deque[tuple[bytes, float]] = deque()

    def note(self, answer: bytes, took_s: float) -> None:
        body = answer.rpartition(b"\r\n\r\n")[2]
        self.told[body[12 : body.find(b'"', 12)].decode()] += 1
        self.took_s.append(took_s)
        if len(self.took_s) == self.plan.orders:
            self.is_over.set()

    async def press(self) -> float:
        """Everybody at once, or so many a second; returns how long it took."""
        loop = asyncio.get_running_loop()
        for _ in range(self.plan.connections):
            await loop.create_connection(lambda: Connection(self), "127.0.0.1", self.plan.port)
        began_s = time.perf_counter()
        if self.plan.rate_per_s is None:
            for connection in tuple(self.idle):
                connection.next()
        else:
            await self._drip(self.plan.rate_per_s, began_s)
        await self.is_over.wait()
        return time.perf_counter() - began_s

    async def _drip(self, rate_per_s: int, began_s: float) -> None:
        sent = 0
        while self.waiting:
            due = int((time.perf_counter() - began_s) * rate_per_s)
            for number in range(sent, min(due, self.plan.orders)):
                request, due_s = self.waiting.popleft(), began_s + number / rate_per_s
                if self.idle:
                    self.idle.popleft().send(request, due_s)
                else:
                    self.late.append((request, due_s))
            sent = max(sent, due)
            await asyncio.sleep(0.001)


class Connection(asyncio.Protocol):
    """One buyer's browser after another, over one connection."""

    def __init__(self, crowd: Crowd) -> None:
        self.crowd = crowd
        self.heard = b""

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is one, but not by class
        self.crowd.idle.append(self)

    def next(self) -> None:
        if self.crowd.waiting:
            self.send(self.crowd.waiting.popleft(), time.perf_counter())

    def send(self, request: bytes, due_s: float) -> None:
        self.asked_s = due_s
        self.transport.write(request)

    @override
    def data_received(self, data: bytes) -> None:
        self.heard += data
        if not self.heard.endswith(b"}"):
            return  # the head came before the body, which is one JSON object
        self.crowd.note(self.heard, time.perf_counter() - self.asked_s)
        self.heard = b""
        if self.crowd.late:
            self.send(*self.crowd.late.popleft())
        elif self.crowd.plan.rate_per_s is None:
            self.next()
        else:
            self.crowd.idle.append(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a crowd was told; times in milliseconds."""

    told: dict[str, int]
    took_s: float
    p50_ms: float
    p99_ms: float
    p999_ms: float
    load_cpu_s: float


async def run(plan: Plan) -> Result:
    crowd = Crowd(plan)
    before = resource.getrusage(resource.RUSAGE_SELF)
    took_s = await crowd.press()
    used = resource.getrusage(resource.RUSAGE_SELF)
    ordered = sorted(crowd.took_s)

    def at(share: float) -> float:
        return round(ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1e3, 1)

    return Result(
        told=dict(crowd.told),
        took_s=took_s,
        p50_ms=at(0.5),
        p99_ms=at(0.99),
        p999_ms=at(0.999),
        load_cpu_s=used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime,
    )


if __name__ == "__main__":
    print(json.dumps(asdict(uvloop.run(run(Plan(**json.loads(sys.argv[1])))))))
