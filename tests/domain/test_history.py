"""The laws between histories and database, each with a fault that it alone finds."""

from dataclasses import replace

import pytest

from chophien.domain.history.books import RELEASED_AFTER_US, Books
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
from chophien.domain.history.findings import FAULTS_KEPT_MAX, Findings, Law
from chophien.domain.history.keys import Keys
from chophien.domain.history.limits import check_limits
from chophien.domain.history.refusals import READ_LAG_US, Refusals
from chophien.domain.history.units import check_allotments, check_orphans, check_stock
from chophien.domain.history.usage import Usage

SECOND = 1_000_000
NOW = 1_800_000_000 * SECOND
AHEAD = 5_000 * SECOND  # the database's clock before the client's
DUE = 115_000
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
        books = Books(findings, self.prices)
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


@pytest.fixture
def world():
    return World()


def test_clean_history_breaks_no_law(world):
    findings = world.check()

    assert dict(findings.faults) == {}
    assert findings.is_clean
    assert dict(findings.checked) == {
        Law.UNITS: 7, Law.CONFIRMED: 5, Law.ONCE: 6, Law.LIMITS: 8, Law.REFUSALS: 2,
    }  # fmt: skip
    assert world.unjudged == {"busy": 1}


def move_a_unit(world):
    world.stock = [replace(STOCK, free=7, held=2)]


def lose_a_unit(world):
    world.stock = [replace(STOCK, free=5)]


def sell_above_the_allotment(world):
    world.prices = [replace(FLASH, allotment=2)]
    world.stock = [replace(STOCK, set_aside=-1, free=8)]
    world.attempts = [each for each in world.attempts if each.outcome != "sold_out"]


def miscount_the_allotment(world):
    world.prices = [replace(FLASH, taken=2)]
    world.stock = [replace(STOCK, set_aside=2, free=5)]


def forget_the_row_of_stock(world):
    world.stock = []


def let_go_of_set_aside_units(world):
    world.stock = [replace(STOCK, set_aside=0, free=7)]


def lose_a_confirmed_order(world):
    world.drop_second()


def rename_an_order(world):
    world.orders[1].number = "CP9"


def change_the_sum(world):
    world.orders[1].due_minor = 1
    world.change_part(1, due_minor=1, payments=((1, "awaiting"),))


def change_the_sum_of_a_part(world):
    world.change_part(1, due_minor=1, payments=((1, "awaiting"),))


def give_it_to_another(world):
    world.orders[1].user_id = 9
    world.uses[2] = replace(world.uses[2], buyer="u:9")


def hold_it_for_less_long(world):
    world.attempts[0].held_until_us = NOW + 2_000 * SECOND


def lose_a_hold(world):
    world.change_part(1, holds=())


def hold_another_sku(world):
    world.change_part(1, holds=(Hold(sku_id=4, quantity=1, state="held"),))


def let_a_hold_go(world):
    world.change_part(1, holds=(Hold(sku_id=3, quantity=1, state="released"),))


def sell_a_hold_unpaid(world):
    hold = Hold(sku_id=3, quantity=1, state="committed")
    world.change_part(1, holds=(*world.orders[1].parts[0].holds, hold))


def lose_a_payment(world):
    world.change_part(1, payments=())


def ask_for_two_payments(world):
    world.change_part(1, payments=((DUE, "awaiting"),) * 2)


def leave_rows_of_no_order(world):
    world.orphans = {"orders_orderline": 1}


def write_an_order_twice(world):
    world.drop_second()
    world.orders.append(make_order("k1", "CP2", user=2, at_s=2))
    again = World()
    world.stock, world.prices, world.uses = again.stock, again.prices, again.uses
    world.attempts = [each for each in again.attempts if each.key != "k2"]


def tell_two_numbers(world):
    world.attempts.append(ok("k2", "CP8", user=2, at_s=4))


def order_unasked(world):
    world.attempts = [each for each in world.attempts if each.key != "k2"]


def order_what_was_refused(world):
    world.attempts[2:4] = [refused("k2", "busy", user=2, at_s=2)]


def order_what_nobody_wished(world):
    world.attempts[2:4] = [unknown("k2", user=2, units=2, at_s=2)]


def go_over_the_limit(world):
    world.prices = [replace(FLASH, per_buyer_max=1)]


def forget_a_use(world):
    world.uses.pop()


def miscount_a_use(world):
    world.uses[0] = replace(world.uses[0], units=1)


def count_for_a_stranger(world):
    world.uses.append(PriceUse(price_id=7, buyer="p:9", units=1))


def say_sold_out_too_early(world):
    world.attempts.append(refused("k6", "sold_out", user=3, at_s=1.9))


def say_sold_out_when_one_is_left(world):
    world.attempts.append(refused("k6", "sold_out", user=3, at_s=9))


def refuse_below_the_limit(world):
    world.attempts.append(refused("k6", "limit_reached", user=2, at_s=9))


def refuse_a_new_buyer(world):
    world.attempts.append(refused("k6", "limit_reached", user=3, at_s=9))


def say_the_price_changed(world):
    world.attempts.append(refused("k6", "price_changed", user=3, at_s=9))


def say_it_is_closed(world):
    world.attempts.append(refused("k6", "closed", user=3, at_s=9))


def say_the_key_was_reused(world):
    world.attempts.append(refused("k6", "key_reused", user=3, at_s=9))


def refuse_what_is_ordered(world):
    world.attempts.append(refused("k2", "sold_out", user=2, at_s=9))


@pytest.mark.parametrize(
    ("law", "plant"),
    [
        (Law.UNITS, move_a_unit),
        (Law.UNITS, lose_a_unit),
        (Law.UNITS, sell_above_the_allotment),
        (Law.UNITS, miscount_the_allotment),
        (Law.UNITS, forget_the_row_of_stock),
        (Law.UNITS, let_go_of_set_aside_units),
        (Law.CONFIRMED, lose_a_confirmed_order),
        (Law.CONFIRMED, rename_an_order),
        (Law.CONFIRMED, change_the_sum),
        (Law.CONFIRMED, change_the_sum_of_a_part),
        (Law.CONFIRMED, give_it_to_another),
        (Law.CONFIRMED, hold_it_for_less_long),
        (Law.CONFIRMED, lose_a_hold),
        (Law.CONFIRMED, hold_another_sku),
        (Law.CONFIRMED, let_a_hold_go),
        (Law.CONFIRMED, sell_a_hold_unpaid),
        (Law.CONFIRMED, lose_a_payment),
        (Law.CONFIRMED, ask_for_two_payments),
        (Law.CONFIRMED, leave_rows_of_no_order),
        (Law.ONCE, write_an_order_twice),
        (Law.ONCE, tell_two_numbers),
        (Law.ONCE, order_unasked),
        (Law.ONCE, order_what_was_refused),
        (Law.ONCE, order_what_nobody_wished),
        (Law.LIMITS, go_over_the_limit),
        (Law.LIMITS, forget_a_use),
        (Law.LIMITS, miscount_a_use),
        (Law.LIMITS, count_for_a_stranger),
        (Law.REFUSALS, say_sold_out_too_early),
        (Law.REFUSALS, say_sold_out_when_one_is_left),
        (Law.REFUSALS, refuse_below_the_limit),
        (Law.REFUSALS, refuse_a_new_buyer),
        (Law.REFUSALS, say_the_price_changed),
        (Law.REFUSALS, say_it_is_closed),
        (Law.REFUSALS, say_the_key_was_reused),
        (Law.REFUSALS, refuse_what_is_ordered),
    ],
)
def test_planted_fault_is_found_by_its_law_alone(world, law, plant):
    plant(world)

    findings = world.check()

    assert set(findings.faults) == {law}


def test_expired_orders_count_no_more(world):
    world.orders[1] = make_order("k2", "CP2", user=2, at_s=2, state="expired")
    world.stock = [replace(STOCK, held=2, set_aside=2)]
    world.prices = [replace(FLASH, taken=2)]
    world.uses[2:] = [replace(use, units=0) for use in world.uses[2:]]

    assert dict(world.check().faults) == {}


def test_paid_orders_are_sold(world):
    world.orders[1] = make_order("k2", "CP2", user=2, at_s=2, state="paid")
    world.stock = [replace(STOCK, held=2, sold=1)]

    assert dict(world.check().faults) == {}


def test_paid_late_it_may_have_the_hold_that_was_let_go(world):
    world.orders[1] = make_order("k2", "CP2", user=2, at_s=2, state="paid")
    released = Hold(sku_id=3, quantity=1, state="released")
    world.change_part(1, holds=(released, *world.orders[1].parts[0].holds))
    world.stock = [replace(STOCK, held=2, sold=1)]

    assert dict(world.check().faults) == {}


def test_order_without_any_part_is_not_whole(world):
    world.orders.append(replace(make_order("k9", "CP9", at_s=5), parts=(), due_minor=0))
    world.attempts.append(unknown("k9", at_s=5))

    faults = world.check().faults

    assert faults[Law.CONFIRMED] == ["order CP9: has no stall order"]


def test_order_of_somebody_without_history_is_a_fault_unless_the_fair_is_shared(world):
    order_unasked(world)

    assert set(world.check().faults) == {Law.ONCE}
    assert dict(world.check(is_shared=True).faults) == {}


def test_orders_from_before_the_first_attempt_are_nobodys_fault(world):
    world.orders[1].placed_us = NOW - SECOND
    order_unasked(world)

    findings = world.check()

    assert dict(findings.faults) == {}
    assert findings.notes == ["1 orders are older than the first attempt"]


def test_units_of_reservations_and_those_that_came_back_are_told_apart(world):
    world.stock = [
        replace(
            STOCK, on_hand=20, free=6, set_aside=6, held=5, sold=3,
            reserved=2, bought=4, restocked=1, presale_rest=5,
        )
    ]  # fmt: skip

    assert dict(world.check().faults) == {}


def test_buyers_of_unknown_phone_are_compared_by_their_units(world):
    del world.phones[1]

    assert dict(world.check().faults) == {}

    world.uses[3] = replace(world.uses[3], units=2)
    assert set(world.check().faults) == {Law.LIMITS}


def test_price_that_was_retired_may_be_called_changed(world):
    world.ready[0] = replace(world.ready[0], retired_us=NOW)
    world.attempts.append(refused("k6", "price_changed", user=3, at_s=9))

    assert dict(world.check().faults) == {}


def test_quote_that_is_very_new_need_not_be_known(world):
    world.ready[0] = replace(world.ready[0], starts_us=NOW + 9 * SECOND - READ_LAG_US)
    world.attempts.append(refused("k6", "price_changed", user=3, at_s=9))

    assert dict(world.check().faults) == {}


def test_before_it_opens_and_after_its_end_it_is_closed(world):
    world.attempts.append(refused("k6", "closed", user=3, at_s=-3_601))
    world.attempts.append(refused("k7", "closed", user=3, at_s=3_600))

    assert dict(world.check().faults) == {}


def test_key_of_two_wishes_is_reused(world):
    world.attempts.append(refused("k1", "key_reused", at_s=9))

    assert dict(world.check().faults) == {}


def test_without_a_flash_price_free_units_decide(world):
    world.prices, world.ready, world.uses = [], [], []
    world.stock = [replace(STOCK, free=1, set_aside=0, on_hand=4)]
    world.attempts[1] = refused("k3", "sold_out", units=2, at_s=1.5)
    assert set(world.check().faults) == {Law.REFUSALS}

    world.attempts[1] = refused("k3", "sold_out", units=2, at_s=2.5)
    assert dict(world.check().faults) == {}


def test_what_a_closed_price_gave_back_was_not_free_before(world):
    world.prices = [replace(FLASH, closed_us=NOW + 5 * SECOND, ends_us=NOW + 4 * SECOND)]
    world.stock = [replace(STOCK, free=1, set_aside=0, on_hand=4)]
    later = int(READ_LAG_US / SECOND) + 5
    world.attempts.append(refused("k6", "sold_out", user=3, at_s=later))
    assert set(world.check().faults) == {Law.REFUSALS}

    world.prices = [replace(world.prices[0], closed_us=NOW + 30 * SECOND)]
    assert dict(world.check().faults) == {}


def test_faults_beyond_many_are_counted_only(world):
    world.attempts += [
        refused(f"x{number}", "sold_out", user=3, at_s=9) for number in range(FAULTS_KEPT_MAX + 5)
    ]

    findings = world.check()

    assert len(findings.faults[Law.REFUSALS]) == FAULTS_KEPT_MAX
    assert findings.fault_counts[Law.REFUSALS] == FAULTS_KEPT_MAX + 5


def test_units_in_use_over_time():
    usage = Usage()
    usage.take(2, at_us=10, until_us=30)
    usage.take(1, at_us=20)
    usage.take(3, at_us=30)

    assert [usage.find_most(at, at) for at in (9, 10, 20, 29, 31)] == [0, 2, 3, 3, 4]
    assert usage.find_most(30, 30) == 6  # taken before the others were let go, for all one knows
    assert usage.find_most(0, 100) == 6
    assert usage.find_most(40, 50) == 4


def test_unpaid_units_count_until_they_are_surely_let_go(world):
    world.orders[0] = make_order("k1", "CP1", units=2, state="expired")
    world.stock = [replace(STOCK, held=1, set_aside=3)]
    world.prices = [replace(FLASH, taken=1)]
    world.uses[:2] = [replace(use, units=0) for use in world.uses[:2]]
    let_go_s = 901 + RELEASED_AFTER_US // SECOND
    world.attempts.append(refused("k6", "sold_out", user=3, units=2, at_s=let_go_s - 1))
    assert dict(world.check().faults) == {}

    world.attempts.append(refused("k7", "sold_out", user=3, units=2, at_s=let_go_s + 1))
    assert set(world.check().faults) == {Law.REFUSALS}


def test_every_order_narrows_down_how_far_clocks_are_apart():
    clock = Clock()
    clock.learn(make_attempt("k", at_s=1), NOW + SECOND)
    clock.learn(make_attempt("k", at_s=2, lasts_us=1_500), NOW + 2 * SECOND)

    assert clock.bounds == (AHEAD - 500, AHEAD + 1_000)
    assert clock.is_steady


def test_stepped_clock_makes_every_difference_possible():
    clock = Clock()
    clock.learn(make_attempt("k", at_s=1), NOW + SECOND)
    clock.learn(make_attempt("k", at_s=2), NOW + 9 * SECOND)

    assert not clock.is_steady
    assert clock.bounds == (AHEAD + 1_000, AHEAD + 7 * SECOND - 1_000)


def test_difference_is_taken_for_granted_only_where_no_order_tells():
    known, unknown_clock = Clock(), Clock()
    known.learn(make_attempt("k", at_s=1), NOW + SECOND)
    known.assume(0, 0)
    unknown_clock.assume(50, 7)

    assert known.bounds == (AHEAD - 1_000, AHEAD + 1_000)
    assert unknown_clock.bounds == (43, 57)
