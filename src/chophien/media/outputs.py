"""What every show goes to, whoever makes its pictures: the room's video and the recording."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from chophien.media.packets import Sink
from chophien.media.recorder import Recorder
from chophien.media.room_video import RoomVideo


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """Where video is written, and how much of it."""

    hls_root: Path
    """A room's folder is made in it: `<hls_root>/<room_id>/index.m3u8`."""
    recordings_root: Path | None
    """A show's folder is made in it: `<recordings_root>/<show_id>/`; none records nothing."""
    low_side: int = 0
    """The longer side of a smaller rendition in pixels; 0 makes none."""
    disk_bytes_min: int = 0
    """Recording pauses while less than this is free."""


def open_outputs(outputs: Outputs, *, room_id: int, show_id: int, at: datetime) -> list[Sink]:
    """Make the sinks of one program of a show.

    Raises:
        OSError: a folder cannot be written.
    """
    video = RoomVideo(
        outputs.hls_root / str(room_id),
        first_sequence=int(at.timestamp()),
        low_side=outputs.low_side,
    )
    if outputs.recordings_root is None:
        return [video]
    folder = outputs.recordings_root / str(show_id)
    return [video, Recorder(folder, disk_bytes_min=outputs.disk_bytes_min)]
