"""Giving one coupon to each of many people, a batch at a time, exactly once each."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from chophien.apps.accounts.models import User
from chophien.apps.promotions.models import Coupon, Handout
from chophien.apps.promotions.wallets import Got, put_in_wallet
from chophien.apps.sellers.models import Membership

BATCH_PEOPLE = 200


def find_members(stall_id: int) -> list[int]:
    """Accounts of those who joined a stall."""
    return list(Membership.objects.filter(stall_id=stall_id).values_list("user_id", flat=True))


def find_people(usernames: Collection[str]) -> tuple[list[int], list[str]]:
    """Accounts of these user names in any case, and the names that nobody has."""
    wanted = {name.strip().lower(): name.strip() for name in usernames if name.strip()}
    asked = Q(username__in=wanted.values()) | Q(username__in=list(wanted))
    found = dict(User.objects.filter(asked).values_list("username", "id"))
    known = {name.lower() for name in found}
    return sorted(found.values()), sorted(name for low, name in wanted.items() if low not in known)


def start_handout(
    *, coupon_id: int, user_ids: Collection[int], by_id: int | None, at: datetime
) -> Handout:
    """Write down who is to get one; `continue_handout` gives them."""
    return Handout.objects.create(
        coupon_id=coupon_id, user_ids=sorted(set(user_ids)), started_at=at, made_by_id=by_id
    )


@transaction.atomic
def continue_handout(*, handout_id: int, at: datetime) -> bool:
    """Give the next batch; returns whether more people wait.

    Gifts and progress are one transaction under the row's lock: a worker that dies in between,
    or a second one, gives nobody anything twice.
    """
    handout = Handout.objects.select_for_update().get(id=handout_id)
    coupon = Coupon.objects.get(id=handout.coupon_id)
    batch = handout.user_ids[handout.done : handout.done + BATCH_PEOPLE]
    alive = User.objects.filter(id__in=batch).order_by("id").values_list("id", flat=True)
    handout.given += sum(
        isinstance(put_in_wallet(coupon=coupon, user_id=user_id, at=at), Got) for user_id in alive
    )
    handout.done += len(batch)
    is_over = handout.done >= len(handout.user_ids)
    if is_over and handout.finished_at is None:
        handout.finished_at = at
    handout.save(update_fields=["given", "done", "finished_at"])
    return not is_over
