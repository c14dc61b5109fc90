"""One platform: its backlog, its connection, its way back after a fault."""

import asyncio
import contextlib
import logging
import secrets
import ssl
import time
from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from chophien.domain.limits import OUTWARD_QUEUE_MS_MAX
from chophien.domain.outward import BadAddressError, IpNetwork
from chophien.media.outward.backlog import Backlog, Headers, Item
from chophien.media.outward.client import Publishing, RefusedError, Target, open_publishing
from chophien.media.rtmp.chunks import Kind

logger = logging.getLogger(__name__)
# Waits before another try; the last repeats. Who was refused (a wrong key) is asked less often.
AGAIN_S = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
AGAIN_REFUSED_S = (10.0, 30.0, 60.0)
STEADY_S = 30.0
JITTER = 0.2
RATE_WINDOW_S = 4.0
FLUSH_S_MAX = 3.0
KEYFRAMES_REMEMBERED = 5
DETAIL_CHARS_MAX = 200


class SendState(StrEnum):
    """How it goes with a destination."""

    WAITING = "waiting"
    """Nothing to send yet."""
    CONNECTING = "connecting"
    SENDING = "sending"
    RETRYING = "retrying"
    """The line broke; it is tried again by itself."""
    REFUSED = "refused"
    """The platform said no; it is asked again less often."""
    FORBIDDEN = "forbidden"
    """Not sent to by our own rules; nothing is tried."""
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What went wrong last."""

    code: str
    detail: str = ""
    monotonic_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SendReport:
    """How it stands with one destination."""

    state: SendState
    connected_s: float | None = None
    """For how long it has been sent to without a break."""
    connections: int = 0
    sent_bytes: int = 0
    dropped_ms: int = 0
    queued_ms: int = 0
    video_bps: int = 0
    keyframe_ms: int = 0
    width: int = 0
    height: int = 0
    audio_rate_hz: int = 0
    sizes: int = 0
    fault: Fault | None = None


class _Meter:
    """Measures what was sent of late."""

    def __init__(self) -> None:
        self._sizes: deque[tuple[float, int]] = deque()
        self._keyframes_ms: deque[int] = deque(maxlen=KEYFRAMES_REMEMBERED)
        self.sent_bytes = 0

    def count(self, item: Item) -> None:
        now_s = time.monotonic()
        self.sent_bytes += len(item.payload)
        if item.kind is Kind.VIDEO:
            self._sizes.append((now_s, len(item.payload)))
        if item.is_keyframe:
            self._keyframes_ms.append(item.time_ms)
        self._forget(now_s)

    def restart(self) -> None:
        self._keyframes_ms.clear()

    @property
    def video_bps(self) -> int:
        self._forget(time.monotonic())
        return int(sum(size for _, size in self._sizes) * 8 / RATE_WINDOW_S)

    @property
    def keyframe_ms(self) -> int:
        times = list(self._keyframes_ms)
        return max((later - earlier for earlier, later in pairwise(times)), default=0)

    def _forget(self, now_s: float) -> None:
        while self._sizes and now_s - self._sizes[0][0] > RATE_WINDOW_S:
            self._sizes.popleft()


class Sender:
    """Sends one show to one platform until it is told that the show is over.

    All methods are for the event loop on which it runs. Nothing it does makes others wait.
    """

    def __init__(
        self, target: Target, *, allowed: tuple[IpNetwork, ...], tls: ssl.SSLContext
    ) -> None:
        self._target = target
        self._allowed = allowed
        self._tls = tls
        self._backlog = Backlog(ms_max=OUTWARD_QUEUE_MS_MAX)
        self._meter = _Meter()
        self._arrived = asyncio.Event()
        self._over = asyncio.Event()
        self._state = SendState.WAITING
        self._connected_s: float | None = None
        self._connections = 0
        self._headers: Headers | None = None
        self._size = (0, 0)
        self._size_count = 0
        self._fault: Fault | None = None
        self._failures = 0

    @property
    def report(self) -> SendReport:
        """How it stands."""
        is_sending = self._state is SendState.SENDING and self._connected_s is not None
        return SendReport(
            state=self._state,
            connected_s=time.monotonic() - (self._connected_s or 0) if is_sending else None,
            connections=self._connections,
            sent_bytes=self._meter.sent_bytes,
            dropped_ms=self._backlog.dropped_ms,
            queued_ms=self._backlog.queued_ms,
            video_bps=self._meter.video_bps if is_sending else 0,
            keyframe_ms=self._meter.keyframe_ms,
            width=self._size[0],
            height=self._size[1],
            audio_rate_hz=self._headers.format.audio.rate_hz if self._headers else 0,
            sizes=self._size_count,
            fault=self._fault,
        )

    def put(self, item: Item) -> None:
        """Take what comes next of the program; never waits."""
        self._backlog.put(item)
        self._arrived.set()

    def finish(self) -> None:
        """The program is over: send what waits, for a moment, and hang up."""
        self._over.set()
        self._arrived.set()

    async def run(self) -> None:
        """Send, and begin again after each fault, until `finish` or cancelled."""
        try:
            while await self._await_media():
                await self._try_once()
        finally:
            self._state = SendState.OVER

    async def _await_media(self) -> bool:
        """Wait for something to send; `False` when nothing will come."""
        while not len(self._backlog):
            if self._over.is_set():
                return False
            self._arrived.clear()
            await self._arrived.wait()
        return True

    async def _try_once(self) -> None:
        self._state = SendState.CONNECTING
        try:
            await self._connect_and_send()
        except BadAddressError as fault:
            self._fail(SendState.REFUSED, fault.fault.value)
        except RefusedError as fault:
            self._fail(SendState.REFUSED, fault.code, fault.detail)
        except ssl.SSLCertVerificationError as fault:
            self._fail(SendState.REFUSED, "certificate", fault.verify_message)
        except TimeoutError:
            self._fail(SendState.RETRYING, "stalled" if self._connected_s else "no_answer")
        except OSError as fault:
            code = "line" if self._connected_s else "unreachable"
            self._fail(SendState.RETRYING, code, fault.strerror or str(fault))
        else:
            return
        await self._rest()

    async def _connect_and_send(self) -> None:
        publishing = await open_publishing(self._target, allowed=self._allowed, tls=self._tls)
        try:
            await self._send_on(publishing)
        finally:
            await publishing.close()

    def _fail(self, state: SendState, code: str, detail: str = "") -> None:
        detail = "".join(each for each in detail if each.isprintable())
        detail = detail.replace(self._target.key, "…")[:DETAIL_CHARS_MAX]
        logger.info("sending to %s: %s %s", self._target.address.host, code, detail)
        lasted_s = time.monotonic() - self._connected_s if self._connected_s else 0
        self._failures = 1 if lasted_s > STEADY_S else self._failures + 1
        self._fault = Fault(code=code, detail=detail, monotonic_s=time.monotonic())
        self._state = state
        self._connected_s = None

    async def _rest(self) -> None:
        """Wait before the next try; not when the show is over."""
        waits = AGAIN_REFUSED_S if self._state is SendState.REFUSED else AGAIN_S
        wait_s = waits[min(self._failures, len(waits)) - 1]
        wait_s *= 1 + secrets.SystemRandom().uniform(-JITTER, JITTER)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._over.wait()
            self._backlog.clear()

    async def _send_on(self, publishing: Publishing) -> None:
        """Send on one connection; what the server says meanwhile ends it."""
        self._connected_s = time.monotonic()
        self._connections += 1
        self._state = SendState.SENDING
        self._backlog.restart()
        self._meter.restart()
        self._headers = None
        sending = asyncio.create_task(self._send_all(publishing))
        watching = asyncio.create_task(publishing.watch())
        try:
            done, _ = await asyncio.wait({sending, watching}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sending.cancel()
            watching.cancel()
            await asyncio.gather(sending, watching, return_exceptions=True)
        for task in done:
            task.result()

    async def _send_all(self, publishing: Publishing) -> None:
        base_ms: int | None = None
        while await self._await_media():
            item = self._backlog.take()
            assert item is not None, "there was one"
            if base_ms is None:
                base_ms = item.time_ms
            self._send_item(publishing, item, max(item.time_ms - base_ms, 0))
            if self._over.is_set() and not len(self._backlog):
                break
            await publishing.flush()
        async with asyncio.timeout(FLUSH_S_MAX):
            await publishing.flush()

    def _send_item(self, publishing: Publishing, item: Item, time_ms: int) -> None:
        headers, before = item.headers, self._headers
        if headers is not before:
            self._headers = headers
            size = (headers.format.video.width, headers.format.video.height)
            self._size_count += size != self._size
            self._size = size
            publishing.send_metadata(headers.metadata, time_ms)
            if before is None or before.video != headers.video:
                publishing.send(Kind.VIDEO, headers.video, time_ms)
            if before is None or before.audio != headers.audio:
                publishing.send(Kind.AUDIO, headers.audio, time_ms)
        publishing.send(item.kind, item.payload, time_ms)
        self._meter.count(item)
