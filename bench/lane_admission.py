"""Four times as many as are admitted: `python -m bench.lane_admission PLAN`, a process of its own.

Everybody arrives when due, asks for a place, waits for the turn that is told, and buys then.
"""

import asyncio
import json
import sys
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, cast

import msgspec
import uvloop
from typing_extensions import override

from bench.lane_load import Plan, build_pass, build_request

PATIENCE_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """How many come how fast to which room."""

    plan: Plan
    room_id: int
    arrivals_per_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of those who came; seconds and milliseconds."""

    seated: int
    confirmed: int
    refused: dict[str, int]
    asked_too_early: int
    slower_than_5_s: int
    admitted_per_s: float
    buy_p50_ms: float
    buy_p99_ms: float
    join_p99_ms: float


class Line(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self) -> None:
        self.heard = b""
        self.then: Callable[[dict[str, Any]], None] | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    @override
    def data_received(self, data: bytes) -> None:
        self.heard += data
        if self.heard.endswith(b"}") and self.then is not None:
            told = msgspec.json.decode(self.heard.rpartition(b"\r\n\r\n")[2])
            self.heard, then, self.then = b"", self.then, None
            then(told)


class Square:
    """Where people come, wait and buy."""

    def __init__(self, arrivals: Arrivals) -> None:
        self.arrivals = arrivals
        plan = arrivals.plan
        self.joins = [
            build_request(
                "/lane/queue", user, {"room": arrivals.room_id, "pass": build_pass(plan, user)}
            )
            for user in range(1, plan.orders + 1)
        ]
        self.free: deque[Line] = deque()
        self.waiting: deque[tuple[bytes, Callable[[dict[str, Any]], None]]] = deque()
        self.told: Counter[str] = Counter()
        self.seated = self.early = 0
        self.join_s: list[float] = []
        self.buy_s: list[float] = []
        self.bought_at_s: list[float] = []
        self.is_over = asyncio.Event()

    async def fill(self) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(self.arrivals.plan.connections):
            _, line = await loop.create_connection(Line, "127.0.0.1", self.arrivals.plan.port)
            self.free.append(line)
        began_s, come = time.perf_counter(), 0
        while come < len(self.joins):
            due = min(
                int((time.perf_counter() - began_s) * self.arrivals.arrivals_per_s), len(self.joins)
            )
            for number in range(come, due):
                self.join(number, time.perf_counter())
            come = max(come, due)
            await asyncio.sleep(0.001)
        await self.is_over.wait()

    def send(self, request: bytes, then: Callable[[dict[str, Any]], None]) -> None:
        if not self.free:
            self.waiting.append((request, then))
            return
        line = self.free.popleft()

        def done(told: dict[str, Any]) -> None:
            self.free.append(line)
            then(told)
            if self.waiting and self.free:
                self.send(*self.waiting.popleft())

        line.then = done
        line.transport.write(request)

    def join(self, number: int, asked_s: float) -> None:
        def seated(told: dict[str, Any]) -> None:
            self.join_s.append(time.perf_counter() - asked_s)
            if told["outcome"] != "seated":
                self.close(told["outcome"])
                return
            self.seated += 1
            turn_s = datetime.fromisoformat(told["turn_at"]).timestamp()
            wait_s = max(0.0, turn_s - time.clock_gettime(time.CLOCK_REALTIME))
            asyncio.get_running_loop().call_later(wait_s, self.buy, number + 1, told["ticket"])

        self.send(self.joins[number], seated)

    def buy(self, user: int, ticket: str) -> None:
        asked_s = time.perf_counter()

        def answered(told: dict[str, Any]) -> None:
            if told["outcome"] == "not_admitted":  # a hair too early by the lane's clock
                self.early += 1
                wait_s = told["retry_after_ms"] / 1e3
                asyncio.get_running_loop().call_later(wait_s, self.buy, user, ticket)
                return
            if told["outcome"] == "confirmed":
                self.buy_s.append(time.perf_counter() - asked_s)
                self.bought_at_s.append(time.perf_counter())
            self.close(told["outcome"])

        plan = self.arrivals.plan
        self.send(build_request("/lane/buy", user, build_order(plan, user, ticket)), answered)

    def close(self, outcome: str) -> None:
        self.told[outcome] += 1
        if self.told.total() == len(self.joins):
            self.is_over.set()


def build_order(plan: Plan, user: int, ticket: str) -> dict[str, object]:
    """What is asked when the turn has come."""
    key = f"{user:08x}-0000-7000-8000-{user:012x}"
    return {
        "pass": build_pass(plan, user), "key": key, "sku": plan.sku_ids[0], "quantity": 1,
        "due": plan.due_minor, "ticket": ticket,
    }  # fmt: skip


async def run(arrivals: Arrivals) -> Result:
    square = Square(arrivals)
    await square.fill()
    buys, joins, times = sorted(square.buy_s), sorted(square.join_s), sorted(square.bought_at_s)
    # The first and the last twentieth are left out: nobody waits there.
    edge = len(times) // 20
    steady = times[edge : len(times) - edge]
    return Result(
        seated=square.seated,
        confirmed=square.told["confirmed"],
        refused={key: count for key, count in square.told.items() if key != "confirmed"},
        asked_too_early=square.early,
        slower_than_5_s=sum(took > PATIENCE_S for took in buys),
        admitted_per_s=round(len(steady) / (steady[-1] - steady[0])),
        buy_p50_ms=round(buys[len(buys) // 2] * 1e3, 1),
        buy_p99_ms=round(buys[int(len(buys) * 0.99)] * 1e3, 1),
        join_p99_ms=round(joins[int(len(joins) * 0.99)] * 1e3, 1),
    )


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    found = uvloop.run(run(Arrivals(**(asked | {"plan": Plan(**asked["plan"])}))))
    print(json.dumps(asdict(found)))
