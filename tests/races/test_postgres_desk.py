"""The PostgreSQL desk against the contract of every desk, on rows that are really committed."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.db.models.functions import Now
from tests.factories import OPENING, make_room, make_sku, make_stall
from tests.fakes.desk_contract import DeskContract, about, first

from chophien.apps.catalog.models import Product, Sku
from chophien.apps.catalog.services import change_list_price, change_state
from chophien.apps.festivals.models import Clock
from chophien.apps.inventory.models import Stock
from chophien.apps.live.models import Room, Utterance
from chophien.apps.live.services import put_on_air
from chophien.apps.programme.models import Show
from chophien.streamer.desk import Confirmed
from chophien.streamer.postgres_desk import (
    APPLICATION_NAME,
    REHEARSAL,
    PostgresDesk,
    look_at_programme,
)


async def in_thread(act: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """Run database work on a connection of its own, beside the event loop."""

    def run() -> Any:
        try:
            return act(*arguments, **named)
        finally:
            connection.close()

    return await asyncio.to_thread(run)


@dataclass
class PostgresWorld:
    desk: PostgresDesk
    room: Room
    skus: list[Sku]

    async def set_price(self, position: int, unit_minor: int) -> None:
        await in_thread(
            change_list_price,
            sku_id=self.skus[position - 1].id,
            list_price_minor=unit_minor,
            by_id=None,
            at=OPENING,
        )

    async def set_free(self, position: int, free: int) -> None:
        stock = Stock.objects.filter(sku=self.skus[position - 1])
        await in_thread(partial(stock.update, on_hand=free, free=free))

    async def withdraw(self, position: int) -> None:
        product_id = self.skus[position - 1].product_id
        await in_thread(change_state, product_id=product_id, state=Product.State.WITHDRAWN)

    async def pin(self, position: int) -> None:
        await in_thread(
            put_on_air, room_id=self.room.id, sku_id=self.skus[position - 1].id, at=OPENING
        )

    async def read_spoken(self) -> list[tuple[int, str, datetime]]:
        rows = Utterance.objects.order_by("id").values_list("id", "text", "starts_at")
        return await in_thread(partial(list, rows))


def get_url() -> str:
    database = settings.DATABASES["default"]
    return f"postgresql://{database['USER']}@/{database['NAME']}?host={database['HOST']}"


@pytest.fixture
def room(festival) -> tuple[Room, list[Sku]]:
    stall = make_stall()
    skus = [make_sku(stall, name=f"Hàng {n}", price_minor=95_000, units=48) for n in (1, 2, 3)]
    return make_room(festival, *skus), skus


@pytest.fixture
async def world(room) -> AsyncIterator[PostgresWorld]:
    opened, skus = room
    async with PostgresDesk(url=get_url(), show_id=opened.show_id) as desk:
        yield PostgresWorld(desk=desk, room=opened, skus=skus)


class TestPostgresDesk(DeskContract):
    async def test_broken_connections_are_opened_again(self, world: PostgresWorld) -> None:
        _, goods = await first(world.desk)
        assert isinstance(await world.desk.confirm(about(goods)), Confirmed)
        await in_thread(_end_the_desks_connections)

        with pytest.raises(psycopg.OperationalError):
            await world.desk.confirm(about(goods))
        with pytest.raises(psycopg.OperationalError):
            await world.desk.snapshot()

        _, goods = await first(world.desk)
        assert isinstance(await world.desk.confirm(about(goods)), Confirmed)


def _end_the_desks_connections() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE application_name = %s",
            [APPLICATION_NAME],
        )


async def test_shows_on_air_are_found_by_the_databases_clock(room) -> None:
    opened, _ = room
    show = Show.objects.filter(id=opened.show_id)
    hour = timedelta(hours=1)

    await in_thread(partial(show.update, starts_at=Now() - hour, ends_at=Now() + hour))
    assert (await look_at_programme(get_url())).show_ids == (opened.show_id,)

    await in_thread(partial(show.update, starts_at=Now() - 2 * hour, ends_at=Now() - hour))
    assert (await look_at_programme(get_url())).show_ids == ()


async def test_moved_clock_counts_only_where_people_may_rehearse(room) -> None:
    opened, _ = room
    day = timedelta(days=1)
    show = Show.objects.filter(id=opened.show_id)
    await in_thread(partial(show.update, starts_at=Now() + day, ends_at=Now() + 2 * day))
    offset_s = int((day + timedelta(hours=1)).total_seconds())
    await in_thread(
        partial(Clock.objects.create, id=1, offset_s=offset_s, rehearsal=1, since=OPENING)
    )

    real = await look_at_programme(get_url())
    rehearsed = await look_at_programme(get_url(), session=REHEARSAL)
    async with (
        PostgresDesk(url=get_url(), show_id=opened.show_id, session=REHEARSAL) as rehearsing,
        PostgresDesk(url=get_url(), show_id=opened.show_id) as desk,
    ):
        ahead = (await rehearsing.snapshot()).at - (await desk.snapshot()).at

    assert (real.show_ids, real.offset_s) == ((), 0)
    assert (rehearsed.show_ids, rehearsed.offset_s) == ((opened.show_id,), offset_s)
    assert abs(ahead.total_seconds() - offset_s) < 1
