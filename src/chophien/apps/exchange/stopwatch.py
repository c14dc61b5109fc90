"""How long a piece of work took."""

import time


class Stopwatch:
    """Runs from when it is made, by the monotonic clock."""

    def __init__(self) -> None:
        self._since_s = time.monotonic()

    def spent_ms(self) -> int:
        return int((time.monotonic() - self._since_s) * 1000)
