"""Reading sale and flash prices."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import Q

from chophien.apps.catalog.models import Sku
from chophien.apps.festivals.models import Festival
from chophien.apps.promotions.models import OfferedPrice
from chophien.domain.money import BPS_WHOLE
from chophien.domain.pricing import request as pricing
from chophien.domain.pricing.unit_prices import BestUnitPrice, best_unit_price


def list_prices(sku_ids: Collection[int], at: datetime) -> dict[int, list[OfferedPrice]]:
    """Prices that are in their window at `at`, by sku, in the order of their ids."""
    found = OfferedPrice.objects.filter(
        Q(starts_at__isnull=True) | Q(starts_at__lte=at),
        Q(ends_at__isnull=True) | Q(ends_at__gt=at),
        sku_id__in=sku_ids,
    ).order_by("id")
    by_sku: dict[int, list[OfferedPrice]] = defaultdict(list)
    for price in found:
        by_sku[price.sku_id].append(price)
    return by_sku


def list_skus_on_flash(at: datetime, *, count_max: int) -> list[int]:
    """Skus with a flash price that is in its window and not used up, the soonest to end first."""
    found = (
        OfferedPrice.objects.filter(
            Q(starts_at__isnull=True) | Q(starts_at__lte=at),
            Q(ends_at__isnull=True) | Q(ends_at__gt=at),
            kind=OfferedPrice.Kind.FLASH,
            sku__product__state="published",
            sku__product__stall__state="admitted",
            sku__stock__free__gt=0,
        )
        .order_by("ends_at", "id")
        .values_list("sku_id", "allotment", "taken")
    )
    return [sku_id for sku_id, allotment, taken in found if (allotment or 0) > taken][:count_max]


def quote_units(
    skus: Iterable[Sku], *, festival: Festival, at: datetime
) -> dict[int, BestUnitPrice]:
    """What one unit of each sku costs now. One query; expects the product to be loaded."""
    wanted = list(skus)
    offered = list_prices([sku.id for sku in wanted], at)
    limits = pricing.Festival(
        currency=festival.currency, discount_cap_bps=festival.discount_cap_bps
    )
    return {
        sku.id: best_unit_price(_make_line(sku, offered.get(sku.id, [])), limits, at=at)
        for sku in wanted
    }


def _make_line(sku: Sku, prices: Iterable[OfferedPrice]) -> pricing.Line:
    return pricing.Line(
        id=str(sku.id),
        sku=sku.code,
        seller=str(sku.product.stall_id),
        qty=1,
        list_price_minor=sku.list_price_minor,
        reference_price_minor=sku.reference_price_minor,
        floor_price_minor=sku.floor_price_minor,
        discount_cap_bps=BPS_WHOLE if sku.product.is_fresh else None,
        prices=tuple(
            pricing.OfferedPrice(
                id=str(price.id),
                kind=pricing.PriceKind(price.kind),
                unit_minor=price.unit_minor,
                window=pricing.Window(starts_at=price.starts_at, ends_at=price.ends_at),
                left=None if price.allotment is None else price.allotment - price.taken,
            )
            for price in prices
        ),
    )
