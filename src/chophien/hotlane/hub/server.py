"""The hub's sockets: accepted, read, pinged and closed in one event loop.

All sockets are in one epoll set, which is itself the only thing that the event loop watches: a
connection costs a socket and a small object, not a transport and a protocol.
"""

import asyncio
import logging
import select
import socket
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

from websockets.frames import Opcode

from chophien.domain.limits import (
    HUB_CONNECTIONS_MAX,
    HUB_CONNECTIONS_OF_NETWORK_MAX,
    HUB_HANDSHAKE_BYTES_MAX,
    HUB_HANDSHAKE_S,
    HUB_PING_S,
    HUB_SEND_BUFFER_BYTES,
)
from chophien.hotlane.hub import protocol
from chophien.hotlane.hub.connection import READING, Connection
from chophien.hotlane.hub.frames import BadFrameError, Message, Reading, encode_pong, encode_text
from chophien.hotlane.hub.handshake import END, Rules, answer_request
from chophien.hotlane.hub.session import ClosedError, Now, Sessions

logger = logging.getLogger(__name__)
NEVER_WAIT = 0
LISTEN_BACKLOG = 8_192
READ_BYTES = 8_192
RECEIVE_BUFFER_BYTES = 8_192
ACCEPTED_AT_ONCE = 128
EVENTS_AT_ONCE = 1_024
# A browser that was told to go has this long to close its side.
CLOSING_S = 3
NS_PER_US = 1_000
US_PER_S = 1_000_000
READABLE = select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR
_PING = encode_text(protocol.PING)


def read_now() -> Now:
    """What the clocks say."""
    return Now(steady_us=time.monotonic_ns() // NS_PER_US, real_us=time.time_ns() // NS_PER_US)


class Server:
    """The connections of one process.

    Args:
        rules: who may connect.
        forget: called with a connection that is no more, before its socket is closed.
    """

    def __init__(self, *, rules: Rules, forget: Callable[[Connection], object]) -> None:
        self._rules = rules
        self._forget = forget
        self._sessions: Sessions | None = None
        self._poll = select.epoll()
        self._connections: dict[int, Connection] = {}
        self._slots: list[set[Connection]] = [set() for _ in range(HUB_PING_S)]
        """For pings: a part of them each second."""
        self._unsettled: dict[Connection, int] = {}
        """Those that are not connected yet, or are closing, with the second until which."""
        self._networks: Counter[str] = Counter()
        self._listening: socket.socket | None = None
        self.dropped_count = 0
        """Connections closed because their reader was slow."""
        self._is_empty = asyncio.Event()
        self.is_well = False
        """Whether events reach this process; told at `/health`."""

    @property
    def connection_count(self) -> int:
        return len(self._connections)

    def bind(self, host: str, port: int) -> int:
        """Take a port; returns which, if 0 was asked for.

        Raises:
            OSError: it is taken, or not for us.
        """
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listening = socket.create_server((host, port), family=family, backlog=LISTEN_BACKLOG)
        self._listening.settimeout(NEVER_WAIT)
        bound: int = self._listening.getsockname()[1]
        return bound

    def serve(self, sessions: Sessions) -> None:
        """Accept connections from now on, and obey them."""
        assert self._listening is not None, "bound before"
        self._sessions = sessions
        loop = asyncio.get_running_loop()
        loop.add_reader(self._listening.fileno(), self._accept)
        loop.add_reader(self._poll.fileno(), self._look)

    async def run(self) -> None:
        """Ping, and let go of those who do not answer or take too long, until cancelled."""
        while True:
            await asyncio.sleep(1)
            self.sweep(read_now())

    async def stop(self) -> None:
        """Accept nobody any more, tell everybody to come back later, close every socket."""
        loop = asyncio.get_running_loop()
        if self._listening is not None:
            loop.remove_reader(self._listening.fileno())
            self._listening.close()
        for connection in tuple(self._connections.values()):
            self.close(connection, protocol.CLOSE_SHUTDOWN)
        if self._connections:
            self._is_empty.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSING_S):
                    await self._is_empty.wait()
        loop.remove_reader(self._poll.fileno())
        for connection in tuple(self._connections.values()):
            self._cut(connection)
        self._poll.close()

    def drop_slow(self, connection: Connection) -> None:
        """Let go of a reader who has too much waiting, or whose line is broken."""
        if connection.is_closing:
            return
        if connection.backlog is not None:
            self.dropped_count += 1
        self.close(connection, protocol.CLOSE_SLOW)

    def close(self, connection: Connection, code: int) -> None:
        """Tell a browser why its connection ends, and end it; it hears nothing more."""
        if connection.is_closing:
            return
        self._forget(connection)
        if connection.is_open and connection.begin_close(code):
            self._unsettled[connection] = read_now().steady_us // US_PER_S + CLOSING_S
        else:
            self._cut(connection)

    def sweep(self, now: Now) -> None:
        """The work of one second: pings for a part of the connections, and the end of patience."""
        second = now.steady_us // US_PER_S
        for connection, until in tuple(self._unsettled.items()):
            if second >= until:
                self._end_patience(connection)
        for connection in tuple(self._slots[second % HUB_PING_S]):
            if connection.is_connected and not connection.is_closing:
                self._ping(connection, now)

    def _end_patience(self, connection: Connection) -> None:
        if connection.is_closing or not connection.is_open:
            self._cut(connection)
        else:
            self.close(connection, protocol.CLOSE_STALE)

    def _ping(self, connection: Connection, now: Now) -> None:
        if connection.ends_at_s is not None and now.real_s > connection.ends_at_s + HUB_PING_S:
            self.close(connection, protocol.CLOSE_OVER)
        elif connection.backlog is not None and not connection.backlog.has_moved:
            self.drop_slow(connection)
        elif connection.owes_pong:
            self.close(connection, protocol.CLOSE_NO_PONG)
        else:
            connection.owes_pong = True
            if connection.backlog is not None:
                connection.backlog.has_moved = False
            if not connection.write(_PING):
                self.drop_slow(connection)

    def _accept(self) -> None:
        assert self._listening is not None, "only called while listening"
        for _ in range(ACCEPTED_AT_ONCE):
            try:
                sock, _peer = self._listening.accept()
            except BlockingIOError:
                return
            except OSError as fault:  # no file is left, or the client is gone already
                logger.warning("a connection could not be accepted: %s", fault)
                return
            self._welcome(sock)

    def _welcome(self, sock: socket.socket) -> None:
        if len(self._connections) >= HUB_CONNECTIONS_MAX:
            sock.close()
            return
        sock.settimeout(NEVER_WAIT)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, HUB_SEND_BUFFER_BYTES)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        second = time.monotonic_ns() // NS_PER_US // US_PER_S
        connection = Connection(sock, self._poll)
        self._connections[sock.fileno()] = connection
        self._unsettled[connection] = second + HUB_HANDSHAKE_S
        self._slots[sock.fileno() % HUB_PING_S].add(connection)
        self._poll.register(sock, READING)

    def _look(self) -> None:
        """Read and write where sockets are ready."""
        now = read_now()
        for number, events in self._poll.poll(0, EVENTS_AT_ONCE):
            connection = self._connections.get(number)
            if connection is None:
                continue
            waits = events & select.EPOLLOUT and connection.backlog is not None
            if waits and not connection.drain():
                self.drop_slow(connection)
            elif events & READABLE:
                self._read(connection, now)

    def _read(self, connection: Connection, now: Now) -> None:
        try:
            data = connection.sock.recv(READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._leave(connection)
        elif connection.is_closing:
            return  # said before it heard that it is to go
        elif connection.is_open:
            self._hear(connection, data, now)
        else:
            self._shake_hands(connection, data, now)

    def _leave(self, connection: Connection) -> None:
        if not connection.is_closing:
            self._forget(connection)
        self._cut(connection)

    def _shake_hands(self, connection: Connection, data: bytes, now: Now) -> None:
        """Open a WebSocket, as soon as the whole request is there."""
        raw = connection.rest + data
        head, end, early = raw.partition(END)
        if not end:
            connection.rest = raw
            if len(raw) > HUB_HANDSHAKE_BYTES_MAX:
                self._cut(connection)
            return
        connection.rest = b""
        peer = connection.sock.getpeername()[0]
        answer = answer_request(head + end, self._rules, peer=peer, health=self._tell_health())
        is_full = self._networks[answer.network] >= HUB_CONNECTIONS_OF_NETWORK_MAX
        if not answer.is_open or is_full:
            with suppress(OSError):
                connection.send(_TOO_MANY if answer.is_open else answer.data)
                connection.sock.shutdown(socket.SHUT_WR)
            connection.is_closing = True
            self._unsettled[connection] = now.steady_us // US_PER_S + CLOSING_S
            return
        connection.is_open = True
        connection.deflates = answer.deflates
        connection.network = answer.network
        self._networks[answer.network] += 1
        if not connection.write(answer.data):
            self.drop_slow(connection)
        elif early:
            self._hear(connection, early, now)

    def _hear(self, connection: Connection, data: bytes, now: Now) -> None:
        """Obey the messages that are complete; what is half read waits."""
        connection.owes_pong = False
        reading = connection.reading or Reading(deflates=connection.deflates)
        try:
            for message in reading.feed(data):
                if connection.is_closing:
                    return
                self._obey(connection, message, now)
        except BadFrameError:
            self.close(connection, protocol.CLOSE_BAD_REQUEST)
        except ClosedError as reason:
            self.close(connection, reason.code)
        connection.reading = None if reading.is_clean else reading

    def _obey(self, connection: Connection, message: Message, now: Now) -> None:
        if message.opcode is Opcode.TEXT:
            assert self._sessions is not None, "set before listening"
            self._sessions.obey(connection, message.data, now)
            if connection.is_connected and not connection.is_closing:
                self._unsettled.pop(connection, None)
        elif message.opcode is Opcode.PING:
            assert self._sessions is not None, "set before listening"
            self._sessions.count(connection, now)
            if not connection.write(encode_pong(message.data)):
                self.drop_slow(connection)
        elif message.opcode is Opcode.CLOSE:
            self._forget(connection)
            connection.begin_close(CLOSE_NORMAL)
            self._cut(connection)

    def _tell_health(self) -> str:
        state = "listening" if self.is_well else "the database is away"
        return f"{state}, {len(self._connections)} connections, {self.dropped_count} dropped\n"

    def _cut(self, connection: Connection) -> None:
        """Close the socket of a connection that nobody knows any more."""
        number = connection.sock.fileno()
        if number < 0:
            return
        del self._connections[number]
        self._slots[number % HUB_PING_S].discard(connection)
        self._unsettled.pop(connection, None)
        if connection.network:
            self._networks[connection.network] -= 1
            if not self._networks[connection.network]:
                del self._networks[connection.network]
        connection.cut()  # which takes it out of the epoll set, too
        if not self._connections:
            self._is_empty.set()


CLOSE_NORMAL = 1000
_TOO_MANY = (
    b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 10\r\nContent-Length: 0\r\n"
    b"Connection: close\r\n\r\n"
)
