"""What the laws speak of: attempts of clients; orders, stock and prices of the database."""

from dataclasses import dataclass
from enum import StrEnum

# Marks of lines that are no goods of their own order: deposits, balances of reservations.
_NOT_ORDINARY = frozenset("dr")


class Result(StrEnum):
    """What a client knows after an attempt."""

    OK = "ok"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    """No answer, or one that says that nobody knows: there may be an order."""


@dataclass(slots=True, kw_only=True)  # not frozen: a million of them are made, that costs double
class Attempt:
    """One request of a client, with its answer; a key that is asked again is another attempt."""

    client: str
    clock: str
    """Attempts with the same one were timed by the same clock."""
    key: str
    user_id: int
    buyer_keys: tuple[str, ...]
    sku_id: int
    quantity: int
    due_minor: int
    """The sum that the buyer saw."""
    asked_us: int
    """By the client's monotonic clock; so is `told_us`."""
    told_us: int
    result: Result = Result.UNKNOWN
    outcome: str = ""
    """The lane's word for its answer."""
    order: str = ""
    """The order's number."""
    told_due_minor: int | None = None
    held_until_us: int | None = None
    is_new: bool = False
    """Whether the answer said that this very request made the order."""

    @property
    def wish(self) -> tuple[int, int, int]:
        """What a repeated key must agree with: who, what, how many."""
        return self.user_id, self.sku_id, self.quantity


@dataclass(slots=True, kw_only=True)
class Line:
    """Units of one sku at one price, of one stall order."""

    sku_id: int
    quantity: int
    price_id: int | None
    kind: str
    quote_line: str

    @property
    def is_ordinary(self) -> bool:
        """Whether its units are held for its own order."""
        return self.quote_line[:1] not in _NOT_ORDINARY


@dataclass(slots=True, kw_only=True)
class Hold:
    """Units promised to a stall order."""

    sku_id: int
    quantity: int
    state: str


@dataclass(slots=True, kw_only=True)
class Part:
    """A stall order with everything that belongs to it."""

    state: str
    due_minor: int
    expires_us: int
    lines: tuple[Line, ...] = ()
    holds: tuple[Hold, ...] = ()
    payments: tuple[tuple[int, str], ...] = ()
    """Amount and state of each; there should be one."""


@dataclass(slots=True, kw_only=True)
class Order:
    """An order of the lane or of a cart."""

    key: str
    number: str
    user_id: int | None
    phone: str
    due_minor: int
    placed_us: int
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """The row of one sku, and what else there is of its units besides orders."""

    sku_id: int
    on_hand: int
    free: int
    set_aside: int
    held: int
    sold: int
    reserved: int = 0
    """Held for reservations."""
    bought: int = 0
    """Sold by reservations."""
    restocked: int = 0
    """Sold once, came back, and on free sale again."""
    presale_rest: int = 0
    """Set aside for presales that are open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """An offered price; one without an `allotment` is for everybody."""

    id: int
    sku_id: int
    kind: str
    allotment: int | None
    taken: int
    per_buyer_max: int | None
    starts_us: int | None
    ends_us: int | None
    closed_us: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A ready quote: what the lane sells at."""

    sku_id: int
    quantity: int
    price_id: int
    due_minor: int
    starts_us: int
    ends_us: int
    retired_us: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceUse:
    """What the database has counted for one buyer at one price."""

    price_id: int
    buyer: str
    units: int
