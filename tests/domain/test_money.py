import pytest
from hypothesis import given
from hypothesis import strategies as st

from chophien.domain.money import (
    CURRENCIES,
    UnknownCurrencyError,
    render_money,
    share,
    share_of_bps,
)

weights = st.lists(st.integers(0, 50), min_size=1, max_size=8).filter(sum)


@given(st.integers(0, 10**6), weights)
def test_shares_sum_to_the_amount_and_stay_within_a_unit_of_proportion(amount, weights):
    shares = share(amount, weights)

    assert sum(shares) == amount
    for part, weight in zip(shares, weights, strict=True):
        exact_times_whole = amount * weight
        assert abs(part * sum(weights) - exact_times_whole) < sum(weights)


@given(st.integers(0, 10**6), weights)
def test_a_zero_weight_gets_nothing_and_a_larger_weight_never_less(amount, weights):
    shares = share(amount, weights)

    for part, weight in zip(shares, weights, strict=True):
        assert weight or part == 0
        assert all(
            part >= other for other, less in zip(shares, weights, strict=True) if less < weight
        )


@given(st.integers(1, 20), st.integers(1, 8))
def test_among_equal_weights_the_earlier_get_the_left_over_units(amount, count):
    shares = share(amount, [7] * count)

    assert list(shares) == sorted(shares, reverse=True)
    assert max(shares) - min(shares) <= 1


def test_left_over_units_go_to_the_largest_remainders():
    assert share(60, [150, 80, 80]) == (29, 16, 15)
    assert share(10, [1, 4, 5]) == (1, 4, 5)
    assert share(1, [49, 51]) == (0, 1)


@pytest.mark.parametrize(("amount", "weights"), [(-1, [1]), (1, []), (1, [0, 0]), (1, [2, -1])])
def test_share_refuses_what_cannot_be_shared(amount, weights):
    with pytest.raises(ValueError, match="share needs an amount of at least 0"):
        share(amount, weights)


def test_basis_points_of_an_amount_are_rounded_down():
    assert share_of_bps(999, 3333) == 332
    assert share_of_bps(999, 10000) == 999
    assert share_of_bps(0, 500) == 0


@pytest.mark.parametrize(
    ("label", "amount", "currency", "language", "text"),
    [
        ("dong in Vietnamese", 199000, "VND", "vi", "199.000 ₫"),
        ("dong in English", 199000, "VND", "en", "199.000 ₫"),
        ("dong in Chinese", 1250000000, "VND", "zh", "1.250.000.000 ₫"),
        ("no dong", 0, "VND", "vi", "0 ₫"),
        ("yuan in Chinese", 129900, "CNY", "zh", "¥ 1,299.00"),
        ("yuan in English", 129900, "CNY", "en", "¥ 1,299.00"),
        ("yuan in Vietnamese", 129900, "CNY", "vi", "¥ 1.299,00"),
        ("dollars", 1250, "USD", "en", "$ 12.50"),
        ("cents", 5, "USD", "en", "$ 0.05"),
        ("less than nothing", -30000, "VND", "vi", "−30.000 ₫"),
        ("less than no dollars", -150, "USD", "en", "−$ 1.50"),
    ],
)
def test_money_is_written_as_people_write_it(label, amount, currency, language, text):
    assert render_money(amount, currency, language) == text


@given(
    st.integers(-(10**12), 10**12),
    st.sampled_from(sorted(CURRENCIES)),
    st.sampled_from(["vi", "en", "zh"]),
)
def test_written_money_keeps_every_digit(amount, currency, language):
    text = render_money(amount, currency, language)

    digits = "".join(each for each in text if each.isdigit())
    assert int(digits) == abs(amount)
    assert text.startswith("−") == (amount < 0)


def test_an_unknown_currency_is_refused_by_name():
    with pytest.raises(UnknownCurrencyError, match="unknown currency 'EUR'; known: VND, CNY, USD"):
        render_money(1, "EUR", "en")
