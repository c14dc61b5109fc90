"""What orders say about promotions: how often a price was paid, who bought at a festival."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, F, Sum

from chophien.apps.orders.models import Order, OrderLine, StallOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceUses:
    """Orders that are placed or paid, their units, and what these cost at the price."""

    orders: int
    units: int
    paid_minor: int


def count_price_uses(
    price_ids: Collection[int], *, sku_ids: Collection[int]
) -> dict[int, PriceUses]:
    """By offered price; those that nobody paid are left out. Reads the orders of these skus."""
    found = (
        OrderLine.objects.filter(sku_id__in=sku_ids, offered_price_id__in=price_ids)
        .exclude(stall_order__state=StallOrder.State.EXPIRED)
        .values("offered_price_id")
        .annotate(
            orders=Count("stall_order", distinct=True),
            units=Sum("quantity"),
            paid=Sum(F("quantity") * F("unit_minor")),
        )
        .order_by()
    )
    return {
        each["offered_price_id"]: PriceUses(
            orders=each["orders"], units=each["units"], paid_minor=each["paid"]
        )
        for each in found
        if each["offered_price_id"] is not None
    }


def list_buyers(festival_id: int) -> list[int]:
    """Accounts that have paid for something at a festival; guests have none."""
    paid = Order.objects.filter(
        festival_id=festival_id, user__isnull=False, stall_orders__state=StallOrder.State.PAID
    )
    return sorted(user_id for user_id in set(paid.values_list("user_id", flat=True)) if user_id)
