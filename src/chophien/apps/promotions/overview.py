"""All promotions in one list, whatever their kind: for the pages that manage them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import (
    CharField,
    Count,
    F,
    Q,
    QuerySet,
    Sum,
    Value,
)

from chophien.apps.catalog.models import Sku
from chophien.apps.promotions.models import (
    Coupon,
    CrossStore,
    Handout,
    Offer,
    OfferedPrice,
    Presale,
    PromotionUse,
    RefusedPrice,
    Takedown,
)
from chophien.apps.promotions.selectors import open_at
from chophien.apps.sellers.models import Stall

Rule = Offer | CrossStore | Coupon
Row = OfferedPrice | Presale | Rule
RuleKey = tuple[str, int]

LETTERS = ("p", "s", "o", "x", "c")
_DIGITS_MAX = 18  # within PostgreSQL's bigint
PRICE_KINDS = ("sale", "flash", "room", "member", "tier")
OFFER_KINDS = ("spend_save", "nth_unit", "bundle")
COUPON_KINDS = ("seller", "platform", "red_packet")
KINDS = (*PRICE_KINDS, "presale", *OFFER_KINDS, "cross_store", *COUPON_KINDS)
# How a list may be sorted; the id settles what is equal.
SORTS = {
    "ends": ("ends", "id"),
    "starts": ("-starts", "-id"),
    "kind": ("what", "-id"),
    "stall": ("stall_name", "-id"),
}


class State(StrEnum):
    RUNNING = "running"
    COMING = "coming"
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which promotions: of these stalls (none for all of the fair), of this kind and state."""

    stall_ids: tuple[int, ...] | None = None
    kind: str = ""
    state: State | None = None
    sort: str = "ends"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """One promotion with what it has given so far."""

    key: str
    kind: str
    row: Row
    stall: Stall | None
    sku: Sku | None
    starts_at: datetime | None
    ends_at: datetime | None
    state: State
    counted: int | None
    """Units or coupons that are taken, where they are counted."""
    counted_max: int | None
    orders: int | None
    """Orders that used it; `None` for a price, which orders count by their lines."""
    cost_minor: int | None
    takedown: Takedown | None

    @property
    def budget_minor(self) -> int | None:
        return getattr(self.row, "budget_minor", None)

    @property
    def spent_minor(self) -> int:
        return getattr(self.row, "spent_minor", 0)

    @property
    def is_over(self) -> bool:
        return self.state is State.OVER


def parse_key(key: str) -> RuleKey | None:
    """`p12` → `("p", 12)`; `None` for what is no key."""
    letter, digits = key[:1], key[1:]
    if letter not in LETTERS or not (digits.isascii() and digits.isdigit()):
        return None
    return (letter, int(digits)) if len(digits) <= _DIGITS_MAX else None


def _all(letter: str) -> "QuerySet[Any, Any]":
    return {
        "p": OfferedPrice.objects,
        "s": Presale.objects,
        "o": Offer.objects,
        "x": CrossStore.objects,
        "c": Coupon.objects,
    }[letter].all()


def find_promotion(
    key: str, *, at: datetime, stall_ids: Sequence[int] | None = None
) -> Promotion | None:
    """One promotion by its key; `None` when there is none, or none of these stalls."""
    parsed = parse_key(key)
    if parsed is None:
        return None
    found = load_promotions([parsed], at=at)
    if not found:
        return None
    stall = found[0].stall
    if stall_ids is not None and (stall is None or stall.id not in stall_ids):
        return None
    return found[0]


def list_keys(wanted: Wanted, *, at: datetime) -> QuerySet[Any, tuple[Any, ...]]:
    """Rows that begin with letter and id of what is wanted, sorted; cut a page and load that."""
    parts = [_select(letter, wanted, at) for letter in LETTERS]
    first, *others = (part for part in parts if part is not None)
    union = first.union(*others, all=True) if others else first
    order = SORTS.get(wanted.sort, SORTS["ends"])
    return union.order_by(*order)


def _select(letter: str, wanted: Wanted, at: datetime) -> "QuerySet[Any, Any] | None":
    column, values = {
        "p": ("kind", PRICE_KINDS),
        "s": (None, ("presale",)),
        "o": ("kind", OFFER_KINDS),
        "x": (None, ("cross_store",)),
        "c": ("issuer", COUPON_KINDS),
    }[letter]
    if wanted.kind in KINDS and wanted.kind not in values:
        return None
    found = _all(letter).order_by()
    if wanted.kind in values and column is not None:
        found = found.filter(**{column: wanted.kind})
    path = {"p": "sku__product__stall", "s": "sku__product__stall", "x": None}.get(letter, "stall")
    if wanted.stall_ids is not None:
        found = found.filter(**{f"{path}__in": wanted.stall_ids}) if path else found.none()
    if wanted.state is not None:
        found = found.filter(_in_state(wanted.state, letter, at))
    stall_name = F(f"{path}__name_vi") if path else Value(None, output_field=CharField())
    row: QuerySet[Any, Any] = found.annotate(
        letter=Value(letter, output_field=CharField()),
        what=F(column) if column else Value(values[0], output_field=CharField()),
        stall_name=stall_name,
        starts=F("starts_at"),
        ends=F(_end_of(letter)),
    ).values_list("letter", "id", "what", "stall_name", "starts", "ends")
    return row


def _end_of(letter: str) -> str:
    return "balance_ends_at" if letter == "s" else "ends_at"


def _in_state(state: State, letter: str, at: datetime) -> Q:
    if letter == "s":
        is_off = Q(balance_ends_at__lte=at) | Q(defaulted_at__isnull=False)
        begun = Q(starts_at__gt=at) if state is State.COMING else Q(starts_at__lte=at)
        return is_off if state is State.OVER else ~is_off & begun
    if state is State.COMING:
        return Q(starts_at__gt=at)
    return Q(ends_at__lte=at) if state is State.OVER else open_at(at)


def load_promotions(keys: Iterable[tuple[Any, ...]], *, at: datetime) -> list[Promotion]:
    """In the order of the keys. At most eight queries, however many promotions there are."""
    wanted = [(row[0], row[1]) for row in keys]
    by_letter: dict[str, list[int]] = defaultdict(list)
    for letter, row_id in wanted:
        by_letter[letter].append(row_id)
    rows = {
        (letter, row.pk): row for letter, ids in by_letter.items() for row in _load(letter, ids)
    }
    names = [f"{letter}{row_id}" for letter, row_id in wanted]
    uses = _sum_uses(names)
    taken_down = {each.promotion: each for each in Takedown.objects.filter(promotion__in=names)}
    return [_build(key, rows[key], at, uses, taken_down) for key in wanted if key in rows]


def _load(letter: str, ids: Collection[int]) -> Iterable[Row]:
    related = {
        "p": ("sku__product__stall", "festival"),
        "s": ("sku__product__stall", "festival"),
        "o": ("stall",),
        "x": ("festival",),
        "c": ("stall", "festival"),
    }[letter]
    return _all(letter).filter(id__in=ids).select_related(*related)


def _sum_uses(names: Collection[str]) -> dict[str, tuple[int, int]]:
    """Orders that used each promotion, and what it cost beyond what came back."""
    found = (
        PromotionUse.objects.filter(promotion__in=names)
        .values("promotion")
        .annotate(orders=Count("id"), cost=Sum(F("off_minor") - F("returned_minor")))
        .order_by()
    )
    return {each["promotion"]: (each["orders"], each["cost"] or 0) for each in found}


def _build(
    key: RuleKey,
    row: Row,
    at: datetime,
    uses: dict[str, tuple[int, int]],
    taken_down: dict[str, Takedown],
) -> Promotion:
    name = f"{key[0]}{key[1]}"
    sku = row.sku if isinstance(row, OfferedPrice | Presale) else None
    ends_at = row.balance_ends_at if isinstance(row, Presale) else row.ends_at
    counted, counted_max = _count(row)
    orders, cost_minor = uses.get(name, (0, 0)) if sku is None else (None, None)
    return Promotion(
        key=name,
        kind=_kind_of(row),
        row=row,
        stall=sku.product.stall if sku is not None else getattr(row, "stall", None),
        sku=sku,
        starts_at=row.starts_at,
        ends_at=ends_at,
        state=State.OVER
        if getattr(row, "defaulted_at", None) is not None
        else _state_of(row.starts_at, ends_at, at),
        counted=counted,
        counted_max=counted_max,
        orders=orders,
        cost_minor=cost_minor,
        takedown=taken_down.get(name),
    )


def _kind_of(row: Row) -> str:
    match row:
        case Presale():
            return "presale"
        case CrossStore():
            return "cross_store"
        case Coupon():
            return row.issuer
        case _:
            return row.kind


def _count(row: Row) -> tuple[int | None, int | None]:
    match row:
        case Coupon():
            return row.claimed, row.count_max
        case OfferedPrice() | Presale():
            return (None, None) if row.allotment is None else (row.taken, row.allotment)
        case _:
            return None, None


def _state_of(starts_at: datetime | None, ends_at: datetime | None, at: datetime) -> State:
    if ends_at is not None and ends_at <= at:
        return State.OVER
    return State.COMING if starts_at is not None and starts_at > at else State.RUNNING


def list_takedowns(stall_ids: Collection[int], *, since: datetime) -> QuerySet[Takedown]:
    """What the organiser took down of these stalls, the latest first."""
    return Takedown.objects.filter(stall_id__in=stall_ids, taken_down_at__gte=since).select_related(
        "sku__product"
    )


def list_refused() -> QuerySet[RefusedPrice]:
    """Prices that the law let nobody set up, the latest first."""
    return RefusedPrice.objects.select_related("sku__product__stall", "asked_by")


def list_handouts(coupon_id: int) -> QuerySet[Handout]:
    """What was given of a coupon, the latest first; `people` counts those who have their turn."""
    return (
        Handout.objects.filter(coupon_id=coupon_id)
        .annotate(people=F("user_ids__len"))
        .defer("user_ids")
    )
