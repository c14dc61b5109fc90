"""Timers of festivals."""

from procrastinate.contrib.django import app

from chophien.apps.festivals import clock
from chophien.apps.festivals.services import turn_phases


@app.periodic(cron="* * * * * *")
@app.task(name="festivals.turn_phases", queueing_lock="festivals.turn_phases", pass_context=False)
def turn_phases_that_are_due(timestamp: int) -> None:
    """Turn phases every second, by the fair's clock; what a stopped worker missed, at once."""
    del timestamp  # real time; the fair goes by its own clock
    reading = clock.read()
    turn_phases(at=reading.at, rehearsal=reading.rehearsal, since=reading.since)
