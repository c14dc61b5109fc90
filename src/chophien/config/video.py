"""The door of video as this installation's environment sets it up."""

import os
from datetime import UTC, datetime

from chophien.config.outputs import read_outputs
from chophien.media.door import VideoDoor
from chophien.wire.video import derive_key


def build_video_door() -> VideoDoor:
    """Make the door; addresses go by real time, whatever the fair's clock says."""
    outputs = read_outputs()
    return VideoDoor(
        hls_root=outputs.hls_root,
        recordings_root=outputs.recordings_root,
        key=derive_key(os.environ["CHOPHIEN_SECRET_KEY"]),
        now_s=read_real_s,
    )


def read_real_s() -> int:
    """Seconds since 1970, in real time."""
    return int(datetime.now(tz=UTC).timestamp())  # noqa: TID251 - an edge
