"""No unit is oversold: rows of stock and of prices say what the orders add up to."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from chophien.domain.history.books import Books
from chophien.domain.history.facts import Price, Stock
from chophien.domain.history.findings import Findings, Law


def check_stock(stock: Iterable[Stock], books: Books, findings: Findings) -> None:
    """Hold each sku's row against the law of stock and against orders, reservations and prices."""
    rests = _sum_rests(books.prices.values())
    without_row = set(books.placed_units + books.paid_units)
    for row in stock:
        without_row.discard(row.sku_id)
        _check_row(row, books, rests[row.sku_id], findings)
    for sku_id in sorted(without_row):
        findings.add(Law.UNITS, f"sku {sku_id}: orders, and no row of stock")


def _check_row(row: Stock, books: Books, rest: int, findings: Findings) -> None:
    sku = f"sku {row.sku_id}"
    parts = row.free, row.set_aside, row.held, row.sold
    findings.expect(Law.UNITS, row.on_hand, sum(parts), f"{sku}: free, set aside, held and sold")
    findings.expect(Law.UNITS, 0, min(0, *parts), f"{sku}: least of them and zero")
    held = books.placed_units[row.sku_id] + row.reserved
    findings.expect(Law.UNITS, held, row.held, f"{sku}: held units")
    sold = books.paid_units[row.sku_id] + row.bought - row.restocked
    findings.expect(Law.UNITS, sold, row.sold, f"{sku}: sold units")
    set_aside = rest + row.presale_rest
    findings.expect(Law.UNITS, set_aside, row.set_aside, f"{sku}: units set aside")


def _sum_rests(prices: Iterable[Price]) -> Mapping[int, int]:
    """By sku, what open prices have left of their allotments."""
    rests: defaultdict[int, int] = defaultdict(int)
    for price in prices:
        if price.allotment is not None and price.closed_us is None:
            rests[price.sku_id] += price.allotment - price.taken
    return rests


def check_allotments(books: Books, findings: Findings) -> None:
    """Hold what prices have given against their orders, and against what they may give."""
    for price in books.prices.values():
        if price.allotment is None:
            continue
        units = books.price_units[price.id]
        findings.expect(Law.UNITS, units, price.taken, f"price {price.id}: units taken")
        findings.checked[Law.UNITS] += 1
        if units > price.allotment:
            findings.add(Law.UNITS, f"price {price.id}: {units} units of {price.allotment} sold")


def check_orphans(orphans: Mapping[str, int], findings: Findings) -> None:
    """Rows that belong to no order, by their table: there should be none."""
    for table, count in sorted(orphans.items()):
        findings.expect(Law.CONFIRMED, 0, count, f"{table}: rows that belong to no order")
