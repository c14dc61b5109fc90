"""Ten thousand readers in one process: `python -m bench.hub_clients PLAN`.

Plain sockets and epoll. Every byte is checked: a frame is parsed the first time it is seen, and
each further one has to be the same, byte by byte. Numbers within the frames show that each reader
gets each event once and in order; instants within them how old an event is when it is read.
Takes orders as JSON lines on standard input and answers each with one on standard output.
"""

import json
import os
import re
import resource
import select
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

MARK = re.compile(rb'"k":"(c|t)","n":(\d+),"t":(\d+)')
POSITION = re.compile(rb'"epoch":"(\w+)","offset":(\d+)')
RECOVERED = re.compile(rb'"recovered":(true|false)')
KNOWN_MAX = 2_048
AT_ONCE = 256
PONG = b"\x81\x82\0\0\0\0{}"
READ_BYTES = 65_536
EVENTS_AT_ONCE = 2_048
PAUSE_S = 0.001
NS_PER_MS = 1_000_000
AGES_MS = 20_000
# One network may have so many connections at the hub; loopback has networks enough.
OF_NETWORK_MAX = 1_000
UPGRADE = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Version: 13\r\n\r\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Whom to read from. `greets`: by the Centrifugo protocol, with recovery."""

    port: int
    path: str
    readers: int
    greets: bool


@dataclass(frozen=True, slots=True)
class Heard:
    """What the bytes of one read say. Numbers are of the commerce lane's events."""

    frames: int
    messages: int
    numbers: tuple[int, ...]
    oldest_ns: tuple[int, ...]
    """For each frame the instant of its oldest message."""
    has_ping: bool


@dataclass(slots=True)
class Reader:
    sock: socket.socket
    next_number: int | None = None
    rest: bytes = b""
    is_ready: bool = False
    epoch: str = ""


@dataclass(slots=True)
class Tally:
    frames: int = 0
    messages: int = 0
    faults: int = 0
    first_ns: int = 0
    last_ns: int = 0
    ages_ms: list[int] = field(default_factory=lambda: [0] * AGES_MS)

    def find_percentile(self, percent: int) -> int:
        left = sum(self.ages_ms) * percent // 100
        for age, count in enumerate(self.ages_ms):
            left -= count
            if left < 0:
                return age
        return AGES_MS


class Crowd:
    """All readers, and what they heard since the last order."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.readers: dict[int, Reader] = {}
        self.tally = Tally()
        self.not_recovered = 0
        self._positions: list[tuple[int | None, str]] = []
        self._poll = select.epoll()
        self._known: dict[bytes, Heard] = {}
        self._request = UPGRADE.format(path=plan.path, port=plan.port).encode()

    def connect(self) -> float:
        """Open all, a few at a time; returns the seconds until the last one hears its channel."""
        began = time.monotonic()
        positions = self._positions or [(None, "")] * self.plan.readers
        waiting = list(enumerate(positions))
        ready = 0
        while ready < self.plan.readers:
            while waiting and len(self.readers) - ready < AT_ONCE:
                index, position = waiting.pop()
                self._open(index, position)
            ready += self._read()
            if time.monotonic() - began > 60:
                raise RuntimeError(f"only {ready} of {self.plan.readers} are connected")
        return time.monotonic() - began

    def close(self) -> None:
        """Lose every line at once, and remember where each reader was."""
        self._positions = [(each.next_number, each.epoch) for each in self.readers.values()]
        for reader in self.readers.values():
            reader.sock.close()
        self.readers.clear()

    def listen(self, seconds: float) -> None:
        """Read for so long."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._read()

    def _open(self, index: int, position: tuple[int | None, str]) -> None:
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
        sock.bind((f"127.1.{index // OF_NETWORK_MAX}.1", 0))
        sock.connect(("127.0.0.1", self.plan.port))
        sock.settimeout(0)
        reader = Reader(sock, next_number=position[0], epoch=position[1])
        self.readers[sock.fileno()] = reader
        self._poll.register(sock, select.EPOLLIN)
        sock.send(self._request + (self._greet(reader) if self.plan.greets else b""))

    def _greet(self, reader: Reader) -> bytes:
        since = ""
        if reader.next_number is not None:
            offset = reader.next_number - 1
            since = f',"recover":true,"offset":{offset},"epoch":"{reader.epoch}"'
        commands = "\n".join(
            (
                '{"id":1,"connect":{}}',
                '{"id":2,"subscribe":{"channel":"chat:1"}}',
                f'{{"id":3,"subscribe":{{"channel":"room:1"{since}}}}}',
            )
        ).encode()
        return (
            b"\x81" + bytes([0x80 | 126]) + len(commands).to_bytes(2, "big") + bytes(4) + commands
        )

    def _read(self) -> int:
        """Read where there is something; returns how many readers became ready.

        Where there is nothing it sleeps by the clock: to wait for sockets would make the kernel
        wake this process within the sender's own calls, which no distant browser does.
        """
        ready = 0
        readers, known, tally = self.readers, self._known, self.tally
        events = self._poll.poll(0, EVENTS_AT_ONCE)
        if not events:
            time.sleep(PAUSE_S)
        for number, _ in events:
            reader = readers.get(number)
            if reader is None:
                continue
            data = reader.sock.recv(READ_BYTES)
            if not data:
                raise RuntimeError("the server closed a connection")
            heard = None if reader.rest else known.get(data)
            if heard is None:
                if not reader.is_ready:
                    ready += self._settle(reader, data)
                    continue
                heard = self._parse(reader, data)
            now_ns = time.monotonic_ns()
            if heard.frames:
                tally.first_ns = tally.first_ns or now_ns
                tally.last_ns = now_ns
            tally.frames += heard.frames
            tally.messages += heard.messages
            for each_ns in heard.oldest_ns:
                tally.ages_ms[min((now_ns - each_ns) // NS_PER_MS, AGES_MS - 1)] += 1
            self._follow(reader, heard.numbers)
            if heard.has_ping:
                reader.sock.send(PONG)
        return ready

    def _follow(self, reader: Reader, numbers: tuple[int, ...]) -> None:
        """Count what was left out, came twice or out of order."""
        for number in numbers:
            if reader.next_number is not None and number != reader.next_number:
                self.tally.faults += abs(number - reader.next_number)
            reader.next_number = number + 1

    def _settle(self, reader: Reader, data: bytes) -> bool:
        """Read the handshake and the answers to the greeting; `True` when all are there."""
        reader.rest += data
        head, end, frames = reader.rest.partition(b"\r\n\r\n")
        if not end:
            return False
        if not head.startswith(b"HTTP/1.1 101"):
            raise RuntimeError(head[:200].decode("latin-1"))
        if self.plan.greets:
            found = POSITION.search(frames)
            if found is None or frames.count(b"}") < 4:
                return False
            self._note_position(reader, frames, found)
        reader.is_ready = True
        reader.rest = b""
        if frames:
            heard = self._parse(reader, frames)
            self._follow(reader, heard.numbers)
        return True

    def _note_position(self, reader: Reader, frames: bytes, found: re.Match[bytes]) -> None:
        recovered = RECOVERED.search(frames)
        if recovered is not None and recovered[1] == b"false":
            self.not_recovered += 1
        if reader.next_number is None:
            reader.next_number = int(found[2]) + 1
        reader.epoch = found[1].decode()

    def _parse(self, reader: Reader, data: bytes) -> Heard:
        """Take frames apart; what is not all there waits for the next read."""
        whole = reader.rest + data
        frames, numbers, oldest, messages, taken, has_ping = 0, [], [], 0, 0, False
        for payload, end in iterate_frames(whole):
            marks = [(kind, int(number), int(at)) for kind, number, at in MARK.findall(payload)]
            taken = end
            has_ping = has_ping or payload == b"{}"
            if marks:
                frames += 1
                messages += len(marks)
                numbers += [number for kind, number, _ in marks if kind == b"c"]
                oldest.append(min(at for _, _, at in marks))
        heard = Heard(frames, messages, tuple(numbers), tuple(oldest), has_ping)
        if not reader.rest and taken == len(whole):
            if len(self._known) >= KNOWN_MAX:
                self._known.clear()
            self._known[whole] = heard
        reader.rest = whole[taken:]
        return heard


IP_BIND_ADDRESS_NO_PORT = 24  # of Linux; Python has no name for it


def iterate_frames(data: bytes) -> Iterator[tuple[bytes, int]]:
    """Each complete frame's payload, and where it ends."""
    place = 0
    while place + 2 <= len(data):
        size, begin = data[place + 1], place + 2
        if size == 126:
            size, begin = int.from_bytes(data[begin : begin + 2], "big"), begin + 2
        elif size == 127:
            size, begin = int.from_bytes(data[begin : begin + 8], "big"), begin + 8
        if begin + size > len(data):
            return
        yield data[begin : begin + size], begin + size
        place = begin + size


def obey(crowd: Crowd, order: dict[str, float]) -> dict[str, object]:
    """Do one thing and say how it went."""
    if "connect" in order:
        crowd.tally = Tally()
        seconds = crowd.connect()
        return {
            "connect_s": seconds,
            "not_recovered": crowd.not_recovered,
            "faults": crowd.tally.faults,
        }
    if "close" in order:
        crowd.close()
        return {}
    crowd.tally = Tally()
    before = os.times()
    crowd.listen(order["listen_s"])
    tally = crowd.tally
    return {
        "frames": tally.frames,
        "messages": tally.messages,
        "faults": tally.faults,
        "p50_ms": tally.find_percentile(50),
        "p99_ms": tally.find_percentile(99),
        "user_s": os.times().user - before.user,
        "system_s": os.times().system - before.system,
        "span_s": (tally.last_ns - tally.first_ns) / 1e9,
        "numbers": [each.next_number or 0 for each in crowd.readers.values()],
    }


def main() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    crowd = Crowd(Plan(**json.loads(sys.argv[1])))
    for line in sys.stdin:
        print(json.dumps(obey(crowd, json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
