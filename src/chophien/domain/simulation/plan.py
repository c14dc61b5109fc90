"""A planned set of promotions: its document, checked by the pricing engine's own reading."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

from chophien.domain.money import BPS_WHOLE
from chophien.domain.pricing.answer import AdjustmentStage
from chophien.domain.pricing.parse import BadRequestError, parse_request
from chophien.domain.pricing.request import Coupon, CrossStore, Offer, OfferedPrice

KINDS: Final = ("offers", "cross_store", "coupons", "prices")
STAGE_OF: Final = {
    "offers": AdjustmentStage.SELLER_OFFER,
    "cross_store": AdjustmentStage.CROSS_STORE,
    "coupons": AdjustmentStage.COUPON,
}
SHARE_KEY: Final = "per_cart_share_bps"
_KEYS: Final = frozenset({*KINDS, "festival", "costs", "now", "budgets", "counts", "keep"})
# The keys of a request's festival that a plan may set, and the fields that they become.
_FESTIVAL_FIELDS: Final = {
    "discount_cap_bps": "discount_cap_bps",
    "max_platform_coupons": "platform_coupons_max",
    "max_red_packets": "red_packets_max",
}
_STAND_IN_TIME: Final = "2026-01-01T00:00:00+00:00"


class PlanError(ValueError):
    """The document is no plan; `faults` names every reason by its path."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


class RuleKey(NamedTuple):
    """A promotion by its stage and id; offers, programmes and coupons are told apart."""

    stage: AdjustmentStage
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCoupon:
    """A coupon that `share_bps` of the buyers hold, chosen by a hash of the buyer's id."""

    coupon: Coupon
    share_bps: int = BPS_WHOLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Promotions that take the place of what carts carry, or with `keep` join it.

    `at` is the instant at which every cart is priced (`None`: its own). `costs_minor` is what a
    unit costs its seller, by sku. `units_left` counts the units of flash prices over all carts.
    """

    offers_by_seller: Mapping[str, tuple[Offer, ...]] = field(default_factory=dict)
    cross_store: tuple[CrossStore, ...] = ()
    coupons: tuple[PlannedCoupon, ...] = ()
    prices_by_sku: Mapping[str, tuple[OfferedPrice, ...]] = field(default_factory=dict)
    festival_changes: Mapping[str, int] = field(default_factory=dict)
    costs_minor: Mapping[str, int] = field(default_factory=dict)
    at: datetime | None = None
    budgets_minor: Mapping[RuleKey, int] = field(default_factory=dict)
    uses_max: Mapping[RuleKey, int] = field(default_factory=dict)
    units_left: Mapping[str, int] = field(default_factory=dict)
    keep: frozenset[str] = frozenset()
    rule_keys: frozenset[RuleKey] = frozenset()
    """Every promotion of the plan; a cart's own of the same id gives way to it."""

    @property
    def limited(self) -> frozenset[RuleKey]:
        """The promotions that may run out."""
        return frozenset(self.budgets_minor) | frozenset(self.uses_max)


def parse_plan(document: object) -> Plan:
    """Read a plan as `json.loads` gives it.

    Promotions and prices are held against the pricing engine's own reading of a request that
    carries them, so that what a plan accepts is what a cart accepts.

    Raises:
        PlanError: anything is unknown, out of range, or of the wrong type; all faults are named.
    """
    if not isinstance(document, dict):
        raise PlanError(("must be an object",))
    faults = [f"{key}: unknown key" for key in document if key not in _KEYS]
    faults += _check_keep(document.get("keep"))
    faults += _check_festival(document.get("festival"))
    costs = _read_amounts(document, "costs", faults)
    budgets = _read_amounts(document, "budgets", faults)
    counts = _read_amounts(document, "counts", faults)
    shares, coupons = _split_shares(document.get("coupons"), faults)
    prices = _read_prices(document.get("prices"), faults)
    keys = _keys_by_id(document, faults)
    for name, limits in (("budgets", budgets), ("counts", counts)):
        faults += [
            f"{name}.{each}: no promotion of the plan" for each in limits if each not in keys
        ]
    try:
        request = parse_request(_as_request(document, coupons, prices))
    except BadRequestError as refusal:
        faults += [_rename(fault, list(prices)) for fault in refusal.faults]
        raise PlanError(tuple(dict.fromkeys(faults))) from refusal
    if faults:
        raise PlanError(tuple(faults))
    festival = document.get("festival") or {}
    offers = defaultdict(list)
    for offer in request.offers:
        offers[offer.seller].append(offer)
    by_sku = dict(zip(prices, [line.prices for line in request.lines], strict=False))
    return Plan(
        offers_by_seller={seller: tuple(each) for seller, each in offers.items()},
        cross_store=request.cross_store,
        coupons=tuple(
            PlannedCoupon(coupon=coupon, share_bps=share)
            for coupon, share in zip(request.coupons, shares, strict=True)
        ),
        prices_by_sku=by_sku,
        festival_changes={
            name: festival[key]
            for key, name in _FESTIVAL_FIELDS.items()
            if festival.get(key) is not None
        },
        costs_minor=costs,
        at=request.at if document.get("now") is not None else None,
        budgets_minor={keys[each]: amount for each, amount in budgets.items()},
        uses_max={keys[each]: count for each, count in counts.items()},
        units_left=_count_units(by_sku),
        keep=frozenset(document.get("keep") or ()),
        rule_keys=frozenset(keys.values()),
    )


def _as_request(document: dict[Any, Any], coupons: object, prices: dict[str, object]) -> object:
    """A request that carries all of the plan: one line for each sku that has prices."""
    line = {"seller": "s", "qty": 1, "list_price": 1, "reference_price": 1}
    lines = [
        line | {"id": str(index), "sku": sku, "prices": offered}
        for index, (sku, offered) in enumerate(prices.items())
    ]
    festival = document.get("festival")
    own = festival if isinstance(festival, dict) else {}
    return {
        "now": _STAND_IN_TIME if document.get("now") is None else document["now"],
        "festival": {"currency": "VND"} | {key: own.get(key) for key in _FESTIVAL_FIELDS},
        "lines": lines or [line | {"id": "none", "sku": ""}],
        "offers": document.get("offers"),
        "cross_store": document.get("cross_store"),
        "coupons": coupons,
    }


def _rename(fault: str, skus: list[str]) -> str:
    """Turn the path of a stand-in line into that of the plan: `lines[0].prices` → `prices.tea`."""
    if not fault.startswith("lines["):
        return fault
    index, _, rest = fault.removeprefix("lines[").partition("].prices")
    return f"prices.{skus[int(index)]}{rest}"


def _check_keep(keep: object) -> list[str]:
    if keep is None or (isinstance(keep, list) and all(each in KINDS for each in keep)):
        return []
    return [f"keep: must be a list of {', '.join(KINDS)}"]


def _check_festival(festival: object) -> list[str]:
    if festival is None:
        return []
    if not isinstance(festival, dict):
        return ["festival: must be an object"]
    return [f"festival.{key}: unknown key" for key in festival if key not in _FESTIVAL_FIELDS]


def _read_amounts(document: dict[Any, Any], key: str, faults: list[str]) -> dict[str, int]:
    """Read an object of whole numbers of at least 0."""
    value = document.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        faults.append(f"{key}: must be an object")
        return {}
    wrong = [name for name, amount in value.items() if type(amount) is not int or amount < 0]
    faults += [f"{key}.{name}: must be a whole number of at least 0" for name in wrong]
    return value if not wrong else {}


def _split_shares(coupons: object, faults: list[str]) -> tuple[list[int], object]:
    """Take the share off each coupon, so that the rest is a coupon as a request has it."""
    if not isinstance(coupons, list):
        return [], coupons
    shares, rest = [], []
    for index, coupon in enumerate(coupons):
        share = coupon.get(SHARE_KEY) if isinstance(coupon, dict) else None
        if share is None:
            share = BPS_WHOLE
        elif type(share) is not int or not 0 <= share <= BPS_WHOLE:
            faults.append(f"coupons[{index}].{SHARE_KEY}: must be from 0 to {BPS_WHOLE}")
        shares.append(share)
        is_object = isinstance(coupon, dict)
        rest.append({k: v for k, v in coupon.items() if k != SHARE_KEY} if is_object else coupon)
    return shares, rest


def _read_prices(prices: object, faults: list[str]) -> dict[str, object]:
    if prices is None:
        return {}
    if isinstance(prices, dict):
        return prices
    faults.append("prices: must be an object")
    return {}


def _keys_by_id(document: dict[Any, Any], faults: list[str]) -> dict[str, RuleKey]:
    """Every promotion of the plan by its id, which has to be the plan's only one."""
    keys: dict[str, RuleKey] = {}
    for name, stage in STAGE_OF.items():
        rules = document.get(name)
        for index, rule in enumerate(rules if isinstance(rules, list) else ()):
            own_id = rule.get("id") if isinstance(rule, dict) else None
            if not isinstance(own_id, str):
                continue
            if own_id in keys and keys[own_id].stage is not stage:
                faults.append(f"{name}[{index}].id: another promotion has it already")
            keys[own_id] = RuleKey(stage, own_id)
    return keys


def _count_units(prices_by_sku: Mapping[str, tuple[OfferedPrice, ...]]) -> dict[str, int]:
    """Units of each flash price for all carts together; skus that share a price share them."""
    units: dict[str, int] = {}
    for prices in prices_by_sku.values():
        for price in prices:
            if price.left is not None:
                units[price.id] = min(price.left, units.get(price.id, price.left))
    return units
