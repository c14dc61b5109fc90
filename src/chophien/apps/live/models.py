"""Rooms: what is pinned, what was said, what is dropped, what viewers complain of."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from chophien.apps.catalog.models import Sku
from chophien.apps.programme.models import Show
from chophien.apps.promotions.models import Coupon, WalletCoupon


class Room(models.Model):
    """Where one show is watched."""

    show = models.OneToOneField(Show, on_delete=models.CASCADE, related_name="room")
    pinned = models.ForeignKey(Sku, null=True, blank=True, on_delete=models.SET_NULL)


class Utterance(models.Model):
    """A sentence of an AI host, kept as it was said (the law asks for shows to be kept)."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="utterances")
    sku = models.ForeignKey(Sku, null=True, on_delete=models.SET_NULL)
    beat = models.CharField(max_length=30)
    text = models.TextField()
    # The instant at which the facts were true: no sentence says what was not so at its start.
    starts_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["room", "-id"], name="utterance_by_room")]


class Complaint(models.Model):
    """What a viewer finds wrong with a show; open until the organiser answers.

    `token` is the unguessable number by which whoever complained follows it.
    """

    token = models.CharField(max_length=32, unique=True)
    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="complaints")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    contact = models.CharField(max_length=120, blank=True)
    text = models.TextField()
    made_at = models.DateTimeField()
    # The moment of the show that it is about, and what was pinned then.
    about_at = models.DateTimeField(null=True, blank=True)
    about_sku = models.ForeignKey(
        Sku, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    due_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    answer = models.TextField(blank=True)

    class Meta:
        ordering = ["-made_at"]


class CouponDrop(models.Model):
    """A coupon that the viewers of a room may take in `[dropped_at, ends_at)`, once each.

    `count_max` is how many this drop gives at most; none leaves it to the coupon's own count.
    """

    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="drops")
    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, related_name="drops")
    dropped_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    count_max = models.PositiveIntegerField(null=True, blank=True)
    claimed = models.PositiveIntegerField(default=0)
    dropped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT
    )

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["room", "ends_at"], name="drop_by_room")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gte=F("dropped_at")), name="drop_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(count_max__isnull=True) | Q(claimed__lte=F("count_max")),
                name="drop_not_overclaimed",
            ),
        ]


class DropClaim(models.Model):
    """That somebody took the coupon of a drop."""

    drop = models.ForeignKey(CouponDrop, on_delete=models.PROTECT, related_name="claims")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    held = models.OneToOneField(WalletCoupon, on_delete=models.CASCADE)
    claimed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["drop", "user"], name="drop_claimed_once"),
        ]


class ViewerCount(models.Model):
    """How many watched one show: written every few seconds by the hub (`viewers.sql`).

    Average and peak are of the show's own time, by the fair's clock. The average is
    `viewer_ms / counted_ms`; different viewers are estimated beyond the first thousands
    (`domain.distinct`).
    """

    room = models.OneToOneField(Room, on_delete=models.CASCADE, related_name="viewer_count")
    watching = models.PositiveIntegerField(default=0)
    peak = models.PositiveIntegerField(default=0)
    peak_at = models.DateTimeField(null=True, blank=True)
    viewer_ms = models.PositiveBigIntegerField(default=0)
    counted_ms = models.PositiveBigIntegerField(default=0)
    viewers = models.PositiveIntegerField(default=0)
    sketch = models.BinaryField(default=bytes)
    counted_at = models.DateTimeField()


class ViewerMinute(models.Model):
    """How many watched a room at the turn of a minute of its show, as the hub had it then."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="viewer_minutes")
    starts_at = models.DateTimeField()
    watching = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["room", "starts_at"], name="viewers_once_a_minute"),
        ]


class HubWatch(models.Model):
    """How many watch a room by one hub process, as it said last; the processes add up."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="hub_watches")
    hub = models.CharField(max_length=32)
    watching = models.PositiveIntegerField()
    counted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["room", "hub"], name="hub_counts_room_once"),
        ]
