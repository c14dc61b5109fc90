"""Setting promotions up and ending them: what would break the law is refused, with the way out."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from chophien.apps.bus.services import publish
from chophien.apps.catalog.models import Product, Sku
from chophien.apps.festivals.models import Festival
from chophien.apps.inventory.selectors import count_free
from chophien.apps.inventory.services import let_units_go, lock_stock, set_units_aside
from chophien.apps.promotions.documents import (
    Document,
    check_coupon_rule,
    check_cross_store_rule,
    check_offer_rule,
)
from chophien.apps.promotions.models import (
    Coupon,
    CrossStore,
    Offer,
    OfferedPrice,
    Presale,
    RefusedPrice,
)
from chophien.apps.promotions.selectors import find_references
from chophien.apps.promotions.services import close_ended
from chophien.domain.law import (
    Ban,
    Breach,
    Goods,
    GoodsBanned,
    Period,
    Programme,
    judge_days,
    judge_price,
)
from chophien.wire.events import FAIR, PriceChanged


@dataclass(frozen=True, slots=True, kw_only=True)
class PricePlan:
    """A price to offer. `allotment` and `per_buyer_max` go with a flash price."""

    sku_id: int
    kind: str
    unit_minor: int
    starts_at: datetime
    ends_at: datetime
    festival_id: int | None = None
    min_qty: int | None = None
    room: int | None = None
    is_exclusive: bool = False
    allotment: int | None = None
    per_buyer_max: int | None = None
    code: str = ""

    @property
    def bonus_minor(self) -> int:
        """What is taken off the price beside it: nothing."""
        return 0

    @property
    def over_at(self) -> datetime:
        """When the discount is over."""
        return self.ends_at


@dataclass(frozen=True, slots=True, kw_only=True)
class PresalePlan:
    """Units to sell by deposit; amounts are for one unit."""

    sku_id: int
    festival_id: int
    unit_minor: int
    deposit_minor: int
    credit_minor: int
    starts_at: datetime
    ends_at: datetime
    balance_starts_at: datetime
    balance_ends_at: datetime
    allotment: int
    per_buyer_max: int | None = None

    @property
    def kind(self) -> str:
        return "presale"

    @property
    def bonus_minor(self) -> int:
        """What the deposit counts for beyond itself."""
        return self.credit_minor - self.deposit_minor

    @property
    def over_at(self) -> datetime:
        """When the last balance can be paid."""
        return self.balance_ends_at


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponPlan:
    """Coupons to give out; `stall_id` is set exactly when a stall gives and pays for them."""

    festival_id: int
    issuer: str
    way: str
    rule: Document
    count_max: int
    stall_id: int | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    claim_starts_at: datetime | None = None
    claim_ends_at: datetime | None = None
    per_buyer_max: int = 1
    budget_minor: int | None = None
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePlan:
    """An automatic discount: an offer of a stall, or a cross-store programme of a festival."""

    rule: Document
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    budget_minor: int | None = None
    kind: str = Offer.Kind.SPEND_SAVE
    code: str = ""
    sku_codes: tuple[str, ...] = field(default=())
    """The skus that the offer names (scope or bundle); none for the whole stall."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlawful:
    """Nothing was set up; `breach` says why, and what would be allowed."""

    breach: Breach


@dataclass(frozen=True, slots=True, kw_only=True)
class TooFewUnits:
    """Nothing was set up: only `free` units can be taken out of sale for it."""

    free: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Faulty:
    """Nothing was set up: a field or key is wrong; `faults` are `key: what is wrong`."""

    faults: tuple[str, ...]


def judge_plan(sku: Sku, plan: PricePlan | PresalePlan, *, at: datetime) -> Breach | None:
    """Say what the law has against a price; expects the product to be loaded.

    The reference is the list price just before the promotion, as far as it is known at `at`.
    """
    programme, goods = find_programme(plan), find_goods(sku, plan, at=at)
    breach = judge_price(plan.unit_minor - plan.bonus_minor, goods, programme)
    if breach is not None or programme.is_concentrated:
        return breach
    return judge_days(
        Period(starts_at=plan.starts_at, ends_at=plan.over_at), list_discount_periods(sku.id)
    )


def find_goods(sku: Sku, plan: PricePlan | PresalePlan, *, at: datetime) -> Goods:
    """What the law asks of a sku at the time of a plan; expects the product to be loaded."""
    return Goods(
        reference_minor=find_references([sku.id], max(plan.starts_at, at))[sku.id],
        floor_minor=sku.floor_price_minor,
        is_fresh=sku.product.is_fresh,
        ban=Ban(sku.product.promotion_ban) if sku.product.promotion_ban else None,
    )


def find_programme(plan: PricePlan | PresalePlan) -> Programme:
    """The programme that a plan names; an ordinary one when it names none."""
    if plan.festival_id is None:
        return Programme()
    return programme_of(Festival.objects.get(id=plan.festival_id))


def programme_of(festival: Festival) -> Programme:
    return Programme(
        cap_bps=festival.discount_cap_bps,
        is_concentrated=festival.programme_type == Festival.ProgrammeType.CONCENTRATED,
    )


def list_discount_periods(sku_id: int) -> list[Period]:
    """When a sku is or was discounted outside concentrated programmes."""
    ordinary = Q(festival__isnull=True) | ~Q(festival__programme_type="concentrated")
    prices = OfferedPrice.objects.filter(
        ordinary, sku_id=sku_id, starts_at__isnull=False, ends_at__isnull=False
    ).values_list("starts_at", "ends_at")
    presales = Presale.objects.filter(ordinary, sku_id=sku_id).values_list(
        "starts_at", "balance_ends_at"
    )
    return [
        Period(starts_at=starts_at, ends_at=ends_at)
        for starts_at, ends_at in [*prices, *presales]
        if starts_at is not None and ends_at is not None
    ]


@transaction.atomic
def plan_price(
    plan: PricePlan, *, by_id: int | None, at: datetime
) -> OfferedPrice | Unlawful | TooFewUnits | Faulty:
    """Offer a price, and take a flash price's allotment out of free sale.

    Locks the sku's stock row, so that two plans never judge the same days at once.
    """
    sku = Sku.objects.select_related("product__stall").get(id=plan.sku_id)
    lock_stock(sku.id)
    faults = check_price(plan)
    if faults:
        return Faulty(faults=faults)
    breach = judge_plan(sku, plan, at=at)
    if breach is not None:
        return _refuse(plan, breach, by_id=by_id, at=at)
    if plan.allotment is not None and not set_units_aside(sku_id=sku.id, quantity=plan.allotment):
        return TooFewUnits(free=count_free([sku.id]).get(sku.id, 0))
    price = OfferedPrice.objects.create(
        sku=sku, festival_id=plan.festival_id, kind=plan.kind, unit_minor=plan.unit_minor,
        starts_at=plan.starts_at, ends_at=plan.ends_at, min_qty=plan.min_qty, room=plan.room,
        is_exclusive=plan.is_exclusive, allotment=plan.allotment,
        per_buyer_max=plan.per_buyer_max, code=plan.code, made_by_id=by_id,
    )  # fmt: skip
    publish(FAIR, PriceChanged(sku_id=sku.id, product_id=sku.product_id))
    return price


def _refuse(
    plan: PricePlan | PresalePlan, breach: Breach, *, by_id: int | None, at: datetime
) -> Unlawful:
    """Keep what the law refused, so that the organiser sees it; nothing else is written."""
    RefusedPrice.objects.create(
        sku_id=plan.sku_id, kind=plan.kind, unit_minor=plan.unit_minor, asked_by_id=by_id,
        breach=type(breach).__name__, refused_at=at,
        nearest_minor=getattr(breach, "nearest_minor", None),
    )  # fmt: skip
    return Unlawful(breach=breach)


def check_price(plan: PricePlan) -> tuple[str, ...]:
    """What is wrong with a plan before any law is asked; nothing where it is well formed."""
    is_flash = plan.kind == OfferedPrice.Kind.FLASH
    faults = {
        "kind: is none of the kinds of price": plan.kind not in OfferedPrice.Kind.values,
        "unit: must be at least 1": plan.unit_minor < 1,
        "ends: must be later than starts": plan.ends_at <= plan.starts_at,
        "allotment: must be at least 1": is_flash and (plan.allotment or 0) < 1,
        "allotment: goes with a flash price": not is_flash and plan.allotment is not None,
        "per_buyer: goes with a flash price": not is_flash and plan.per_buyer_max is not None,
        "per_buyer: must be at least 1": plan.per_buyer_max is not None and plan.per_buyer_max < 1,
        "min_qty: must be at least 2": plan.kind == "tier" and (plan.min_qty or 0) <= 1,
        "min_qty: goes with a volume price": plan.kind != "tier" and plan.min_qty is not None,
        "room: goes with a room price": (plan.kind == "room") != (plan.room is not None),
    }
    found = tuple(fault for fault, is_there in faults.items() if is_there)
    return found + _check_programme(plan.festival_id, plan.starts_at, plan.over_at)


def _check_programme(
    festival_id: int | None, starts_at: datetime | None, over_at: datetime
) -> tuple[str, ...]:
    """A programme's cap holds while the programme does: a price cannot borrow it for later."""
    if festival_id is None:
        return ()
    festival = Festival.objects.get(id=festival_id)
    faults = {
        "starts: must not be before the festival starts": starts_at is not None
        and starts_at < festival.starts_at,
        "ends: must not be after the festival ends": over_at > festival.ends_at,
    }
    return tuple(fault for fault, is_there in faults.items() if is_there)


@transaction.atomic
def plan_presale(
    plan: PresalePlan, *, by_id: int | None, at: datetime
) -> Presale | Unlawful | TooFewUnits | Faulty:
    """Open goods for deposits and take their units out of free sale."""
    sku = Sku.objects.select_related("product__stall").get(id=plan.sku_id)
    lock_stock(sku.id)
    faults = check_presale(plan, sku)
    if faults:
        return Faulty(faults=faults)
    breach = judge_plan(sku, plan, at=at)
    if breach is not None:
        return _refuse(plan, breach, by_id=by_id, at=at)
    if not set_units_aside(sku_id=sku.id, quantity=plan.allotment):
        return TooFewUnits(free=count_free([sku.id]).get(sku.id, 0))
    presale = Presale.objects.create(
        sku=sku, festival_id=plan.festival_id, unit_minor=plan.unit_minor,
        deposit_minor=plan.deposit_minor, credit_minor=plan.credit_minor,
        starts_at=plan.starts_at, ends_at=plan.ends_at,
        balance_starts_at=plan.balance_starts_at, balance_ends_at=plan.balance_ends_at,
        allotment=plan.allotment, per_buyer_max=plan.per_buyer_max, made_by_id=by_id,
    )  # fmt: skip
    publish(FAIR, PriceChanged(sku_id=sku.id, product_id=sku.product_id))
    return presale


def check_presale(plan: PresalePlan, sku: Sku) -> tuple[str, ...]:
    """As `check_price`; deposits may be taken before the festival starts."""
    faults = {
        "deposit: must be at least 1": plan.deposit_minor < 1,
        "deposit: must be at most the list price": plan.deposit_minor > sku.list_price_minor,
        "credit: must be at least the deposit": plan.credit_minor < plan.deposit_minor,
        "credit: must be at most the price": plan.credit_minor > plan.unit_minor,
        "ends: must be later than starts": plan.ends_at <= plan.starts_at,
        "balance_starts: must not be before the deposits end": plan.balance_starts_at
        < plan.ends_at,
        "balance_ends: must be later than balance_starts": plan.balance_ends_at
        <= plan.balance_starts_at,
        "allotment: must be at least 1": plan.allotment < 1,
        "per_buyer: must be at least 1": plan.per_buyer_max is not None and plan.per_buyer_max < 1,
    }
    found = tuple(fault for fault, is_there in faults.items() if is_there)
    late = _check_programme(plan.festival_id, None, plan.over_at)
    return found + tuple(f"balance_{fault}" for fault in late)


@transaction.atomic
def end_price(*, price_id: int, at: datetime) -> bool:
    """End a price now, its leftover going back on free sale; `False` when it had ended.

    One that has not started yet was never offered and leaves no trace.
    """
    price = OfferedPrice.objects.select_related("sku").get(id=price_id)
    if price.ends_at is not None and price.ends_at <= at:
        return False
    lock_stock(price.sku_id)
    if price.starts_at is not None and price.starts_at > at:
        let_units_go(sku_id=price.sku_id, quantity=price.allotment or 0)
        price.delete()
    else:
        OfferedPrice.objects.filter(id=price_id).update(ends_at=at)
        close_ended(at=at)
    publish(FAIR, PriceChanged(sku_id=price.sku_id, product_id=price.sku.product_id))
    return True


def plan_offer(
    plan: RulePlan, *, stall_id: int, by_id: int | None, at: datetime
) -> Offer | Unlawful | Faulty:
    """Make a stall's automatic discount; it reaches that stall's goods only.

    Raises:
        RuleError: the rule is none; its faults name the keys.
    """
    check_offer_rule(plan.kind, plan.rule)
    faults = _check_window(plan.starts_at, plan.ends_at)
    skus = Sku.objects.filter(product__stall_id=stall_id, code__in=plan.sku_codes)
    known = dict(skus.values_list("code", "id"))
    unknown = sorted(set(plan.sku_codes) - set(known))
    faults += tuple(f"skus: {code} is none of this stall's" for code in unknown)
    if faults:
        return Faulty(faults=faults)
    banned = Product.objects.filter(skus__in=known.values()).exclude(promotion_ban="").first()
    if banned is not None:
        return Unlawful(breach=GoodsBanned(ban=Ban(banned.promotion_ban)))
    return Offer.objects.create(
        stall_id=stall_id, kind=plan.kind, rule=plan.rule, code=plan.code,
        sku_ids=sorted(known.values()) if plan.sku_codes else None,
        starts_at=plan.starts_at, ends_at=plan.ends_at, budget_minor=plan.budget_minor,
        made_by_id=by_id, made_at=at,
    )  # fmt: skip


def plan_cross_store(
    plan: RulePlan, *, festival_id: int, by_id: int | None, at: datetime
) -> CrossStore | Faulty:
    """Make a programme over all stalls of a festival.

    Raises:
        RuleError: the rule is none; its faults name the keys.
    """
    check_cross_store_rule(plan.rule)
    faults = _check_window(plan.starts_at, plan.ends_at)
    if faults:
        return Faulty(faults=faults)
    return CrossStore.objects.create(
        festival_id=festival_id, rule=plan.rule, starts_at=plan.starts_at, ends_at=plan.ends_at,
        budget_minor=plan.budget_minor, made_by_id=by_id, made_at=at,
    )  # fmt: skip


def plan_coupon(plan: CouponPlan, *, by_id: int | None, at: datetime) -> Coupon | Faulty:
    """Make coupons that people may claim, that a host drops, or that are given by hand.

    Raises:
        RuleError: the rule is none; its faults name the keys.
    """
    check_coupon_rule(plan.rule)
    faults = _check_window(plan.starts_at, plan.ends_at) + _check_coupon(plan)
    if faults:
        return Faulty(faults=faults)
    return Coupon.objects.create(
        festival_id=plan.festival_id, stall_id=plan.stall_id, issuer=plan.issuer, way=plan.way,
        rule=plan.rule, count_max=plan.count_max, per_buyer_max=plan.per_buyer_max,
        starts_at=plan.starts_at, ends_at=plan.ends_at, claim_starts_at=plan.claim_starts_at,
        claim_ends_at=plan.claim_ends_at, budget_minor=plan.budget_minor, code=plan.code,
        made_by_id=by_id, made_at=at,
    )  # fmt: skip


def _check_coupon(plan: CouponPlan) -> tuple[str, ...]:
    by_stall = plan.issuer == Coupon.Issuer.SELLER
    faults = {
        "issuer: is none of the issuers": plan.issuer not in Coupon.Issuer.values,
        "way: is none of the ways": plan.way not in Coupon.Way.values,
        "stall: a stall's coupon names its stall, no other does": by_stall
        != (plan.stall_id is not None),
        "count: must be at least 1": plan.count_max < 1,
        "per_buyer: must be at least 1": plan.per_buyer_max < 1,
    }
    return tuple(fault for fault, is_there in faults.items() if is_there)


def _check_window(starts_at: datetime | None, ends_at: datetime | None) -> tuple[str, ...]:
    if starts_at is not None and ends_at is not None and ends_at <= starts_at:
        return ("ends: must be later than starts",)
    return ()


def end_rule(rule: Offer | CrossStore | Coupon, *, at: datetime) -> bool:
    """End a discount now; what was ordered with it stands. `False` when it had ended."""
    if rule.ends_at is not None and rule.ends_at <= at:
        return False
    starts_at = None if rule.starts_at is not None and rule.starts_at >= at else rule.starts_at
    type(rule).objects.filter(pk=rule.pk).update(starts_at=starts_at, ends_at=at)
    return True
