"""Four times as many buyers as are admitted: the gate keeps its rate, and everybody gets in.

Time is counted, not waited for: buyers come evenly, ask the gate, and join the standing room when
told to; the gate reads the room twice a second, as in a lane.
"""

from collections import Counter
from dataclasses import replace
from heapq import heappop, heappush

import pytest
from tests.hotlane.test_waiting import KEYS, OPENING, OTHER_SKU, SECOND, make_standing

from chophien.domain.admission import SECOND_US, Line, Pace, to_us
from chophien.hotlane.gate import Admitted, Gate
from chophien.wire.tickets import Ticket, sign_ticket

RATE_PER_S = 100
OFFERED = 4
RUSH_S = 10
START_US = to_us(OPENING)
REFRESH_US = SECOND_US // 2
JOIN_US = 20_000  # to the lane, into a batch, and back
LASTING_S = START_US // SECOND_US + 3_600


class World:
    """A standing room, gates beside each other, and buyers as they come."""

    def __init__(self, lanes):
        self.line = Line(
            pace=Pace.start(at_us=START_US - 60 * SECOND_US, rate_per_s=RATE_PER_S),
            is_drawn=True,
            next_place=0,
            entered=0,
            last_joined_us=START_US - SECOND_US,
        )
        self.gates = [
            Gate(key=KEYS.tickets, clock=lambda: OPENING, lanes=lanes) for _ in range(lanes)
        ]
        self.admitted = Counter()
        self.waits = {}
        self.events = []

    def read_rooms(self):
        room = replace(
            make_standing(), pace=self.line.pace, next_place=self.line.next_place,
            entered=self.line.entered,
        )  # fmt: skip
        for gate in self.gates:
            gate._hold([room])

    def ask(self, at_us, buyer, ticket):
        verdict = self.gates[buyer % len(self.gates)].judge(
            sku_id=OTHER_SKU, user_id=buyer, ticket=ticket,
            at=OPENING + (at_us - START_US) * SECOND / SECOND_US,
        )  # fmt: skip
        if isinstance(verdict, Admitted):
            self.admitted[(at_us - START_US) // SECOND_US] += 1
            self.waits[buyer] = at_us
        elif ticket is None:
            heappush(self.events, (at_us + JOIN_US, buyer, "join", None))
        else:
            heappush(self.events, (at_us + verdict.retry_after_ms * 1_000, buyer, "ask", ticket))

    def join(self, at_us, buyer):
        self.line, (seat,) = self.line.join(1, at_us=at_us)
        ticket = Ticket(
            room_id=6, user_id=buyer, entry="0" * 16, place=seat.place, ends_at_s=LASTING_S
        )
        turn_us = max(self.line.pace.turn_at(seat.place), at_us)
        signed = sign_ticket(ticket, KEYS.tickets)
        heappush(self.events, (turn_us + JOIN_US, buyer, "ask", signed))

    def run(self):
        people = RATE_PER_S * OFFERED * RUSH_S
        for buyer in range(people):
            heappush(
                self.events, (START_US + buyer * RUSH_S * SECOND_US // people, buyer, "ask", None)
            )
        next_reading_us = START_US
        while self.events:
            at_us, buyer, act, ticket = heappop(self.events)
            while next_reading_us <= at_us:
                self.read_rooms()
                next_reading_us += REFRESH_US
            if act == "join":
                self.join(at_us, buyer)
            else:
                self.ask(at_us, buyer, ticket)
        return people


@pytest.mark.parametrize("lanes", [1, 2])
def test_throughput_stays_within_a_tenth_of_what_was_set_and_everybody_gets_in(lanes):
    world = World(lanes)

    people = world.run()

    seconds = [world.admitted[second] for second in range(RUSH_S * OFFERED)]
    assert len(world.waits) == people
    assert sum(seconds[1:-1]) / (len(seconds) - 2) == pytest.approx(RATE_PER_S, rel=0.1)
    assert all(count <= RATE_PER_S * 1.1 for count in seconds[1:])
    assert all(count >= RATE_PER_S * 0.9 for count in seconds[1:-2])
    # Before the queue forms, what goes straight in and the first turns meet.
    assert seconds[0] <= RATE_PER_S * 1.5


def test_negative_control_without_a_standing_room_all_come_at_once():
    world = World(1)
    world.read_rooms = lambda: world.gates[0]._hold([])

    world.run()

    assert all(world.admitted[second] == RATE_PER_S * OFFERED for second in range(RUSH_S))
