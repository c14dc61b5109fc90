"""A person's place in a waiting room, as pages show it and as the lane takes it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings

from chophien.apps.admission.selectors import find_entrant, is_sold_out, judge_entrant
from chophien.domain.admission import Turn, from_us, to_us
from chophien.domain.limits import TICKET_TIME, TURN_TIME
from chophien.wire.tickets import Ticket, derive_key, sign_ticket

if TYPE_CHECKING:
    from chophien.apps.admission.models import Entrant, WaitingRoom

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where somebody stands in a room at one instant."""

    state: str
    """`closed`, `coming` (not opened), `drawing`, `waiting`, `now` or `over`."""
    is_in: bool
    """Whether the person has joined; `waiting` without it is what a newcomer would meet."""
    is_sold_out: bool
    entry: str
    number: int | None
    """Counted from 1, as people do."""
    before: int
    """How many are to be admitted before."""
    turn_at: datetime | None
    ends_at: datetime | None
    """When the turn is over."""
    minutes: int
    """Until the turn, rounded up; 0 when it is now."""
    ticket: str
    """For the lane: of the place, or an invitation to join; empty for guests."""


def find_place(room: "WaitingRoom", *, user_id: int | None, at: datetime) -> Place:
    """What a room's page tells one person: three queries at most."""
    entrant = find_entrant(room.id, user_id)
    state = _judge(room, entrant, at)
    pace, at_us = room.line.pace, to_us(at)
    admitted = pace.count_admitted(at_us) if room.drawn_at else 0
    number = room.next_place if entrant is None else entrant.place
    turn_at = None
    if state in {"waiting", "now", "over"} and number is not None:
        turn_at = from_us(max(pace.turn_at(number), at_us if entrant is None else 0))
    return Place(
        state=state,
        is_in=entrant is not None,
        is_sold_out=not room.is_standing and state != "closed" and is_sold_out(room.id, at),
        entry="" if entrant is None else entrant.entry,
        number=None if entrant is None or entrant.place is None else entrant.place + 1,
        before=0 if number is None else max(0, number - admitted),
        turn_at=turn_at,
        ends_at=None if turn_at is None or entrant is None else turn_at + TURN_TIME,
        minutes=0 if turn_at is None else max(0, -((at - turn_at) // _MINUTE)),
        ticket="" if user_id is None else make_ticket(room.id, user_id, entrant, at),
    )


def _judge(room: "WaitingRoom", entrant: "Entrant | None", at: datetime) -> str:
    if room.closed_at is not None:
        return "closed"
    if room.drawn_at is None:
        return "coming" if at < room.opens_at else "drawing"
    if entrant is None:
        return "waiting"
    if entrant.place is None:
        return "drawing"
    return {Turn.WAITING: "waiting", Turn.NOW: "now", Turn.OVER: "over"}[
        judge_entrant(room, entrant, at)
    ]


def make_ticket(room_id: int, user_id: int, entrant: "Entrant | None", at: datetime) -> str:
    """The signed ticket of a place; without one, an invitation to join."""
    ticket = Ticket(
        room_id=room_id,
        user_id=user_id,
        entry="" if entrant is None else entrant.entry,
        place=None if entrant is None else entrant.place,
        ends_at_s=int((at + TICKET_TIME).timestamp()),
    )
    return sign_ticket(ticket, _derive_key(settings.SECRET_KEY))


@cache
def _derive_key(secret: str) -> bytes:
    return derive_key(secret)
