"""The result of a simulation as people read it in a terminal."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from chophien.domain.money import CURRENCIES, render_money

ROWS_MAX: Final = 12  # of a table; the CSV files and the JSON have them all
Report = dict[str, Any]


def render_text(report: Report) -> str:
    """Sums first, then one table for each question; tables without rows are left out."""
    currency = report["currency"]

    def money(amount_minor: int) -> str:
        if currency in CURRENCIES:
            return render_money(amount_minor, currency, "en")
        return f"{amount_minor} {currency}"

    parts = [_render_sums(report, money), *_render_tables(report, money)]
    return "\n\n".join(part for part in parts if part)


def _render_sums(report: Report, money: Callable[[int], str]) -> str:
    was, planned = report["was"], report["planned"]
    named = {
        "units": "units",
        "list_value": "at list prices",
        "cut": "lower unit prices",
        "discount": "discounts",
        "items_payable": "paid for goods",
    }
    rows = [
        [
            label,
            *(f"{side[key]:,}" if key == "units" else money(side[key]) for side in (was, planned)),
        ]
        for key, label in named.items()
    ]
    if planned["carts_with_cost"]:
        rows.append(["above cost", money(was["margin"]), money(planned["margin"])])
        below = [f"{side['carts_below_cost']:,}" for side in (was, planned)]
        rows.append(["carts below cost", *below])
    head = f"{report['carts_priced']:,} carts priced, {report['carts_refused']:,} refused"
    return f"{head}\n{_render_table(['', 'as it was', 'under the plan'], rows)}"


def _render_tables(report: Report, money: Callable[[int], str]) -> list[str]:
    return [
        _render_part(
            "What each promotion costs",
            ["promotion", "carts", "takes off", "mean", "largest", "budget", "ran out at"],
            [
                [
                    each["id"], f"{each['carts']:,}", money(each["off"]), money(each["mean"]),
                    money(each["largest"]), "" if each["budget"] is None else money(each["budget"]),
                    f"cart {each['ran_out_at']}" if each["ran_out_at"] else "",
                ]
                for each in report["promotions"]
            ],
        ),
        _render_part(
            "Who bears it",
            ["", "discounts", "lower prices", "together", "more than it was"],
            [
                [
                    each["seller"] or "the festival", money(each["off"]), money(each["cut"]),
                    money(each["total"]), money(each["change"]),
                ]
                for each in report["funders"]
            ],
        ),
        _render_part(
            "Goods sold below cost",
            ["sku", "seller", "carts", "units", "short by", "of that the seller bears"],
            [
                [
                    each["sku"], each["seller"], f"{each['carts']:,}", f"{each['units']:,}",
                    money(each["lost"]), money(each["lost_to_seller"]),
                ]
                for each in report["margins"]
            ],
        ),
        _render_part(
            "Prices that would be refused",
            ["sku", "price", "planned", "lowest allowed", "because of", "carts"],
            [
                [
                    each["sku"], each["price"], money(each["unit"]), money(each["lawful"]),
                    "the cap" if each["reason"] == "discount_cap" else "the seller's floor",
                    f"{each['carts']:,}",
                ]
                for each in report["caps"]
            ],
        ),
        _render_part(
            "Carts that pay least for what they cost",
            ["line", "pays", "short by"],
            [[each["cart"], money(each["payable"]), money(each["lacking"])] for each in report["carts"]],
        ),
    ]  # fmt: skip


def _render_part(title: str, head: list[str], rows: list[list[str]]) -> str:
    if not rows:
        return ""
    more = len(rows) - ROWS_MAX
    tail = f"\n… and {more:,} more" if more > 0 else ""
    return f"{title}\n{_render_table(head, rows[:ROWS_MAX])}{tail}"


def _render_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell: the first to the left, the others to the right."""
    widths = [max(len(row[index]) for row in (head, *rows)) for index in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if index == 0 else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in (head, *rows)
    )
