"""Simulations over the orders of a fair: what they read, how they run, stop and begin again."""

import gzip
import json
from datetime import timedelta

import pytest
from croniter import croniter
from procrastinate.contrib.django import app as current_app
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.factories import (
    OPENING,
    check_out,
    make_cart,
    make_order,
    make_price,
    make_sku,
    make_stall,
    make_user,
)

from chophien.apps.catalog.models import Sku
from chophien.apps.insight import services
from chophien.apps.insight.models import Simulation
from chophien.apps.insight.selectors import build_plan, forget_buyer, read_carts
from chophien.apps.insight.services import (
    ATTEMPTS_MAX,
    LOST_AFTER,
    File,
    Refused,
    Wish,
    begin_lost_again,
    start_simulation,
    stop_simulation,
    work_out_next,
)
from chophien.apps.orders.models import Order, StallOrder
from chophien.apps.promotions.models import Coupon, CrossStore, Offer, WalletCoupon
from chophien.domain.simulation.plan import parse_plan

TEN_OFF = {"off": 10_000}


@pytest.fixture
def honey(festival):
    return make_sku(make_stall("gian-mot"), price_minor=150_000, units=50)


@pytest.fixture
def organiser(db):
    return make_user("organiser")


def place(festival, *chosen):
    """Orders in the order in which they are placed, each with a number of its own."""
    make_order(festival, *chosen)


def clock():
    return OPENING


def wish(festival, **more):
    return Wish(orders_of_id=festival.id, plan_of_id=festival.id, plan_at=OPENING, **more)


def start(festival, organiser, **more):
    started = start_simulation(wish(festival, **more), by_id=organiser.id, at=OPENING)
    assert isinstance(started, Simulation)
    return started


def offer(stall, **more):
    return Offer.objects.create(
        stall=stall, kind="spend_save", rule=TEN_OFF, made_at=OPENING, **more
    )


def test_orders_are_priced_under_what_is_set_up_now(festival, honey, organiser):
    place(festival, (honey, 2))
    place(festival, (honey, 1))
    made = offer(honey.product.stall)
    Sku.objects.filter(id=honey.id).update(cost_price_minor=145_000)
    simulation = start(festival, organiser)

    assert work_out_next(clock)

    simulation.refresh_from_db()
    report = simulation.report
    assert simulation.state == "done"
    assert (simulation.carts_done, simulation.carts_total) == (2, 2)
    assert report["was"]["items_payable"] == 450_000
    assert report["planned"]["items_payable"] == 430_000
    assert [(each["id"], each["carts"]) for each in report["promotions"]] == [(f"o{made.id}", 2)]
    assert report["margins"][0]["sku"] == honey.code
    # 300,000 less 10,000 is what two cost; one at 140,000 is 5,000 short.
    lacking = [(each["cart"], each["lacking"]) for each in report["carts"]]
    assert lacking == [(Order.objects.get(due_minor=150_000 + 25_000).number, 5_000)]


def test_plan_has_all_that_is_open_at_the_instant_and_what_is_left_of_it(festival, honey):
    stall = honey.product.stall
    price = make_price(honey, unit_minor=90_000, allotment=5)
    made = offer(stall, budget_minor=100_000, spent_minor=30_000)
    offer(stall, ends_at=OPENING)
    programme = CrossStore.objects.create(
        festival=festival, rule={"every": 300_000, "off": 40_000}, made_at=OPENING
    )
    coupon = Coupon.objects.create(
        festival=festival, issuer="platform", way="claim", rule=TEN_OFF, count_max=7,
        made_at=OPENING,
    )  # fmt: skip
    order = check_out(make_cart((honey, 1)), festival).order
    WalletCoupon.objects.create(
        coupon=coupon, user=make_user("an"), nth=0, got_at=OPENING, order=order.id
    )

    document = build_plan(festival, OPENING)

    parse_plan(document)
    assert [each["id"] for each in document["offers"]] == [f"o{made.id}"]
    assert [each["id"] for each in document["cross_store"]] == [f"x{programme.id}"]
    assert [each["id"] for each in document["coupons"]] == [f"c{coupon.id}"]
    assert document["budgets"] == {f"o{made.id}": 100_000 - 30_000 - 10_000}
    assert document["counts"] == {f"c{coupon.id}": 6}
    (offered,) = document["prices"][honey.code]
    assert (offered["id"], offered["unit"], offered["left"]) == (str(price.id), 90_000, 4)


def test_building_a_plan_asks_a_fixed_number_of_questions(
    festival, honey, django_assert_num_queries
):
    for _ in range(3):
        make_price(make_sku(make_stall(f"gian-{_}")), unit_minor=90_000)

    with django_assert_num_queries(5):
        build_plan(festival, OPENING)


def test_nothing_personal_reaches_a_simulation(festival, honey, organiser):
    place(festival, (honey, 1))
    order = Order.objects.get()
    simulation = start(festival, organiser)

    (cart,) = read_carts(simulation)

    assert cart.request.buyer.id not in {order.request["buyer"]["id"], None}
    work_out_next(clock)
    kept = json.dumps(Simulation.objects.values("plan", "report").get())
    for secret in (order.recipient, order.phone, order.street, order.request["buyer"]["id"]):
        assert secret not in kept


def test_a_buyer_stays_the_same_under_the_hash():
    first, again, other = (forget_buyer({"buyer": {"id": own_id}}) for own_id in ("b1", "b1", "b2"))

    assert first == again
    assert first != other
    assert forget_buyer("nonsense") == "nonsense"


def test_orders_that_nobody_paid_are_left_out(festival, honey, organiser):
    place(festival, (honey, 1))
    place(festival, (honey, 2))
    first = Order.objects.order_by("number")[0]
    StallOrder.objects.filter(order=first).update(state="expired")

    simulation = start(festival, organiser)

    assert simulation.carts_total == 1
    assert [cart.name for cart in read_carts(simulation)] == [
        Order.objects.exclude(id=first.id).get().number
    ]


def make_file(*documents):
    return File(name="carts.jsonl", content="\n".join(map(json.dumps, documents)).encode())


def test_a_file_is_priced_and_dropped(festival, honey, organiser):
    place(festival, (honey, 1))
    request = Order.objects.get().request
    carts = make_file(request, {}, request)
    asked = Wish(carts=carts, plan=make_file({"offers": []}))
    simulation = start_simulation(asked, by_id=organiser.id, at=OPENING)
    assert gzip.decompress(bytes(simulation.carts_file)) == carts.content

    work_out_next(clock)

    simulation.refresh_from_db()
    assert (simulation.report["carts_priced"], simulation.report["carts_refused"]) == (2, 1)
    assert simulation.carts_file is None


@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        ({"carts": File(name="a", content=b"\n\n")}, Refused(field="carts", faults=("none",))),
        (
            {"carts": File(name="a", content=b"{}\n" * (services.CARTS_MAX + 1))},
            Refused(field="carts", faults=("too many",)),
        ),
        (
            {"plan": File(name="p", content=b'{"offer": []}')},
            Refused(field="plan", faults=("offer: unknown key",)),
        ),
    ],
)
def test_what_cannot_be_simulated_is_refused_and_nothing_is_kept(organiser, changed, refused):
    files = {"carts": make_file({}), "plan": make_file({})} | changed

    assert start_simulation(Wish(**files), by_id=organiser.id, at=OPENING) == refused
    assert not Simulation.objects.exists()
    assert not ProcrastinateJob.objects.exists()


def test_a_simulation_is_handed_to_a_worker(festival, honey, organiser):
    place(festival, (honey, 1))

    start(festival, organiser)

    assert ProcrastinateJob.objects.get().task_name == services.TASK


def test_one_at_a_time_and_the_first_comes_first(festival, honey, organiser):
    place(festival, (honey, 1))
    first, second = (start(festival, organiser) for _ in range(2))
    Simulation.objects.filter(id=first.id).update(made_at=OPENING - timedelta(minutes=1))
    Simulation.objects.filter(id=second.id).update(state="running", seen_at=OPENING)

    assert not work_out_next(clock)
    Simulation.objects.filter(id=second.id).update(state="waiting")
    assert work_out_next(clock)

    assert Simulation.objects.get(id=first.id).state == "done"
    assert Simulation.objects.get(id=second.id).state == "waiting"


def test_a_stopped_one_ends_in_the_middle_without_a_result(festival, honey, organiser):
    for _ in range(3):
        place(festival, (honey, 1))
    simulation = start(festival, organiser)
    ticks = iter(range(1000))

    def stopping_clock():
        tick = next(ticks)
        if tick == 3:
            assert stop_simulation(simulation.id, at=OPENING)
        return OPENING + timedelta(seconds=tick)

    assert work_out_next(stopping_clock)

    simulation.refresh_from_db()
    assert (simulation.state, simulation.report) == ("stopped", None)
    assert simulation.carts_done < simulation.carts_total
    assert not stop_simulation(simulation.id, at=OPENING)


def test_one_that_was_cut_off_begins_again_from_the_start(festival, honey, organiser):
    place(festival, (honey, 1))
    simulation = start(festival, organiser)
    Simulation.objects.update(state="running", seen_at=OPENING, carts_done=1, attempt=1)

    assert begin_lost_again(at=OPENING + LOST_AFTER) == 0
    assert begin_lost_again(at=OPENING + LOST_AFTER + timedelta(seconds=1)) == 1

    simulation.refresh_from_db()
    assert (simulation.state, simulation.carts_done, simulation.report) == ("waiting", 0, None)
    work_out_next(clock)
    simulation.refresh_from_db()
    assert (simulation.state, simulation.was_cut_off) == ("done", True)


def test_the_result_of_an_attempt_that_was_taken_for_lost_counts_for_nothing(
    festival, honey, organiser
):
    for _ in range(3):
        place(festival, (honey, 1))
    simulation = start(festival, organiser)
    ticks = iter(range(1000))

    def slow_clock():
        tick = next(ticks)
        if tick == 2:
            begin_lost_again(at=OPENING + timedelta(hours=1))
            Simulation.objects.update(state="running", attempt=2, carts_done=2)
        return OPENING + timedelta(milliseconds=tick)

    work_out_next(slow_clock)

    simulation.refresh_from_db()
    assert (simulation.state, simulation.attempt, simulation.report) == ("running", 2, None)


def test_what_is_lost_is_looked_for_every_quarter_of_a_minute():
    registry = current_app.periodic_registry.periodic_tasks
    (task,) = [each for (name, _), each in registry.items() if name == "insight.begin_lost_again"]

    times = croniter(task.cron, OPENING)

    assert [times.get_next(float) - OPENING.timestamp() for _ in range(4)] == [15, 30, 45, 60]


def test_what_cuts_the_worker_off_again_and_again_has_failed(festival, honey, organiser):
    place(festival, (honey, 1))
    simulation = start(festival, organiser)
    Simulation.objects.update(state="running", seen_at=OPENING, attempt=ATTEMPTS_MAX)

    begin_lost_again(at=OPENING + timedelta(hours=1))

    simulation.refresh_from_db()
    assert simulation.state == "failed"
