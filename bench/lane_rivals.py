"""What the lane is measured against: the same transactions without HTTP."""

import asyncio
import time
import uuid
from typing import TYPE_CHECKING, cast

import uuid_utils

from chophien.hotlane.database import Connection, connect, run
from chophien.hotlane.intake.batch import Entry, take_orders
from chophien.hotlane.intake.batcher import BY_INDEX_ONLY, CONNECTIONS
from chophien.hotlane.intake.book import Book
from chophien.hotlane.intake.messages import Wanted
from chophien.hotlane.intake.names import Names
from chophien.statements import load
from chophien.wire.passes import Pass

if TYPE_CHECKING:
    from chophien.hotlane.requests import Answer

BATCH = 1_000
_INTAKE = load("intake")


async def measure_limit(url: str, *, orders: int, sku_id: int, due_minor: int) -> float:
    """Orders a second of the same transactions, handed to the database without HTTP."""
    links = [
        await connect(url, application="limit", settings=BY_INDEX_ONLY) for _ in range(CONNECTIONS)
    ]
    book = Book(await run(links[0], _INTAKE["list_ready"]))
    key = bytes((await run(links[0], _INTAKE["read_numbering_key"]))[0]["key"])
    batches = [_make_entries(first, sku_id, due_minor) for first in range(1, orders + 1, BATCH)]
    began_s = time.perf_counter()
    await asyncio.gather(*[_drain(link, batches, book, Names(key)) for link in links])
    took_s = time.perf_counter() - began_s
    for link in links:
        await link.close()
    return orders / took_s


async def _drain(link: Connection, batches: list[list[Entry]], book: Book, names: Names) -> None:
    while batches:
        outcome = await take_orders(link, batches.pop(), book=book, names=names)
        assert all(told.status == 201 for told in outcome.answers), "the limit sold nothing"


def _make_entries(first: int, sku_id: int, due_minor: int) -> list[Entry]:
    nobody = cast("asyncio.Future[Answer]", None)  # nobody waits: answers are not sent
    return [
        Entry(
            Wanted("", str(uuid_utils.uuid7()), sku_id, 1, due_minor),
            Pass(user, user, (f"u:{user}", f"p:{uuid.UUID(int=user).hex[10:]}"), "vietqr", "", 0),
            nobody,
            0.0,
        )
        for user in range(first, first + BATCH)
    ]
