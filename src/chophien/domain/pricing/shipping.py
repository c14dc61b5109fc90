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

    def fee_at(self, amounts: Sequence[int]) -> int:
        """Return the fee, 0 when the seller's amount reaches `free_from`.

        It never falls when amounts fall; the choice of coupons rests on that.
        """
        free_from = self.rule.free_from_minor
        if free_from is not None and sum([amounts[index] for index in self.among]) >= free_from:
            return 0
        return self.rule.fee_minor


def pack_parcels(basket: Basket, rules: Mapping[str, ShippingRule]) -> tuple[Parcel, ...]:
    """Group the parts by seller, by id, leaving out sellers without a rule: they ship free."""
    by_seller: dict[str, list[int]] = {}
    for index, part in enumerate(basket.parts):
        by_seller.setdefault(part.line.seller, []).append(index)
    return tuple(
        Parcel(seller, rules[seller], tuple(by_seller[seller]))
        for seller in sorted(by_seller)
        if seller in rules
    )


def total_fee(parcels: Sequence[Parcel], amounts: Sequence[int]) -> int:
    return sum([parcel.fee_at(amounts) for parcel in parcels])
