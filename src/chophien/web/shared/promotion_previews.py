"""What buyers will see of a promotion before it is made: nothing here is saved."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from chophien.apps.inventory.selectors import count_free
from chophien.apps.promotions.planning import (
    Faulty,
    PresalePlan,
    PricePlan,
    TooFewUnits,
    Unlawful,
    check_presale,
    check_price,
    find_goods,
    find_programme,
    judge_plan,
)
from chophien.apps.promotions.selectors import find_lowest_prices, find_references
from chophien.domain.law import ORDINARY_CAP_BPS, lowest_lawful_price
from chophien.domain.money import BPS_WHOLE
from chophien.domain.pricing.quote import price_document
from chophien.web.shared.promotion_forms import GoodsForm
from chophien.web.shared.promotion_refusals import Case, Refusal, explain_refusal, money
from chophien.web.shared.rule_forms import (
    BundleForm,
    CouponForm,
    CrossStoreForm,
    NthUnitForm,
    RuleForm,
)
from chophien.web.shared.why.naming import load_names
from chophien.web.shared.why.words import describe_rule, render_percent

if TYPE_CHECKING:
    from datetime import datetime

    from chophien.apps.catalog.models import Sku
    from chophien.web.shared.promotion_forms import PresaleForm, PriceForm

BASKET_MINOR = 500_000  # an example where the rule itself names no sum
STEPS_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class PricePreview:
    """Goods with the price that is typed; parts that are not known yet are empty."""

    kind: str
    sku: "Sku"
    reference_minor: int
    lowest_minor: int
    legal_minor: int | None
    free: int
    plan: PricePlan | PresalePlan | None = None
    refusal: Refusal | None = None

    @property
    def unit_minor(self) -> int | None:
        """What one unit costs in the end."""
        return None if self.plan is None else self.plan.unit_minor - self.plan.bonus_minor

    @property
    def percent_off(self) -> int:
        unit = self.unit_minor
        if unit is None or not self.reference_minor:
            return 0
        return max(100 - -(-unit * 100 // self.reference_minor), 0)

    @property
    def balance_minor(self) -> int | None:
        """What is left to pay of a presale's unit."""
        plan = self.plan
        return plan.unit_minor - plan.credit_minor if isinstance(plan, PresalePlan) else None


def preview_price(form: "PriceForm | PresaleForm") -> PricePreview | None:
    """Judge what is typed as `plan_price` will; `None` until goods are chosen."""
    sku = form.chosen
    if sku is None:
        return None
    at = form.at
    plan = form.get_plan() if form.is_bound and form.is_valid() else None
    free = count_free([sku.id]).get(sku.id, 0)
    if plan is None:
        return PricePreview(
            kind=form.kind, sku=sku, free=free, legal_minor=None,
            reference_minor=find_references([sku.id], at)[sku.id],
            lowest_minor=find_lowest_prices([sku.id], at)[sku.id],
        )  # fmt: skip
    goods = find_goods(sku, plan, at=at)
    return PricePreview(
        kind=form.kind,
        sku=sku,
        free=free,
        plan=plan,
        reference_minor=goods.reference_minor,
        lowest_minor=find_lowest_prices([sku.id], max(at, plan.starts_at))[sku.id],
        legal_minor=lowest_lawful_price(goods, find_programme(plan)) + plan.bonus_minor,
        refusal=_find_refusal(form, sku, plan, free),
    )


def _find_refusal(
    form: "PriceForm | PresaleForm", sku: "Sku", plan: PricePlan | PresalePlan, free: int
) -> Refusal | None:
    faults = check_price(plan) if isinstance(plan, PricePlan) else check_presale(plan, sku)
    breach = None if faults else judge_plan(sku, plan, at=form.at)
    case = build_case(form, at=form.at)
    if faults:
        return explain_refusal(Faulty(faults=faults), case)
    if breach is not None:
        return explain_refusal(Unlawful(breach=breach), case)
    if plan.allotment is not None and plan.allotment > free:
        return explain_refusal(TooFewUnits(free=free), case)
    return None


def build_case(form: GoodsForm | RuleForm, *, at: "datetime") -> Case:
    """What a refusal of this form needs to know; only after `is_valid`."""
    if not isinstance(form, GoodsForm) or form.chosen is None:
        return Case()
    plan = form.get_plan()
    return Case(
        reference_minor=find_goods(form.chosen, plan, at=at).reference_minor,
        bonus_minor=plan.bonus_minor,
        end_field="balance_ends_at" if isinstance(plan, PresalePlan) else "ends_at",
        festival=form.owner.find_festival(plan.festival_id),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A basket before and after the rule, as the pricing engine itself says."""

    name: str
    before_minor: int
    after_minor: int
    is_cut: bool
    """The law's cap holds some of the discount back."""

    @property
    def off_minor(self) -> int:
        return self.before_minor - self.after_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePreview:
    kind: str
    text: str
    face: str
    examples: tuple[Example, ...]
    refusal: Refusal | None = None

    @property
    def is_cut(self) -> bool:
        return any(each.is_cut for each in self.examples)


def preview_rule(form: RuleForm) -> RulePreview | None:
    """A rule in words with baskets priced by it; `None` until all of it is typed."""
    if not form.is_bound or not form.is_valid():
        return None
    rule: dict[str, Any] = {"kind": form.kind} | form.get_rule()
    examples = tuple(_price_examples(form, rule))
    return RulePreview(
        kind=form.kind,
        text=describe_rule(rule, load_names([rule], currency="VND", known=form.owner.skus)),
        face=_render_face(rule),
        examples=examples,
    )


def _render_face(rule: Mapping[str, Any]) -> str:
    if rule.get("off") is not None:
        return f"−{money(rule['off'])}"
    if rule.get("percent_bps") is not None:
        return f"−{render_percent(rule['percent_bps'])}"
    return money(rule["price"]) if rule.get("price") is not None else ""


def _price_examples(form: RuleForm, rule: dict[str, Any]) -> Iterator[Example]:
    """The baskets that tell most: at a step, at the next ones, or the goods that are named."""
    match form:
        case NthUnitForm():
            sku = _first_named(form, rule)
            if sku is not None:
                yield _price(form, rule, f"{rule['n']} × {sku.product.name_vi}", [(sku, rule["n"])])
        case BundleForm():
            named = [(sku, rule["skus"][sku.code]) for sku in form.owner.skus
                     if sku.code in rule["skus"]]  # fmt: skip
            yield _price(form, rule, _("The set"), named)
        case _:
            step = rule.get("every") or rule.get("threshold") or BASKET_MINOR
            repeats = bool(rule.get("repeat") or rule.get("every"))
            for times in range(1, (STEPS_SHOWN if repeats else 1) + 1):
                yield _price_basket(form, rule, step * times)


def _first_named(form: RuleForm, rule: Mapping[str, Any]) -> "Sku | None":
    codes = (rule.get("scope") or {}).get("skus")
    return next((sku for sku in form.owner.skus if codes is None or sku.code in codes), None)


def _price_basket(form: RuleForm, rule: dict[str, Any], sum_minor: int) -> Example:
    line = {"id": "l", "sku": "l", "seller": "s", "qty": 1, "list_price": sum_minor,
            "reference_price": sum_minor}  # fmt: skip
    free = {key: value for key, value in rule.items() if key != "scope"}
    name = _("Basket of %(sum)s") % {"sum": money(sum_minor)}
    return _ask(form, free, name, [line])


def _price(
    form: RuleForm, rule: dict[str, Any], name: str, goods: "Iterable[tuple[Sku, int]]"
) -> Example:
    lines = [
        {"id": str(sku.id), "sku": sku.code, "seller": "s", "qty": units,
         "list_price": sku.list_price_minor, "reference_price": sku.list_price_minor}
        for sku, units in goods
    ]  # fmt: skip
    return _ask(form, rule, name, lines)


def _ask(form: RuleForm, rule: dict[str, Any], name: str, lines: list[dict[str, Any]]) -> Example:
    key, own = _place(form, rule)
    festival = form.owner.find_festival(form.cleaned_data.get("festival", ""))
    cap_bps = ORDINARY_CAP_BPS if festival is None else festival.discount_cap_bps
    request: dict[str, Any] = {"now": form.at.isoformat(), "lines": lines, key: [own]}
    lawful, free = (
        price_document(request | {"festival": {"currency": "VND", "discount_cap_bps": cap}})
        for cap in (cap_bps, BPS_WHOLE)
    )
    return Example(
        name=name,
        before_minor=lawful["items_before"],
        after_minor=lawful["items_payable"],
        is_cut=lawful["items_payable"] > free["items_payable"],
    )


def _place(form: RuleForm, rule: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Where a rule stands in a request, and with which keys."""
    bare = {key: value for key, value in rule.items() if key != "kind"}
    match form:
        case CrossStoreForm():
            return "cross_store", {"id": "x"} | bare
        case CouponForm():
            by = {"issuer": form.kind} | ({"seller": "s"} if form.kind == "seller" else {})
            return "coupons", {"id": "c"} | by | bare
        case _:
            return "offers", {"id": "o", "seller": "s", "kind": form.kind} | bare
