"""Bad requests: every fault is named by its path, and nothing else is ever raised."""

import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.domain.pricing.carts import carts

from chophien.domain.pricing.parse import BadRequestError, parse_request
from chophien.domain.pricing.quote import price_document

WINDOW = {"starts": "2026-11-01T00:00:00+07:00", "ends": "2026-11-02T00:00:00Z"}
GOOD = {
    "now": "2026-11-01T00:30:00+07:00",
    "festival": {"currency": "VND", "discount_cap_bps": 5000},
    "buyer": {"id": "b1", "member_of": ["s1"]},
    "lines": [
        {
            "id": "l1",
            "sku": "honey",
            "seller": "s1",
            "qty": 2,
            "list_price": 150,
            "reference_price": 150,
            "tags": ["food"],
            "prices": [
                {"id": "p1", "kind": "sale", "unit": 120, **WINDOW},
                {"id": "p2", "kind": "flash", "unit": 90, "left": 0, "exclusive": False},
            ],
            "presale": {"stage": "balance", "deposit": 20, "credit": 40},
        }
    ],
    "offers": [
        {"id": "o1", "seller": "s1", "kind": "spend_save", "threshold": 300, "off": 30},
        {"id": "o2", "seller": "s1", "kind": "nth_unit", "n": 2, "percent_bps": 5000},
        {"id": "o3", "seller": "s1", "kind": "bundle", "skus": {"honey": 1}, "price": 100},
    ],
    "cross_store": [{"id": "x1", "every": 300, "off": 40, "scope": {"tags": ["food"]}}],
    "coupons": [
        {"id": "c1", "issuer": "seller", "seller": "s1", "off": 20},
        {"id": "c2", "issuer": "platform", "percent_bps": 1000, "max_off": 8},
    ],
    "shipping": {"s1": {"fee": 25, "free_from": None}},
}
LINE, PRICE, FLASH = ("lines", 0), ("lines", 0, "prices", 0), ("lines", 0, "prices", 1)
SPEND, NTH, BUNDLE = ("offers", 0), ("offers", 1), ("offers", 2)
OWN, PLATFORM = ("coupons", 0), ("coupons", 1)
GONE = object()


def changed(path, value):
    document = copy.deepcopy(GOOD)
    place = document
    for step in path[:-1]:
        place = place[step]
    if value is GONE:
        del place[path[-1]]
    elif isinstance(place, list) and path[-1] == len(place):
        place.append(value)
    else:
        place[path[-1]] = value
    return document


def faults_of(document):
    with pytest.raises(BadRequestError) as refused:
        parse_request(document)
    return refused.value.faults


def test_a_request_of_the_form_is_taken():
    request = parse_request(GOOD)

    assert request.lines[0].qty == 2
    assert request.festival.red_packets_max == 1
    assert request.shipping["s1"].free_from_minor is None


@pytest.mark.parametrize("key", ["buyer", "offers", "cross_store", "coupons", "shipping"])
def test_null_is_the_same_as_absent(key):
    assert parse_request(changed((key,), None)) == parse_request(changed((key,), GONE))


WHOLE = "must be a whole number"
FAULTS = [
    ("naive time", ("now",), "2026-11-01T00:30:00", "now: must have an offset from UTC"),
    ("no time", ("now",), "soon", "now: must be a time in ISO 8601"),
    ("time as number", ("now",), 5, "now: must be a time in ISO 8601"),
    ("missing now", ("now",), GONE, "now: missing"),
    ("naive start", (*PRICE, "starts"), "2026-11-01", "lines[0].prices[0].starts: must have an offset from UTC"),
    ("unknown key", ("colour",), 1, "colour: unknown key"),
    ("unknown key in a line", (*LINE, "colour"), 1, "lines[0].colour: unknown key"),
    ("missing festival", ("festival",), GONE, "festival: missing"),
    ("missing currency", ("festival", "currency"), None, "festival.currency: missing"),
    ("cap above the whole", ("festival", "discount_cap_bps"), 10001, "festival.discount_cap_bps: must be at most 10000"),
    ("three coupons", ("festival", "max_platform_coupons"), 3, "festival.max_platform_coupons: must be at most 2"),
    ("three packets", ("festival", "max_red_packets"), 3, "festival.max_red_packets: must be at most 2"),
    ("member of a text", ("buyer", "member_of"), "s1", "buyer.member_of: must be a list"),
    ("member of a number", ("buyer", "member_of"), [1], "buyer.member_of[0]: must be a text"),
    ("empty cart", ("lines",), [], "lines: must not be empty"),
    ("missing lines", ("lines",), GONE, "lines: missing"),
    ("lines as object", ("lines",), {}, "lines: must be a list"),
    ("line as text", ("lines", 0), "honey", "lines[0]: must be an object"),
    ("zero quantity", (*LINE, "qty"), 0, "lines[0].qty: must be at least 1"),
    ("fractional quantity", (*LINE, "qty"), 1.5, f"lines[0].qty: {WHOLE}"),
    ("whole but fractional", (*LINE, "qty"), 2.0, f"lines[0].qty: {WHOLE}"),
    ("true is no number", (*LINE, "qty"), True, f"lines[0].qty: {WHOLE}"),
    ("not a number", (*LINE, "list_price"), float("nan"), f"lines[0].list_price: {WHOLE}"),
    ("beyond 64 bits", (*LINE, "list_price"), 10**5000, "lines[0].list_price: must be at most 9223372036854775807"),
    ("negative money", (*LINE, "floor_price"), -1, "lines[0].floor_price: must be at least 0"),
    ("id as number", (*LINE, "id"), 7, "lines[0].id: must be a text"),
    ("missing reference", (*LINE, "reference_price"), GONE, "lines[0].reference_price: missing"),
    ("twice a line", ("lines", 1), GOOD["lines"][0], "lines[1].id: is there twice"),
    ("twice a price", (*FLASH, "id"), "p1", "lines[0].prices[1].id: is there twice"),
    ("twice an offer", (*NTH, "id"), "o1", "offers[1].id: is there twice"),
    ("twice a coupon", (*PLATFORM, "id"), "c1", "coupons[1].id: is there twice"),
    ("unknown price", (*PRICE, "kind"), "gift", "lines[0].prices[0].kind: must be one of sale, presale, member, tier, room, group, flash"),
    ("the list price", (*PRICE, "kind"), "list", "lines[0].prices[0].kind: must be one of sale, presale, member, tier, room, group, flash"),
    ("room of a sale", (*PRICE, "room"), "r1", "lines[0].prices[0].room: not used by sale prices"),
    ("left of a sale", (*PRICE, "left"), 3, "lines[0].prices[0].left: not used by sale prices"),
    ("room without room", (*PRICE, "kind"), "room", "lines[0].prices[0].room: missing"),
    ("tier without tier", (*PRICE, "kind"), "tier", "lines[0].prices[0].min_qty: missing"),
    ("exclusive as number", (*PRICE, "exclusive"), 1, "lines[0].prices[0].exclusive: must be true or false"),
    ("credit below deposit", (*LINE, "presale", "credit"), 19, "lines[0].presale.credit: must be at least the deposit"),
    ("deposit above price", (*LINE, "list_price"), 19, "lines[0].presale.deposit: must be at most the list price"),
    ("unknown stage", (*LINE, "presale", "stage"), "later", "lines[0].presale.stage: must be one of deposit, balance"),
    ("missing credit", (*LINE, "presale", "credit"), GONE, "lines[0].presale.credit: missing"),
    ("unknown offer", (*SPEND, "kind"), "gift", "offers[0].kind: must be one of spend_save, nth_unit, bundle"),
    ("missing kind", (*SPEND, "kind"), GONE, "offers[0].kind: missing"),
    ("zero threshold", (*SPEND, "threshold"), 0, "offers[0].threshold: must be at least 1"),
    ("both discounts", (*SPEND, "percent_bps"), 5, "offers[0].percent_bps: must not stand together with off"),
    ("no discount", (*SPEND, "off"), GONE, "offers[0].off: off or percent_bps is needed"),
    ("cap of a sum", (*SPEND, "max_off"), 5, "offers[0].max_off: goes with percent_bps"),
    ("times without repeat", (*SPEND, "max_times"), 5, "offers[0].max_times: goes with repeat"),
    ("price of a threshold", (*SPEND, "price"), 5, "offers[0].price: not used by spend_save offers"),
    ("repeat of an n-th", (*NTH, "repeat"), True, "offers[1].repeat: not used by nth_unit offers"),
    ("zeroth unit", (*NTH, "n"), 0, "offers[1].n: must be at least 1"),
    ("missing percentage", (*NTH, "percent_bps"), GONE, "offers[1].percent_bps: missing"),
    ("bundle of nothing", (*BUNDLE, "skus"), {}, "offers[2].skus: must not be empty"),
    ("bundle of no unit", (*BUNDLE, "skus"), {"honey": 0}, "offers[2].skus.honey: must be at least 1"),
    ("bundle as list", (*BUNDLE, "skus"), ["honey"], "offers[2].skus: must be an object"),
    ("bundle without skus", (*BUNDLE, "skus"), None, "offers[2].skus: missing"),
    ("step of nothing", ("cross_store", 0, "every"), 0, "cross_store[0].every: must be at least 1"),
    ("scope as list", ("cross_store", 0, "scope"), [], "cross_store[0].scope: must be an object"),
    ("unknown scope", ("cross_store", 0, "scope", "ids"), [], "cross_store[0].scope.ids: unknown key"),
    ("repeat on a coupon", (*OWN, "repeat"), True, "coupons[0].repeat: unknown key"),
    ("own without seller", (*OWN, "seller"), GONE, "coupons[0].seller: missing"),
    ("platform with seller", (*PLATFORM, "seller"), "s1", "coupons[1].seller: only a seller's coupon has one"),
    ("unknown issuer", (*OWN, "issuer"), "bank", "coupons[0].issuer: must be one of seller, platform, red_packet"),
    ("more than all", (*PLATFORM, "percent_bps"), 10001, "coupons[1].percent_bps: must be at most 10000"),
    ("shipping as list", ("shipping",), [], "shipping: must be an object"),
    ("shipping without fee", ("shipping", "s1"), {}, "shipping.s1.fee: missing"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "value", "fault"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS]
)
def test_a_fault_is_named_by_its_path(path, value, fault):
    assert faults_of(changed(path, value)) == (fault,)


def test_repeat_needs_a_threshold_and_a_sum():
    document = changed((*SPEND, "threshold"), GONE)
    document["offers"][0]["repeat"] = True
    assert faults_of(document) == ("offers[0].repeat: needs a threshold",)

    document = changed((*SPEND, "repeat"), True)
    document["offers"][0] |= {"off": None, "percent_bps": 500}
    assert faults_of(document) == ("offers[0].repeat: goes with off, not with percent_bps",)


def test_every_fault_is_named_at_once():
    document = changed((*LINE, "qty"), 0)
    document["coupons"][1]["id"] = 5
    document["shipping"]["s1"]["fee"] = -1

    assert faults_of(document) == (
        "lines[0].qty: must be at least 1",
        "coupons[1].id: must be a text",
        "shipping.s1.fee: must be at least 0",
    )
    with pytest.raises(BadRequestError, match=r"lines\[0\]\.qty: must be at least 1; coupons"):
        parse_request(document)


def test_a_seller_without_a_shipping_rule_has_none():
    assert parse_request(changed(("shipping", "s1"), None)).shipping == {}


@pytest.mark.parametrize("document", [None, [], "cart", 5, True])
def test_what_is_no_object_is_refused(document):
    assert faults_of(document) == ("must be an object",)


def test_keys_that_are_no_texts_are_refused():
    assert faults_of(GOOD | {10**5000: 1}) == ("?: unknown key",)
    assert faults_of(GOOD | {"shipping": {5: {"fee": 1}}}) == ("shipping: must have texts as keys",)


rubbish = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)
    | st.sampled_from(["l1", "sale", "seller", "2026-11-01T00:00:00Z", "\ud800", 10**1000]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["id", "kind", "off", "scope", "skus"]), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def paths_of(value, path=()):
    entries = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in entries:
        yield (*path, key)
        if isinstance(inner, dict | list):
            yield from paths_of(inner, (*path, key))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(list(paths_of(GOOD))), rubbish)
def test_rubbish_anywhere_is_priced_or_refused_with_its_path_never_worse(path, value):
    try:
        answer, faults = price_document(changed(path, value)), ()
    except BadRequestError as refused:
        answer, faults = None, refused.faults

    assert json.dumps(answer) if answer else faults
    assert all(": " in fault for fault in faults)


@settings(max_examples=100, deadline=None)
@given(rubbish)
def test_rubbish_alone_is_refused(document):
    assert faults_of(document)


@settings(max_examples=25, deadline=None)
@given(carts())
def test_carts_that_the_laws_are_tried_on_are_of_the_form(document):
    assert len(parse_request(document).lines) == len(document["lines"])
