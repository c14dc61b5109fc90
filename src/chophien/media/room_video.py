"""The video of one room: its renditions, and the playlist that names them."""

import logging
import shutil
from datetime import datetime
from pathlib import Path

from typing_extensions import override

from chophien.media.multivariant import Rendition, guess_bandwidth_bps, render_multivariant
from chophien.media.packager import PLAYLIST, HlsPackager
from chophien.media.packets import VIDEO_TICKS_HZ, Format, Packet, Sink
from chophien.media.smaller import SmallerRendition

logger = logging.getLogger(__name__)

INDEX = "index.m3u8"
MAIN = "main"
LOW = "low"
# Over how long a bandwidth is measured, and by how much the peak so far may be passed.
_MEASURED_TICKS = 4 * VIDEO_TICKS_HZ
_HEADROOM_PERCENT = 25


class RoomVideo(Sink):
    """Writes `<folder>/index.m3u8`, `<folder>/main/` and, where it is wanted, `<folder>/low/`."""

    def __init__(self, folder: Path, *, first_sequence: int, low_side: int = 0) -> None:
        """Take up the room's folder, made if missing.

        `low_side` is the longer side of the smaller rendition in pixels; 0 makes none.
        `first_sequence` as for `HlsPackager`.
        """
        self._folder = folder
        self._first_sequence = first_sequence
        self._low_side = low_side
        self._main = HlsPackager(folder / MAIN, first_sequence=first_sequence)
        self._low: SmallerRendition | None = None
        self._epoch: Format | None = None
        self._peak_bps = 0
        self._window_bytes = 0
        self._window_starts_ticks = 0

    @override
    def begin(self, epoch: Format, *, starts_at: datetime) -> None:
        self._epoch = epoch
        self._peak_bps = max(self._peak_bps, guess_bandwidth_bps(epoch))
        self._window_bytes = self._window_starts_ticks = 0
        self._main.begin(epoch, starts_at=starts_at)
        self._begin_low(epoch, starts_at)
        self._name_renditions()

    @override
    def push(self, packet: Packet) -> None:
        self._measure(packet)
        if self._low is not None:
            self._low.push(packet)
            if self._low.has_given_up:
                self._drop_low()
        self._main.push(packet)

    @override
    def finish(self) -> None:
        if self._low is not None:
            self._low.finish()
        self._main.finish()

    def _begin_low(self, epoch: Format, starts_at: datetime) -> None:
        is_wanted = 0 < self._low_side * 4 <= 3 * max(epoch.video.width, epoch.video.height)
        if is_wanted and self._low is None:
            packager = HlsPackager(self._folder / LOW, first_sequence=self._first_sequence)
            self._low = SmallerRendition(packager, side=self._low_side)
        if self._low is not None and not is_wanted:
            self._drop_low()
        elif self._low is not None:
            self._low.begin(epoch, starts_at=starts_at)
        elif (self._folder / LOW).exists():
            shutil.rmtree(self._folder / LOW)  # of an earlier run that had one

    def _drop_low(self) -> None:
        """Players of the smaller rendition find it gone and take the other."""
        assert self._low is not None, "there is one to drop"
        self._low.finish()
        self._low, self._low_side = None, 0
        (self._folder / LOW / PLAYLIST).unlink(missing_ok=True)
        self._name_renditions()

    def _measure(self, packet: Packet) -> None:
        """Note the peak, and tell it when it was passed."""
        self._window_bytes += len(packet.data)
        if not packet.is_video:
            return
        if not self._window_starts_ticks:
            self._window_starts_ticks = packet.dts_ticks
        lasted_ticks = packet.dts_ticks - self._window_starts_ticks
        if lasted_ticks < _MEASURED_TICKS:
            return
        bps = self._window_bytes * 8 * VIDEO_TICKS_HZ // lasted_ticks
        self._window_bytes, self._window_starts_ticks = 0, packet.dts_ticks
        if bps > self._peak_bps:
            self._peak_bps = bps * (100 + _HEADROOM_PERCENT) // 100
            self._name_renditions()

    def _name_renditions(self) -> None:
        assert self._epoch is not None, "called after a begin"
        renditions = [
            Rendition(uri=f"{MAIN}/{PLAYLIST}", epoch=self._epoch, bandwidth_bps=self._peak_bps)
        ]
        if self._low is not None and self._low.epoch is not None:
            renditions.append(
                Rendition(
                    uri=f"{LOW}/{PLAYLIST}",
                    epoch=self._low.epoch,
                    bandwidth_bps=self._low.bandwidth_bps,
                )
            )
        new = self._folder / f"{INDEX}.new"
        new.write_text(render_multivariant(renditions))
        new.replace(self._folder / INDEX)
