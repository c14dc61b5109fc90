"""The facts a sentence may stand on, written as people read them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from chophien.domain.money import render_money
from chophien.domain.pricing.request import Festival, Line, OfferedPrice, PriceKind, Window
from chophien.domain.pricing.unit_prices import BestUnitPrice, best_unit_price
from chophien.domain.script.beats import Slot
from chophien.wire.snapshot import GoodsFacts, ShowSnapshot

# Vietnam keeps one time all year.
VIETNAM = timezone(timedelta(hours=7))
LANGUAGE = "vi"
# Prices that any viewer can have; the others hang on who buys, and how many.
PUBLIC_KINDS = frozenset({PriceKind.SALE.value, PriceKind.FLASH.value})


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """Slot values of one product at one instant; a slot is absent when there is no such fact."""

    values: Mapping[Slot, str]
    buyable: bool
    valid_until: datetime | None
    """First instant at which an offered price starts or ends; afterwards read them anew."""


def is_buyable(goods: GoodsFacts) -> bool:
    """Tell whether viewers may be invited to buy: on sale, and at least one unit free."""
    return goods.on_sale and goods.free > 0


def true_price(goods: GoodsFacts, at: datetime) -> BestUnitPrice:
    """Say what one unit costs any viewer at that instant, by the pricing rules of the cart."""
    line = Line(
        id=str(goods.sku_id),
        sku=str(goods.sku_id),
        seller=goods.stall_slug,
        qty=1,
        list_price_minor=goods.list_price_minor,
        reference_price_minor=goods.reference_price_minor,
        floor_price_minor=goods.floor_price_minor,
        discount_cap_bps=goods.discount_cap_bps,
        prices=tuple(
            OfferedPrice(
                id=price.id,
                kind=PriceKind(price.kind),
                unit_minor=price.unit_minor,
                window=Window(starts_at=price.starts_at, ends_at=price.ends_at),
                left=price.left,
            )
            for price in goods.prices
            if price.kind in PUBLIC_KINDS
        ),
    )
    # The currency plays no part in a unit price; the cap is the line's own.
    festival = Festival(currency="VND", discount_cap_bps=goods.discount_cap_bps)
    return best_unit_price(line, festival, at=at)


def show_grounds(snapshot: ShowSnapshot) -> Mapping[Slot, str]:
    """Name what can be said without a product."""
    return {Slot.HOST: snapshot.host_name, Slot.TITLE: snapshot.title.vi}


def goods_grounds(goods: GoodsFacts, snapshot: ShowSnapshot) -> Grounds:
    """Write down every fact of a product that the host may name at `snapshot.at`."""
    values = {
        **show_grounds(snapshot),
        Slot.NAME: goods.name.vi,
        Slot.STALL: goods.stall_name,
        Slot.PROVINCE: goods.province,
        Slot.UNIT: goods.unit_label.vi,
    }
    if goods.ocop_stars:
        values[Slot.STARS] = f"{goods.ocop_stars} sao"
    if is_buyable(goods):
        values |= _price_values(goods, snapshot)
        values |= _shipping_values(goods, snapshot.currency)
        values[Slot.STOCK] = render_count(goods.free)
    elif goods.on_sale:
        values[Slot.SOLD_OUT] = "hết hàng"
    return Grounds(
        values=values,
        buyable=is_buyable(goods),
        valid_until=next_price_change(goods, snapshot.at),
    )


def next_price_change(goods: GoodsFacts, at: datetime) -> datetime | None:
    """Find the first instant after `at` at which an offered price starts or ends."""
    instants = [
        instant
        for price in goods.prices
        for instant in (price.starts_at, price.ends_at)
        if instant is not None and instant > at
    ]
    return min(instants, default=None)


def render_count(count: int) -> str:
    """Write a count with dots between thousands."""
    return f"{count:,}".replace(",", ".")


def render_deadline(ends_at: datetime, at: datetime) -> str:
    """Write when a price ends, on Vietnamese clocks: `20:00 hôm nay`, `20:00 ngày 12/11`."""
    ends = ends_at.astimezone(VIETNAM)
    if ends.date() == at.astimezone(VIETNAM).date():
        return f"{ends:%H:%M} hôm nay"
    return f"{ends:%H:%M} ngày {ends.day}/{ends.month}"


def _price_values(goods: GoodsFacts, snapshot: ShowSnapshot) -> dict[Slot, str]:
    best = true_price(goods, snapshot.at)
    values = {Slot.PRICE: render_money(best.unit_minor, snapshot.currency, LANGUAGE)}
    if best.percent_off:
        values[Slot.WAS] = render_money(goods.reference_price_minor, snapshot.currency, LANGUAGE)
        values[Slot.OFF] = f"{best.percent_off} %"
    if best.ends_at is not None:
        values[Slot.ENDS_AT] = render_deadline(best.ends_at, snapshot.at)
    return values


def _shipping_values(goods: GoodsFacts, currency: str) -> dict[Slot, str]:
    values = {}
    if goods.shipping_fee_minor:
        values[Slot.SHIPPING] = render_money(goods.shipping_fee_minor, currency, LANGUAGE)
    if goods.free_from_minor:
        values[Slot.FREE_FROM] = render_money(goods.free_from_minor, currency, LANGUAGE)
    return values
