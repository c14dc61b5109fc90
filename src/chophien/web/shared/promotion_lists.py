"""Promotions as the pages that manage them show them: in words, with what they gave and cost."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from chophien.apps.orders.uses import count_price_uses
from chophien.apps.promotions.overview import Promotion
from chophien.web.shared.promotion_forms import name_sku
from chophien.web.shared.promotion_refusals import money
from chophien.web.shared.why.naming import load_names
from chophien.web.shared.why.words import Names, describe_rule

KINDS: dict[str, Promise] = {
    "sale": lazy("Sale price"),
    "flash": lazy("Flash price"),
    "member": lazy("Member price"),
    "tier": lazy("Volume price"),
    "room": lazy("Room price"),
    "presale": lazy("Presale"),
    "spend_save": lazy("Spend and save"),
    "nth_unit": lazy("Nth unit cheaper"),
    "bundle": lazy("Set of goods"),
    "cross_store": lazy("Over all stalls"),
    "seller": lazy("Coupon of the stall"),
    "platform": lazy("Coupon of the festival"),
    "red_packet": lazy("Red packet"),
}
STATES: dict[str, Promise] = {
    "running": lazy("Running"),
    "coming": lazy("To come"),
    "over": lazy("Over"),
}
WAYS: dict[str, Promise] = {
    "claim": lazy("to be claimed by anyone"),
    "drop": lazy("to be dropped in a live room"),
    "gift": lazy("to be given by hand"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionLine:
    """`orders` used it; `cost_minor` is what they paid less for it."""

    promotion: Promotion
    title: str
    text: str
    orders: int
    cost_minor: int

    @property
    def kind(self) -> Promise:
        return KINDS[self.promotion.kind]

    @property
    def state(self) -> Promise:
        return STATES[self.promotion.state]

    @property
    def counted_in_coupons(self) -> bool:
        return self.promotion.key.startswith("c")


def build_lines(promotions: Sequence[Promotion]) -> list[PromotionLine]:
    """In the order of the promotions; at most three queries beside their own."""
    names = _load_names(promotions)
    prices = [each for each in promotions if each.key.startswith("p") and each.sku is not None]
    uses = count_price_uses(
        [each.row.pk for each in prices],
        sku_ids={each.sku.id for each in prices if each.sku is not None},
    )
    lines = []
    for each in promotions:
        used = uses.get(each.row.pk) if each.key.startswith("p") else None
        cost_minor = each.cost_minor or 0
        if used is not None and each.sku is not None:
            cost_minor = max(used.units * each.sku.list_price_minor - used.paid_minor, 0)
        lines.append(
            PromotionLine(
                promotion=each,
                title=name_sku(each.sku) if each.sku is not None else str(KINDS[each.kind]),
                text=describe_promotion(each, names),
                orders=used.orders if used is not None else (each.orders or 0),
                cost_minor=cost_minor,
            )
        )
    return lines


def _load_names(promotions: Iterable[Promotion]) -> Names:
    rules = [getattr(each.row, "rule", {}) for each in promotions if each.sku is None]
    skus = [each.sku for each in promotions if each.sku is not None]
    return load_names(rules, currency="VND", known=skus)


def describe_promotion(promotion: Promotion, names: Names) -> str:
    """What it gives, in one sentence."""
    row = promotion.row
    rule = getattr(row, "rule", None)
    if rule is None:
        return _describe_price(promotion)
    text = describe_rule({"kind": promotion.kind} | rule, names)
    way = getattr(row, "way", None)
    return text if way is None else _("%(rule)s, %(way)s") % {"rule": text, "way": WAYS[way]}


def _describe_price(promotion: Promotion) -> str:
    row: Any = promotion.row
    sku = promotion.sku
    assert sku is not None, "a price has goods"
    values = {"price": money(row.unit_minor), "list": money(sku.list_price_minor)}
    if promotion.kind == "presale":
        values |= {"deposit": money(row.deposit_minor), "credit": money(row.credit_minor)}
        text = _("%(price)s; a deposit of %(deposit)s counts for %(credit)s") % values
    else:
        text = _("%(price)s instead of %(list)s") % values
    if getattr(row, "min_qty", None):
        text += _(", from %(units)s units") % {"units": row.min_qty}
    if getattr(row, "per_buyer_max", None):
        text += _(", at most %(most)s for one buyer") % {"most": row.per_buyer_max}
    if getattr(row, "is_exclusive", False):
        text += _(", nothing else is taken off")
    return text


def explain_ending(promotion: Promotion) -> str:
    """What ending it now means, for buyers and for stock."""
    if promotion.state == "coming":
        return _("It has not begun: it disappears, and units set aside for it go back on sale.")
    match promotion.key[0]:
        case "p":
            return _(
                "From this moment buyers pay the next best price; orders that are placed keep "
                "theirs. Units that it has left go back on sale. It cannot be opened again."
            )
        case "s":
            return _(
                "No more deposits are taken and unreserved units go back on sale. Whoever has paid "
                "a deposit still pays the balance at the price that was promised."
            )
        case "c":
            return _(
                "Nobody can claim or use it any more, also those who hold it. Orders that are "
                "placed keep what it took off."
            )
        case _:
            return _(
                "From this moment carts are priced without it. Orders that are placed keep what "
                "it took off."
            )
