"""Reading festivals and places."""

from datetime import datetime

from django.db.models import QuerySet

from chophien.apps.festivals.models import (
    Festival,
    FormerProvince,
    Phase,
    PhaseTurn,
    Province,
    Region,
    Season,
)
from chophien.domain.phases import Edge, PhaseKind, PhasePlan, sort_phases
from chophien.statements import load
from chophien.statements.graphs import Graph, Part
from chophien.statements.prepared import run

_CURRENT = Graph(load("buying")["find_festival"], {"festival": Part(model=Festival)})


class NoFestivalError(LookupError):
    """There is no festival at all; make one in the office."""


def get_current_festival(at: datetime) -> Festival:
    """The festival that is on; else the next one; else the last one.

    Raises:
        NoFestivalError: none was ever made.
    """
    found: list[Festival] = _CURRENT.read(run(_CURRENT.statement, {"at": at}))
    if not found:
        raise NoFestivalError("no festival")
    return found[0]


def list_festivals() -> QuerySet[Festival]:
    return Festival.objects.order_by("-starts_at")


def list_open_festivals(at: datetime) -> QuerySet[Festival]:
    """Festivals that are on or to come, the one that is on first."""
    return Festival.objects.filter(ends_at__gt=at).order_by("starts_at", "id")


def list_provinces() -> QuerySet[Province]:
    """Today's 34 units by name."""
    return Province.objects.order_by("name")


def list_former_provinces() -> QuerySet[FormerProvince]:
    return FormerProvince.objects.order_by("name")


def list_regions() -> list[tuple[str, str]]:
    """Slug and name of the eight regions, from north to south, in the reader's language."""
    return [(slug, str(name)) for slug, name in Region.choices]


def list_seasons() -> QuerySet[Season]:
    """Seasons with their festivals, the latest first."""
    return Season.objects.prefetch_related("festivals")


def find_festival(slug: str) -> Festival | None:
    return Festival.objects.select_related("season").filter(slug=slug).first()


def list_phases(festival_id: int) -> list[PhasePlan]:
    """The festival's calendar, in order."""
    rows = Phase.objects.filter(festival_id=festival_id, removed_at__isnull=True)
    return sort_phases(to_plan(row) for row in rows)


def list_removed_phases(festival_id: int) -> list[PhasePlan]:
    """What was taken out of the calendar and can be put back, the last one first."""
    rows = Phase.objects.filter(festival_id=festival_id, removed_at__isnull=False)
    return [to_plan(row) for row in rows.order_by("-removed_at", "id")]


def find_phase(phase_id: int) -> Phase | None:
    return Phase.objects.select_related("festival").filter(id=phase_id).first()


def list_turned_edges(festival_id: int, *, rehearsal: int = 0) -> dict[int, frozenset[Edge]]:
    """The edges of each phase that have turned: in the festival itself, or in a rehearsal too."""
    turned: dict[int, frozenset[Edge]] = {}
    for phase_id, edge in PhaseTurn.objects.filter(
        phase__festival_id=festival_id, rehearsal__in={0, rehearsal}
    ).values_list("phase_id", "edge"):
        turned[phase_id] = turned.get(phase_id, frozenset()) | {Edge(edge)}
    return turned


def list_phase_turns(festival_id: int) -> QuerySet[PhaseTurn]:
    """The log of a festival's turns, the latest first."""
    return (
        PhaseTurn.objects.filter(phase__festival_id=festival_id)
        .select_related("phase")
        .order_by("-id")
    )


def to_plan(row: Phase) -> PhasePlan:
    """The value of a phase that is kept."""
    return PhasePlan(
        kind=PhaseKind(row.kind),
        wave=row.wave,
        name_vi=row.name_vi,
        name_en=row.name_en,
        name_zh=row.name_zh,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        id=row.id,
    )
