"""The desk in memory keeps the contract that the desk in PostgreSQL keeps."""

from datetime import datetime

import pytest
from tests.fakes.desk import CredulousDesk, MemoryDesk, make_goods, make_snapshot
from tests.fakes.desk_contract import DeskContract, about

from chophien.streamer.desk import Confirmed, Stale
from chophien.wire.snapshot import OfferedPrice


class MemoryWorld:
    def __init__(self) -> None:
        self.desk = MemoryDesk(make_snapshot(make_goods(1), make_goods(2), make_goods(3)))

    async def set_price(self, position: int, unit_minor: int) -> None:
        price = OfferedPrice(id="p1", kind="sale", unit_minor=unit_minor)
        self.desk.change(position, prices=(price,))

    async def set_free(self, position: int, free: int) -> None:
        self.desk.change(position, free=free)

    async def withdraw(self, position: int) -> None:
        self.desk.change(position, on_sale=False)

    async def pin(self, position: int) -> None:
        self.desk.pin(position)

    async def read_spoken(self) -> list[tuple[int, str, datetime]]:
        return [
            (number, said.utterance.text, said.started_at)
            for number, said in enumerate(self.desk.said, start=1)
        ]


@pytest.fixture
def world() -> MemoryWorld:
    return MemoryWorld()


class TestMemoryDesk(DeskContract):
    pass


async def test_the_credulous_desk_says_yes_to_what_the_contract_refuses():
    """The negative control of the price tests differs in this and nothing else."""
    desk = CredulousDesk(make_snapshot(make_goods(1)))
    sentence = about((await desk.snapshot()).shelf[0])
    desk.change(1, free=0)

    assert isinstance(await desk.confirm(sentence), Confirmed)
    honest = MemoryDesk(desk.facts)
    assert await honest.confirm(sentence) == Stale()
