"""Ending promotions of any kind: by whoever made them, or taken down by the organiser."""

from datetime import datetime

from django.db import transaction

from chophien.apps.bus.services import publish
from chophien.apps.inventory.services import let_units_go, lock_stock
from chophien.apps.promotions.models import OfferedPrice, Presale, Takedown
from chophien.apps.promotions.overview import Promotion
from chophien.apps.promotions.planning import end_price, end_rule
from chophien.apps.promotions.services import close_ended
from chophien.wire.events import FAIR, PriceChanged

REASON_CHARS_MAX = 300


class NoReasonError(ValueError):
    """Nothing is taken down without saying why."""


def end_promotion(promotion: Promotion, *, at: datetime) -> bool:
    """End it now; `False` when it had ended. What was ordered with it stands."""
    match promotion.row:
        case OfferedPrice():
            return end_price(price_id=promotion.row.id, at=at)
        case Presale():
            return end_deposits(presale_id=promotion.row.id, at=at)
        case rule:
            return end_rule(rule, at=at)


@transaction.atomic
def end_deposits(*, presale_id: int, at: datetime) -> bool:
    """Take no more deposits; who has paid one pays the balance in its window, as agreed.

    Unreserved units go back on free sale. One that has not started leaves no trace.
    """
    presale = Presale.objects.select_related("sku").get(id=presale_id)
    if presale.ends_at <= at:
        return False
    lock_stock(presale.sku_id)
    if presale.starts_at > at:
        let_units_go(sku_id=presale.sku_id, quantity=presale.allotment)
        presale.delete()
    else:
        Presale.objects.filter(id=presale_id).update(ends_at=at)
        close_ended(at=at)
    publish(FAIR, PriceChanged(sku_id=presale.sku_id, product_id=presale.sku.product_id))
    return True


@transaction.atomic
def take_down(promotion: Promotion, *, reason: str, by_id: int | None, at: datetime) -> bool:
    """End a promotion by the organiser's word and keep why; `False` when it had ended.

    Raises:
        NoReasonError: no reason is given.
    """
    said = reason.strip()[:REASON_CHARS_MAX]
    if not said:
        raise NoReasonError("taking a promotion down needs a reason")
    if not end_promotion(promotion, at=at):
        return False
    Takedown.objects.create(
        promotion=promotion.key, stall=promotion.stall, sku=promotion.sku, reason=said,
        unit_minor=getattr(promotion.row, "unit_minor", None),
        taken_down_at=at, taken_down_by_id=by_id,
    )  # fmt: skip
    return True
