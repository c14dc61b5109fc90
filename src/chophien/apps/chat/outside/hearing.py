"""Comments from outside go the way of all messages: rules, list, orders by comment, the room."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

import msgspec
from uuid_utils.compat import uuid7

from chophien.apps.chat.models import OutsideFeed
from chophien.apps.chat.outside.source import Comment
from chophien.domain.chat.pace import Pace
from chophien.domain.chat.rules import Held, LinkRule, Refused, Rules, Writer, decide
from chophien.domain.chat.text import clean_text
from chophien.domain.chat.words import Action, WordList
from chophien.domain.comment_orders import Codes, Variant, parse_comment
from chophien.domain.limits import CHAT_WORDS_MAX, NAME_GRAPHEMES_MAX
from chophien.statements import load
from chophien.statements.prepared import run
from chophien.wire.said import Entry, Told, Wish, arrange_drafts, arrange_messages

_CHAT = load("chat")
_KEY_CHARS_MAX = 160
_ID_CHARS_MAX = 200


def hear(feed: OutsideFeed, comments: Sequence[Comment], *, at: datetime) -> int:
    """Take in what was said on a platform; how many were new. Told again, they count once.

    What the rules refuse is not shown here: its writer is told nothing, the platform shows it.
    """
    rules, codes = read_rules(feed), read_codes(feed.room_id)
    entries = [_judge(feed, comment, rules, codes, at) for comment in comments]
    fit = [entry for entry in entries if entry is not None]
    if not fit:
        return 0
    written = {row[0] for row in run(_CHAT["write_messages"], arrange_messages(fit))}
    new = [entry for entry in fit if entry.id in written]
    drafts = arrange_drafts(new)
    if drafts["ids"]:
        run(_CHAT["write_drafts"], drafts)
    for entry in new:
        if entry.state == "shown":
            told = Told(room_id=entry.room_id, item=entry.to_item())
            run(_CHAT["tell_talk"], {"payload": msgspec.json.encode(told).decode()})
    return len(new)


def _judge(
    feed: OutsideFeed, comment: Comment, rules: Rules, codes: Codes, at: datetime
) -> Entry | None:
    """A comment as it is written; `None` for one that is refused or has no id."""
    author_id = clean_text(comment.author_id)[: _KEY_CHARS_MAX // 2]
    outside_id = clean_text(comment.outside_id)[:_ID_CHARS_MAX]
    writer = f"{feed.platform}:{author_id or outside_id}"[:_KEY_CHARS_MAX]
    # Each has a pace of its own: the platform has let it through already.
    outcome = decide(
        comment.text, writer=Writer(key=writer, is_outside=True), rules=rules, pace=Pace(),
        at=at, at_us=0,
    )  # fmt: skip
    if isinstance(outcome, Refused) or not outside_id:
        return None
    order = parse_comment(comment.text, codes)
    return Entry(
        id=uuid7(),
        room_id=feed.room_id,
        said_at=at,
        writer=writer,
        name=clean_text(comment.author)[:NAME_GRAPHEMES_MAX] or "?",
        kind="outside",
        text=outcome.text,
        state="held" if isinstance(outcome, Held) else "shown",
        why=outcome.why if isinstance(outcome, Held) else "",
        platform=feed.label,
        outside_id=f"{feed.platform}:{outside_id}"[:_ID_CHARS_MAX],
        wishes=tuple(
            Wish(id=uuid7(), token=uuid4(), ordered=line, phone=order.phone) for line in order.lines
        ),
    )


def read_rules(feed: OutsideFeed) -> Rules:
    """What holds in the feed's room now."""
    ((_, _, festival_id, _, _, _, _, slow_s, links, is_closed, _, _),) = run(
        _CHAT["find_room"], {"room": feed.room_id}
    )
    here = {"room": feed.room_id, "festival": festival_id}
    words = run(_CHAT["list_words"], {**here, "words_max": CHAT_WORDS_MAX})
    return Rules(
        is_closed=is_closed,
        slow_s=slow_s,
        links=LinkRule(links),
        words=WordList((phrase, Action(action)) for phrase, action in words),
        mutes=dict(run(_CHAT["list_mutes"], here)),
    )


def read_codes(room_id: int) -> Codes:
    """What viewers write for the goods of a room."""
    codes: defaultdict[str, list[Variant]] = defaultdict(list)
    for code, sku_id, words in run(_CHAT["list_codes"], {"room": room_id}):
        codes[code].append(Variant(sku_id=sku_id, words=words))
    return codes
