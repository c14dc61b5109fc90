"""What is no fault, and where a law begins."""

from dataclasses import replace

import pytest
from tests.domain.history.world import (
    FLASH,
    NOW,
    RELEASED_AFTER_US,
    SECOND,
    STOCK,
    World,
    make_order,
    refused,
    unknown,
)

from chophien.domain.history.facts import Hold
from chophien.domain.history.findings import FAULTS_KEPT_MAX, Law
from chophien.domain.history.refusals import READ_LAG_US


@pytest.fixture
def world():
    return World()


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
    world.forget_key("k2")

    assert set(world.check().faults) == {Law.ONCE}
    assert dict(world.check(is_shared=True).faults) == {}


def test_orders_from_before_the_first_attempt_are_nobodys_fault(world):
    world.orders[1].placed_us = NOW - SECOND
    world.forget_key("k2")

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
