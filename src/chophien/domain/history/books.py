"""What the orders of a database add up to; taken in one by one, each seen to be whole."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from chophien.domain.history.facts import Line, Order, Part, Price
from chophien.domain.history.findings import Findings, Law
from chophien.domain.history.usage import Usage

PLACED, PAID, EXPIRED = "placed", "paid", "expired"
# How units of a stall order are held, and how its payment stands, by its state.
_HOLD_STATES = {PLACED: "held", PAID: "committed", EXPIRED: "released"}
_PAYMENT_STATES = {PLACED: "awaiting", PAID: "paid", EXPIRED: "expired"}


@dataclass(slots=True, kw_only=True)
class Made:
    """What stays known of an order: one of several goods has no `wish` that a lane could serve."""

    number: str
    wish: tuple[int | None, int, int]
    due_minor: int
    placed_us: int
    expires_us: int
    is_paid: bool


Use = tuple[int, int | None, int]
"""Units in use: from when, until when (`None`: still), how many."""


class Books:
    """The sums that other laws are held against.

    Args:
        findings: where faults go.
        prices: all with an allotment, and what else the lane sells at.
        released_after_us: an order that was not paid is taken to have its units until so long
            after its hold ended. The database does not note when a worker let go of it; too
            short makes refusals look false, too long excuses them.
    """

    def __init__(
        self, findings: Findings, prices: Iterable[Price], *, released_after_us: int
    ) -> None:
        self._released_after_us = released_after_us
        self.prices = {price.id: price for price in prices}
        self.made: dict[str, Made] = {}
        self.placed_units: Counter[int] = Counter()
        self.paid_units: Counter[int] = Counter()
        self.price_units: Counter[int] = Counter()
        self.free_usage: defaultdict[int, Usage] = defaultdict(Usage)
        self.price_usage: defaultdict[int, Usage] = defaultdict(Usage)
        self.free_live: Counter[int] = Counter()
        self.by_user: defaultdict[tuple[int, int], list[Use]] = defaultdict(list)
        self.by_phone: defaultdict[tuple[int, str], list[Use]] = defaultdict(list)
        self._findings = findings

    def take_in(self, order: Order) -> None:
        """Add an order up and see whether it is whole and the only one of its key."""
        self._check_whole(order)
        for part in order.parts:
            for line in part.lines:
                self._count(order, part, line)
        self._findings.checked[Law.ONCE] += 1
        other = self.made.get(order.key)
        if other is not None:
            self._findings.add(
                Law.ONCE, f"key {order.key} has two orders: {other.number} and {order.number}"
            )
            return
        self.made[order.key] = _shorten(order)

    def _check_whole(self, order: Order) -> None:
        self._findings.checked[Law.CONFIRMED] += 1
        faults = [fault for part in order.parts for fault in _list_gaps(part)]
        if not order.parts:
            faults.append("has no stall order")
        elif sum(part.due_minor for part in order.parts) != order.due_minor:
            faults.append("its stall orders do not make its sum")
        for fault in faults:
            self._findings.add(Law.CONFIRMED, f"order {order.number}: {fault}")

    def _count(self, order: Order, part: Part, line: Line) -> None:
        if not line.is_ordinary:
            return
        is_live = part.state != EXPIRED
        if is_live:
            units = self.paid_units if part.state == PAID else self.placed_units
            units[line.sku_id] += line.quantity
        until_us = None if is_live else part.expires_us + self._released_after_us
        price = None if line.price_id is None else self.prices.get(line.price_id)
        if price is None or price.allotment is None:
            self.free_usage[line.sku_id].take(
                line.quantity, at_us=order.placed_us, until_us=until_us
            )
            self.free_live[line.sku_id] += line.quantity * is_live
            return
        self.price_units[price.id] += line.quantity * is_live
        self.price_usage[price.id].take(line.quantity, at_us=order.placed_us, until_us=until_us)
        if price.per_buyer_max is not None:
            use = order.placed_us, until_us, line.quantity
            if order.user_id is not None:
                self.by_user[price.id, order.user_id].append(use)
            if order.phone:
                self.by_phone[price.id, order.phone].append(use)


def _list_gaps(part: Part) -> list[str]:
    """What a stall order should have and has not."""
    faults = []
    if not part.lines:
        faults.append("has no line")
    wanted: Counter[int] = Counter()
    for line in part.lines:
        if line.is_ordinary:
            wanted[line.sku_id] += line.quantity
    held: Counter[int] = Counter()
    for hold in part.holds:
        if hold.state == _HOLD_STATES[part.state]:
            held[hold.sku_id] += hold.quantity
        elif hold.state != "released":
            faults.append(f"is {part.state} and has a hold that is {hold.state}")
    # Paid for after it had expired, an order has the hold that it had before, too: released.
    if held != wanted and not (part.state == EXPIRED and held > wanted):
        faults.append(f"its holds are {dict(held)}, its units {dict(wanted)}")
    if part.payments != ((part.due_minor, _PAYMENT_STATES[part.state]),):
        faults.append(
            f"its payments are {list(part.payments)}, its due {part.due_minor} {part.state}"
        )
    return faults


def _shorten(order: Order) -> Made:
    lines = [line for part in order.parts for line in part.lines]
    is_single = len(lines) == 1 and lines[0].is_ordinary
    return Made(
        number=order.number,
        wish=(order.user_id, lines[0].sku_id, lines[0].quantity) if is_single else (None, 0, 0),
        due_minor=order.due_minor,
        placed_us=order.placed_us,
        expires_us=max((part.expires_us for part in order.parts), default=0),
        is_paid=any(part.state == PAID for part in order.parts),
    )
