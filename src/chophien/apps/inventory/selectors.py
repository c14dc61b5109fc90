"""Reading stock."""

from collections.abc import Collection

from chophien.apps.inventory.models import Stock


def count_free(sku_ids: Collection[int]) -> dict[int, int]:
    """Units that can be bought now, by sku; a sku without stock is left out."""
    return dict(Stock.objects.filter(sku_id__in=sku_ids).values_list("sku_id", "free"))


def list_stock(sku_ids: Collection[int]) -> dict[int, Stock]:
    return {stock.sku_id: stock for stock in Stock.objects.filter(sku_id__in=sku_ids)}
