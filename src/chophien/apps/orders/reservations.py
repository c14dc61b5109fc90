"""What becomes of units that a deposit reserved. Each step is one conditional update.

awaiting_deposit → reserved → balance_placed → bought; a balance that is not paid in time leads
back to reserved. It ends as lapsed (no deposit came), forfeited (no balance came) or refunded
(the stall could not deliver). Reservations are locked in ascending order of id, before stock.
"""

import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from chophien.apps.inventory.services import extend_holds, release_units
from chophien.apps.orders.models import CartLine, OrderLine, Reservation
from chophien.apps.orders.parts import Parts
from chophien.apps.orders.reminders import tell
from chophien.apps.promotions.services import give_back_reserved

State = Reservation.State


def make_reservations(
    lines: Sequence[CartLine], parts: Parts, *, user_id: int, at: datetime
) -> list[Reservation]:
    """Note what the deposits of a new order reserve; nothing is held or counted yet."""
    rows = []
    for line in lines:
        presale = line.presale
        if presale is None:
            continue
        rows.append(
            Reservation(
                presale=presale,
                user_id=user_id,
                sku=line.sku,
                deposit_order=parts[line.sku.product.stall_id],
                quantity=line.quantity,
                unit_minor=presale.unit_minor,
                deposit_minor=presale.deposit_minor,
                credit_minor=presale.credit_minor,
                made_at=at,
            )
        )
    return Reservation.objects.bulk_create(rows)


def claim_balances(lines: Sequence[CartLine], parts: Parts) -> bool:
    """Bind reservations to the order that pays them off; `False` when one is not free for it."""
    claimed = sorted(
        (line.reservation_id, parts[line.sku.product.stall_id].id)
        for line in lines
        if line.reservation_id is not None
    )
    return all(_claim(reservation_id, part_id) for reservation_id, part_id in claimed)


def _claim(reservation_id: uuid.UUID, stall_order_id: uuid.UUID) -> bool:
    free = Reservation.objects.filter(id=reservation_id, state=State.RESERVED)
    return bool(free.update(state=State.BALANCE_PLACED, balance_order_id=stall_order_id))


def confirm_reservations(stall_order_id: uuid.UUID, *, at: datetime) -> list[uuid.UUID] | None:
    """The stall order is paid: its deposits reserve, its balances buy.

    Returns the ids of those bought, whose units are sold now; `None` when one can no longer be
    confirmed, because its stall said that it cannot deliver: the caller rolls back.
    """
    put_down = list(
        Reservation.objects.filter(deposit_order_id=stall_order_id)
        .select_related("presale", "sku__product", "deposit_order__order")
        .order_by("id")
    )
    for reservation in put_down:
        if reservation.presale.defaulted_at is not None or not _move(
            reservation.id, State.AWAITING_DEPOSIT, State.RESERVED
        ):
            return None
        extend_holds([reservation.id], expires_at=reservation.presale.balance_ends_at)
        tell(reservation, "deposit_paid", at=at)
    bought = list_balances(stall_order_id)
    if not all(_buy(reservation_id, stall_order_id) for reservation_id in bought):
        return None
    return bought


def _buy(reservation_id: uuid.UUID, stall_order_id: uuid.UUID) -> bool:
    placed = Reservation.objects.filter(
        id=reservation_id, state=State.BALANCE_PLACED, balance_order_id=stall_order_id
    )
    return bool(placed.update(state=State.BOUGHT))


def list_balances(stall_order_id: uuid.UUID) -> list[uuid.UUID]:
    """Ids of the reservations whose balance a stall order was placed for, ascending."""
    ids = OrderLine.objects.filter(stall_order_id=stall_order_id, quote_line__startswith="r")
    return sorted({uuid.UUID(line[1:]) for line in ids.values_list("quote_line", flat=True)})


def _move(reservation_id: uuid.UUID, before: State, after: State) -> bool:
    return bool(
        Reservation.objects.filter(id=reservation_id, state=before).update(
            state=after, balance_order=None
        )
    )


def let_reservations_go(stall_order_id: uuid.UUID) -> list[Reservation]:
    """The stall order was not paid in time: its deposits lapse, its balances may be tried again.

    Returns those that lapsed; the caller releases their units and gives them back.
    """
    put_down = Reservation.objects.filter(deposit_order_id=stall_order_id).order_by("id")
    lapsed = [each for each in put_down if _move(each.id, State.AWAITING_DEPOSIT, State.LAPSED)]
    Reservation.objects.filter(balance_order_id=stall_order_id, state=State.BALANCE_PLACED).update(
        state=State.RESERVED, balance_order=None
    )
    return lapsed


def count_by_presale(reservations: Sequence[Reservation]) -> dict[int, int]:
    """Units of these reservations by the id of their presale."""
    counted: Counter[int] = Counter()
    for reservation in reservations:
        counted[reservation.presale_id] += reservation.quantity
    return dict(counted)


def take_up_again(stall_order_id: uuid.UUID, *, at: datetime) -> list[Reservation] | None:
    """Money came late: reopen what the stall order let go of; `None` if something is gone.

    Returns the deposits, whose units the caller holds and counts anew. It rolls back on `None`.
    """
    put_down = list(
        Reservation.objects.filter(deposit_order_id=stall_order_id)
        .select_related("presale", "sku__product")
        .order_by("id")
    )
    for reservation in put_down:
        if reservation.presale.ends_at <= at or not _move(
            reservation.id, State.LAPSED, State.AWAITING_DEPOSIT
        ):
            return None
    if not all(_claim(each, stall_order_id) for each in list_balances(stall_order_id)):
        return None
    return put_down


def forfeit(reservation: Reservation, *, at: datetime) -> bool:
    """The balance's window is over: units go back on free sale; `False` when it was done before.

    Expects sku, product and the deposit's order to be loaded.
    """
    if not _move(reservation.id, State.RESERVED, State.FORFEITED):
        return False
    _give_units_back(reservation)
    tell(reservation, "forfeited", at=at)
    return True


def call_off(reservation: Reservation, *, at: datetime) -> bool:
    """The stall cannot deliver what was reserved; `False` unless a deposit is held for it."""
    if not _move(reservation.id, State.RESERVED, State.REFUNDED):
        return False
    _give_units_back(reservation)
    tell(reservation, "defaulted", at=at)
    return True


def _give_units_back(reservation: Reservation) -> None:
    """Return its units to the presale, and to free sale once that is closed."""
    release_units([reservation.id])
    give_back_reserved({reservation.presale_id: reservation.quantity})
