"""Timers of chats: comments from outside, and what need not be kept any more."""

from datetime import timedelta

from django.conf import settings
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from chophien.apps.chat.outside.feeds import Secrets, ask_feed, claim_feed, open_source
from chophien.apps.chat.selectors import find_feed, list_due_feeds
from chophien.apps.chat.services import forget_messages
from chophien.apps.festivals.clock import now, read_real


def read_secrets() -> Secrets:
    """What feeds are opened with, of this environment."""
    return Secrets(
        secret=settings.SECRET_KEY,
        by_platform={"youtube": settings.YOUTUBE_KEY, "facebook": settings.FACEBOOK_TOKEN},
    )


@app.periodic(cron="* * * * * */2")
@app.task(name="chat.feeds", queueing_lock="chat.feeds", pass_context=False)
def ask_platforms(timestamp: int) -> None:
    """Have each platform asked that may be asked again, every two seconds."""
    del timestamp  # read now
    real = read_real()
    for feed in list_due_feeds(show_at=now(), real_at=real):
        if claim_feed(feed, at=real):
            try:
                ask_platform.configure(queueing_lock=f"chat.feed.{feed.pk}").defer(feed_id=feed.pk)
            except AlreadyEnqueued:
                continue


@app.task(name="chat.feed", pass_context=False)
def ask_platform(feed_id: int) -> None:
    """Ask one platform; a slow one holds up no other."""
    feed = find_feed(feed_id)
    if feed is not None and feed.is_on:
        source = open_source(feed.platform)
        ask_feed(feed, source, secrets=read_secrets(), at=now(), real_at=read_real())


@app.periodic(cron="17 3 * * *")
@app.task(name="chat.forget", queueing_lock="chat.forget", pass_context=False)
def forget_old_messages(timestamp: int) -> None:
    """Delete messages that were kept as long as the rule says, once a night."""
    del timestamp  # read now
    before = read_real() - timedelta(days=settings.CHAT_KEPT_DAYS)
    while forget_messages(before=before):
        pass
