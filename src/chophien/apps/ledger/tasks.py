"""Timers of the books."""

from procrastinate.contrib.django import app

from chophien.apps.festivals.clock import now
from chophien.apps.ledger.services import forfeit_due


@app.periodic(cron="* * * * * */5")
@app.task(name="ledger.forfeit_due", queueing_lock="ledger.forfeit_due", pass_context=False)
def forfeit_deposits(timestamp: int) -> None:
    """Let stalls keep deposits whose balance did not come, every five seconds."""
    del timestamp  # real time; the fair goes by its own clock
    while forfeit_due(at=now()):
        pass
