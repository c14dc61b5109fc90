"""What is asked of the pricing engine: a cart, its buyer, and every rule in reach, at one instant.

All money is whole minor units of the festival's currency; all rates are basis points. The
values say nothing that they were not told: windows and scopes are judged by their methods,
everything else by the stages. `parse_request` makes them from a document; code that makes them
itself keeps the ranges that `parse_request` checks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from chophien.domain.money import BPS_WHOLE


class PriceKind(StrEnum):
    """Kinds of price, the least scarce first: on equal units the earlier kind is charged."""

    LIST = "list"
    SALE = "sale"
    PRESALE = "presale"
    MEMBER = "member"
    TIER = "tier"
    ROOM = "room"
    GROUP = "group"
    FLASH = "flash"


class PresaleStage(StrEnum):
    DEPOSIT = "deposit"
    BALANCE = "balance"


class Issuer(StrEnum):
    """Who gives a coupon, in the order in which coupons are applied."""

    SELLER = "seller"
    PLATFORM = "platform"
    RED_PACKET = "red_packet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """When a thing exists: the half-open `[starts_at, ends_at)`, aware, either end may be empty."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None

    def is_open(self, at: datetime) -> bool:
        if self.starts_at is not None and at < self.starts_at:
            return False
        return self.ends_at is None or at < self.ends_at


ALWAYS = Window()


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedPrice:
    """A price beside the list price, with the condition that its kind names.

    `left` and `per_buyer_left` (flash) count units, and lines that carry the same price id share
    them. A part at an exclusive price takes no discount and counts towards no threshold but
    that of free shipping.
    """

    id: str
    kind: PriceKind
    unit_minor: int
    window: Window = ALWAYS
    room: str | None = None
    group: str | None = None
    min_qty: int | None = None
    left: int | None = None
    per_buyer_left: int | None = None
    is_exclusive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Presale:
    """A deposit per unit that later counts as `credit_minor`, which is at least the deposit."""

    stage: PresaleStage
    deposit_minor: int
    credit_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One sku in the cart, with the prices offered for it.

    `reference_price_minor` is the price just before the promotion. `discount_cap_bps` stands in
    for the festival's where it is given.
    """

    id: str
    sku: str
    seller: str
    qty: int
    list_price_minor: int
    reference_price_minor: int
    floor_price_minor: int = 0
    discount_cap_bps: int | None = None
    tags: frozenset[str] = frozenset()
    room: str | None = None
    group: str | None = None
    prices: tuple[OfferedPrice, ...] = ()
    presale: Presale | None = None

    @property
    def is_deposit(self) -> bool:
        """Only its deposit is owed now; the line takes no part in the stages."""
        return self.presale is not None and self.presale.stage is PresaleStage.DEPOSIT

    @property
    def deposit_paid_minor(self) -> int:
        """Deposit already paid per unit: 0 unless the balance is being paid."""
        if self.presale is None or self.is_deposit:
            return 0
        return self.presale.deposit_minor

    @property
    def bonus_minor(self) -> int:
        """What the deposit counts for beyond itself, per unit, when the balance is paid."""
        if self.presale is None or self.is_deposit:
            return 0
        return self.presale.credit_minor - self.presale.deposit_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which lines a rule reaches: every condition that is present holds; absent ones are `None`.

    One of `tags` is enough; none of `exclude_tags` may be there. An empty set lets nothing in
    (and an empty `exclude_tags` keeps nothing out).
    """

    sellers: frozenset[str] | None = None
    skus: frozenset[str] | None = None
    rooms: frozenset[str] | None = None
    tags: frozenset[str] | None = None
    exclude_tags: frozenset[str] | None = None

    def covers(self, line: Line) -> bool:
        """Say whether a line satisfies every part that is given; a missing part asks nothing."""
        return (
            (self.sellers is None or line.seller in self.sellers)
            and (self.skus is None or line.sku in self.skus)
            and (self.rooms is None or line.room in self.rooms)
            and (self.tags is None or not self.tags.isdisjoint(line.tags))
            and (self.exclude_tags is None or self.exclude_tags.isdisjoint(line.tags))
        )


EVERYTHING = Scope()


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedOff:
    """An amount off, at most the whole."""

    off_minor: int

    def taken_from(self, amount_minor: int) -> int:
        return min(self.off_minor, amount_minor)


@dataclass(frozen=True, slots=True, kw_only=True)
class PercentOff:
    """A part of the amount, rounded down, at most `max_off_minor`."""

    percent_bps: int
    max_off_minor: int | None = None

    def taken_from(self, amount_minor: int) -> int:
        off_minor = amount_minor * self.percent_bps // BPS_WHOLE
        return off_minor if self.max_off_minor is None else min(off_minor, self.max_off_minor)


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatedOff:
    """`off_minor` once per full `every_minor` of the amount, at most `times_max` times."""

    off_minor: int
    every_minor: int
    times_max: int | None = None

    def count_steps(self, amount_minor: int) -> int:
        steps = amount_minor // self.every_minor
        return steps if self.times_max is None else min(steps, self.times_max)

    def taken_from(self, amount_minor: int) -> int:
        return min(self.off_minor * self.count_steps(amount_minor), amount_minor)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendSave:
    """From a threshold on (`None`: always), a discount on the in-scope amount."""

    id: str
    seller: str
    discount: FixedOff | PercentOff | RepeatedOff
    threshold_minor: int | None = None
    scope: Scope = EVERYTHING
    window: Window = ALWAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class NthUnit:
    """Of every full `n` in-scope units, dearest first, the last gets a part of its price off."""

    id: str
    seller: str
    n: int
    percent_bps: int
    scope: Scope = EVERYTHING
    window: Window = ALWAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Sets of so many units of each sku for one price per set."""

    id: str
    seller: str
    units_by_sku: Mapping[str, int]
    price_minor: int
    scope: Scope = EVERYTHING
    window: Window = ALWAYS


Offer = SpendSave | NthUnit | Bundle


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossStore:
    """A programme over all sellers: every S minus D."""

    id: str
    discount: RepeatedOff
    scope: Scope = EVERYTHING
    window: Window = ALWAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupon:
    """A coupon in the buyer's wallet; `seller` is set exactly when a seller issued it."""

    id: str
    issuer: Issuer
    discount: FixedOff | PercentOff
    seller: str | None = None
    threshold_minor: int | None = None
    scope: Scope = EVERYTHING
    window: Window = ALWAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingRule:
    """A seller's fee, and the amount from which it is waived (`None`: never)."""

    fee_minor: int
    free_from_minor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Festival:
    """The festival's own limits; the cap is the most that may be taken off the reference price."""

    currency: str
    discount_cap_bps: int = BPS_WHOLE
    platform_coupons_max: int = 1
    red_packets_max: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    id: str | None = None
    member_of: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class CartRequest:
    """Everything that a price depends on. `shipping` is by seller."""

    at: datetime
    festival: Festival
    lines: tuple[Line, ...]
    buyer: Buyer = field(default_factory=Buyer)
    offers: tuple[Offer, ...] = ()
    cross_store: tuple[CrossStore, ...] = ()
    coupons: tuple[Coupon, ...] = ()
    shipping: Mapping[str, ShippingRule] = field(default_factory=dict)
