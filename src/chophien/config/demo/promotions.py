"""The demonstration's promotions: a believable set, made as sellers and the organiser make them."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from chophien.apps.accounts.models import User
from chophien.apps.catalog.models import Sku
from chophien.apps.festivals.models import Festival
from chophien.apps.festivals.selectors import list_phases
from chophien.apps.programme.models import Show
from chophien.apps.promotions.models import Coupon
from chophien.apps.promotions.planning import (
    CouponPlan,
    Faulty,
    PresalePlan,
    PricePlan,
    RulePlan,
    TooFewUnits,
    Unlawful,
    plan_coupon,
    plan_cross_store,
    plan_offer,
    plan_presale,
    plan_price,
)
from chophien.apps.promotions.wallets import put_in_wallet
from chophien.apps.sellers.models import Membership, Stall
from chophien.domain.phases import PhaseKind, PhasePlan

DATA = Path(__file__).with_name("data") / "promotions.json"
ROUND_MINOR = 1_000

Document = Mapping[str, Any]
Refused = Unlawful | TooFewUnits | Faulty


def build_promotions(festival: Festival, at: datetime) -> list[Refused]:
    """Make all that the data names for one edition of the fair; returns what was refused.

    A later edition may find too few units for a presale: the fair then goes on without it.
    """
    document: Document = json.loads(DATA.read_text())
    stalls = dict(Stall.objects.values_list("slug", "id"))
    skus = dict(Sku.objects.values_list("code", "id"))
    outcomes = [
        *_plan_rules(document, festival, stalls, at),
        *_plan_prices(document, festival, skus, at),
        *_plan_presales(document, festival, skus, at),
    ]
    return [each for each in outcomes if isinstance(each, Unlawful | TooFewUnits | Faulty)]


def give_to_buyer(username: str, festival: Festival, at: datetime) -> None:
    """Put a few coupons in the wallet of the demonstration's buyer, who joins two stalls."""
    document: Document = json.loads(DATA.read_text())
    buyer = User.objects.get(username=username)
    held = [one["rule"] for one in document["coupons"] if one.get("held")]
    for coupon in Coupon.objects.filter(festival=festival).select_related("stall"):
        if coupon.rule in held:
            put_in_wallet(coupon=coupon, user_id=buyer.pk, at=at)
    for stall in Stall.objects.filter(slug__in=document["joined"]):
        Membership.objects.create(stall=stall, user=buyer, joined_at=at)


def offer_room_price(show: Show, sku_ids: list[int], *, at: datetime) -> None:
    """A tenth off one of the goods for those who watch: the first that nothing else cheapens.

    Where the law or the fair's end forbids it, the show goes on without.
    """
    quiet = Sku.objects.filter(id__in=sku_ids, offered_prices__isnull=True, presales__isnull=True)
    sku = quiet.order_by("id").first()
    if sku is None:
        return
    plan_price(
        PricePlan(
            sku_id=sku.id,
            kind="room",
            room=show.id,
            unit_minor=sku.list_price_minor * 9 // 10 // ROUND_MINOR * ROUND_MINOR,
            starts_at=show.starts_at,
            ends_at=show.ends_at,
            festival_id=show.festival_id,
        ),
        by_id=None,
        at=at,
    )


def _plan_rules(
    document: Document, festival: Festival, stalls: Mapping[str, int], at: datetime
) -> Iterator[object]:
    window: dict[str, Any] = {"starts_at": festival.starts_at, "ends_at": festival.ends_at}
    for one in document["cross_store"]:
        plan = RulePlan(rule=one["rule"], budget_minor=one["budget"], **window)
        yield plan_cross_store(plan, festival_id=festival.id, by_id=None, at=at)
    for one in document["offers"]:
        plan = RulePlan(
            rule=one["rule"], kind=one["kind"], budget_minor=one.get("budget"),
            sku_codes=_list_codes(one["rule"]), **window,
        )  # fmt: skip
        yield plan_offer(plan, stall_id=stalls[one["stall"]], by_id=None, at=at)
    for one in document["coupons"]:
        coupon = CouponPlan(
            festival_id=festival.id, stall_id=stalls[one["stall"]] if "stall" in one else None,
            issuer=one["issuer"], way=one["way"], rule=one["rule"], count_max=one["count"],
            per_buyer_max=one["per_buyer"], budget_minor=one["budget"], **window,
        )  # fmt: skip
        yield plan_coupon(coupon, by_id=None, at=at)


def _list_codes(rule: Document) -> tuple[str, ...]:
    return tuple(rule.get("skus") or (rule.get("scope") or {}).get("skus") or ())


def _plan_prices(
    document: Document, festival: Festival, skus: Mapping[str, int], at: datetime
) -> Iterator[object]:
    for kind, key in (("member", "members"), ("tier", "volumes")):
        for one in document[key]:
            plan = PricePlan(
                sku_id=skus[one["sku"]], kind=kind, unit_minor=one["unit"],
                min_qty=one.get("from"), festival_id=festival.id,
                starts_at=festival.starts_at, ends_at=festival.ends_at,
            )  # fmt: skip
            yield plan_price(plan, by_id=None, at=at)


def _plan_presales(
    document: Document, festival: Festival, skus: Mapping[str, int], at: datetime
) -> Iterator[object]:
    """Deposits and balances in the phases of the last wave that still takes deposits."""
    phases = list_phases(festival.id)
    deposits = [each for each in phases if each.kind is PhaseKind.DEPOSIT and each.ends_at > at]
    if not deposits:
        return
    deposit = deposits[-1]
    balance = _find_balance(phases, deposit)
    for one in document["presales"]:
        plan = PresalePlan(
            sku_id=skus[one["sku"]], festival_id=festival.id, unit_minor=one["unit"],
            deposit_minor=one["deposit"], credit_minor=one["credit"], allotment=one["units"],
            per_buyer_max=one["per_buyer"], starts_at=deposit.starts_at, ends_at=deposit.ends_at,
            balance_starts_at=balance.starts_at, balance_ends_at=balance.ends_at,
        )  # fmt: skip
        yield plan_presale(plan, by_id=None, at=at)


def _find_balance(phases: list[PhasePlan], deposit: PhasePlan) -> PhasePlan:
    (balance,) = (
        each for each in phases if each.kind is PhaseKind.BALANCE and each.wave == deposit.wave
    )
    return balance
