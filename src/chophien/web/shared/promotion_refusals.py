"""Why a promotion was refused, in plain words, with the one change that would make it go."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from chophien.apps.promotions.planning import Faulty, TooFewUnits, Unlawful
from chophien.domain.law import (
    DISCOUNT_DAYS_MAX,
    BelowFloor,
    Breach,
    CapBroken,
    DaysUsedUp,
    GoodsBanned,
    NotCheaper,
)
from chophien.domain.money import render_money

if TYPE_CHECKING:
    from chophien.apps.festivals.models import Festival

ROUND_MINOR = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """`field` is where it is shown; `fill`, `label`: what one press fills in, if anything would."""

    field: str
    text: str
    fill: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What a refusal needs to know of the plan. `bonus_minor` is a presale's, else 0."""

    reference_minor: int = 0
    bonus_minor: int = 0
    end_field: str = "ends_at"
    festival: "Festival | None" = None


def money(amount_minor: int) -> str:
    return render_money(amount_minor, "VND", (get_language() or "vi")[:2])


def explain_refusal(outcome: Unlawful | TooFewUnits | Faulty, case: Case) -> Refusal:
    """One sentence, the field that can mend it, and what to fill in."""
    match outcome:
        case Unlawful(breach=breach):
            return explain_breach(breach, case)
        case TooFewUnits(free=0):
            return Refusal(
                field="allotment", text=_("No unit is free to be set aside. Bring stock first.")
            )
        case TooFewUnits(free=free):
            return Refusal(
                field="allotment",
                text=_("Only %(free)s units are free to be set aside.") % {"free": free},
                fill=f"allotment={free}",
                label=_("Set aside %(free)s") % {"free": free},
            )
        case Faulty(faults=faults):
            return _explain_fault(faults[0], case)


def explain_breach(breach: Breach, case: Case) -> Refusal:
    """What the law says, and the nearest price or last day that it allows."""
    match breach:
        case CapBroken(nearest_minor=nearest):
            text = _(
                "The law does not allow this price: measured against %(reference)s, the price "
                "just before the promotion, the lowest is %(nearest)s."
            )
            return _offer_price(text, nearest, case)
        case BelowFloor(nearest_minor=nearest):
            return _offer_price(
                _("Your own floor price for these goods is %(nearest)s."), nearest, case
            )
        case NotCheaper(reference_minor=reference):
            text = _(
                "This is no discount: the price just before the promotion is %(reference)s. "
                "A tenth off would be %(nearest)s."
            )
            tenth_off = reference * 9 // 10 // ROUND_MINOR * ROUND_MINOR or reference - 1
            return _offer_price(text, tenth_off, case)
        case GoodsBanned(ban=ban):
            return Refusal(field="sku", text=_name_ban(ban))
        case DaysUsedUp():
            return _explain_days(breach, case)


def _offer_price(text: str, nearest_minor: int, case: Case) -> Refusal:
    unit_minor = nearest_minor + case.bonus_minor
    values = {"reference": money(case.reference_minor), "nearest": money(unit_minor)}
    return Refusal(
        field="unit",
        text=text % values,
        fill=f"unit={unit_minor}",
        label=_("Take %(price)s") % {"price": money(unit_minor)},
    )


def _name_ban(ban: str) -> str:
    return {
        "alcohol": _(
            "Alcohol may not be promoted at all: no lower price, no offer, no presale. "
            "It can be sold at its list price."
        ),
        "tobacco": _(
            "Tobacco may not be promoted at all: no lower price, no offer, no presale. "
            "It can be sold at its list price."
        ),
        "infant_milk": _(
            "Milk for infants may not be promoted at all: no lower price, no offer, no presale. "
            "It can be sold at its list price."
        ),
    }[ban]


def _explain_days(breach: DaysUsedUp, case: Case) -> Refusal:
    values: dict[str, object] = {"days": DISCOUNT_DAYS_MAX, "year": breach.year}
    if breach.nearest_ends_at is None:
        text = _(
            "Goods may be discounted on %(days)s days of a year outside concentrated "
            "programmes; all days of %(year)s are used."
        )
        return Refusal(field=case.end_field, text=text % values)
    text = _(
        "Goods may be discounted on %(days)s days of a year outside concentrated programmes. "
        "With what is planned for %(year)s, this one can last until %(end)s."
    )
    return _offer_end(text, breach.nearest_ends_at, case.end_field, values)


def _offer_end(text: str, at: datetime, field: str, values: dict[str, object]) -> Refusal:
    end = localtime(at)
    written = f"{end:%H:%M %d/%m/%Y}"
    return Refusal(
        field=field,
        text=text % (values | {"end": written}),
        fill=f"{field}={end:%Y-%m-%dT%H:%M}",
        label=_("Until %(end)s") % {"end": written},
    )


def _explain_fault(fault: str, case: Case) -> Refusal:
    key, _colon, what = fault.partition(": ")
    if case.festival is not None and "after the festival" in what:
        text = _("The programme ends at %(end)s, and what it allows with it.")
        return _offer_end(text, case.festival.ends_at, case.end_field, {})
    if case.festival is not None and "before the festival" in what:
        start = localtime(case.festival.starts_at)
        written = f"{start:%H:%M %d/%m/%Y}"
        return Refusal(
            field="starts_at",
            text=_("The programme begins at %(start)s only.") % {"start": written},
            fill=f"starts_at={start:%Y-%m-%dT%H:%M}",
            label=_("From %(start)s") % {"start": written},
        )
    if key == "deposit":
        return Refusal(field=key, text=_("A deposit is at most the list price."))
    text = _("This cannot be set up as it is (%(fault)s). Nothing was changed.")
    return Refusal(field=_FIELDS.get(key, ""), text=text % {"fault": fault})


_FIELDS = {
    "unit": "unit",
    "ends": "ends_at",
    "starts": "starts_at",
    "allotment": "allotment",
    "per_buyer": "per_buyer",
    "min_qty": "min_qty",
    "room": "room",
    "credit": "credit",
    "balance_starts": "balance_starts_at",
    "balance_ends": "balance_ends_at",
    "count": "count_max",
    "skus": "skus",
}
