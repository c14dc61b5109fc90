"""Places are given once, one to a person, in the order of coming, whoever gives them."""

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

import pytest
from django.conf import settings
from django.db import connection, transaction
from tests.factories import OPENING, make_sku, make_stall
from tests.races.conftest import race, run_beside
from tests.waiting import EARLIER, SEED, let_in, make_entry, make_people, make_waiting_room

from chophien.apps.admission.models import Entrant, WaitingRoom
from chophien.apps.admission.services import (
    change_rate,
    close_room,
    draw,
    join,
    open_standing_room,
)
from chophien.apps.inventory.models import Stock
from chophien.domain.limits import TURN_TIME
from chophien.hotlane.database import connect, make_pool
from chophien.hotlane.gate import Gate
from chophien.hotlane.seating import Busy, NoRoom, Person, Seated, Seating

SECOND = timedelta(seconds=1)
WORKERS = 8
PEOPLE = 300


@pytest.fixture
def room(festival):
    return make_waiting_room(festival, make_sku(make_stall()), rate_per_s=100)


# ---------------------------------------------------------------- the draw


def draws_by_reading_first(room):
    """The planted fault: look whether it is drawn, without its lock, and draw if not."""
    return WaitingRoom.objects.get(id=room.id).drawn_at is None


def test_negative_control_reading_first_draws_twice(room):
    with transaction.atomic():
        mine = draws_by_reading_first(room)
        theirs = run_beside(partial(draws_by_reading_first, room))

    assert (mine, theirs) == (True, True)


def test_however_many_workers_draw_one_does(room):
    let_in(room, make_people(30), at=EARLIER)

    drawn = race([partial(draw, room_id=room.id, at=OPENING)] * WORKERS)

    assert sum(drawn) == 1
    assert sorted(Entrant.objects.values_list("place", flat=True)) == list(range(30))
    assert WaitingRoom.objects.get().next_place == 30


# ---------------------------------------------------------------- one place a person


def joins_by_reading_first(room, user_id):
    """The planted fault: look whether the person is there, and give a place if not."""
    return not Entrant.objects.filter(room=room, user_id=user_id).exists()


def test_negative_control_reading_first_gives_two_devices_two_places(room):
    (person,) = make_people(1)
    with transaction.atomic():
        phone = joins_by_reading_first(room, person)
        laptop = run_beside(partial(joins_by_reading_first, room, person))

    assert (phone, laptop) == (True, True)


def test_two_devices_of_a_person_get_one_place(room):
    draw(room_id=room.id, at=OPENING)
    people = make_people(4)
    joins = [
        partial(join, room_id=room.id, user_id=person, entry=make_entry(person), at=OPENING)
        for person in [*people, *people]
    ]

    outcomes = race(joins)

    assert sum(outcome.is_new for outcome in outcomes) == 4
    assert sorted(Entrant.objects.values_list("place", flat=True)) == [0, 1, 2, 3]


# ---------------------------------------------------------------- lanes beside each other


def get_url():
    database = settings.DATABASES["default"]
    return f"postgresql://{database['USER']}@/{database['NAME']}?host={database['HOST']}"


@asynccontextmanager
async def running(*, clock=lambda: OPENING + SECOND, batch_s=0.005):
    """One lane's seating, on connections of its own."""
    seating = Seating(clock=clock, batch_s=batch_s)
    pool = make_pool(get_url(), size_max=2)
    async with pool:
        working = asyncio.create_task(seating.run(pool))
        try:
            yield seating
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)


async def in_thread(act):
    def run():
        try:
            return act()
        finally:
            connection.close()

    return await asyncio.to_thread(run)


def read_next_place(room):
    return WaitingRoom.objects.get(id=room.id).next_place


def test_negative_control_two_lanes_that_count_without_the_lock_give_one_place_twice(room):
    draw(room_id=room.id, at=OPENING)
    with transaction.atomic():
        mine = read_next_place(room)
        theirs = run_beside(partial(read_next_place, room))

    assert mine == theirs


def prepare(room):
    draw(room_id=room.id, at=OPENING)
    return make_people(PEOPLE)


def list_seats():
    rows = Entrant.objects.order_by("place")
    return list(rows.values_list("user_id", "place", "joined_at", "entry"))


async def test_two_lanes_seat_everybody_once_in_the_order_of_coming(room):
    people = await in_thread(partial(prepare, room))
    async with running() as first, running() as second:
        # Each asks both lanes, one of them first; and the whole queue asks again meanwhile.
        asked = [
            lane.seat(Person(room.id, person))
            for index, person in enumerate(people)
            for lane in ((first, second) if index % 2 else (second, first))
        ]
        outcomes = await asyncio.gather(*asked)

    seats = await in_thread(list_seats)
    assert all(isinstance(outcome, Seated) for outcome in outcomes)
    assert [place for _, place, _, _ in seats] == list(range(PEOPLE))
    assert len({user for user, *_ in seats}) == PEOPLE
    instants = [joined_at for _, _, joined_at, _ in seats]
    assert instants == sorted(set(instants))
    # What was told is what is kept, to both devices of a person.
    kept = {user: (place, entry) for user, place, _, entry in seats}
    told = [(outcome.place, outcome.entry) for outcome in outcomes]
    assert told == [kept[person] for person in people for _ in range(2)]


async def test_who_was_answered_on_one_lane_is_before_who_comes_to_the_other(room):
    people = (await in_thread(partial(prepare, room)))[:6]
    places = []
    behind = OPENING  # the second machine's clock is a second behind
    async with running() as first, running(clock=lambda: behind) as second:
        for index, person in enumerate(people):
            seated = await (second if index % 2 else first).seat(Person(room.id, person))
            places.append(seated.place)

    instants = [joined_at for _, _, joined_at, _ in await in_thread(list_seats)]
    assert places == [0, 1, 2, 3, 4, 5]
    assert instants == sorted(set(instants))


async def test_those_who_come_while_it_is_drawn_are_drawn_or_follow(room):
    people = await in_thread(partial(make_people, PEOPLE))
    instants = iter([OPENING - SECOND] * 3)

    def clock():
        return next(instants, OPENING + SECOND)

    async with running(clock=clock, batch_s=0.001) as lane:
        early = asyncio.gather(*[lane.seat(Person(room.id, person)) for person in people[:100]])
        await early
        drawing = asyncio.create_task(
            in_thread(partial(draw, room_id=room.id, at=OPENING + SECOND))
        )
        late = asyncio.gather(*[lane.seat(Person(room.id, person)) for person in people[100:]])
        assert await drawing
        await late

    seats = await in_thread(list_seats)
    assert [place for _, place, _, _ in seats] == list(range(PEOPLE))
    assert {user for user, place, *_ in seats if place < 100} == set(people[:100])
    assert [joined for _, _, joined, _ in seats[100:]] == sorted(
        joined for _, _, joined, _ in seats[100:]
    )


async def test_lane_gives_a_new_place_when_the_turn_went_by(room):
    (person, other) = (await in_thread(partial(prepare, room)))[:2]
    async with running() as lane:
        old = await lane.seat(Person(room.id, person))
        await lane.seat(Person(room.id, other))
    async with running(clock=lambda: OPENING + SECOND + TURN_TIME) as lane:
        new = await lane.seat(Person(room.id, person))
        again = await lane.seat(Person(room.id, person))

    assert (old.place, new.place) == (0, 2)
    assert new == again
    assert new.entry != old.entry


async def test_room_that_is_not_there_seats_nobody(room):
    (person,) = await in_thread(partial(make_people, 1))
    async with running() as lane:
        assert await lane.seat(Person(room.id + 1, person)) == NoRoom()
    assert await in_thread(Entrant.objects.count) == 0


async def test_locked_room_keeps_people_until_it_is_free_and_not_for_ever(room, monkeypatch):
    people = await in_thread(partial(prepare, room))
    monkeypatch.setattr("chophien.hotlane.seating.LOCK_WAIT_MS", 100)
    holding = await connect(get_url(), application="test", settings={})
    try:
        async with running() as lane, holding.transaction():
            await holding.execute("SELECT FROM admission_waitingroom FOR UPDATE")
            assert await lane.seat(Person(room.id, people[0])) == Busy()
        async with running() as lane:
            assert (await lane.seat(Person(room.id, people[0]))).place == 0
    finally:
        await holding.close()


# ---------------------------------------------------------------- what the gate reads


async def read_gate(at):
    gate = Gate(key=b"key", clock=lambda: at)
    reading = await connect(get_url(), application="test", settings={})
    try:
        await gate.refresh(reading)
    finally:
        await reading.close()
    return gate


async def test_gate_reads_rooms_as_services_leave_them(festival, room):
    standing = await in_thread(
        partial(open_standing_room, festival_id=festival.id, rate_per_s=5, at=OPENING)
    )
    people = await in_thread(partial(make_people, 3))
    await in_thread(partial(let_in, room, people, at=EARLIER))

    before = (await read_gate(OPENING - SECOND)).rooms[room.id]
    await in_thread(partial(draw, room_id=room.id, at=OPENING))
    await in_thread(partial(change_rate, room_id=room.id, rate_per_s=1, at=OPENING))
    after = (await read_gate(OPENING)).rooms[room.id]
    # A standing room counts while its festival is on.
    long_after = await read_gate(festival.ends_at)

    assert (before.is_drawn, before.seed, before.entered, before.next_place) == (False, "", 3, 0)
    assert (after.is_drawn, after.seed, after.next_place) == (True, SEED, 3)
    assert after.pace.rate_per_s == 1
    assert len(after.sku_ids) == 1
    assert not after.is_sold_out
    assert standing.id not in long_after.rooms
    assert room.id in long_after.rooms


async def test_gate_hears_of_sold_out_and_closed_rooms(room):
    await in_thread(partial(Stock.objects.update, free=0, held=10))
    sold_out = (await read_gate(OPENING)).rooms[room.id]
    await in_thread(partial(close_room, room_id=room.id, at=OPENING))
    closed = (await read_gate(OPENING + SECOND)).rooms[room.id]
    forgotten = await read_gate(OPENING + timedelta(hours=2))

    assert (sold_out.is_sold_out, sold_out.is_closed) == (True, False)
    assert closed.is_closed
    assert forgotten.rooms == {}
