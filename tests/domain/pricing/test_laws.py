"""Laws that hold for every cart, and the exact choice of coupons against plain enumeration."""

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.domain.pricing.carts import carts, coupons
from tests.domain.pricing.wallets import draw_wallet

from chophien.domain.pricing.coupons import apply_coupons, cut_of_coupon
from chophien.domain.pricing.parse import parse_request
from chophien.domain.pricing.quote import price, price_document
from chophien.domain.pricing.request import Issuer
from chophien.domain.pricing.shipping import pack_parcels, total_fee
from chophien.domain.pricing.spreading import Basket
from chophien.domain.pricing.unit_prices import fill_lines


def enumerate_sets(request):
    """List every allowed set of the coupons in force, each in its order of application."""
    by_seller = {}
    platform, packets = [], []
    for coupon in request.coupons:
        if not coupon.window.is_open(request.at):
            continue
        if coupon.issuer is Issuer.SELLER:
            by_seller.setdefault(coupon.seller, [None]).append(coupon)
        else:
            (platform if coupon.issuer is Issuer.PLATFORM else packets).append(coupon)

    def subsets(wallet, count_max):
        ordered = sorted(wallet, key=lambda coupon: coupon.id)
        for count in range(count_max + 1):
            yield from itertools.combinations(ordered, count)

    for own in itertools.product(*by_seller.values()):
        sellers = sorted((each for each in own if each), key=lambda coupon: coupon.id)
        for some in subsets(platform, request.festival.platform_coupons_max):
            for few in subsets(packets, request.festival.red_packets_max):
                yield [*sellers, *some, *few]


def best_by_enumeration(request, basket, parcels, amounts):
    """Try every set from the first coupon to the last; return (total, count, ids) of the best."""
    found = []
    for wallet in enumerate_sets(request):
        left = amounts
        for coupon in wallet:
            cut = cut_of_coupon(coupon, basket, left)
            if cut.off_minor == 0:
                break
            left = cut.applied_to(left)
        else:
            total = sum(left) + total_fee(parcels, left)
            found.append((total, len(wallet), sorted(coupon.id for coupon in wallet)))
    return min(found)


def assert_choice_is_exact(document):
    request = parse_request(document)
    basket = Basket.of(fill_lines(request).parts)
    parcels = pack_parcels(basket, request.shipping)
    amounts = [part.amount_minor for part in basket.parts]
    in_force = [coupon for coupon in request.coupons if coupon.window.is_open(request.at)]

    applied, left = apply_coupons(in_force, request.festival, basket, parcels, amounts)

    chosen = sorted(each.coupon.id for each in applied)
    total = sum(left) + total_fee(parcels, left)
    assert (total, len(applied), chosen) == best_by_enumeration(request, basket, parcels, amounts)


@settings(max_examples=80, deadline=None)
@given(carts(coupons_max=8, plain=True))
def test_chosen_coupons_are_the_best_of_all_sets(document):
    assert_choice_is_exact(document)


@settings(max_examples=50, deadline=None)
@given(carts(coupons_max=7))
def test_chosen_coupons_are_the_best_of_all_sets_beside_every_kind_of_price(document):
    assert_choice_is_exact(document)


@settings(max_examples=400, deadline=None)
@given(st.integers(0, 10**9))
def test_chosen_coupons_are_the_best_of_all_sets_where_floors_and_fees_matter(seed):
    sizes = random.Random(seed)
    assert_choice_is_exact(
        draw_wallet(
            seed,
            lines=sizes.randint(1, 6),
            sellers=sizes.randint(1, 3),
            own_each=sizes.randint(0, 3),
            platform=sizes.randint(0, 4),
            packets=sizes.randint(0, 3),
        )
    )


@pytest.mark.parametrize(
    "coupons",
    [
        [
            {"id": "c0", "issuer": "seller", "seller": "s0", "percent_bps": 10000},
            {"id": "c1", "issuer": "platform", "percent_bps": 5000},
        ],
        [
            {"id": "c1", "issuer": "platform", "percent_bps": 5000},
            {"id": "c2", "issuer": "platform", "percent_bps": 1000},
        ],
    ],
    ids=["one takes all", "one leaves too little for the other"],
)
def test_a_coupon_for_which_nothing_is_left_is_not_chosen(coupons):
    line = {"id": "l0", "sku": "k0", "seller": "s0", "qty": 1}
    document = {
        "now": "2026-11-01T12:00:00+07:00",
        "festival": {"currency": "VND", "max_platform_coupons": 2},
        "lines": [line | {"list_price": 10, "reference_price": 10}],
        "coupons": coupons,
    }

    answer = price_document(document)

    assert [each["id"] for each in answer["adjustments"]] == [coupons[0]["id"]]
    assert_choice_is_exact(document)


@settings(max_examples=60, deadline=None)
@given(carts())
def test_every_unit_of_money_is_accounted_for(document):
    answer = price_document(document)

    offs = sum(adjustment["off"] for adjustment in answer["adjustments"])
    payable = sum(line["payable"] for line in answer["lines"])
    parts = [part for line in answer["lines"] for part in line["parts"]]
    assert answer["items_before"] == sum(part["qty"] * part["unit"] for part in parts)
    assert answer["items_before"] - offs == answer["items_payable"] == payable
    for adjustment in answer["adjustments"]:
        assert sum(adjustment["lines"].values()) == adjustment["off"] > 0
        assert all(off > 0 for off in adjustment["lines"].values())


@settings(max_examples=60, deadline=None)
@given(carts())
def test_no_line_falls_below_its_floor_or_its_deposit(document):
    answer = price_document(document)

    for line, quoted in zip(document["lines"], answer["lines"], strict=True):
        cap = line.get("discount_cap_bps", document["festival"]["discount_cap_bps"])
        legal = -(-line["reference_price"] * (10000 - cap) // 10000)
        deposit = 0
        if line.get("presale", {}).get("stage") == "balance":
            deposit = line["presale"]["deposit"]
        floor = max(legal, line.get("floor_price", 0), deposit)
        least = sum(part["qty"] * min(floor, part["unit"]) for part in quoted["parts"])
        assert quoted["payable"] >= least >= 0
        assert quoted["payable"] >= deposit * line["qty"]


@settings(max_examples=50, deadline=None)
@given(carts(), st.randoms(use_true_random=False))
def test_order_in_the_request_changes_nothing(document, shuffler):
    expected = price_document(document)
    mixed = dict(document)
    for key in ("lines", "offers", "cross_store", "coupons"):
        mixed[key] = shuffler.sample(document[key], len(document[key]))
    mixed["shipping"] = dict(reversed(document["shipping"].items()))

    answer = price_document(mixed)

    assert [line["id"] for line in answer["lines"]] == [line["id"] for line in mixed["lines"]]
    answer["lines"].sort(key=lambda line: line["id"])
    expected["lines"].sort(key=lambda line: line["id"])
    assert answer == expected


@settings(max_examples=50, deadline=None)
@given(carts(), coupons(99))
def test_one_more_coupon_never_makes_the_cart_dearer(document, coupon):
    fewer = price_document(document)

    more = price_document(document | {"coupons": [*document["coupons"], coupon]})

    assert more["due_now"] <= fewer["due_now"]


@settings(max_examples=25, deadline=None)
@given(carts())
def test_the_same_request_always_gives_the_same_quote(document):
    assert price(parse_request(document)) == price(parse_request(document))
