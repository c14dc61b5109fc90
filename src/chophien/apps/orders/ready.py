"""Pricing beforehand what the hot lane sells: so many units of one sku, for anybody."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from chophien.apps.catalog.models import Sku
from chophien.apps.catalog.selectors import find_sku, is_on_sale
from chophien.apps.festivals.models import Festival
from chophien.apps.festivals.selectors import get_current_festival
from chophien.apps.orders.models import CartLine, ReadyQuote
from chophien.apps.orders.parts import sum_subsidies
from chophien.apps.orders.quoting import PricedCart, keep_priced, quote_lines
from chophien.apps.promotions.buyers import Buyer
from chophien.apps.promotions.models import OfferedPrice
from chophien.apps.promotions.selectors import find_next_change, has_budget, open_at
from chophien.domain.limits import READY_QUANTITY_MAX

# Flash prices are made ready this long before they begin: pages then show them with a countdown.
AHEAD = timedelta(minutes=30)
ANYBODY = Buyer(id="anybody")
SOLD_QUICKLY = frozenset({OfferedPrice.Kind.FLASH.value, OfferedPrice.Kind.SALE.value})

# Flash prices under way or soon to begin, and the quantities of which nothing is ready for the
# later of now and their start.
_MISSING = """
SELECT p.sku_id, n.quantity, greatest(p.starts_at, %(at)s)
FROM promotions_offeredprice p
CROSS JOIN LATERAL generate_series(1, least(p.per_buyer_max, p.allotment - p.taken, %(most)s))
    AS n (quantity)
WHERE p.kind = 'flash' AND p.closed_at IS NULL AND p.taken < p.allotment
  AND coalesce(p.starts_at, %(at)s) <= %(until)s AND (p.ends_at IS NULL OR p.ends_at > %(at)s)
  AND NOT EXISTS (
      SELECT FROM orders_readyquote q
      WHERE q.sku_id = p.sku_id AND q.quantity = n.quantity AND q.retired_at IS NULL
        AND q.starts_at <= greatest(p.starts_at, %(at)s) AND q.ends_at > greatest(p.starts_at, %(at)s)
  )
ORDER BY 3, 1, 2
LIMIT %(count)s
"""
PREPARED_BATCH_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class NotForLane:
    """Why the hot lane does not sell it: the cart does."""

    reason: str


def prepare_quote(*, sku_id: int, quantity: int, at: datetime) -> ReadyQuote | NotForLane:
    """What so many units cost anybody at `at`, which may lie ahead; made where it is not there.

    The lane sells one line at one flash or sale price, and discounts that no budget limits: what
    is more (a member's price, units at two prices, a budget) is the cart's business.
    """
    known = find_ready(sku_id, quantity, at)
    if known is not None:
        return known
    quick = OfferedPrice.objects.filter(open_at(at), sku_id=sku_id, kind__in=SOLD_QUICKLY)
    if not quick.exists():
        return NotForLane(reason="not at one flash or sale price")
    sku = find_sku(sku_id)
    if sku is None or not is_on_sale(sku) or not 1 <= quantity <= READY_QUANTITY_MAX:
        return NotForLane(reason="not offered")
    festival = get_current_festival(at)
    line = CartLine(sku=sku, quantity=quantity)
    priced = quote_lines([line], festival=festival, buyer=ANYBODY, at=at)
    (quoted,) = priced.quote["lines"]
    (part, *others) = quoted["parts"]
    if others or part["kind"] not in SOLD_QUICKLY:
        return NotForLane(reason="not at one flash or sale price")
    if has_budget(priced.off_by_budget):
        return NotForLane(reason="a discount with a budget")
    return _keep(sku, quantity, festival, priced, at)


def find_ready(sku_id: int, quantity: int, at: datetime) -> ReadyQuote | None:
    """The ready quote that holds at `at`."""
    return ReadyQuote.objects.filter(
        sku_id=sku_id, quantity=quantity, retired_at__isnull=True, starts_at__lte=at, ends_at__gt=at
    ).first()


def _keep(
    sku: Sku, quantity: int, festival: Festival, priced: PricedCart, at: datetime
) -> ReadyQuote:
    stall = sku.product.stall
    (quoted,) = priced.quote["lines"]
    (part,) = quoted["parts"]
    change_at = find_next_change(
        sku_id=sku.id, stall_id=stall.id, festival_id=festival.id, after=at
    )
    return ReadyQuote.objects.create(
        festival=festival,
        stall=stall,
        sku=sku,
        quantity=quantity,
        price_id=int(part["price"]),
        price_kind=part["kind"],
        unit_minor=part["unit"],
        goods_minor=quoted["payable"],
        shipping_minor=sum(priced.quote["shipping"].values()),
        subsidy_minor=sum(sum_subsidies(priced.quote).values()),
        due_minor=priced.quote["due_now"],
        name_vi=sku.product.name_vi,
        unit_vi=sku.unit_vi,
        bank_bin=stall.bank_bin,
        bank_account=stall.bank_account,
        priced=keep_priced(priced),
        uses=priced.off_by_budget,
        starts_at=at,
        ends_at=min(change_at or festival.ends_at, festival.ends_at),
    )


def prepare_flash_quotes(*, at: datetime) -> int:
    """Make ready what flash prices need that run or begin soon; returns how many were made.

    Done over and over by a worker, so that what a change retired is there again within a second.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _MISSING,
            {
                "at": at,
                "until": at + AHEAD,
                "most": READY_QUANTITY_MAX,
                "count": PREPARED_BATCH_MAX,
            },
        )
        missing: list[tuple[int, int, datetime]] = cursor.fetchall()
    made = [
        prepare_quote(sku_id=sku_id, quantity=quantity, at=from_at)
        for sku_id, quantity, from_at in missing
    ]
    return sum(isinstance(each, ReadyQuote) for each in made)
