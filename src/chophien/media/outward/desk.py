"""What a show's destinations are, and what is written of them: in PostgreSQL."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from chophien.domain.outward import BadAddressError, parse_address
from chophien.domain.platforms import PLATFORMS, VoiceFault, find_voice_fault
from chophien.media.line import Line
from chophien.media.outward.client import Target
from chophien.media.outward.sender import Fault, SendReport
from chophien.statements import load
from chophien.wire.sealing import SealError, unseal

logger = logging.getLogger(__name__)
_STATEMENTS = load("outward")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One destination, as its host set it up."""

    destination_id: int
    target: Target | None
    """None where it may not be sent to; `fault` says why."""
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutwardDesk:
    """Reads and writes for one show.

    `is_artificial` is what the process itself knows of the voice: it counts beside what the
    database says, so that an AI host is never sent where that is forbidden.
    """

    line: Line
    show_id: int
    is_artificial: bool
    secret: str = field(repr=False)

    async def list_wanted(self) -> Sequence[Wanted]:
        """Where the show is to go now.

        Raises:
            psycopg.OperationalError: the database cannot be reached.
        """
        rows = await self.line.run(_STATEMENTS["list_destinations"], show_id=self.show_id)
        return [
            self._read(
                destination_id=row["id"],
                platform=row["platform"],
                address=row["address"],
                sealed=bytes(row["sealed_key"]),
                voice_fault=find_voice_fault(
                    PLATFORMS[row["platform"]],
                    is_artificial=self.is_artificial or row["is_artificial"],
                    is_confirmed=row["is_confirmed"],
                ),
            )
            for row in rows
        ]

    def _read(
        self,
        *,
        destination_id: int,
        platform: str,
        address: str,
        sealed: bytes,
        voice_fault: VoiceFault | None,
    ) -> Wanted:
        if voice_fault is not None:
            return Wanted(destination_id=destination_id, target=None, fault=voice_fault.value)
        try:
            parsed = parse_address(address, is_secure_only=PLATFORMS[platform].is_secure_only)
            key = unseal(sealed, secret=self.secret, bound_to=address)
        except BadAddressError as fault:
            return Wanted(destination_id=destination_id, target=None, fault=fault.fault.value)
        except SealError:
            return Wanted(destination_id=destination_id, target=None, fault="sealed")
        return Wanted(destination_id=destination_id, target=Target(address=parsed, key=key))

    async def write(self, destination_id: int, report: SendReport, *, now_s: float) -> None:
        """Write how it stands with one of them; `now_s` by the monotonic clock.

        Raises:
            psycopg.OperationalError: the database cannot be reached.
        """
        fault = report.fault
        await self.line.run(
            _STATEMENTS["write_state"],
            destination_id=destination_id,
            state=report.state.value,
            connected_for=_to_span(report.connected_s),
            connections=report.connections,
            sent_bytes=report.sent_bytes,
            dropped_ms=report.dropped_ms,
            queued_ms=report.queued_ms,
            video_bps=report.video_bps,
            keyframe_ms=report.keyframe_ms,
            width=report.width,
            height=report.height,
            audio_rate_hz=report.audio_rate_hz,
            sizes=report.sizes,
            fault=fault.code if fault else "",
            fault_detail=fault.detail if fault else "",
            fault_for=_to_span(now_s - fault.monotonic_s if fault else None),
        )

    async def add_fault(self, destination_id: int, fault: Fault) -> None:
        """Keep what went wrong.

        Raises:
            psycopg.OperationalError: the database cannot be reached.
        """
        await self.line.run(
            _STATEMENTS["add_fault"],
            destination_id=destination_id,
            code=fault.code,
            detail=fault.detail,
        )


def _to_span(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)
