"""Timers of payments."""

from procrastinate.contrib.django import app

from chophien.apps.festivals.clock import now
from chophien.apps.payments.defaults import refund_defaulted
from chophien.apps.payments.services import expire_unpaid


@app.periodic(cron="* * * * * */5")
@app.task(name="payments.expire_unpaid", queueing_lock="payments.expire_unpaid", pass_context=False)
def expire_unpaid_orders(timestamp: int) -> None:
    """Give units of unpaid orders back to everyone, every five seconds."""
    del timestamp  # real time; the fair goes by its own clock
    while expire_unpaid(at=now()):
        pass


@app.periodic(cron="* * * * * */5")
@app.task(
    name="payments.refund_defaulted", queueing_lock="payments.refund_defaulted", pass_context=False
)
def refund_what_cannot_be_delivered(timestamp: int) -> None:
    """Finish what a stall's default began, every five seconds."""
    del timestamp  # real time; the fair goes by its own clock
    while refund_defaulted(at=now()):
        pass
