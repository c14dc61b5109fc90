"""The next name that no order has had."""

from chophien.domain.orders import OrderCodes, name_order
from chophien.statements import load
from chophien.statements.prepared import run

_TAKE = load("buying")["take_name"]


def name_next_order(secret: bytes, *, province_id: int) -> OrderCodes | None:
    """Use up a serial number; an order that then fails leaves a gap.

    One query. `None` when there is no such province: nothing can be sent there. `secret` as for
    `domain.orders.name_order`.
    """
    ((serial, key, is_known),) = run(_TAKE, {"province": province_id})
    return name_order(serial, key=bytes(key), secret=secret) if is_known else None
