"""Comments of a Facebook live video, by the documented Graph API.

Facebook's own library for Python has a licence that is no open-source one, and is made for
advertising; the one address that is needed is asked directly. Needs a Page access token with
`pages_read_engagement`.
"""

from typing import Any

import httpx
from typing_extensions import override

from chophien.apps.chat.outside.source import (
    Ask,
    Comment,
    OverError,
    Page,
    QuotaError,
    RefusedError,
    Source,
    SourceError,
)

GRAPH = "https://graph.facebook.com/v23.0"
TIMEOUT_S = 10
WAIT_S = 5
PAGE_MAX = 100
_QUOTA_CODES = {4, 17, 32, 613}
_TOKEN_CODES = {10, 102, 190, 200, 299}
_NO_SUCH_OBJECT = 100


class FacebookSource(Source):
    """Comments under a live video, in the order in which they were made.

    Args:
        graph: another address of the API, for tests.
    """

    def __init__(self, *, graph: str = GRAPH) -> None:
        self._graph = graph

    @override
    def fetch(self, ask: Ask) -> Page:
        asked = {
            "fields": "id,from{id,name},message", "order": "chronological", "filter": "stream",
            "limit": str(PAGE_MAX),
        } | ({"after": ask.cursor} if ask.cursor else {})  # fmt: skip
        try:
            answer = httpx.get(
                f"{self._graph}/{ask.video_id}/comments",
                params=asked,
                headers={"Authorization": f"Bearer {ask.token}"},
                timeout=TIMEOUT_S,
            )
            body = answer.json()
        except (httpx.HTTPError, ValueError) as fault:
            raise SourceError(str(fault)) from fault
        if not isinstance(body, dict) or "error" in body or answer.is_error:
            raise _judge(body)
        cursor = body.get("paging", {}).get("cursors", {}).get("after", "")
        return Page(
            comments=tuple(filter(None, map(_read, body.get("data", [])))),
            cursor=str(cursor) or ask.cursor,
            wait_s=WAIT_S,
        )


def _read(item: dict[str, Any]) -> Comment | None:
    """Facebook tells who wrote a comment only to who manages the Page; else nobody is named."""
    text, author = item.get("message", ""), item.get("from") or {}
    if not text:
        return None
    return Comment(
        outside_id=str(item.get("id", "")),
        author_id=str(author.get("id", "")),
        author=str(author.get("name", "")),
        text=str(text),
    )


def _judge(body: object) -> SourceError:
    error = body.get("error", {}) if isinstance(body, dict) else {}
    code = error.get("code", 0) if isinstance(error, dict) else 0
    if code in _QUOTA_CODES:
        return QuotaError("quota")
    if code in _TOKEN_CODES:
        return RefusedError(str(code))
    return OverError("gone") if code == _NO_SUCH_OBJECT else SourceError(str(code))
