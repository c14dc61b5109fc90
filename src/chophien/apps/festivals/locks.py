"""Rows of festivals that a change has to have for itself. Festivals before their phases."""

from chophien.apps.festivals.models import Clock, Festival, Phase


def lock_festival(festival_id: int) -> Festival:
    """Keep others from changing the festival's calendar; needs a transaction.

    Raises:
        Festival.DoesNotExist: there is no such festival.
    """
    return Festival.objects.select_for_update(of=("self",)).get(id=festival_id)


def lock_phase(phase_id: int) -> Phase | None:
    """Keep the phase from turning, with its festival; needs a transaction."""
    found = Phase.objects.filter(id=phase_id).first()
    if found is None:
        return None
    lock_festival(found.festival_id)
    return Phase.objects.select_for_update(of=("self",)).get(id=phase_id)


def lock_phases(festival: Festival) -> list[Phase]:
    """Keep a locked festival's whole calendar from turning; needs a transaction."""
    rows = Phase.objects.filter(festival=festival, removed_at__isnull=True)
    return list(rows.select_for_update(of=("self",)).order_by("id"))


def lock_clock() -> Clock | None:
    return Clock.objects.select_for_update(of=("self",)).first()
