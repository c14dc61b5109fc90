"""One batch: many orders, one transaction. See statements/intake.sql for the order of things."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from chophien.domain.intake import Allotment, Ask, Shelf, Store, Verdict, judge
from chophien.domain.limits import HOLD_TIME
from chophien.domain.orders import OrderCodes, name_part
from chophien.hotlane.database import Asked, Connection, Row, run, run_all, send_all
from chophien.hotlane.intake.book import Book, Known, Ready
from chophien.hotlane.intake.messages import (
    KEY_REUSED,
    LIMIT_REACHED,
    SOLD_OUT,
    Closed,
    Confirmed,
    PriceChanged,
    Wanted,
    answer,
)
from chophien.hotlane.intake.names import Names, make_ids
from chophien.hotlane.requests import Answer
from chophien.statements import load
from chophien.wire.events import StockChanged
from chophien.wire.passes import Pass

if TYPE_CHECKING:
    from asyncio import Future

_INTAKE = load("intake")
_STOCK = load("stock")
_REFUSALS = {Verdict.SOLD_OUT: SOLD_OUT, Verdict.LIMIT_REACHED: LIMIT_REACHED}
# What an order is made of, in the order in which it is written.
_TABLES = ("write_orders", "write_stall_orders", "write_lines", "write_holds", "write_payments")
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

    Locks stock rows by sku, then prices by id. Two journeys to the database and the commit; while
    it writes, the answers are made. Raises what the driver raises; then nothing is written, unless
    it was the commit whose answer was lost.
    """
    batch = _Batch(entries, book, names)
    async with connection.pipeline() as line, connection.transaction():
        found = await run_all(connection, batch.list_questions())
        writes = batch.decide(found, await _find_known(connection, found[_KNOWN]))
        cursors = await send_all(connection, [each.asked for each in writes])
        outcome = batch.tell()
        await line.sync()
        for each, cursor in zip(writes, cursors, strict=True):
            each.check(cursor.rowcount)
    return outcome


async def _find_known(connection: Connection, rows: Sequence[Row]) -> dict[str, Known]:
    """What the keys of a batch have made before, by key."""
    if not rows:
        return {}
    order_ids = write(row["id"] for row in rows)
    parts = await run(connection, _INTAKE["find_parts"], order_ids=order_ids)
    return {
        row["key"]: Known(
            user_id=row["user_id"],
            number=row["number"],
            token=row["token"],
            due_minor=row["due_minor"],
            expires_at=min(each["expires_at"] for each in parts if each["order_id"] == row["id"]),
            goods={
                each["sku_id"]: each["quantity"] for each in parts if each["order_id"] == row["id"]
            },
        )
        for row in rows
    }


def write(values: Iterable[str]) -> str:
    """Many values as one, as the statements read them; none holds a space."""
    return " ".join(values)


# The places of a batch's questions.
_SHELVES, _ALLOTMENTS, _READY, _KNOWN, _USED, _SERIALS = range(6)


@dataclass(frozen=True, slots=True)
class _Write:
    """A statement that writes, and how many rows it must."""

    asked: Asked
    row_count: int

    def check(self, row_count: int) -> None:
        """See that it did."""
        assert row_count == self.row_count, f"{row_count} rows instead of {self.row_count}"


class _Batch:
    """What is asked and written for a batch. Reads and writes nothing itself."""

    def __init__(self, entries: Sequence[Entry], book: Book, names: Names) -> None:
        self._entries = entries
        self._book = book
        self._names = names
        self._candidates = {
            ready
            for wanted in {(entry.wanted.sku, entry.wanted.quantity) for entry in entries}
            for ready in book.list_ready(*wanted)
        }
        self._answers: list[Answer | None] = [None] * len(entries)
        self._won: list[tuple[int, Ready]] = []
        self._codes: list[OrderCodes] = []
        self._until: datetime | None = None
        self._units: dict[int, list[int]] = {}
        self._store = Store(shelves={}, allotments={}, used={})

    def list_questions(self) -> list[Asked]:
        """Locks first, then what nobody else can change while they are held."""
        prices, buyers = self._list_limited()
        return [
            Asked(_STOCK["lock_stock"], {"sku_ids": sorted({r.sku_id for r in self._candidates})}),
            Asked(
                _INTAKE["lock_prices"],
                {"price_ids": sorted({r.price_id for r in self._candidates if r.is_counted})},
            ),
            Asked(_INTAKE["find_ready"], {"ready_ids": [r.id for r in self._candidates]}),
            Asked(_INTAKE["find_orders"], {"keys": write(e.wanted.key for e in self._entries)}),
            Asked(_INTAKE["find_uses"], {"price_ids": write(prices), "buyers": write(buyers)}),
            Asked(
                _INTAKE["take_serials"],
                {"count": self._names.count_missing(len(self._entries))},
            ),
        ]

    def _list_limited(self) -> tuple[list[str], list[str]]:
        """Prices with a limit and the buyers who ask for them, side by side."""
        places = {
            (str(ready.price_id), buyer)
            for entry in self._entries
            for ready in self._book.list_ready(entry.wanted.sku, entry.wanted.quantity)
            if ready.is_limited
            for buyer in entry.holder.buyer_keys
        }
        return [price for price, _ in places], [buyer for _, buyer in places]

    def decide(self, found: Sequence[Sequence[Row]], known: Mapping[str, Known]) -> list[_Write]:
        """Give every entry its answer; what has to be written for those that are confirmed."""
        self._names.add([row["nextval"] for row in found[_SERIALS]])
        self._store = _read_store(found)
        at, holding = found[_READY][0]["at"], set(found[_READY][0]["ready_ids"])
        asked = self._select(at, holding, known)
        verdicts = judge([_ask(self._entries[place], ready) for place, ready in asked], self._store)
        for (place, ready), verdict in zip(asked, verdicts, strict=True):
            if verdict is Verdict.CONFIRMED:
                self._won.append((place, ready))
            else:
                self._answers[place] = _REFUSALS[verdict]
        if not self._won:
            return []
        self._until = at + HOLD_TIME
        self._codes = self._names.name(len(self._won))
        return [*self._move(), *self._list_rows(at)]

    def tell(self) -> Outcome:
        """The answers, to be given once all is committed."""
        for (place, ready), code in zip(self._won, self._codes, strict=True):
            assert self._until is not None, "decided"
            self._answers[place] = _confirm(
                201, code.number, code.token, ready.due_minor, self._until
            )
        self._repeat()
        changed = [
            StockChanged(
                sku_id=sku_id,
                free=self._store.shelves[sku_id].free,
                kept=self._store.shelves[sku_id].set_aside,
            )
            for sku_id in self._units
        ]
        return Outcome(answers=[each or SOLD_OUT for each in self._answers], changed=changed)

    def _select(
        self, at: datetime, holding: set[int], known: Mapping[str, Known]
    ) -> list[tuple[int, Ready]]:
        """Which entries ask for what at this instant; the others get their answers."""
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

    def _move(self) -> list[_Write]:
        """Units out of stock, and counted against allotments and buyers' limits."""
        taken: dict[int, int] = defaultdict(int)
        uses: dict[tuple[int, str], int] = defaultdict(int)
        units: dict[int, list[int]] = defaultdict(lambda: [0, 0])
        for place, ready in self._won:
            units[ready.sku_id][ready.is_counted] += ready.quantity
            if ready.is_counted:
                taken[ready.price_id] += ready.quantity
            if ready.is_limited:
                for buyer in self._entries[place].holder.buyer_keys:
                    uses[ready.price_id, buyer] += ready.quantity
        self._units = dict(sorted(units.items()))
        skus = list(self._units)
        held = {
            "sku_ids": skus,
            "wanted": [self._units[sku][0] for sku in skus],
            "kept": [self._units[sku][1] for sku in skus],
        }
        counted = {"price_ids": list(taken), "units": list(taken.values())}
        used = {
            "price_ids": write(str(price) for price, _ in uses),
            "buyers": write(buyer for _, buyer in uses),
            "units": write(map(str, uses.values())),
        }
        return [
            _Write(Asked(_STOCK["hold_units"], held), len(skus)),
            *([_Write(Asked(_INTAKE["count_units"], counted), len(taken))] if taken else []),
            *([_Write(Asked(_INTAKE["count_uses"], used), len(uses))] if uses else []),
        ]

    def _list_rows(self, at: datetime) -> list[_Write]:
        """The rows of the orders, table by table."""
        entries = [self._entries[place] for place, _ in self._won]
        count = len(self._won)
        values = {
            "order_ids": write(make_ids(count)),
            "ids": write(make_ids(count)),
            "ready_ids": write(str(ready.id) for _, ready in self._won),
            "numbers": write(code.number for code in self._codes),
            "tokens": write(code.token for code in self._codes),
            "keys": write(entry.wanted.key for entry in entries),
            "address_ids": write(str(entry.holder.address_id) for entry in entries),
            "show_ids": write(str(entry.wanted.show or "-") for entry in entries),
            "references": write(name_part(code.number, 0) for code in self._codes),
            "placed_at": at,
            "expires_at": self._until,
        }
        use_count = sum(ready.use_count for _, ready in self._won)
        counts = dict.fromkeys(_TABLES, count) | {"write_promotion_uses": use_count}
        return [_Write(Asked(_INTAKE[name], values), rows) for name, rows in counts.items() if rows]

    def _repeat(self) -> None:
        """A key that came twice in one batch gets one answer, if it asked for the same thing."""
        firsts: dict[str, int] = {}
        for place, entry in enumerate(self._entries):
            first = firsts.setdefault(entry.wanted.key, place)
            if self._answers[place] is None:
                is_same = _is_same(entry, self._entries[first])
                self._answers[place] = self._answers[first] if is_same else KEY_REUSED


def _read_store(found: Sequence[Sequence[Row]]) -> Store:
    return Store(
        shelves={
            row["sku_id"]: Shelf(free=row["free"], set_aside=row["set_aside"])
            for row in found[_SHELVES]
        },
        allotments={
            row["id"]: Allotment(left=row["left_units"], per_buyer_max=row["per_buyer_max"])
            for row in found[_ALLOTMENTS]
        },
        used={(row["price_id"], row["buyer"]): row["units"] for row in found[_USED]},
    )


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
