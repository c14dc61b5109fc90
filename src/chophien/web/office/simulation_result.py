"""The report of a simulation as an organiser reads it: sentences, named rows, charts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chophien.apps.insight.selectors import find_known
from chophien.domain.money import CURRENCIES
from chophien.domain.simulation.report import COLUMNS
from chophien.web.shared.why.words import (
    Names,
    describe_coupon,
    describe_rule,
    list_codes,
    list_slugs,
)
from chophien.web.templatetags.fair import local

Report = Mapping[str, Any]
Row = dict[str, Any]
ROWS_MAX = 200  # of a table on the page; the file has them all
TONES = ("error", "warning", "", "success")  # the gravest first
BARS_MAX = 10  # promotions in the chart, the dearest first


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """`tone` is one of `TONES`: how it is shown."""

    text: str
    tone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What the page shows; money stays in minor units of `currency`."""

    currency: str
    sentences: tuple[Sentence, ...]
    was: Row
    planned: Row
    cost_minor: int
    change_minor: int
    festival_minor: int
    stalls_minor: int
    rows: Mapping[str, list[Row]]
    more: Mapping[str, int]
    charts: Row


def build_result(report: Report, plan: Report) -> Result:
    """Put names to what a report counts, and say in words what matters most."""
    rules = [
        *(plan.get("offers") or ()),
        *(plan.get("cross_store") or ()),
        *(plan.get("coupons") or ()),
    ]
    names = _find_names(report, rules)
    rows = {name: report[name][:ROWS_MAX] for name in COLUMNS}
    labels = {rule["id"]: _label_rule(rule, names) for rule in rules}
    rows["promotions"] = [
        row | {"label": labels.get(row["id"], row["id"])} for row in rows["promotions"]
    ]
    for name in ("prices", "margins", "caps"):
        rows[name] = [
            row | {"goods": names.goods.get(row["sku"], row["sku"])} for row in rows[name]
        ]
    for name in ("funders", "margins"):
        rows[name] = [
            row | {"stall": names.stalls.get(row["seller"], row["seller"])} for row in rows[name]
        ]
    was, planned = report["was"], report["planned"]
    cost = planned["discount"] + planned["cut"]
    festival = sum(row["off"] for row in report["funders"] if row["seller"] is None)
    return Result(
        currency=names.currency,
        sentences=tuple(_list_sentences(report, names)),
        was=was,
        planned=planned,
        cost_minor=cost,
        change_minor=cost - was["discount"] - was["cut"],
        festival_minor=festival,
        stalls_minor=cost - festival,
        rows=rows,
        more={name: max(len(report[name]) - ROWS_MAX, 0) for name in COLUMNS},
        charts=_draw_charts(report, rows, names.currency),
    )


def _find_names(report: Report, rules: list[Row]) -> Names:
    codes = {
        row["sku"] for name in ("prices", "margins", "caps") for row in report[name][:ROWS_MAX]
    }
    slugs = {row["seller"] for name in ("funders", "margins") for row in report[name][:ROWS_MAX]}
    known = find_known(
        sku_codes=codes | list_codes(rules), slugs=(slugs - {None}) | list_slugs(rules)
    )
    currency = report["currency"]
    return Names(
        currency=currency if currency in CURRENCIES else "VND",
        goods={
            code: f"{local(sku.product, 'name')}, {local(sku, 'unit')}"
            for code, sku in known.skus.items()
        },
        stalls={slug: local(stall, "name") for slug, stall in known.stalls.items()},
    )


def _label_rule(rule: Row, names: Names) -> str:
    """A promotion in words, with the stall that gives it."""
    if "issuer" in rule:
        return describe_coupon(rule, names)
    text = describe_rule(rule, names)
    seller = rule.get("seller")
    if seller is None:
        return text
    return _("%(stall)s: %(rule)s") % {"stall": names.stalls.get(seller, seller), "rule": text}


def _list_sentences(report: Report, names: Names) -> list[Sentence]:
    """What an organiser has to know beside the cost itself, the gravest first."""
    sentences = [*_say_refused(report), *_say_caps(report), *_say_margins(report, names)]
    ran_out = sum(bool(row["ran_out_at"]) for row in report["promotions"])
    if ran_out:
        text = ngettext(
            "%(count)s promotion would run out before the last cart.",
            "%(count)s promotions would run out before the last cart.",
            ran_out,
        )
        sentences.append(Sentence(text=text % {"count": ran_out}, tone="warning"))
    unused = sum(row["carts"] == 0 for row in report["promotions"])
    if unused:
        text = ngettext(
            "%(count)s promotion would not be used by any cart.",
            "%(count)s promotions would not be used by any cart.",
            unused,
        )
        sentences.append(Sentence(text=text % {"count": unused}))
    return sorted(sentences, key=lambda each: TONES.index(each.tone))


def _say_refused(report: Report) -> list[Sentence]:
    refused = report["carts_refused"]
    if not refused:
        return []
    text = ngettext(
        "%(count)s cart could not be read and is in no figure.",
        "%(count)s carts could not be read and are in no figure.",
        refused,
    )
    return [Sentence(text=text % {"count": refused}, tone="warning")]


def _say_caps(report: Report) -> list[Sentence]:
    refused = len(report["caps"])
    if not refused:
        return [
            Sentence(
                text=_("Every price keeps the law's cap and the stalls' floors."), tone="success"
            )
        ]
    text = ngettext(
        "%(count)s price would be refused: it breaks the law's cap or a stall's floor.",
        "%(count)s prices would be refused: they break the law's cap or a stall's floor.",
        refused,
    )
    return [Sentence(text=text % {"count": refused}, tone="error")]


def _say_margins(report: Report, names: Names) -> list[Sentence]:
    planned, goods = report["planned"], len(report["margins"])
    if not planned["carts_with_cost"]:
        text = _("No cost price of these goods is known, so nothing can be said of margins.")
        return [Sentence(text=text, tone="warning")]
    sentences = []
    if report["uncosted_units"]:
        text = _(
            "The cost price of %(units)s of %(all)s units is not known; margins are without them."
        )
        units = {"units": report["uncosted_units"], "all": planned["units"]}
        sentences.append(Sentence(text=text % units))
    if not goods:
        sentences.append(Sentence(text=_("Nothing would sell below cost."), tone="success"))
        return sentences
    text = ngettext(
        "%(count)s product would sell below cost in some carts, %(lost)s short altogether.",
        "%(count)s products would sell below cost in some carts, %(lost)s short altogether.",
        goods,
    )
    lost = names.money(sum(row["lost"] for row in report["margins"]))
    sentences.insert(0, Sentence(text=text % {"count": goods, "lost": lost}, tone="error"))
    if planned["carts_below_cost"]:
        text = ngettext(
            "%(count)s whole cart would pay less than its goods cost; as it was, %(was)s.",
            "%(count)s whole carts would pay less than their goods cost; as it was, %(was)s.",
            planned["carts_below_cost"],
        )
        counts = {"count": planned["carts_below_cost"], "was": report["was"]["carts_below_cost"]}
        sentences.insert(1, Sentence(text=text % counts, tone="error"))
    return sentences


def _draw_charts(report: Report, rows: Mapping[str, list[Row]], currency: str) -> Row:
    """Bars of what promotions cost by who bears it, and how margins lie before and after."""
    dearest = [row for row in rows["promotions"] if row["off"]][:BARS_MAX]
    return {
        "currency": currency,
        "promotions": [[row["label"], row["festival_off"], row["sellers_off"]] for row in dearest],
        "margins": {
            "edges": [edge // 100 for edge in report["margin_edges_bps"]],
            "was": report["was"]["margin_classes"],
            "planned": report["planned"]["margin_classes"],
        },
    }
