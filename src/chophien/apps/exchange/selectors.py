"""Reading imports. Whoever asks says whose they may see."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import QuerySet

from chophien.apps.exchange.models import Import, ImportFault

AT_WORK = frozenset({Import.State.READING, Import.State.CHECKING, Import.State.APPLYING})
FAULTS_FETCHED = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Whose imports may be seen and moved: those of these stalls; all of them for an organiser."""

    stall_ids: frozenset[int] = frozenset()
    is_organiser: bool = False


def list_imports(viewer: Viewer) -> QuerySet[Import]:
    """The runs that somebody may see, the latest first."""
    runs = Import.objects.select_related("stall", "made_by")
    return runs if viewer.is_organiser else runs.filter(stall_id__in=viewer.stall_ids)


def find_import(run_id: int, viewer: Viewer) -> Import | None:
    """A run, when it is there and the viewer may see it."""
    return list_imports(viewer).filter(id=run_id).first()


def list_faults(run_id: int) -> QuerySet[ImportFault]:
    """All that is wrong in a file, by row."""
    return ImportFault.objects.filter(run_id=run_id).order_by("row", "id")


def iterate_faults(run_id: int) -> Iterator[ImportFault]:
    """The same, through a cursor of the server."""
    return list_faults(run_id).iterator(chunk_size=FAULTS_FETCHED)


def is_at_work(run: Import) -> bool:
    return run.state in AT_WORK
