"""Where this installation writes video, from its environment."""

import os
from collections.abc import Mapping
from pathlib import Path

from chophien.media.outputs import Outputs

BYTES_PER_MB = 1_000_000
# Room that recordings leave for the database and for the video that is on air.
DISK_MB_MIN = 3_000
# Longer side of the smaller rendition: 360 by 640 is what a phone on a thin line shows well.
LOW_SIDE = 640


def read_outputs(environment: Mapping[str, str] = os.environ) -> Outputs:
    """Read the settings of docs/reference/settings.md.

    Raises:
        KeyError: the folder of the video is not set.
    """
    recordings = environment.get("CHOPHIEN_RECORDINGS_ROOT", "")
    disk_mb = int(environment.get("CHOPHIEN_RECORDINGS_DISK_MB_MIN", str(DISK_MB_MIN)))
    return Outputs(
        hls_root=Path(environment["CHOPHIEN_HLS_ROOT"]),
        recordings_root=Path(recordings) if recordings else None,
        low_side=int(environment.get("CHOPHIEN_VIDEO_LOW_SIDE", str(LOW_SIDE))),
        disk_bytes_min=disk_mb * BYTES_PER_MB,
    )
