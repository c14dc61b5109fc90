"""A quote as plain rows: which price, what was taken off, by which rule, who pays, until when."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chophien.domain.pricing.parse import parse_request
from chophien.web.shared.why.floors import list_at_floor
from chophien.web.shared.why.words import Names, Rule, describe_coupon, describe_rule

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyPart:
    """Units of a line at one price; `off_minor` is how far one of them is below the list price."""

    qty: int
    unit_minor: int
    kind: str
    off_minor: int
    ends_at: datetime | None
    min_qty: int | None = None
    is_exclusive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyDiscount:
    """One rule that took something off: here `off_minor`, of `whole_minor` over the cart.

    `payer` is `stall`, `stalls` (each its share) or `festival`; `text` is the rule in words.
    """

    id: str
    stage: str
    text: str
    payer: str
    off_minor: int
    whole_minor: int
    ends_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyRefused:
    """An offered price that may not be charged: `reason` is `discount_cap` or `below_floor`."""

    kind: str
    unit_minor: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyLine:
    """What one line pays and how it came about; amounts are of the whole line unless named unit.

    In the deposit stage of a presale nothing is payable, and `deposit_due_minor` is owed.
    """

    id: str
    sku: str
    seller: str
    qty: int
    list_minor: int
    reference_minor: int
    parts: tuple[WhyPart, ...]
    discounts: tuple[WhyDiscount, ...]
    refused: tuple[WhyRefused, ...]
    payable_minor: int
    deposit_due_minor: int
    deposit_paid_minor: int
    bonus_minor: int
    """What the deposit counts for beyond itself, per unit, in the balance stage."""
    is_at_floor: bool
    """Discounts have brought it as low as the law or the stall allows."""

    @property
    def before_minor(self) -> int:
        """At list prices."""
        return self.qty * self.list_minor

    @property
    def saved_minor(self) -> int:
        return 0 if self.deposit_due_minor else max(self.before_minor - self.payable_minor, 0)

    @property
    def unit_paid_minor(self) -> int:
        """What one unit comes to, rounded down."""
        return self.payable_minor // self.qty

    @property
    def is_reduced(self) -> bool:
        """Whether anything beyond the list price is to be told."""
        return bool(self.discounts or self.refused or self.bonus_minor) or any(
            part.kind != "list" for part in self.parts
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyCart:
    """A priced cart, told line by line, and its sums in the order in which they come about."""

    lines: Mapping[str, WhyLine]
    discounts: tuple[WhyDiscount, ...]
    at_list_minor: int
    prices_off_minor: int
    """What sale, flash, member, room and volume prices are below the list, in all."""
    step_text: str
    """The programme of the next step in words; empty without one."""

    @property
    def saved_minor(self) -> int:
        return self.prices_off_minor + sum(each.off_minor for each in self.discounts)


def explain_quote(request: Document, quote: Document, names: Names) -> WhyCart:
    """Tell why a cart costs what it costs, from the two documents of the engine alone."""
    rules = _index_rules(request)
    discounts = tuple(_tell(each, each["off"], rules, names) for each in quote["adjustments"])
    refused = defaultdict(list)
    for each in quote["rejected"]:
        refused[each["line"]].append(each)
    priced = {line["id"]: line for line in quote["lines"]}
    at_floor = list_at_floor(parse_request(request), quote)
    lines = {
        line["id"]: _explain_line(
            line,
            priced[line["id"]],
            refused[line["id"]],
            tuple(_list_shares(line["id"], quote, rules, names)),
            is_at_floor=line["id"] in at_floor,
        )
        for line in request["lines"]
    }
    at_list_minor = sum(line.before_minor for line in lines.values() if line.parts)
    step = quote["next_step"]
    return WhyCart(
        lines=lines,
        discounts=discounts,
        at_list_minor=at_list_minor,
        prices_off_minor=at_list_minor - quote["items_before"],
        step_text=describe_rule(rules[step["id"]], names) if step else "",
    )


def _index_rules(request: Document) -> dict[str, Rule]:
    return {
        rule["id"]: rule
        for key in ("offers", "cross_store", "coupons")
        for rule in request.get(key) or ()
    }


def _list_shares(
    line_id: str, quote: Document, rules: Mapping[str, Rule], names: Names
) -> Iterator[WhyDiscount]:
    for each in quote["adjustments"]:
        if line_id in each["lines"]:
            yield _tell(each, each["lines"][line_id], rules, names)


def _tell(
    adjustment: Document, off_minor: int, rules: Mapping[str, Rule], names: Names
) -> WhyDiscount:
    rule = rules[adjustment["id"]]
    is_coupon = adjustment["stage"] == "coupon"
    payer = "festival" if adjustment["funded_by"] == "platform" else "stall"
    return WhyDiscount(
        id=adjustment["id"],
        stage=adjustment["stage"],
        text=describe_coupon(rule, names) if is_coupon else describe_rule(rule, names),
        payer="stalls" if adjustment["stage"] == "cross_store" else payer,
        off_minor=off_minor,
        whole_minor=adjustment["off"],
        ends_at=read_instant(rule.get("ends")),
    )


def _explain_line(
    line: Document,
    priced: Document,
    refused: list[Document],
    shares: tuple[WhyDiscount, ...],
    *,
    is_at_floor: bool,
) -> WhyLine:
    prices = {price["id"]: price for price in line.get("prices") or ()}
    presale = line.get("presale") or {}
    is_balance = presale.get("stage") == "balance"
    return WhyLine(
        id=line["id"],
        sku=line["sku"],
        seller=line["seller"],
        qty=line["qty"],
        list_minor=line["list_price"],
        reference_minor=line["reference_price"],
        parts=tuple(
            _explain_part(part, prices.get(part["price"], {}), line["list_price"])
            for part in priced["parts"]
        ),
        discounts=shares,
        refused=tuple(
            WhyRefused(
                kind=prices[each["id"]]["kind"],
                unit_minor=prices[each["id"]]["unit"],
                reason=each["reason"],
            )
            for each in refused
        ),
        payable_minor=priced["payable"],
        deposit_due_minor=priced["deposit_due"],
        deposit_paid_minor=presale["deposit"] * line["qty"] if is_balance else 0,
        bonus_minor=presale["credit"] - presale["deposit"] if is_balance else 0,
        is_at_floor=is_at_floor,
    )


def _explain_part(part: Document, price: Document, list_minor: int) -> WhyPart:
    return WhyPart(
        qty=part["qty"],
        unit_minor=part["unit"],
        kind=part["kind"],
        off_minor=max(list_minor - part["unit"], 0),
        ends_at=read_instant(price.get("ends")),
        min_qty=price.get("min_qty"),
        is_exclusive=bool(price.get("exclusive")),
    )


def read_instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
