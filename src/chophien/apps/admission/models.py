"""Waiting rooms, their goods, and those who wait in them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from chophien.apps.catalog.models import Sku
from chophien.apps.festivals.models import Festival
from chophien.domain.admission import Line, parse_pace, to_us


class WaitingRoom(models.Model):
    """Where people wait for a drop; or, standing, for a place in the lane when it is full.

    A row is changed under its lock only. `pace`, `next_place`, `entered` and `last_joined_at` are
    `domain.admission.Line`. The seed stays empty until those present are drawn.
    """

    festival = models.ForeignKey(Festival, on_delete=models.PROTECT, related_name="waiting_rooms")
    is_standing = models.BooleanField(default=False)
    name_vi = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120, blank=True)
    name_zh = models.CharField(max_length=120, blank=True)
    opens_at = models.DateTimeField()
    is_proof_of_work = models.BooleanField(default=False)
    seed_hash = models.CharField(max_length=64, blank=True)
    seed = models.CharField(max_length=64, blank=True)
    # The fingerprint of the entries that were drawn, fixed with the draw.
    entries_digest = models.CharField(max_length=64, blank=True)
    drawn_at = models.DateTimeField(null=True, blank=True)
    pace = models.TextField()
    next_place = models.PositiveIntegerField(default=0)
    entered = models.PositiveIntegerField(default=0)
    last_joined_at = models.DateTimeField()
    made_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-opens_at", "-id"]
        indexes = [
            models.Index(
                fields=["opens_at"],
                condition=Q(drawn_at__isnull=True, closed_at__isnull=True),
                name="waiting_room_to_draw",
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["festival"],
                condition=Q(is_standing=True, closed_at__isnull=True),
                name="waiting_room_stands_once",
            ),
            models.CheckConstraint(
                condition=Q(is_standing=True, seed_hash="") | ~Q(seed_hash=""),
                name="waiting_room_committed",
            ),
            models.CheckConstraint(
                condition=Q(seed="") | Q(drawn_at__isnull=False), name="seed_told_after_draw"
            ),
            models.CheckConstraint(
                condition=Q(drawn_at__isnull=True) | Q(drawn_at__gte=F("opens_at")),
                name="waiting_room_drawn_when_open",
            ),
        ]

    @property
    def line(self) -> Line:
        """The numbers that move when somebody joins."""
        return Line(
            pace=parse_pace(self.pace),
            is_drawn=self.drawn_at is not None,
            next_place=self.next_place,
            entered=self.entered,
            last_joined_us=to_us(self.last_joined_at),
        )


class SealedSeed(models.Model):
    """The seed of a room that is not drawn yet. No page, no API and no admin reads this table."""

    room = models.OneToOneField(WaitingRoom, on_delete=models.CASCADE, primary_key=True)
    seed = models.CharField(max_length=64)


class RoomSku(models.Model):
    """A sku that is bought through a room; through one at a time."""

    room = models.ForeignKey(WaitingRoom, on_delete=models.CASCADE, related_name="goods")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="waiting")
    # As that of the room, here for the constraint.
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sku"],
                condition=Q(closed_at__isnull=True),
                name="sku_waits_in_one_room",
            )
        ]


class Entrant(models.Model):
    """A person's place in a room, under the entry that the person was given as a receipt.

    Once given, a place is never changed. Whoever lets a turn go by may join again behind the
    others: the old row has then lapsed.
    """

    room = models.ForeignKey(
        WaitingRoom, on_delete=models.PROTECT, db_index=False, related_name="entrants"
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, db_index=False)
    entry = models.CharField(max_length=16)
    joined_at = models.DateTimeField()
    place = models.PositiveIntegerField(null=True, blank=True)
    lapsed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "room"],
                condition=Q(lapsed_at__isnull=True),
                name="one_place_a_person",
            ),
            models.UniqueConstraint(fields=["room", "entry"], name="entry_once"),
            models.UniqueConstraint(fields=["room", "place"], name="place_once"),
        ]


class UsedAnswer(models.Model):
    """An answer to a puzzle that was taken; kept until it would be refused as over."""

    digest = models.BinaryField(primary_key=True, max_length=32)
    ends_at = models.DateTimeField(db_index=True)
