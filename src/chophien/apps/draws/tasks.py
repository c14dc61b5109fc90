"""Timers of draws, wins, countdowns and milestones."""

import secrets

from procrastinate.contrib.django import app

from chophien.apps.draws.countdowns import run_out_due
from chophien.apps.draws.milestones import reach_due
from chophien.apps.draws.prizes import end_due_offers
from chophien.apps.draws.services import count_due, draw_due, freeze_due
from chophien.apps.draws.wins import pass_on_due, remind
from chophien.apps.festivals.clock import now
from chophien.apps.live.drops import tell_left

NUMBER_BYTES = 16


def make_number() -> str:
    """A number for somebody whose device made none: 32 hex digits by chance."""
    return secrets.token_hex(NUMBER_BYTES)


@app.periodic(cron="* * * * * *")
@app.task(name="draws.turn", queueing_lock="draws.turn", pass_context=False)
def turn_draws(timestamp: int) -> None:
    """Draw what was frozen a second ago, freeze what has closed, tell counts: every second."""
    del timestamp  # real time; the fair goes by its own clock
    at = now()
    draw_due(at=at)
    freeze_due(make_number=make_number, at=at)
    count_due(at=at)
    run_out_due(at=at)
    tell_left(at=at)


@app.periodic(cron="* * * * * */2")
@app.task(name="draws.milestones", queueing_lock="draws.milestones", pass_context=False)
def celebrate_milestones(timestamp: int) -> None:
    """Count the shows on air and celebrate what they have passed, every two seconds."""
    del timestamp  # real time; the fair goes by its own clock
    reach_due(at=now())


@app.periodic(cron="* * * * * */5")
@app.task(name="draws.wins", queueing_lock="draws.wins", pass_context=False)
def settle_wins(timestamp: int) -> None:
    """Remind winners, pass on what nobody claimed, give back what was not drawn."""
    del timestamp  # real time; the fair goes by its own clock
    at = now()
    remind(at=at)
    pass_on_due(at=at)
    end_due_offers(at=at)
