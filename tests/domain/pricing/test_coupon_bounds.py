"""The bounds of the search hold to the unit, and the search that rests on them stays short."""

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.domain.pricing.wallets import draw_wallet

from chophien.domain.pricing.coupon_bounds import Card, Range, rate_at
from chophien.domain.pricing.parse import parse_request
from chophien.domain.pricing.quote import price
from chophien.domain.pricing.request import FixedOff, PercentOff, ShippingRule
from chophien.domain.pricing.shipping import Parcel
from chophien.domain.pricing.spreading import Basket
from chophien.domain.pricing.unit_prices import fill_lines

AFTERS_MAX = 3_000  # of some 9 million sets


def draw_between(source, low, high):
    return [source.randint(least, most) for least, most in zip(low, high, strict=True)]


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 10**9))
def test_what_cards_leave_lies_in_the_range_that_is_bound_for_it(seed):
    source = random.Random(seed)
    request = parse_request(
        draw_wallet(seed, lines=5, sellers=3, own_each=0, platform=3, packets=2)
    )
    basket = Basket.of(fill_lines(request).parts)
    high = [part.amount_minor for part in basket.parts]
    low = draw_between(source, basket.floors, high)
    amounts = draw_between(source, low, high)
    now = Range(low, high, sum(low))
    alone = (amounts, amounts)
    paces = []

    for card in [Card.of(coupon, basket) for coupon in request.coupons]:
        if not card.is_met(card.in_reach(amounts)):
            continue
        after = now.after(card)
        amounts = card.cut_of(amounts).applied_to(amounts)
        assert after is not None
        pace, now = after
        paces.append(pace)
        alone = (pace.least_left(alone[0]), pace.most_left(alone[1]))

        for least, exact, most in zip(now.low, amounts, now.high, strict=True):
            assert least <= exact <= most
        for least, exact, most in zip(alone[0], amounts, alone[1], strict=True):
            assert least <= exact <= most
        assert now.least_minor <= sum(amounts)


@given(
    st.one_of(
        st.builds(FixedOff, off_minor=st.integers(0, 60)),
        st.builds(
            PercentOff,
            percent_bps=st.integers(0, 10_000),
            max_off_minor=st.none() | st.integers(0, 60),
        ),
    ),
    st.integers(0, 200),
    st.integers(0, 200),
)
def test_a_discount_cuts_a_larger_amount_no_faster(discount, one, other):
    less, more = sorted([one, other])
    fast, slow = rate_at(discount, less), rate_at(discount, more)

    assert fast.off_minor * slow.whole_minor >= slow.off_minor * fast.whole_minor
    for amount, rate in ((less, fast), (more, slow)):
        exact = rate.off_minor * amount
        taken = discount.taken_from(amount) * rate.whole_minor
        assert exact - rate.whole_minor < taken <= exact


@given(
    st.integers(0, 40),
    st.none() | st.integers(0, 99),
    st.integers(0, 99),
    st.integers(0, 99),
    st.data(),
)
def test_goods_and_shipping_cost_no_less_than_their_bound(fee, free_from, one, other, data):
    parcel = Parcel("s1", ShippingRule(fee_minor=fee, free_from_minor=free_from), (0,))
    low, high = sorted([one, other])
    amount = data.draw(st.integers(low, high))

    assert parcel.least_cost(low, high) <= amount + parcel.fee_at([amount])
    assert parcel.least_cost(low, low) == low + parcel.fee_at([low])


@pytest.mark.parametrize("seed", range(6))
def test_a_wallet_of_forty_coupons_is_searched_in_a_small_part_of_its_sets(seed, monkeypatch):
    document = draw_wallet(seed, lines=10, sellers=5, own_each=4, platform=12, packets=8)
    request = parse_request(document)
    done = Counter()
    original = Range.after

    def counted(now, card):
        done["afters"] += 1
        return original(now, card)

    monkeypatch.setattr(Range, "after", counted)

    price(request)

    assert 0 < done["afters"] < AFTERS_MAX
