"""What other threads give to a program: bounded in bytes, so that a fast source has to wait."""

from collections import deque
from dataclasses import dataclass
from threading import Condition
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class _Letter(Generic[T]):
    content: T
    size_bytes: int


class Mailbox(Generic[T]):
    """First in, first out, between threads. What has no size always finds room."""

    def __init__(self, *, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._letters: deque[_Letter[T]] = deque()
        self._bytes = 0
        self._is_closed = False
        self._changed = Condition()

    def offer(self, content: T, *, size_bytes: int = 0) -> bool:
        """Put it in if there is room for it now; `False` when full, or closed."""
        with self._changed:
            if self._is_closed or (size_bytes and self._bytes + size_bytes > self._bytes_max):
                return False
            self._put(content, size_bytes)
            return True

    def put(self, content: T, *, size_bytes: int, wait_s_max: float) -> bool:
        """Put it in as soon as there is room; `False` when there was none for so long."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._is_closed or self._bytes + size_bytes <= self._bytes_max, wait_s_max
            )
            if self._is_closed or self._bytes + size_bytes > self._bytes_max:
                return False
            self._put(content, size_bytes)
            return True

    def take(self, *, wait_s_max: float) -> T | None:
        """The next, or `None` when there was none for so long."""
        with self._changed:
            self._changed.wait_for(lambda: self._letters, wait_s_max)
            if not self._letters:
                return None
            letter = self._letters.popleft()
            self._bytes -= letter.size_bytes
            self._changed.notify_all()
            return letter.content

    def close(self) -> None:
        """Take nothing more, and let go whoever waits."""
        with self._changed:
            self._is_closed = True
            self._letters.clear()
            self._bytes = 0
            self._changed.notify_all()

    def _put(self, content: T, size_bytes: int) -> None:
        self._letters.append(_Letter(content, size_bytes))
        self._bytes += size_bytes
        self._changed.notify_all()
