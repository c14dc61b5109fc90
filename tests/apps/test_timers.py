"""Every timer of the fair fires as often as its people are told.

The sixth field of a cron line is seconds: `*/5` in the first is every second of every fifth minute.
"""

from itertools import pairwise

from croniter import croniter
from procrastinate.contrib.django import app
from tests.factories import OPENING

EVERY_S = {
    "admission.draw": 1,
    "admission.forget": 300,
    "chat.feeds": 2,
    "chat.forget": 86_400,
    "comment_orders.codes": 60,
    "comment_orders.forget": 86_400,
    "draws.milestones": 2,
    "draws.turn": 1,
    "draws.wins": 5,
    "exchange.take_over": 5,
    "exchange.throw_away": 86_400,
    "festivals.turn_phases": 1,
    "insight.begin_lost_again": 15,
    "ledger.forfeit_due": 5,
    "live.keep_recordings": 10,
    "live.note_viewers": 60,
    "orders.prepare": 1,
    "orders.remind": 5,
    "payments.expire_unpaid": 5,
    "payments.refund_defaulted": 5,
    "promotions.close_ended": 5,
    "vetting.forget": 86_400,
}


def find_gaps_s(cron: str) -> set[float]:
    fired = croniter(cron, OPENING)
    instants = [fired.get_next(float) for _ in range(200)]
    return {later - earlier for earlier, later in pairwise(instants)}


def test_timers_fire_evenly_and_as_often_as_said():
    timers = app.periodic_registry.periodic_tasks.values()

    assert {each.task.name: find_gaps_s(each.cron) for each in timers} == {
        name: {float(every_s)} for name, every_s in EVERY_S.items()
    }


def test_negative_control_seconds_in_the_first_field_are_minutes():
    assert find_gaps_s("*/5 * * * * *") == {1.0, 241.0}
