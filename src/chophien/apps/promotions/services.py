"""Using up the units of a flash price."""

from collections.abc import Mapping

from django.db.models import F, Q

from chophien.apps.promotions.models import OfferedPrice


def take_units(quantities: Mapping[int, int]) -> bool:
    """Count units against the allotments of their prices; `False` when one has too few left.

    Runs inside the caller's transaction, which must roll back on `False`. Locks price rows in
    ascending order of id. A price without an allotment only counts.
    """
    for price_id in sorted(quantities):
        quantity = quantities[price_id]
        updated = OfferedPrice.objects.filter(
            Q(allotment__isnull=True) | Q(allotment__gte=F("taken") + quantity), id=price_id
        ).update(taken=F("taken") + quantity)
        if not updated:
            return False
    return True


def give_back_units(quantities: Mapping[int, int]) -> None:
    """Return units of orders that were not paid. Locks price rows in ascending order of id."""
    for price_id in sorted(quantities):
        OfferedPrice.objects.filter(id=price_id).update(taken=F("taken") - quantities[price_id])
