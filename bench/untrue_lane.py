"""A lane with a planted fault, to be found out: it tells what it has not kept.

What storms run in place of `chophien.config.lane` to see that their check would notice.
"""

import itertools
from collections.abc import Sequence

from chophien.hotlane.database import Connection
from chophien.hotlane.intake import batch, batcher
from chophien.hotlane.intake.batch import Entry, Outcome
from chophien.hotlane.intake.book import Book
from chophien.hotlane.intake.names import Names

EVERY = 3
_turns = itertools.count(1)
_take_orders = batch.take_orders


async def take_orders_untruly(
    connection: Connection, entries: Sequence[Entry], *, book: Book, names: Names
) -> Outcome:
    """As the real one, but every third batch is taken back, and answered all the same."""
    if next(_turns) % EVERY:
        return await _take_orders(connection, entries, book=book, names=names)
    async with connection.transaction(force_rollback=True):
        return await _take_orders(connection, entries, book=book, names=names)


vars(batcher)["take_orders"] = take_orders_untruly

from chophien.config.lane import application  # noqa: E402 - once the fault is planted

__all__ = ["application"]
