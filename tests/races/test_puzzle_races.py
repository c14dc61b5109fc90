"""A right answer to a puzzle counts once, whichever process takes it first."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial

import altcha
import pytest
from django.conf import settings
from django.db import connection, transaction
from tests.factories import make_sku, make_stall
from tests.races.conftest import race, run_beside
from tests.waiting import make_people, make_waiting_room
from tests.wire.test_puzzles import solve

from chophien.apps.admission.answers import KEPT_AFTER_END, forget_answers, use_answer
from chophien.apps.admission.models import UsedAnswer
from chophien.domain.limits import PATIENCE_S, PUZZLE_LIFE_S
from chophien.hotlane.puzzles import AnswerDesk
from chophien.web.fair import puzzles
from chophien.wire.puzzles import Whose, derive_keys, make_puzzle, read_answer

NOW_S = 1_800_000_000
ENDS_AT = datetime.fromtimestamp(NOW_S + PUZZLE_LIFE_S, tz=UTC)
SECRET = settings.SECRET_KEY
KEYS = derive_keys(SECRET)
WORKERS = 8
HOA = Whose(user_id=7, room_id=3)


def make_answer(whose=HOA, counter=3):
    return solve(make_puzzle(whose, counter=counter, now_s=NOW_S, keys=KEYS))


def read(text, whose=HOA):
    return read_answer(text, whose, now_s=NOW_S, keys=KEYS)


def use(digest):
    return use_answer(digest=digest, ends_at=ENDS_AT)


# ---------------------------------------------------------------- once


def uses_by_looking_first(digest):
    """The planted fault: look whether it was used, and take it if not."""
    return not UsedAnswer.objects.filter(digest=digest).exists()


def test_negative_control_without_the_table_an_answer_counts_each_time():
    answer = make_answer()

    assert {read(answer).digest for _ in range(WORKERS)} == {read(answer).digest}


def test_negative_control_looking_first_takes_an_answer_twice(festival):
    digest = read(make_answer()).digest
    with transaction.atomic():
        mine = uses_by_looking_first(digest)
        theirs = run_beside(partial(uses_by_looking_first, digest))

    assert (mine, theirs) == (True, True)


def test_of_many_at_once_one_takes_the_answer(festival):
    digest = read(make_answer()).digest

    taken = race([partial(use, digest)] * WORKERS)

    assert sum(taken) == 1
    assert UsedAnswer.objects.count() == 1


def test_answer_of_a_join_that_was_undone_counts_again(festival):
    digest = read(make_answer()).digest
    with transaction.atomic():
        assert use(digest)
        transaction.set_rollback(True)

    assert use(digest)
    assert not use(digest)


def test_used_answers_are_kept_until_they_are_over_for_certain(festival):
    digest = read(make_answer()).digest
    use(digest)

    assert forget_answers(at=ENDS_AT + KEPT_AFTER_END) == 0
    assert forget_answers(at=ENDS_AT + KEPT_AFTER_END + timedelta(seconds=1)) == 1
    assert UsedAnswer.objects.count() == 0


# ---------------------------------------------------------------- in the hot lane


def get_url():
    database = connection.settings_dict
    return f"postgresql://{database['USER']}@/{database['NAME']}?host={database['HOST']}"


@asynccontextmanager
async def running(*, url=None, now_s=NOW_S):
    """One lane's desk, on connections of its own."""
    desk = AnswerDesk(url=url or get_url(), secret=SECRET, read_real_s=lambda: now_s)
    working = asyncio.create_task(desk.run())
    await asyncio.sleep(0)
    try:
        yield desk
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


async def test_two_lanes_and_many_requests_take_an_answer_once(festival):
    answer = make_answer()

    async with running() as one, running() as other:
        taken = await asyncio.gather(
            *(desk.take(answer, HOA.room_id, HOA.user_id) for desk in [one, other] * WORKERS)
        )

    assert sum(taken) == 1


@pytest.mark.parametrize(
    ("label", "room_id", "user_id", "now_s"),
    [
        ("another account", HOA.room_id, 8, NOW_S),
        ("another room", 4, HOA.user_id, NOW_S),
        ("over", HOA.room_id, HOA.user_id, NOW_S + PUZZLE_LIFE_S),
    ],
)
async def test_lane_refuses_what_is_not_right_and_spends_nothing(
    festival, label, room_id, user_id, now_s
):
    answer = make_answer()

    async with running(now_s=now_s) as desk:
        assert not await desk.take(answer, room_id, user_id)
    async with running() as desk:
        assert await desk.take(answer, HOA.room_id, HOA.user_id)


async def test_lane_without_a_database_takes_nothing(festival):
    answer = make_answer()
    nowhere = "postgresql://nobody@/nothing?host=/nonexistent"

    async with running(url=nowhere) as desk:
        assert not await desk.take(answer, HOA.room_id, HOA.user_id)
    stopped = AnswerDesk(url=get_url(), secret=SECRET, read_real_s=lambda: NOW_S)
    assert not await stopped.take(answer, HOA.room_id, HOA.user_id)


# ---------------------------------------------------------------- on the pages


@pytest.fixture
def clock(monkeypatch):
    at = {"s": NOW_S}
    monkeypatch.setattr(puzzles, "_read_s", lambda: at["s"])
    return at


@pytest.fixture
def room(festival):
    return make_waiting_room(festival, make_sku(make_stall()), is_proof_of_work=True)


def test_page_and_lane_take_from_one_book(room, clock):
    whose = Whose(user_id=7, room_id=room.id)
    answer = make_answer(whose)

    assert isinstance(puzzles.take_answer(room, 7, answer), puzzles.Taken)

    async def take():
        async with running() as desk:
            return await desk.take(answer, room.id, 7)

    assert asyncio.run(take()) is False
    assert isinstance(puzzles.take_answer(room, 7, answer), puzzles.NotTaken)


@pytest.fixture
def asking(rf, django_user_model):
    """A page's request of somebody who is logged in."""
    request = rf.get("/")
    request.user = django_user_model.objects.create_user("hoa")
    request.session = {}
    return request


def test_patience_is_taken_once_after_a_minute(room, clock, asking):
    user_id = asking.user.pk
    note = puzzles.give_patience(asking, room)

    assert puzzles.take_answer(room, user_id, note) == puzzles.Early(wait_s=PATIENCE_S)
    clock["s"] += PATIENCE_S
    assert isinstance(puzzles.take_answer(room, user_id + 1, note), puzzles.NotTaken)
    assert isinstance(puzzles.take_answer(room, user_id, note), puzzles.Taken)
    assert isinstance(puzzles.take_answer(room, user_id, note), puzzles.NotTaken)


def test_minute_does_not_begin_anew_when_the_page_is_read_again(room, clock, asking):
    note = puzzles.give_patience(asking, room)
    clock["s"] += PATIENCE_S - 1
    assert puzzles.give_patience(asking, room) == note
    clock["s"] += 1
    assert puzzles.give_patience(asking, room) == note

    puzzles.take_answer(room, asking.user.pk, note)

    assert puzzles.give_patience(asking, room) != note


def test_patience_that_is_over_is_replaced(room, clock, asking):
    note = puzzles.give_patience(asking, room)
    clock["s"] += PATIENCE_S + PUZZLE_LIFE_S

    assert puzzles.give_patience(asking, room) != note


def test_room_that_asks_for_no_puzzle_takes_anything(festival, clock, asking):
    room = make_waiting_room(festival, make_sku(make_stall()))

    assert puzzles.give_patience(asking, room) == ""
    assert isinstance(puzzles.take_answer(room, 7, ""), puzzles.Taken)
    assert UsedAnswer.objects.count() == 0


def test_puzzle_is_given_to_whom_the_room_is_for(room, client, django_user_model):
    (person,) = make_people(1)
    address = f"/queue/{room.id}/puzzle.json"
    assert client.get(address).status_code == 401
    client.force_login(django_user_model.objects.get(pk=person))

    answer = client.get(address)

    assert answer.status_code == 200
    assert answer["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    assert answer.json()["parameters"]["data"]["user"] == person
    assert altcha.Challenge.from_dict(answer.json()).signature
    assert client.get(f"/queue/{room.id + 1}/puzzle.json").status_code == 404
    assert client.post(address).status_code == 405


def test_puzzles_are_not_given_without_end(room, client, django_user_model):
    (person,) = make_people(1)
    client.force_login(django_user_model.objects.get(pk=person))

    codes = [client.get(f"/queue/{room.id}/puzzle.json").status_code for _ in range(11)]

    assert codes == [200] * 10 + [429]
