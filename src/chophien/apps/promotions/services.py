"""Counting what promotions give, so that no race gives more than was set.

Each count moves in one conditional statement. Rows of a kind are taken in ascending order of
their ids, prices after stock, budgets last: two orders never wait for each other in a circle.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F, Q

from chophien.apps.bus.services import publish
from chophien.apps.inventory.services import let_units_go, lock_stock
from chophien.apps.promotions.models import (
    Coupon,
    CrossStore,
    Offer,
    OfferedPrice,
    Presale,
    PresaleUse,
    PriceUse,
    PromotionUse,
    WalletCoupon,
)
from chophien.statements import load
from chophien.statements.prepared import run
from chophien.wire.events import FAIR, PriceChanged

CLOSED_BATCH_MAX = 200
_BUYING = load("buying")
_SPEND = {"o": "spend_offer", "x": "spend_cross_store", "c": "spend_coupon"}
_BUDGETS: dict[str, type[Offer | CrossStore | Coupon]] = {"o": Offer, "x": CrossStore, "c": Coupon}

_USE = {
    PriceUse: """
        INSERT INTO promotions_priceuse AS u (price_id, buyer, units)
        SELECT id, %(buyer)s, %(units)s FROM promotions_offeredprice
        WHERE id = %(owner)s AND per_buyer_max >= %(units)s
        ON CONFLICT (price_id, buyer) DO UPDATE SET units = u.units + excluded.units
        WHERE u.units + excluded.units
            <= (SELECT per_buyer_max FROM promotions_offeredprice WHERE id = %(owner)s)
    """,
    PresaleUse: """
        INSERT INTO promotions_presaleuse AS u (presale_id, buyer, units)
        SELECT id, %(buyer)s, %(units)s FROM promotions_presale
        WHERE id = %(owner)s AND per_buyer_max >= %(units)s
        ON CONFLICT (presale_id, buyer) DO UPDATE SET units = u.units + excluded.units
        WHERE u.units + excluded.units
            <= (SELECT per_buyer_max FROM promotions_presale WHERE id = %(owner)s)
    """,
}


def take_units(
    quantities: Mapping[int, int], *, buyer_keys: Sequence[str] = (), is_late: bool = False
) -> bool:
    """Count units against the allotments and the buyer's limits of their prices.

    `False` when a price has too few left, in all or for this buyer, or is closed; a payment that
    `is_late` may count on a closed one. Runs inside the caller's transaction, which must roll
    back on `False`. Locks price rows in ascending order of id.
    """
    for price_id in sorted(quantities):
        quantity = quantities[price_id]
        counted = OfferedPrice.objects.filter(id=price_id, allotment__isnull=False)
        price = counted.values("per_buyer_max").first()
        if price is None:
            continue  # a price for everybody: counting it would make buyers wait for each other
        there = counted if is_late else counted.filter(closed_at__isnull=True)
        if not there.filter(taken__lte=F("allotment") - quantity).update(
            taken=F("taken") + quantity
        ):
            return False
        if price["per_buyer_max"] is not None and not _use(
            PriceUse, price_id, quantity, buyer_keys
        ):
            return False
    return True


def take_reserved(quantities: Mapping[int, int], *, buyer_keys: Sequence[str]) -> bool:
    """As `take_units`, for units that are reserved by deposit; keys are those of presales."""
    for presale_id in sorted(quantities):
        quantity = quantities[presale_id]
        taken = Presale.objects.filter(
            id=presale_id, closed_at__isnull=True, taken__lte=F("allotment") - quantity
        ).update(taken=F("taken") + quantity)
        if not taken:
            return False
        limited = Presale.objects.filter(id=presale_id, per_buyer_max__isnull=False).exists()
        if limited and not _use(PresaleUse, presale_id, quantity, buyer_keys):
            return False
    return True


def _use(
    kind: type[PriceUse | PresaleUse], owner_id: int, units: int, buyer_keys: Sequence[str]
) -> bool:
    """Add to what each of a buyer's keys has got; `False` when one of them would have too much."""
    assert buyer_keys, "a limit for each buyer needs to know the buyer"
    with connection.cursor() as cursor:
        for buyer in sorted(buyer_keys):
            cursor.execute(_USE[kind], {"owner": owner_id, "buyer": buyer, "units": units})
            if cursor.rowcount == 0:
                return False
    return True


@transaction.atomic
def give_back_units(quantities: Mapping[int, int], *, buyer_keys: Sequence[str] = ()) -> None:
    """Return units of orders that were not paid, their stock being set aside again by now.

    Where the price is closed, its units go on to free sale.
    """
    for price_id in sorted(quantities):
        quantity = quantities[price_id]
        counted = OfferedPrice.objects.filter(id=price_id, allotment__isnull=False)
        if not counted.update(taken=F("taken") - quantity):
            continue
        PriceUse.objects.filter(price_id=price_id, buyer__in=buyer_keys).update(
            units=F("units") - quantity
        )
        price = OfferedPrice.objects.values("sku_id", "closed_at").get(id=price_id)
        if price["closed_at"] is not None:
            let_units_go(sku_id=price["sku_id"], quantity=quantity)


@transaction.atomic
def give_back_reserved(quantities: Mapping[int, int], *, buyer_keys: Sequence[str] = ()) -> None:
    """As `give_back_units`, for units that were reserved by deposit."""
    for presale_id in sorted(quantities):
        quantity = quantities[presale_id]
        Presale.objects.filter(id=presale_id).update(taken=F("taken") - quantity)
        PresaleUse.objects.filter(presale_id=presale_id, buyer__in=buyer_keys).update(
            units=F("units") - quantity
        )
        presale = Presale.objects.values("sku_id", "closed_at").get(id=presale_id)
        if presale["closed_at"] is not None:
            let_units_go(sku_id=presale["sku_id"], quantity=quantity)


def close_ended(*, at: datetime) -> int:
    """Put what ended flash prices and presales did not sell back on free sale; returns how many.

    Each is closed exactly once, however many workers run this and however late. Locks the stock
    row before the price, as orders do.
    """
    due = Q(ends_at__lte=at, closed_at__isnull=True)
    closed = 0
    for model, found in (
        (OfferedPrice, OfferedPrice.objects.filter(due, allotment__isnull=False)),
        (Presale, Presale.objects.filter(due)),
    ):
        for row_id, sku_id in found.order_by("id").values_list("id", "sku_id")[:CLOSED_BATCH_MAX]:
            closed += _close(model, row_id, sku_id, at)
    return closed


@transaction.atomic
def _close(model: type[OfferedPrice | Presale], row_id: int, sku_id: int, at: datetime) -> bool:
    lock_stock(sku_id)
    if not model.objects.filter(id=row_id, closed_at__isnull=True).update(closed_at=at):
        return False
    row = model.objects.select_related("sku").get(id=row_id)
    let_units_go(sku_id=sku_id, quantity=(row.allotment or 0) - row.taken)
    publish(FAIR, PriceChanged(sku_id=sku_id, product_id=row.sku.product_id))
    return True


@transaction.atomic
def mark_defaulted(*, presale_id: int, at: datetime) -> bool:
    """Note that the stall cannot deliver what it took deposits for, and end the presale.

    `False` when that was noted before. What was not reserved goes back on free sale.
    """
    presale = Presale.objects.get(id=presale_id)
    lock_stock(presale.sku_id)
    found = Presale.objects.filter(id=presale_id, defaulted_at__isnull=True)
    if not found.update(defaulted_at=at):
        return False
    _close(Presale, presale_id, presale.sku_id, at)
    return True


def spend(*, order_id: uuid.UUID, amounts: Mapping[str, int], at: datetime) -> bool:
    """Book what an order takes of its promotions; `False` when a budget has too little left.

    `amounts` go by the keys of `selectors.budget_key`. Runs inside the caller's transaction,
    which must roll back on `False`. Only rows with a budget are locked.
    """
    keys = sorted(amounts)
    if not keys or not all(_spend(key, amounts[key]) for key in keys):
        return not keys
    uses = [PromotionUse(order=order_id, promotion=key) for key in keys]
    values = {
        "order": order_id,
        "at": at,
        "ids": [use.id for use in uses],
        "promotions": keys,
        "offs": [amounts[key] for key in keys],
    }
    run(_BUYING["write_uses"], values)
    return True


def _spend(key: str, amount_minor: int) -> bool:
    ((is_there,),) = run(_BUYING[_SPEND[key[0]]], {"id": int(key[1:]), "amount": amount_minor})
    return bool(is_there)


def spend_again(*, order_id: uuid.UUID, amounts: Mapping[str, int]) -> bool:
    """Book once more what `give_back` returned of an order; `False` when a budget is used up.

    Runs inside the caller's transaction, which must roll back on `False`.
    """
    for key in sorted(amounts):
        PromotionUse.objects.filter(order=order_id, promotion=key).update(
            returned_minor=F("returned_minor") - amounts[key]
        )
        if not _spend(key, amounts[key]):
            return False
    return True


@transaction.atomic
def give_back(*, order_id: uuid.UUID, amounts: Mapping[str, int]) -> None:
    """Return to the budgets what came back of an order; keys as for `spend`."""
    for key in sorted(amounts):
        PromotionUse.objects.filter(order=order_id, promotion=key).update(
            returned_minor=F("returned_minor") + amounts[key]
        )
        _BUDGETS[key[0]].objects.filter(id=int(key[1:]), budget_minor__isnull=False).update(
            spent_minor=F("spent_minor") - amounts[key]
        )


def use_coupons(*, held_ids: Sequence[int], user_id: int, order_id: uuid.UUID) -> bool:
    """Mark coupons of a wallet as used by an order; `False` when one is used or not the person's.

    Runs inside the caller's transaction, which must roll back on `False`.
    """
    ordered = sorted(set(held_ids))
    used = WalletCoupon.objects.filter(id__in=ordered, user_id=user_id, order__isnull=True)
    locked = list(used.order_by("id").select_for_update().values_list("id", flat=True))
    WalletCoupon.objects.filter(id__in=locked).update(order=order_id)
    return locked == ordered


def give_back_coupons(*, held_ids: Sequence[int], order_id: uuid.UUID) -> None:
    """Put coupons back into the wallet they came from; done twice, it does nothing more."""
    WalletCoupon.objects.filter(id__in=held_ids, order=order_id).update(order=None)
