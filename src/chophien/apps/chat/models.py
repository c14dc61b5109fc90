"""What is said in a room, and who keeps order in it.

A *writer* is a person by a key: `u:<account>`, `g:<device>`, or `<platform>:<id there>`.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from uuid_utils.compat import uuid7

from chophien.apps.festivals.models import Festival
from chophien.apps.live.models import Room

_KEY_CHARS = 160
_NAME_CHARS = 80


class ChatMessage(models.Model):
    """One message, kept for the law like the show: also one that was removed.

    Phone numbers are masked here already. References are not checked row by row: batches of
    hundreds come each second.
    """

    class State(models.TextChoices):
        SHOWN = "shown", "shown"
        HELD = "held", "held for a moderator"
        REMOVED = "removed", "removed"

    class Kind(models.TextChoices):
        VIEWER = "viewer", "viewer"
        GUEST = "guest", "guest"
        HOST = "host", "host"
        MODERATOR = "moderator", "moderator"
        ORGANISER = "organiser", "organiser"
        OUTSIDE = "outside", "of another platform"

    id = models.UUIDField(primary_key=True, default=uuid7)
    room = models.ForeignKey(
        Room, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    said_at = models.DateTimeField()
    writer = models.CharField(max_length=_KEY_CHARS)
    name = models.CharField(max_length=_NAME_CHARS)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    platform = models.CharField(max_length=20, blank=True)
    # The platform's own id of the comment: taken in once, however often it is fetched.
    outside_id = models.CharField(max_length=200, blank=True, default="")
    text = models.CharField(max_length=2_000)
    state = models.CharField(max_length=8, choices=State.choices)
    # Why it is held, or what the moderator gave as the reason.
    why = models.CharField(max_length=40, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["room", "-id"], name="message_by_room"),
            models.Index(fields=["room", "-id"], condition=Q(state="held"), name="message_held"),
            models.Index(fields=["said_at"], name="message_by_time"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["room", "platform", "outside_id"],
                condition=~Q(outside_id=""),
                name="message_outside_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["shown", "held", "removed"]), name="message_state_known"
            ),
        ]


class RoomRules(models.Model):
    """What holds in one room's chat; without a row, the plain rules do."""

    class Links(models.TextChoices):
        REFUSE = "refuse", "refuse"
        HOLD = "hold", "hold"
        ALLOW = "allow", "allow"

    room = models.OneToOneField(Room, on_delete=models.CASCADE, related_name="chat_rules")
    slow_s = models.PositiveSmallIntegerField(default=0)
    is_closed = models.BooleanField(default=False)
    links = models.CharField(max_length=8, choices=Links.choices, default=Links.REFUSE)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )


class Likes(models.Model):
    """How many hearts a room has got in all."""

    room = models.OneToOneField(Room, on_delete=models.CASCADE, related_name="likes")
    count = models.PositiveBigIntegerField(default=0)


class ListedWord(models.Model):
    """A word or phrase that is refused, held or masked: in one room, or in all of a festival."""

    class Action(models.TextChoices):
        REFUSE = "refuse", "refuse"
        HOLD = "hold", "hold"
        MASK = "mask", "mask"

    festival = models.ForeignKey(Festival, on_delete=models.CASCADE, related_name="+")
    room = models.ForeignKey(
        Room, null=True, blank=True, on_delete=models.CASCADE, related_name="listed_words"
    )
    phrase = models.CharField(max_length=80)
    action = models.CharField(max_length=8, choices=Action.choices)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["phrase", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["festival", "room", "phrase"], nulls_distinct=False, name="word_once"
            ),
        ]


class Mute(models.Model):
    """That a writer may not speak until `ends_at`, in one room or in all of a festival."""

    festival = models.ForeignKey(Festival, on_delete=models.CASCADE, related_name="+")
    room = models.ForeignKey(
        Room, null=True, blank=True, on_delete=models.CASCADE, related_name="mutes"
    )
    writer = models.CharField(max_length=_KEY_CHARS)
    name = models.CharField(max_length=_NAME_CHARS)
    made_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["festival", "ends_at"], name="mute_by_festival")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("made_at")), name="mute_ends_after_start"
            ),
        ]


class Report(models.Model):
    """That a viewer found a message to be wrong; open until a moderator has looked."""

    message = models.ForeignKey(ChatMessage, on_delete=models.CASCADE, related_name="reports")
    reporter = models.CharField(max_length=_KEY_CHARS)
    reason = models.CharField(max_length=20)
    made_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["message", "reporter"], name="reported_once"),
        ]


class PinnedNotice(models.Model):
    """What stands on top of a room's chat until it is taken down or another follows."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="chat_notices")
    text = models.CharField(max_length=300)
    pinned_at = models.DateTimeField()
    pinned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    taken_down_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["room"],
                condition=Q(taken_down_at__isnull=True),
                name="notice_one_at_a_time",
            ),
        ]


class Moderator(models.Model):
    """A person whom the host or an organiser lets keep order in one room, until its show ends."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="moderators")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    named_at = models.DateTimeField()
    named_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["room", "user"], name="moderator_once"),
        ]


class OutsideFeed(models.Model):
    """Where a show's comments on another platform are fetched from, or handed in."""

    class Platform(models.TextChoices):
        YOUTUBE = "youtube", "YouTube"
        FACEBOOK = "facebook", "Facebook"
        HANDED_IN = "handed_in", "handed in by a partner's tool"

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="outside_feeds")
    platform = models.CharField(max_length=20, choices=Platform.choices)
    # How its comments are marked: the platform's name, or what the organiser calls it.
    label = models.CharField(max_length=20)
    # The live chat's, or the live video's id on the platform; empty where comments are handed in.
    video_id = models.CharField(max_length=120, blank=True)
    # Sealed with the installation's secret (wire.sealing); nothing where the environment has it.
    sealed_token = models.BinaryField(blank=True, default=b"")
    # Changed to make an old signing key worthless.
    key_number = models.PositiveIntegerField(default=1)
    cursor = models.CharField(max_length=500, blank=True)
    ask_at = models.DateTimeField()
    is_on = models.BooleanField(default=True)
    fault = models.CharField(max_length=200, blank=True)
    fault_count = models.PositiveIntegerField(default=0)
    heard_at = models.DateTimeField(null=True, blank=True)
    heard_count = models.PositiveIntegerField(default=0)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["ask_at"], condition=Q(is_on=True), name="feed_due")]
