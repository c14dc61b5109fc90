"""A hot lane in the test's own process, against rows that are really committed."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import msgspec
from django.conf import settings

from chophien.apps.catalog.models import Sku
from chophien.apps.festivals.clock import read_real
from chophien.apps.festivals.models import Festival
from chophien.apps.inventory.services import set_units_aside
from chophien.apps.orders.addresses import save_address
from chophien.apps.orders.models import ReadyQuote, SavedAddress
from chophien.apps.orders.ready import prepare_quote
from chophien.apps.promotions.models import OfferedPrice
from chophien.hotlane.intake.batcher import Batcher
from chophien.hotlane.intake.messages import Answer, Wanted
from chophien.wire.passes import Pass
from tests.cluster import CLUSTER
from tests.factories import make_address, make_sku, make_stall, make_user


def find_database_url() -> str:
    """The database that the tests write to."""
    name = settings.DATABASES["default"]["NAME"]
    return CLUSTER.url.replace("/chophien?", f"/{name}?")


@dataclass(frozen=True, slots=True)
class Drop:
    """A flash price that runs now, and its units as the lane sells them."""

    price: OfferedPrice
    ready: ReadyQuote


def make_drop(
    festival: Festival, *, units: int, per_buyer_max: int | None = None, quantity: int = 1
) -> Drop:
    """A sku of a new stall with so many units, all of them at a flash price by the real clock."""
    at = read_real()
    Festival.objects.exclude(starts_at__lte=at, ends_at__gt=at).filter(id=festival.id).update(
        starts_at=at - timedelta(days=1), ends_at=at + timedelta(days=1)
    )
    stall = make_stall(f"gian-{uuid.uuid4().hex[:6]}", free_from_minor=None)
    sku = make_sku(stall, units=units)
    assert set_units_aside(sku_id=sku.id, quantity=units)
    price = OfferedPrice.objects.create(
        sku=sku, kind="flash", unit_minor=90_000, allotment=units, per_buyer_max=per_buyer_max,
        starts_at=at - timedelta(hours=1), ends_at=at + timedelta(hours=6),
    )  # fmt: skip
    return Drop(price=price, ready=prepare(sku, quantity))


def prepare(sku: Sku, quantity: int = 1) -> ReadyQuote:
    """The ready quote of a sku now, which must be one for the lane."""
    ready = prepare_quote(sku_id=sku.id, quantity=quantity, at=read_real())
    assert isinstance(ready, ReadyQuote), ready
    return ready


def make_buyer(number: int, *, phone: str | None = None) -> Pass:
    """Somebody with an account and a saved address, and the pass that says so."""
    user = make_user(f"buyer-{number}")
    address = replace(make_address(), phone=phone or f"09{number:08d}")
    kept = save_address(user_id=user.id, address=address, at=read_real())
    return make_pass(user.id, kept)


def make_pass(user_id: int, address: SavedAddress) -> Pass:
    return Pass(
        user_id=user_id,
        address_id=address.id,
        buyer_keys=(f"u:{user_id}", address.buyer_key),
        method="vietqr",
        device="",
        ends_at_s=2**40,
    )


def want(ready, *, key: str | None = None, due: int | None = None, **fields: Any) -> Wanted:
    """A press of the button at what a ready quote says."""
    values = {
        "buyer_pass": "",
        "key": key or str(uuid.uuid4()),
        "sku": ready.sku_id,
        "quantity": ready.quantity,
        "due": ready.due_minor if due is None else due,
    }
    return Wanted(**(values | fields))


def read(answer: Answer) -> dict[str, Any]:
    return msgspec.json.decode(answer.body) | {"status": answer.status}


def with_lanes(act: Callable[..., Awaitable[Any]], *, lanes: int = 1) -> Any:
    """Run `act` with so many lanes beside each other, as if each were a process of its own."""

    async def run() -> Any:
        batchers = [Batcher(url=find_database_url()) for _ in range(lanes)]
        working = [asyncio.create_task(batcher.run()) for batcher in batchers]
        try:
            for batcher in batchers:
                await asyncio.to_thread(batcher.is_open.wait)
            return await act(*batchers)
        finally:
            for task in working:
                task.cancel()
            await asyncio.gather(*working, return_exceptions=True)

    return asyncio.run(run())


def press(presses: Sequence[tuple[Wanted, Pass]], *, lanes: int = 1) -> list[dict[str, Any]]:
    """Everybody presses at once, spread over the lanes; what each is told, in order."""

    async def act(*batchers: Batcher) -> list[Answer]:
        return await asyncio.gather(
            *[
                batchers[number % lanes].ask(wanted, holder)
                for number, (wanted, holder) in enumerate(presses)
            ]
        )

    return [read(answer) for answer in with_lanes(act, lanes=lanes)]
