"""What is published in `make bench-hub`, the same for the hub and for those beside it.

An event is one frame; a tick carries ten messages in one. Numbers and instants within let readers
check and time what they get. Nothing here needs the program.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

TICKS_PER_S = 10
MESSAGES_OF_TICK = 10


@dataclass(frozen=True)
class Load:
    """So many events a second and ten ticks of messages, for so long."""

    events_per_s: int
    seconds: float


def make_event(number: int) -> bytes:
    """A change of stock, 80 bytes or so."""
    free = 1_000 - number % 1_000
    return b'{"type":"stock","sku_id":7,"free":%d,"k":"c","n":%d,"t":%d}' % (
        free, number, time.monotonic_ns(),
    )  # fmt: skip


def make_message(number: int) -> bytes:
    """A short thing said."""
    return b'{"name":"Lan","text":"con hang khong shop","k":"t","n":%d,"t":%d}' % (
        number, time.monotonic_ns(),
    )  # fmt: skip


def make_tick(number: int) -> bytes:
    """A tick as the hub would bundle it, for those who do not."""
    first = number * MESSAGES_OF_TICK
    messages = [make_message(first + place) for place in range(MESSAGES_OF_TICK)]
    return b'{"said":[%b]}' % b",".join(messages)


async def repeat(per_s: int, seconds: float, act: Callable[[], Awaitable[None]]) -> None:
    """Act at an even pace by the clock, however long each act takes."""
    began = time.monotonic()
    for count in range(int(per_s * seconds)):
        await asyncio.sleep(max(began + count / per_s - time.monotonic(), 0))
        await act()


async def take_orders(
    ready: dict[str, object], obey: Callable[[dict[str, float]], Awaitable[dict[str, object]]]
) -> None:
    """Say what is ready, then answer a JSON line for each that comes, until none does."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    print(json.dumps(ready), flush=True)
    while line := await reader.readline():
        print(json.dumps(await obey(json.loads(line))), flush=True)
