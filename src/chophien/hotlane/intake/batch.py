"""One batch: many orders, one transaction. See statements/intake.sql for the order of things."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from chophien.domain.intake import Allotment, Ask, Shelf, Store, Verdict, judge
from chophien.domain.limits import HOLD_TIME
from chophien.domain.orders import OrderCodes, name_part
from chophien.hotlane.database import Connection, run
from chophien.hotlane.intake.book import Book, Known, Ready
from chophien.hotlane.intake.messages import (
    KEY_REUSED,
    LIMIT_REACHED,
    SOLD_OUT,
    Answer,
    Closed,
    Confirmed,
    PriceChanged,
    Wanted,
    answer,
)
from chophien.hotlane.intake.names import Names, make_ids
from chophien.statements import load
from chophien.wire.events import StockChanged
from chophien.wire.passes import Pass

if TYPE_CHECKING:
    from asyncio import Future

_INTAKE = load("intake")
_STOCK = load("stock")
_REFUSALS = {Verdict.SOLD_OUT: SOLD_OUT, Verdict.LIMIT_REACHED: LIMIT_REACHED}
_PRICE_UNKNOWN = answer(409, PriceChanged(due=None))
_OVER = answer(409, Closed(opens_at=None))


@dataclass(eq=False, slots=True)
class Entry:
    """One request that waits for its batch, and who asks."""

    wanted: Wanted
    holder: Pass
    done: "Future[Answer]"
    since_s: float
    """By the monotonic clock."""
    refusal: Answer | None = None
    """What is answered unless the key has made an order before."""


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What a batch did: an answer for each entry in order, and the stock that changed."""

    answers: list[Answer]
    changed: list[StockChanged]


async def take_orders(
    connection: Connection,
    entries: Sequence[Entry],
    *,
    book: Book,
    names: Names,
) -> Outcome:
    """Decide for all entries and write the orders of those that are confirmed, in one transaction.

    Locks stock rows by sku, then prices by id. Raises what the driver raises; then nothing is
    written, unless it was the commit whose answer was lost.
    """
    missing = names.count_missing(len(entries))
    if missing:
        rows = await run(connection, _INTAKE["take_serials"], count=missing)
        names.add([row[0] for row in rows])
    async with connection.transaction():
        return await _Batch(connection, entries, book, names).run()


def write(values: Iterable[str]) -> str:
    """Many values as one, as the statements read them; none holds a space."""
    return " ".join(values)


class _Batch:
    def __init__(
        self,
        connection: Connection,
        entries: Sequence[Entry],
        book: Book,
        names: Names,
    ) -> None:
        self._connection = connection
        self._entries = entries
        self._book = book
        self._names = names
        self._candidates = {
            ready
            for wanted in {(entry.wanted.sku, entry.wanted.quantity) for entry in entries}
            for ready in book.list_ready(*wanted)
        }
        self._answers: list[Answer | None] = [None] * len(entries)
        self._changed: list[StockChanged] = []

    async def run(self) -> Outcome:
        store = await self._lock()
        at, holding = await self._look()
        asked = await self._select(at, holding)
        await self._read_uses(asked, store)
        verdicts = judge([_ask(self._entries[place], ready) for place, ready in asked], store)
        won = []
        for (place, ready), verdict in zip(asked, verdicts, strict=True):
            if verdict is Verdict.CONFIRMED:
                won.append((place, ready))
            else:
                self._answers[place] = _REFUSALS[verdict]
        if won:
            await self._write(won, at)
        self._repeat()
        return Outcome(answers=[each or SOLD_OUT for each in self._answers], changed=self._changed)

    async def _lock(self) -> Store:
        skus = sorted({ready.sku_id for ready in self._candidates})
        prices = sorted({ready.price_id for ready in self._candidates if ready.is_counted})
        shelves = await run(self._connection, _STOCK["lock_stock"], sku_ids=skus)
        allotments = (
            await run(self._connection, _INTAKE["lock_prices"], price_ids=prices) if prices else []
        )
        return Store(
            shelves={row[0]: Shelf(free=row[2], set_aside=row[3]) for row in shelves},
            allotments={row[0]: Allotment(left=row[1], per_buyer_max=row[2]) for row in allotments},
            used={},
        )

    async def _look(self) -> tuple[datetime, set[int]]:
        wanted = [ready.id for ready in self._candidates]
        (row,) = await run(self._connection, _INTAKE["find_ready"], ready_ids=wanted)
        return row[1], set(row[0])

    async def _select(self, at: datetime, holding: set[int]) -> list[tuple[int, Ready]]:
        """Which entries ask for what at this instant; the others get their answers."""
        known = await self._find_known()
        asked = []
        first: set[str] = set()
        for place, entry in enumerate(self._entries):
            key = entry.wanted.key
            if key in known:
                self._answers[place] = _answer_known(entry, known[key])
            elif entry.refusal is not None:
                self._answers[place] = entry.refusal
            elif key not in first:
                first.add(key)
                found = self._find_ready(entry.wanted, at, holding)
                if isinstance(found, Ready):
                    asked.append((place, found))
                else:
                    self._answers[place] = found
        return asked

    async def _find_known(self) -> dict[str, Known]:
        keys = [entry.wanted.key for entry in self._entries]
        rows = await run(self._connection, _INTAKE["find_orders"], keys=write(keys))
        if not rows:
            return {}
        order_ids = write(row["id"] for row in rows)
        parts = await run(self._connection, _INTAKE["find_parts"], order_ids=order_ids)
        return {
            row["key"]: Known(
                user_id=row["user_id"],
                number=row["number"],
                token=row["token"],
                due_minor=row["due_minor"],
                expires_at=min(each["expires_at"] for each in parts if each[0] == row["id"]),
                goods={each["sku_id"]: each["quantity"] for each in parts if each[0] == row["id"]},
            )
            for row in rows
        }

    def _find_ready(self, wanted: Wanted, at: datetime, holding: set[int]) -> Ready | Answer:
        rows = self._book.list_ready(wanted.sku, wanted.quantity)
        for ready in rows:
            if ready.is_open(at) and ready.id in holding:
                is_seen = ready.due_minor == wanted.due
                return ready if is_seen else answer(409, PriceChanged(due=ready.due_minor))
        later = [ready for ready in rows if ready.starts_at > at and ready.id in holding]
        if later:
            return answer(409, Closed(opens_at=later[0].starts_at))
        if rows and all(row.price_ends_at is not None and row.price_ends_at <= at for row in rows):
            return _OVER
        return _PRICE_UNKNOWN

    async def _read_uses(self, asked: Sequence[tuple[int, Ready]], store: Store) -> None:
        places = {
            (ready.price_id, buyer)
            for place, ready in asked
            if ready.is_limited
            for buyer in self._entries[place].holder.buyer_keys
        }
        if not places:
            return
        prices, buyers = zip(*places, strict=True)
        rows = await run(
            self._connection,
            _INTAKE["find_uses"],
            price_ids=write(map(str, prices)),
            buyers=write(buyers),
        )
        store.used.update({(row[0], row[1]): row[2] for row in rows})

    async def _write(self, won: Sequence[tuple[int, Ready]], at: datetime) -> None:
        codes = self._names.name(len(won))
        await self._take_stock(won)
        await self._count(won)
        await self._write_rows(won, codes, at)
        until = at + HOLD_TIME
        for (place, ready), code in zip(won, codes, strict=True):
            self._answers[place] = _confirm(201, code.number, code.token, ready.due_minor, until)

    async def _take_stock(self, won: Sequence[tuple[int, Ready]]) -> None:
        units: dict[int, list[int]] = defaultdict(lambda: [0, 0])
        for _, ready in won:
            units[ready.sku_id][ready.is_counted] += ready.quantity
        skus = sorted(units)
        rows = await run(
            self._connection,
            _STOCK["hold_units"],
            sku_ids=skus,
            wanted=[units[sku][0] for sku in skus],
            kept=[units[sku][1] for sku in skus],
        )
        assert len(rows) == len(skus), "stock rows vanished under their locks"
        self._changed = [StockChanged(sku_id=row[0], free=row[1], kept=row[2]) for row in rows]

    async def _count(self, won: Sequence[tuple[int, Ready]]) -> None:
        """Count units against allotments and buyers' limits."""
        units: dict[int, int] = defaultdict(int)
        uses: dict[tuple[int, str], int] = defaultdict(int)
        for place, ready in won:
            if ready.is_counted:
                units[ready.price_id] += ready.quantity
            if ready.is_limited:
                for buyer in self._entries[place].holder.buyer_keys:
                    uses[ready.price_id, buyer] += ready.quantity
        if units:
            await run(
                self._connection,
                _INTAKE["count_units"],
                price_ids=list(units),
                units=list(units.values()),
            )
        if uses:
            await run(
                self._connection,
                _INTAKE["count_uses"],
                price_ids=write(str(price) for price, _ in uses),
                buyers=write(buyer for _, buyer in uses),
                units=write(map(str, uses.values())),
            )

    async def _write_rows(
        self, won: Sequence[tuple[int, Ready]], codes: Sequence[OrderCodes], at: datetime
    ) -> None:
        entries = [self._entries[place] for place, _ in won]
        order_ids, part_ids = write(make_ids(len(won))), write(make_ids(len(won)))
        ready_ids = write(str(ready.id) for _, ready in won)
        until = at + HOLD_TIME
        await self._insert(
            "write_orders",
            len(won),
            ids=order_ids,
            numbers=write(code.number for code in codes),
            tokens=write(code.token for code in codes),
            keys=write(entry.wanted.key for entry in entries),
            address_ids=write(str(entry.holder.address_id) for entry in entries),
            ready_ids=ready_ids,
            placed_at=at,
        )
        shared = {"ids": part_ids, "ready_ids": ready_ids, "expires_at": until}
        await self._insert(
            "write_stall_orders", len(won), order_ids=order_ids, placed_at=at, **shared
        )
        await self._insert(
            "write_lines",
            len(won),
            show_ids=write(str(entry.wanted.show or "-") for entry in entries),
            **shared,
        )
        await self._insert("write_holds", len(won), **shared)
        references = write(name_part(code.number, 0) for code in codes)
        await self._insert("write_payments", len(won), references=references, **shared)
        if any(ready.has_uses for _, ready in won):
            await run(
                self._connection,
                _INTAKE["write_promotion_uses"],
                order_ids=order_ids,
                ready_ids=ready_ids,
                placed_at=at,
            )

    async def _insert(self, name: str, count: int, **values: object) -> None:
        statement = _INTAKE[name]
        status = await self._connection.execute(
            statement.by_number, *[values[each] for each in statement.values]
        )
        assert status == f"INSERT 0 {count}", f"{name}: {status} instead of {count} rows"

    def _repeat(self) -> None:
        """A key that came twice in one batch gets one answer, if it asked for the same thing."""
        firsts: dict[str, int] = {}
        for place, entry in enumerate(self._entries):
            first = firsts.setdefault(entry.wanted.key, place)
            if self._answers[place] is None:
                is_same = _is_same(entry, self._entries[first])
                self._answers[place] = self._answers[first] if is_same else KEY_REUSED


def _ask(entry: Entry, ready: Ready) -> Ask:
    return Ask(
        sku_id=ready.sku_id,
        quantity=ready.quantity,
        price_id=ready.price_id,
        is_counted=ready.is_counted,
        buyer_keys=entry.holder.buyer_keys,
    )


def _confirm(status: int, number: str, token: str, due_minor: int, until: datetime) -> Answer:
    return answer(
        status,
        Confirmed(order=number, link=f"/orders/{token}/", due=due_minor, held_until=until),
    )


def _answer_known(entry: Entry, known: Known) -> Answer:
    """The order that this key made; another's, or one with other content, is none of theirs."""
    wanted = entry.wanted
    asked = entry.holder.user_id, {wanted.sku: wanted.quantity}
    if (known.user_id, known.goods) != asked:
        return KEY_REUSED
    return _confirm(200, known.number, known.token, known.due_minor, known.expires_at)


def _is_same(entry: Entry, other: Entry) -> bool:
    ours, theirs = entry.wanted, other.wanted
    return (entry.holder.user_id, ours.sku, ours.quantity, ours.due) == (
        other.holder.user_id,
        theirs.sku,
        theirs.quantity,
        theirs.due,
    )
