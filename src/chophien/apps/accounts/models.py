"""People who log in, and what they are told. Buyers need no account."""

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """One person; what they may do follows from groups and from the stalls and hosts they run."""

    phone = models.CharField(max_length=11, blank=True)
    display_name = models.CharField(max_length=80, blank=True)


class Notice(models.Model):
    """Something that a person was told, once for each `key`; its text is made when it is read."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=30)
    key = models.CharField(max_length=80)
    params = models.JSONField()
    made_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["user", "-made_at"], name="notice_by_user"),
            models.Index(
                fields=["user"], condition=models.Q(read_at__isnull=True), name="notice_unread"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="notice_once"),
        ]
