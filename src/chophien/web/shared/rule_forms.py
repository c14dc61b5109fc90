"""What sellers and organisers type to make offers, programmes over all stalls, and coupons."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from typing_extensions import override

from chophien.apps.promotions.planning import (
    CouponPlan,
    RulePlan,
    plan_coupon,
    plan_cross_store,
    plan_offer,
)
from chophien.domain.money import BPS_WHOLE
from chophien.web.shared.fields import CountField, InstantField, MoneyField, PercentField
from chophien.web.shared.promotion_forms import (
    PromotionForm,
    list_festival_choices,
    name_sku,
)
from chophien.web.templatetags.fair import local

if TYPE_CHECKING:
    from chophien.apps.sellers.models import Stall

AT_ONCE_VALID = lazy("Leave it empty for at once.")
BUNDLE_ROWS = 4
UNITS_MAX = 99
TIMES_MAX = 1_000

Rule = dict[str, Any]


class RuleForm(PromotionForm):
    """A rule with a budget: what it may cost in all."""

    budget = MoneyField(
        label=lazy("May cost in all"), required=False,
        help_text=lazy("It stops by itself when this is used up. Empty: no limit."),
    )  # fmt: skip

    def get_rule(self) -> Rule:
        """The rule in the form of docs/reference/promotions.md; only after `is_valid`."""
        raise NotImplementedError

    def get_rule_plan(self, **fields: Any) -> RulePlan:
        """The rule with its window and budget; only after `is_valid`."""
        data = self.cleaned_data
        return RulePlan(
            rule=self.get_rule(),
            starts_at=data["starts_at"],
            ends_at=data["ends_at"],
            budget_minor=data["budget"],
            **fields,
        )


class OfferForm(RuleForm):
    """An automatic discount of one stall."""

    stall = forms.ChoiceField(label=lazy("Stall"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stalls = self.owner.stalls
        self.set_choices("stall", [(str(stall.id), local(stall, "name")) for stall in stalls])
        self.initial.setdefault("stall", str(stalls[0].id))
        if len(stalls) == 1:
            self.fields["stall"].widget = forms.HiddenInput()
        if "skus" in self.fields:
            skus = [(sku.code, name_sku(sku)) for sku in self.owner.skus]
            self.set_choices("skus", skus)

    def get_stall(self) -> "Stall":
        """The stall that gives it; only after `is_valid`."""
        chosen = self.cleaned_data["stall"]
        return next(stall for stall in self.owner.stalls if str(stall.id) == chosen)

    def list_codes(self) -> tuple[str, ...]:
        """The goods that the offer names; none for the whole stall."""
        return tuple(self.cleaned_data.get("skus") or ())

    @override
    def save(self) -> object:
        plan = self.get_rule_plan(kind=self.kind, sku_codes=self.list_codes())
        return plan_offer(plan, stall_id=self.get_stall().id, by_id=self.owner.user_id, at=self.at)

    def with_scope(self, rule: Rule) -> Rule:
        codes = self.list_codes()
        return rule | {"scope": {"skus": sorted(codes)}} if codes else rule


def _skus() -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=lazy("Only on these goods"), required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=lazy("Choose none for all goods of the stall."),
    )  # fmt: skip


class Discount(forms.Form):
    """Either an amount or a share."""

    off = MoneyField(
        label=lazy("Takes off"), required=False, help_text=lazy("In đồng, for example 30.000")
    )
    percent = PercentField(
        label=lazy("or a share, in per cent"), required=False, help_text=lazy("For example 10")
    )
    max_off = MoneyField(
        label=lazy("of it at most"), required=False, help_text=lazy("With a share only.")
    )

    def read_discount(self) -> Rule:
        """`off`, or `percent_bps` with its `max_off`; faults go beside the fields."""
        data = self.cleaned_data
        off, bps, max_off = data.get("off"), data.get("percent"), data.get("max_off")
        if (
            "off" not in self.errors
            and "percent" not in self.errors
            and (off is None) == (bps is None)
        ):
            self.add_error("off", _("Fill in either an amount or a share."))
        if max_off is not None and bps is None and "percent" not in self.errors:
            self.add_error("max_off", _("This goes with a share."))
        if off is not None:
            return {"off": off}
        return {"percent_bps": bps} | ({} if max_off is None else {"max_off": max_off})


class SpendSaveForm(Discount, OfferForm):
    kind = "spend_save"
    threshold = MoneyField(
        label=lazy("From a sum of"), help_text=lazy("Of this stall's goods, for example 300.000")
    )
    repeat = forms.BooleanField(
        label=lazy("Again for each such sum"), required=False,
        help_text=lazy("Then 600.000 saves twice."),
    )  # fmt: skip
    max_times = CountField(
        label=lazy("At most so many times"), most=TIMES_MAX, required=False,
        help_text=lazy("Empty: no limit."),
    )  # fmt: skip
    skus = _skus()
    field_order: Iterable[str] | None = (
        "stall", "threshold", "off", "percent", "max_off", "repeat", "max_times", "skus",
        "starts_at", "ends_at", "budget",
    )  # fmt: skip

    @override
    def clean(self) -> dict[str, Any]:
        data = super().clean()
        data["discount"] = self.read_discount()
        if data.get("repeat") and data.get("percent") is not None:
            self.add_error("repeat", _("Only an amount can be taken off again and again."))
        if data.get("max_times") is not None and not data.get("repeat"):
            self.add_error("max_times", _("This goes with “again for each such sum”."))
        if (data.get("off") or 0) >= (data.get("threshold") or 0) > 0:
            self.add_error("off", _("This has to be less than the sum that it is taken off."))
        return data

    @override
    def get_rule(self) -> Rule:
        data = self.cleaned_data
        rule = {"threshold": data["threshold"]} | data["discount"]
        if data["repeat"]:
            rule["repeat"] = True
            if data["max_times"] is not None:
                rule["max_times"] = data["max_times"]
        return self.with_scope(rule)


class NthUnitForm(OfferForm):
    kind = "nth_unit"
    n = forms.IntegerField(
        label=lazy("Which unit gets cheaper"), min_value=1, max_value=UNITS_MAX,
        help_text=lazy("2: every second unit, 3: every third."),
    )  # fmt: skip
    percent = PercentField(
        label=lazy("Off that unit, in per cent"),
        help_text=lazy("50: half price. 100: for free."),
    )
    skus = _skus()
    field_order: Iterable[str] | None = (
        "stall",
        "n",
        "percent",
        "skus",
        "starts_at",
        "ends_at",
        "budget",
    )

    @override
    def get_rule(self) -> Rule:
        data = self.cleaned_data
        return self.with_scope({"n": data["n"], "percent_bps": data["percent"]})


class BundleForm(OfferForm):
    """Some goods together at one price; rows that are left empty do not count."""

    kind = "bundle"
    price = MoneyField(label=lazy("Price of the set"), help_text=lazy("For example 250.000"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("Choose…")), *((sku.code, name_sku(sku)) for sku in self.owner.skus)]
        for row in range(BUNDLE_ROWS):
            is_needed = row < 1
            label = _("Goods %(number)s") % {"number": row + 1}
            self.fields[f"sku_{row}"] = forms.ChoiceField(
                label=label, choices=choices, required=is_needed
            )
            self.fields[f"units_{row}"] = CountField(
                label=_("Units"), most=UNITS_MAX, required=False, initial=1
            )
        rows = [name for row in range(BUNDLE_ROWS) for name in (f"sku_{row}", f"units_{row}")]
        self.order_fields(["stall", *rows, "price", "starts_at", "ends_at", "budget"])

    @property
    def rows(self) -> list[tuple[Any, Any]]:
        """Goods and units, side by side."""
        return [(self[f"sku_{row}"], self[f"units_{row}"]) for row in range(BUNDLE_ROWS)]

    @override
    def clean(self) -> dict[str, Any]:
        data = super().clean()
        units = self._count_units()
        if "sku_0" not in self.errors and sum(units.values()) <= 1:
            self.add_error("sku_1", _("A set has at least two units."))
        return data

    def _count_units(self) -> dict[str, int]:
        units: dict[str, int] = {}
        for row in range(BUNDLE_ROWS):
            code = self.cleaned_data.get(f"sku_{row}")
            if code:
                count = self.cleaned_data.get(f"units_{row}") or 1
                units[code] = units.get(code, 0) + count
        return units

    @override
    def list_codes(self) -> tuple[str, ...]:
        return tuple(sorted(self._count_units()))

    @override
    def get_rule(self) -> Rule:
        return {"skus": self._count_units(), "price": self.cleaned_data["price"]}


class CrossStoreForm(RuleForm):
    """Every S minus D over all stalls of a festival."""

    kind = "cross_store"
    festival = forms.ChoiceField(label=lazy("Festival"))
    every = MoneyField(label=lazy("For every"), help_text=lazy("For example 200.000"))
    off = MoneyField(label=lazy("Takes off"), help_text=lazy("For example 20.000"))
    max_times = CountField(
        label=lazy("At most so many times"), most=TIMES_MAX, required=False,
        help_text=lazy("Empty: no limit."),
    )  # fmt: skip
    field_order: Iterable[str] | None = (
        "festival",
        "every",
        "off",
        "max_times",
        "starts_at",
        "ends_at",
        "budget",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.set_choices("festival", list_festival_choices(self.owner, with_none=False))

    @override
    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if (data.get("off") or 0) >= (data.get("every") or 0) > 0:
            self.add_error("off", _("This has to be less than the sum that it is taken off."))
        return data

    @override
    def get_rule(self) -> Rule:
        data = self.cleaned_data
        rule = {"every": data["every"], "off": data["off"]}
        return rule | ({"max_times": data["max_times"]} if data["max_times"] else {})

    @override
    def save(self) -> object:
        return plan_cross_store(
            self.get_rule_plan(), festival_id=int(self.cleaned_data["festival"]),
            by_id=self.owner.user_id, at=self.at,
        )  # fmt: skip


class CouponForm(Discount, RuleForm):
    """Coupons of a stall, or of the festival where no stall is at hand."""

    kind = "seller"
    festival = forms.ChoiceField(label=lazy("Festival"))
    way = forms.ChoiceField(
        label=lazy("How people get it"), widget=forms.RadioSelect, initial="claim",
        choices=[
            ("claim", lazy("Anyone may claim it on the stall's and goods' pages")),
            ("drop", lazy("A host drops it in a live room")),
            ("gift", lazy("Given by hand")),
        ],
    )  # fmt: skip
    threshold = MoneyField(
        label=lazy("From a sum of"), required=False, help_text=lazy("Empty: from the first đồng.")
    )
    count_max = CountField(label=lazy("How many coupons"), help_text=lazy("For example 500"))
    per_buyer = CountField(
        label=lazy("At most for one person"), most=UNITS_MAX, initial=1,
        help_text=lazy("Usually 1."),
    )  # fmt: skip
    starts_at = InstantField(label=lazy("Valid from"), required=False, help_text=AT_ONCE_VALID)
    ends_at = InstantField(label=lazy("Valid until"))
    claim_ends_at = InstantField(
        label=lazy("Claimed until"), required=False,
        help_text=lazy("Empty: as long as it is valid."),
    )  # fmt: skip
    field_order: Iterable[str] | None = (
        "stall", "festival", "way", "off", "percent", "max_off", "threshold", "count_max",
        "per_buyer", "starts_at", "ends_at", "claim_ends_at", "budget",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.set_choices("festival", list_festival_choices(self.owner, with_none=False))

    @override
    def clean(self) -> dict[str, Any]:
        data = super().clean()
        data["discount"] = self.read_discount()
        off, threshold = data.get("off") or 0, data.get("threshold")
        if threshold is not None and off >= threshold:
            self.add_error("off", _("This has to be less than the sum that it is taken off."))
        if data.get("percent") == BPS_WHOLE and data.get("max_off") is None:
            self.add_error("max_off", _("A coupon for everything needs a limit."))
        if data.get("per_buyer") and data.get("count_max", 0) < data["per_buyer"]:
            self.add_error("per_buyer", _("There are fewer coupons than this."))
        return data

    @override
    def get_rule(self) -> Rule:
        threshold = self.cleaned_data["threshold"]
        discount: Rule = self.cleaned_data["discount"]
        return discount if threshold is None else discount | {"threshold": threshold}

    def get_stall_id(self) -> int | None:
        return None

    @override
    def save(self) -> object:
        data = self.cleaned_data
        plan = CouponPlan(
            festival_id=int(data["festival"]),
            stall_id=self.get_stall_id(),
            issuer=self.kind,
            way=data["way"],
            rule=self.get_rule(),
            count_max=data["count_max"],
            per_buyer_max=data["per_buyer"],
            starts_at=data["starts_at"],
            ends_at=data["ends_at"],
            claim_starts_at=None,
            claim_ends_at=data["claim_ends_at"],
            budget_minor=data["budget"],
        )
        return plan_coupon(plan, by_id=self.owner.user_id, at=self.at)


class StallCouponForm(CouponForm):
    stall = forms.ChoiceField(label=lazy("Stall"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stalls = self.owner.stalls
        self.set_choices("stall", [(str(stall.id), local(stall, "name")) for stall in stalls])
        self.initial.setdefault("stall", str(stalls[0].id))
        if len(stalls) == 1:
            self.fields["stall"].widget = forms.HiddenInput()

    @override
    def get_stall_id(self) -> int | None:
        return int(self.cleaned_data["stall"])


class FestivalCouponForm(CouponForm):
    kind = "platform"


class RedPacketForm(CouponForm):
    """A small amount without conditions, for joy."""

    kind = "red_packet"
