"""Timers of waiting rooms."""

from procrastinate.contrib.django import app

from chophien.apps.admission.answers import forget_answers
from chophien.apps.admission.services import draw_due
from chophien.apps.festivals.clock import now, read_real


@app.periodic(cron="* * * * * *")
@app.task(name="admission.draw", queueing_lock="admission.draw", pass_context=False)
def draw_rooms_that_open(timestamp: int) -> None:
    """Draw the rooms whose opening has come, every second, by the fair's clock."""
    del timestamp  # real time; the fair goes by its own clock
    draw_due(now())


@app.periodic(cron="*/5 * * * *")
@app.task(name="admission.forget", queueing_lock="admission.forget", pass_context=False)
def forget_answers_that_are_over(timestamp: int) -> None:
    """Keep the table of used answers small, every five minutes, by real time."""
    del timestamp  # read now
    forget_answers(at=read_real())
