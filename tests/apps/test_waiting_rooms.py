from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from tests.factories import OPENING, make_price, make_sku, make_stall, make_user
from tests.waiting import EARLIER, SEED, let_in, make_people, make_waiting_room

from chophien.apps.admission.models import Entrant, RoomSku, SealedSeed, WaitingRoom
from chophien.apps.admission.selectors import (
    find_entrant,
    find_obstacle,
    find_proof,
    find_standing_room,
    is_sold_out,
    judge_entrant,
    list_rooms_of,
)
from chophien.apps.admission.services import (
    RoomClosed,
    RoomPlan,
    TakenElsewhere,
    TooLate,
    UnknownRoomError,
    change_rate,
    close_room,
    draw,
    draw_due,
    join,
    open_room,
    open_standing_room,
)
from chophien.apps.inventory.models import Stock
from chophien.apps.promotions.models import OfferedPrice
from chophien.domain.admission import Turn
from chophien.domain.draws import commit, digest_entries, shuffle
from chophien.domain.limits import TURN_TIME

SECOND = timedelta(seconds=1)


@pytest.fixture
def sku(festival):
    return make_sku(make_stall())


@pytest.fixture
def room(festival, sku):
    return make_waiting_room(festival, sku)


def list_places(room):
    rows = Entrant.objects.filter(room=room).order_by("place")
    return [(row.user_id, row.place) for row in rows]


def test_hash_is_told_at_once_and_seed_only_after_the_draw(room):
    before = WaitingRoom.objects.filter(id=room.id).values().get()

    draw(room_id=room.id, at=OPENING)

    after = WaitingRoom.objects.get(id=room.id)
    assert before["seed_hash"] == commit(SEED)
    assert SEED not in map(str, before.values())
    assert (after.seed, after.seed_hash) == (SEED, commit(SEED))
    assert not SealedSeed.objects.exists()


def test_database_itself_refuses_a_seed_before_the_draw(room):
    with pytest.raises(IntegrityError, match="seed_told_after_draw"), transaction.atomic():
        WaitingRoom.objects.filter(id=room.id).update(seed=SEED)


def test_those_present_are_shuffled_and_latecomers_follow_in_their_order(room):
    present = let_in(room, make_people(20), at=EARLIER)
    late = let_in(room, [each.pk for each in _more_people(3)], at=OPENING)
    drawn = shuffle(SEED, [entrant.entry for entrant in present])

    assert draw(room_id=room.id, at=OPENING + SECOND)

    after = let_in(room, [each.pk for each in _more_people(2, of="after")], at=OPENING + 2 * SECOND)
    rows = Entrant.objects.filter(room=room).order_by("place")
    expected = drawn + [each.entry for each in late] + [each.entry for each in after]
    assert [row.entry for row in rows] == expected
    assert [row.place for row in rows] == list(range(25))
    assert WaitingRoom.objects.get().entries_digest == digest_entries(drawn)


def _more_people(count, of="late"):
    return [make_user(f"{of}-{number}") for number in range(count)]


def test_draw_waits_for_the_opening_and_is_made_once(room):
    let_in(room, make_people(5), at=EARLIER)

    assert not draw(room_id=room.id, at=OPENING - SECOND)
    assert draw_due(OPENING) == [room.id]
    places = list_places(room)
    assert draw_due(OPENING + SECOND) == []
    assert not draw(room_id=room.id, at=OPENING + SECOND)
    assert list_places(room) == places


def test_leaving_and_returning_keeps_the_place(room):
    people = make_people(3)
    first = let_in(room, people, at=EARLIER)
    draw(room_id=room.id, at=OPENING)
    places = list_places(room)

    again = let_in(room, people, at=OPENING + SECOND)

    assert [each.entry for each in again] == [each.entry for each in first]
    assert list_places(room) == places
    assert WaitingRoom.objects.get().entered == 3


def test_turn_that_went_by_puts_one_behind_the_others_under_a_new_receipt(room):
    person, other = make_people(2)
    (old,) = let_in(room, [person], at=EARLIER)
    draw(room_id=room.id, at=OPENING)
    let_in(room, [other], at=OPENING + SECOND)
    later = OPENING + TURN_TIME

    outcome = join(room_id=room.id, user_id=person, entry="f" * 16, at=later)

    old.refresh_from_db()
    assert (old.place, old.lapsed_at) == (0, later)
    assert (outcome.entrant.place, outcome.is_new) == (2, True)
    assert find_entrant(room.id, person).entry == "f" * 16
    assert judge_entrant(WaitingRoom.objects.get(), outcome.entrant, later) is Turn.NOW


def test_one_place_a_person_stands_in_the_database(room):
    (person,) = make_people(1)
    (entrant,) = let_in(room, [person], at=EARLIER)

    with pytest.raises(IntegrityError, match="one_place_a_person"), transaction.atomic():
        Entrant.objects.create(room=room, user_id=person, entry="0" * 16, joined_at=EARLIER)
    assert list(Entrant.objects.all()) == [entrant]


def test_rate_changes_from_now_on(room):
    people = make_people(100)
    let_in(room, people, at=EARLIER)
    draw(room_id=room.id, at=OPENING)

    changed = change_rate(room_id=room.id, rate_per_s=1, at=OPENING + SECOND)

    turns = [changed.line.pace.turn_at(place) for place in (0, 10, 11, 12)]
    start = turns[0]
    assert [turn - start for turn in turns] == [0, 1_000_000, 2_000_000, 3_000_000]


def test_sku_is_bought_through_one_room_at_a_time(festival, room, sku):
    other = make_sku(make_stall("gian-hai"))
    plan = RoomPlan(
        festival_id=festival.id, names=("Khác", "", ""), opens_at=OPENING, rate_per_s=1,
        sku_ids=[sku.id, other.id],
    )  # fmt: skip

    refused = open_room(plan, seed="0" * 64, at=EARLIER)
    close_room(room_id=room.id, at=EARLIER)
    opened = open_room(plan, seed="0" * 64, at=EARLIER)

    assert refused == TakenElsewhere(sku_ids=frozenset({sku.id}))
    assert list_rooms_of([sku.id]) == {sku.id: opened.room}
    assert RoomSku.objects.filter(closed_at__isnull=True).count() == 2


def test_room_opens_in_the_future_only(festival, sku):
    plan = RoomPlan(
        festival_id=festival.id, names=("Trễ", "", ""), opens_at=OPENING, rate_per_s=1,
        sku_ids=[sku.id],
    )  # fmt: skip

    assert open_room(plan, seed="0" * 64, at=OPENING) == TooLate()
    assert not WaitingRoom.objects.exists()


def test_closed_room_takes_nobody_and_is_not_drawn(room):
    close_room(room_id=room.id, at=EARLIER)
    close_room(room_id=room.id, at=OPENING)

    (person,) = make_people(1)
    assert join(room_id=room.id, user_id=person, entry="0" * 16, at=EARLIER) == RoomClosed()
    assert draw_due(OPENING) == []
    assert WaitingRoom.objects.get().closed_at == EARLIER


def test_room_that_is_not_there_is_an_error(festival):
    with pytest.raises(UnknownRoomError, match="no waiting room 7"):
        join(room_id=7, user_id=1, entry="0" * 16, at=EARLIER)


def test_obstacle_is_the_room_until_ones_turn(room, sku):
    first, second = make_people(2)
    let_in(room, [first, second], at=EARLIER)
    change_rate(room_id=room.id, rate_per_s=1, at=EARLIER)
    draw(room_id=room.id, at=OPENING)
    rows = {row.place: row.user_id for row in Entrant.objects.all()}

    def find(user_id):
        return find_obstacle([sku.id], user_id=user_id, at=OPENING)

    assert find(None) == room
    assert find(rows[0]) is None
    assert find(rows[1]) == room
    assert find_obstacle([sku.id], user_id=rows[1], at=OPENING + SECOND) is None
    assert find_obstacle([sku.id + 1], user_id=None, at=OPENING) is None


def test_standing_room_serves_first_come_first_and_is_one_a_festival(festival):
    room = open_standing_room(festival_id=festival.id, rate_per_s=5, at=EARLIER)
    people = make_people(3)
    let_in(room, people, at=EARLIER + SECOND)

    again = open_standing_room(festival_id=festival.id, rate_per_s=50, at=EARLIER + SECOND)

    assert again.id == room.id == find_standing_room(festival.id).id
    assert again.line.pace.rate_per_s == 50
    assert list_places(room) == [(person, place) for place, person in enumerate(people)]
    assert find_proof(room.id) is None


def test_sold_out_is_said_while_nothing_is_free(room, sku):
    assert not is_sold_out(room.id, OPENING)

    Stock.objects.filter(sku=sku).update(free=0, held=10)

    assert is_sold_out(room.id, OPENING)


def test_flash_price_counts_by_its_allotment(room, sku):
    price = make_price(sku, unit_minor=90_000, allotment=3)
    assert not is_sold_out(room.id, OPENING)

    OfferedPrice.objects.filter(id=price.id).update(taken=3)

    assert Stock.objects.get(sku=sku).free == 7
    assert is_sold_out(room.id, OPENING)


def test_proof_is_there_after_the_draw_only_and_names_nobody(room):
    entrants = let_in(room, make_people(3), at=EARLIER)
    assert find_proof(room.id) is None

    draw(room_id=room.id, at=OPENING)

    proof = find_proof(room.id)
    rows = list(proof.entrants)
    assert [row.place for row in rows] == [0, 1, 2]
    assert {row.entry for row in rows} == {each.entry for each in entrants}
    assert proof.room.seed == SEED
