"""How far a command is, on standard error: a bar on a terminal, else a line now and then."""

import sys
import time
from typing import Final, Self, TextIO

BAR_CHARS: Final = 24
BAR_EVERY_S: Final = 0.1
LINE_EVERY_S: Final = 5.0


class Progress:
    """Counts carts by the bytes that they take of a file; `None` is a file without a known end.

    Use as a context: what it drew is ended, and wiped on a terminal, however the work ends.
    """

    def __init__(self, total_bytes: int | None, out: TextIO | None = None) -> None:
        self._total_bytes = total_bytes
        self._out = sys.stderr if out is None else out
        self._is_terminal = self._out.isatty()
        self._every_s = BAR_EVERY_S if self._is_terminal else LINE_EVERY_S
        self._done_bytes = 0
        self._began_s = self._told_s = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_terminal:
            self._out.write("\r\x1b[K")
            self._out.flush()

    def step(self, line_bytes: int, carts: int) -> None:
        """Note a line that is done, the last of so many carts."""
        self._done_bytes += line_bytes
        at_s = time.monotonic()
        if at_s - self._told_s < self._every_s:
            return
        self._told_s = at_s
        text = self._describe(carts, at_s - self._began_s)
        self._out.write(f"\r\x1b[K{text}" if self._is_terminal else f"{text}\n")
        self._out.flush()

    def _describe(self, carts: int, spent_s: float) -> str:
        rate = f"{carts:,} carts, {carts / spent_s:,.0f} carts/s"
        if not self._total_bytes:
            return rate
        share = min(self._done_bytes / self._total_bytes, 1.0)
        left_s = round(spent_s / share - spent_s)
        bar = "█" * int(share * BAR_CHARS)
        return f"{bar:░<{BAR_CHARS}} {share:4.0%}  {rate}, {left_s // 60}:{left_s % 60:02} left"
