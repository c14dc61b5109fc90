"""How many watch, as several hub processes write it down."""

import asyncio
from datetime import timedelta

import psycopg
import pytest
from asgiref.sync import async_to_sync
from tests.factories import make_festival, make_room
from tests.lane import find_database_url

from chophien.apps.festivals.clock import read_real
from chophien.apps.live.models import HubWatch, ViewerCount
from chophien.apps.live.viewers import NOBODY, find_audience
from chophien.apps.programme.models import Show
from chophien.domain.limits import DISTINCT_EXACT_MAX
from chophien.hotlane.hub.keeper import ViewerKeeper
from chophien.hotlane.hub.viewers import Viewers


@pytest.fixture
def room(transactional_db, django_db_serialized_rollback):
    room = make_room(make_festival())
    at = read_real()
    Show.objects.filter(id=room.show_id).update(
        starts_at=at - timedelta(hours=1), ends_at=at + timedelta(hours=1)
    )
    return room


def make_keeper() -> tuple[ViewerKeeper, Viewers]:
    viewers = Viewers()
    return ViewerKeeper(url=find_database_url(), viewers=viewers), viewers


def arrive(viewers, room, *names) -> None:
    for name in names:
        viewers.arrive(room.id, name)


def look(keeper) -> None:
    async_to_sync(keeper.look)()


def backdate(seconds: int) -> None:
    """As if the last look had been so long ago."""
    ViewerCount.objects.update(counted_at=read_real() - timedelta(seconds=seconds))


def audience(room):
    return find_audience(room.id, real_at=read_real())


def test_nobody_before_anybody_came(room):
    assert audience(room) == NOBODY


def test_people_are_counted_once_however_many_windows_they_have(room):
    keeper, viewers = make_keeper()
    arrive(viewers, room, "u:1", "u:1", "g:a")

    look(keeper)

    told = audience(room)
    assert (told.watching, told.peak, told.viewers, told.is_estimated) == (2, 2, 2, False)


def test_peak_and_different_viewers_stay_when_people_leave(room):
    keeper, viewers = make_keeper()
    arrive(viewers, room, "u:1", "u:2")
    look(keeper)
    viewers.depart(room.id, "u:1")
    viewers.depart(room.id, "u:2")
    arrive(viewers, room, "u:3")

    look(keeper)

    told = audience(room)
    assert (told.watching, told.peak, told.viewers) == (1, 2, 3)
    assert told.peak_at is not None


def test_average_is_by_time(room):
    keeper, viewers = make_keeper()
    arrive(viewers, room, "u:1", "u:2", "u:3", "u:4")
    look(keeper)
    backdate(20)
    look(keeper)
    for name in ("u:1", "u:2", "u:3", "u:4"):
        viewers.depart(room.id, name)
    arrive(viewers, room, "u:5")
    look(keeper)
    backdate(20)
    look(keeper)

    count = ViewerCount.objects.get(room=room)
    assert 40_000 <= count.counted_ms < 45_000
    assert audience(room).average in {2, 3}  # four for 20 s, one for 20 s


def test_time_in_which_no_hub_ran_counts_for_little(room):
    keeper, viewers = make_keeper()
    arrive(viewers, room, "u:1")
    look(keeper)
    backdate(3_600)

    look(keeper)

    assert ViewerCount.objects.get(room=room).counted_ms < 31_000


def test_processes_add_up_and_each_learns_of_the_others(room):
    first, here = make_keeper()
    second, there = make_keeper()
    arrive(here, room, "u:1", "u:2")
    arrive(there, room, "u:2", "u:3", "u:4")

    for keeper in (first, second, first):
        look(keeper)

    told = audience(room)
    assert told.watching == 5  # who has a window at each is two of those who watch now
    assert told.viewers == 4
    assert here.count_watching(room.id) == there.count_watching(room.id) == 5


def test_process_that_ends_counts_nobody_and_one_that_died_soon_neither(room):
    first, here = make_keeper()
    second, there = make_keeper()
    third, elsewhere = make_keeper()
    for viewers, name in ((here, "u:1"), (there, "u:2"), (elsewhere, "u:3")):
        arrive(viewers, room, name)
    for keeper in (first, second, third):
        look(keeper)

    async_to_sync(second._say_goodbye)()
    HubWatch.objects.filter(hub=third._hub).update(counted_at=read_real() - timedelta(minutes=1))
    look(first)

    assert audience(room).watching == 1


def test_outside_the_show_only_those_who_watch_now_are_told(room):
    Show.objects.filter(id=room.show_id).update(ends_at=read_real() - timedelta(minutes=1))
    keeper, viewers = make_keeper()
    arrive(viewers, room, "u:1")
    look(keeper)
    backdate(20)

    look(keeper)

    told = audience(room)
    assert (told.watching, told.peak, told.average) == (1, 0, 0)


def test_count_that_is_old_is_no_count_of_now(room):
    keeper, viewers = make_keeper()
    arrive(viewers, room, "u:1")
    look(keeper)

    later = read_real() + timedelta(minutes=5)
    assert find_audience(room.id, real_at=later).watching == 0


def test_rooms_that_are_none_are_not_written(room):
    keeper, viewers = make_keeper()
    viewers.arrive(room.id + 1, "u:1")

    look(keeper)

    assert not ViewerCount.objects.exists()
    assert not HubWatch.objects.exists()


def test_many_viewers_are_estimated(room):
    keeper, viewers = make_keeper()
    count = 2 * DISTINCT_EXACT_MAX
    arrive(viewers, room, *(f"g:{number}" for number in range(count)))

    look(keeper)

    told = audience(room)
    assert told.is_estimated
    assert abs(told.viewers - count) < count * 5 // 100
    assert told.watching == count


async def test_while_the_database_is_away_counting_goes_on(monkeypatch, caplog):
    viewers = Viewers()
    keeper = ViewerKeeper(url="postgresql://nobody@127.0.0.1:1/none", viewers=viewers)
    viewers.arrive(7, "u:1")

    await keeper._try_look()

    assert "viewers could not be written down" in caplog.text
    assert viewers.count_watching(7) == 1
    with pytest.raises(psycopg.OperationalError):
        await keeper.look()
    await asyncio.sleep(0)
