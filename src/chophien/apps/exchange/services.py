"""What people and workers do with imports: bring a file, stop it, go on, apply it."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from chophien.apps.exchange.applying import apply_run, clear_away
from chophien.apps.exchange.checking import check
from chophien.apps.exchange.locks import try_lock_run
from chophien.apps.exchange.models import Import, ImportPart
from chophien.apps.exchange.selectors import AT_WORK
from chophien.apps.exchange.sources import PART_BYTES
from chophien.apps.exchange.staging import read_on
from chophien.domain.limits import IMPORT_BYTES_MAX

State = Import.State

# A worker that has not been heard of for this long, and holds no lock, is gone.
SILENT = timedelta(seconds=15)
# How long a file is kept after its run is over, to show what was brought in.
KEPT = timedelta(days=30)
WORKBOOK_ENDINGS = (".xlsx", ".xlsm")


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file as it was brought; `chunks` is read once. No stall means all of them."""

    kind: str
    file_name: str
    chunks: Iterable[bytes]
    stall_id: int | None
    by_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    run_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TooLarge:
    """Nothing was kept: the file has more bytes than `bytes_max`."""

    bytes_max: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Empty:
    """Nothing was kept: the file has no bytes."""


class _TooLargeError(ValueError):
    pass


def begin_import(upload: Upload, *, at: datetime) -> Begun | TooLarge | Empty:
    """Keep a file, whole or not at all; a worker has to be told to read it."""
    try:
        with transaction.atomic():
            run = Import.objects.create(
                kind=upload.kind, stall_id=upload.stall_id, made_by_id=upload.by_id,
                file_name=upload.file_name[:200], file_bytes=0, sha256="", made_at=at, beat_at=at,
                is_workbook=upload.file_name.lower().endswith(WORKBOOK_ENDINGS),
            )  # fmt: skip
            _keep_file(run, upload.chunks)
            if not run.file_bytes:
                transaction.set_rollback(True)
                return Empty()
    except _TooLargeError:
        return TooLarge(bytes_max=IMPORT_BYTES_MAX)
    return Begun(run_id=run.pk)


def _keep_file(run: Import, chunks: Iterable[bytes]) -> None:
    digest, number, waiting = hashlib.sha256(), 0, bytearray()
    for chunk in chunks:
        digest.update(chunk)
        run.file_bytes += len(chunk)
        if run.file_bytes > IMPORT_BYTES_MAX:
            raise _TooLargeError
        waiting += chunk
        while len(waiting) >= PART_BYTES:
            ImportPart.objects.create(run=run, number=number, data=bytes(waiting[:PART_BYTES]))
            del waiting[:PART_BYTES]
            number += 1
    if waiting:
        ImportPart.objects.create(run=run, number=number, data=bytes(waiting))
    run.sha256 = digest.hexdigest()
    run.save(update_fields=["sha256", "file_bytes"])


def work_on(run_id: int, *, read_clock: Callable[[], datetime]) -> str:
    """Do what a run needs next, as far as it goes; returns the state that it is in then.

    May be called at any time, twice at once, and again after it was killed: every step begins
    where the last transaction left it.
    """
    if read_on(run_id):
        _move(run_id, State.READING, State.CHECKING)
    state = Import.objects.values_list("state", flat=True).get(id=run_id)
    if state == State.CHECKING:
        check(run_id, at=read_clock())
    elif state == State.APPLYING and apply_run(run_id, read_clock=read_clock):
        clear_away(run_id)
    elif state == State.APPLYING:
        check(run_id, at=read_clock())
    return Import.objects.values_list("state", flat=True).get(id=run_id)


def _move(run_id: int, old: str, new: str, **fields: object) -> bool:
    return bool(Import.objects.filter(id=run_id, state=old).update(state=new, **fields))


def stop(*, run_id: int) -> bool:
    """Stop a run where it is. What was read stays; of what was being applied nothing does."""
    return (
        _move(run_id, State.READING, State.STOPPED)
        or _move(run_id, State.CHECKING, State.STOPPED)
        or _move(run_id, State.APPLYING, State.CHECKED)
    )


def resume(*, run_id: int, at: datetime) -> bool:
    """Go on with a stopped run from its last batch; a worker has to be told."""
    run = Import.objects.get(id=run_id)
    return _move(
        run_id, State.STOPPED, State.CHECKING if run.is_read else State.READING, beat_at=at
    )


def check_again(*, run_id: int, at: datetime) -> bool:
    """Hold a file against the fair once more, as it is by now."""
    return _move(run_id, State.CHECKED, State.CHECKING, beat_at=at, is_moved=False)


def start_applying(*, run_id: int, by_id: int, leaves_faulty: bool, at: datetime) -> bool:
    """Let a checked run be applied; one with faults only when its faulty rows may be left out."""
    run = Import.objects.get(id=run_id)
    if (run.faulty_count and not leaves_faulty) or not run.new_count + run.changed_count:
        return False
    return _move(run_id, State.CHECKED, State.APPLYING, applied_by_id=by_id, beat_at=at)


def find_orphans(*, at: datetime) -> list[int]:
    """Runs at work that nobody works on: their worker was killed, or the machine went down."""
    silent = Import.objects.filter(state__in=AT_WORK, beat_at__lt=at - SILENT)
    orphans = []
    for run_id in silent.order_by("id").values_list("id", flat=True):
        with transaction.atomic():
            if try_lock_run(run_id):
                Import.objects.filter(id=run_id).update(beat_at=at)
                orphans.append(run_id)
    return orphans


def throw_away_old(*, at: datetime) -> int:
    """Delete the files and waiting rows of runs that ended long ago, or lay still as long."""
    old = Import.objects.exclude(state__in=AT_WORK).filter(beat_at__lt=at - KEPT)
    found = old.filter(parts__isnull=False).distinct().order_by("id")
    run_ids = list(found.values_list("id", flat=True))
    for run_id in run_ids:
        clear_away(run_id)
        ImportPart.objects.filter(run_id=run_id).delete()
        Import.objects.filter(id=run_id, state__in=[State.CHECKED, State.STOPPED]).update(
            state=State.FAILED, problem="too_old", finished_at=at
        )
    return len(run_ids)
