"""Reading rooms."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import BooleanField, F, Func, Q, QuerySet

from chophien.apps.broadcast.models import RecordedStretch
from chophien.apps.live.models import Complaint, CouponDrop, DropClaim, Room, Utterance
from chophien.apps.programme.models import Segment
from chophien.apps.promotions.models import Coupon


def find_room(show_id: int) -> Room | None:
    return (
        Room.objects.filter(show_id=show_id)
        .select_related("show__host", "show__festival", "pinned__product__stall")
        .first()
    )


def list_rooms_on_air(at: datetime) -> QuerySet[Room]:
    """Rooms of shows whose time it is and that nobody stopped."""
    return (
        Room.objects.filter(
            show__starts_at__lte=at, show__ends_at__gt=at, show__cancelled_at__isnull=True
        )
        .exclude(Func(F("show_id"), function="is_show_stopped", output_field=BooleanField()))
        .select_related("show__host", "pinned__product__stall")
        .order_by("-show__starts_at", "id")
    )


def list_utterances(room_id: int, *, count_max: int) -> list[Utterance]:
    """What the host said last, oldest first."""
    latest = Utterance.objects.filter(room_id=room_id).order_by("-id")[:count_max]
    return list(reversed(latest))


def list_complaints() -> QuerySet[Complaint]:
    """Open ones first, those due first before others, then those answered last."""
    return Complaint.objects.select_related(
        "room__show__host", "about_sku__product", "answered_by"
    ).order_by(F("answered_at").desc(nulls_first=True), "due_at", "-id")


def find_complaint(token: str) -> Complaint | None:
    """The complaint that somebody follows by its number."""
    return list_complaints().filter(token=token).first()


def find_recorded_ms(show_id: int, at: datetime) -> int | None:
    """Where an instant of a show lies in its recording; none where nothing was recorded then."""
    stretch = (
        RecordedStretch.objects.filter(
            recording__show_id=show_id, recording__deleted_at__isnull=True, starts_at__lte=at
        )
        .order_by("-starts_at")
        .first()
    )
    if stretch is None:
        return None
    within_ms = (at - stretch.starts_at) // timedelta(milliseconds=1)
    return stretch.position_ms + min(within_ms, stretch.duration_ms)


def list_droppable(room: Room, at: datetime) -> QuerySet[Coupon]:
    """Coupons that can be dropped in a room at `at`: the festival's, and of stalls in the show."""
    shown = Segment.objects.filter(show_id=room.show_id).values("sku__product__stall")
    return (
        Coupon.objects.filter(
            Q(claim_starts_at__isnull=True) | Q(claim_starts_at__lte=at),
            Q(claim_ends_at__isnull=True) | Q(claim_ends_at__gt=at),
            Q(ends_at__isnull=True) | Q(ends_at__gt=at),
            Q(stall__isnull=True) | Q(stall__in=shown),
            way=Coupon.Way.DROP,
            festival_id=room.show.festival_id,
            claimed__lt=F("count_max"),
        )
        .select_related("stall")
        .order_by("stall__name_vi", "id")
    )


def list_drops(room_id: int) -> QuerySet[CouponDrop]:
    """All that was dropped in a room, the latest first."""
    return (
        CouponDrop.objects.filter(room_id=room_id)
        .select_related("coupon__stall", "coupon__festival")
        .order_by("-id")
    )


def list_open_drops(room_id: int, at: datetime) -> QuerySet[CouponDrop]:
    """Drops that a viewer can take from at `at`, the soonest to end first."""
    return (
        list_drops(room_id)
        .filter(
            Q(count_max__isnull=True) | Q(claimed__lt=F("count_max")),
            dropped_at__lte=at,
            ends_at__gt=at,
            coupon__claimed__lt=F("coupon__count_max"),
        )
        .order_by("ends_at", "id")
    )


def count_left(drop: CouponDrop) -> int:
    """Coupons that a drop, and the coupon's own count, still have."""
    left = drop.coupon.count_max - drop.coupon.claimed
    return left if drop.count_max is None else min(left, drop.count_max - drop.claimed)


def find_drop(drop_id: int) -> CouponDrop | None:
    return CouponDrop.objects.select_related("room__show", "coupon").filter(id=drop_id).first()


def list_taken_drops(user_id: int | None, drop_ids: Collection[int]) -> set[int]:
    """Those of the drops from which a person took a coupon; a guest took none."""
    if user_id is None or not drop_ids:
        return set()
    taken = DropClaim.objects.filter(user_id=user_id, drop_id__in=drop_ids)
    return set(taken.values_list("drop_id", flat=True))
