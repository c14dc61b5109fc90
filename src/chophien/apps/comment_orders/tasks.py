"""Timers of orders by comment."""

from datetime import timedelta

from procrastinate.contrib.django import app

from chophien.apps.comment_orders.services import forget_phones, give_codes
from chophien.apps.festivals.clock import now
from chophien.apps.live.models import Room

CODES_BEFORE = timedelta(days=1)
PHONES_KEPT = timedelta(days=30)


@app.periodic(cron="* * * * *")
@app.task(name="comment_orders.codes", queueing_lock="comment_orders.codes", pass_context=False)
def give_codes_to_shows(timestamp: int) -> None:
    """Give goods of shows that are on, or begin within a day, their codes, every minute."""
    del timestamp  # real time; the fair goes by its own clock
    at = now()
    rooms = Room.objects.filter(show__starts_at__lte=at + CODES_BEFORE, show__ends_at__gt=at)
    give_codes(list(rooms.values_list("id", flat=True)))


@app.periodic(cron="37 3 * * *")
@app.task(name="comment_orders.forget", queueing_lock="comment_orders.forget", pass_context=False)
def forget_old_phones(timestamp: int) -> None:
    """Delete phone numbers of comments after a month, once a night."""
    del timestamp  # real time; the fair goes by its own clock
    forget_phones(before=now() - PHONES_KEPT)
