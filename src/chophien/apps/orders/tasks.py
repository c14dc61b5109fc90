"""Timers of orders."""

from procrastinate.contrib.django import app

from chophien.apps.festivals.clock import now
from chophien.apps.orders.reminders import remind


@app.periodic(cron="* * * * * */5")
@app.task(name="orders.remind", queueing_lock="orders.remind", pass_context=False)
def remind_of_balances(timestamp: int) -> None:
    """Remind those who reserved that a balance opens or closes, every five seconds."""
    del timestamp  # real time; the fair goes by its own clock
    while remind(at=now()):
        pass
