"""Where an organiser's own partner tool hands in comments of another platform.

Signed as bank notices are, with the feed's own key: see docs/reference/chat.md.
"""

from typing import Annotated

import msgspec
from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from chophien.api.bank import is_announced, is_signed, refuse
from chophien.apps.chat.outside.feeds import HANDED_IN, derive_signing_key
from chophien.apps.chat.outside.hearing import hear
from chophien.apps.chat.outside.source import Comment
from chophien.apps.chat.selectors import find_feed
from chophien.apps.festivals import clock

COMMENTS_MAX = 50
_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
_Name = Annotated[str, msgspec.Meta(max_length=120)]
_Text = Annotated[str, msgspec.Meta(max_length=2_000)]


class HandedIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One comment: `id` is the platform's own, by which it counts once."""

    id: _Id
    author_id: _Id
    author: _Name
    text: _Text


class Batch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body, as JSON: comments, oldest first."""

    comments: Annotated[list[HandedIn], msgspec.Meta(max_length=COMMENTS_MAX)]


@csrf_exempt
@require_POST
def take_comments(request: HttpRequest, feed_id: int) -> JsonResponse:
    """Take a signed batch of comments; 200 with how many were new.

    401 unsigned, old or no such feed, 400 malformed, 411 without a length, 413 too large.
    """
    refused = is_announced(request)
    if refused is not None:
        return refused
    feed = find_feed(feed_id)
    if (
        feed is None
        or feed.platform != HANDED_IN
        or not is_signed(
            request, secret=derive_signing_key(feed, settings.SECRET_KEY), at=clock.read_real()
        )
    ):
        return refuse(401, "not_signed", "the signature or its time does not fit")
    try:
        batch = msgspec.json.decode(request.body, type=Batch)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        return refuse(400, "malformed", str(fault))
    comments = [
        Comment(outside_id=each.id, author_id=each.author_id, author=each.author, text=each.text)
        for each in batch.comments
    ]
    return JsonResponse({"new": hear(feed, comments, at=clock.now())})
