"""The result of a simulation: one document, and the tables that files and pages show."""

import csv
from collections.abc import Mapping
from io import StringIO
from typing import Any, Final

from chophien.domain.simulation.assess import FESTIVAL
from chophien.domain.simulation.plan import RuleKey
from chophien.domain.simulation.tally import (
    FAULTS_MAX,
    MARGIN_EDGES_BPS,
    PromotionSum,
    SideSum,
    Tally,
)
from chophien.domain.tables.cells import guard_row

Document = dict[str, Any]

BYTE_ORDER_MARK: Final = "\N{ZERO WIDTH NO-BREAK SPACE}"

# Every table of a report, with its columns in order: the CSV files, and what pages show.
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "promotions": (
        "id", "stage", "festival_off", "sellers_off", "off", "carts", "mean", "largest", "budget",
        "count", "not_given", "not_given_carts", "ran_out_at",
    ),
    "funders": ("seller", "was_off", "was_cut", "off", "cut", "total", "change"),
    "prices": ("sku", "price", "kind", "carts", "units", "cut", "left"),
    "margins": ("sku", "seller", "carts", "units", "lost", "lost_to_seller"),
    "caps": ("sku", "price", "reason", "unit", "lawful", "carts", "units"),
    "carts": ("cart", "number", "lacking", "payable", "units"),
    "refused": ("cart", "number", "faults"),
}  # fmt: skip


def render_report(tally: Tally) -> Document:
    """Write a tally as the document that `chophien simulate --json` prints.

    Money is whole minor units of `currency`; a `null` seller is the festival itself.
    """
    tally.assert_accounted()
    was, planned = tally.was, tally.planned
    return {
        "currency": tally.currency,
        "carts_priced": tally.priced,
        "carts_refused": tally.refused_count,
        "uncosted_units": tally.uncosted_units,
        "was": _render_side(was),
        "planned": _render_side(planned),
        "margin_edges_bps": list(MARGIN_EDGES_BPS),
        "promotions": _list_promotions(tally),
        "funders": _list_funders(tally),
        "prices": _list_prices(tally),
        "margins": _list_margins(tally),
        "caps": _list_caps(tally),
        "carts": [
            {
                "cart": each.name,
                "number": -each.minus_number,
                "lacking": each.lacking_minor,
                "payable": each.payable_minor,
                "units": each.units,
            }
            for each in sorted(tally.worst, reverse=True)
        ],
        "refused": [
            {"cart": each.name, "number": each.number, "faults": list(each.faults[:FAULTS_MAX])}
            for each in tally.refused
        ],
    }


def list_rows(report: Mapping[str, Any], table: str) -> list[list[str | int]]:
    """The rows of one of `COLUMNS`, each cell a text or a whole number; nothing is an empty text."""
    return [[_flat(row[column]) for column in COLUMNS[table]] for row in report[table]]


def render_csv(report: Mapping[str, Any], table: str) -> str:
    """One table as a CSV file with a head line.

    The mark at the front tells spreadsheets that it is UTF-8; texts that a spreadsheet would take
    for a formula get an apostrophe.
    """
    file = StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS[table])
    for row in list_rows(report, table):
        writer.writerow(guard_row(row))
    return BYTE_ORDER_MARK + file.getvalue()


def _flat(cell: object) -> str | int:
    if cell is None:
        return ""
    if isinstance(cell, list):
        return "; ".join(map(str, cell))
    return cell if isinstance(cell, int) else str(cell)


def _render_side(side: SideSum) -> Document:
    return {
        "units": side.units,
        "list_value": side.list_minor,
        "items_before": side.before_minor,
        "cut": side.list_minor - side.before_minor,
        "discount": side.discount_minor,
        "items_payable": side.payable_minor,
        "margin": side.margin_minor,
        "carts_with_cost": side.costed_carts,
        "carts_below_cost": side.below_cost_carts,
        "below_cost": side.below_cost_minor,
        "margin_classes": side.margin_classes,
    }


def _list_promotions(tally: Tally) -> list[Document]:
    rows = [_render_promotion(tally, key, each) for key, each in tally.promotions.items()]
    return sorted(rows, key=lambda row: (-row["off"], row["stage"], row["id"]))


def _render_promotion(tally: Tally, key: RuleKey, each: PromotionSum) -> Document:
    by_festival = each.bearers.get(FESTIVAL, 0)
    return {
        "id": key.id,
        "stage": key.stage.value,
        "festival_off": by_festival,
        "sellers_off": each.off_minor - by_festival,
        "off": each.off_minor,
        "carts": each.carts,
        "mean": each.off_minor // each.carts if each.carts else 0,
        "largest": each.largest_minor,
        "budget": tally.plan.budgets_minor.get(key),
        "count": tally.plan.uses_max.get(key),
        "not_given": each.not_given_minor,
        "not_given_carts": each.not_given_carts,
        "ran_out_at": each.ran_out_at,
    }


def _list_funders(tally: Tally) -> list[Document]:
    """The festival first, then the sellers by what they would bear."""
    rows = []
    for bearer, each in tally.bearers.items():
        total = each.off_minor + each.cut_minor
        rows.append(
            {
                "seller": bearer,
                "was_off": each.was_off_minor,
                "was_cut": each.was_cut_minor,
                "off": each.off_minor,
                "cut": each.cut_minor,
                "total": total,
                "change": total - each.was_off_minor - each.was_cut_minor,
            }
        )
    return sorted(
        rows, key=lambda row: (row["seller"] is not None, -row["total"], row["seller"] or "")
    )


def _list_prices(tally: Tally) -> list[Document]:
    """What was used of each offered price, the dearest to the seller first."""
    rows = [
        {
            "sku": sku,
            "price": price_id,
            "kind": each.kind.value,
            "carts": each.carts,
            "units": each.units,
            "cut": each.cut_minor,
            "left": tally.left.units.get(price_id),
        }
        for (sku, price_id), each in tally.prices.items()
    ]
    return sorted(rows, key=lambda row: (-row["cut"], row["sku"], row["price"]))


def _list_margins(tally: Tally) -> list[Document]:
    rows = [
        {
            "sku": sku,
            "seller": each.seller,
            "carts": each.carts,
            "units": each.units,
            "lost": each.lost_minor,
            "lost_to_seller": each.to_seller_minor,
        }
        for sku, each in tally.losses.items()
    ]
    return sorted(rows, key=lambda row: (-row["lost"], row["sku"]))


def _list_caps(tally: Tally) -> list[Document]:
    """Prices that the engine refused, below the legal cap first, then below a seller's floor."""
    rows = [
        {
            "sku": sku,
            "price": price_id,
            "reason": reason.value,
            "unit": each.unit_minor,
            "lawful": each.lawful_minor,
            "carts": each.carts,
            "units": each.units,
        }
        for (sku, price_id, reason), each in tally.rejected.items()
    ]
    return sorted(
        rows,
        key=lambda row: (row["reason"] != "discount_cap", -row["carts"], row["sku"], row["price"]),
    )
