"""`chophien check-history` on a database: every law notices what is changed behind its back."""

from uuid import UUID

import pytest
from django.db import connection
from tests.apps.history_fair import DUES, SECOND, Fair
from tests.factories import OPENING

from chophien.apps.inventory.models import Stock
from chophien.apps.payments.services import expire_unpaid
from chophien.config.check_history import Task, check, render
from chophien.config.cli import main
from chophien.domain.history.facts import Result
from chophien.domain.history.findings import Law
from chophien.domain.limits import HOLD_TIME
from chophien.wire.histories import Told


def examine(fair):
    """Check through the test's own connection: nothing of it is committed."""
    fair.write()
    connection.ensure_connection()
    return check(connection.connection, [fair.path], Task(paths=[]))


@pytest.fixture
def fair(festival, tmp_path):
    return Fair(festival, tmp_path)


def execute(*statements):
    """Change rows past every trigger that would not let it."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in statements:
            cursor.execute(statement)


def test_what_shops_do_breaks_no_law(fair):
    findings = examine(fair)

    assert dict(findings.faults) == {}
    assert findings.checked == {
        Law.UNITS: 7, Law.CONFIRMED: 8, Law.ONCE: 6, Law.LIMITS: 6, Law.REFUSALS: 3,
    }  # fmt: skip


def test_nor_do_orders_that_are_let_go_or_paid(fair):
    expire_unpaid(at=OPENING + HOLD_TIME)

    assert Stock.objects.get().held == 1
    assert dict(examine(fair).faults) == {}


def test_it_asks_for_orders_that_nobody_confirmed_only_once(fair):
    fair.ask(UUID(int=3), user=2, units=1, at=OPENING + 9 * SECOND)

    findings = examine(fair)

    assert dict(findings.faults) == {}
    assert "1 attempts without an answer" in findings.notes


def move_a_unit(fair):
    execute("UPDATE inventory_stock SET free = free + 1, held = held - 1")


def invent_a_unit(fair):
    execute(
        "ALTER TABLE inventory_stock DROP CONSTRAINT stock_law",
        "UPDATE inventory_stock SET on_hand = on_hand + 1",
    )


def give_a_unit_back(fair):
    execute("UPDATE promotions_offeredprice SET taken = taken - 1")


def delete_a_hold(fair):
    execute("DELETE FROM inventory_hold WHERE quantity = 1")


def move_a_hold(fair):
    execute("UPDATE inventory_hold SET sku_id = sku_id + 1 WHERE quantity = 1")


def delete_a_payment(fair):
    execute("DELETE FROM payments_payment WHERE amount_minor = 115000")


def delete_a_line(fair):
    """And what its units had moved."""
    execute(
        "DELETE FROM orders_orderline WHERE quantity = 1",
        "DELETE FROM inventory_hold WHERE quantity = 1",
        "UPDATE inventory_stock SET held = held - 1, set_aside = set_aside + 1",
        "UPDATE promotions_offeredprice SET taken = taken - 1",
        "UPDATE promotions_priceuse SET units = units - 1 WHERE units IN (1, 3)",
    )
    del fair.lines[5:9]  # at that count nobody was refused


def delete_an_order(fair):
    """As if it had never been."""
    delete_a_line(fair)
    execute(
        "DELETE FROM payments_payment WHERE amount_minor = 115000",
        "DELETE FROM orders_stallorder WHERE due_minor = 115000",
        "DELETE FROM orders_order WHERE due_minor = 115000",
    )


def delete_the_head_of_an_order(fair):
    execute("DELETE FROM orders_order WHERE due_minor = 115000")
    execute("UPDATE promotions_priceuse SET units = units - 1 WHERE units IN (1, 3)")
    execute("UPDATE inventory_stock SET held = held - 1, set_aside = set_aside + 1")
    execute("UPDATE promotions_offeredprice SET taken = taken - 1")
    del fair.lines[5:9]


def cheapen_an_order(fair):
    execute("UPDATE orders_order SET due_minor = due_minor - 1 WHERE due_minor = 115000")


def order_unasked(fair):
    execute("UPDATE promotions_offeredprice SET per_buyer_max = 9")
    del fair.lines[5:9]
    fair.place(UUID(int=9), user=2, units=1, at=OPENING + SECOND)


def order_twice(fair):
    order_unasked(fair)
    execute(
        "ALTER TABLE orders_order DROP CONSTRAINT orders_order_idempotency_key_key",
        f"UPDATE orders_order SET idempotency_key = '{UUID(int=1)}' "
        f"WHERE idempotency_key = '{UUID(int=9)}'",
    )


def tell_another_number(fair):
    fair.ask(UUID(int=1), user=0, units=2, at=OPENING + 5 * SECOND)
    fair.tell(Result.OK, "confirmed", OPENING + 5 * SECOND, order=fair.second.number, due=DUES[2])


def refuse_and_order(fair):
    fair.lines[2:3] = [
        Told(
            attempt=fair.lines[1].attempt, result=Result.REFUSED, outcome="busy",
            monotonic_us=fair.lines[2].monotonic_us, wall_us=0,
        )
    ]  # fmt: skip


def lower_the_limit(fair):
    execute("UPDATE promotions_offeredprice SET per_buyer_max = 2")


def forget_what_was_bought(fair):
    execute("DELETE FROM promotions_priceuse WHERE units = 1")


def count_too_little_for_a_phone(fair):
    execute("UPDATE promotions_priceuse SET units = 2 WHERE buyer LIKE 'p:%'")


def say_sold_out(fair):
    fair.refuse("sold_out", user=2, units=1, at=OPENING + 5 * SECOND)


def say_limit_reached(fair):
    fair.refuse("limit_reached", user=2, units=1, at=OPENING + SECOND / 2)


def say_price_changed(fair):
    fair.refuse("price_changed", user=2, units=1, at=OPENING + 5 * SECOND)


def say_closed(fair):
    fair.refuse("closed", user=2, units=1, at=OPENING + 5 * SECOND)


@pytest.mark.parametrize(
    ("law", "plant"),
    [
        (Law.UNITS, move_a_unit),
        (Law.UNITS, invent_a_unit),
        (Law.UNITS, give_a_unit_back),
        (Law.CONFIRMED, delete_a_hold),
        (Law.CONFIRMED, move_a_hold),
        (Law.CONFIRMED, delete_a_payment),
        (Law.CONFIRMED, delete_a_line),
        (Law.CONFIRMED, delete_an_order),
        (Law.CONFIRMED, delete_the_head_of_an_order),
        (Law.CONFIRMED, cheapen_an_order),
        (Law.ONCE, order_unasked),
        (Law.ONCE, order_twice),
        (Law.ONCE, tell_another_number),
        (Law.ONCE, refuse_and_order),
        (Law.LIMITS, lower_the_limit),
        (Law.LIMITS, forget_what_was_bought),
        (Law.LIMITS, count_too_little_for_a_phone),
        (Law.REFUSALS, say_sold_out),
        (Law.REFUSALS, say_limit_reached),
        (Law.REFUSALS, say_price_changed),
        (Law.REFUSALS, say_closed),
    ],
)
def test_planted_fault_is_found_by_its_law_alone(fair, law, plant):
    plant(fair)

    findings = examine(fair)

    assert set(findings.faults) == {law}, render(findings)


def test_report_names_laws_facts_and_faults(fair):
    say_sold_out(fair)

    lines = render(examine(fair)).splitlines()

    assert lines[0].split() == ["law", "facts", "faults"]
    assert lines[5].split()[:3] == ["refusals", "4", "1"]
    assert lines[-1].startswith("refusals: c was told sold_out for key ")
    assert lines[-1].endswith("1 units were left all the while, 1 were asked for")


def test_command_without_any_history_is_misuse(tmp_path, capsys):
    status = main(["check-history", str(tmp_path)])

    assert status == 2
    assert capsys.readouterr().err == "check-history: no history (*.jsonl) there\n"
