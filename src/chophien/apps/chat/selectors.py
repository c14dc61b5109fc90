"""Reading a room's chat."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from chophien.apps.chat.models import (
    ChatMessage,
    Likes,
    ListedWord,
    Moderator,
    Mute,
    OutsideFeed,
    PinnedNotice,
    Report,
    RoomRules,
)
from chophien.apps.live.models import Room
from chophien.domain.limits import CHAT_OPEN_AROUND, CHAT_SHOWN_MAX


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatNumbers:
    """What was said in a room so far, and by how many."""

    shown: int
    held: int
    removed: int
    writers: int
    likes: int


def list_last_shown(room_id: int) -> list[ChatMessage]:
    """The last messages that everybody may see, oldest first."""
    latest = ChatMessage.objects.filter(room_id=room_id, state=ChatMessage.State.SHOWN)
    return list(reversed(latest.order_by("-id")[:CHAT_SHOWN_MAX]))


def list_messages(room_id: int, *, text: str = "", state: str = "") -> QuerySet[ChatMessage]:
    """All messages of a room, the latest first; with `text` those that hold it, or its writer."""
    messages = ChatMessage.objects.filter(room_id=room_id).order_by("-id")
    if state in ChatMessage.State.values:
        messages = messages.filter(state=state)
    if text:
        messages = messages.filter(Q(text__icontains=text) | Q(name__icontains=text))
    return messages


def list_reported(room_id: int) -> QuerySet[ChatMessage]:
    """Messages with open reports, the most reported first; each with its `report_count`."""
    is_open = Q(reports__closed_at__isnull=True)
    return (
        ChatMessage.objects.filter(is_open, room_id=room_id, reports__isnull=False)
        .annotate(report_count=Count("reports", filter=is_open))
        .order_by("-report_count", "-id")
    )


def list_reasons(message_ids: list[UUID]) -> dict[UUID, list[str]]:
    """Why each of these messages was reported, each reason once."""
    found: dict[UUID, list[str]] = {}
    rows = Report.objects.filter(message_id__in=message_ids, closed_at__isnull=True)
    pairs = rows.values_list("message_id", "reason").order_by("message_id", "reason").distinct()
    for message_id, reason in pairs:
        found.setdefault(message_id, []).append(reason)
    return found


def find_rules(room_id: int) -> RoomRules | None:
    return RoomRules.objects.filter(room_id=room_id).first()


def list_words(room: Room) -> QuerySet[ListedWord]:
    """Words that count in a room: its own and the festival's."""
    return ListedWord.objects.filter(
        Q(room__isnull=True) | Q(room=room), festival_id=room.show.festival_id
    )


def list_mutes(room: Room, at: datetime) -> QuerySet[Mute]:
    """Who may not speak in a room at `at`, the latest first."""
    return Mute.objects.filter(
        Q(room__isnull=True) | Q(room=room),
        festival_id=room.show.festival_id,
        ends_at__gt=at,
        lifted_at__isnull=True,
    ).select_related("made_by")


def find_notice(room_id: int) -> PinnedNotice | None:
    return PinnedNotice.objects.filter(room_id=room_id, taken_down_at__isnull=True).first()


def list_moderators(room_id: int) -> QuerySet[Moderator]:
    return Moderator.objects.filter(room_id=room_id).select_related("user", "named_by")


def is_moderator(room: Room, user_id: int, at: datetime) -> bool:
    """Whether a person was named for this show, which is not over for long."""
    is_named = Moderator.objects.filter(room=room, user_id=user_id).exists()
    return is_named and at < room.show.ends_at + CHAT_OPEN_AROUND


def list_moderated(user_id: int, at: datetime) -> QuerySet[Moderator]:
    """The shows in which a person keeps order, in order."""
    return (
        Moderator.objects.filter(user_id=user_id, room__show__ends_at__gt=at - CHAT_OPEN_AROUND)
        .select_related("room__show__host")
        .order_by("room__show__starts_at")
    )


def count_likes(room_id: int) -> int:
    found = Likes.objects.filter(room_id=room_id).values_list("count", flat=True).first()
    return found or 0


def count_chat(room_id: int) -> ChatNumbers:
    """The figures of a room's chat: one pass over its messages."""
    states = ChatMessage.State
    counted = ChatMessage.objects.filter(room_id=room_id).aggregate(
        shown=Count("id", filter=Q(state=states.SHOWN)),
        held=Count("id", filter=Q(state=states.HELD)),
        removed=Count("id", filter=Q(state=states.REMOVED)),
        writers=Count("writer", distinct=True),
    )
    return ChatNumbers(likes=count_likes(room_id), **counted)


def list_feeds(room_id: int) -> QuerySet[OutsideFeed]:
    return OutsideFeed.objects.filter(room_id=room_id)


def find_feed(feed_id: int) -> OutsideFeed | None:
    return OutsideFeed.objects.select_related("room__show__host").filter(id=feed_id).first()


def list_due_feeds(*, show_at: datetime, real_at: datetime) -> list[OutsideFeed]:
    """Feeds of shows that are open, whose platform may be asked again."""
    return list(
        OutsideFeed.objects.filter(
            is_on=True,
            ask_at__lte=real_at,
            room__show__starts_at__lte=show_at + CHAT_OPEN_AROUND,
            room__show__ends_at__gt=show_at - CHAT_OPEN_AROUND,
        )
        .exclude(platform=OutsideFeed.Platform.HANDED_IN)
        .select_related("room__show__host")
        .order_by("ask_at")[:200]
    )
