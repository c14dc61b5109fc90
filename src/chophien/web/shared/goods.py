"""Goods as the pages show them: with today's price and what is left."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from chophien.apps.catalog.models import Product, Sku
from chophien.apps.festivals.models import Festival
from chophien.apps.inventory.selectors import count_free
from chophien.apps.promotions.selectors import quote_units
from chophien.domain.pricing.unit_prices import BestUnitPrice


@dataclass(frozen=True, slots=True, kw_only=True)
class SkuCard:
    sku: Sku
    price: BestUnitPrice
    was_minor: int | None
    """The price just before the promotion, where today's is below it."""
    free: int

    @property
    def is_sold_out(self) -> bool:
        return self.free == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodsCard:
    product: Product
    skus: tuple[SkuCard, ...]

    @property
    def first(self) -> SkuCard:
        """The sku to show where there is room for one: the first that is left, else the first."""
        return next((card for card in self.skus if not card.is_sold_out), self.skus[0])


def build_sku_cards(skus: Iterable[Sku], *, festival: Festival, at: datetime) -> list[SkuCard]:
    """Cards in the order of the skus; two queries. Expects the products to be loaded."""
    wanted = list(skus)
    prices = quote_units(wanted, festival=festival, at=at)
    free = count_free([sku.id for sku in wanted])
    return [
        SkuCard(
            sku=sku,
            price=prices[sku.id],
            was_minor=sku.reference_price_minor if prices[sku.id].percent_off else None,
            free=free.get(sku.id, 0),
        )
        for sku in wanted
    ]


def build_cards(
    products: Iterable[Product], *, festival: Festival, at: datetime
) -> list[GoodsCard]:
    """Cards in the order of the products; two queries beside the products' own."""
    wanted = [product for product in products if product.skus.all()]
    skus = [sku for product in wanted for sku in product.skus.all()]
    by_sku = {card.sku.id: card for card in build_sku_cards(skus, festival=festival, at=at)}
    return [
        GoodsCard(product=product, skus=tuple(by_sku[sku.id] for sku in product.skus.all()))
        for product in wanted
    ]
