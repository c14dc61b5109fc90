"""Puzzles of waiting rooms: one for a browser to work out, or patience where no script runs."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from chophien.apps.admission.answers import is_used, use_answer
from chophien.apps.admission.selectors import find_room
from chophien.apps.festivals.clock import read_real
from chophien.domain.limits import PUZZLE_COUNTER_MAX, PUZZLE_COUNTER_MIN
from chophien.web.shared.people import find_user_id
from chophien.wire.puzzles import (
    BadAnswerError,
    PuzzleKeys,
    TooSoonError,
    Whose,
    derive_keys,
    make_patience,
    make_puzzle,
    read_answer,
)

if TYPE_CHECKING:
    from chophien.apps.admission.models import WaitingRoom

CHANCE_BYTES = 12
NOT_LOGGED_IN = 401


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The answer is right, and counts now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Early:
    """Patience is not over: the same form is taken after so many seconds."""

    wait_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NotTaken:
    """No right answer, or one that counted before: the person needs a new puzzle."""


@never_cache
@require_GET
def give_puzzle(request: HttpRequest, room_id: int) -> JsonResponse:
    """A puzzle for this person in this room; 404 where the room asks for none."""
    user_id = find_user_id(request)
    if user_id is None:
        return JsonResponse({"outcome": "log_in"}, status=NOT_LOGGED_IN)
    room = find_room(room_id)
    if room is None or room.closed_at is not None or not room.is_proof_of_work:
        raise Http404
    puzzle = make_puzzle(
        Whose(user_id=user_id, room_id=room_id),
        counter=PUZZLE_COUNTER_MIN + secrets.randbelow(PUZZLE_COUNTER_MAX - PUZZLE_COUNTER_MIN + 1),
        now_s=_read_s(),
        keys=_derive_keys(settings.SECRET_KEY),
    )
    return JsonResponse(puzzle)


def give_patience(request: HttpRequest, room: "WaitingRoom") -> str:
    """What the page of a room hands in where no script works out a puzzle; empty for no puzzle.

    The same until it is over or taken, however often the page is read: a minute is a minute.
    """
    user_id = find_user_id(request)
    if user_id is None or not room.is_proof_of_work:
        return ""
    whose = Whose(user_id=user_id, room_id=room.id)
    kept = f"patience-{room.id}"
    note: str = request.session.get(kept, "")
    if not _is_good(note, whose):
        note = request.session[kept] = make_patience(
            whose,
            chance=secrets.token_urlsafe(CHANCE_BYTES),
            now_s=_read_s(),
            keys=_derive_keys(settings.SECRET_KEY),
        )
    return note


def _is_good(note: str, whose: Whose) -> bool:
    try:
        answer = read_answer(note, whose, now_s=_read_s(), keys=_derive_keys(settings.SECRET_KEY))
    except TooSoonError:
        return True
    except BadAnswerError:
        return False
    return not is_used(answer.digest)


def take_answer(room: "WaitingRoom", user_id: int, text: str) -> Taken | Early | NotTaken:
    """Take what the form of a room brought; in the transaction that gives the place."""
    if not room.is_proof_of_work:
        return Taken()
    whose = Whose(user_id=user_id, room_id=room.id)
    try:
        answer = read_answer(text, whose, now_s=_read_s(), keys=_derive_keys(settings.SECRET_KEY))
    except TooSoonError as early:
        return Early(wait_s=early.wait_s)
    except BadAnswerError:
        return NotTaken()
    ends_at = datetime.fromtimestamp(answer.ends_at_s, tz=UTC)
    return Taken() if use_answer(digest=answer.digest, ends_at=ends_at) else NotTaken()


@cache
def _derive_keys(secret: str) -> PuzzleKeys:
    return derive_keys(secret)


def _read_s() -> int:
    """Real time: a rehearsal's clock may go back, and a spent answer must stay spent."""
    return int(read_real().timestamp())
