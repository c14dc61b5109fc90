"""Which offers, programmes and coupons reach goods that are looked at, before any cart."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chophien.apps.promotions.documents import (
    BANNED_TAG,
    coupon_kind_document,
    cross_store_document,
    offer_document,
)
from chophien.domain.pricing.parse import parse_request
from chophien.domain.pricing.request import Bundle, CartRequest, Coupon, CrossStore, Line, Offer
from chophien.web.shared.why.explain import read_instant
from chophien.web.shared.why.words import Names, Rule, describe_rule

if TYPE_CHECKING:
    from chophien.apps.catalog.models import Sku
    from chophien.apps.promotions import models


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A rule in words, who pays for it (`stall` or `stalls`, each its share), and until when."""

    id: str
    text: str
    payer: str
    ends_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What reaches some goods: documents of offers and programmes, and kinds of coupon."""

    rules: tuple[Rule, ...]
    coupons: "tuple[models.Coupon, ...]"


def find_reach(
    skus: "Sequence[Sku]",
    *,
    offers: "Collection[models.Offer]",
    cross_store: "Collection[models.CrossStore]",
    coupons: "Collection[models.Coupon]",
    at: datetime,
) -> Reach:
    """Keep what reaches any of these goods; expects product and stall to be loaded.

    Goods that the law lets nobody promote are reached by nothing. Rules that hold in a live room
    only are left to the room.
    """
    kinds = {f"c{coupon.id}": coupon for coupon in coupons}
    slugs = {sku.product.stall_id: sku.product.stall.slug for sku in skus}
    documents: list[dict[str, Any]] = [
        *[offer_document(each, seller=slugs[each.stall_id]) for each in offers],
        *[cross_store_document(each) for each in cross_store],
    ]
    asked = _ask(skus, documents, [coupon_kind_document(each) for each in coupons], at)
    reached = {
        rule.id
        for rule in (*asked.offers, *asked.cross_store, *asked.coupons)
        if any(_reaches(rule, line) for line in asked.lines)
    }
    return Reach(
        rules=tuple(document for document in documents if document["id"] in reached),
        coupons=tuple(kinds[own_id] for own_id in kinds if own_id in reached),
    )


def _ask(
    skus: "Sequence[Sku]",
    documents: list[dict[str, Any]],
    coupons: list[dict[str, Any]],
    at: datetime,
) -> CartRequest:
    return parse_request(
        {
            "now": at.isoformat(),
            "festival": {"currency": "VND"},  # no price is made of this
            "lines": [_make_line(sku) for sku in skus],
            "offers": [each for each in documents if "every" not in each],
            "cross_store": [each for each in documents if "every" in each],
            "coupons": coupons,
        }
    )


def _make_line(sku: "Sku") -> Mapping[str, Any]:
    banned = [BANNED_TAG] if sku.product.promotion_ban else []
    return {
        "id": str(sku.id), "sku": sku.code, "seller": sku.product.stall.slug, "qty": 1,
        "list_price": sku.list_price_minor, "reference_price": sku.list_price_minor,
        "tags": [*sku.product.tags, *banned],
    }  # fmt: skip


def _reaches(rule: Offer | CrossStore | Coupon, line: Line) -> bool:
    if BANNED_TAG in line.tags or not rule.scope.covers(line):
        return False
    if isinstance(rule, Bundle) and line.sku not in rule.units_by_sku:
        return False
    return isinstance(rule, CrossStore) or rule.seller in {None, line.seller}


def list_promises(rules: Collection[Rule], names: Names) -> Iterator[Promise]:
    """The rules in words, in their order."""
    for rule in rules:
        yield Promise(
            id=rule["id"],
            text=describe_rule(rule, names),
            payer="stalls" if "every" in rule else "stall",
            ends_at=read_instant(rule.get("ends")),
        )
