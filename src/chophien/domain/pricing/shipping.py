"""Stage 5: what each seller's shipping costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chophien.domain.pricing.request import ShippingRule
from chophien.domain.pricing.spreading import Basket


@dataclass(frozen=True, slots=True)
class Parcel:
    """All that one seller ships: its parts, exclusive prices included, under its rule."""

    seller: str
    rule: ShippingRule
    among: tuple[int, ...]

    def fee_for(self, amount_minor: int) -> int:
        """Return the fee when the goods cost that much: 0 when they reach `free_from`.

        It never falls when amounts fall; the choice of coupons rests on that.
        """
        free_from = self.rule.free_from_minor
        return 0 if free_from is not None and amount_minor >= free_from else self.rule.fee_minor

    def fee_at(self, amounts: Sequence[int]) -> int:
        return self.fee_for(sum([amounts[index] for index in self.among]))

    def least_cost(self, low_minor: int, high_minor: int) -> int:
        """Bound what goods and shipping cost together when the goods cost what lies between.

        Just below `free_from` the fee is due, at it only the goods are: the cheaper of the two.
        """
        fee, free_from = self.rule.fee_minor, self.rule.free_from_minor
        if free_from is None or high_minor < free_from:
            return low_minor + fee
        return low_minor + min(fee, max(free_from - low_minor, 0))


def pack_parcels(basket: Basket, rules: Mapping[str, ShippingRule]) -> tuple[Parcel, ...]:
    """Group the parts by seller, by id, leaving out sellers without a rule: they ship free."""
    return tuple(
        [
            Parcel(seller, rules[seller], among)
            for seller, among in sorted(basket.by_seller.items())
            if seller in rules
        ]
    )


def total_fee(parcels: Sequence[Parcel], amounts: Sequence[int]) -> int:
    return sum([parcel.fee_at(amounts) for parcel in parcels])
