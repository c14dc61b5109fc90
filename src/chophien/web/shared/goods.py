"""Goods as the pages show them: with today's price and what is left."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from chophien.apps.promotions.selectors import QuotedUnit, count_buyable, quote_units
from chophien.domain.pricing.unit_prices import BestUnitPrice

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chophien.apps.catalog.models import Product, Sku
    from chophien.apps.festivals.models import Festival


@dataclass(frozen=True, slots=True, kw_only=True)
class SkuCard:
    sku: "Sku"
    price: BestUnitPrice
    was_minor: int | None
    """The price just before the promotion, where today's is below it."""
    free: int
    left: int | None
    """Units that today's price still serves, where its units are counted."""
    allotment: int | None

    @property
    def is_sold_out(self) -> bool:
        return self.free == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodsCard:
    product: "Product"
    skus: tuple[SkuCard, ...]

    @property
    def first(self) -> SkuCard:
        """The sku to show where there is room for one: the first that is left, else the first."""
        return next((card for card in self.skus if not card.is_sold_out), self.skus[0])


def build_sku_cards(skus: "Iterable[Sku]", *, festival: "Festival", at: datetime) -> list[SkuCard]:
    """Cards in the order of the skus; three queries. Expects the products to be loaded."""
    wanted = list(skus)
    quoted = quote_units(wanted, festival=festival, at=at)
    buyable = count_buyable([sku.id for sku in wanted], at)
    return [_build_sku_card(sku, quoted[sku.id], buyable[sku.id]) for sku in wanted]


def _build_sku_card(sku: "Sku", quoted: QuotedUnit, buyable: int) -> SkuCard:
    counted = quoted.offered
    allotment = None if counted is None else counted.allotment
    return SkuCard(
        sku=sku,
        price=quoted.price,
        was_minor=quoted.reference_minor if quoted.price.percent_off else None,
        free=buyable,
        left=None if counted is None or allotment is None else allotment - counted.taken,
        allotment=allotment,
    )


def build_cards(
    products: "Iterable[Product]", *, festival: "Festival", at: datetime
) -> list[GoodsCard]:
    """Cards in the order of the products; three queries beside the products' own."""
    wanted = [product for product in products if product.skus.all()]
    skus = [sku for product in wanted for sku in product.skus.all()]
    by_sku = {card.sku.id: card for card in build_sku_cards(skus, festival=festival, at=at)}
    return [
        GoodsCard(product=product, skus=tuple(by_sku[sku.id] for sku in product.skus.all()))
        for product in wanted
    ]
