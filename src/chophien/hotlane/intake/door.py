"""`POST /lane/buy`: from bytes to an answer."""

import time

import msgspec

from chophien.domain.guards import Guard
from chophien.domain.limits import LANE_BODY_BYTES_MAX, LANE_COME_BACK_MS
from chophien.hotlane.gate import Admitted, Gate
from chophien.hotlane.guard import Caller, read_caller
from chophien.hotlane.intake.batcher import Batcher
from chophien.hotlane.intake.messages import (
    BAD_PASS,
    BadRequest,
    Later,
    NotAdmitted,
    TooMany,
    Wanted,
    answer,
    answer_later,
    refuse,
)
from chophien.hotlane.requests import Answer, BodyError, Request, read_body
from chophien.wire.passes import BadPassError, Pass, read_pass

BUSY = answer_later(503, Later(retry_after_ms=LANE_COME_BACK_MS))
NOT_JSON = refuse(415, "not_json")
NOT_POST = refuse(405, "not_post")
FOREIGN = refuse(403, "foreign_origin")
_decoder = msgspec.json.Decoder(Wanted)


class BuyDoor:
    """One call for each press of a button.

    Args:
        batcher: where orders are taken.
        gate: who is admitted to what.
        guard: who asks too often.
        pass_key: as `wire.passes.derive_key` makes it.
        is_behind_proxy: whether the last proxy is ours and tells whose address it is.
    """

    def __init__(
        self, *, batcher: Batcher, gate: Gate, guard: Guard, pass_key: bytes, is_behind_proxy: bool
    ) -> None:
        self._batcher = batcher
        self._gate = gate
        self._guard = guard
        self._pass_key = pass_key
        self._is_behind_proxy = is_behind_proxy

    async def answer(self, request: Request) -> Answer:
        """Take one press through to what it is told."""
        caller = read_caller(request, is_behind_proxy=self._is_behind_proxy)
        if (told := self._refuse(request, caller)) is not None:
            return told
        try:
            body = await read_body(request, bytes_max=LANE_BODY_BYTES_MAX)
        except BodyError as fault:
            return refuse(fault.status, fault.outcome)
        return await self._buy(body, caller)

    def _refuse(self, request: Request, caller: Caller) -> Answer | None:
        """Refuse what need not be read: too much at once, or what no page of this fair sends."""
        if request.method != "POST":
            return NOT_POST
        if self._batcher.is_full or not self._batcher.is_open.is_set():
            self._gate.note_full(self._batcher.clock.read_fair())
            return BUSY
        wait_ms = self._guard.refuse_early(
            device=caller.device, network=caller.network, at_us=_read_us()
        )
        if wait_ms is not None:
            return answer_later(429, TooMany(retry_after_ms=wait_ms))
        return _check_headers(request)

    async def _buy(self, body: bytes, caller: Caller) -> Answer:
        try:
            wanted = _decoder.decode(body)
            holder = self._identify(wanted, caller)
        except BadPassError:
            return self._count(None, caller) or BAD_PASS
        except (msgspec.DecodeError, RecursionError) as fault:
            return self._count(None, caller) or answer(400, BadRequest(detail=str(fault)))
        if (too_many := self._count(holder.user_id, caller)) is not None:
            return too_many
        refusal = self._wait(wanted, holder)
        if refusal is not None and not wanted.retry:
            return refusal
        return await self._batcher.ask(wanted, holder, refusal)

    def _identify(self, wanted: Wanted, caller: Caller) -> Pass:
        """Who asks.

        Raises:
            BadPassError: nobody whom this fair has let in, or from another device.
        """
        holder = read_pass(wanted.buyer_pass, self._pass_key, self._batcher.clock.read_real_s())
        if caller.device != holder.device:
            raise BadPassError("another device")
        return holder

    def _count(self, user_id: int | None, caller: Caller) -> Answer | None:
        """Count a try, a bad one as nobody's; a refusal when there were too many."""
        wait_ms = self._guard.check(
            user_id=user_id, device=caller.device, network=caller.network, at_us=_read_us()
        )
        return None if wait_ms is None else answer_later(429, TooMany(retry_after_ms=wait_ms))

    def _wait(self, wanted: Wanted, holder: Pass) -> Answer | None:
        """Refuse whose turn it is not."""
        verdict = self._gate.judge(
            sku_id=wanted.sku,
            user_id=holder.user_id,
            ticket=wanted.ticket,
            at=self._batcher.clock.read_fair(),
        )
        if isinstance(verdict, Admitted):
            return None
        if verdict.room_id is None:
            return BUSY
        waiting = NotAdmitted(room=verdict.room_id, retry_after_ms=verdict.retry_after_ms)
        return answer_later(403, waiting)


def _read_us() -> int:
    return time.monotonic_ns() // 1_000


def _check_headers(request: Request) -> Answer | None:
    """Refuse by the headers alone what no page of this fair sends."""
    kind = request.find_header("content-type") or ""
    if kind.partition(";")[0].strip() != "application/json":
        return NOT_JSON
    origin = request.find_header("origin")
    if origin is not None and origin.partition("://")[2] != request.find_header("host"):
        return FOREIGN
    return None
