"""Changing goods and their list prices."""

from collections.abc import Collection
from datetime import datetime

from django.contrib.postgres.search import SearchVector
from django.db import transaction
from django.db.models import Value
from django.utils.translation import override

from chophien.apps.bus.services import publish
from chophien.apps.catalog.models import ListPriceChange, Product, Sku
from chophien.domain.contact import fold
from chophien.wire.events import FAIR, PriceChanged


class UnknownGoodsError(LookupError):
    """No such product or sku."""


@transaction.atomic
def change_list_price(
    *, sku_id: int, list_price_minor: int, by_id: int | None, at: datetime
) -> bool:
    """Set what one unit costs without any promotion; `False` when it is that already.

    Writes the price history and tells every page. Locks the sku's row.

    Raises:
        UnknownGoodsError: no such sku.
        ValueError: the price is below 1.
    """
    if list_price_minor < 1:
        raise ValueError("list_price_minor: must be at least 1")
    sku = Sku.objects.select_for_update().filter(id=sku_id).first()
    if sku is None:
        raise UnknownGoodsError(f"sku {sku_id}")
    if sku.list_price_minor == list_price_minor:
        return False
    sku.list_price_minor = list_price_minor
    sku.save(update_fields=["list_price_minor"])
    record_list_price(sku, by_id=by_id, at=at)
    publish(FAIR, PriceChanged(sku_id=sku.id, product_id=sku.product_id))
    return True


def record_list_price(sku: Sku, *, by_id: int | None, at: datetime) -> None:
    """Add the sku's present list price to its history."""
    ListPriceChange.objects.create(
        sku=sku, list_price_minor=sku.list_price_minor, changed_at=at, changed_by_id=by_id
    )


@transaction.atomic
def change_state(*, product_id: int, state: str) -> None:
    """Publish a product or take it down; pages and hosts follow at once.

    Raises:
        UnknownGoodsError: no such product.
        ValueError: no such state.
    """
    if state not in Product.State.values:
        raise ValueError(f"state: {state} is none of {', '.join(Product.State.values)}")
    if not Product.objects.filter(id=product_id).update(state=state):
        raise UnknownGoodsError(f"product {product_id}")
    publish_goods(product_id)


@transaction.atomic
def change_kinds(*, product_id: int, kinds: Collection[str], known: Collection[str]) -> None:
    """Say which of the `known` tags a product has; its other tags stay. Locks the product.

    Raises:
        UnknownGoodsError: no such product.
    """
    product = Product.objects.select_for_update().filter(id=product_id).first()
    if product is None:
        raise UnknownGoodsError(f"product {product_id}")
    others = [tag for tag in product.tags if tag not in known]
    product.tags = others + [tag for tag in known if tag in kinds]
    product.save(update_fields=["tags"])
    publish_goods(product_id)


def publish_goods(product_id: int) -> None:
    """Tell every page to read a product anew."""
    for sku_id in Sku.objects.filter(product_id=product_id).values_list("id", flat=True):
        publish(FAIR, PriceChanged(sku_id=sku_id, product_id=product_id))


def index_product(product: Product) -> None:
    """Make a product findable by its names, its origin and its stall, without diacritics."""
    place = product.former_province
    first = fold(f"{product.name_vi} {product.name_en} {product.name_zh}")
    with override("vi"):
        region = place.get_region_display()
    second = fold(f"{place.name} {region} {product.stall.name_vi}")
    Product.objects.filter(id=product.id).update(
        search=SearchVector(Value(first), weight="A", config="simple")
        + SearchVector(Value(second), weight="C", config="simple")
    )
