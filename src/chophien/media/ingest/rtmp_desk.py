"""Whose stream key it is, and whether that show may be on air: asked of PostgreSQL."""

import logging
from collections.abc import Sequence
from typing import assert_never

import psycopg

from chophien.domain.limits import SHOW_EARLY, SHOW_GRACE
from chophien.media.ingest.rtmp import Admitted, NotAdmitted
from chophien.media.line import Line
from chophien.media.program import Feed
from chophien.media.programs import Programs, Refusal, RefusedError
from chophien.statements import load
from chophien.wire.stream_keys import hash_key

logger = logging.getLogger(__name__)
_STATEMENTS = load("outward")
WRONG_KEY = NotAdmitted(
    code="wrong_key", reason="The stream key is wrong or was replaced: copy it from the studio."
)
NOT_DUE = NotAdmitted(code="not_due", reason="You have no show now, nor one that begins soon.")
AWAY = NotAdmitted(code="away", reason="The fair cannot be asked now; try again in a minute.")


class StreamDesk:
    """Answers the RTMP server. While the database is away nobody new is let in, nobody cut off."""

    def __init__(self, line: Line, programs: Programs) -> None:
        self._line = line
        self._programs = programs

    async def admit(self, key: str) -> Admitted | NotAdmitted:
        """Whom a key stands for, and for which of their shows it is good now."""
        if not key:
            return WRONG_KEY
        try:
            rows = await self._line.run(
                _STATEMENTS["admit_publisher"], digest=hash_key(key), early=SHOW_EARLY
            )
        except psycopg.Error:
            logger.warning("an encoder came while the database was away")
            return AWAY
        if not rows:
            return WRONG_KEY
        (row,) = rows
        if row["show_id"] is None:
            return NOT_DUE
        if row["hindrances"]:
            codes = ", ".join(row["hindrances"])
            return NotAdmitted(
                code=row["hindrances"][0], reason=f"The show may not go on air ({codes})."
            )
        return Admitted(key_id=row["key_id"], host_id=row["host_id"], show_id=row["show_id"])

    async def check(self, publishers: Sequence[Admitted]) -> Sequence[Admitted]:
        """Which of them may go on: same key, show not over and not stopped."""
        try:
            rows = await self._line.run(
                _STATEMENTS["check_publishers"],
                key_ids=[each.key_id for each in publishers],
                show_ids=[each.show_id for each in publishers],
                grace=SHOW_GRACE,
            )
        except psycopg.Error:
            logger.warning("encoders cannot be checked: the database is away")
            return publishers
        good = {(row["key_id"], row["show_id"]) for row in rows}
        return [each for each in publishers if (each.key_id, each.show_id) in good]

    async def attach(self, admitted: Admitted) -> Feed | NotAdmitted:
        """The way into the show's program, as the show's host."""
        try:
            return await self._programs.attach(admitted.show_id, source="rtmp")
        except RefusedError as fault:
            reason = _explain(fault.refusal, fault.detail)
            return NotAdmitted(code=fault.detail or fault.refusal.value, reason=reason)

    def detach(self, admitted: Admitted, feed: Feed) -> None:
        """The encoder is gone."""
        self._programs.detach(admitted.show_id, feed)


def _explain(refusal: Refusal, detail: str) -> str:
    """For the encoder's window: English, as its other messages there."""
    match refusal:
        case Refusal.HINDERED:
            return f"The show may not go on air ({detail})."
        case Refusal.HELD:
            return "Somebody else is on the air in this show."
        case Refusal.BUSY:
            return "Too many shows are on the air here; try again in a minute."
        case Refusal.AWAY:
            return AWAY.reason
        case Refusal.NO_SHOW | Refusal.NOT_YET | Refusal.OVER | Refusal.AI_HOST:
            return NOT_DUE.reason
        case _:
            assert_never(refusal)
