import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from chophien.domain.stock import StockLevel

quantities = st.integers(1, 12)


class StockOfOneSku(RuleBasedStateMachine):
    """Any sequence of holds, releases and sales against a model that only counts orders."""

    @initialize(on_hand=st.integers(0, 20))
    def bring(self, on_hand):
        self.level = StockLevel(on_hand=on_hand, free=on_hand)
        self.on_hand = on_hand
        self.open_orders: list[int] = []
        self.sold = 0
        self.kept = 0

    @rule(quantity=quantities)
    def hold(self, quantity):
        after = self.level.hold(quantity)

        if quantity > self.on_hand - self.sold - self.kept - sum(self.open_orders):
            assert after is None
            return
        assert after is not None
        self.open_orders.append(quantity)
        self.level = after

    @rule(data=st.data())
    def release(self, data):
        if self.open_orders:
            quantity = data.draw(st.sampled_from(self.open_orders))
            self.open_orders.remove(quantity)
            self.level = self.level.release(quantity)

    @rule(data=st.data())
    def pay(self, data):
        if self.open_orders:
            quantity = data.draw(st.sampled_from(self.open_orders))
            self.open_orders.remove(quantity)
            self.sold += quantity
            self.level = self.level.commit(quantity)

    @rule(quantity=quantities)
    def keep(self, quantity):
        after = self.level.keep(quantity)

        assert (after is None) == (quantity > self.level.free)
        if after is not None:
            self.kept += quantity
            self.level = after

    @rule(quantity=quantities)
    def let_go(self, quantity):
        if quantity > self.kept:
            with pytest.raises(ValueError, match="more than is set aside"):
                self.level.let_go(quantity)
            return
        self.kept -= quantity
        self.level = self.level.let_go(quantity)

    @rule(quantity=quantities)
    def sell_of_those_kept(self, quantity):
        after = self.level.hold(quantity, is_set_aside=True)

        assert (after is None) == (quantity > self.kept)
        if after is not None:
            self.level = after.release(quantity, is_set_aside=True)
            assert self.level.set_aside == self.kept

    @rule(quantity=quantities)
    def take_back_more_than_is_held(self, quantity):
        with pytest.raises(ValueError, match="more than is held"):
            self.level.release(self.level.held + quantity)
        with pytest.raises(ValueError, match="more than is held"):
            self.level.commit(self.level.held + quantity)

    @invariant()
    def counts_agree_with_the_orders(self):
        assert (self.level.held, self.level.sold) == (sum(self.open_orders), self.sold)
        assert self.level.set_aside == self.kept
        assert self.level.free == self.on_hand - self.kept - self.level.held - self.level.sold

    @invariant()
    def nothing_is_oversold(self):
        assert self.sold + sum(self.open_orders) <= self.on_hand
        assert self.level.on_hand == self.on_hand


TestStockOfOneSku = StockOfOneSku.TestCase
TestStockOfOneSku.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


def test_hold_refuses_when_fewer_are_free_than_asked():
    level = StockLevel(on_hand=5, free=2, held=2, sold=1)

    assert level.hold(3) is None
    assert level == StockLevel(on_hand=5, free=2, held=2, sold=1)


def test_last_units_can_be_held():
    level = StockLevel(on_hand=5, free=2, held=2, sold=1)

    assert level.hold(2) == StockLevel(on_hand=5, free=0, held=4, sold=1)


def test_released_units_are_free_again():
    level = StockLevel(on_hand=5, free=2, held=2, sold=1)

    assert level.release(2) == StockLevel(on_hand=5, free=4, held=0, sold=1)


def test_committed_units_are_sold():
    level = StockLevel(on_hand=5, free=2, held=2, sold=1)

    assert level.commit(1) == StockLevel(on_hand=5, free=2, held=1, sold=2)


@pytest.mark.parametrize("quantity", [0, -1])
@pytest.mark.parametrize("change", ["hold", "release", "commit"])
def test_quantity_below_one_is_refused(change, quantity):
    level = StockLevel(on_hand=5, free=3, held=2)

    with pytest.raises(ValueError, match="quantity: must be at least 1"):
        getattr(level, change)(quantity)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("release", "cannot release more than is held"),
        ("commit", "cannot sell more than is held"),
    ],
)
def test_more_than_is_held_is_neither_released_nor_sold(change, reason):
    level = StockLevel(on_hand=5, free=3, held=2)

    with pytest.raises(ValueError, match=reason):
        getattr(level, change)(3)


@pytest.mark.parametrize(
    ("label", "counts", "reason"),
    [
        ("a unit from nowhere", {"on_hand": 5, "free": 6}, "stock law broken"),
        ("a unit lost", {"on_hand": 5, "free": 3, "held": 1}, "stock law broken"),
        ("free below zero", {"on_hand": 5, "free": -1, "held": 6}, "stock below zero"),
        ("held below zero", {"on_hand": 5, "free": 6, "held": -1}, "stock below zero"),
        ("sold below zero", {"on_hand": 5, "free": 6, "sold": -1}, "stock below zero"),
        ("less than nothing", {"on_hand": -1, "free": -1}, "stock below zero"),
    ],
)
def test_level_that_breaks_the_law_cannot_be_made(label, counts, reason):
    with pytest.raises(AssertionError, match=reason):
        StockLevel(**counts)
