"""Rows of recordings: written from the folders that programs fill, ended when files are deleted."""

import logging
import shutil
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.db import transaction

from chophien.apps.broadcast.models import RecordedStretch, Recording
from chophien.apps.programme.models import Show
from chophien.wire.recordings import (
    PLAYLIST,
    RecordingError,
    Stretch,
    cut_torn,
    find_stretches,
    parse_pieces,
)

logger = logging.getLogger(__name__)

# A playlist that was not touched for so long is read once, and then never again.
STILL = timedelta(minutes=5)
# What a room showed last stays this long after its last picture; its numbers never come back,
# since a new folder counts from the clock.
ROOM_STILL = timedelta(days=1)


def note_recordings(root: Path, *, at: datetime) -> int:
    """Bring the rows up to what lies in `root`; `at` is real time. Tells how many were written.

    Cost: a look at each folder, and a reading of those that grew or are not known yet.
    """
    folders = {int(path.name): path for path in _list_folders(root)}
    known = set(Recording.objects.filter(show_id__in=folders).values_list("show_id", flat=True))
    shows = set(Show.objects.filter(id__in=folders).values_list("id", flat=True))
    noted = 0
    for show_id in sorted(shows):
        if show_id not in known or _has_grown(folders[show_id], at):
            noted += _note(show_id, folders[show_id])
    return noted


def _list_folders(root: Path) -> Iterable[Path]:
    if not root.is_dir():
        return []
    return [path for path in root.iterdir() if path.name.isascii() and path.name.isdigit()]


def _has_grown(folder: Path, at: datetime) -> bool:
    try:
        changed_s = (folder / PLAYLIST).stat().st_mtime
    except FileNotFoundError:
        return False
    return at - datetime.fromtimestamp(changed_s, tz=UTC) < STILL


def _note(show_id: int, folder: Path) -> bool:
    sizes = {path.name: path.stat().st_size for path in folder.glob("*.mp4")}
    try:
        text = cut_torn((folder / PLAYLIST).read_text(), sizes)
        stretches = find_stretches(parse_pieces(text))
    except FileNotFoundError:
        return False
    except RecordingError:
        logger.exception("the recording of show %s cannot be read", show_id)
        return False
    if stretches:
        _save(show_id, stretches, size_bytes=sum(sizes.values()))
    return bool(stretches)


@transaction.atomic
def _save(show_id: int, stretches: list[Stretch], *, size_bytes: int) -> None:
    last = stretches[-1]
    recording, _ = Recording.objects.update_or_create(
        show_id=show_id,
        defaults={
            "starts_at": stretches[0].starts_at,
            "ends_at": last.ends_at,
            "duration_ms": last.position_ms + last.duration_ms,
            "size_bytes": size_bytes,
        },
    )
    RecordedStretch.objects.bulk_create(
        [
            RecordedStretch(
                recording=recording,
                position_ms=stretch.position_ms,
                starts_at=stretch.starts_at,
                duration_ms=stretch.duration_ms,
            )
            for stretch in stretches
        ],
        update_conflicts=True,
        unique_fields=["recording", "position_ms"],
        update_fields=["starts_at", "duration_ms"],
    )


def mark_deleted(recording_id: int, *, reason: str, by_id: int | None, at: datetime) -> bool:
    """Write down that a recording is deleted, and why; its files go with the next sweep.

    `False` when it was deleted before or is unknown.
    """
    return bool(
        Recording.objects.filter(id=recording_id, deleted_at__isnull=True).update(
            deleted_at=at, deleted_by_id=by_id, deletion_reason=reason
        )
    )


def sweep_deleted(root: Path) -> int:
    """Remove the files of recordings that are deleted; tells of how many.

    A machine that stopped between the row and the files does it when it is back.
    """
    folders = {int(path.name): path for path in _list_folders(root)}
    gone = Recording.objects.filter(show_id__in=folders, deleted_at__isnull=False)
    swept = 0
    for recording in gone:
        shutil.rmtree(folders[recording.show_id])
        swept += 1
    gone.exclude(size_bytes=0).update(size_bytes=0)
    return swept


def sweep_rooms(root: Path, *, at: datetime) -> int:
    """Remove the live video of rooms where nothing was sent for a day; `at` is real time."""
    swept = 0
    for folder in _list_folders(root):
        playlists = list(folder.glob("*/live.m3u8"))
        newest_s = max((path.stat().st_mtime for path in [folder, *playlists]), default=0.0)
        if at - datetime.fromtimestamp(newest_s, tz=UTC) > ROOM_STILL:
            shutil.rmtree(folder)
            swept += 1
    return swept
