import pytest

from chophien.domain.distinct import (
    REGISTERS,
    STANDARD_ERROR_BPS,
    BadCountError,
    Distinct,
)
from chophien.domain.limits import DISTINCT_EXACT_MAX


def count_up(begin: int, end: int, *, kind: str = "g") -> Distinct:
    counted = Distinct()
    for number in range(begin, end):
        counted.add(f"{kind}:{number}")
    return counted


def test_few_are_counted_exactly_and_each_once():
    counted = count_up(0, DISTINCT_EXACT_MAX)
    counted.merge(count_up(0, DISTINCT_EXACT_MAX))

    assert counted.is_exact
    assert counted.count() == DISTINCT_EXACT_MAX


def test_one_more_than_is_kept_makes_an_estimate():
    counted = count_up(0, DISTINCT_EXACT_MAX + 1)

    assert not counted.is_exact
    assert abs(counted.count() - DISTINCT_EXACT_MAX) < DISTINCT_EXACT_MAX * 5 // 100


@pytest.mark.parametrize("size", [2_500, 5_000, 10_000, 15_000, 30_000])
def test_estimates_are_within_their_error(size):
    """Twelve crowds of each size: their errors' root of the mean square is near 1.63 %."""
    errors_bps = [
        (count_up(0, size, kind=f"k{crowd}").count() - size) * 10_000 // size for crowd in range(12)
    ]

    mean_square = sum(error * error for error in errors_bps) // len(errors_bps)
    assert mean_square < (STANDARD_ERROR_BPS * 17 // 10) ** 2
    assert max(map(abs, errors_bps)) < 4 * STANDARD_ERROR_BPS


@pytest.mark.parametrize(("first", "second"), [(500, 900), (1_500, 9_000), (6_000, 9_000)])
def test_two_counts_make_one_in_any_order(first, second):
    one, other = count_up(0, first), count_up(first // 2, second)
    turned = count_up(first // 2, second)
    one.merge(other)
    turned.merge(count_up(0, first))

    assert one.to_bytes() == turned.to_bytes() == count_up(0, second).to_bytes()


@pytest.mark.parametrize("size", [0, 1, 700, 9_000])
def test_bytes_bring_a_count_back(size):
    counted = count_up(0, size)

    again = Distinct.from_bytes(counted.to_bytes())

    assert (again.count(), again.is_exact) == (counted.count(), counted.is_exact)
    again.merge(counted)
    assert again.to_bytes() == counted.to_bytes()


@pytest.mark.parametrize(
    "raw", [b"", b"\x02", b"\x00123", b"\x01" + bytes(REGISTERS - 1), b"\x01" + b"\xff" * REGISTERS]
)
def test_other_bytes_are_no_count(raw):
    with pytest.raises(BadCountError):
        Distinct.from_bytes(raw)
