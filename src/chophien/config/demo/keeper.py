"""Keeps the demonstration's programme ahead of the fair's clock while the fair is open."""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import DatabaseError, connection

from chophien.apps.festivals.clock import now
from chophien.config.demo.build import extend_programme

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
# The programme is a day and a half ahead; a clock that was moved shows as a jump.
EXTEND_EVERY = timedelta(minutes=10)


class ProgrammeKeeper:
    """Adds shows and flash rounds as time goes on, and at once when the clock was moved."""

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._look_at_s = monotonic()
        self._kept_at: datetime | None = None

    def look(self) -> bool:
        """Extend the programme if it is time; returns whether it did. Cheap to call often."""
        if self._monotonic() < self._look_at_s:
            return False
        self._look_at_s = self._monotonic() + LOOK_EVERY_S
        try:
            at = now()
            if self._kept_at is not None and abs(at - self._kept_at) < EXTEND_EVERY:
                return False
            extend_programme(at=at)
        except DatabaseError as fault:
            logger.warning("the programme could not be kept ahead: %s", fault)
            connection.close()
            return False
        self._kept_at = at
        return True
