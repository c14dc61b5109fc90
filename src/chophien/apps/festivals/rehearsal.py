"""Moving the fair's clock, where the fair may rehearse."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from chophien.apps.bus.services import publish
from chophien.apps.festivals import clock
from chophien.apps.festivals.locks import lock_clock
from chophien.apps.festivals.models import Clock
from chophien.wire.events import FAIR, ClockMoved

SECOND = timedelta(seconds=1)


class NotRehearsingError(RuntimeError):
    """This fair is not set up for rehearsals; its clock is never moved."""


@transaction.atomic
def move_clock(*, to: datetime) -> int:
    """Let it be `to` now; returns the number of the rehearsal that is under way then.

    Within a rehearsal time only goes forward. A move from real time, or backward, begins the next
    one, in which phases turn again from there on; what the last one turned stays in the log.

    Raises:
        NotRehearsingError: rehearsals are off.
    """
    row = _lock()
    real = clock.read_real()
    offset_s = -((real - to) // SECOND)  # rounded up: what is due at `to` is due at once
    is_backward = offset_s < row.offset_s
    if offset_s and (row.offset_s == 0 or is_backward):
        row.rehearsal += 1
        row.since = to if is_backward else real
    row.offset_s = offset_s
    _keep(row, to)
    return row.rehearsal if offset_s else 0


@transaction.atomic
def return_to_real_time() -> None:
    """Let the fair's clock be that of the world.

    Raises:
        NotRehearsingError: rehearsals are off.
    """
    row = _lock()
    row.offset_s = 0
    _keep(row, clock.read_real())


def _lock() -> Clock:
    if not settings.REHEARSAL:
        raise NotRehearsingError("set CHOPHIEN_REHEARSAL=1 to rehearse")
    Clock.objects.get_or_create(id=1, defaults={"since": clock.read_real()})
    row = lock_clock()
    assert row is not None, "the row was made just now"
    return row


def _keep(row: Clock, at: datetime) -> None:
    row.save()
    publish(FAIR, ClockMoved(at=at))
    transaction.on_commit(clock.forget)
