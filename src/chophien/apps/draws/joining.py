"""Taking part: a tap, and being there."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from chophien.apps.draws.models import Draw, Entrant, Watch
from chophien.domain.lucky import Condition, count_watched_ms, is_number, make_receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    entrant: Entrant
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TooLate:
    """The draw has closed, was called off, or is not joined by a tap."""


class BadNumberError(ValueError):
    """What came as a device's number is none."""


# Waits for a freezing that is under way, and writes nothing once it is done: the row of the
# draw is locked in share, so joins do not wait for each other.
_JOIN = """
INSERT INTO draws_entrant (draw_id, user_id, receipt, maker, joined_at, missing)
SELECT draw.id, %(user)s, %(receipt)s, %(maker)s, %(at)s, ''
FROM draws_draw draw
WHERE draw.id = %(draw)s AND draw.frozen_at IS NULL AND draw.called_off_at IS NULL
  AND draw.opens_at <= %(at)s AND draw.closes_at > %(at)s
FOR SHARE OF draw
ON CONFLICT DO NOTHING
"""

_WATCH = """
INSERT INTO draws_watch (show_id, user_id, number, watched_ms, first_at, last_at)
VALUES (%(show)s, %(user)s, %(number)s, 0, %(at)s, %(at)s)
ON CONFLICT (show_id, user_id) DO NOTHING
"""


def join(
    *, draw_id: int, user_id: int, number: str, is_from_device: bool, at: datetime
) -> Joined | TooLate:
    """Take part by a tap, once a person, however often one taps.

    Args:
        draw_id: the draw.
        user_id: the person.
        number: 32 hex digits by chance.
        is_from_device: whether the person's device made the number, or the fair for who came
            without a script.
        at: now.

    Raises:
        BadNumberError: the number is none.
    """
    if not is_number(number):
        raise BadNumberError("number: 32 small hex digits are needed")
    draw = Draw.objects.filter(id=draw_id).first()
    if draw is None or Condition.TAP not in draw.asks.asks:
        return TooLate()
    values: dict[str, int | str | datetime] = {
        "draw": draw_id,
        "user": user_id,
        "receipt": make_receipt(draw.promise, number),
        "maker": (Entrant.Maker.DEVICE if is_from_device else Entrant.Maker.FAIR).value,
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_JOIN, values)
        is_new = cursor.rowcount == 1
    known = Entrant.objects.filter(draw_id=draw_id, user_id=user_id).first()
    return TooLate() if known is None else Joined(entrant=known, is_new=is_new)


def watch(*, show_id: int, user_id: int, number: str, at: datetime) -> int:
    """Note that a person is there now; returns the milliseconds that they have watched.

    The number of the first ping stays: a second device of the same person brings another.

    Raises:
        BadNumberError: the number is none.
    """
    if not is_number(number):
        raise BadNumberError("number: 32 small hex digits are needed")
    known = Watch.objects.filter(show_id=show_id, user_id=user_id).first()
    if known is None:
        values: dict[str, int | str | datetime] = {
            "show": show_id,
            "user": user_id,
            "number": number,
            "at": at,
        }
        with connection.cursor() as cursor:
            cursor.execute(_WATCH, values)
        return 0
    watched_ms = count_watched_ms(known.watched_ms, known.last_at, at)
    # Only if no other tab was quicker: time is counted once.
    same = Watch.objects.filter(id=known.pk, last_at=known.last_at, last_at__lt=at)
    same.update(watched_ms=watched_ms, last_at=at)
    return watched_ms
