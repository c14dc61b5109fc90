"""The next name that no order has had."""

from django.db import connection

from chophien.apps.orders.models import Numbering
from chophien.domain.orders import OrderCodes, name_order


def name_next_order(secret: bytes) -> OrderCodes:
    """Use up a serial number; an order that then fails leaves a gap.

    Two queries. `secret` as for `domain.orders.name_order`.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('orders_serial')")
        (serial,) = cursor.fetchone()
    return name_order(serial, key=find_numbering_key(), secret=secret)


def find_numbering_key() -> bytes:
    """The key by which this installation names its orders."""
    return bytes(Numbering.objects.get().key)
