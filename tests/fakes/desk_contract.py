"""What every `ShowDesk` must do. Subclass `DeskContract` in a test module, with a `world` fixture.

The show of a world has three products on its shelf, 1, 2 and 3 in this order of the run-of-show,
the first one pinned, each with 48 units free and on sale at 95.000 ₫.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Protocol

import pytest

from chophien.domain.script.beats import Beat
from chophien.domain.speech.normalise import to_spoken
from chophien.streamer.desk import Confirmed, GoodsClaim, ShowDesk, Stale, Utterance
from chophien.streamer.mind.grounds import is_buyable
from chophien.wire.snapshot import GoodsFacts, ShowSnapshot


class World(Protocol):
    """A desk, and the hands that change what it reads. `position` counts the shelf from 1."""

    desk: ShowDesk

    async def set_price(self, position: int, unit_minor: int) -> None: ...
    async def set_free(self, position: int, free: int) -> None: ...
    async def withdraw(self, position: int) -> None: ...
    async def pin(self, position: int) -> None: ...
    async def read_spoken(self) -> list[tuple[int, str, datetime]]:
        """List id, text and start of the sentences on record, oldest first."""
        ...


def about(goods: GoodsFacts, *, free: bool = False, valid_until: datetime | None = None):
    claim = GoodsClaim(sku_id=goods.sku_id, digest=goods.digest, free=goods.free if free else None)
    return Utterance(
        beat=Beat.PRICE,
        spoken=to_spoken("Giá hôm nay là 95.000 ₫."),
        template="Giá hôm nay là {price}.",
        claims=(claim,),
        valid_until=valid_until,
    )


async def pinned_position(desk: ShowDesk) -> int:
    snapshot = await desk.snapshot()
    return [goods.sku_id for goods in snapshot.shelf].index(snapshot.pinned_sku_id or 0) + 1


async def first(desk: ShowDesk) -> tuple[ShowSnapshot, GoodsFacts]:
    snapshot = await desk.snapshot()
    return snapshot, snapshot.shelf[0]


class DeskContract:
    async def test_contract_a_true_sentence_is_confirmed_and_on_record(self, world: World):
        snapshot, goods = await first(world.desk)

        answer = await world.desk.confirm(about(goods))

        assert isinstance(answer, Confirmed)
        assert answer.started_at >= snapshot.at
        assert await world.read_spoken() == [
            (answer.utterance_id, "Giá hôm nay là 95.000 ₫.", answer.started_at)
        ]

    async def test_contract_a_sentence_about_nothing_is_always_true(self, world: World):
        utterance = Utterance(beat=Beat.IDLE, spoken=to_spoken("Cả nhà chờ em."), template="")

        assert isinstance(await world.desk.confirm(utterance), Confirmed)

    async def test_contract_the_old_price_is_stale_and_not_on_record(self, world: World):
        _, goods = await first(world.desk)
        await world.set_price(1, 88_000)

        assert await world.desk.confirm(about(goods)) == Stale()
        assert await world.read_spoken() == []
        _, fresh = await first(world.desk)
        assert isinstance(await world.desk.confirm(about(fresh)), Confirmed)

    async def test_contract_sold_out_and_withdrawn_goods_are_stale(self, world: World):
        snapshot = await world.desk.snapshot()
        await world.set_free(1, 0)
        await world.withdraw(2)

        assert await world.desk.confirm(about(snapshot.shelf[0])) == Stale()
        assert await world.desk.confirm(about(snapshot.shelf[1])) == Stale()
        assert isinstance(await world.desk.confirm(about(snapshot.shelf[2])), Confirmed)

    async def test_contract_the_number_left_matters_only_where_it_is_said(self, world: World):
        _, goods = await first(world.desk)
        await world.set_free(1, 47)

        assert isinstance(await world.desk.confirm(about(goods)), Confirmed)
        assert await world.desk.confirm(about(goods, free=True)) == Stale()

    async def test_contract_a_sentence_about_two_goods_needs_both_true(self, world: World):
        snapshot = await world.desk.snapshot()
        one, two = (about(goods).claims[0] for goods in snapshot.shelf[:2])
        both = Utterance(
            beat=Beat.BRIDGE, spoken=to_spoken("Xem tiếp nhé."), template="", claims=(one, two)
        )
        await world.set_price(2, 88_000)

        assert await world.desk.confirm(both) == Stale()

    async def test_contract_a_sentence_past_its_time_is_stale(self, world: World):
        snapshot, goods = await first(world.desk)
        past, future = snapshot.at - timedelta(seconds=1), snapshot.at + timedelta(hours=1)

        assert await world.desk.confirm(about(goods, valid_until=past)) == Stale()
        assert isinstance(await world.desk.confirm(about(goods, valid_until=future)), Confirmed)

    async def test_contract_unknown_goods_are_stale(self, world: World):
        _, goods = await first(world.desk)
        unknown = GoodsClaim(sku_id=987_654_321, digest=goods.digest)
        utterance = Utterance(
            beat=Beat.PRICE, spoken=to_spoken("Giá."), template="", claims=(unknown,)
        )

        assert await world.desk.confirm(utterance) == Stale()

    async def test_contract_the_digest_changes_with_price_and_selling_out_only(self, world: World):
        before = (await first(world.desk))[1].digest
        await world.set_free(1, 47)
        fewer = (await first(world.desk))[1].digest
        await world.set_free(1, 0)
        none_left = (await first(world.desk))[1].digest
        await world.set_free(1, 48)
        await world.set_price(1, 88_000)
        cheaper = (await first(world.desk))[1].digest

        assert fewer == before
        assert len({before, none_left, cheaper}) == 3

    async def test_contract_advance_goes_round_and_leaves_out_what_is_gone(self, world: World):
        await world.set_free(2, 0)
        visited = []
        for _ in range(3):
            await world.desk.advance()
            visited.append(await pinned_position(world.desk))

        assert visited == [3, 1, 3]

    async def test_contract_advance_ends_on_buyable_goods_if_there_are_any(self, world: World):
        await world.set_free(1, 0)
        await world.set_free(3, 0)

        await world.desk.advance()

        snapshot = await world.desk.snapshot()
        pinned = next(g for g in snapshot.shelf if g.sku_id == snapshot.pinned_sku_id)
        assert is_buyable(pinned)

    @pytest.mark.parametrize("change", ["price", "free", "withdrawn", "pin"])
    async def test_contract_changed_returns_once_facts_differ(self, world: World, change: str):
        since = await world.desk.snapshot()
        async with asyncio.timeout(5), asyncio.TaskGroup() as group:
            waiting = group.create_task(world.desk.changed(since))
            for _ in range(10):
                await asyncio.sleep(0)
            assert not waiting.done(), "nothing has changed yet"
            match change:
                case "price":
                    await world.set_price(1, 88_000)
                case "free":
                    await world.set_free(1, 47)
                case "withdrawn":
                    await world.withdraw(3)
                case "pin":
                    await world.pin(2)

    async def test_contract_changed_returns_at_once_when_facts_differ_already(self, world: World):
        since = await world.desk.snapshot()
        await world.set_price(1, 88_000)

        async with asyncio.timeout(2):
            await world.desk.changed(since)
