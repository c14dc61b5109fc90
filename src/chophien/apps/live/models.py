"""Rooms: what is pinned, what was said, what viewers complain of."""

from django.conf import settings
from django.db import models

from chophien.apps.catalog.models import Sku
from chophien.apps.programme.models import Show


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
    """What a viewer finds wrong with a show; open until the organiser answers."""

    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="complaints")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    contact = models.CharField(max_length=120, blank=True)
    text = models.TextField()
    made_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(blank=True)

    class Meta:
        ordering = ["-made_at"]
