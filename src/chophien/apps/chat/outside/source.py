"""What a platform's comments are fetched by, whichever it is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """One comment as its platform tells it; text and names are a stranger's, as they came."""

    outside_id: str
    author_id: str
    author: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What one question brought: where to go on, and how soon the platform may be asked again."""

    comments: tuple[Comment, ...]
    cursor: str
    wait_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A question: whose comments, from where on. `cursor` is empty for the first."""

    video_id: str
    cursor: str
    token: str
    at: datetime


class SourceError(Exception):
    """The platform gave no comments; `code` is stable and told on the desk's page."""

    code = "unreachable"
    """It, or the line to it, is down: asked again, later each time."""


class RefusedError(SourceError):
    """The key or token is not, or no longer, good for this: nothing is asked until it is changed."""

    code = "refused"


class QuotaError(SourceError):
    """The platform's quota is used up: asked again in an hour."""

    code = "quota"


class OverError(SourceError):
    """The broadcast is over, or has no chat: nothing more is asked."""

    code = "over"


class Source(Protocol):
    """A platform's official way to comments."""

    def fetch(self, ask: Ask) -> Page:
        """The comments since `ask.cursor`, oldest first.

        Raises:
            SourceError: or one of its kinds.
        """
        ...


# Where no official way exists for this, the pages say so; nothing is read by other means.
NO_OFFICIAL_WAY = ("TikTok", "Shopee Live", "Lazada", "Zalo")
