"""Goods as the pages show them: with today's price and what is left."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from chophien.apps.promotions.buyers import Buyer
from chophien.apps.promotions.selectors import QuotedUnit, count_buyable, quote_units
from chophien.domain.pricing.unit_prices import BestUnitPrice
from chophien.web.shared.people import find_user_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest

    from chophien.apps.catalog.models import Product, Sku
    from chophien.apps.festivals.models import Festival
    from chophien.apps.promotions.models import OfferedPrice


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
    reference_minor: int
    """The price just before the promotion, whether or not today's is below it."""
    in_force: tuple["OfferedPrice", ...] = ()
    is_exclusive: bool = False
    """Today's price takes no further discount and counts towards no threshold."""

    @property
    def is_sold_out(self) -> bool:
        return self.free == 0

    @property
    def member_price(self) -> "OfferedPrice | None":
        """What joining the stall would bring: its price for members, where it is lower."""
        return self._find_lower("member")

    @property
    def room_price(self) -> "OfferedPrice | None":
        """The lowest price of a live room, where it is lower."""
        return self._find_lower("room")

    @property
    def tiers(self) -> "list[OfferedPrice]":
        """Prices for more units that are lower than today's, by quantity."""
        lower = self._list_lower("tier")
        return sorted(lower, key=lambda price: (price.min_qty or 0, price.unit_minor))

    @property
    def has_member_price(self) -> bool:
        """Whether the stall has a price for its members."""
        return any(price.kind == "member" for price in self.in_force)

    def _find_lower(self, kind: str) -> "OfferedPrice | None":
        return min(self._list_lower(kind), key=lambda price: price.unit_minor, default=None)

    def _list_lower(self, kind: str) -> "list[OfferedPrice]":
        now_minor = self.price.unit_minor
        return [each for each in self.in_force if each.kind == kind and each.unit_minor < now_minor]


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodsCard:
    product: "Product"
    skus: tuple[SkuCard, ...]

    @property
    def first(self) -> SkuCard:
        """The sku to show where there is room for one: the first that is left, else the first."""
        return next((card for card in self.skus if not card.is_sold_out), self.skus[0])


def find_reader(request: "HttpRequest") -> Buyer:
    """Whoever looks at a page: members of a stall see its prices for members."""
    user_id = find_user_id(request)
    return Buyer(id=str(user_id or "guest"), user_id=user_id)


def build_sku_cards(
    skus: "Iterable[Sku]",
    *,
    festival: "Festival",
    at: datetime,
    reader: Buyer | None = None,
    show_id: int | None = None,
) -> list[SkuCard]:
    """Cards in the order of the skus, priced for the reader in the room of a show if given.

    Three queries, four for a reader who is logged in. Expects the products to be loaded.
    """
    wanted = list(skus)
    quoted = quote_units(wanted, festival=festival, at=at, buyer=reader, show_id=show_id)
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
        reference_minor=quoted.reference_minor,
        in_force=quoted.in_force,
        is_exclusive=counted is not None and counted.is_exclusive,
    )


def build_cards(
    products: "Iterable[Product]",
    *,
    festival: "Festival",
    at: datetime,
    reader: Buyer | None = None,
) -> list[GoodsCard]:
    """Cards in the order of the products; queries as `build_sku_cards`, beside the products' own."""
    wanted = [product for product in products if product.skus.all()]
    skus = [sku for product in wanted for sku in product.skus.all()]
    cards = build_sku_cards(skus, festival=festival, at=at, reader=reader)
    by_sku = {card.sku.id: card for card in cards}
    return [
        GoodsCard(product=product, skus=tuple(by_sku[sku.id] for sku in product.skus.all()))
        for product in wanted
    ]
