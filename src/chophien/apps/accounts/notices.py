"""Telling people what happened to them: each thing once, read in their own language."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from chophien.apps.accounts.models import Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One thing to tell one person; with the same key it is told once, however often it is sent.

    `params` holds amounts in minor units, instants in ISO form, names by language, and the token
    of the `order` that it leads to: the text is made when it is read.
    """

    user_id: int
    kind: str
    key: str
    params: dict[str, Any]


def notify_all(told: Sequence[Told], *, at: datetime) -> None:
    """Tell people; what one was told before under the same key is left as it is."""
    Notice.objects.bulk_create(
        (
            Notice(
                user_id=each.user_id,
                kind=each.kind,
                key=each.key,
                params=each.params,
                made_at=at,
            )
            for each in told
        ),
        ignore_conflicts=True,
    )


def list_notices(user_id: int) -> QuerySet[Notice]:
    """What a person was told, the newest first."""
    return Notice.objects.filter(user_id=user_id).order_by("-made_at", "-id")


def count_unread(user_id: int) -> int:
    return Notice.objects.filter(user_id=user_id, read_at__isnull=True).count()


def mark_read(user_id: int, *, at: datetime) -> int:
    """The person has seen all that was told; returns how many were new."""
    return Notice.objects.filter(user_id=user_id, read_at__isnull=True).update(read_at=at)
