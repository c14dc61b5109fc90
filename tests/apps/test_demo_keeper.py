"""While the demonstration is open something stays on air, wherever its clock is moved."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.db import DatabaseError

from chophien.apps.festivals.models import Festival, PhaseTurn
from chophien.apps.festivals.selectors import get_current_festival, list_phases
from chophien.apps.programme.models import Show
from chophien.apps.promotions.models import OfferedPrice
from chophien.config.demo import keeper
from chophien.config.demo.build import build_fair, extend_programme
from chophien.config.demo.festivals import turn_past_phases
from chophien.config.demo.keeper import ProgrammeKeeper
from chophien.domain.phases import current_phases

EVENING = datetime(2026, 11, 11, 13, 7, tzinfo=UTC)
DAY = timedelta(days=1)


class FakeTime:
    def __init__(self, at):
        self.at = at
        self.monotonic_s = 0.0

    def go(self, *, seconds=1.0, moved=timedelta()):
        self.monotonic_s += seconds
        self.at += timedelta(seconds=seconds) + moved


@pytest.fixture
def time(monkeypatch):
    fake = FakeTime(EVENING)
    monkeypatch.setattr(keeper, "now", lambda: fake.at)
    return fake


@pytest.fixture
def kept(db, time):
    build_fair(at=EVENING)
    one = ProgrammeKeeper(monotonic=lambda: time.monotonic_s)
    time.go()
    assert one.look()
    return one


def count_on_air(at):
    return Show.objects.filter(host__is_ai=True, starts_at__lte=at, ends_at__gt=at).count()


@pytest.mark.parametrize("days", [-30, -3, -1, 2, 5, 40])
def test_clock_that_is_moved_gets_shows_and_flash_prices_at_the_next_look(kept, time, days):
    time.go(moved=days * DAY)

    assert kept.look()
    assert count_on_air(time.at) == 1
    assert OfferedPrice.objects.filter(
        kind="flash", starts_at__lte=time.at, ends_at__gt=time.at
    ).exists()
    assert current_phases(list_phases(get_current_festival(time.at).id), time.at)


def test_moving_there_and_back_plans_nothing_twice(kept, time):
    for days in (3, -3, 3, -3):
        time.go(moved=days * DAY)
        kept.look()

    ai_shows = Show.objects.filter(host__is_ai=True).order_by("starts_at")
    shows = list(ai_shows.values_list("starts_at", "ends_at"))
    assert all(one[1] <= other[0] for one, other in pairwise(shows))


def test_nothing_is_read_between_looks_or_planned_while_time_just_goes_on(kept, time):
    assert not kept.look()
    time.go(seconds=60)
    assert not kept.look()


def test_programme_grows_as_the_fair_stays_open(kept, time):
    before = Show.objects.count()

    for _ in range(48):
        time.go(seconds=3600)
        assert kept.look()
        assert count_on_air(time.at) == 1

    assert Show.objects.count() > before


def test_fault_of_the_database_is_told_and_tried_again(kept, time, monkeypatch, caplog):
    def fail(**_):
        raise DatabaseError("away")

    monkeypatch.setattr(keeper, "extend_programme", fail)
    monkeypatch.setattr(keeper.connection, "close", lambda: None)
    time.go(moved=DAY)
    assert not kept.look()
    assert "could not be kept ahead" in caplog.text

    monkeypatch.setattr(keeper, "extend_programme", extend_programme)
    time.go()
    assert kept.look()


def test_past_phases_are_turned_at_their_own_instants(db):
    build_fair(at=EVENING)

    count = turn_past_phases(EVENING)

    turns = list(PhaseTurn.objects.select_related("phase"))
    assert count == len(turns) == 7
    assert all(turn.turned_at == turn.due_at for turn in turns)
    main = get_current_festival(EVENING)
    assert {turn.phase.festival_id for turn in turns} == {main.id}
    assert Festival.objects.exclude(season=main.season).count() == 0
