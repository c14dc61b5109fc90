"""Answers to puzzles count once, whichever process takes them; see `wire.puzzles`."""

from datetime import datetime, timedelta

from django.db import connection

from chophien.apps.admission.models import UsedAnswer
from chophien.statements import load

# The clocks of several machines differ by less.
KEPT_AFTER_END = timedelta(minutes=5)


def use_answer(*, digest: bytes, ends_at: datetime) -> bool:
    """Take an answer; `False` when it was taken before.

    In a transaction that is undone, it was not taken. One that takes the same answer meanwhile
    waits for it.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            load("puzzles")["use_answer"].by_name, {"digest": digest, "ends_at": ends_at}
        )
        return cursor.fetchone() is not None


def is_used(digest: bytes) -> bool:
    """Whether an answer was taken; only `use_answer` decides whether it can be."""
    return UsedAnswer.objects.filter(digest=digest).exists()


def forget_answers(*, at: datetime) -> int:
    """Delete those that are over for good by real time; how many there were."""
    with connection.cursor() as cursor:
        before = at - KEPT_AFTER_END
        cursor.execute(load("puzzles")["forget_answers"].by_name, {"before": before})
        count: int = cursor.rowcount
        return count
