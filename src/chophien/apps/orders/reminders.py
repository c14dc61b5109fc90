"""What people with a reservation are told, and when: each thing once, however late the worker."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from chophien.apps.accounts.notices import Told, notify_all
from chophien.apps.orders.models import Reservation
from chophien.apps.promotions.models import Presale

OPENS_BEFORE = timedelta(minutes=30)
CLOSES_BEFORE = timedelta(hours=2)
REMINDED_BATCH_MAX = 200

Reminder = Reservation.Reminder
_KINDS = {
    Reminder.OPENS: "balance_opens",
    Reminder.OPENED: "balance_opened",
    Reminder.CLOSES: "balance_closes",
}


def tell(reservation: Reservation, kind: str, *, at: datetime) -> None:
    """Tell the buyer once; expects presale, sku, product and the deposit's order to be loaded."""
    notify_all([_write(reservation, kind)], at=at)


def _write(reservation: Reservation, kind: str) -> Told:
    return Told(
        user_id=reservation.user_id,
        kind=kind,
        key=f"{kind}:{reservation.id}",
        params=_list_params(reservation),
    )


def _list_params(reservation: Reservation) -> dict[str, Any]:
    product, presale = reservation.sku.product, reservation.presale
    return {
        "order": reservation.deposit_order.order.token,
        "goods": {"vi": product.name_vi, "en": product.name_en, "zh": product.name_zh},
        "quantity": reservation.quantity,
        "deposit": reservation.paid_minor,
        "balance": reservation.balance_minor,
        "opens_at": presale.balance_starts_at.isoformat(),
        "closes_at": presale.balance_ends_at.isoformat(),
    }


def find_reminder(presale: Presale, at: datetime) -> Reminder:
    """Which reminder is due at `at`.

    Windows shorter than four hours have their last reminder at half their time.
    """
    window = presale.balance_ends_at - presale.balance_starts_at
    if not presale.balance_starts_at - OPENS_BEFORE <= at < presale.balance_ends_at:
        return Reminder.NONE
    if at < presale.balance_starts_at:
        return Reminder.OPENS
    if at < presale.balance_ends_at - min(CLOSES_BEFORE, window / 2):
        return Reminder.OPENED
    return Reminder.CLOSES


def remind(*, at: datetime) -> int:
    """Send the reminders that are due; returns how many. A worker that slept sends the last only.

    Cost: presales whose balance opens soon or is open, and the reservations not yet reminded.
    """
    due = Presale.objects.filter(
        balance_starts_at__lte=at + OPENS_BEFORE, balance_ends_at__gt=at, defaulted_at=None
    )
    return sum(_remind(presale, find_reminder(presale, at), at) for presale in due)


@transaction.atomic
def _remind(presale: Presale, reminder: Reminder, at: datetime) -> int:
    waiting = Q(presale=presale, state=Reservation.State.RESERVED, reminded__lt=reminder)
    reserved = list(
        Reservation.objects.filter(waiting)
        .select_related("presale", "sku__product", "deposit_order__order")
        .select_for_update(of=("self",), skip_locked=True)
        .order_by("id")[:REMINDED_BATCH_MAX]
    )
    ids = [each.id for each in reserved]
    Reservation.objects.filter(id__in=ids).update(reminded=reminder)
    notify_all([_write(each, _KINDS[reminder]) for each in reserved], at=at)
    return len(reserved)
