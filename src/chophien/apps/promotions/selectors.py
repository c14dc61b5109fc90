"""Reading promotions: what applies to some goods, a stall or a cart, found by index."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Count, F, Max, Min, Q, QuerySet

from chophien.apps.catalog.models import Sku
from chophien.apps.festivals.models import Festival
from chophien.apps.promotions.buyers import Buyer
from chophien.apps.promotions.models import (
    Coupon,
    CrossStore,
    Offer,
    OfferedPrice,
    PriceUse,
    WalletCoupon,
)
from chophien.apps.sellers.models import Membership
from chophien.domain.limits import WALLET_COUPONS_MAX
from chophien.domain.money import BPS_WHOLE
from chophien.domain.pricing import request as pricing
from chophien.domain.pricing.unit_prices import BestUnitPrice, best_unit_price, legal_floor
from chophien.statements import load
from chophien.statements.graphs import Graph, Part
from chophien.statements.prepared import Row, run, run_all

_BUYING = load("buying")
_PRICES = Graph(_BUYING["find_prices"], {"price": Part(model=OfferedPrice)})
_OFFERS = Graph(_BUYING["find_offers"], {"offer": Part(model=Offer)})
_CROSS_STORE = Graph(_BUYING["find_cross_store"], {"programme": Part(model=CrossStore)})

# How far back a price is compared: the days of the rule that `find_lowest_prices` cites.
LOOK_BACK_DAYS = 30


def open_at(at: datetime) -> Q:
    """The condition that `at` lies in a row's `[starts_at, ends_at)`."""
    return (Q(starts_at__isnull=True) | Q(starts_at__lte=at)) & (
        Q(ends_at__isnull=True) | Q(ends_at__gt=at)
    )


def _has_budget() -> Q:
    return Q(budget_minor__isnull=True) | Q(spent_minor__lt=F("budget_minor"))


def list_prices(sku_ids: Collection[int], at: datetime) -> dict[int, list[OfferedPrice]]:
    """Prices that are in their window at `at`, by sku, in the order of their ids."""
    return _group_prices(run(_PRICES.statement, {"skus": list(sku_ids), "at": at}))


def _group_prices(rows: Sequence[Row]) -> dict[int, list[OfferedPrice]]:
    by_sku: dict[int, list[OfferedPrice]] = defaultdict(list)
    for price in _PRICES.read(rows):
        by_sku[price.sku_id].append(price)
    return by_sku


def list_skus_on_flash(at: datetime, *, count_max: int) -> list[int]:
    """Skus with a flash price that is in its window and not used up, the soonest to end first."""
    found = (
        OfferedPrice.objects.filter(
            open_at(at),
            kind=OfferedPrice.Kind.FLASH,
            taken__lt=F("allotment"),
            sku__product__state="published",
            sku__product__stall__state="admitted",
        )
        .order_by("ends_at", "id")
        .values_list("sku_id", flat=True)
    )
    return list(found[:count_max])


def list_keeping(price_ids: Collection[int]) -> set[int]:
    """Those of the prices that still keep units set aside."""
    found = OfferedPrice.objects.filter(
        id__in=price_ids, allotment__isnull=False, closed_at__isnull=True
    )
    return set(found.values_list("id", flat=True))


def count_buyable(sku_ids: Collection[int], at: datetime) -> dict[int, int]:
    """Units that can be bought at `at`, by sku: free ones, and those kept for a flash price."""
    return dict(run(_BUYING["count_buyable"], {"skus": list(sku_ids), "at": at}))


def find_references(sku_ids: Collection[int], at: datetime) -> dict[int, int]:
    """By sku, the price just before the promotions that run at `at`: the law's reference.

    Read from the history, so that nobody sets it; the list price where nothing is promoted.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, reference_price(id, %s) FROM unnest(%s::bigint[]) AS wanted (id)",
            [at, list(sku_ids)],
        )
        return dict(cursor.fetchall())


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotedUnit:
    """What one unit costs now, what it is measured against, and the row that offers it."""

    price: BestUnitPrice
    reference_minor: int
    offered: OfferedPrice | None
    in_force: tuple[OfferedPrice, ...] = ()
    """Every price in its window that no limit forbids, whether or not its condition holds."""


def quote_units(
    skus: Iterable[Sku],
    *,
    festival: Festival,
    at: datetime,
    buyer: Buyer | None = None,
    show_id: int | None = None,
) -> dict[int, QuotedUnit]:
    """What one unit of each sku costs now, in the room of a show if there is one.

    Two queries, three for a buyer who is logged in; expects the product to be loaded.
    """
    wanted = list(skus)
    offered = list_prices([sku.id for sku in wanted], at)
    references = find_references(list(offered), at) if offered else {}
    limits = pricing.Festival(
        currency=festival.currency, discount_cap_bps=festival.discount_cap_bps
    )
    known = pricing.Buyer(member_of=frozenset(list_member_stalls(buyer)) if buyer else frozenset())
    quoted = {}
    for sku in wanted:
        prices = offered.get(sku.id, [])
        reference_minor = references.get(sku.id, sku.list_price_minor)
        line = _make_line(sku, prices, reference_minor, show_id)
        best = best_unit_price(line, limits, at=at, buyer=known)
        charged = next((price for price in prices if str(price.id) == best.price_id), None)
        floor_minor = max(legal_floor(line, limits), sku.floor_price_minor)
        quoted[sku.id] = QuotedUnit(
            price=best,
            reference_minor=reference_minor,
            offered=charged,
            in_force=tuple(price for price in prices if price.unit_minor >= floor_minor),
        )
    return quoted


# Public prices are list, sale and flash prices. A sku's promotion runs from the first start of
# the public prices under way; what counts was in force in the days before it, or before now.
_LOWEST = """
WITH wanted AS (
    SELECT w.id, coalesce(min(coalesce(p.starts_at, '-infinity'))
        FILTER (WHERE p.id IS NOT NULL), %(at)s) AS until_at
    FROM unnest(%(sku_ids)s::bigint[]) AS w (id)
    LEFT JOIN promotions_offeredprice p ON p.sku_id = w.id AND p.kind IN ('sale', 'flash')
        AND (p.starts_at IS NULL OR p.starts_at <= %(at)s)
        AND (p.ends_at IS NULL OR p.ends_at > %(at)s)
    GROUP BY w.id
), listed AS (
    SELECT c.sku_id, c.list_price_minor, c.changed_at AS starts_at, lead(c.changed_at, 1, 'infinity')
        OVER (PARTITION BY c.sku_id ORDER BY c.changed_at, c.id) AS ends_at
    FROM catalog_listpricechange c WHERE c.sku_id = ANY(%(sku_ids)s)
), public AS (
    SELECT sku_id, list_price_minor AS unit_minor, starts_at, ends_at FROM listed
    UNION ALL
    SELECT sku_id, unit_minor, coalesce(starts_at, '-infinity'), coalesce(ends_at, 'infinity')
    FROM promotions_offeredprice WHERE sku_id = ANY(%(sku_ids)s) AND kind IN ('sale', 'flash')
)
SELECT w.id, coalesce(
    (SELECT min(p.unit_minor) FROM public p WHERE p.sku_id = w.id AND p.starts_at < p.ends_at
        AND p.starts_at < w.until_at AND p.ends_at > w.until_at - make_interval(days => %(look_back)s)),
    (SELECT l.list_price_minor FROM listed l WHERE l.sku_id = w.id ORDER BY l.starts_at LIMIT 1),
    k.list_price_minor)
FROM wanted w JOIN catalog_sku k ON k.id = w.id
"""


def find_lowest_prices(sku_ids: Collection[int], at: datetime) -> dict[int, int]:
    """By sku, the lowest public price of the 30 days before its promotion, or before `at`.

    Public is what anybody pays: list, sale and flash prices; not those of members, rooms and
    volume. The promotion that runs at `at` does not count; a price in force for any moment of
    `[start - 30 days, start)` does. One query; reads these skus' whole history, and no other's.

    Source: Directive 98/6/EC, Article 6a (the "Omnibus" rule).
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOWEST, {"sku_ids": list(sku_ids), "at": at, "look_back": LOOK_BACK_DAYS})
        return dict(cursor.fetchall())


def list_member_stalls(buyer: Buyer) -> list[str]:
    """Ids, as text, of the stalls that the buyer has joined."""
    if buyer.user_id is None:
        return []
    found = Membership.objects.filter(user_id=buyer.user_id).values_list("stall_id", flat=True)
    return [str(stall_id) for stall_id in found]


def find_line_cap(sku: Sku) -> int | None:
    """What stands in for the festival's cap: nothing off banned goods, anything off fresh ones."""
    if sku.product.promotion_ban:
        return 0
    return BPS_WHOLE if sku.product.is_fresh else None


def _make_line(
    sku: Sku, prices: Iterable[OfferedPrice], reference_minor: int, show_id: int | None
) -> pricing.Line:
    return pricing.Line(
        id=str(sku.id),
        sku=sku.code,
        seller=str(sku.product.stall_id),
        qty=1,
        list_price_minor=sku.list_price_minor,
        reference_price_minor=reference_minor,
        floor_price_minor=sku.floor_price_minor,
        discount_cap_bps=find_line_cap(sku),
        room=None if show_id is None else str(show_id),
        prices=tuple(
            pricing.OfferedPrice(
                id=str(price.id),
                kind=pricing.PriceKind(price.kind),
                unit_minor=price.unit_minor,
                window=pricing.Window(starts_at=price.starts_at, ends_at=price.ends_at),
                room=None if price.room is None else str(price.room),
                min_qty=price.min_qty,
                left=None if price.allotment is None else price.allotment - price.taken,
                is_exclusive=price.is_exclusive,
            )
            for price in prices
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """All that may make a cart cheaper beside the prices of its goods.

    `bought` counts units that the buyer has at each limited price already.
    """

    prices: Mapping[int, list[OfferedPrice]]
    references: Mapping[int, int]
    bought: Mapping[int, int]
    offers: tuple[Offer, ...]
    cross_store: tuple[CrossStore, ...]
    held: tuple[WalletCoupon, ...]
    member_of: frozenset[int]

    @property
    def left_by_budget(self) -> dict[str, int]:
        """What each budget still holds, by the key that `budget_key` gives a rule."""
        coupons = [each.coupon for each in self.held]
        budgeted: list[Offer | CrossStore | Coupon] = [*self.offers, *self.cross_store, *coupons]
        return {
            budget_key(rule): rule.budget_minor - rule.spent_minor
            for rule in budgeted
            if rule.budget_minor is not None
        }

    @property
    def budget_by_id(self) -> dict[str, str]:
        """Which budget pays for what a quote names."""
        return (
            {f"o{offer.id}": budget_key(offer) for offer in self.offers}
            | {f"x{programme.id}": budget_key(programme) for programme in self.cross_store}
            | {f"c{held.id}": budget_key(held.coupon) for held in self.held}
        )


def budget_key(rule: Offer | CrossStore | Coupon) -> str:
    """The name of a rule in `PromotionUse`: `o…`, `x…` or `c…` and its row's id."""
    letter = {Offer: "o", CrossStore: "x", Coupon: "c"}[type(rule)]
    return f"{letter}{rule.pk}"


def has_budget(keys: Collection[str]) -> bool:
    """Whether any of these promotions, by their keys in `PromotionUse`, has a budget."""
    models: dict[str, type[Offer | CrossStore | Coupon]] = {
        "o": Offer,
        "x": CrossStore,
        "c": Coupon,
    }
    return any(
        models[key[0]].objects.filter(id=int(key[1:]), budget_minor__isnull=False).exists()
        for key in keys
    )


def find_next_change(
    *, sku_id: int, stall_id: int, festival_id: int, after: datetime
) -> datetime | None:
    """When the next price, offer or programme that can reach a sku begins or ends, as planned now."""
    found = (
        OfferedPrice.objects.filter(sku_id=sku_id),
        Offer.objects.filter(stall_id=stall_id),
        CrossStore.objects.filter(festival_id=festival_id),
    )
    edges = [
        rows.filter(**{f"{edge}__gt": after}).aggregate(first=Min(edge))["first"]
        for rows in found
        for edge in ("starts_at", "ends_at")
    ]
    return min((edge for edge in edges if edge is not None), default=None)


def load_rules(
    skus: Collection[Sku],
    *,
    festival: Festival,
    buyer: Buyer,
    at: datetime,
    held_ids: Collection[int] | None = None,
) -> Rules:
    """Find what applies to these goods for this buyer; expects the products to be loaded.

    Four statements in one journey, three queries more at most, each by index: the cost does not
    grow with promotions of other goods, stalls and people. `held_ids` keeps to the coupons that
    the buyer picked.
    """
    values = {
        "at": at,
        "skus": [sku.id for sku in skus],
        "stalls": list({sku.product.stall_id for sku in skus}),
        "festival": festival.pk,
    }
    priced, referred, offered, crossing = run_all(
        [
            (_PRICES.statement, values),
            (_BUYING["find_references"], values),
            (_OFFERS.statement, values),
            (_CROSS_STORE.statement, values),
        ]
    )
    prices = _group_prices(priced)
    return Rules(
        prices=prices,
        references=dict(referred),
        bought=_count_bought(prices, buyer),
        offers=tuple(_OFFERS.read(offered)),
        cross_store=tuple(_CROSS_STORE.read(crossing)),
        held=_list_held(buyer, festival, at, held_ids),
        member_of=frozenset(int(stall_id) for stall_id in list_member_stalls(buyer)),
    )


def _list_held(
    buyer: Buyer, festival: Festival, at: datetime, held_ids: Collection[int] | None
) -> tuple[WalletCoupon, ...]:
    if buyer.user_id is None:
        return ()  # a guest has no wallet, and even an empty query costs
    return tuple(list_usable(buyer.user_id, festival, at, held_ids=held_ids))


def _count_bought(prices: Mapping[int, list[OfferedPrice]], buyer: Buyer) -> dict[int, int]:
    """Units had at each limited price: the most that any of the buyer's keys says."""
    limited = [
        price.id for found in prices.values() for price in found if price.per_buyer_max is not None
    ]
    if not limited or not buyer.keys:
        return {}
    found = PriceUse.objects.filter(price_id__in=limited, buyer__in=buyer.keys)
    return dict(found.values("price").annotate(most=Max("units")).values_list("price_id", "most"))


def list_offers(
    stall_ids: Collection[int], sku_ids: Collection[int], at: datetime
) -> QuerySet[Offer]:
    """Offers in force that can reach these skus of these stalls."""
    whole = Q(sku_ids__isnull=True, stall_id__in=stall_ids)
    named = Q(sku_ids__overlap=list(sku_ids))
    return Offer.objects.filter(open_at(at), _has_budget()).filter(whole | named).order_by("id")


def list_cross_store(festival: Festival, at: datetime) -> QuerySet[CrossStore]:
    return CrossStore.objects.filter(open_at(at), _has_budget(), festival=festival).order_by("id")


def list_usable(
    user_id: int | None,
    festival: Festival,
    at: datetime,
    *,
    held_ids: Collection[int] | None = None,
) -> QuerySet[WalletCoupon]:
    """Coupons of a festival in a person's wallet that may be used at `at`; none for a guest."""
    if user_id is None:
        return WalletCoupon.objects.none()
    found = WalletCoupon.objects.filter(
        user_id=user_id, order__isnull=True, coupon__festival=festival
    ).filter(
        Q(coupon__starts_at__isnull=True) | Q(coupon__starts_at__lte=at),
        Q(coupon__ends_at__isnull=True) | Q(coupon__ends_at__gt=at),
        Q(coupon__budget_minor__isnull=True) | Q(coupon__spent_minor__lt=F("coupon__budget_minor")),
    )
    if held_ids is not None:
        found = found.filter(id__in=held_ids)
    return found.select_related("coupon__stall").order_by("coupon__ends_at", "id")[
        :WALLET_COUPONS_MAX
    ]


def list_unused(user_id: int, festival: Festival, at: datetime) -> QuerySet[WalletCoupon]:
    """Coupons of a festival that a person can use at `at` or later, the first to end first."""
    return (
        WalletCoupon.objects.filter(
            Q(coupon__ends_at__isnull=True) | Q(coupon__ends_at__gt=at),
            user_id=user_id,
            order__isnull=True,
            coupon__festival=festival,
        )
        .select_related("coupon__stall")
        .order_by("coupon__ends_at", "id")
    )


def list_wallet(user_id: int) -> QuerySet[WalletCoupon]:
    """All that a person holds or held, the newest first."""
    return (
        WalletCoupon.objects.filter(user_id=user_id)
        .select_related("coupon__stall", "coupon__festival")
        .order_by("-id")
    )


def find_coupon(coupon_id: int) -> Coupon | None:
    return Coupon.objects.select_related("stall", "festival").filter(id=coupon_id).first()


def count_held(user_id: int | None, coupon_ids: Collection[int]) -> dict[int, int]:
    """By coupon, how many of the kind a person has got, used or not; those of none are absent."""
    if user_id is None or not coupon_ids:
        return {}
    found = WalletCoupon.objects.filter(user_id=user_id, coupon_id__in=coupon_ids)
    return dict(found.values_list("coupon_id").annotate(count=Count("id")))


def list_claimable(
    at: datetime,
    *,
    festival_id: int | None = None,
    stall_ids: Collection[int] | None = None,
    with_festival: bool = False,
) -> QuerySet[Coupon]:
    """Coupons that anyone may claim now and that are not all gone.

    Of these stalls only, where they are given; the festival's own too with `with_festival`.
    """
    found = Coupon.objects.filter(
        Q(claim_starts_at__isnull=True) | Q(claim_starts_at__lte=at),
        Q(claim_ends_at__isnull=True) | Q(claim_ends_at__gt=at),
        Q(ends_at__isnull=True) | Q(ends_at__gt=at),
        way=Coupon.Way.CLAIM,
        claimed__lt=F("count_max"),
    )
    if festival_id is not None:
        found = found.filter(festival_id=festival_id)
    if stall_ids is not None:
        is_of_stalls = Q(stall_id__in=stall_ids)
        found = found.filter(is_of_stalls | Q(stall=None) if with_festival else is_of_stalls)
    return found.select_related("stall").order_by("ends_at", "id")
