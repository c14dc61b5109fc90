"""Timers of orders."""

from procrastinate.contrib.django import app

from chophien.apps.festivals.clock import now
from chophien.apps.orders.ready import prepare_flash_quotes
from chophien.apps.orders.reminders import remind


@app.periodic(cron="* * * * * */5")
@app.task(name="orders.remind", queueing_lock="orders.remind", pass_context=False)
def remind_of_balances(timestamp: int) -> None:
    """Remind those who reserved that a balance opens or closes, every five seconds."""
    del timestamp  # real time; the fair goes by its own clock
    while remind(at=now()):
        pass


@app.periodic(cron="* * * * * *")
@app.task(name="orders.prepare", queueing_lock="orders.prepare", pass_context=False)
def prepare_flash_prices(timestamp: int) -> None:
    """Keep ready what the hot lane sells, every second."""
    del timestamp  # real time; the fair goes by its own clock
    while prepare_flash_quotes(at=now()):
        pass
