"""Rows of the table of promotions: what each kind needs and takes, and the rule that a row is."""

from collections.abc import Mapping
from typing import Any

from chophien.domain.tables.cells import Value

PRICE_KINDS = frozenset({"sale", "flash", "member", "tier", "room"})
OFFER_KINDS = frozenset({"spend_save", "nth_unit", "bundle"})
# By kind, who issues the coupon.
ISSUERS = {"coupon": "seller", "platform_coupon": "platform", "red_packet": "red_packet"}
ISSUED_KINDS = {issuer: kind for kind, issuer in ISSUERS.items()}
COUPON_KINDS = frozenset(ISSUERS)
KINDS = PRICE_KINDS | OFFER_KINDS | COUPON_KINDS
ORGANISER_KINDS = frozenset({"platform_coupon", "red_packet"})

_PRICE = {"unit", "exclusive"}
_SCOPE = {"tags", "exclude_tags", "sellers", "rooms"}
_SAVING = {"threshold", "off", "percent", "max_off"}
_COUPON = _SAVING | _SCOPE | {"budget", "count", "way", "per_buyer", "claim_starts", "claim_ends"}
_OF_ALL = frozenset({"code", "stall", "kind", "skus", "festival", "starts", "ends"})

# By kind, the columns that it takes beside those of all kinds.
TAKES: dict[str, frozenset[str]] = {
    kind: _OF_ALL | own
    for kind, own in {
        "sale": _PRICE,
        "member": _PRICE,
        "tier": _PRICE | {"min_qty"},
        "room": _PRICE | {"rooms"},
        "flash": _PRICE | {"allotment", "per_buyer"},
        "spend_save": _SAVING | _SCOPE | {"repeat", "max_times", "budget"},
        "nth_unit": _SCOPE | {"n", "percent", "budget"},
        "bundle": _SCOPE | {"price", "budget"},
        "coupon": _COUPON,
        "platform_coupon": _COUPON,
        "red_packet": _COUPON,
    }.items()
}
_PRICE_NEEDS = frozenset({"skus", "unit", "ends"})
NEEDS: dict[str, frozenset[str]] = {
    "sale": _PRICE_NEEDS,
    "member": _PRICE_NEEDS,
    "tier": _PRICE_NEEDS | {"min_qty"},
    "room": _PRICE_NEEDS | {"rooms"},
    "flash": _PRICE_NEEDS | {"allotment"},
    "spend_save": frozenset(),
    "nth_unit": frozenset({"n", "percent"}),
    "bundle": frozenset({"skus", "price"}),
    "coupon": frozenset({"festival", "count"}),
    "platform_coupon": frozenset({"festival", "count"}),
    "red_packet": frozenset({"festival", "count"}),
}
# Columns of a rule by the keys that they have in it.
_KEYS = {
    "threshold": "threshold",
    "off": "off",
    "percent": "percent_bps",
    "max_off": "max_off",
    "repeat": "repeat",
    "max_times": "max_times",
    "n": "n",
    "price": "price",
}


def build_rule(kind: str, cells: Mapping[str, Value]) -> dict[str, Any]:
    """The rule of an offer or a coupon in the form of docs/reference/promotions.md, unchecked."""
    rule: dict[str, Any] = {
        key: cells[column]
        for column, key in _KEYS.items()
        if cells.get(column) is not None and cells[column] is not False
    }
    scope = {
        column: list(items)
        for column in sorted(_SCOPE)
        if isinstance(items := cells.get(column), tuple)
    }
    skus = cells.get("skus")
    if isinstance(skus, tuple):
        units = dict(split_units(item) for item in skus)
        if kind == "bundle":
            rule["skus"] = units
        else:
            scope["skus"] = sorted(units)
    return rule | ({"scope": scope} if scope else {})


def flatten_rule(kind: str, rule: Mapping[str, Any]) -> dict[str, Value]:
    """The cells of a rule: what `build_rule` makes the same rule of."""
    cells: dict[str, Value] = {
        column: rule[key] for column, key in _KEYS.items() if rule.get(key) is not None
    }
    scope = rule.get("scope") or {}
    cells |= {column: tuple(scope[column]) for column in _SCOPE if column in scope}
    if kind == "bundle":
        units = rule.get("skus", {})
        cells["skus"] = tuple(
            sku if count == 1 else f"{sku} x{count}" for sku, count in sorted(units.items())
        )
    elif "skus" in scope:
        cells["skus"] = tuple(sorted(scope["skus"]))
    return cells


def split_units(item: str) -> tuple[str, int]:
    """`honey x2` → `("honey", 2)`; one where no number stands."""
    sku, _, count = item.partition(" x")
    return sku, int(count or 1)
