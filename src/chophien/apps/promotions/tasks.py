"""Timers of promotions."""

from procrastinate.contrib.django import app

from chophien.apps.festivals.clock import now
from chophien.apps.promotions.services import close_ended


@app.periodic(cron="*/5 * * * * *")
@app.task(name="promotions.close_ended", queueing_lock="promotions.close_ended", pass_context=False)
def close_ended_promotions(timestamp: int) -> None:
    """Return what flash prices and presales did not sell, every five seconds."""
    del timestamp  # the fair's own clock counts: a rehearsal moves it
    while close_ended(at=now()):
        pass
