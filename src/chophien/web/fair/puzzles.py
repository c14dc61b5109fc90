"""Puzzles of waiting rooms: one for a browser to work out, or patience where no script runs."""

import secrets
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from chophien.apps.admission.selectors import find_room
from chophien.apps.festivals.clock import read_real
from chophien.domain.limits import PUZZLE_COUNTER_MAX, PUZZLE_COUNTER_MIN
from chophien.web.shared.people import find_user_id
from chophien.wire.puzzles import PuzzleKeys, Whose, derive_keys, make_patience, make_puzzle

if TYPE_CHECKING:
    from chophien.apps.admission.models import WaitingRoom

CHANCE_BYTES = 12
NOT_LOGGED_IN = 401


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


def give_patience(room: "WaitingRoom", user_id: int) -> str:
    """What the page of a room hands in where no script works out a puzzle; empty for no puzzle."""
    if not room.is_proof_of_work:
        return ""
    return make_patience(
        Whose(user_id=user_id, room_id=room.id),
        chance=secrets.token_urlsafe(CHANCE_BYTES),
        now_s=_read_s(),
        keys=_derive_keys(settings.SECRET_KEY),
    )


@cache
def _derive_keys(secret: str) -> PuzzleKeys:
    return derive_keys(secret)


def _read_s() -> int:
    """Real time: a rehearsal's clock may go back, and a spent answer must stay spent."""
    return int(read_real().timestamp())
