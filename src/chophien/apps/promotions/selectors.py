"""Reading sale and flash prices."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from django.db.models import Q

from chophien.apps.promotions.models import OfferedPrice


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
