"""The fair's clock: real time, unless somebody rehearses; the same in Python and in SQL."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from tests.factories import OPENING, make_room, make_sku, make_stall

from chophien.apps.festivals import clock, rehearsal
from chophien.apps.festivals.models import Clock
from chophien.apps.festivals.rehearsal import NotRehearsingError, move_clock, return_to_real_time
from chophien.wire.events import FAIR, ClockMoved

OPENS = datetime(2031, 11, 1, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def rehearsing(db, settings, django_capture_on_commit_callbacks):
    settings.REHEARSAL = True
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL chophien.rehearsal = 'on'")
    clock.forget()
    yield
    clock.forget()


@pytest.fixture
def told(monkeypatch):
    events = []
    monkeypatch.setattr(
        rehearsal, "publish", lambda channel, event: events.append((channel, event))
    )
    return events


def move(to):
    number = move_clock(to=to)
    clock.forget()  # tests roll back, so nothing is done on commit
    return number


def ask(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


def test_without_rehearsals_the_clock_asks_nobody(django_assert_num_queries, settings, db):
    settings.REHEARSAL = False
    Clock.objects.create(id=1, offset_s=3600, rehearsal=1, since=OPENS)

    with django_assert_num_queries(0):
        reading = clock.read()

    assert abs(reading.at - clock.read_real()) < SECOND
    assert (reading.is_moved, reading.rehearsal) == (False, 0)
    assert abs(ask("SELECT fair_now()") - ask("SELECT now()")) < SECOND


def test_without_rehearsals_the_clock_cannot_be_moved(settings, db):
    settings.REHEARSAL = False

    with pytest.raises(NotRehearsingError, match="CHOPHIEN_REHEARSAL"):
        move_clock(to=OPENS)
    with pytest.raises(NotRehearsingError, match="CHOPHIEN_REHEARSAL"):
        return_to_real_time()

    assert Clock.objects.count() == 0


def test_moved_clock_is_the_same_in_python_and_in_sql(rehearsing):
    move(OPENS)

    assert OPENS - SECOND <= clock.now() < OPENS + 5 * SECOND
    assert abs(ask("SELECT clock_timestamp() + fair_offset()") - clock.now()) < SECOND


def test_moved_clock_goes_on(rehearsing, monkeypatch):
    move(OPENS)
    before = clock.now()
    real = clock.read_real()

    monkeypatch.setattr(clock, "read_real", lambda: real + HOUR)

    assert abs(clock.now() - before - HOUR) < SECOND


def test_offset_is_read_again_after_half_a_second_and_not_before(
    rehearsing, monkeypatch, django_assert_num_queries
):
    seconds = [100.0]
    monkeypatch.setattr(clock.time, "monotonic", lambda: seconds[0])
    clock.now()

    seconds[0] += clock.READ_AGAIN_S - 0.01
    with django_assert_num_queries(0):
        clock.now()
    seconds[0] += 0.01
    with django_assert_num_queries(1):
        clock.now()


def test_back_to_real_time_is_real_time(rehearsing):
    move(OPENS)

    return_to_real_time()
    clock.forget()

    assert clock.read().rehearsal == 0
    assert abs(clock.now() - clock.read_real()) < SECOND


def test_every_move_is_told(rehearsing, told):
    move(OPENS)

    assert told == [(FAIR, ClockMoved(at=OPENS))]


def test_forward_within_a_rehearsal_is_the_same_one(rehearsing):
    assert (move(OPENS), move(OPENS + HOUR)) == (1, 1)
    assert abs(clock.read().since - clock.read_real()) < 5 * SECOND  # it began in real time


def test_backward_begins_the_next_rehearsal_from_there(rehearsing):
    move(OPENS)

    assert move(OPENS - HOUR) == 2
    assert clock.read().since == OPENS - HOUR


def test_rehearsal_after_real_time_is_the_next_one(rehearsing):
    move(OPENS)
    return_to_real_time()

    assert move(OPENS) == 2


def test_show_knows_its_facts_by_the_fairs_clock(rehearsing, festival):
    honey = make_sku(make_stall())
    room = make_room(festival, honey)

    move(OPENING)

    at = datetime.fromisoformat(ask(f"SELECT live_show_snapshot({room.show_id}) ->> 'at'"))
    assert OPENING - SECOND <= at < OPENING + 10 * SECOND


def test_sentence_is_recorded_at_the_fairs_time(rehearsing, festival):
    room = make_room(festival, make_sku(make_stall()))
    move(OPENING)

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT started_at FROM live_say(%s, 'hook', 'Chào cả nhà', '[]', %s)",
            [room.show_id, OPENING + HOUR],
        )
        (started_at,) = cursor.fetchone()

    assert OPENING - SECOND <= started_at < OPENING + 10 * SECOND


def test_sentence_that_is_too_late_by_the_fairs_time_is_not_recorded(rehearsing, festival):
    """By real time its limit is years ahead."""
    room = make_room(festival, make_sku(make_stall()))
    move(OPENS + HOUR)

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT started_at FROM live_say(%s, 'hook', 'Chào cả nhà', '[]', %s)",
            [room.show_id, OPENS],
        )
        assert cursor.fetchall() == []
