"""Reading simulations, the carts that they price, and the promotions that are set up."""

import gzip
import json
import uuid
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils.crypto import salted_hmac

from chophien.apps.catalog.models import Sku
from chophien.apps.festivals.models import Festival
from chophien.apps.insight.models import Simulation
from chophien.apps.orders.models import Order, StallOrder
from chophien.apps.promotions.documents import (
    coupon_document,
    cross_store_document,
    offer_document,
    price_document,
)
from chophien.apps.promotions.models import (
    Coupon,
    CrossStore,
    Offer,
    OfferedPrice,
    WalletCoupon,
)
from chophien.apps.promotions.selectors import budget_key, open_at
from chophien.apps.sellers.models import Stall
from chophien.domain.simulation.carts import Cart, RefusedCart, read_cart

Document = dict[str, Any]
ORDERS_AT_ONCE = 200  # read from the database at a time
BUYER_CHARS = 16  # of the hash that stands for a buyer


def find_simulation(simulation_id: uuid.UUID) -> Simulation | None:
    """A simulation with its festivals and who asked for it, without its file of carts."""
    return (
        Simulation.objects.select_related("festival", "plan_festival", "made_by")
        .defer("carts_file")
        .filter(id=simulation_id)
        .first()
    )


def list_simulations() -> QuerySet[Simulation]:
    """All of them without their files, plans and reports, the newest first."""
    return Simulation.objects.select_related("festival", "plan_festival", "made_by").defer(
        "carts_file", "plan", "report"
    )


def list_festivals_with_orders() -> list[tuple[Festival, int]]:
    """Festivals that have orders to simulate on, and how many, the newest festival first."""
    counts = dict(_orders().order_by().values_list("festival").annotate(number=Count("id")))
    festivals = Festival.objects.filter(id__in=counts).order_by("-starts_at")
    return [(festival, counts[festival.id]) for festival in festivals]


def count_orders(festival_id: int) -> int:
    return _orders().filter(festival_id=festival_id).count()


def _orders() -> QuerySet[Order]:
    """Orders of which some stall was paid, or still may be, with the request that was priced."""
    kept = StallOrder.objects.filter(order=OuterRef("id")).exclude(state="expired")
    return Order.objects.filter(Exists(kept)).exclude(priced__request={})


def read_carts(simulation: Simulation) -> Iterator[Cart | RefusedCart]:
    """The carts of a simulation, in the order in which they were made."""
    if simulation.festival_id is None:
        yield from _read_file(bytes(simulation.carts_file or b""))
        return
    found = _orders().filter(festival_id=simulation.festival_id).order_by("placed_at", "id")
    requests = found.values_list("number", "priced__request").iterator(chunk_size=ORDERS_AT_ONCE)
    for number, (name, request) in enumerate(requests, 1):
        yield read_cart(forget_buyer(request), number=number, name=name)


def _read_file(packed: bytes) -> Iterator[Cart | RefusedCart]:
    for number, line in enumerate(gzip.decompress(packed).splitlines(), 1):
        if not line.strip():
            continue
        try:
            document = json.loads(line)
        except (ValueError, RecursionError) as fault:
            faults = (f"not JSON: {fault}",)
            yield RefusedCart(number=number, name=str(number), faults=faults)
        else:
            yield read_cart(forget_buyer(document), number=number)


def forget_buyer(request: object) -> object:
    """The request with a hash in the place of the buyer's id; the same buyer stays the same."""
    buyer = request.get("buyer") if isinstance(request, dict) else None
    if not isinstance(request, dict) or not isinstance(buyer, dict):
        return request
    if not isinstance(buyer.get("id"), str):
        return request
    hashed = salted_hmac("chophien.simulation", buyer["id"], algorithm="sha256").hexdigest()
    return request | {"buyer": buyer | {"id": hashed[:BUYER_CHARS]}}


def build_plan(festival: Festival, at: datetime) -> Document:
    """All that is set up for a festival and open at an instant, as a plan.

    Budgets and counts are what is left of them; a coupon is in every wallet until its count is
    used up. Six queries.
    """
    offers = Offer.objects.filter(open_at(at), stall__state="admitted").select_related("stall")
    programmes = CrossStore.objects.filter(open_at(at), festival=festival)
    coupons = list(
        Coupon.objects.filter(open_at(at), festival=festival)
        .select_related("stall")
        .annotate(used=Count("held", filter=Q(held__order__isnull=False)))
    )
    budgeted: list[Offer | CrossStore | Coupon] = [*offers, *programmes, *coupons]
    return {
        "now": at.isoformat(),
        "festival": {
            "discount_cap_bps": festival.discount_cap_bps,
            "max_platform_coupons": festival.platform_coupons_max,
            "max_red_packets": festival.red_packets_max,
        },
        "offers": [
            offer_document(offer, seller=offer.stall.slug, has_banned=True) for offer in offers
        ],
        "cross_store": [cross_store_document(each, has_banned=True) for each in programmes],
        "coupons": [
            coupon_document(WalletCoupon(id=coupon.id, coupon=coupon), has_banned=True)
            for coupon in coupons
        ],
        "prices": _list_prices(at),
        "costs": dict(
            Sku.objects.filter(cost_price_minor__isnull=False).values_list(
                "code", "cost_price_minor"
            )
        ),
        "budgets": {
            budget_key(rule): rule.budget_minor - rule.spent_minor
            for rule in budgeted
            if rule.budget_minor is not None
        },
        "counts": {f"c{coupon.id}": max(coupon.count_max - coupon.used, 0) for coupon in coupons},
    }


def _list_prices(at: datetime) -> dict[str, list[Document]]:
    """Prices by sku, of goods that are on sale."""
    found = OfferedPrice.objects.filter(
        open_at(at), sku__product__state="published", sku__product__stall__state="admitted"
    )
    by_sku: dict[str, list[Document]] = {}
    for price in found.annotate(code_of_sku=F("sku__code")).order_by("id"):
        by_sku.setdefault(price.code_of_sku, []).append(price_document(price))
    return by_sku


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Goods by the code of their sku and stalls by slug, as far as this fair knows them."""

    skus: Mapping[str, Sku]
    stalls: Mapping[str, Stall]


def find_known(*, sku_codes: Collection[str], slugs: Collection[str]) -> Known:
    """Look up what a report names, in two queries."""
    skus = Sku.objects.select_related("product").filter(code__in=sku_codes)
    stalls = Stall.objects.filter(slug__in=slugs)
    return Known(
        skus={sku.code: sku for sku in skus}, stalls={stall.slug: stall for stall in stalls}
    )
