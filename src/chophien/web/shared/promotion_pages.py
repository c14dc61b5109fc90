"""What the sellers' and the organiser's promotion pages share: forms, previews, lists."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from chophien.apps.promotions.documents import RuleError
from chophien.apps.promotions.overview import (
    KINDS as ALL_KINDS,
)
from chophien.apps.promotions.overview import (
    State,
    Wanted,
    list_keys,
    load_promotions,
)
from chophien.apps.promotions.planning import Faulty, TooFewUnits, Unlawful
from chophien.web.shared.promotion_forms import (
    FlashForm,
    GoodsForm,
    MemberForm,
    Owner,
    PresaleForm,
    PriceForm,
    PromotionForm,
    RoomForm,
    TierForm,
)
from chophien.web.shared.promotion_lists import KINDS, STATES, build_lines
from chophien.web.shared.promotion_previews import (
    PricePreview,
    RulePreview,
    build_case,
    preview_price,
    preview_rule,
)
from chophien.web.shared.promotion_refusals import Refusal, explain_refusal
from chophien.web.shared.rule_forms import (
    BundleForm,
    CrossStoreForm,
    FestivalCouponForm,
    NthUnitForm,
    RedPacketForm,
    RuleForm,
    SpendSaveForm,
    StallCouponForm,
)

if TYPE_CHECKING:
    from django.utils.functional import Promise

PAGE_ROWS = 30
FORMS: Mapping[str, type[PromotionForm]] = {
    "sale": PriceForm,
    "flash": FlashForm,
    "member": MemberForm,
    "tier": TierForm,
    "room": RoomForm,
    "presale": PresaleForm,
    "spend_save": SpendSaveForm,
    "nth_unit": NthUnitForm,
    "bundle": BundleForm,
    "seller": StallCouponForm,
    "cross_store": CrossStoreForm,
    "platform": FestivalCouponForm,
    "red_packet": RedPacketForm,
}
STALL_KINDS = (
    "sale", "flash", "member", "tier", "room", "presale", "spend_save", "nth_unit", "bundle",
    "seller",
)  # fmt: skip
FESTIVAL_KINDS = ("cross_store", "platform", "red_packet")
USUAL_DAYS = timedelta(days=7)
FLASH_HOURS = timedelta(hours=3)
BALANCE_AFTER = timedelta(minutes=30)


def read_wanted(query: QueryDict, *, stall_ids: tuple[int, ...] | None = None) -> Wanted:
    """Filter and sorting as the address says; what it does not know is left out."""
    state, kind = query.get("state", ""), query.get("kind", "")
    return Wanted(
        stall_ids=stall_ids,
        kind=kind if kind in ALL_KINDS else "",
        state=State(state) if state in list(State) else None,
        sort=query.get("sort", "ends"),
    )


def list_page(request: HttpRequest, wanted: Wanted, *, at: datetime) -> dict[str, Any]:
    """One page of promotions with the choices of its filter."""
    page = Paginator(list_keys(wanted, at=at), PAGE_ROWS).get_page(request.GET.get("page"))
    kept = request.GET.copy()
    kept.pop("page", None)
    return {
        "page": page,
        "lines": build_lines(load_promotions(page.object_list, at=at)),
        "wanted": wanted,
        "states": STATES,
        "kinds": KINDS,
        "query": kept.urlencode() + "&" if kept else "",
        "at": at,
    }


def make_form(request: HttpRequest, kind: str, *, owner: Owner, at: datetime) -> PromotionForm:
    """The form of a kind, with what was typed or with what is usual."""
    if request.method == "POST":
        return FORMS[kind](_fill(request.POST), owner=owner, at=at)
    return FORMS[kind](initial=_suggest(request, kind, owner, at), owner=owner, at=at)


def _fill(typed: QueryDict) -> QueryDict:
    """What was typed, with what a refusal's button fills in: `fill` holds `field=value`."""
    filled = typed.copy()
    field, _sign, value = typed.get("fill", "").partition("=")
    if field:
        filled[field] = value
    return filled


def _suggest(request: HttpRequest, kind: str, owner: Owner, at: datetime) -> dict[str, object]:
    festival = next(iter(owner.festivals), None)
    ends_at = at + (FLASH_HOURS if kind == "flash" else USUAL_DAYS)
    if festival is not None and ends_at > festival.ends_at > at:
        ends_at = festival.ends_at
    found: dict[str, object] = {
        "sku": request.GET.get("sku", ""),
        "festival": "" if festival is None else str(festival.id),
        "ends_at": localtime(ends_at).replace(second=0, microsecond=0),
    }
    if kind == "presale" and festival is not None and festival.ends_at > at:
        found |= _suggest_balance(festival.ends_at, at)
    usual: dict[str, dict[str, object]] = {
        "flash": {"per_buyer": 2},
        "nth_unit": {"n": 2, "percent": "50"},
    }
    return found | usual.get(kind, {})


def _suggest_balance(over_at: datetime, at: datetime) -> dict[str, object]:
    """Deposits for the first half of what is left of a festival, balances half an hour later."""
    middle = localtime(at + (over_at - at) / 2).replace(minute=0, second=0, microsecond=0)
    return {
        "ends_at": middle,
        "balance_starts_at": middle + BALANCE_AFTER,
        "balance_ends_at": localtime(over_at),
    }


def build_preview(form: PromotionForm) -> PricePreview | RulePreview | None:
    """What buyers will see of what is typed so far."""
    if isinstance(form, PriceForm | PresaleForm):
        return preview_price(form)
    assert isinstance(form, RuleForm), "a price or a rule"
    return preview_rule(form)


def answer_preview(request: HttpRequest, form: PromotionForm) -> HttpResponse:
    """The picture alone, for the script that asks while somebody types."""
    preview = build_preview(form)
    context = {"form": form, "preview": preview, "refusal": preview and preview.refusal}
    return render(request, "shared/_promotion_preview.html", context)


def answer_form(
    request: HttpRequest, form: PromotionForm, *, context: Mapping[str, object], done: str
) -> HttpResponse:
    """Show the form; make the promotion when it was sent and nothing is wrong with it."""
    refusal = None
    preview = build_preview(form)  # before a refusal marks the form as wrong
    if request.method == "POST" and "fill" not in request.POST and form.is_valid():
        refusal = _save(form)
        if refusal is None:
            messages.success(request, _("It is set up. Every page and price knows of it now."))
            return redirect(done)
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.text)
    return render(
        request,
        "shared/promotion_form.html",
        {
            **context,
            "form": form,
            "kind": KINDS[form.kind],
            "preview": preview,
            "refusal": refusal or (preview and preview.refusal),
        },
    )


def _save(form: PromotionForm) -> Refusal | None:
    """Make it; why it was refused, if it was."""
    try:
        outcome = form.save()
    except RuleError as fault:
        outcome = Faulty(faults=fault.faults)
    if not isinstance(outcome, Unlawful | TooFewUnits | Faulty):
        return None
    assert isinstance(form, GoodsForm | RuleForm), "a price or a rule"
    return explain_refusal(outcome, build_case(form, at=form.at))


def list_kinds(kinds: tuple[str, ...]) -> "list[tuple[str, Promise, str]]":
    """Kinds to choose from, each with an example of what it is for."""
    return [(kind, KINDS[kind], _say_use(kind)) for kind in kinds]


def _say_use(kind: str) -> str:
    return {
        "sale": _("A lower price for everybody while it lasts."),
        "flash": _("Few units, a short time, so many for each buyer."),
        "member": _("A price for those who joined your stall."),
        "tier": _("Cheaper for each unit, from a number on: for example from 10."),
        "room": _("A price for those who buy while they watch a show."),
        "presale": _("A deposit now that counts for more later."),
        "spend_save": _("From 300.000 on, 30.000 off; again for each 300.000 if you like."),
        "nth_unit": _("Every second unit at half price."),
        "bundle": _("A jar of honey and two bags of coffee, together for less."),
        "seller": _("Coupons to be claimed, dropped in a live room, or given."),
        "cross_store": _("For every 200.000 over all stalls, 20.000 off; each stall its share."),
        "platform": _("The festival pays: to be claimed, dropped in a live room, or given."),
        "red_packet": _("A small amount without conditions, for joy."),
    }[kind]
