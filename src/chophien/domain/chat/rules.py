"""Whether a message is shown, held for a moderator, or refused; pure, with time as an argument.

Hosts and moderators are exempt from slow mode, a closed chat, repeats, links, words and the
masking of phone numbers; not from the bounds of a message, nor from the buckets. Comments of
other platforms keep those platforms' pace: only what they say is looked at.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from chophien.domain.chat.contacts import Phone, find_phones, has_link, mask_phones
from chophien.domain.chat.folding import split_words
from chophien.domain.chat.pace import Pace
from chophien.domain.chat.text import clean_text, count_graphemes
from chophien.domain.chat.words import Action, WordList, find_strongest, mask_words
from chophien.domain.limits import (
    CHAT_BYTES_MAX,
    CHAT_GRAPHEMES_MAX,
    CHAT_TEXT_CHARS_MAX,
    NAME_BYTES_MAX,
    NAME_GRAPHEMES_MAX,
)

US_PER_S = 1_000_000


class Why(StrEnum):
    """Codes of refusals and of what is held: stable, with a sentence each in three languages."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    NO_NAME = "no_name"
    BAD_NAME = "bad_name"
    NOT_OPEN = "not_open"
    CLOSED = "closed"
    MUTED = "muted"
    SLOW = "slow"
    TOO_OFTEN = "too_often"
    REPEATED = "repeated"
    LINK = "link"
    WORD = "word"
    UNREADABLE = "unreadable"
    BUSY = "busy"


class LinkRule(StrEnum):
    """What happens to a message with a link."""

    ALLOW = "allow"
    HOLD = "hold"
    REFUSE = "refuse"


class Role(StrEnum):
    """In which part somebody speaks in a room."""

    VIEWER = "viewer"
    HOST = "host"
    MODERATOR = "moderator"
    ORGANISER = "organiser"


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Who speaks: `key` is the person, `device` the browser, empty where none is known."""

    key: str
    device: str = ""
    role: Role = Role.VIEWER
    is_outside: bool = False

    @property
    def is_exempt(self) -> bool:
        return self.role is not Role.VIEWER


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What holds in one room now. `mutes` are by writer, to the instant at which they end."""

    is_closed: bool = False
    slow_s: int = 0
    links: LinkRule = LinkRule.REFUSE
    words: WordList = field(default_factory=WordList)
    mutes: dict[str, datetime] = field(default_factory=dict)

    def find_mute(self, writer: Writer, at: datetime) -> datetime | None:
        """Until when a writer, by person or device, may not speak; `None` for whoever may."""
        ends = [self.mutes[key] for key in {writer.key, writer.device} if key in self.mutes]
        return max((end for end in ends if end > at), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Everybody sees `text`; its phone numbers are masked, and told apart for who may have them."""

    text: str
    phones: tuple[Phone, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A moderator decides; nobody else sees it."""

    text: str
    why: Why
    phones: tuple[Phone, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Nobody sees it. `wait_ms` tells when it could be said; 0 when it never can."""

    why: Why
    wait_ms: int = 0


Outcome = Shown | Held | Refused


def decide(
    text: str, *, writer: Writer, rules: Rules, pace: Pace, at: datetime, at_us: int
) -> Outcome:
    """Judge a message; what is shown or held counts for the writer's pace.

    `at` is the fair's time, for mutes; `at_us` of a monotonic clock, for pace.
    """
    if len(text) > CHAT_TEXT_CHARS_MAX:
        return Refused(why=Why.TOO_LONG)
    cleaned = clean_text(text)
    if not cleaned:
        return Refused(why=Why.EMPTY)
    if count_graphemes(cleaned) > CHAT_GRAPHEMES_MAX or len(cleaned.encode()) > CHAT_BYTES_MAX:
        return Refused(why=Why.TOO_LONG)
    refused = _judge_writer(writer, rules, at) or _judge_pace(cleaned, writer, rules, pace, at_us)
    if refused is not None:
        return refused
    outcome = _judge_text(cleaned, writer, rules)
    if not isinstance(outcome, Refused) and not writer.is_outside:
        pace.note_said(writer.key, cleaned, at_us)
    return outcome


def _judge_writer(writer: Writer, rules: Rules, at: datetime) -> Refused | None:
    muted_until = rules.find_mute(writer, at)
    if muted_until is not None:
        return Refused(why=Why.MUTED, wait_ms=int((muted_until - at).total_seconds() * 1_000))
    if rules.is_closed and not writer.is_exempt:
        return Refused(why=Why.CLOSED)
    return None


def _judge_pace(
    cleaned: str, writer: Writer, rules: Rules, pace: Pace, at_us: int
) -> Refused | None:
    if writer.is_outside:
        return None
    wait_us = pace.draw(writer.key, writer.device, at_us)
    if wait_us:
        return Refused(why=Why.TOO_OFTEN, wait_ms=-(-wait_us // 1_000))
    if writer.is_exempt:
        return None
    wait_us = pace.find_slow_wait_us(writer.key, rules.slow_s * US_PER_S, at_us)
    if wait_us:
        return Refused(why=Why.SLOW, wait_ms=-(-wait_us // 1_000))
    if pace.is_repeat(writer.key, cleaned, at_us):
        return Refused(why=Why.REPEATED)
    return None


def _judge_text(cleaned: str, writer: Writer, rules: Rules) -> Outcome:
    phones = tuple(find_phones(cleaned))
    if writer.is_exempt:
        return Shown(text=cleaned, phones=phones)
    if rules.links is not LinkRule.ALLOW and has_link(cleaned):
        if rules.links is LinkRule.REFUSE:
            return Refused(why=Why.LINK)
        return Held(text=mask_phones(cleaned, list(phones)), why=Why.LINK, phones=phones)
    found = rules.words.find(split_words(cleaned))
    strongest = find_strongest(found)
    if strongest is Action.REFUSE:
        return Refused(why=Why.WORD)
    masked = mask_phones(cleaned, list(phones))
    if strongest is Action.HOLD:
        return Held(text=masked, why=Why.WORD, phones=phones)
    return Shown(text=mask_words(masked, found), phones=phones)


def judge_name(name: str, rules: Rules) -> str | Refused:
    """A guest's name as it is shown; hosts' and others' words cannot be names either."""
    if len(name) > CHAT_TEXT_CHARS_MAX:
        return Refused(why=Why.BAD_NAME)
    cleaned = clean_text(name)
    if not cleaned:
        return Refused(why=Why.NO_NAME)
    is_bad = (
        count_graphemes(cleaned) > NAME_GRAPHEMES_MAX
        or len(cleaned.encode()) > NAME_BYTES_MAX
        or has_link(cleaned)
        or bool(find_phones(cleaned))
        or bool(rules.words.find(split_words(cleaned)))
        or not any(sign.isalnum() for sign in cleaned)
    )
    return Refused(why=Why.BAD_NAME) if is_bad else cleaned
