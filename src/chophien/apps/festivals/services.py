"""Changing a festival's calendar, and turning its phases."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import connection, transaction

from chophien.apps.bus.services import publish
from chophien.apps.festivals.locks import lock_festival, lock_phase, lock_phases
from chophien.apps.festivals.models import Festival, Phase, PhaseTurn
from chophien.apps.festivals.selectors import list_phases, list_turned_edges, to_plan
from chophien.domain.phases import Edge, Fault, PhasePlan, check_calendar
from chophien.wire.events import FAIR, PhaseTurned


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseSaved:
    """The calendar is as asked."""

    phase_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarRefused:
    """The calendar would not hold together; nothing was changed."""

    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HasTurned:
    """What has begun or ended cannot be moved or taken out any more; nothing was changed."""

    edges: frozenset[Edge]


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarFilled:
    phase_count: int


class UnknownPhaseError(LookupError):
    """There is no such phase."""


@transaction.atomic
def add_phase(*, festival_id: int, plan: PhasePlan) -> PhaseSaved | CalendarRefused:
    """Put one more phase into a festival's calendar. Locks the festival."""
    lock_festival(festival_id)
    if faults := _find_faults(festival_id, plan):
        return CalendarRefused(faults=faults)
    return PhaseSaved(phase_id=_keep(festival_id, plan).id)


@transaction.atomic
def change_phase(
    *, phase_id: int, plan: PhasePlan, rehearsal: int = 0
) -> PhaseSaved | CalendarRefused | HasTurned:
    """Give a phase other names or instants; an edge that has turned stays where it is.

    Once a phase has begun its kind and wave stay, too. Locks festival and phase, so that no edge
    turns meanwhile.

    Raises:
        UnknownPhaseError: there is no such phase.
    """
    row = lock_phase(phase_id)
    if row is None or row.removed_at is not None:
        raise UnknownPhaseError(str(phase_id))
    turned = list_turned_edges(row.festival_id, rehearsal=rehearsal).get(phase_id, frozenset())
    if frozen := _find_moved(to_plan(row), plan) & turned:
        return HasTurned(edges=frozenset(frozen))
    if faults := _find_faults(row.festival_id, replace(plan, id=phase_id)):
        return CalendarRefused(faults=faults)
    for field, value in _fields(plan).items():
        setattr(row, field, value)
    row.save()
    return PhaseSaved(phase_id=phase_id)


@transaction.atomic
def remove_phase(*, phase_id: int, at: datetime, rehearsal: int = 0) -> PhaseSaved | HasTurned:
    """Take a phase that has not begun out of the calendar; `restore_phase` puts it back.

    Raises:
        UnknownPhaseError: there is no such phase.
    """
    row = lock_phase(phase_id)
    if row is None:
        raise UnknownPhaseError(str(phase_id))
    if turned := list_turned_edges(row.festival_id, rehearsal=rehearsal).get(phase_id):
        return HasTurned(edges=turned)
    row.removed_at = row.removed_at or at
    row.save(update_fields=["removed_at"])
    return PhaseSaved(phase_id=phase_id)


@transaction.atomic
def restore_phase(*, phase_id: int) -> PhaseSaved | CalendarRefused:
    """Put back a phase that was taken out, if it still fits.

    Raises:
        UnknownPhaseError: there is no such phase.
    """
    row = lock_phase(phase_id)
    if row is None:
        raise UnknownPhaseError(str(phase_id))
    if faults := _find_faults(row.festival_id, to_plan(row)):
        return CalendarRefused(faults=faults)
    row.removed_at = None
    row.save(update_fields=["removed_at"])
    return PhaseSaved(phase_id=phase_id)


@transaction.atomic
def fill_calendar(
    *, festival_id: int, plans: Sequence[PhasePlan], at: datetime, rehearsal: int = 0
) -> CalendarFilled | CalendarRefused | HasTurned:
    """Put a whole calendar in the place of the one there is, unless that has begun.

    The festival's period grows, where it has to, so that deposits, sales and balances lie in it.
    """
    festival = lock_festival(festival_id)
    if faults := _keep_blocking(check_calendar(plans)):
        return CalendarRefused(faults=faults)
    ids = {row.id for row in lock_phases(festival)}
    turned = list_turned_edges(festival_id, rehearsal=rehearsal)
    if begun := ids & turned.keys():
        return HasTurned(edges=frozenset(edge for each in begun for edge in turned[each]))
    Phase.objects.filter(id__in=ids).update(removed_at=at)
    for plan in plans:
        _keep(festival_id, plan)
    _widen(festival, plans)
    return CalendarFilled(phase_count=len(plans))


# Phases are locked while they turn, so that none is moved meanwhile. Whoever waited for a lock
# judges the phase as it is then: only the phase's own columns are read anew, so the instant has
# to come from them. What another worker has turned is told by the constraint.
_TURN = """
    WITH due AS (
        SELECT phase.id, edge.name,
               CASE edge.name WHEN 'starts' THEN phase.starts_at ELSE phase.ends_at END AS due_at
        FROM festivals_phase phase CROSS JOIN (VALUES ('starts'), ('ends')) AS edge (name)
        WHERE phase.removed_at IS NULL
          AND CASE edge.name WHEN 'starts' THEN phase.starts_at ELSE phase.ends_at END <= %(at)s
          AND (%(since)s::timestamptz IS NULL OR %(since)s <
               CASE edge.name WHEN 'starts' THEN phase.starts_at ELSE phase.ends_at END)
          AND NOT EXISTS (
              SELECT FROM festivals_phaseturn turn
              WHERE turn.phase_id = phase.id AND turn.edge = edge.name
                AND turn.rehearsal = %(rehearsal)s)
        ORDER BY phase.id
        FOR NO KEY UPDATE OF phase
    )
    INSERT INTO festivals_phaseturn (phase_id, edge, due_at, turned_at, rehearsal)
    SELECT id, name, due_at, %(at)s, %(rehearsal)s FROM due ORDER BY due_at, name, id
    ON CONFLICT ON CONSTRAINT phase_turns_once DO NOTHING
    RETURNING id
"""


@transaction.atomic
def turn_phases(
    *, at: datetime, rehearsal: int = 0, since: datetime | None = None
) -> list[PhaseTurn]:
    """Turn every edge that is due and tell the fair; each once, however many do this, however late.

    A rehearsal turns only what is due after `since`, where it began. Returns what this call
    turned, in the order of the instants; at one instant what ends comes first.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TURN, {"at": at, "rehearsal": rehearsal, "since": since})
        ids = [row[0] for row in cursor.fetchall()]
    if not ids:
        return []
    turned = PhaseTurn.objects.filter(id__in=ids).select_related("phase")
    turns = list(turned.order_by("due_at", "edge", "phase_id"))
    for turn in turns:
        publish(FAIR, _tell(turn))
    return turns


def _tell(turn: PhaseTurn) -> PhaseTurned:
    return PhaseTurned(
        festival_id=turn.phase.festival_id,
        phase_id=turn.phase_id,
        kind=turn.phase.kind,
        edge=turn.edge,
        at=turn.due_at,
    )


def _find_faults(festival_id: int, plan: PhasePlan) -> tuple[Fault, ...]:
    """What keeps a phase from standing among the others."""
    others = [one for one in list_phases(festival_id) if one.id != plan.id or plan.id is None]
    faults = _keep_blocking(check_calendar([*others, plan]))
    return tuple(fault for fault in faults if plan in {fault.phase, fault.other})


def _keep_blocking(faults: Sequence[Fault]) -> tuple[Fault, ...]:
    return tuple(fault for fault in faults if fault.is_blocking)


def _find_moved(old: PhasePlan, new: PhasePlan) -> set[Edge]:
    """The edges that a change would move; another kind or wave moves the beginning."""
    moved = set()
    if (old.kind, old.wave, old.starts_at) != (new.kind, new.wave, new.starts_at):
        moved.add(Edge.STARTS)
    if old.ends_at != new.ends_at:
        moved.add(Edge.ENDS)
    return moved


def _fields(plan: PhasePlan) -> dict[str, object]:
    return {
        "kind": plan.kind.value,
        "wave": plan.wave,
        "name_vi": plan.name_vi,
        "name_en": plan.name_en,
        "name_zh": plan.name_zh,
        "starts_at": plan.starts_at,
        "ends_at": plan.ends_at,
    }


def _keep(festival_id: int, plan: PhasePlan) -> Phase:
    return Phase.objects.create(festival_id=festival_id, **_fields(plan))


def _widen(festival: Festival, plans: Sequence[PhasePlan]) -> None:
    selling = [plan for plan in plans if plan.wave is not None]
    festival.starts_at = min([festival.starts_at, *(plan.starts_at for plan in selling)])
    festival.ends_at = max([festival.ends_at, *(plan.ends_at for plan in selling)])
    festival.save(update_fields=["starts_at", "ends_at"])
