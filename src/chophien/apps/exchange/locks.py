"""Locks of imports; all of them end with the transaction, or with the process that held them."""

from django.db import connection

# The first half of the two-part keys of advisory locks: one space for runs, one for applying.
RUN_SPACE = 7_101
APPLY_SPACE = 7_102


def try_lock_run(run_id: int) -> bool:
    """Take a run for this transaction; `False` when another worker is at it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [RUN_SPACE, run_id])
        (is_ours,) = cursor.fetchone() or (False,)
    return bool(is_ours)


def lock_applying() -> None:
    """Wait until no other import is being applied; inside the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [APPLY_SPACE])
