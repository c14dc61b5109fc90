"""When a stall cannot deliver what it took deposits for."""

from datetime import datetime

from django.db import transaction

from chophien.apps.orders.models import Reservation
from chophien.apps.orders.reservations import call_off
from chophien.apps.payments.models import Payment
from chophien.apps.payments.refunds import owe_default
from chophien.apps.payments.services import expire
from chophien.apps.promotions.services import mark_defaulted

CALLED_OFF_BATCH_MAX = 200
_OPEN = [
    Reservation.State.AWAITING_DEPOSIT,
    Reservation.State.RESERVED,
    Reservation.State.BALANCE_PLACED,
]


def default_presale(*, presale_id: int, by_id: int | None, at: datetime) -> bool:
    """End a presale that its stall cannot deliver; `False` when that was said before.

    Every reservation that is not bought yet is owed its deposit and as much again; units go back
    on free sale. What this call does not get to, `refund_defaulted` does.
    """
    if not mark_defaulted(presale_id=presale_id, at=at):
        return False
    while refund_defaulted(by_id=by_id, at=at):
        pass
    return True


def refund_defaulted(*, at: datetime, by_id: int | None = None) -> int:
    """Call off what is still open of presales that cannot be delivered; returns how many.

    Each exactly once, however many workers run this and however late. A stall order that waits
    for its money expires now: nobody shall pay for what will not come.
    """
    found = (
        Reservation.objects.filter(state__in=_OPEN, presale__defaulted_at__isnull=False)
        .select_related("presale", "sku__product", "deposit_order__order")
        .order_by("id")[:CALLED_OFF_BATCH_MAX]
    )
    return sum(_call_off(reservation, by_id, at) for reservation in found)


def _call_off(reservation: Reservation, by_id: int | None, at: datetime) -> bool:
    waiting_id = reservation.balance_order_id
    if reservation.state == Reservation.State.AWAITING_DEPOSIT:
        waiting_id = reservation.deposit_order_id
    is_expired = waiting_id is not None and expire(
        Payment.objects.values_list("id", flat=True).get(stall_order_id=waiting_id)
    )
    with transaction.atomic():
        if not call_off(reservation, at=at):
            return is_expired  # its deposit never came, or its balance is being paid this instant
        owe_default(reservation, by_id=by_id, at=at)
    return True
