"""Joining a stall and leaving it."""

from datetime import datetime

from chophien.apps.sellers.models import Membership


def join_stall(*, stall_id: int, user_id: int, at: datetime) -> bool:
    """Make somebody a member, who gets the stall's member prices; `False` when already one."""
    return Membership.objects.get_or_create(
        stall_id=stall_id, user_id=user_id, defaults={"joined_at": at}
    )[1]


def leave_stall(*, stall_id: int, user_id: int) -> bool:
    """End a membership; `False` when there was none. Orders that were placed stay as they are."""
    return bool(Membership.objects.filter(stall_id=stall_id, user_id=user_id).delete()[0])
