"""A desk in memory, on the show's own simulated clock."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec
from typing_extensions import override

from chophien.streamer.desk import Confirmed, ShowDesk, Stale, Utterance
from chophien.streamer.mind.plan import find_next
from chophien.wire.snapshot import GoodsFacts, LocalText, OfferedPrice, ShowSnapshot

AT = datetime(2026, 11, 11, 3, 0, tzinfo=UTC)


def make_goods(sku_id: int = 1, **changes: object) -> GoodsFacts:
    facts: dict[str, object] = {
        "sku_id": sku_id,
        "product_slug": f"mat-ong-{sku_id}",
        "name": LocalText(vi="Mật ong hoa cà phê"),
        "story": LocalText(vi="Ong lấy mật từ đồi cà phê nở trắng. Mật có màu hổ phách, thơm dịu."),
        "stall_slug": "nong-trai-gio",
        "stall_name": "Nông trại Gió",
        "province": "Gia Lai",
        "unit_label": LocalText(vi="hũ 500 g"),
        "picture": "honey",
        "list_price_minor": 125_000,
        "reference_price_minor": 125_000,
        "floor_price_minor": 0,
        "discount_cap_bps": 5000,
        "prices": (OfferedPrice(id="p1", kind="sale", unit_minor=95_000),),
        "free": 48,
        "on_sale": True,
        "shipping_fee_minor": 25_000,
        "free_from_minor": 300_000,
        "ocop_stars": 4,
        "digest": "",
    }
    return seal(msgspec.structs.replace(GoodsFacts(**facts), **changes))


def seal(goods: GoodsFacts) -> GoodsFacts:
    """Give goods the digest that the contract asks for: stock only as sold out or not."""
    stock = min(goods.free, 1)
    blank = msgspec.structs.replace(goods, digest="", free=stock)
    return msgspec.structs.replace(goods, digest=msgspec.json.encode(blank).decode())


def make_snapshot(*shelf: GoodsFacts, pinned: int | None = 1, **changes: object) -> ShowSnapshot:
    snapshot = ShowSnapshot(
        show_id=7,
        room_id=3,
        title=LocalText(vi="Phiên chợ 11.11"),
        host_name="Mai An",
        currency="VND",
        at=AT,
        ends_at=AT + timedelta(hours=3),
        is_demo=True,
        pinned_sku_id=pinned,
        shelf=shelf,
    )
    return msgspec.structs.replace(snapshot, **changes)


@dataclass(frozen=True, slots=True)
class Said:
    utterance: Utterance
    started_at: datetime


class MemoryDesk(ShowDesk):
    """Keeps the facts of one show; `change` is what a commit is elsewhere."""

    def __init__(self, snapshot: ShowSnapshot, now: Callable[[], datetime] | None = None) -> None:
        self.now = now or (lambda: snapshot.at)
        self.said: list[Said] = []
        self.before_confirm: Callable[[Utterance], None] | None = None
        self._facts = snapshot
        self._woken = asyncio.Event()

    @property
    def facts(self) -> ShowSnapshot:
        return self._facts

    def change(self, sku_id: int, **changes: object) -> None:
        shelf = tuple(
            seal(msgspec.structs.replace(goods, **changes)) if goods.sku_id == sku_id else goods
            for goods in self._facts.shelf
        )
        self._replace(shelf=shelf)

    def pin(self, sku_id: int | None) -> None:
        self._replace(pinned_sku_id=sku_id)

    @override
    async def snapshot(self) -> ShowSnapshot:
        return msgspec.structs.replace(self._facts, at=self.now())

    @override
    async def confirm(self, utterance: Utterance) -> Confirmed | Stale:
        if self.before_confirm is not None:
            self.before_confirm(utterance)
        started_at = self.now()
        if not self._is_true(utterance, started_at):
            return Stale()
        self.said.append(Said(utterance, started_at))
        return Confirmed(utterance_id=len(self.said), started_at=started_at)

    @override
    async def advance(self) -> None:
        following = find_next(self._facts)
        if following is not None:
            self.pin(following.sku_id)

    @override
    async def changed(self, since: ShowSnapshot) -> None:
        while self._same_as(since):
            self._woken.clear()
            await self._woken.wait()

    def _is_true(self, utterance: Utterance, at: datetime) -> bool:
        shelf = {goods.sku_id: goods for goods in self._facts.shelf}
        for claim in utterance.claims:
            goods = shelf.get(claim.sku_id)
            if goods is None or goods.digest != claim.digest:
                return False
            if claim.free is not None and claim.free != goods.free:
                return False
        return utterance.valid_until is None or at < utterance.valid_until

    def _same_as(self, since: ShowSnapshot) -> bool:
        return (since.pinned_sku_id, since.shelf) == (
            self._facts.pinned_sku_id,
            self._facts.shelf,
        )

    def _replace(self, **changes: object) -> None:
        self._facts = msgspec.structs.replace(self._facts, **changes)
        self._woken.set()


class CredulousDesk(MemoryDesk):
    """The negative control: says yes to every sentence."""

    @override
    def _is_true(self, utterance: Utterance, at: datetime) -> bool:
        return True
