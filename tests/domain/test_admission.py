from datetime import UTC, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from chophien.domain.admission import (
    SECOND_US,
    TURN_US,
    Line,
    Pace,
    Turn,
    from_us,
    parse_pace,
    render_pace,
    to_us,
)
from chophien.domain.limits import ANCHORS_KEPT_MAX, TURN_TIME

OPENING_US = 1_794_362_400 * SECOND_US
rates = st.integers(1, 5_000)
pauses_us = st.integers(0, 3 * SECOND_US)


def make_line(*, is_drawn=True, rate_per_s=10):
    return Line(
        pace=Pace.start(at_us=OPENING_US, rate_per_s=rate_per_s),
        is_drawn=is_drawn,
        next_place=0,
        entered=0,
        last_joined_us=OPENING_US - SECOND_US,
    )


@given(rates, st.integers(0, 200_000), st.integers(0, 10**9))
def test_a_place_is_counted_exactly_from_its_turn_on(rate_per_s, place, start_us):
    pace = Pace.start(at_us=start_us, rate_per_s=rate_per_s)
    turn_us = pace.turn_at(place)

    assert pace.count_admitted(turn_us) == place + 1 or rate_per_s > SECOND_US
    assert place == 0 or pace.count_admitted(turn_us - 1) == place


class Room(RuleBasedStateMachine):
    """Any sequence of joins, changes of rate and pauses, looked at after each step."""

    @initialize(rate_per_s=rates)
    def open(self, rate_per_s):
        self.now_us = OPENING_US
        self.line = make_line(rate_per_s=rate_per_s)
        self.rates = [rate_per_s]
        self.come: dict[int, int] = {}

    @rule(count=st.integers(1, 40))
    def join(self, count):
        self.line, seats = self.line.join(count, at_us=self.now_us)

        assert [seat.place for seat in seats] == list(
            range(self.line.next_place - count, self.line.next_place)
        )
        assert all(self.line.pace.turn_at(seat.place) >= self.now_us for seat in seats)

    @rule(rate_per_s=rates)
    def change_rate(self, rate_per_s):
        pace = self.line.pace.with_rate(
            rate_per_s, next_place=self.line.next_place, at_us=self.now_us
        )
        self.line = Line(
            pace=pace,
            is_drawn=True,
            next_place=self.line.next_place,
            entered=self.line.entered,
            last_joined_us=self.line.last_joined_us,
        )
        self.rates.append(rate_per_s)

    @rule(pause_us=pauses_us)
    def wait(self, pause_us):
        self.now_us += pause_us

    def teardown(self):
        turns = [self.line.pace.turn_at(place) for place in range(self.line.next_place)]
        assert turns == sorted(turns)

    @invariant()
    def turns_that_came_stay(self):
        """Unless the queue ran dry so often that the oldest anchors were let go of."""
        pace = self.line.pace
        if len(pace.anchors) < ANCHORS_KEPT_MAX:
            assert all(pace.turn_at(place) == turn_us for place, turn_us in self.come.items())
        admitted = min(pace.count_admitted(self.now_us), self.line.next_place)
        for place in range(len(self.come), admitted):
            self.come[place] = pace.turn_at(place)

    @invariant()
    def count_and_turns_agree(self):
        pace, places = self.line.pace, range(self.line.next_place)
        admitted = min(pace.count_admitted(self.now_us), self.line.next_place)
        assert [pace.turn_at(place) <= self.now_us for place in places] == [
            place < admitted for place in places
        ]

    @invariant()
    def no_burst_is_saved_up(self):
        """In any second no more than the fastest rate so far, and one, are admitted."""
        turns = [self.line.pace.turn_at(place) for place in range(self.line.next_place)]
        most = max(self.rates) + 1
        assert all(
            later - earlier >= SECOND_US - most
            for earlier, later in zip(turns, turns[most:], strict=False)
        )

    @invariant()
    def it_is_kept_as_it_is(self):
        assert parse_pace(render_pace(self.line.pace)) == self.line.pace


TestRoom = Room.TestCase


def test_queue_that_ran_dry_admits_the_next_at_once_and_the_one_after_at_the_rate():
    line, _ = make_line(rate_per_s=10).join(2, at_us=OPENING_US)
    hour_later = OPENING_US + 3_600 * SECOND_US

    line, seats = line.join(3, at_us=hour_later)

    assert [line.pace.turn_at(seat.place) - hour_later for seat in seats] == [0, 100_000, 200_000]


def test_faster_rate_draws_the_waiting_nearer_and_leaves_turns_that_came():
    line, _ = make_line(rate_per_s=1).join(100, at_us=OPENING_US)
    at_us = OPENING_US + 10 * SECOND_US + 500_000

    faster = line.pace.with_rate(10, next_place=100, at_us=at_us)

    assert faster.turn_at(10) == OPENING_US + 10 * SECOND_US
    assert [faster.turn_at(place) - at_us for place in (11, 12, 21)] == [0, 100_000, SECOND_US]


def test_slower_rate_keeps_its_distance_from_the_last_turn():
    line, _ = make_line(rate_per_s=10).join(100, at_us=OPENING_US)

    slower = line.pace.with_rate(1, next_place=100, at_us=OPENING_US + 50_000)

    assert [slower.turn_at(place) - OPENING_US for place in (0, 1, 2)] == [
        0,
        SECOND_US,
        2 * SECOND_US,
    ]


def test_turn_lasts_a_quarter_of_an_hour():
    pace = Pace.start(at_us=OPENING_US, rate_per_s=1)

    assert timedelta(minutes=15) == TURN_TIME
    assert [
        pace.judge(5, OPENING_US + 5 * SECOND_US + after_us)
        for after_us in (-1, 0, TURN_US - 1, TURN_US)
    ] == [Turn.WAITING, Turn.NOW, Turn.NOW, Turn.OVER]


def test_those_who_join_before_the_draw_get_no_place_and_different_instants():
    line, seats = make_line(is_drawn=False).join(3, at_us=OPENING_US - 5)

    assert [(seat.place, seat.joined_us - OPENING_US) for seat in seats] == [
        (None, -5),
        (None, -4),
        (None, -3),
    ]
    assert (line.next_place, line.entered) == (0, 3)


def test_draw_begins_now_and_notes_latecomers_after_the_opening():
    line, _ = make_line(is_drawn=False).join(3, at_us=OPENING_US - 5)

    drawn = line.draw(3, opens_us=OPENING_US, at_us=OPENING_US + 400_000)
    _, (late,) = drawn.join(1, at_us=OPENING_US - 1)

    assert drawn.pace.turn_at(0) == OPENING_US + 400_000
    assert (late.place, late.joined_us) == (3, OPENING_US + 1)


@pytest.mark.parametrize("fault", ["early", "twice"])
def test_draw_is_made_once_and_not_before_the_opening(fault):
    line = make_line(is_drawn=fault == "twice")
    at_us = OPENING_US - 1 if fault == "early" else OPENING_US

    with pytest.raises(AssertionError, match="not before" if fault == "early" else "once"):
        line.draw(0, opens_us=OPENING_US, at_us=at_us)


def test_clock_that_is_behind_does_not_turn_the_order_round():
    line, _ = make_line().join(1, at_us=OPENING_US + 1_000)

    line, (second,) = line.join(1, at_us=OPENING_US)

    assert second.joined_us == OPENING_US + 1_001


@given(st.datetimes(timezones=st.just(UTC)))
def test_instants_survive_as_microseconds(at):
    assert from_us(to_us(at)) == at
