"""Whose stream key it is, and whether that show may be on air: asked of PostgreSQL."""

import logging
from collections.abc import Sequence
from hashlib import sha256

import psycopg

from chophien.domain.limits import PUBLISH_EARLY
from chophien.media.ingest.rtmp import Admitted, NotAdmitted
from chophien.media.line import Line
from chophien.statements import load

logger = logging.getLogger(__name__)
_STATEMENTS = load("outward")
WRONG_KEY = NotAdmitted(
    code="wrong_key", reason="The stream key is wrong or was replaced: copy it from the studio."
)
NOT_DUE = NotAdmitted(code="not_due", reason="You have no show now or within half an hour.")
AWAY = NotAdmitted(code="away", reason="The fair cannot be asked now; try again in a minute.")


def hash_key(key: str) -> str:
    """What is kept of a stream key. Keys are 192 bits of chance, so a plain hash is enough."""
    return sha256(b"chophien.stream-key:" + key.encode()).hexdigest()


class StreamDesk:
    """Answers the RTMP server. While the database is away nobody new is let in, nobody cut off."""

    def __init__(self, line: Line) -> None:
        self._line = line

    async def admit(self, key: str) -> Admitted | NotAdmitted:
        """Whom a key stands for, and for which of their shows it is good now."""
        if not key:
            return WRONG_KEY
        try:
            rows = await self._line.run(
                _STATEMENTS["admit_publisher"], digest=hash_key(key), early=PUBLISH_EARLY
            )
        except psycopg.OperationalError:
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
            )
        except psycopg.OperationalError:
            logger.warning("encoders cannot be checked: the database is away")
            return publishers
        good = {(row["key_id"], row["show_id"]) for row in rows}
        return [each for each in publishers if (each.key_id, each.show_id) in good]
