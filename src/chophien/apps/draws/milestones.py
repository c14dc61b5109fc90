"""Milestones of a show: counted in the database, celebrated once each."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, QuerySet, Sum

from chophien.apps.bus.services import publish
from chophien.apps.chat.models import Likes
from chophien.apps.draws.models import Milestone
from chophien.apps.live.models import ViewerCount
from chophien.apps.orders.models import OrderLine
from chophien.apps.programme.models import Show
from chophien.domain.limits import MILESTONES_MAX
from chophien.domain.lucky import MILESTONES, Measure
from chophien.wire.events import MilestoneReached, room_channel

# Payments of a show's last orders come in after its end.
COUNTED_AFTER = timedelta(minutes=15)


def _count_orders(show_id: int) -> int:
    """Check-outs of which a part that was put in the cart in this show is paid."""
    counted = _list_sold(show_id).aggregate(orders=Count("stall_order__order_id", distinct=True))
    return int(counted["orders"])


def _count_sales(show_id: int) -> int:
    """What was paid for them, in đồng; deposits as they were put down."""
    return int(_list_sold(show_id).aggregate(paid=Sum("paid_minor"))["paid"] or 0)


def _list_sold(show_id: int) -> QuerySet[OrderLine]:
    lines = OrderLine.objects.filter(show_id=show_id, stall_order__state="paid")
    return lines.exclude(price_kind=OrderLine.GIFT).order_by()


def _count_likes(show_id: int) -> int:
    return Likes.objects.filter(room__show_id=show_id).values_list("count", flat=True).first() or 0


def _count_viewers(show_id: int) -> int:
    """The most who watched at one time, as the hub has counted."""
    counts = ViewerCount.objects.filter(room__show_id=show_id)
    return counts.values_list("peak", flat=True).first() or 0


COUNTERS: dict[Measure, Callable[[int], int]] = {
    Measure.LIKES: _count_likes,
    Measure.VIEWERS: _count_viewers,
    Measure.ORDERS: _count_orders,
    Measure.SALES: _count_sales,
}


def count_show(show_id: int) -> dict[Measure, int]:
    """Every measure of a show, exact now: a query each."""
    return {measure: count(show_id) for measure, count in COUNTERS.items()}


def set_defaults(show_id: int) -> None:
    """Give a show the usual thresholds; what it has stays as it is."""
    Milestone.objects.bulk_create(
        [
            Milestone(show_id=show_id, measure=measure.value, threshold=threshold)
            for measure, thresholds in MILESTONES.items()
            for threshold in thresholds
        ],
        ignore_conflicts=True,
    )


@transaction.atomic
def set_milestones(*, show_id: int, measure: Measure, thresholds: Collection[int]) -> None:
    """Let a show have these thresholds of one measure; those that were reached stay.

    Raises:
        ValueError: too many, or one below 1.
    """
    if len(thresholds) > MILESTONES_MAX or any(each < 1 for each in thresholds):
        raise ValueError(f"thresholds: up to {MILESTONES_MAX}, from 1 on")
    Show.objects.select_for_update(no_key=True).get(id=show_id)
    if not Milestone.objects.filter(show_id=show_id).exists():
        set_defaults(show_id)
    coming = Milestone.objects.filter(show_id=show_id, measure=measure.value, reached_at=None)
    coming.exclude(threshold__in=thresholds).delete()
    Milestone.objects.bulk_create(
        [
            Milestone(show_id=show_id, measure=measure.value, threshold=threshold)
            for threshold in sorted(set(thresholds))
        ],
        ignore_conflicts=True,
    )


def reach_due(*, at: datetime) -> int:
    """Celebrate every threshold that shows on air have passed, once each; returns how many.

    The first look at a show gives it the usual thresholds.
    """
    shows = Show.objects.filter(starts_at__lte=at, ends_at__gt=at - COUNTED_AFTER)
    bare = shows.filter(milestones=None, room__isnull=False)
    for show_id in bare.values_list("id", flat=True):
        set_defaults(show_id)
    waiting = Milestone.objects.filter(show__in=shows, reached_at=None, show__room__isnull=False)
    ids = list(waiting.order_by("show_id").values_list("show_id", flat=True).distinct())
    return sum(reach(show_id, at=at) for show_id in ids)


def reach(show_id: int, *, at: datetime) -> int:
    """Celebrate what one show has passed; returns how many thresholds."""
    counted = count_show(show_id)
    passed = [
        each
        for each in Milestone.objects.filter(show_id=show_id, reached_at=None)
        if counted.get(Measure(each.measure), 0) >= each.threshold
    ]
    return sum(_celebrate(each, counted[Measure(each.measure)], at) for each in passed)


@transaction.atomic
def _celebrate(milestone: Milestone, counted: int, at: datetime) -> bool:
    """Mark a threshold and tell the room; `False` when another worker was quicker."""
    mine = Milestone.objects.filter(id=milestone.pk, reached_at=None)
    if not mine.update(reached_at=at, counted=counted):
        return False
    room_id = Show.objects.values_list("room__id", flat=True).get(id=milestone.show_id)
    event = MilestoneReached(
        room_id=room_id,
        milestone_id=milestone.pk,
        measure=milestone.measure,
        threshold=milestone.threshold,
        counted=counted,
        at=at,
    )
    publish(room_channel(room_id), event)
    return True
