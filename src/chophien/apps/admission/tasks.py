"""Timers of waiting rooms."""

from procrastinate.contrib.django import app

from chophien.apps.admission.services import draw_due
from chophien.apps.festivals.clock import now


@app.periodic(cron="* * * * * *")
@app.task(name="admission.draw", queueing_lock="admission.draw", pass_context=False)
def draw_rooms_that_open(timestamp: int) -> None:
    """Draw the rooms whose opening has come, every second, by the fair's clock."""
    del timestamp  # real time; the fair goes by its own clock
    draw_due(now())
