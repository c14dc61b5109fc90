"""Goods for one storm. To be imported once Django is set up."""

from django.db import connection

from bench.lane_goods import make_goods, open_fair
from chophien.apps.festivals.clock import now
from chophien.apps.orders.models import ReadyQuote
from chophien.apps.orders.ready import prepare_quote

__all__ = ["open_fair", "prepare"]

PER_BUYER_MAX = 3


def prepare(*, skus: int, units: int) -> tuple[list[int], dict[str, int]]:
    """Skus with so many units each, and the sums of one and of two, made ready for the lane."""
    sku_ids = make_goods(skus=skus, units=units, per_buyer_max=PER_BUYER_MAX)
    for sku_id in sku_ids:
        ready = prepare_quote(sku_id=sku_id, quantity=2, at=now())
        assert isinstance(ready, ReadyQuote), ready
    rows = ReadyQuote.objects.filter(sku_id=sku_ids[0]).values_list("quantity", "due_minor")
    dues = {str(quantity): due_minor for quantity, due_minor in rows}
    connection.close()
    return sku_ids, dues
