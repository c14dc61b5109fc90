"""The door through which a browser's camera goes on air: a WebSocket, `/publish/<show>`.

Source of the protocol: docs/reference/publishing.md.
"""

import asyncio
import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from chophien.domain.limits import (
    PUBLISH_BPS_MAX,
    PUBLISH_HELLO_S_MAX,
    PUBLISH_MESSAGE_BYTES_MAX,
    PUBLISH_SILENT_S_MAX,
    PUBLISH_STRANGERS_MAX,
    PUBLISH_WORD_CHARS_MAX,
)
from chophien.media.asgi import Message, Receive, Scope, Send
from chophien.media.ingest.browser_media import BrowserMedia, MediaFault, find_container
from chophien.media.program import Feed, FeedEnd
from chophien.media.programs import Programs, Refusal, RefusedError
from chophien.wire.publishing import (
    MIME_CHARS_MAX,
    PUBLISH_TICKET_CHARS_MAX,
    BadPublishTicketError,
    BadWordError,
    EpochBegun,
    Hello,
    LineReport,
    Paused,
    Pinged,
    Said,
    Stopped,
    decode_said,
    encode_line,
    read_ticket,
)

logger = logging.getLogger(__name__)
PATH = re.compile(r"/publish/([0-9]{1,18})")
SOURCE = "browser"
REPORT_S = 0.5
# How much more than its rate a browser may send at once: what waited while its line was away.
BURST_BYTES = 32_000_000
MEDIA_END_S = 1.0


class PublishClose(IntEnum):
    """Why the server closes; the close's reason says more, as a code."""

    RESTARTING = 1012
    BAD_WORD = 4400
    """Not this protocol."""
    BAD_TICKET = 4401
    """None, another show's, changed, or over: ask the page for another."""
    REFUSED = 4403
    """This show may not be sent now; the reason is the refusal or the hindrance."""
    NO_SHOW = 4404
    SILENT = 4408
    """Nothing was heard for too long."""
    TAKEN_OVER = 4409
    """The same host came by another connection."""
    ENDED = 4410
    """The program is over; the reason says why."""
    TOO_MUCH = 4413
    """Messages too large, or more than the rate."""
    UNFIT_MEDIA = 4415
    """The recording is not taken; the reason is the fault."""
    HELD = 4423
    """Somebody else is on air in this show."""
    BUSY = 4503
    """This machine cannot take it now: come again."""


@dataclass(slots=True)
class _Ending:
    """The first reason to end a connection, from whichever thread."""

    loop: asyncio.AbstractEventLoop
    future: "asyncio.Future[tuple[PublishClose | None, str]]"

    def set(self, code: PublishClose | None, reason: str = "") -> None:
        self.loop.call_soon_threadsafe(self._set, code, reason)

    def _set(self, code: PublishClose | None, reason: str) -> None:
        if not self.future.done():
            self.future.set_result((code, reason))


class _ClosedError(Exception):
    """The connection is to be closed, or is; `code` is `None` when the browser did it."""

    def __init__(self, code: PublishClose | None, reason: str = "") -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(slots=True, kw_only=True)
class _Call:
    """One connection that was let in."""

    show_id: int
    feed: Feed
    media: BrowserMedia
    ending: _Ending
    began_s: float = field(default_factory=time.monotonic)
    received_bytes: int = 0
    epoch: int = -1
    is_stopped: bool = False


class PublishDoor:
    """Raw ASGI: one call for each connection."""

    def __init__(self, *, programs: Programs, key: bytes, read_real_s: Callable[[], int]) -> None:
        """`key` is that of publishing tickets; `read_real_s` tells seconds since 1970."""
        self._programs = programs
        self._key = key
        self._read_real_s = read_real_s
        self._strangers = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        await send({"type": "websocket.accept"})
        try:
            call = await self._let_in(scope, receive)
        except _ClosedError as end:
            await _close(send, end.code, end.reason)
            return
        code, reason = await self._serve(call, receive, send)
        await _close(send, code, reason)

    async def _let_in(self, scope: Scope, receive: Receive) -> _Call:
        found = PATH.fullmatch(scope["path"])
        if found is None:
            raise _ClosedError(PublishClose.NO_SHOW, Refusal.NO_SHOW)
        hello = await self._hear_hello(receive)
        show_id = int(found[1])
        try:
            ticket = read_ticket(hello.ticket, self._key, self._read_real_s())
        except BadPublishTicketError as fault:
            raise _ClosedError(PublishClose.BAD_TICKET, "bad_ticket") from fault
        if ticket.show_id != show_id:
            raise _ClosedError(PublishClose.BAD_TICKET, "other_show")
        container = _require_container(hello.mime)
        try:
            feed = await self._programs.attach(show_id, source=SOURCE, user_id=ticket.user_id)
        except RefusedError as fault:
            raise _ClosedError(_code_of(fault.refusal), fault.detail or fault.refusal) from fault
        loop = asyncio.get_running_loop()
        ending = _Ending(loop, loop.create_future())
        media = BrowserMedia(feed, _tell_of_faults(ending))
        media.start()
        call = _Call(show_id=show_id, feed=feed, media=media, ending=ending)
        feed.when_ended(_tell_of_end(feed, ending))
        call.epoch = hello.epoch
        media.begin(container)
        logger.info("show %s: a browser sends %s", show_id, hello.mime)
        return call

    async def _hear_hello(self, receive: Receive) -> Hello:
        if self._strangers >= PUBLISH_STRANGERS_MAX:
            raise _ClosedError(PublishClose.BUSY, Refusal.BUSY)
        self._strangers += 1
        try:
            async with asyncio.timeout(PUBLISH_HELLO_S_MAX):
                message = await receive()
        except TimeoutError as fault:
            raise _ClosedError(PublishClose.SILENT, "silent") from fault
        finally:
            self._strangers -= 1
        said = _read_word(message)
        if not isinstance(said, Hello):
            raise _ClosedError(PublishClose.BAD_WORD, "no_hello")
        if len(said.ticket) > PUBLISH_TICKET_CHARS_MAX:
            raise _ClosedError(PublishClose.BAD_TICKET, "bad_ticket")
        return said

    async def _serve(
        self, call: _Call, receive: Receive, send: Send
    ) -> tuple[PublishClose | None, str]:
        reading = asyncio.create_task(self._read(call, receive))
        telling = asyncio.create_task(self._tell(call, send))
        try:
            ways: set[asyncio.Future[Any]] = {reading, telling, call.ending.future}
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            if call.ending.future.done():
                return call.ending.future.result()
            done = reading if reading.done() else telling
            fault = done.exception()
            if isinstance(fault, _ClosedError):
                return fault.code, fault.reason
            if isinstance(fault, OSError) or fault is None:
                return None, ""  # the browser is gone without a word
            raise fault
        finally:
            for task in (reading, telling):
                task.cancel()
            await asyncio.gather(reading, telling, return_exceptions=True)
            await self._let_go(call)

    async def _let_go(self, call: _Call) -> None:
        """Show what came, then let the program wait for her to come back."""
        call.media.end_recording()
        call.media.close()
        await asyncio.to_thread(call.media.join, MEDIA_END_S)
        call.feed.leave("line_lost")
        self._programs.detach(call.show_id, call.feed)
        logger.info("show %s: a browser is gone", call.show_id)

    async def _read(self, call: _Call, receive: Receive) -> None:
        while True:
            try:
                async with asyncio.timeout(PUBLISH_SILENT_S_MAX):
                    message = await receive()
            except TimeoutError as fault:
                raise _ClosedError(PublishClose.SILENT, "silent") from fault
            if message["type"] == "websocket.disconnect":
                raise _ClosedError(None)
            data = message.get("bytes")
            if data:
                await _take_bytes(call, data)
            else:
                _obey(call, message)

    async def _tell(self, call: _Call, send: Send) -> None:
        while True:
            report = self._programs.find_report(call.show_id)
            if report is not None:
                since = report.on_air_since
                line = LineReport(
                    received_bytes=call.received_bytes,
                    media_s=round(call.media.media_s, 3),
                    state=report.state.value,
                    on_air_since=since.isoformat() if since else "",
                    bitrate_bps=report.bitrate_bps,
                    epochs=report.epoch_count,
                    is_transcoded=call.media.is_transcoded,
                )
                await send({"type": "websocket.send", "text": encode_line(line)})
            await asyncio.sleep(REPORT_S)


async def _take_bytes(call: _Call, data: bytes) -> None:
    if len(data) > PUBLISH_MESSAGE_BYTES_MAX:
        raise _ClosedError(PublishClose.TOO_MUCH, "message")
    call.received_bytes += len(data)
    elapsed_s = int(time.monotonic() - call.began_s)
    if call.received_bytes > BURST_BYTES + elapsed_s * PUBLISH_BPS_MAX // 8:
        raise _ClosedError(PublishClose.TOO_MUCH, "rate")
    # While the reader is behind nothing more is received: TCP makes the browser wait, which sees
    # that and lowers its rate.
    if not call.media.offer(data):
        await asyncio.to_thread(call.media.put, data)


def _obey(call: _Call, message: Message) -> None:
    said = _read_word(message)
    match said:
        case EpochBegun(epoch=epoch, mime=mime):
            if epoch <= call.epoch:
                raise _ClosedError(PublishClose.BAD_WORD, "epoch")
            call.epoch = epoch
            call.media.begin(_require_container(mime))
        case Paused():
            call.media.end_recording()
            call.feed.pause()
        case Stopped():
            call.media.end_recording()
            call.feed.stop()
        case Pinged():
            pass
        case Hello():
            raise _ClosedError(PublishClose.BAD_WORD, "second_hello")


def _read_word(message: Message) -> Said:
    text = message.get("text")
    if message["type"] == "websocket.disconnect":
        raise _ClosedError(None)
    if not text or len(text) > PUBLISH_WORD_CHARS_MAX:
        raise _ClosedError(PublishClose.BAD_WORD, "no_word")
    try:
        return decode_said(text)
    except BadWordError as fault:
        raise _ClosedError(PublishClose.BAD_WORD, "no_word") from fault


def _require_container(mime: str) -> str:
    container = find_container(mime) if len(mime) <= MIME_CHARS_MAX else None
    if container is None:
        raise _ClosedError(PublishClose.UNFIT_MEDIA, MediaFault.NOT_MEDIA)
    return container


def _tell_of_faults(ending: _Ending) -> Callable[[MediaFault], None]:
    def tell(fault: MediaFault) -> None:
        is_ours = fault is MediaFault.TOO_SLOW
        ending.set(PublishClose.BUSY if is_ours else PublishClose.UNFIT_MEDIA, fault.value)

    return tell


def _tell_of_end(feed: Feed, ending: _Ending) -> Callable[[FeedEnd], None]:
    def tell(end: FeedEnd) -> None:
        match end:
            case FeedEnd.TAKEN_OVER:
                ending.set(PublishClose.TAKEN_OVER, end.value)
            case FeedEnd.BAD_TIMES:
                ending.set(PublishClose.UNFIT_MEDIA, end.value)
            case FeedEnd.PROGRAM_ENDED:
                is_restarting = feed.end_detail == "restarting"
                code = PublishClose.RESTARTING if is_restarting else PublishClose.ENDED
                ending.set(code, feed.end_detail or end.value)

    return tell


def _code_of(refusal: Refusal) -> PublishClose:
    match refusal:
        case Refusal.NO_SHOW:
            return PublishClose.NO_SHOW
        case Refusal.HELD:
            return PublishClose.HELD
        case Refusal.BUSY | Refusal.AWAY:
            return PublishClose.BUSY
        case _:
            return PublishClose.REFUSED


async def _close(send: Send, code: PublishClose | None, reason: str) -> None:
    if code is not None:
        await send({"type": "websocket.close", "code": int(code), "reason": reason})
