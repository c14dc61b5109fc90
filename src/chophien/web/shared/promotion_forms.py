"""What sellers and organisers type to promote goods: one form for each kind of price."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from typing_extensions import override

from chophien.apps.promotions.planning import (
    PresalePlan,
    PricePlan,
    plan_presale,
    plan_price,
)
from chophien.domain.limits import LINE_QUANTITY_MAX
from chophien.web.shared.fields import CountField, InstantField, MoneyField
from chophien.web.templatetags.fair import local

if TYPE_CHECKING:
    from chophien.apps.catalog.models import Sku
    from chophien.apps.festivals.models import Festival
    from chophien.apps.programme.models import Show
    from chophien.apps.sellers.models import Stall

# A form that lay open while its start went by still starts at once.
LATE_MAX = timedelta(minutes=15)
AT_ONCE = lazy("Leave it empty to start at once.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """What a person may promote: these stalls' goods, in these festivals and shows."""

    user_id: int
    stalls: "tuple[Stall, ...]"
    skus: "tuple[Sku, ...]"
    festivals: "tuple[Festival, ...]"
    shows: "tuple[Show, ...]" = ()
    shown: frozenset[tuple[int, int]] = frozenset()
    """Which sku is in which of the shows: pairs of show and sku."""

    def find_sku(self, sku_id: object) -> "Sku | None":
        return next((sku for sku in self.skus if str(sku.id) == str(sku_id)), None)

    def find_festival(self, festival_id: object) -> "Festival | None":
        wanted = str(festival_id)
        return next((each for each in self.festivals if str(each.id) == wanted), None)


def name_sku(sku: "Sku") -> str:
    """Goods with their unit, as they stand in a list of choices."""
    return f"{local(sku.product, 'name')}, {local(sku, 'unit')}"


class PromotionForm(forms.Form):
    """A window in time; what it is for comes from the forms of each kind."""

    kind = ""
    starts_at = InstantField(label=lazy("Starts"), required=False, help_text=AT_ONCE)
    ends_at = InstantField(label=lazy("Ends"))

    def __init__(self, *args: Any, owner: Owner, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owner, self.at = owner, at
        for name, field in self.fields.items():
            if field.help_text:
                field.widget.attrs["aria-describedby"] = f"id_{name}_helptext"

    def set_choices(self, name: str, choices: Sequence[tuple[Any, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField), f"{name} has no choices"
        field.choices = choices

    def clean_starts_at(self) -> datetime:
        starts_at: datetime | None = self.cleaned_data["starts_at"]
        if starts_at is None or self.at - LATE_MAX <= starts_at <= self.at:
            return self.at
        if starts_at < self.at:
            raise forms.ValidationError(_("This is in the past. Leave it empty to start at once."))
        return starts_at

    def save(self) -> object:
        """Make it, or say why not, as planning does; only after `is_valid`."""
        raise NotImplementedError

    @override
    def clean(self) -> dict[str, Any]:
        starts_at, ends_at = self.cleaned_data.get("starts_at"), self.cleaned_data.get("ends_at")
        if starts_at and ends_at and ends_at <= starts_at:
            self.add_error("ends_at", _("The end has to be after the beginning."))
        return self.cleaned_data


class GoodsForm(PromotionForm):
    """Goods of the owner's stalls, and the programme whose cap holds."""

    sku = forms.ChoiceField(label=lazy("Goods"))
    festival = forms.ChoiceField(
        label=lazy("Part of"), required=False,
        help_text=lazy("The programme sets how much may be taken off by law."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.set_choices("sku", [("", _("Choose…")), *_group_by_stall(self.owner)])
        self.set_choices("festival", list_festival_choices(self.owner, with_none=True))

    @property
    def chosen(self) -> "Sku | None":
        """The goods that are chosen, also while other fields are still wrong."""
        return self.owner.find_sku(self["sku"].value())

    def get_plan(self) -> PricePlan | PresalePlan:
        """What is typed as a plan; only after `is_valid`."""
        raise NotImplementedError

    def get_festival_id(self) -> int | None:
        return int(self.cleaned_data["festival"]) if self.cleaned_data["festival"] else None


def _group_by_stall(owner: Owner) -> list[tuple[Any, Any]]:
    choices: dict[str, list[tuple[str, str]]] = {}
    for sku in owner.skus:
        stall = local(sku.product.stall, "name")
        choices.setdefault(stall, []).append((str(sku.id), name_sku(sku)))
    if len(choices) == 1:
        return next(iter(choices.values()))
    return list(choices.items())


def list_festival_choices(owner: Owner, *, with_none: bool) -> list[tuple[str, str]]:
    """Festivals with the cap that each allows."""
    found = [
        (
            str(festival.id),
            _("%(festival)s (up to %(cap)s%% off)")
            % {"festival": local(festival, "name"), "cap": festival.discount_cap_bps // 100},
        )
        for festival in owner.festivals
    ]
    none = [("", _("No programme: my own promotion (up to 50% off)"))]
    return [*found, *(none if with_none else [])]


class PriceForm(GoodsForm):
    """A lower price for everybody while it lasts."""

    kind = "sale"
    unit = MoneyField(label=lazy("Price of one unit"), help_text=lazy("For example 120.000"))
    is_exclusive = forms.BooleanField(
        label=lazy("Nothing else is taken off: no offers, no coupons"), required=False
    )
    field_order: Iterable[str] | None = (
        "sku",
        "unit",
        "starts_at",
        "ends_at",
        "festival",
        "is_exclusive",
    )

    @override
    def get_plan(self) -> PricePlan:
        data = self.cleaned_data
        return PricePlan(
            sku_id=int(data["sku"]),
            kind=self.kind,
            unit_minor=data["unit"],
            starts_at=data["starts_at"],
            ends_at=data["ends_at"],
            festival_id=self.get_festival_id(),
            min_qty=data.get("min_qty"),
            room=int(data["room"]) if data.get("room") else None,
            is_exclusive=data["is_exclusive"],
            allotment=data.get("allotment"),
            per_buyer_max=data.get("per_buyer"),
        )

    @override
    def save(self) -> object:
        return plan_price(self.get_plan(), by_id=self.owner.user_id, at=self.at)


class FlashForm(PriceForm):
    kind = "flash"
    allotment = CountField(
        label=lazy("How many units"), help_text=lazy("They are taken out of stock for it now.")
    )
    per_buyer = CountField(
        label=lazy("At most for one buyer"), most=LINE_QUANTITY_MAX, required=False,
        help_text=lazy("Over all orders of a buyer. Empty: no limit."),
    )  # fmt: skip
    field_order: Iterable[str] | None = (
        "sku", "unit", "allotment", "per_buyer", "starts_at", "ends_at", "festival",
    )  # fmt: skip


class MemberForm(PriceForm):
    kind = "member"


class TierForm(PriceForm):
    kind = "tier"
    min_qty = forms.IntegerField(
        label=lazy("From how many units"), min_value=2, max_value=LINE_QUANTITY_MAX,
        help_text=lazy("For example 10: who buys ten or more pays this for each."),
    )  # fmt: skip
    field_order: Iterable[str] | None = (
        "sku",
        "min_qty",
        "unit",
        "starts_at",
        "ends_at",
        "festival",
    )


class RoomForm(PriceForm):
    """A price for those who buy in the room of one show, while the show lasts."""

    kind = "room"
    room = forms.ChoiceField(label=lazy("Show"))
    field_order: Iterable[str] | None = ("sku", "room", "unit", "festival")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["starts_at"], self.fields["ends_at"]
        self.set_choices("room", [("", _("Choose…")), *map(_name_show, self.owner.shows)])

    @override
    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        show = next((show for show in self.owner.shows if str(show.id) == data.get("room")), None)
        if show is None:
            return data
        if data.get("sku") and (show.id, int(data["sku"])) not in self.owner.shown:
            self.add_error(
                "room", _("These goods are not in this show. Choose another show or other goods.")
            )
        data["starts_at"] = max(show.starts_at, self.at)
        data["ends_at"] = show.ends_at
        return data


def _name_show(show: "Show") -> tuple[str, str]:
    starts_at = localtime(show.starts_at)
    return str(show.id), f"{starts_at:%d/%m %H:%M} · {local(show, 'title')} · {show.host.name}"


class PresaleForm(GoodsForm):
    """A deposit now that counts for more when the balance is paid."""

    kind = "presale"
    unit = MoneyField(label=lazy("Price of one unit"), help_text=lazy("For example 200.000"))
    deposit = MoneyField(label=lazy("Deposit"), help_text=lazy("Paid now, for example 20.000"))
    credit = MoneyField(
        label=lazy("The deposit counts for"),
        help_text=lazy("For example 40.000: the buyer gains 20.000 by waiting."),
    )
    allotment = CountField(
        label=lazy("How many units"), help_text=lazy("They are taken out of stock for it now.")
    )
    per_buyer = CountField(
        label=lazy("At most for one buyer"), most=LINE_QUANTITY_MAX, required=False,
        help_text=lazy("Over all orders of a buyer. Empty: no limit."),
    )  # fmt: skip
    starts_at = InstantField(label=lazy("Deposits from"), required=False, help_text=AT_ONCE)
    ends_at = InstantField(label=lazy("Deposits until"))
    balance_starts_at = InstantField(label=lazy("Balance from"))
    balance_ends_at = InstantField(label=lazy("Balance until"))
    field_order: Iterable[str] | None = (
        "sku", "unit", "deposit", "credit", "allotment", "per_buyer", "starts_at", "ends_at",
        "balance_starts_at", "balance_ends_at", "festival",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.set_choices("festival", list_festival_choices(self.owner, with_none=False))
        self.fields["festival"].required = True

    @override
    def clean(self) -> dict[str, Any]:
        data = super().clean()
        unit, deposit, credit = data.get("unit"), data.get("deposit"), data.get("credit")
        if deposit and credit and credit < deposit:
            self.add_error("credit", _("It has to count for at least what was paid."))
        if credit and unit and credit > unit:
            self.add_error("credit", _("It cannot count for more than the price."))
        end, first, last = (
            data.get(name) for name in ("ends_at", "balance_starts_at", "balance_ends_at")
        )
        if end and first and first < end:
            self.add_error("balance_starts_at", _("Deposits have to close before the balance."))
        if first and last and last <= first:
            self.add_error("balance_ends_at", _("The end has to be after the beginning."))
        return data

    @override
    def get_plan(self) -> PresalePlan:
        data = self.cleaned_data
        return PresalePlan(
            sku_id=int(data["sku"]),
            festival_id=int(data["festival"]),
            unit_minor=data["unit"],
            deposit_minor=data["deposit"],
            credit_minor=data["credit"],
            starts_at=data["starts_at"],
            ends_at=data["ends_at"],
            balance_starts_at=data["balance_starts_at"],
            balance_ends_at=data["balance_ends_at"],
            allotment=data["allotment"],
            per_buyer_max=data["per_buyer"],
        )

    @override
    def save(self) -> object:
        return plan_presale(self.get_plan(), by_id=self.owner.user_id, at=self.at)
