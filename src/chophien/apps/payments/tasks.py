"""Timers of payments."""

from procrastinate.contrib.django import app

from chophien.apps.festivals.clock import now
from chophien.apps.payments.services import expire_unpaid


@app.periodic(cron="*/5 * * * * *")
@app.task(name="payments.expire_unpaid", queueing_lock="payments.expire_unpaid", pass_context=False)
def expire_unpaid_orders(timestamp: int) -> None:
    """Give units of unpaid orders back to everyone, every five seconds."""
    del timestamp  # real time; the fair goes by its own clock
    while expire_unpaid(at=now()):
        pass
