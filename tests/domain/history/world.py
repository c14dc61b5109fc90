"""A clean history of two buyers, and the database that it left, as plain values."""

from dataclasses import replace

from chophien.domain.history.books import Books
from chophien.domain.history.clocks import Clock
from chophien.domain.history.facts import (
    Attempt,
    Hold,
    Line,
    Order,
    Part,
    Price,
    PriceUse,
    Ready,
    Result,
    Stock,
)
from chophien.domain.history.findings import Findings
from chophien.domain.history.keys import Keys
from chophien.domain.history.limits import check_limits
from chophien.domain.history.refusals import Refusals
from chophien.domain.history.units import check_allotments, check_orphans, check_stock

SECOND = 1_000_000
NOW = 1_800_000_000 * SECOND
AHEAD = 5_000 * SECOND  # the database's clock before the client's
DUE = 115_000
RELEASED_AFTER_US = 60 * SECOND
PHONES = {1: "0901234567", 2: "0907654321"}
FLASH = Price(
    id=7, sku_id=3, kind="flash", allotment=4, taken=3, per_buyer_max=2,
    starts_us=NOW - 3600 * SECOND, ends_us=NOW + 3600 * SECOND, closed_us=None,
)  # fmt: skip
READY = [
    Ready(
        sku_id=3, quantity=units, price_id=7, due_minor=due, starts_us=NOW - 3600 * SECOND,
        ends_us=NOW + 3600 * SECOND, retired_us=None,
    )
    for units, due in ((1, DUE), (2, 205_000))
]  # fmt: skip
STOCK = Stock(sku_id=3, on_hand=10, free=6, set_aside=1, held=3, sold=0)


def make_order(key, number, *, user=1, units=1, at_s=1, state="placed"):
    due = DUE if units == 1 else 205_000
    holds = {"placed": "held", "paid": "committed", "expired": "released"}
    payments = {"placed": "awaiting", "paid": "paid", "expired": "expired"}
    return Order(
        key=key, number=number, user_id=user, phone=PHONES[user], due_minor=due,
        placed_us=NOW + at_s * SECOND,
        parts=(
            Part(
                state=state, due_minor=due, expires_us=NOW + (at_s + 900) * SECOND,
                lines=(Line(sku_id=3, quantity=units, price_id=7, kind="flash", quote_line="3"),),
                holds=(Hold(sku_id=3, quantity=units, state=holds[state]),),
                payments=((due, payments[state]),),
            ),
        ),
    )  # fmt: skip


def make_attempt(key, *, user=1, units=1, at_s=1, lasts_us=2_000, **fields):
    """Asked a thousandth of a second before that instant of the database's clock."""
    asked_us = NOW + at_s * SECOND - AHEAD - 1_000
    due = DUE if units == 1 else 205_000
    return Attempt(
        client="c1", clock="here", key=key, user_id=user,
        buyer_keys=(f"u:{user}", f"p:{user}"), sku_id=3, quantity=units, due_minor=due,
        asked_us=asked_us, told_us=asked_us + lasts_us, **fields,
    )  # fmt: skip


def ok(key, number, **fields):
    attempt = make_attempt(key, result=Result.OK, outcome="confirmed", order=number, **fields)
    attempt.told_due_minor, attempt.is_new = attempt.due_minor, fields.get("is_new", True)
    return attempt


def refused(key, outcome, **fields):
    return make_attempt(key, result=Result.REFUSED, outcome=outcome, **fields)


def unknown(key, **fields):
    return make_attempt(key, **fields)


class World:
    """A clean history of two buyers, and the database that it left."""

    def __init__(self):
        self.orders = [
            make_order("k1", "CP1", units=2),
            make_order("k2", "CP2", user=2, at_s=2),
        ]
        self.attempts = [
            ok("k1", "CP1", units=2),
            refused("k3", "limit_reached", at_s=1.5),
            unknown("k2", user=2, at_s=2),
            ok("k2", "CP2", user=2, at_s=3, is_new=False),
            refused("k4", "sold_out", user=2, units=2, at_s=4),
            refused("k5", "busy", user=2, at_s=5),
        ]
        self.stock = [STOCK]
        self.prices = [FLASH]
        self.ready = list(READY)
        self.uses = [
            PriceUse(price_id=7, buyer=buyer, units=units)
            for buyer, units in (("u:1", 2), ("p:1", 2), ("u:2", 1), ("p:2", 1))
        ]
        self.phones = [(PHONES[1], "p:1"), (PHONES[2], "p:2")]
        self.orphans = {"orders_orderline": 0}

    def check(self, *, is_shared=False):
        findings = Findings()
        books = Books(findings, self.prices, released_after_us=RELEASED_AFTER_US)
        for order in self.orders:
            books.take_in(order)
        keys = Keys(books, findings)
        for attempt in self.attempts:
            keys.take_in(attempt)
        keys.clocks.setdefault("here", Clock()).assume(AHEAD, 1_000)
        keys.check_orders(is_shared=is_shared)
        check_stock(self.stock, books, findings)
        check_allotments(books, findings)
        check_orphans(self.orphans, findings)
        check_limits(self.uses, books, dict(self.phones), findings)
        refusals = Refusals(books, keys, self.phones, findings)
        refusals.know(self.stock, self.ready)
        for attempt in self.attempts:
            refusals.take_in(attempt)
        self.unjudged = refusals.unjudged
        return findings

    def change_part(self, place, **fields):
        order = self.orders[place]
        self.orders[place] = replace(order, parts=(replace(order.parts[0], **fields),))

    def drop_second(self):
        """The second order was never there, and nothing speaks of it any more."""
        del self.orders[1]
        self.stock = [replace(STOCK, held=2, set_aside=2)]
        self.prices = [replace(FLASH, taken=2)]
        self.uses = self.uses[:2]
        self.attempts = [each for each in self.attempts if each.outcome != "sold_out"]

    def forget_key(self, key):
        """Nobody asked with it."""
        self.attempts = [each for each in self.attempts if each.key != key]
