"""Feeds: linking a show to a platform's comments, asking it when it may be asked, backing off."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from chophien.apps.chat.models import OutsideFeed
from chophien.apps.chat.outside.facebook import FacebookSource
from chophien.apps.chat.outside.hearing import hear
from chophien.apps.chat.outside.source import (
    Ask,
    OverError,
    QuotaError,
    RefusedError,
    Source,
    SourceError,
)
from chophien.apps.chat.outside.youtube import YouTubeSource
from chophien.domain.chat.text import clean_text
from chophien.wire.sealing import SealError, seal, unseal

BACK_OFF_MAX = timedelta(minutes=5)
BACK_OFF_FIRST = timedelta(seconds=5)
AFTER_QUOTA = timedelta(hours=1)
LEASE = timedelta(minutes=1)
FEEDS_MAX = 5
HANDED_IN = OutsideFeed.Platform.HANDED_IN.value
_ID_CHARS_MAX = 120
_PLAIN_ID = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


class FeedError(ValueError):
    """A feed that cannot be: `platform`, `video`, `label`, `token`, or too `many`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """The installation's secret and the platforms' keys of the environment, by platform."""

    secret: str
    by_platform: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What somebody wants linked to a room."""

    platform: str
    label: str
    video_id: str
    token: str


def add_feed(
    *, room_id: int, link: Link, secrets: Secrets, nonce: bytes, by_id: int, at: datetime
) -> OutsideFeed:
    """Link a platform's comments to a room.

    Raises:
        FeedError: see there.
    """
    if link.platform not in OutsideFeed.Platform.values:
        raise FeedError("platform")
    is_handed_in = link.platform == OutsideFeed.Platform.HANDED_IN
    video_id = "" if is_handed_in else link.video_id.strip()
    # It becomes part of an address: letters and digits only.
    if not is_handed_in and (not video_id or set(video_id) - _PLAIN_ID):
        raise FeedError("video")
    label = clean_text(link.label)[:20] or OutsideFeed.Platform(link.platform).label[:20]
    token = link.token.strip()
    if not is_handed_in and not token and not secrets.by_platform.get(link.platform):
        raise FeedError("token")
    if OutsideFeed.objects.filter(room_id=room_id).count() >= FEEDS_MAX:
        raise FeedError("many")
    feed = OutsideFeed.objects.create(
        room_id=room_id, platform=link.platform, label=label, video_id=video_id[:_ID_CHARS_MAX],
        ask_at=at, added_by_id=by_id,
    )  # fmt: skip
    if token:
        bound_to = f"chat-feed:{feed.pk}"
        feed.sealed_token = seal(token, secret=secrets.secret, bound_to=bound_to, nonce=nonce)
        feed.save(update_fields=["sealed_token"])
    return feed


def remove_feed(*, room_id: int, feed_id: int) -> bool:
    """Unlink it, and forget its token; its messages stay."""
    return bool(OutsideFeed.objects.filter(room_id=room_id, id=feed_id).delete()[0])


def restart_feed(*, room_id: int, feed_id: int, at: datetime) -> bool:
    """Ask again now: what was wrong was mended."""
    feeds = OutsideFeed.objects.filter(room_id=room_id, id=feed_id)
    return bool(feeds.update(is_on=True, ask_at=at, fault="", fault_count=0))


def change_key(*, room_id: int, feed_id: int) -> bool:
    """Make the signing key of a feed that is handed in worthless; another holds from now on."""
    feed = OutsideFeed.objects.filter(room_id=room_id, id=feed_id).first()
    if feed is None:
        return False
    OutsideFeed.objects.filter(id=feed_id).update(key_number=feed.key_number + 1)
    return True


def derive_signing_key(feed: OutsideFeed, secret: str) -> str:
    """The key with which a partner's tool signs what it hands in; nowhere kept."""
    named = f"chat-feed:{feed.pk}:{feed.key_number}".encode()
    return hmac.new(secret.encode(), named, hashlib.sha256).hexdigest()


def claim_feed(feed: OutsideFeed, *, at: datetime) -> bool:
    """Take the turn to ask; `False` when another worker was quicker."""
    mine = OutsideFeed.objects.filter(id=feed.pk, ask_at=feed.ask_at, is_on=True)
    return bool(mine.update(ask_at=at + LEASE))


def open_source(platform: str) -> Source:
    """The official way to a platform's comments."""
    return YouTubeSource() if platform == OutsideFeed.Platform.YOUTUBE else FacebookSource()


def ask_feed(
    feed: OutsideFeed, source: Source, *, secrets: Secrets, at: datetime, real_at: datetime
) -> int:
    """Ask a platform once and take in what it tells; how many comments were new.

    `at` is the fair's time, at which comments are said; `real_at` paces the questions.
    """
    try:
        ask = Ask(
            video_id=feed.video_id, cursor=feed.cursor, token=_find_token(feed, secrets),
            at=real_at,
        )  # fmt: skip
        page = source.fetch(ask)
    except SourceError as fault:
        note_fault(feed, fault, at=real_at)
        return 0
    count = hear(feed, page.comments, at=at)
    feed.cursor, feed.fault, feed.fault_count = page.cursor[:500], "", 0
    feed.ask_at = real_at + timedelta(seconds=page.wait_s)
    feed.heard_at = real_at if count else feed.heard_at
    feed.heard_count += count
    feed.save(update_fields=["cursor", "fault", "fault_count", "ask_at", "heard_at", "heard_count"])
    return count


def _find_token(feed: OutsideFeed, secrets: Secrets) -> str:
    if not feed.sealed_token:
        return secrets.by_platform.get(feed.platform, "")
    try:
        return unseal(
            bytes(feed.sealed_token), secret=secrets.secret, bound_to=f"chat-feed:{feed.pk}"
        )
    except SealError as fault:
        raise RefusedError("the token does not open") from fault


def note_fault(feed: OutsideFeed, fault: SourceError, *, at: datetime) -> None:
    """Keep what went wrong, and when to ask again: later each time, or not at all."""
    feed.fault, feed.fault_count = fault.code, feed.fault_count + 1
    if isinstance(fault, QuotaError):
        feed.ask_at = at + AFTER_QUOTA
    else:
        feed.ask_at = at + min(BACK_OFF_FIRST * 2 ** min(feed.fault_count - 1, 10), BACK_OFF_MAX)
    feed.is_on = not isinstance(fault, RefusedError | OverError)
    feed.save(update_fields=["fault", "fault_count", "ask_at", "is_on"])
