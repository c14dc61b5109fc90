"""What each stall gets of an order: its sums, its lines, the units that are promised for it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from chophien.apps.inventory.services import Asked
from chophien.apps.orders.models import CartLine, Order, OrderLine, Reservation, StallOrder
from chophien.apps.orders.quoting import PricedCart, Quote, ask_to_keep
from chophien.domain.limits import HOLD_TIME
from chophien.domain.money import share
from chophien.domain.pricing.answer import Funder
from chophien.domain.pricing.request import PriceKind
from chophien.statements import load
from chophien.statements.prepared import Asked as Asks

_BUYING = load("buying")
Parts = Mapping[int, StallOrder]


def make_stall_orders(order: Order, lines: Sequence[CartLine], quote: Quote) -> Parts:
    """One part for each stall, by the stall's id; the parts' sums make the order's sum.

    They are values yet: `ask_to_write` has the statements that make them rows.
    """
    priced = {line["id"]: line for line in quote["lines"]}
    stalls = {line.sku.product.stall_id: line.sku.product.stall for line in lines}
    parts = {
        stall_id: StallOrder(
            order=order,
            stall=stall,
            goods_minor=0,
            shipping_minor=quote["shipping"].get(stall.slug, 0),
            placed_at=order.placed_at,
            expires_at=order.placed_at + HOLD_TIME,
        )
        for stall_id, stall in stalls.items()
    }
    for line in lines:
        part = parts[line.sku.product.stall_id]
        part.goods_minor += priced[line.quote_id]["payable"]
        part.deposit_minor += priced[line.quote_id]["deposit_due"]
        if line.reservation is not None:
            part.set_off_minor += line.reservation.paid_minor
    stall_of = {line.quote_id: line.sku.product.stall_id for line in lines}
    for line_id, off_minor in sum_subsidies(quote).items():
        parts[stall_of[line_id]].subsidy_minor += off_minor
    for part in parts.values():
        part.due_minor = (
            part.goods_minor + part.shipping_minor + part.deposit_minor - part.set_off_minor
        )
    assert sum(part.due_minor for part in parts.values()) == order.due_minor, "parts lose money"
    return parts


def ask_to_write_order(order: Order, priced: PricedCart) -> list[Asks]:
    """The statements that keep what was priced, and write the order."""
    digest, kept = ask_to_keep(priced)
    values = {
        "digest": digest,
        "id": order.id,
        "festival": order.festival_id,
        "number": order.number,
        "token": order.token,
        "key": order.idempotency_key,
        "user": order.user_id,
        "placed_at": order.placed_at,
        "recipient": order.recipient,
        "phone": order.phone,
        "province": order.province_id,
        "ward": order.ward,
        "street": order.street,
        "note": order.note,
        "due": order.due_minor,
    }
    return [kept, (_BUYING["write_order"], values)]


def ask_to_write(order: Order, lines: Sequence[OrderLine], parts: Parts) -> list[Asks]:
    """The statements that write the parts of an order and their lines."""
    each = list(parts.values())
    stall_orders = {
        "order": order.id,
        "placed_at": order.placed_at,
        "expires_at": order.placed_at + HOLD_TIME,
        "ids": [part.id for part in each],
        "stalls": [part.stall_id for part in each],
        "goods": [part.goods_minor for part in each],
        "shippings": [part.shipping_minor for part in each],
        "deposits": [part.deposit_minor for part in each],
        "set_offs": [part.set_off_minor for part in each],
        "subsidies": [part.subsidy_minor for part in each],
        "dues": [part.due_minor for part in each],
    }
    written = {
        "parts": [line.stall_order_id for line in lines],
        "skus": [line.sku_id for line in lines],
        "shows": [line.show_id for line in lines],
        "names": [line.name_vi for line in lines],
        "units": [line.unit_vi for line in lines],
        "quantities": [line.quantity for line in lines],
        "unit_minors": [line.unit_minor for line in lines],
        "kinds": [line.price_kind for line in lines],
        "prices": [line.offered_price_id for line in lines],
        "paids": [line.paid_minor for line in lines],
        "quote_lines": [line.quote_line for line in lines],
    }
    return [(_BUYING["write_stall_orders"], stall_orders), (_BUYING["write_lines"], written)]


def sum_subsidies(quote: Quote) -> dict[str, int]:
    """What the festival bears of each line's discounts, by the line's id."""
    borne: dict[str, int] = defaultdict(int)
    for each in quote["adjustments"]:
        if each["funded_by"] == Funder.PLATFORM:
            for line_id, off_minor in each["lines"].items():
                borne[line_id] += off_minor
    return dict(borne)


def list_asked(
    lines: Sequence[CartLine], parts: Parts, quote: Quote, reservations: Sequence[Reservation]
) -> list[Asked]:
    """The units to promise.

    Those at a flash price and those of a presale come from what was set aside; those that a
    deposit reserved before are promised already.
    """
    by_id = {line.quote_id: line for line in lines}
    asked = [
        Asked(
            sku_id=by_id[line_id].sku_id,
            stall_id=by_id[line_id].sku.product.stall_id,
            stall_order_id=parts[by_id[line_id].sku.product.stall_id].id,
            quantity=quantity,
            is_set_aside=is_set_aside,
        )
        for (line_id, is_set_aside), quantity in _count_units(quote).items()
        if by_id[line_id].is_ordinary
    ]
    return asked + [ask_for_reservation(each, each.sku.product.stall_id) for each in reservations]


def ask_for_reservation(reservation: Reservation, stall_id: int) -> Asked:
    """The units of a reservation: promised to it, not to a stall order, until the balance."""
    return Asked(
        sku_id=reservation.sku_id,
        stall_id=stall_id,
        stall_order_id=reservation.id,
        quantity=reservation.quantity,
        is_set_aside=True,
    )


def _count_units(quote: Quote) -> dict[tuple[str, bool], int]:
    """Units by line and by whether they were set aside."""
    counted: dict[tuple[str, bool], int] = defaultdict(int)
    for line in quote["lines"]:
        for part in line["parts"]:
            counted[line["id"], part["kind"] == PriceKind.FLASH] += part["qty"]
    return counted


def count_price_units(quote: Quote) -> dict[int, int]:
    """Units by the flash price that they are charged at: no other price counts its units."""
    taken: dict[int, int] = defaultdict(int)
    for line in quote["lines"]:
        for part in line["parts"]:
            price_id = _read_price_id(part)
            if price_id is not None and part["kind"] == PriceKind.FLASH:
                taken[price_id] += part["qty"]
    return taken


def _read_price_id(part: Quote) -> int | None:
    """The offered price's id; the list price and a presale's price have none."""
    if part["price"] is None or part["kind"] == PriceKind.PRESALE:
        return None
    return int(part["price"])


def make_lines(lines: Sequence[CartLine], parts: Parts, quote: Quote) -> list[OrderLine]:
    """One row for each part of a line; what the line pays is shared by what its parts cost."""
    by_id = {line.quote_id: line for line in lines}
    rows = []
    for priced in quote["lines"]:
        line = by_id[priced["id"]]
        if line.presale is not None:
            rows.append(_make_deposit_line(line, parts))
            continue
        costs = [part["qty"] * part["unit"] for part in priced["parts"]]
        paid = share(priced["payable"], costs) if sum(costs) else tuple(costs)
        rows += [
            _make_line(
                line,
                parts,
                quantity=part["qty"],
                unit_minor=part["unit"],
                price_kind=part["kind"],
                offered_price_id=_read_price_id(part),
                paid_minor=paid_minor,
            )
            for part, paid_minor in zip(priced["parts"], paid, strict=True)
        ]
    return rows


def _make_deposit_line(line: CartLine, parts: Parts) -> OrderLine:
    assert line.presale is not None, "a deposit line has a presale"
    return _make_line(
        line,
        parts,
        quantity=line.quantity,
        unit_minor=line.presale.deposit_minor,
        price_kind=OrderLine.DEPOSIT,
        paid_minor=line.presale.deposit_minor * line.quantity,
    )


def _make_line(line: CartLine, parts: Parts, **values: object) -> OrderLine:
    return OrderLine(
        stall_order=parts[line.sku.product.stall_id],
        sku=line.sku,
        show_id=line.show_id,
        name_vi=line.sku.product.name_vi,
        unit_vi=line.sku.unit_vi,
        quote_line=line.quote_id,
        **values,
    )
