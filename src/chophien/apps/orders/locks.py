"""Rows of orders that a change has to have for itself: payments before them, stock after."""

import uuid

from chophien.apps.orders.models import Order


def lock_order(order_id: uuid.UUID) -> Order:
    """Keep other parts of the order from being returned or expiring meanwhile.

    Which coupons come back depends on all its parts. Needs a transaction.
    """
    return Order.objects.select_for_update(of=("self",)).get(id=order_id)
