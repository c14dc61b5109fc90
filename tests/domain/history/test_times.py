"""Units over time, and clocks that do not agree."""

from tests.domain.history.world import AHEAD, NOW, SECOND, make_attempt

from chophien.domain.history.clocks import Clock
from chophien.domain.history.usage import Usage


def test_units_in_use_over_time():
    usage = Usage()
    usage.take(2, at_us=10, until_us=30)
    usage.take(1, at_us=20)
    usage.take(3, at_us=30)

    assert [usage.find_most(at, at) for at in (9, 10, 20, 29, 31)] == [0, 2, 3, 3, 4]
    assert usage.find_most(30, 30) == 6  # taken before the others were let go, for all one knows
    assert usage.find_most(0, 100) == 6
    assert usage.find_most(40, 50) == 4


def test_every_order_narrows_down_how_far_clocks_are_apart():
    clock = Clock()
    clock.learn(make_attempt("k", at_s=1), NOW + SECOND)
    clock.learn(make_attempt("k", at_s=2, lasts_us=1_500), NOW + 2 * SECOND)

    assert clock.bounds == (AHEAD - 500, AHEAD + 1_000)
    assert clock.is_steady


def test_stepped_clock_makes_every_difference_possible():
    clock = Clock()
    clock.learn(make_attempt("k", at_s=1), NOW + SECOND)
    clock.learn(make_attempt("k", at_s=2), NOW + 9 * SECOND)

    assert not clock.is_steady
    assert clock.bounds == (AHEAD + 1_000, AHEAD + 7 * SECOND - 1_000)


def test_difference_is_taken_for_granted_only_where_no_order_tells():
    known, unknown_clock = Clock(), Clock()
    known.learn(make_attempt("k", at_s=1), NOW + SECOND)
    known.assume(0, 0)
    unknown_clock.assume(50, 7)

    assert known.bounds == (AHEAD - 1_000, AHEAD + 1_000)
    assert unknown_clock.bounds == (43, 57)
