"""The law of stock: `on_hand = free + set_aside + held + sold`, and nothing below zero."""

from dataclasses import dataclass, replace
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class StockLevel:
    """The units of one sku since it came to the fair.

    `on_hand` counts every unit ever brought; `set_aside` are kept for flash prices and
    presales, `held` are promised to orders not yet paid, `sold` are paid.
    """

    on_hand: int
    free: int
    set_aside: int = 0
    held: int = 0
    sold: int = 0

    def __post_init__(self) -> None:
        parts = (self.free, self.set_aside, self.held, self.sold)
        assert min(parts) >= 0, "stock below zero"
        assert self.on_hand == sum(parts), "stock law broken"

    def keep(self, quantity: int) -> Self | None:
        """Set free units aside; `None` when fewer are free than asked."""
        _require_positive(quantity)
        if quantity > self.free:
            return None
        return replace(self, free=self.free - quantity, set_aside=self.set_aside + quantity)

    def let_go(self, quantity: int) -> Self:
        """Give units that were set aside back to free sale.

        Raises:
            ValueError: more than are set aside.
        """
        _require_positive(quantity)
        if quantity > self.set_aside:
            raise ValueError("cannot let go of more than is set aside")
        return replace(self, free=self.free + quantity, set_aside=self.set_aside - quantity)

    def hold(self, quantity: int, *, is_set_aside: bool = False) -> Self | None:
        """Promise units to an order; `None` when fewer are there than asked.

        `is_set_aside` takes them from those set aside, else they are free ones.
        """
        _require_positive(quantity)
        if quantity > (self.set_aside if is_set_aside else self.free):
            return None
        return self._move_back(-quantity, is_set_aside=is_set_aside)

    def release(self, quantity: int, *, is_set_aside: bool = False) -> Self:
        """Take a promise back; units return to where they came from.

        Raises:
            ValueError: more than is held.
        """
        _require_positive(quantity)
        if quantity > self.held:
            raise ValueError("cannot release more than is held")
        return self._move_back(quantity, is_set_aside=is_set_aside)

    def _move_back(self, quantity: int, *, is_set_aside: bool) -> Self:
        held = self.held - quantity
        if is_set_aside:
            return replace(self, set_aside=self.set_aside + quantity, held=held)
        return replace(self, free=self.free + quantity, held=held)

    def commit(self, quantity: int) -> Self:
        """Turn a promise into a sale.

        Raises:
            ValueError: more than is held.
        """
        _require_positive(quantity)
        if quantity > self.held:
            raise ValueError("cannot sell more than is held")
        return replace(self, held=self.held - quantity, sold=self.sold + quantity)


def _require_positive(quantity: int) -> None:
    if quantity < 1:
        raise ValueError("quantity: must be at least 1")
