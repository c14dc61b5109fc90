"""Stored promotions in the form of docs/reference/promotions.md, and back as a checked rule."""

from datetime import datetime
from typing import Any

from chophien.apps.promotions.models import (
    Budgeted,
    Coupon,
    CrossStore,
    Offer,
    OfferedPrice,
    Presale,
    WalletCoupon,
)
from chophien.domain.pricing.parse import BadRequestError, parse_request

Document = dict[str, Any]

# Goods that may not be promoted carry this tag in a request, and every rule leaves it out.
BANNED_TAG = "not-promoted"


class RuleError(ValueError):
    """A rule that is none; `faults` names what is wrong with it, by its keys."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


def price_document(price: OfferedPrice, *, bought: int = 0) -> Document:
    """One offered price; `bought` units are what the buyer has at it already."""
    document: Document = {"id": str(price.id), "kind": price.kind, "unit": price.unit_minor}
    document |= _window(price.starts_at, price.ends_at)
    if price.is_exclusive:
        document["exclusive"] = True
    if price.min_qty is not None:
        document["min_qty"] = price.min_qty
    if price.room is not None:
        document["room"] = str(price.room)
    if price.allotment is not None:
        document["left"] = price.allotment - price.taken
    if price.per_buyer_max is not None:
        document["per_buyer_left"] = max(price.per_buyer_max - bought, 0)
    return document


def presale_price_document(presale: Presale) -> Document:
    """The price at which reserved units are bought; its window is the presale's business."""
    return {"id": f"presale-{presale.id}", "kind": "presale", "unit": presale.unit_minor}


def offer_document(offer: Offer, *, seller: str, has_banned: bool = False) -> Document:
    """An offer of the stall whose slug is `seller`."""
    own = {"id": f"o{offer.id}", "seller": seller, "kind": offer.kind}
    return own | _rule(offer, has_banned=has_banned)


def cross_store_document(programme: CrossStore, *, has_banned: bool = False) -> Document:
    return {"id": f"x{programme.id}"} | _rule(programme, has_banned=has_banned)


def coupon_document(held: WalletCoupon, *, has_banned: bool = False) -> Document:
    """A coupon in a wallet; expects coupon and stall to be loaded."""
    return coupon_kind_document(held.coupon, has_banned=has_banned) | {"id": f"c{held.id}"}


def coupon_kind_document(coupon: Coupon, *, has_banned: bool = False) -> Document:
    """A coupon as it would be priced, were it in a wallet; expects the stall to be loaded."""
    own: Document = {"id": f"c{coupon.id}", "issuer": coupon.issuer}
    if coupon.stall is not None:
        own["seller"] = coupon.stall.slug
    return own | _rule(coupon, has_banned=has_banned)


def _rule(rule: Budgeted, *, has_banned: bool) -> Document:
    document: Document = rule.rule | _window(rule.starts_at, rule.ends_at)
    if has_banned:
        scope = dict(document.get("scope") or {})
        scope["exclude_tags"] = [*scope.get("exclude_tags", ()), BANNED_TAG]
        document["scope"] = scope
    return document


def _window(starts_at: datetime | None, ends_at: datetime | None) -> Document:
    window: Document = {}
    if starts_at is not None:
        window["starts"] = starts_at.isoformat()
    if ends_at is not None:
        window["ends"] = ends_at.isoformat()
    return window


def check_offer_rule(kind: str, rule: Document) -> None:
    """Hold an offer's rule against the engine's own reading of it.

    Raises:
        RuleError: the engine would refuse it.
    """
    _check("offers", {"id": "o", "seller": "s", "kind": kind} | rule)


def check_cross_store_rule(rule: Document) -> None:
    """As `check_offer_rule`, for a cross-store programme."""
    _check("cross_store", {"id": "x"} | rule)


def check_coupon_rule(rule: Document) -> None:
    """As `check_offer_rule`, for a coupon."""
    _check("coupons", {"id": "c", "issuer": "platform"} | rule)


def _check(key: str, document: Document) -> None:
    line = {"id": "l", "sku": "k", "seller": "s", "qty": 1, "list_price": 1, "reference_price": 1}
    request = {
        "now": "2026-01-01T00:00:00+00:00",
        "festival": {"currency": "VND"},
        "lines": [line],
        key: [document],
    }
    try:
        parse_request(request)
    except BadRequestError as fault:
        faults = tuple([each.removeprefix(f"{key}[0].") for each in fault.faults])
        raise RuleError(faults) from fault
