"""Keeping order in a room's chat. What changes is told on the lane on which nothing is lost."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db import IntegrityError, transaction

from chophien.apps.accounts.models import User
from chophien.apps.bus.services import publish
from chophien.apps.chat.models import (
    ChatMessage,
    ListedWord,
    Moderator,
    Mute,
    PinnedNotice,
    Report,
    RoomRules,
)
from chophien.apps.chat.selectors import find_rules, list_words
from chophien.apps.live.models import Room
from chophien.domain.chat.folding import split_words
from chophien.domain.chat.text import clean_text, count_graphemes
from chophien.domain.limits import CHAT_OPEN_AROUND, CHAT_SLOW_S_MAX, CHAT_WORDS_MAX
from chophien.statements import load
from chophien.statements.prepared import run
from chophien.wire.events import (
    ChatNotice,
    ChatRemoved,
    ChatRules,
    ChatShown,
    room_channel,
)

_CHAT = load("chat")
MUTE_SHORT = timedelta(minutes=5)
NOTICE_GRAPHEMES_MAX = 160
PHRASE_GRAPHEMES_MAX = 40
FORGET_AT_ONCE = 5_000
_WHY_CHARS = 40
REASONS = ("rude", "fraud", "spam", "private", "other")


class ChatError(ValueError):
    """A rule, word, notice or report that cannot be; the message is its stable code."""


class Span(StrEnum):
    """How long somebody is muted, and where."""

    SHORT = "short"
    SHOW = "show"
    FESTIVAL = "festival"


@transaction.atomic
def remove_message(*, room_id: int, message_id: UUID, why: str, by_id: int, at: datetime) -> bool:
    """Take a message out of the chat; who did it, and why, is kept. `False`: it was out already."""
    states = ChatMessage.State
    message = ChatMessage.objects.select_for_update().filter(room_id=room_id, id=message_id).first()
    if message is None or message.state == states.REMOVED:
        return False
    was_shown = message.state == states.SHOWN
    _decide(message, state=states.REMOVED, why=why, by_id=by_id, at=at)
    if was_shown:
        publish(room_channel(room_id), ChatRemoved(room_id=room_id, message_id=str(message_id)))
    return True


@transaction.atomic
def show_message(*, room_id: int, message_id: UUID, by_id: int, at: datetime) -> bool:
    """Show what was held, or bring back what was removed. `False`: it is shown already."""
    states = ChatMessage.State
    message = ChatMessage.objects.select_for_update().filter(room_id=room_id, id=message_id).first()
    if message is None or message.state == states.SHOWN:
        return False
    _decide(message, state=states.SHOWN, why="", by_id=by_id, at=at)
    event = ChatShown(
        room_id=room_id, id=str(message.id), name=message.name, kind=message.kind,
        text=message.text, at=message.said_at, platform=message.platform,
    )  # fmt: skip
    publish(room_channel(room_id), event)
    return True


def _decide(message: ChatMessage, *, state: str, why: str, by_id: int, at: datetime) -> None:
    message.state, message.why = state, why[:_WHY_CHARS]
    message.decided_by_id, message.decided_at = by_id, at
    message.save(update_fields=["state", "why", "decided_by", "decided_at"])
    message.reports.filter(closed_at__isnull=True).update(closed_at=at, closed_by_id=by_id)


def close_reports(*, room_id: int, message_id: UUID, by_id: int, at: datetime) -> int:
    """A moderator has looked, and the message stays; how many reports that closed."""
    return Report.objects.filter(
        message_id=message_id, message__room_id=room_id, closed_at__isnull=True
    ).update(closed_at=at, closed_by_id=by_id)


def report_message(
    *, room_id: int, message_id: UUID, reporter: str, reason: str, at: datetime
) -> bool:
    """Note that a viewer found a message to be wrong, once each; `False` for a second time.

    Raises:
        ChatError: `reason` is none of `REASONS`, or `message`: no such message is shown here.
    """
    if reason not in REASONS:
        raise ChatError("reason")
    is_here = ChatMessage.objects.filter(id=message_id, room_id=room_id).exists()
    if not is_here:
        raise ChatError("message")
    made = Report.objects.get_or_create(
        message_id=message_id, reporter=reporter, defaults={"reason": reason, "made_at": at}
    )
    return made[1]


@transaction.atomic
def mute_writer(*, room: Room, message_id: UUID, span: Span, by_id: int, at: datetime) -> Mute:
    """Keep the writer of a message from speaking: five minutes, for the show, for the festival.

    Raises:
        ChatError: `message` is not of this room, or `exempt`: hosts and moderators are not muted.
    """
    message = ChatMessage.objects.filter(room=room, id=message_id).first()
    if message is None:
        raise ChatError("message")
    kinds = ChatMessage.Kind
    if message.kind in {kinds.HOST, kinds.MODERATOR, kinds.ORGANISER}:
        raise ChatError("exempt")
    festival = room.show.festival
    ends_at = {
        Span.SHORT: at + MUTE_SHORT,
        Span.SHOW: max(room.show.ends_at + CHAT_OPEN_AROUND, at + MUTE_SHORT),
        Span.FESTIVAL: max(festival.ends_at, at + MUTE_SHORT),
    }[span]
    mute = Mute.objects.create(
        festival=festival, room=None if span is Span.FESTIVAL else room, writer=message.writer,
        name=message.name, made_at=at, ends_at=ends_at, made_by_id=by_id,
    )  # fmt: skip
    _tell_rules(room.pk, is_everywhere=span is Span.FESTIVAL)
    return mute


@transaction.atomic
def lift_mute(*, room: Room, mute_id: int, by_id: int, at: datetime) -> bool:
    """Let somebody speak again. `False` when it was lifted before, or is not of this festival."""
    mute = Mute.objects.filter(
        id=mute_id, festival_id=room.show.festival_id, lifted_at__isnull=True
    ).first()
    if mute is None or mute.room_id not in {None, room.pk}:
        return False
    Mute.objects.filter(id=mute_id).update(lifted_at=at, lifted_by_id=by_id)
    _tell_rules(room.pk, is_everywhere=mute.room_id is None)
    return True


@transaction.atomic
def set_rules(
    *, room_id: int, slow_s: int, is_closed: bool, links: str, by_id: int, at: datetime
) -> RoomRules:
    """Set slow mode, close or open the chat, and say what happens to links.

    Raises:
        ChatError: `slow` beyond its bound, or unknown `links`.
    """
    if not 0 <= slow_s <= CHAT_SLOW_S_MAX:
        raise ChatError("slow")
    if links not in RoomRules.Links.values:
        raise ChatError("links")
    values = {
        "slow_s": slow_s, "is_closed": is_closed, "links": links, "changed_at": at,
        "changed_by_id": by_id,
    }  # fmt: skip
    rules, _ = RoomRules.objects.update_or_create(room_id=room_id, defaults=values)
    _tell_rules(room_id)
    return rules


@transaction.atomic
def add_word(
    *, room: Room, phrase: str, action: str, is_everywhere: bool, by_id: int, at: datetime
) -> ListedWord:
    """List a word or phrase; listed already, it gets the new action.

    Raises:
        ChatError: `phrase` has no letters or too many, `action` is unknown, or the list is `full`.
    """
    cleaned = clean_text(phrase).lower()
    if not split_words(cleaned) or count_graphemes(cleaned) > PHRASE_GRAPHEMES_MAX:
        raise ChatError("phrase")
    if action not in ListedWord.Action.values:
        raise ChatError("action")
    if list_words(room).count() >= CHAT_WORDS_MAX:
        raise ChatError("full")
    word, _ = ListedWord.objects.update_or_create(
        festival_id=room.show.festival_id, room=None if is_everywhere else room, phrase=cleaned,
        defaults={"action": action, "added_at": at, "added_by_id": by_id},
    )  # fmt: skip
    _tell_rules(room.pk, is_everywhere=is_everywhere)
    return word


@transaction.atomic
def drop_word(*, room: Room, word_id: int, may_everywhere: bool) -> ListedWord | None:
    """Take a word off the list; the festival's only by who may. What was taken, for undoing."""
    word = list_words(room).filter(id=word_id).first()
    if word is None or (word.room_id is None and not may_everywhere):
        return None
    ListedWord.objects.filter(id=word_id).delete()
    _tell_rules(room.pk, is_everywhere=word.room_id is None)
    return word


@transaction.atomic
def pin_notice(*, room_id: int, text: str, by_id: int, at: datetime) -> None:
    """Put a notice on top of a room's chat, in the place of the one before; none if empty.

    Raises:
        ChatError: `notice` is too long.
    """
    cleaned = clean_text(text)
    if count_graphemes(cleaned) > NOTICE_GRAPHEMES_MAX:
        raise ChatError("notice")
    Room.objects.select_for_update(of=("self",)).get(id=room_id)  # one at a time
    PinnedNotice.objects.filter(room_id=room_id, taken_down_at__isnull=True).update(
        taken_down_at=at
    )
    if cleaned:
        PinnedNotice.objects.create(room_id=room_id, text=cleaned, pinned_by_id=by_id, pinned_at=at)
    publish(room_channel(room_id), ChatNotice(room_id=room_id, text=cleaned))


@transaction.atomic
def name_moderator(*, room_id: int, username: str, by_id: int, at: datetime) -> Moderator:
    """Let a person keep order in this room until its show is over. The caller is host or organiser.

    Raises:
        ChatError: `person`: nobody is called so, or keeps order here already.
    """
    person = User.objects.filter(username=username.strip(), is_active=True).first()
    if person is None:
        raise ChatError("person")
    try:
        with transaction.atomic():
            named = Moderator.objects.create(
                room_id=room_id, user=person, named_by_id=by_id, named_at=at
            )
    except IntegrityError as fault:
        raise ChatError("person") from fault
    _tell_rules(room_id)
    return named


@transaction.atomic
def end_moderator(*, room_id: int, moderator_id: int) -> bool:
    """A person no longer keeps order here."""
    is_ended = bool(Moderator.objects.filter(room_id=room_id, id=moderator_id).delete()[0])
    if is_ended:
        _tell_rules(room_id)
    return is_ended


def tell_rules(room_id: int) -> None:
    """Have every desk read a room again: something that holds in it was changed elsewhere."""
    _tell_rules(room_id)


def _tell_rules(room_id: int, *, is_everywhere: bool = False) -> None:
    """Tell viewers what holds, and desks to read it; a room 0 stands for all of them."""
    rules = find_rules(room_id)
    slow_s = 0 if rules is None else rules.slow_s
    is_closed = rules is not None and rules.is_closed
    event = ChatRules(room_id=room_id, slow_s=slow_s, is_closed=is_closed)
    publish(room_channel(room_id), event)
    if is_everywhere:
        publish(room_channel(0), ChatRules(room_id=0, slow_s=0, is_closed=False))


@transaction.atomic
def forget_messages(*, before: datetime) -> int:
    """Delete messages that were kept as long as they have to be; how many, `FORGET_AT_ONCE` max."""
    values = {"before": before, "count_max": FORGET_AT_ONCE}
    run(_CHAT["forget_reports"], values)
    return len(run(_CHAT["forget_messages"], values))
