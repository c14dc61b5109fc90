"""What the lane sells, in memory: ready quotes by sku and quantity, read anew all the time."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A row of `orders_readyquote` as far as selling needs it."""

    id: int
    sku_id: int
    quantity: int
    price_id: int
    is_counted: bool
    is_limited: bool
    due_minor: int
    use_count: int
    """How many promotions are noted as used by such an order."""
    starts_at: datetime
    ends_at: datetime
    price_ends_at: datetime | None

    def is_open(self, at: datetime) -> bool:
        return self.starts_at <= at < self.ends_at


class Book:
    """Ready quotes of one look at the database. A batch checks those it sells at once more."""

    def __init__(self, rows: Sequence[Mapping[str, Any]] = ()) -> None:
        self._by_goods: dict[tuple[int, int], list[Ready]] = defaultdict(list)
        for row in rows:
            ready = Ready(**row)
            self._by_goods[ready.sku_id, ready.quantity].append(ready)

    def list_ready(self, sku_id: int, quantity: int) -> Sequence[Ready]:
        """What is sold before, now and soon, in the order of time."""
        return self._by_goods.get((sku_id, quantity), ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An order that a key has made before; `goods` are units by sku."""

    user_id: int
    number: str
    token: str
    due_minor: int
    expires_at: datetime
    goods: Mapping[int, int]
