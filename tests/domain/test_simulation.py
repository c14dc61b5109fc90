import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.domain.pricing.carts import carts as cart_documents

from chophien.domain.pricing.quote import price_document
from chophien.domain.simulation.assess import assess
from chophien.domain.simulation.carts import draw_bps, read_cart
from chophien.domain.simulation.left import Left
from chophien.domain.simulation.plan import PlanError, parse_plan
from chophien.domain.simulation.report import COLUMNS, list_rows, render_report
from chophien.domain.simulation.run import simulate, take_in_ahead
from chophien.domain.simulation.tally import KEPT_MAX, OTHERS, REFUSED_MAX, WORST_MAX, Tally


def line(sku="tea", *, seller="s1", qty=1, list_price=100_000, **more):
    return {
        "id": sku, "sku": sku, "seller": seller, "qty": qty, "list_price": list_price,
        "reference_price": list_price,
    } | more  # fmt: skip


def cart(*lines, cap_bps=5000, currency="VND", buyer="b1", **more):
    return {
        "now": "2026-11-11T00:30:00+07:00",
        "festival": {"currency": currency, "discount_cap_bps": cap_bps},
        "buyer": {"id": buyer},
        "lines": list(lines) or [line()],
    } | more


def run(plan, *documents):
    read = [read_cart(each, number=number) for number, each in enumerate(documents, 1)]
    return render_report(simulate(read, parse_plan(plan)))


def row(report, table, **wanted):
    (found,) = [each for each in report[table] if all(each[key] == wanted[key] for key in wanted)]
    return found


TEN_OFF = {"id": "o1", "seller": "s1", "kind": "spend_save", "off": 10_000}


def test_cost_is_counted_by_promotion_and_by_who_bears_it():
    plan = {
        "offers": [TEN_OFF],
        "cross_store": [{"id": "x1", "every": 200_000, "off": 20_000}],
        "coupons": [{"id": "c1", "issuer": "platform", "off": 5_000}],
    }
    both = cart(line(), line("rice", seller="s2", list_price=300_000))

    report = run(plan, both, cart(line("rice", seller="s2", list_price=300_000)))

    assert {
        each["id"]: (each["carts"], each["off"], each["largest"]) for each in report["promotions"]
    } == {
        "x1": (2, 40_000, 20_000),
        "o1": (1, 10_000, 10_000),
        "c1": (2, 10_000, 5_000),
    }
    assert {each["seller"]: each["off"] for each in report["funders"]} == {
        None: 10_000,
        # Of the 20,000 over both stalls by amounts of 90,000 and 300,000: 4,615 and 15,385.
        "s1": 10_000 + 4_615,
        "s2": 15_385 + 20_000,
    }
    assert report["planned"]["discount"] == 60_000
    assert report["planned"]["items_payable"] == 700_000 - 60_000


def test_plan_takes_the_place_of_what_carts_carry_and_both_are_shown():
    own = cart(
        line(prices=[{"id": "p1", "kind": "sale", "unit": 80_000}]),
        coupons=[{"id": "c9", "issuer": "red_packet", "off": 3_000}],
    )

    report = run({"offers": [TEN_OFF]}, own)

    assert report["was"]["items_payable"] == 77_000
    assert report["planned"]["items_payable"] == 90_000
    assert row(report, "funders", seller="s1") == {
        "seller": "s1", "was_off": 0, "was_cut": 20_000, "off": 10_000, "cut": 0,
        "total": 10_000, "change": -10_000,
    }  # fmt: skip
    assert row(report, "funders", seller=None)["was_off"] == 3_000


def test_kept_promotions_join_the_plan_which_stands_where_both_have_an_id():
    own = cart(
        line(prices=[{"id": "p1", "kind": "sale", "unit": 80_000}]),
        offers=[TEN_OFF | {"off": 40_000}],
        coupons=[{"id": "c9", "issuer": "red_packet", "off": 3_000}],
    )
    plan = {"offers": [TEN_OFF], "keep": ["offers", "coupons", "prices"]}

    report = run(plan, own)

    assert report["planned"]["items_payable"] == 80_000 - 10_000 - 3_000


def test_a_coupon_of_the_plan_that_the_buyer_does_not_hold_is_not_replaced_by_a_kept_one():
    plan = {
        "coupons": [{"id": "c1", "issuer": "platform", "off": 9_000, "per_cart_share_bps": 0}],
        "keep": ["coupons"],
    }

    report = run(plan, cart(coupons=[{"id": "c1", "issuer": "platform", "off": 7_000}]))

    assert report["planned"]["discount"] == 0


def test_rules_of_the_festival_and_the_instant_may_be_planned():
    price = {"id": "p1", "kind": "sale", "unit": 30_000, "starts": "2026-12-01T00:00:00+07:00"}
    plan = {"prices": {"tea": [price]}, "now": "2026-12-02T00:00:00+07:00"}

    assert run(plan, cart())["planned"]["items_payable"] == 100_000
    plan["festival"] = {"discount_cap_bps": 10_000}
    assert run(plan, cart())["planned"]["items_payable"] == 30_000


def test_prices_below_the_cap_or_the_floor_are_named_with_the_nearest_lawful_one():
    plan = {
        "prices": {
            "tea": [{"id": "p1", "kind": "sale", "unit": 49_999}],
            "rice": [{"id": "p2", "kind": "sale", "unit": 70_000}],
        }
    }
    floored = line("rice", qty=3, floor_price=75_000)

    report = run(plan, cart(line(), floored), cart(line(qty=2)))

    assert report["caps"] == [
        {
            "sku": "tea", "price": "p1", "reason": "discount_cap", "unit": 49_999,
            "lawful": 50_000, "carts": 2, "units": 3,
        },
        {
            "sku": "rice", "price": "p2", "reason": "below_floor", "unit": 70_000,
            "lawful": 75_000, "carts": 1, "units": 3,
        },
    ]  # fmt: skip


@pytest.mark.parametrize("cap_bps", [0, 1, 3333, 5000, 9999, 10000])
@pytest.mark.parametrize("reference", [1, 7, 99_999, 150_000])
def test_the_nearest_lawful_price_is_the_lowest_that_the_engine_takes(cap_bps, reference):
    def run_at(unit):
        plan = {"prices": {"tea": [{"id": "p", "kind": "sale", "unit": unit}]}}
        return run(plan, cart(line(list_price=reference), cap_bps=cap_bps))["caps"]

    refused = run_at(0)

    if refused:
        assert run_at(refused[0]["lawful"]) == []
        assert run_at(refused[0]["lawful"] - 1) != []
    else:
        assert cap_bps == 10_000


def test_goods_below_cost_are_counted_and_the_festivals_share_is_told_apart():
    plan = {
        "offers": [TEN_OFF],
        "coupons": [{"id": "c1", "issuer": "platform", "off": 15_000}],
        "costs": {"tea": 80_000},
    }

    report = run(plan, cart(), cart(line("rice")))

    # 100,000 less 10,000 less 15,000 is 75,000; the festival gives 15,000 of it back.
    assert report["margins"] == [
        {"sku": "tea", "seller": "s1", "carts": 1, "units": 1, "lost": 5_000, "lost_to_seller": 0}
    ]
    assert report["carts"] == [
        {"cart": "1", "number": 1, "lacking": 5_000, "payable": 75_000, "units": 1}
    ]
    assert (report["planned"]["carts_below_cost"], report["was"]["carts_below_cost"]) == (1, 0)
    assert report["uncosted_units"] == 1
    assert report["was"]["margin"] == 20_000
    assert sum(report["planned"]["margin_classes"]) == 1


def test_two_lines_of_one_sku_are_one_cart():
    twice = cart(line(), line() | {"id": "again"})
    plan = {
        "prices": {"tea": [{"id": "p", "kind": "sale", "unit": 60_000}]},
        "costs": {"tea": 70_000},
    }

    report = run(plan, twice)

    assert (report["prices"][0]["carts"], report["prices"][0]["units"]) == (1, 2)
    assert (report["margins"][0]["carts"], report["margins"][0]["units"]) == (1, 2)


def test_deposits_are_neither_units_sold_nor_losses():
    presale = {"stage": "deposit", "deposit": 10_000, "credit": 20_000}

    report = run({"costs": {"tea": 99_000}}, cart(line(presale=presale)))

    assert report["planned"]["units"] == 0
    assert report["margins"] == []


def test_a_budget_gives_each_cart_all_or_nothing_and_says_where_it_ran_out():
    plan = {"offers": [TEN_OFF], "budgets": {"o1": 25_000}}

    report = run(plan, cart(), cart(), cart(), cart())

    assert row(report, "promotions", id="o1") == {
        "id": "o1", "stage": "seller_offer", "festival_off": 0, "sellers_off": 20_000,
        "off": 20_000, "carts": 2, "mean": 10_000, "largest": 10_000, "budget": 25_000,
        "count": None, "not_given": 20_000, "not_given_carts": 2, "ran_out_at": "3",
    }  # fmt: skip


def test_another_promotion_stands_in_for_one_that_has_run_out():
    small = TEN_OFF | {"id": "o2", "off": 4_000}
    plan = {"offers": [TEN_OFF, small], "budgets": {"o1": 10_000}}

    report = run(plan, cart(), cart())

    assert report["planned"]["discount"] == 14_000


def test_a_coupon_is_used_as_often_as_it_is_issued():
    plan = {"coupons": [{"id": "c1", "issuer": "platform", "off": 5_000}], "counts": {"c1": 2}}

    report = run(plan, *[cart(buyer=f"b{number}") for number in range(5)])

    assert row(report, "promotions", id="c1")["carts"] == 2
    assert row(report, "promotions", id="c1")["not_given_carts"] == 3


def test_flash_units_are_for_all_carts_together():
    flash = {"id": "p1", "kind": "flash", "unit": 60_000, "left": 3}

    report = run({"prices": {"tea": [flash]}}, cart(line(qty=2)), cart(line(qty=2)), cart())

    assert row(report, "prices", price="p1")["units"] == 3
    assert row(report, "prices", price="p1")["left"] == 0
    assert report["planned"]["items_payable"] == 3 * 60_000 + 2 * 100_000


def test_a_share_of_the_buyers_holds_a_coupon_and_always_the_same_ones():
    plan = {"coupons": [{"id": "c1", "issuer": "platform", "off": 1, "per_cart_share_bps": 2500}]}
    documents = [cart(buyer=f"b{number}") for number in range(400)]

    held = row(run(plan, *documents), "promotions", id="c1")["carts"]

    assert held == sum(draw_bps("c1", f"b{number}") < 2500 for number in range(400)) == 100 + 5
    assert row(run(plan, *reversed(documents)), "promotions", id="c1")["carts"] == held


def test_refused_carts_are_counted_and_named_and_change_nothing():
    report = run({}, cart(), {"lines": []}, cart(currency="USD"), "nonsense")

    assert (report["carts_priced"], report["carts_refused"]) == (1, 3)
    assert [each["number"] for each in report["refused"]] == [2, 3, 4]
    assert "now: missing" in report["refused"][0]["faults"]
    assert report["refused"][1]["faults"] == ["festival.currency: USD, carts before this in VND"]


def test_an_empty_run_has_a_report():
    report = run({"offers": [TEN_OFF]})

    assert report["carts_priced"] == 0
    assert row(report, "promotions", id="o1")["carts"] == 0


def test_a_tally_does_not_grow_with_the_carts():
    own = [
        cart(
            coupons=[{"id": f"c{number}", "issuer": "platform", "off": 50_000 + number}],
            buyer=f"b{number}",
            cap_bps=10_000,
        )
        for number in range(KEPT_MAX + 200)
    ]
    bad = [{}] * (REFUSED_MAX + 50)

    report = run({"keep": ["coupons"], "costs": {"tea": 90_000}}, *own, *bad)

    assert len(report["promotions"]) == KEPT_MAX + 1
    assert row(report, "promotions", id=OTHERS)["carts"] == 200
    assert len(report["carts"]) == WORST_MAX
    assert report["carts"][0]["number"] == KEPT_MAX + 200
    assert (len(report["refused"]), report["carts_refused"]) == (REFUSED_MAX, REFUSED_MAX + 50)


@pytest.mark.parametrize(
    ("plan", "faults"),
    [
        ([], ("must be an object",)),
        ({"offer": []}, ("offer: unknown key",)),
        ({"offers": [{"id": "o1"}]}, ("offers[0].kind: missing", "offers[0].seller: missing")),
        (
            {"prices": {"tea": [{"id": "p", "kind": "sale", "unit": -1}]}},
            ("prices.tea[0].unit: must be at least 0",),
        ),
        ({"prices": []}, ("prices: must be an object",)),
        ({"budgets": {"o9": 1}}, ("budgets.o9: no promotion of the plan",)),
        (
            {"offers": [TEN_OFF], "budgets": {"o1": -1}},
            ("budgets.o1: must be a whole number of at least 0",),
        ),
        ({"costs": {"tea": 1.5}}, ("costs.tea: must be a whole number of at least 0",)),
        ({"keep": ["all"]}, ("keep: must be a list of offers, cross_store, coupons, prices",)),
        ({"festival": {"currency": "USD"}}, ("festival.currency: unknown key",)),
        ({"now": "2026-12-02T00:00:00"}, ("now: must have an offset from UTC",)),
        (
            {
                "coupons": [
                    {"id": "c", "issuer": "platform", "off": 1, "per_cart_share_bps": 10_001}
                ]
            },
            ("coupons[0].per_cart_share_bps: must be from 0 to 10000",),
        ),
        (
            {"offers": [TEN_OFF], "coupons": [{"id": "o1", "issuer": "platform", "off": 1}]},
            ("coupons[0].id: another promotion has it already",),
        ),
        ({"coupons": ["c"]}, ("coupons[0]: must be an object",)),
    ],
)
def test_a_plan_that_is_none_is_refused_fault_by_fault(plan, faults):
    with pytest.raises(PlanError) as refusal:
        parse_plan(plan)

    assert refusal.value.faults == faults


def test_tables_have_a_cell_for_every_column():
    report = run({"offers": [TEN_OFF], "costs": {"tea": 99_000}}, cart(), {})

    for table, columns in COLUMNS.items():
        rows = list_rows(report, table)
        assert all(len(cells) == len(columns) for cells in rows)
        assert all(isinstance(cell, str | int) for cells in rows for cell in cells)


# ---------------------------------------------------------------- laws
EXAMPLES = 20  # each is a handful of carts of the strategy that the engine's own laws use


@st.composite
def simulations(draw):
    """Some carts, and a plan made of another cart's promotions with limits on some of them."""
    documents = draw(st.lists(cart_documents(), min_size=1, max_size=6))
    source = draw(cart_documents())
    plan = {name: source.get(name) for name in ("offers", "cross_store", "coupons")}
    ids = [rule["id"] for name in plan for rule in plan[name] or ()]
    plan["prices"] = {each["sku"]: each.get("prices", []) for each in source["lines"]}
    for limits, most in (("budgets", 120), ("counts", 3)):
        limited = draw(st.lists(st.sampled_from(ids), unique=True)) if ids else []
        plan[limits] = {own_id: draw(st.integers(0, most)) for own_id in limited}
    plan["keep"] = draw(
        st.lists(st.sampled_from(["offers", "cross_store", "coupons", "prices"]), unique=True)
    )
    skus = {each["sku"] for document in documents for each in document["lines"]}
    plan["costs"] = {sku: draw(st.integers(0, 60)) for sku in sorted(skus) if draw(st.booleans())}
    return plan, documents


@given(simulations())
@settings(deadline=None, max_examples=EXAMPLES)
def test_law_every_unit_of_money_is_in_every_view_once(given_simulation):
    plan, documents = given_simulation

    report = run(plan, *documents)

    planned = report["planned"]
    assert (
        planned["discount"]
        == sum(each["off"] for each in report["promotions"])
        == sum(each["off"] for each in report["funders"])
        == sum(each["festival_off"] + each["sellers_off"] for each in report["promotions"])
    )
    assert planned["cut"] == sum(each["cut"] for each in report["funders"])
    assert planned["list_value"] - planned["cut"] - planned["discount"] == planned["items_payable"]
    assert report["was"]["items_payable"] == sum(
        price_document(each)["items_payable"] for each in documents
    )
    for each in report["promotions"]:
        assert each["budget"] is None or each["off"] <= each["budget"]
        assert each["count"] is None or each["carts"] <= each["count"]


@given(simulations(), st.integers(1, 4))
@settings(deadline=None, max_examples=EXAMPLES)
def test_law_carts_priced_ahead_of_their_turn_give_the_same_sums(given_simulation, ahead):
    document, documents = given_simulation
    plan = parse_plan(document)
    read = [read_cart(each, number=number) for number, each in enumerate(documents, 1)]
    tally = Tally(plan)

    for start in range(0, len(read), ahead):
        snapshot = tally.left.copy()
        batch = read[start : start + ahead]
        for each, outcome in [(each, assess(each, plan, snapshot)) for each in batch]:
            take_in_ahead(outcome, tally, lambda left, each=each: assess(each, plan, left))

    assert render_report(tally) == render_report(simulate(read, plan))


@given(simulations())
@settings(deadline=None, max_examples=EXAMPLES)
def test_law_budgets_are_kept_as_the_fair_keeps_them(given_simulation):
    """Beside the loop of `orders.quoting`, written over documents: drop what is over, again."""
    document, documents = given_simulation
    document = document | {"keep": [], "counts": {}, "prices": {}}
    left = dict(document["budgets"])
    expected = 0
    for own in documents:
        request = own | {
            name: [r for r in document[name] or () if left.get(r["id"], 1) > 0]
            for name in ("offers", "cross_store", "coupons")
        }
        request["lines"] = [each | {"prices": []} for each in own["lines"]]
        while True:
            quote = price_document(request)
            offs = {each["id"]: each["off"] for each in quote["adjustments"]}
            over = {own_id for own_id, off in offs.items() if off > left.get(own_id, off)}
            if not over:
                break
            for name in ("offers", "cross_store", "coupons"):
                request[name] = [rule for rule in request[name] if rule["id"] not in over]
        for own_id in offs.keys() & left.keys():
            left[own_id] -= offs[own_id]
        expected += quote["discount"]

    assert run(document, *documents)["planned"]["discount"] == expected


def test_what_was_left_before_the_last_unit_went_does_not_agree_afterwards():
    plan = parse_plan({"offers": [TEN_OFF], "budgets": {"o1": 10_000}})
    first = read_cart(cart(), number=1)
    left = Left.at_start(plan)
    evidence = assess(first, plan, left).evidence

    assert left.agrees_with(evidence)
    left.take(dict.fromkeys(plan.limited, 10000), {})
    assert not left.agrees_with(evidence)


def test_a_report_is_a_json_document():
    report = run({"offers": [TEN_OFF]}, cart())

    assert json.loads(json.dumps(report)) == report
