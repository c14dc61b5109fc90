"""Bytes from a connection to the thread that reads them as a file: bounded both ways."""

from collections import deque
from threading import Condition

from chophien.domain.limits import RECORDING_BARREN_BYTES_MAX, RECORDING_WAITING_BYTES_MAX


class BarrenError(ValueError):
    """So many bytes were read, and no packet came of them."""


class BytesPipe:
    """A file that grows while it is read. One thread writes and never waits, one reads and does.

    What is read without `note_packet` in between is counted, so that no reader can be made to
    gather bytes without end.
    """

    def __init__(self) -> None:
        self._pieces: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._barren_bytes = 0
        self._is_finished = False
        self._is_broken_off = False
        self._changed = Condition()

    def offer(self, data: bytes) -> bool:
        """Put bytes in; `False` while `RECORDING_WAITING_BYTES_MAX` wait to be read."""
        with self._changed:
            if self._waiting_bytes + len(data) > RECORDING_WAITING_BYTES_MAX:
                return False
            if data:
                self._pieces.append(data)
                self._waiting_bytes += len(data)
                self._changed.notify_all()
            return True

    def put(self, data: bytes) -> None:
        """Put bytes in as soon as there is room, or nobody reads any more."""
        with self._changed:
            self._changed.wait_for(
                lambda: (
                    self._is_finished
                    or self._waiting_bytes + len(data) <= RECORDING_WAITING_BYTES_MAX
                )
            )
            if not self._is_finished:
                self._pieces.append(data)
                self._waiting_bytes += len(data)
                self._changed.notify_all()

    def finish(self) -> None:
        """Nothing more comes; what is there is still read."""
        with self._changed:
            self._is_finished = True
            self._changed.notify_all()

    def break_off(self) -> None:
        """Nothing more is read, either."""
        with self._changed:
            self._is_finished = self._is_broken_off = True
            self._pieces.clear()
            self._waiting_bytes = 0
            self._changed.notify_all()

    @property
    def is_broken_off(self) -> bool:
        return self._is_broken_off

    def note_packet(self) -> None:
        self._barren_bytes = 0

    def read(self, count: int) -> bytes:
        """At most `count` bytes, as soon as there are some; none at the end.

        Raises:
            BarrenError: more than `RECORDING_BARREN_BYTES_MAX` were read since a packet came.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._pieces or self._is_finished)
            if self._is_broken_off or not self._pieces:
                return b""
            piece = self._pieces.popleft()
            if len(piece) > count:
                self._pieces.appendleft(piece[count:])
                piece = piece[:count]
            self._waiting_bytes -= len(piece)
            self._barren_bytes += len(piece)
            self._changed.notify_all()
        if self._barren_bytes > RECORDING_BARREN_BYTES_MAX:
            raise BarrenError(f"{self._barren_bytes} bytes without a packet")
        return piece
