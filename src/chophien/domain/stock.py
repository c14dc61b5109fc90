"""The law of stock: `on_hand = free + held + sold`, and nothing below zero."""

from dataclasses import dataclass, replace
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class StockLevel:
    """The units of one sku since it came to the fair.

    `on_hand` counts every unit ever brought; `held` are promised to orders not yet paid,
    `sold` are paid.
    """

    on_hand: int
    free: int
    held: int = 0
    sold: int = 0

    def __post_init__(self) -> None:
        assert min(self.on_hand, self.free, self.held, self.sold) >= 0, "stock below zero"
        assert self.on_hand == self.free + self.held + self.sold, "stock law broken"

    def hold(self, quantity: int) -> Self | None:
        """Promise units to an order; `None` when fewer are free than asked."""
        _require_positive(quantity)
        if quantity > self.free:
            return None
        return replace(self, free=self.free - quantity, held=self.held + quantity)

    def release(self, quantity: int) -> Self:
        """Take a promise back.

        Raises:
            ValueError: more than is held.
        """
        _require_positive(quantity)
        if quantity > self.held:
            raise ValueError("cannot release more than is held")
        return replace(self, free=self.free + quantity, held=self.held - quantity)

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
