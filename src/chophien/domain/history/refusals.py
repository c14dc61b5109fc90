"""Refusals are true: what was given as the reason held at some instant while it was asked.

The database notes of an order the instant at which the rows that decide were locked; so the count
of units by these instants is what any batch in between has seen. An order of a cart notes the
instant before its locks: it counts from then on, which can only excuse a refusal.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable

from chophien.domain.history.books import Books
from chophien.domain.history.clocks import Clock
from chophien.domain.history.facts import Attempt, Price, Ready, Result, Stock
from chophien.domain.history.findings import Findings, Law
from chophien.domain.history.keys import Keys

# A process of the lane reads several times a second what is offered.
READ_LAG_US = 2_000_000
_FINAL = frozenset({"sold_out", "limit_reached", "price_changed", "closed"})
Period = tuple[int, int]


class Refusals:
    """Judges refusals one by one.

    Args:
        books: with all orders taken in.
        keys: with all attempts taken in.
        phone_keys: pairs of a phone number and its key.
    """

    def __init__(
        self, books: Books, keys: Keys, phone_keys: Iterable[tuple[str, str]], findings: Findings
    ) -> None:
        self.unjudged: Counter[str] = Counter()
        self._books = books
        self._keys = keys
        self._findings = findings
        self._phones: dict[str, list[str]] = defaultdict(list)
        for phone, key in phone_keys:
            self._phones[key].append(phone)
        self._prices: dict[int, list[Price]] = defaultdict(list)
        for price in books.prices.values():
            self._prices[price.sku_id].append(price)
        self._ready: dict[tuple[int, int], list[Ready]] = defaultdict(list)
        self._free_most: Counter[int] = Counter()

    def know(self, stock: Iterable[Stock], ready: Iterable[Ready]) -> None:
        """Take in how many units could ever be sold freely, and the lane's quotes.

        What closed prices gave back was free only after that.
        """
        for row in stock:
            self._free_most[row.sku_id] = row.free + self._books.free_live[row.sku_id]
        for price in self._books.prices.values():
            if price.allotment is not None and price.closed_us is not None:
                self._books.free_usage[price.sku_id].take(
                    price.allotment - price.taken, at_us=0, until_us=price.closed_us
                )
        for each in ready:
            self._ready[each.sku_id, each.quantity].append(each)

    def take_in(self, attempt: Attempt) -> None:
        """Judge one attempt, if it was refused."""
        if attempt.result is not Result.REFUSED:
            return
        clock = self._keys.clocks[attempt.clock]
        fault = self._judge(attempt, clock)
        if fault:
            self._findings.add(
                Law.REFUSALS,
                f"{attempt.client} was told {attempt.outcome} for key {attempt.key}: {fault}",
            )

    def _judge(self, attempt: Attempt, clock: Clock) -> str:
        """Why the refusal was not true, in words; empty when it was, or cannot be judged."""
        period = clock.translate(attempt)
        made = self._books.made.get(attempt.key)
        if attempt.outcome in _FINAL and made is not None and made.placed_us < period[0]:
            self._findings.checked[Law.REFUSALS] += 1
            return f"its order {made.number} was there"
        judges = {
            "sold_out": self._judge_sold_out,
            "limit_reached": self._judge_limit,
            "price_changed": self._judge_price,
            "closed": self._judge_closed,
            "key_reused": self._judge_reuse,
        }
        judge = judges.get(attempt.outcome)
        if judge is None:
            self.unjudged[attempt.outcome] += 1
            return ""
        self._findings.checked[Law.REFUSALS] += 1
        return judge(attempt, period)

    def _judge_sold_out(self, attempt: Attempt, period: Period) -> str:
        lefts = [
            price.allotment - self._books.price_usage[price.id].find_most(*period)
            for price in self._prices[attempt.sku_id]
            if price.allotment is not None and _meets(price, period)
        ]
        if not lefts:
            most = self._books.free_usage[attempt.sku_id].find_most(*period)
            lefts = [self._free_most[attempt.sku_id] - most]
        if min(lefts) < attempt.quantity:
            return ""
        return f"{min(lefts)} units were left all the while, {attempt.quantity} were asked for"

    def _judge_limit(self, attempt: Attempt, period: Period) -> str:
        bounds = [
            (price.id, price.per_buyer_max)
            for price in self._prices[attempt.sku_id]
            if price.per_buyer_max is not None and _meets(price, period)
        ]
        for price_id, most in bounds:
            counts = [self._count_used(price_id, key, period) for key in attempt.buyer_keys]
            used = max(counts, default=0)
            if used + attempt.quantity > most:
                return ""
        return f"with {attempt.quantity} more the buyer would not have had too many"

    def _count_used(self, price_id: int, key: str, period: Period) -> int:
        """The most units that a buyer's key had at an instant of the period, or a bound of that."""
        if key.startswith("u:"):
            uses = self._books.by_user.get((price_id, int(key[2:])), [])
        else:
            uses = [
                use
                for phone in self._phones.get(key, [])
                for use in self._books.by_phone.get((price_id, phone), [])
            ]
        first_us, last_us = period
        return sum(
            units
            for from_us, until_us, units in uses
            if from_us <= last_us and (until_us is None or until_us > first_us)
        )

    def _judge_price(self, attempt: Attempt, period: Period) -> str:
        for ready in self._ready[attempt.sku_id, attempt.quantity]:
            if ready.due_minor == attempt.due_minor and _held_throughout(ready, period):
                return f"{ready.due_minor} was the sum all the while"
        return ""

    def _judge_closed(self, attempt: Attempt, period: Period) -> str:
        for price in self._prices[attempt.sku_id]:
            if price.closed_us is None and _is_open_throughout(price, period):
                return f"price {price.id} was open all the while"
        return ""

    def _judge_reuse(self, attempt: Attempt, _: Period) -> str:
        made = self._books.made.get(attempt.key)
        if self._keys.is_mixed(attempt.key) or (made is not None and made.wish != attempt.wish):
            return ""
        return "the key was never used for anything else"


def _meets(price: Price, period: Period) -> bool:
    """Whether the lane may have sold at it during the period."""
    first_us, last_us = period
    has_begun = price.starts_us is None or price.starts_us <= last_us
    is_over = price.ends_us is not None and price.ends_us <= first_us - READ_LAG_US
    return has_begun and not is_over


def _is_open_throughout(price: Price, period: Period) -> bool:
    first_us, last_us = period
    has_begun = price.starts_us is None or price.starts_us <= first_us - READ_LAG_US
    return has_begun and (price.ends_us is None or price.ends_us > last_us)


def _held_throughout(ready: Ready, period: Period) -> bool:
    first_us, last_us = period
    has_ended = ready.ends_us <= last_us
    is_retired = ready.retired_us is not None and ready.retired_us <= last_us + READ_LAG_US
    return ready.starts_us <= first_us - READ_LAG_US and not has_ended and not is_retired
