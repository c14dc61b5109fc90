"""Comments of a YouTube broadcast, by Google's own library (`liveChatMessages.list`).

A page costs some 5 units of the project's quota, 10,000 a day by default: that is what bounds how
often is asked, beside `pollingIntervalMillis`.
"""

import json
from http import HTTPStatus
from typing import Any

import google_auth_httplib2
import httplib2
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import Resource, build
from googleapiclient.errors import HttpError
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

TIMEOUT_S = 10
WAIT_S_MIN = 5
PAGE_MAX = 200
_MS_PER_S = 1_000
_QUOTA = {"quotaExceeded", "rateLimitExceeded", "dailyLimitExceeded", "userRateLimitExceeded"}
_OVER = {"liveChatEnded", "liveChatDisabled", "liveChatNotFound", "videoNotFound"}


class YouTubeSource(Source):
    """YouTube's live chat. The token is an API key, or an OAuth access token (`ya29.…`).

    Args:
        endpoint: another address of the API, for tests.
    """

    def __init__(self, *, endpoint: str = "") -> None:
        self._options = {"api_endpoint": endpoint} if endpoint else None

    @override
    def fetch(self, ask: Ask) -> Page:
        try:
            return self._fetch(ask)
        except HttpError as fault:
            raise _judge(fault) from fault
        except (OSError, httplib2.HttpLib2Error, ValueError) as fault:
            raise SourceError(str(fault)) from fault

    def _fetch(self, ask: Ask) -> Page:
        service = self._open(ask.token)
        chat_id, _, page_token = ask.cursor.partition(" ")
        if not chat_id:
            chat_id = _find_chat(service, ask.video_id)
        answer = (
            service.liveChatMessages()
            .list(
                liveChatId=chat_id, part="snippet,authorDetails", maxResults=PAGE_MAX,
                pageToken=page_token or None,
            )
            .execute()
        )  # fmt: skip
        if not isinstance(answer, dict):
            raise SourceError("no answer of this interface")
        if answer.get("offlineAt"):
            raise OverError("the broadcast is over")
        wait_s = -(-int(answer.get("pollingIntervalMillis", 0)) // _MS_PER_S)
        return Page(
            comments=tuple(filter(None, map(_read, answer.get("items", [])))),
            cursor=f"{chat_id} {answer.get('nextPageToken', '')}".strip(),
            wait_s=max(wait_s, WAIT_S_MIN),
        )

    def _open(self, token: str) -> Resource:
        """The library's client; its description of the API comes with the package."""
        plain = httplib2.Http(timeout=TIMEOUT_S)
        shared: dict[str, Any] = {"client_options": self._options, "cache_discovery": False}
        if token.startswith("ya29."):
            http = google_auth_httplib2.AuthorizedHttp(Credentials(token=token), http=plain)
            return build("youtube", "v3", http=http, **shared)
        return build("youtube", "v3", developerKey=token, http=plain, **shared)


def _find_chat(service: Resource, video_id: str) -> str:
    answer = service.videos().list(id=video_id, part="liveStreamingDetails").execute()
    items = answer.get("items", [])
    chat_id = items[0].get("liveStreamingDetails", {}).get("activeLiveChatId") if items else None
    if not chat_id:
        raise OverError("no live chat")
    return str(chat_id)


def _read(item: dict[str, Any]) -> Comment | None:
    """A message that somebody typed; super chats too, other events not."""
    snippet, author = item.get("snippet", {}), item.get("authorDetails", {})
    text = snippet.get("displayMessage", "")
    if snippet.get("type") not in {"textMessageEvent", "superChatEvent"} or not text:
        return None
    return Comment(
        outside_id=str(item.get("id", "")),
        author_id=str(author.get("channelId", "")),
        author=str(author.get("displayName", "")),
        text=str(text),
    )


def _judge(fault: HttpError) -> SourceError:
    try:
        errors = json.loads(fault.content)["error"].get("errors", [])
        reasons = {error.get("reason", "") for error in errors}
    except (ValueError, KeyError, AttributeError, TypeError):
        reasons = set()
    if reasons & _QUOTA:
        return QuotaError("quota")
    if reasons & _OVER:
        return OverError("over")
    if HTTPStatus.BAD_REQUEST <= fault.resp.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return RefusedError(str(fault.resp.status))
    return SourceError(str(fault.resp.status))
