"""One browser's socket: what goes out to it, and what waits because it reads slowly.

Drop rule: a reader with more than `HUB_BACKLOG_BYTES_MAX` waiting is disconnected, never waited
for; the client library comes back and is given what it missed. Talk is not kept for a slow
reader at all: while anything waits, ticks pass it by.

Plain non-blocking sockets: a transport of asyncio or uvloop, or a WebSocket library's own object,
costs several times what the frame itself does (ADR 0019).
"""

import select
import socket
from collections.abc import Iterable
from dataclasses import dataclass, field
from struct import pack
from typing import TYPE_CHECKING

from chophien.domain.limits import HUB_BACKLOG_BYTES_MAX
from chophien.hotlane.hub.frames import Reading, encode_close
from chophien.hotlane.hub.protocol import CLOSES

if TYPE_CHECKING:
    from chophien.hotlane.hub.desk import Caller

READING = select.EPOLLIN
BOTH = select.EPOLLIN | select.EPOLLOUT
_AT_ONCE = pack("ii", 1, 0)  # SO_LINGER: what the kernel still holds is thrown away


@dataclass(slots=True)
class Backlog:
    """What waits for a reader: whole frames, of the first of which `sent` bytes are out."""

    frames: list[bytes] = field(default_factory=list)
    sent: int = 0
    size: int = 0
    has_moved: bool = True
    """Whether anything went out since the last ping."""


class Connection:
    """A socket and what is known of who is at its other end.

    `send` is the socket's own: bound once, it is called ten thousand times a fan-out.
    """

    __slots__ = (
        "asked_count", "backlog", "caller", "channels", "deflates", "ends_at_s", "full_at_us",
        "is_closing", "is_connected", "is_open", "network", "owes_pong", "poll", "reading",
        "rest", "send", "sock", "viewer",
    )  # fmt: skip

    def __init__(self, sock: socket.socket, poll: select.epoll) -> None:
        self.sock = sock
        self.send = sock.send
        self.poll = poll
        self.backlog: Backlog | None = None
        self.rest = b""
        """Of a request that is not complete."""
        self.reading: Reading | None = None
        """Of a message that is not complete."""
        self.network = ""
        self.is_open = False
        """Whether it is a WebSocket by now."""
        self.is_connected = False
        """Whether it said who it is."""
        self.is_closing = False
        self.deflates = False
        self.channels: tuple[str, ...] = ()
        self.viewer = ""
        """By whom viewers are counted; empty before it is connected."""
        self.caller: Caller | None = None
        self.ends_at_s: int | None = None
        self.owes_pong = False
        """True from a ping until the browser says anything."""
        self.full_at_us = 0
        """For the bucket of its commands."""
        self.asked_count = 0
        """Things said that wait for the desk."""

    def write(self, frame: bytes) -> bool:
        """Send a frame to this reader alone; `False` when it must go."""
        return not fan_out((self,), frame)

    def wait(self, frame: bytes, sent: int) -> bool:
        """Keep the rest of a frame until the socket takes more; `False` when that is too much."""
        backlog = self.backlog
        if backlog is None:
            backlog = self.backlog = Backlog(sent=sent)
            self.poll.modify(self.sock, BOTH)
        backlog.frames.append(frame)
        backlog.size += len(frame) - sent
        return backlog.size <= HUB_BACKLOG_BYTES_MAX

    def drain(self) -> bool:
        """Send what waits, as far as the socket takes it; `False` when the line is broken."""
        backlog = self.backlog
        assert backlog is not None, "only called while something waits"
        done = 0
        for frame in backlog.frames:
            rest = memoryview(frame)[backlog.sent :]
            try:
                sent = self.send(rest)
            except BlockingIOError:
                break
            except OSError:
                return False
            backlog.has_moved = True
            backlog.size -= sent
            if sent < len(rest):
                backlog.sent += sent
                break
            backlog.sent = 0
            done += 1
        del backlog.frames[:done]
        if not backlog.frames:
            self.backlog = None
            self.poll.modify(self.sock, READING)
        return True

    def begin_close(self, code: int) -> bool:
        """Say why and that nothing more comes; `False` when nobody can be told.

        The socket stays until the browser has closed its side: to close it with something unread
        would throw away what is on its way.
        """
        self.is_closing = True
        if self.backlog is not None:
            return False
        try:
            self.send(encode_close(code, CLOSES.get(code, "")))
            self.sock.shutdown(socket.SHUT_WR)
        except OSError:
            return False
        return True

    def cut(self) -> None:
        """Close the socket; what waits is thrown away, here and in the kernel."""
        self.is_closing = True
        if self.backlog is not None:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
            self.backlog = None
        self.sock.close()


def fan_out(readers: Iterable[Connection], frame: bytes) -> list[Connection]:
    """Send one frame to many; returns those that must go. The hub's innermost loop."""
    size = len(frame)
    lost = []
    for reader in readers:
        if reader.backlog is None:
            try:
                sent = reader.send(frame)
                if sent == size:
                    continue
            except BlockingIOError:
                sent = 0
            except OSError:
                lost.append(reader)
                continue
        else:
            sent = 0
        if not reader.wait(frame, sent):
            lost.append(reader)
    return lost


def fan_out_passing(readers: Iterable[Connection], frame: bytes) -> list[Connection]:
    """The same for talk: readers who still have something to read are passed by."""
    return fan_out([each for each in readers if each.backlog is None], frame)
