"""The fair of `make bench-purchase`: the demonstration's, with plenty of everything on sale.

Imported once there is a database to set Django up with.
"""

from dataclasses import dataclass

from django.core.management import call_command
from django.db import connections

from chophien.apps.catalog.models import Sku
from chophien.apps.festivals.clock import now
from chophien.apps.festivals.models import Province
from chophien.apps.inventory.models import Hold, Stock
from chophien.apps.inventory.services import receive_units
from chophien.apps.orders.models import Order
from chophien.config.demo.build import build_fair, extend_programme
from chophien.config.demo.festivals import turn_past_phases
from chophien.config.translations import compile_catalogues

PLENTY = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """What buyers choose from: skus with their product's address, and the rare one."""

    skus: list[tuple[int, str]]
    rush_sku: int
    province: int


def fill_fair(rush_units: int) -> Goods:
    """Build the demonstration's fair; one sku of it is rare, of all others there is plenty."""
    compile_catalogues()
    call_command("migrate", verbosity=0)
    at = now()
    build_fair(at=at)
    turn_past_phases(at)
    extend_programme(at=at)
    on_sale = Sku.objects.filter(product__state="published", product__stall__state="admitted")
    rare, *plenty = on_sale.select_related("product").order_by("id")
    Stock.objects.filter(sku=rare).delete()
    receive_units(sku_id=rare.id, stall_id=rare.product.stall_id, quantity=rush_units)
    for sku in plenty:
        receive_units(sku_id=sku.id, stall_id=sku.product.stall_id, quantity=PLENTY)
    goods = Goods(
        skus=[(sku.id, sku.product.slug) for sku in plenty],
        rush_sku=rare.id,
        province=Province.objects.order_by("id").first().pk,  # type: ignore[union-attr] # migrations make them
    )
    connections.close_all()
    return goods


def look_at_rush(sku_id: int) -> dict[str, int]:
    """What the database says was sold of the rare sku."""
    stock = Stock.objects.get(sku_id=sku_id)
    holds = Hold.objects.filter(sku_id=sku_id)
    figures = {
        "rush_units_sold": stock.held + stock.sold,
        "rush_units_left": stock.free,
        "rush_orders_in_database": holds.values("stall_order").distinct().count(),
        "orders_in_database": Order.objects.count(),
    }
    connections.close_all()
    return figures
