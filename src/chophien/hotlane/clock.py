"""The database's clock, carried on by this machine's monotonic one: all machines go by one."""

import time
from datetime import UTC, datetime, timedelta

_UNKNOWN = datetime.fromtimestamp(0, tz=UTC)


class DatabaseClock:
    """What time it is without asking; a step of the machine's own clock changes nothing.

    Off by less than the time that one question takes, as long as it is set now and then.
    """

    def __init__(self) -> None:
        self._real_s = 0.0
        self._fair = _UNKNOWN
        self._set_at_s = time.monotonic()

    def set(self, *, real: datetime, fair: datetime) -> None:
        """Take over what the database said just now: real time, and the fair's."""
        self._real_s, self._fair, self._set_at_s = real.timestamp(), fair, time.monotonic()

    def read_fair(self) -> datetime:
        """The fair's time, which a rehearsal may have moved."""
        return self._fair + timedelta(seconds=time.monotonic() - self._set_at_s)

    def read_real_s(self) -> int:
        """Real time, in seconds since 1970."""
        return int(self._real_s + time.monotonic() - self._set_at_s)
