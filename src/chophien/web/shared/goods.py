"""Goods as the pages show them: with today's price and what is left."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from chophien.apps.inventory.selectors import count_free
from chophien.apps.promotions.selectors import list_prices, quote_units
from chophien.domain.pricing.request import PriceKind
from chophien.domain.pricing.unit_prices import BestUnitPrice

if TYPE_CHECKING:
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
class Counted:
    """How many units a price serves in all, and how many of them are promised or sold."""

    allotment: int
    taken: int


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
    prices = quote_units(wanted, festival=festival, at=at)
    free = count_free([sku.id for sku in wanted])
    counted = _find_counted(prices, at)
    return [
        SkuCard(
            sku=sku,
            price=prices[sku.id],
            was_minor=sku.reference_price_minor if prices[sku.id].percent_off else None,
            free=free.get(sku.id, 0),
            left=counted[sku.id].allotment - counted[sku.id].taken if sku.id in counted else None,
            allotment=counted[sku.id].allotment if sku.id in counted else None,
        )
        for sku in wanted
    ]


def _find_counted(prices: Mapping[int, BestUnitPrice], at: datetime) -> dict[int, Counted]:
    """By sku, the price that is charged now, where it serves a counted number of units."""
    flash = [sku_id for sku_id, price in prices.items() if price.kind is PriceKind.FLASH]
    offered = list_prices(flash, at) if flash else {}
    return {
        sku_id: Counted(allotment=price.allotment, taken=price.taken)
        for sku_id, found in offered.items()
        for price in found
        if price.allotment is not None and str(price.id) == prices[sku_id].price_id
    }


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
