"""Lucky draws: who takes part, how the winners follow, and why nobody can choose them.

Texts and hashes are those of `domain.draws`, so that a check needs no program of ours.

1. Before anybody joins, the *promise* is published: SHA-256 of the seed, a newline and the terms
   (rule, winners, prize, opening and closing, steps). So neither seed nor terms can be changed.
2. Every device makes a number of its own by chance; what stands for its owner in the list is the
   *receipt*, made of promise and number. The fair cannot know these numbers when it promises.
3. At closing the list is frozen and its digest published, before the seed is told.
4. Then the seed is told. Seed and digest are mixed by many steps of PBKDF2, and the list is
   ordered by what comes out (`domain.draws.shuffle`). The first are the winners; a prize that
   nobody claims goes to the next in that order, never to somebody who is chosen.

What an organiser could try:

- *A seed that makes a friend win*: when the seed is fixed the receipts do not exist yet, and one
  receipt more or less orders everybody anew.
- *Entrants made up after closing*: they are not in the digest, which every open page has noted
  by then; the checker is given that digest.
- *Entrants made up just before closing, until one makes a friend win*: who knows the seed can
  try. Each try costs `steps`, and is for nothing as soon as another person joins. It is made
  dear, not impossible: closing a second later than told shows, and so does the list's growth.
- *Holding the seed back when the outcome does not please*: the room's page lists every draw that
  was announced. One without a seed after its time is shown as broken; one that was called off
  shows when and why, and it cannot be called off once it is frozen.
- *Many accounts*: whoever runs the fair can make them up before closing. No arithmetic shows who
  is a person; the list shows how many receipts there are and how many came from devices.
"""

import json
import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import pbkdf2_hmac, sha256
from typing import Any

from chophien.domain.draws import commit, shuffle
from chophien.domain.limits import WATCH_GAP_MAX

NUMBER = re.compile(r"[0-9a-f]{32}")
RECEIPT_CHARS = 32
_SECOND = timedelta(seconds=1)


class Bought(StrEnum):
    """What has to be bought to take part."""

    NOTHING = ""
    SHOW = "show"
    STALL = "stall"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Who takes part: everybody who meets all that is asked; at least one thing is.

    `stall_id` is the stall that `bought` and `is_member` mean. `seen_s` and `chatted_s` are for
    gifts: watching, or having written, within so many seconds before the closing.
    """

    is_tap: bool = False
    keyword: str = ""
    watched_s: int = 0
    bought: Bought = Bought.NOTHING
    is_member: bool = False
    stall_id: int | None = None
    seen_s: int = 0
    chatted_s: int = 0

    @property
    def asks(self) -> tuple["Condition", ...]:
        """What is asked, in the order in which it is told."""
        asked = {
            Condition.TAP: self.is_tap,
            Condition.KEYWORD: bool(self.keyword),
            Condition.WATCHED: self.watched_s > 0,
            Condition.BOUGHT: self.bought is not Bought.NOTHING,
            Condition.MEMBER: self.is_member,
            Condition.SEEN: self.seen_s > 0,
            Condition.CHATTED: self.chatted_s > 0,
        }
        return tuple(each for each, is_asked in asked.items() if is_asked)

    @property
    def needs_stall(self) -> bool:
        return self.is_member or self.bought is Bought.STALL


class Condition(StrEnum):
    """One thing that a rule can ask."""

    TAP = "tap"
    KEYWORD = "keyword"
    WATCHED = "watched"
    BOUGHT = "bought"
    MEMBER = "member"
    SEEN = "seen"
    CHATTED = "chatted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is promised besides the seed."""

    kind: str
    rule: Rule
    prize: str
    winners: int
    opens_at: datetime
    closes_at: datetime
    steps: int


def check_rule(rule: Rule) -> None:
    """Refuse a rule that asks nothing, or of a stall that it does not name.

    Raises:
        ValueError: with what is wrong.
    """
    if not rule.asks:
        raise ValueError("rule: asks nothing")
    if rule.needs_stall != (rule.stall_id is not None):
        raise ValueError("rule: a stall is named when, and only when, one is asked for")
    if min(rule.watched_s, rule.seen_s, rule.chatted_s) < 0:
        raise ValueError("rule: time below zero")


def render_terms(terms: Terms) -> str:
    """The text that is promised: JSON with sorted names and no spaces, instants in ISO form."""
    document = asdict(terms) | {
        "rule": render_rule(terms.rule),
        "opens_at": terms.opens_at.isoformat(timespec="microseconds"),
        "closes_at": terms.closes_at.isoformat(timespec="microseconds"),
    }
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def render_rule(rule: Rule) -> dict[str, Any]:
    """A rule as it is kept and published: what is not asked is left out."""
    return {name: value for name, value in asdict(rule).items() if value}


def parse_rule(document: dict[str, Any]) -> Rule:
    """Read what `render_rule` wrote."""
    return Rule(**(document | {"bought": Bought(document.get("bought", ""))}))


# ---------------------------------------------------------------- promise, receipt, result


def promise(seed: str, terms: str) -> str:
    """The hash that is published before anybody joins: of the seed, a newline and the terms."""
    return commit(f"{seed}\n{terms}")


def is_number(text: str) -> bool:
    """Whether a text can be a device's number: 32 small hex digits, not one of them repeated."""
    return NUMBER.fullmatch(text) is not None and len(set(text)) > 1


def make_receipt(promised: str, number: str) -> str:
    """What stands for a device's owner in one draw: the first 32 hex digits of a SHA-256."""
    return sha256(f"{promised}{number}".encode()).hexdigest()[:RECEIPT_CHARS]


def mix(seed: str, entries_digest: str, *, steps: int) -> str:
    """What the list is ordered by: PBKDF2-HMAC-SHA-256, seed as password, digest as salt."""
    return pbkdf2_hmac("sha256", seed.encode(), entries_digest.encode(), steps).hex()


def order(mixed: str, entries: Collection[str]) -> list[str]:
    """All receipts in drawn order: the first are the winners, the others follow when one passes.

    >>> order("mixed", ["a", "b"]) == order("mixed", ["b", "a"])
    True
    """
    return shuffle(mixed, entries)


# ---------------------------------------------------------------- who takes part


def find_missing(asks: Sequence[Condition], met: Collection[Condition]) -> tuple[Condition, ...]:
    """What somebody still lacks, in the order in which it is told; empty means taking part."""
    return tuple(each for each in asks if each not in met)


def fold(text: str) -> str:
    """A text as keywords are compared: case, marks and width do not matter, nor do spaces.

    >>> fold("  May MẮN đến ") == fold("maymanden")
    True
    """
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = [each for each in plain if unicodedata.category(each)[0] in "LN"]
    return "".join(letters).replace("đ", "d")


def says(text: str, keyword: str) -> bool:
    """Whether a message says a keyword, alone or among other words."""
    return bool(keyword) and fold(keyword) in fold(text)


def count_watched_ms(watched_ms: int, last_at: datetime, at: datetime) -> int:
    """Milliseconds watched after a ping at `at`: a gap up to `WATCH_GAP_MAX` was watched.

    A longer one was not, and two tabs do not count twice: only time since the last ping does.
    """
    gap = at - last_at
    if not timedelta() < gap <= WATCH_GAP_MAX:
        return watched_ms
    return watched_ms + gap * 1_000 // _SECOND


# ---------------------------------------------------------------- wins


class WinState(StrEnum):
    """Where a win stands."""

    TOLD = "told"
    CLAIMED = "claimed"
    PASSED_ON = "passed_on"
    """Nobody claimed it in time: the next in the drawn order was told."""
    EXPIRED = "expired"
    """Nobody claimed it in time, and nobody is left or the time for passing on is over."""


def find_next(told: Collection[int], count: int) -> int | None:
    """The first place of the drawn order that nobody was told of; `None`: all were."""
    return next((place for place in range(count) if place not in told), None)


def mask(name: str) -> str:
    """A name that its owner knows again and a stranger does not: ends of it, the rest dotted.

    >>> mask("nguyenhoa"), mask("Hoa"), mask("é")
    ('ng•••a', 'H•••', '•••')
    """
    bare = "".join(each for each in name.strip() if each.isprintable())
    shown = [each for each in bare if unicodedata.category(each)[0] in "LN"]
    match shown:
        case [first, second, _, _, *_, last]:
            return f"{first}{second}•••{last}"
        case [first, _, *_]:
            return f"{first}•••"
        case _:
            return "•••"


# ---------------------------------------------------------------- milestones


class Measure(StrEnum):
    """What of a show is counted."""

    LIKES = "likes"
    VIEWERS = "viewers"
    ORDERS = "orders"
    SALES = "sales"


# Thresholds that a show has unless its host sets others; sales in đồng.
MILESTONES: dict[Measure, tuple[int, ...]] = {
    Measure.LIKES: (1_000, 10_000, 100_000, 1_000_000),
    Measure.VIEWERS: (100, 500, 1_000, 5_000, 10_000),
    Measure.ORDERS: (10, 50, 100, 500, 1_000, 5_000),
    Measure.SALES: (10_000_000, 50_000_000, 100_000_000, 500_000_000, 1_000_000_000),
}
