"""Letting go of many unpaid orders at once, when a rush ends and nobody pays."""

import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from chophien.apps.inventory.services import let_units_go, release_units
from chophien.apps.promotions.buyers import Buyer
from chophien.statements import load
from chophien.statements.prepared import run, run_all

# Short enough that a buyer of the same sku hardly waits: 40 ms at the 12,500 a second measured.
PLAIN_BATCH_MAX = 500
_EXPIRY = load("expiry")


@transaction.atomic
def expire_plain(*, at: datetime) -> int:
    """Give back what unpaid stall orders had that have nothing but units; returns how many.

    At most `PLAIN_BATCH_MAX`, the first to end first, in one transaction and some ten statements;
    the outcome of each is that of `services.expire`. Rows that somebody is paying are skipped.
    Locks: payments, orders, stock, prices, each in ascending order.
    """
    picked = run(_EXPIRY["pick_plain"], {"at": at, "most": PLAIN_BATCH_MAX})
    if not picked:
        return 0
    parts = [part_id for _, part_id, _ in picked]
    values = {
        "payments": [payment_id for payment_id, _, _ in picked],
        "parts": parts,
        "orders": list({order_id for _, _, order_id in picked}),
    }
    run_all(
        [
            (_EXPIRY["lock_orders"], values),
            (_EXPIRY["expire_payments"], values),
            (_EXPIRY["expire_stall_orders"], values),
        ]
    )
    release_units(parts)
    _give_back_flash(parts)
    run(_EXPIRY["give_back_discounts"], values)
    return len(picked)


def _give_back_flash(parts: Sequence[uuid.UUID]) -> None:
    """Return units to their flash prices and to their buyers' limits; expects their stock locked."""
    by_price: Counter[int] = Counter()
    by_buyer: Counter[tuple[int, str]] = Counter()
    for price_id, user_id, phone, units in run(_EXPIRY["find_flash_units"], {"parts": list(parts)}):
        by_price[price_id] += units
        for key in Buyer(id="", user_id=user_id, phone=phone).keys:
            by_buyer[price_id, key] += units
    if not by_price:
        return
    prices = {"prices": sorted(by_price), "units": [by_price[each] for each in sorted(by_price)]}
    uses = sorted(by_buyer)
    buyers = {
        "prices": [price_id for price_id, _ in uses],
        "buyers": [key for _, key in uses],
        "units": [by_buyer[each] for each in uses],
    }
    _, given_back, _ = run_all(
        [
            (_EXPIRY["lock_prices"], prices),
            (_EXPIRY["give_back_prices"], prices),
            (_EXPIRY["give_back_uses"], buyers),
        ]
    )
    for sku_id, closed_at, units in given_back:
        if closed_at is not None:
            let_units_go(sku_id=sku_id, quantity=units)
