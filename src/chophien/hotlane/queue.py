"""The door of the waiting rooms: `POST /lane/queue` and `GET /lane/rooms/<id>`.

What is asked and answered: docs/reference/waiting-room.md.
"""

import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Annotated

import msgspec

from chophien.domain.guards import Guard
from chophien.domain.limits import JOIN_BYTES_MAX, TICKET_TIME
from chophien.hotlane.gate import ASK_AGAIN_MS, Gate, Room, describe_room
from chophien.hotlane.guard import read_caller
from chophien.hotlane.requests import Answer, BodyError, Request, read_body
from chophien.hotlane.seating import Busy, NoRoom, Person, Seated, Seating
from chophien.wire.passes import PASS_CHARS_MAX, BadPassError, read_pass
from chophien.wire.tickets import TICKET_CHARS_MAX, BadTicketError, Ticket, read_ticket, sign_ticket

ROOMS_PATH = re.compile(r"/lane/rooms/([1-9][0-9]{0,17})")
WORK_CHARS_MAX = 4_096
KEPT_BRIEFLY = "public, max-age=1"
NOT_KEPT = "no-store"
CheckWork = Callable[[str, int, int], Awaitable[bool]]
"""Whether a proof of work is right for a room and a person, and was not used before."""

Id = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]


class Join(msgspec.Struct, frozen=True, rename={"buyer_pass": "pass", "work": "pow"}):
    """Who wants to be in which room: proven by a pass, or by a ticket of that room."""

    room: Id
    buyer_pass: Annotated[str, msgspec.Meta(max_length=PASS_CHARS_MAX)] | None = None
    ticket: Annotated[str, msgspec.Meta(max_length=TICKET_CHARS_MAX)] | None = None
    work: Annotated[str, msgspec.Meta(max_length=WORK_CHARS_MAX)] | None = None


class _RefusedError(Exception):
    """What is answered instead of a place; caught at the door's border."""

    def __init__(self, status: HTTPStatus, outcome: str, **more: object) -> None:
        super().__init__(outcome)
        self.status = status
        self.body = msgspec.json.encode({"outcome": outcome, **more})


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What passes and tickets are signed with."""

    passes: bytes
    tickets: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """What is asked of those who join, besides who they are."""

    guard: Guard
    work: CheckWork | None = None
    """`None`: nobody gets into a room that asks for a proof of work."""
    is_behind_proxy: bool = False


class QueueDoor:
    """Answers at the two addresses; whatever is no room's state is taken for a join.

    Args:
        gate: knows the rooms.
        seating: gives places.
        keys: of passes and tickets.
        checks: against robots.
        clock: the fair's time.
        read_real_s: real time in seconds since 1970, by which passes end.
    """

    def __init__(
        self,
        *,
        gate: Gate,
        seating: Seating,
        keys: Keys,
        checks: Checks,
        clock: Callable[[], datetime],
        read_real_s: Callable[[], int],
    ) -> None:
        self._gate = gate
        self._seating = seating
        self._keys = keys
        self._checks = checks
        self._clock = clock
        self._read_real_s = read_real_s
        self._described: dict[int, tuple[Room, bytes]] = {}
        self._joins = msgspec.json.Decoder(Join)

    async def answer(self, request: Request) -> Answer:
        """Take one question or join through to what it is told."""
        try:
            if found := ROOMS_PATH.fullmatch(request.path):
                _require_method(request, "GET")
                return _tell(HTTPStatus.OK, self._describe(int(found[1])), KEPT_BRIEFLY)
            _require_method(request, "POST")
            return _tell(HTTPStatus.OK, await self._join(request))
        except _RefusedError as refused:
            return _tell(refused.status, refused.body)

    def _describe(self, room_id: int) -> bytes:
        """The public state of a room, written once for each reading of the rooms."""
        room = self._gate.rooms.get(room_id)
        if room is None:
            if not self._gate.is_ready:
                raise _RefusedError(
                    HTTPStatus.SERVICE_UNAVAILABLE, "busy", retry_after_ms=ASK_AGAIN_MS
                )
            raise _RefusedError(HTTPStatus.NOT_FOUND, "no_room")
        known = self._described.get(room_id)
        if known is None or known[0] is not room:
            self._described = {
                each: kept for each, kept in self._described.items() if each in self._gate.rooms
            }
            body = msgspec.json.encode(describe_room(room, self._clock()))
            known = self._described[room_id] = (room, body)
        return known[1]

    async def _join(self, request: Request) -> bytes:
        wanted = self._read(request, await _read_body(request))
        at = self._clock()
        user_id, is_seated = self._identify(request, wanted, at)
        self._check_rate(request, user_id)
        room = self._gate.rooms.get(wanted.room)
        if room is not None and room.is_proof_of_work and not is_seated:
            await self._check_work(wanted, user_id)
        match await self._seating.seat(Person(wanted.room, user_id)):
            case NoRoom():
                raise _RefusedError(HTTPStatus.NOT_FOUND, "no_room")
            case Busy():
                raise _RefusedError(
                    HTTPStatus.SERVICE_UNAVAILABLE, "busy", retry_after_ms=ASK_AGAIN_MS
                )
            case Seated() as seated:
                return self._write(wanted.room, user_id, seated, at)

    def _read(self, request: Request, body: bytes) -> Join:
        kind = (request.find_header("content-type") or "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise _RefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "not_json")
        try:
            return self._joins.decode(body)
        except (msgspec.DecodeError, RecursionError) as fault:
            raise _RefusedError(HTTPStatus.BAD_REQUEST, "bad_request", detail=str(fault)) from fault

    def _identify(self, request: Request, wanted: Join, at: datetime) -> tuple[int, bool]:
        """The person, and whether the ticket shows that they are in the room already."""
        if wanted.ticket is not None:
            try:
                ticket = read_ticket(wanted.ticket, self._keys.tickets, int(at.timestamp()))
            except BadTicketError as fault:
                raise _RefusedError(
                    HTTPStatus.UNAUTHORIZED, "bad_ticket", detail=str(fault)
                ) from fault
            if ticket.room_id != wanted.room:
                raise _RefusedError(HTTPStatus.UNAUTHORIZED, "bad_ticket", detail="of another room")
            return ticket.user_id, bool(ticket.entry)
        if wanted.buyer_pass is None:
            raise _RefusedError(
                HTTPStatus.UNAUTHORIZED, "bad_pass", detail="neither pass nor ticket"
            )
        try:
            holder = read_pass(wanted.buyer_pass, self._keys.passes, self._read_real_s())
        except BadPassError as fault:
            raise _RefusedError(HTTPStatus.UNAUTHORIZED, "bad_pass", detail=str(fault)) from fault
        caller = read_caller(request, is_behind_proxy=self._checks.is_behind_proxy)
        if caller.device != holder.device:
            raise _RefusedError(HTTPStatus.UNAUTHORIZED, "bad_pass", detail="of another device")
        return holder.user_id, False

    def _check_rate(self, request: Request, user_id: int) -> None:
        caller = read_caller(request, is_behind_proxy=self._checks.is_behind_proxy)
        wait_ms = self._checks.guard.check(
            user_id=user_id,
            device=caller.device,
            network=caller.network,
            at_us=time.monotonic_ns() // 1_000,
        )
        if wait_ms is not None:
            raise _RefusedError(HTTPStatus.TOO_MANY_REQUESTS, "too_many", retry_after_ms=wait_ms)

    async def _check_work(self, wanted: Join, user_id: int) -> None:
        check = self._checks.work
        if check is None or wanted.work is None:
            raise _RefusedError(HTTPStatus.FORBIDDEN, "work_needed")
        if not await check(wanted.work, wanted.room, user_id):
            raise _RefusedError(HTTPStatus.FORBIDDEN, "work_needed")

    def _write(self, room_id: int, user_id: int, seated: Seated, at: datetime) -> bytes:
        ticket = Ticket(
            room_id=room_id,
            user_id=user_id,
            entry=seated.entry,
            place=seated.place,
            ends_at_s=int((at + TICKET_TIME).timestamp()),
        )
        return msgspec.json.encode(
            {
                "outcome": "seated",
                "ticket": sign_ticket(ticket, self._keys.tickets),
                "entry": seated.entry,
                "place": seated.place,
                "turn_at": seated.turn_at,
            }
        )


def _require_method(request: Request, method: str) -> None:
    if request.method != method:
        raise _RefusedError(HTTPStatus.METHOD_NOT_ALLOWED, "wrong_method")


async def _read_body(request: Request) -> bytes:
    """The whole body, as long as it is short and comes in time."""
    try:
        return await read_body(request, bytes_max=JOIN_BYTES_MAX)
    except BodyError as fault:
        raise _RefusedError(fault.status, fault.outcome) from fault


def _tell(status: HTTPStatus, body: bytes, cache: str = NOT_KEPT) -> Answer:
    headers = [("content-type", "application/json"), ("cache-control", cache)]
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers.append(("retry-after", "1"))
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers.append(("allow", "GET, POST"))
    return Answer(status=status, body=body, headers=tuple(headers))
