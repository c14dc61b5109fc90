"""Taking answers to puzzles in the hot lane: checked without a query, counted once in one."""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime

import psycopg

from chophien.hotlane.database import Pool, make_pool, run
from chophien.statements import load
from chophien.wire.puzzles import (
    BadAnswerError,
    TooSoonError,
    Whose,
    derive_keys,
    read_answer,
)

logger = logging.getLogger(__name__)
CONNECTIONS_MAX = 2


class AnswerDesk:
    """Takes each right answer once, together with all other processes. `run` has to be under way.

    Args:
        url: of the database.
        secret: the installation's, from which puzzles are signed.
        read_real_s: real time in seconds since 1970.
    """

    def __init__(self, *, url: str, secret: str, read_real_s: Callable[[], int]) -> None:
        self._url = url
        self._keys = derive_keys(secret)
        self._read_real_s = read_real_s
        self._pool: Pool | None = None

    async def run(self) -> None:
        """Keep connections until cancelled; the database may come and go."""
        async with make_pool(self._url, size_max=CONNECTIONS_MAX) as pool:
            self._pool = pool
            try:
                await asyncio.Event().wait()
            finally:
                self._pool = None

    async def take(self, text: str, room_id: int, user_id: int) -> bool:
        """Whether an answer is right for this room and person, and counts now for the first time.

        `False` also while the database is away: the browser works out another one.
        """
        whose = Whose(user_id=user_id, room_id=room_id)
        try:
            answer = read_answer(text, whose, now_s=self._read_real_s(), keys=self._keys)
        except (BadAnswerError, TooSoonError):
            return False
        if self._pool is None:
            return False
        try:
            async with self._pool.connection() as connection:
                rows = await run(
                    connection,
                    load("puzzles")["use_answer"],
                    digest=answer.digest,
                    ends_at=datetime.fromtimestamp(answer.ends_at_s, tz=UTC),
                )
        except (OSError, psycopg.Error) as fault:
            logger.warning("an answer to a puzzle could not be counted: %s", fault)
            return False
        return bool(rows)
