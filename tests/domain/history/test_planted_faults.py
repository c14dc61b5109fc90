"""Each law with faults that it alone finds."""

from dataclasses import replace

import pytest
from tests.domain.history.world import (
    DUE,
    FLASH,
    NOW,
    SECOND,
    STOCK,
    World,
    make_order,
    ok,
    refused,
    unknown,
)

from chophien.domain.history.facts import Hold, PriceUse
from chophien.domain.history.findings import Law


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
    world.forget_key("k2")


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
