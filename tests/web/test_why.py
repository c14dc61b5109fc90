"""Quotes told in words: every adjustment with its rule, who pays, until when, and the sums."""

from typing import Any

import pytest
from django.utils import translation

from chophien.domain.pricing.quote import price_document
from chophien.web.shared.why.explain import WhyCart, explain_quote
from chophien.web.shared.why.verdicts import Fate, judge_coupons
from chophien.web.shared.why.words import Names, describe_coupon, describe_rule, render_percent

NAMES = Names(
    goods={"honey": "Mật ong", "tea": "Chè"}, stalls={"may-da": "Mây Đá", "suoi": "Suối Xanh"}
)
UNTIL = "2026-11-12T00:00:00+07:00"


def plain(text: str) -> str:
    """Amounts are kept on one line; here an ordinary space is easier to read."""
    return text.replace("\N{NO-BREAK SPACE}", " ")


def line(own_id: str, **fields: Any) -> dict[str, Any]:
    defaults = {
        "id": own_id, "sku": "honey", "seller": "may-da", "qty": 1,
        "list_price": 100_000, "reference_price": 100_000,
    }  # fmt: skip
    return defaults | fields


def ask(*lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    festival = {"currency": "VND", **fields.pop("festival", {})}
    return {
        "now": "2026-11-11T08:00:00+07:00", "festival": festival, "lines": list(lines),
        "offers": [], "cross_store": [], "coupons": [], **fields,
    }  # fmt: skip


def explain(request: dict[str, Any]) -> WhyCart:
    return explain_quote(request, price_document(request), NAMES)


RULES = [
    ({"kind": "spend_save", "threshold": 300_000, "off": 30_000}, "Spend 300.000 ₫, save 30.000 ₫"),
    (
        {"kind": "spend_save", "threshold": 300_000, "off": 30_000, "repeat": True, "max_times": 3},
        "Every 300.000 ₫, save 30.000 ₫ (up to 3 times)",
    ),
    (
        {"kind": "spend_save", "threshold": 300_000, "off": 30_000, "repeat": True},
        "Every 300.000 ₫, save 30.000 ₫",
    ),
    (
        {"kind": "spend_save", "threshold": 200_000, "percent_bps": 1_250, "max_off": 50_000},
        "Spend 200.000 ₫, save 12.5% (50.000 ₫ at most)",
    ),
    ({"kind": "spend_save", "percent_bps": 1_000}, "10% off"),
    ({"kind": "nth_unit", "n": 2, "percent_bps": 5_000}, "Second unit at half price"),
    ({"kind": "nth_unit", "n": 3, "percent_bps": 10_000}, "Buy 2, get one more free"),
    ({"kind": "nth_unit", "n": 3, "percent_bps": 2_500}, "One unit in every 3: 25% off"),
    ({"kind": "nth_unit", "n": 1, "percent_bps": 2_500}, "25% off"),
    (
        {"kind": "bundle", "skus": {"tea": 2, "honey": 1}, "price": 250_000},
        "Set of 1 × Mật ong + 2 × Chè for 250.000 ₫",
    ),
    (
        {"every": 300_000, "off": 40_000, "max_times": 1},
        "Every 300.000 ₫ over all stalls, 40.000 ₫ off (1 time at most)",
    ),
    (
        {"every": 300_000, "off": 40_000, "scope": {"exclude_tags": ["craft", "not-promoted"]}},
        "Every 300.000 ₫ over all stalls, 40.000 ₫ off, not on crafts",
    ),
    (
        {"every": 300_000, "off": 40_000, "scope": {"exclude_tags": ["not-promoted"]}},
        "Every 300.000 ₫ over all stalls, 40.000 ₫ off",
    ),
    ({"off": 5_000, "scope": {"tags": ["food"]}}, "5.000 ₫ off, on food"),
    ({"off": 5_000, "scope": {"tags": ["lụa"]}}, "5.000 ₫ off, on lụa"),
    (
        {"off": 5_000, "scope": {"skus": ["a", "b", "c", "d", "honey"]}},
        "5.000 ₫ off, on a, b, c and 2 more",
    ),
    ({"off": 5_000, "scope": {"sellers": ["suoi"]}}, "5.000 ₫ off, at Suối Xanh"),
    ({"off": 5_000, "scope": {"rooms": ["7"]}}, "5.000 ₫ off, bought in the live room"),
]


@pytest.mark.parametrize(("rule", "sentence"), RULES)
def test_rule_is_told_in_words(rule: dict[str, Any], sentence: str) -> None:
    with translation.override("en"):
        assert plain(describe_rule(rule, NAMES)) == sentence


@pytest.mark.parametrize("rule", [rule for rule, _ in RULES])
def test_rule_is_told_in_every_language(rule: dict[str, Any]) -> None:
    told = []
    for language in ("vi", "en", "zh-hans"):
        with translation.override(language):
            told.append(describe_rule(rule, NAMES))

    assert len(set(told)) == 3
    assert not any("%(" in text for text in told)


@pytest.mark.parametrize(
    ("coupon", "sentence"),
    [
        ({"issuer": "seller", "seller": "may-da"}, "Phiếu của Mây Đá: Giảm 5.000 ₫"),
        ({"issuer": "platform"}, "Phiếu của ngày hội: Giảm 5.000 ₫"),
        ({"issuer": "red_packet"}, "Lì xì: Giảm 5.000 ₫"),
    ],
)
def test_coupon_names_who_gives_it(coupon: dict[str, Any], sentence: str) -> None:
    with translation.override("vi"):
        assert plain(describe_coupon({"off": 5_000} | coupon, NAMES)) == sentence


@pytest.mark.parametrize(
    ("bps", "language", "text"),
    [(5_000, "vi", "50%"), (1_250, "vi", "12,5%"), (1_250, "en", "12.5%"), (5, "en", "0.05%")],
)
def test_percentage_is_written_as_the_reader_writes_it(bps: int, language: str, text: str) -> None:
    with translation.override(language):
        assert render_percent(bps) == text


def test_line_names_each_price_and_each_discount_with_its_payer_and_end() -> None:
    request = ask(
        line(
            "1", qty=3,
            prices=[
                {"id": "9", "kind": "flash", "unit": 60_000, "left": 1, "ends": UNTIL},
                {"id": "8", "kind": "sale", "unit": 90_000},
            ],
        ),
        offers=[{"id": "o1", "seller": "may-da", "kind": "spend_save", "off": 24_000}],
        cross_store=[{"id": "x1", "every": 100_000, "off": 10_000, "max_times": 1}],
        coupons=[{"id": "c5", "issuer": "platform", "off": 6_000, "ends": UNTIL}],
    )  # fmt: skip

    why = explain(request)

    told = why.lines["1"]
    parts = [(part.qty, part.kind, part.unit_minor, part.off_minor) for part in told.parts]
    assert parts == [(1, "flash", 60_000, 40_000), (2, "sale", 90_000, 10_000)]
    assert told.parts[0].ends_at is not None
    assert [(each.id, each.payer, each.off_minor) for each in told.discounts] == [
        ("o1", "stall", 24_000), ("x1", "stalls", 10_000), ("c5", "festival", 6_000),
    ]  # fmt: skip
    assert told.discounts[2].ends_at is not None
    assert told.payable_minor == 200_000
    assert told.unit_paid_minor == 66_666
    assert told.saved_minor == 100_000


def test_every_unit_of_money_is_told() -> None:
    request = ask(
        line("1", qty=2, prices=[{"id": "8", "kind": "sale", "unit": 90_000}]),
        line("2", seller="suoi", sku="tea", list_price=70_000, reference_price=70_000),
        cross_store=[{"id": "x1", "every": 100_000, "off": 10_001}],
        coupons=[{"id": "c1", "issuer": "seller", "seller": "suoi", "percent_bps": 777}],
    )
    quote = price_document(request)

    why = explain_quote(request, quote, NAMES)

    off = sum(each.off_minor for each in why.discounts)
    assert why.at_list_minor - why.prices_off_minor - off == quote["items_payable"]
    for told in why.lines.values():
        shares = sum(each.off_minor for each in told.discounts)
        assert sum(p.qty * p.unit_minor for p in told.parts) - shares == told.payable_minor
    assert why.saved_minor == why.at_list_minor - quote["items_payable"]


def test_refused_price_is_told_with_the_reason() -> None:
    request = ask(
        line("1", floor_price=70_000, prices=[
            {"id": "8", "kind": "sale", "unit": 40_000}, {"id": "9", "kind": "sale", "unit": 60_000},
        ]),
        festival={"discount_cap_bps": 5_000},
    )  # fmt: skip

    refused = explain(request).lines["1"].refused

    assert [(each.unit_minor, each.reason) for each in refused] == [
        (40_000, "discount_cap"), (60_000, "below_floor"),
    ]  # fmt: skip


@pytest.mark.parametrize(("off", "is_at_floor"), [(49_999, False), (50_000, True), (90_000, True)])
def test_line_at_the_lowest_lawful_price_says_so(off: int, is_at_floor: bool) -> None:
    request = ask(
        line("1"), festival={"discount_cap_bps": 5_000},
        coupons=[{"id": "c1", "issuer": "platform", "off": off}],
    )  # fmt: skip

    assert explain(request).lines["1"].is_at_floor is is_at_floor


def test_deposit_and_balance_are_told_apart() -> None:
    presale = {"deposit": 10_000, "credit": 25_000}
    request = ask(
        line("d4", qty=2, presale={"stage": "deposit"} | presale),
        line("r7", qty=2, seller="suoi", presale={"stage": "balance"} | presale),
    )

    why = explain(request)

    assert (why.lines["d4"].deposit_due_minor, why.lines["d4"].saved_minor) == (20_000, 0)
    balance = why.lines["r7"]
    assert (balance.bonus_minor, balance.deposit_paid_minor) == (15_000, 20_000)
    assert balance.payable_minor == 170_000
    assert why.at_list_minor == 200_000  # what is only reserved is not counted


def test_next_step_is_told_by_its_programme() -> None:
    request = ask(line("1"), cross_store=[{"id": "x1", "every": 300_000, "off": 40_000}])

    with translation.override("en"):
        assert plain(explain(request).step_text) == "Every 300.000 ₫ over all stalls, 40.000 ₫ off"


def platform(own_id: str, **fields: Any) -> dict[str, Any]:
    return {"id": own_id, "issuer": "platform"} | fields


SHIP = {"may-da": {"fee": 30_000, "free_from": 100_000}}


@pytest.mark.parametrize(
    ("coupon", "request_fields", "fate", "missing"),
    [
        (platform("c1", off=5_000), {}, Fate.USED, 0),
        (platform("c1", off=5_000, threshold=100_001), {}, Fate.SHORT, 1),
        (platform("c1", off=5_000, threshold=100_000), {}, Fate.USED, 0),
        (platform("c1", off=5_000, scope={"tags": ["tea"]}), {}, Fate.NO_GOODS, 0),
        (
            {"id": "c1", "issuer": "seller", "seller": "suoi", "off": 5_000},
            {},
            Fate.NO_GOODS,
            0,
        ),
        (platform("c1", off=5_000), {"shipping": SHIP}, Fate.NOT_BETTER, 0),
        (platform("c1", off=5_000), {"festival": {"discount_cap_bps": 0}}, Fate.AT_FLOOR, 0),
        (platform("c1", off=1_000), {"beside": platform("c2", off=9_000)}, Fate.LIMIT, 0),
    ],
)
def test_coupon_says_what_it_does_or_lacks(
    coupon: dict[str, Any], request_fields: dict[str, Any], fate: Fate, missing: int
) -> None:
    fields = dict(request_fields)
    beside = [fields.pop("beside")] if "beside" in fields else []
    request = ask(line("1"), coupons=[coupon, *beside], **fields)

    verdict = judge_coupons(request, price_document(request), [coupon, *beside])["c1"]

    assert (verdict.fate, verdict.missing_minor) == (fate, missing)


def test_units_at_an_exclusive_price_help_no_coupon() -> None:
    exclusive = {"id": "9", "kind": "sale", "unit": 90_000, "exclusive": True}
    coupon = platform("c1", off=5_000)
    request = ask(line("1", prices=[exclusive]), coupons=[coupon])

    assert judge_coupons(request, price_document(request), [coupon])["c1"].fate is Fate.NO_GOODS


def test_coupon_left_out_for_its_budget_says_so() -> None:
    coupon = platform("c1", off=5_000)
    request = ask(line("1"))
    verdicts = judge_coupons(request, price_document(request), [coupon], spent={"c1"})

    assert verdicts["c1"].fate is Fate.SPENT
