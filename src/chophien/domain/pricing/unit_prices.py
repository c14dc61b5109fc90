"""Stage 1: what each unit costs before any discount, and which prices were refused."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from typing import NamedTuple

from chophien.domain.money import least_after_cap
from chophien.domain.pricing.request import (
    Buyer,
    CartRequest,
    Festival,
    Line,
    OfferedPrice,
    PriceKind,
)
from chophien.domain.pricing.spreading import Part

SCARCITY = {kind: rank for rank, kind in enumerate(PriceKind)}
SCARCITY_OF_LIST = SCARCITY[PriceKind.LIST]


class RefusalReason(StrEnum):
    DISCOUNT_CAP = "discount_cap"
    BELOW_FLOOR = "below_floor"


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedPrice:
    line_id: str
    price_id: str
    reason: RefusalReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """The parts in part order, and the refused prices by line id, then price id."""

    parts: tuple[Part, ...]
    rejected: tuple[RejectedPrice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BestUnitPrice:
    """What one unit costs now; `price_id` and `ends_at` are `None` at the list price.

    `percent_off` is how much that is below the reference price, in whole per cent rounded down,
    and 0 when it is not below.
    """

    unit_minor: int
    kind: PriceKind
    price_id: str | None
    ends_at: datetime | None
    percent_off: int


class _Candidate(NamedTuple):
    """A price that may be charged: its unit after the deposit bonus, `None` for the list price.

    On equal units the less scarce kind goes first, then the lower id.
    """

    unit_minor: int
    scarcity: int
    price_id: str
    price: OfferedPrice | None


_RANK = attrgetter("unit_minor", "scarcity", "price_id")
_ID = attrgetter("id")


def legal_floor(line: Line, festival: Festival) -> int:
    """Return the lowest lawful unit price: the reference price less the cap, rounded up."""
    cap_bps = line.discount_cap_bps
    if cap_bps is None:
        cap_bps = festival.discount_cap_bps
    return least_after_cap(line.reference_price_minor, cap_bps)


def fill_lines(request: CartRequest) -> Filled:
    """Price every unit of every line that is not in its deposit stage.

    Each line is filled from its cheapest price up, lower line ids first, so that flash units
    which several lines share go to the lower line id. A line may become several parts.
    """
    served: Counter[str] = Counter()
    parts: list[Part] = []
    rejected: list[RejectedPrice] = []
    for line in sorted(request.lines, key=_ID):
        if line.is_deposit:
            continue
        legal = legal_floor(line, request.festival)
        floor = max(legal, line.floor_price_minor, line.deposit_paid_minor)
        candidates, refused = _judge_prices(line, request, legal, floor)
        rejected.extend(refused)
        parts.extend(_fill_line(line, candidates, served, floor))
    return Filled(parts=tuple(parts), rejected=tuple(rejected))


def best_unit_price(
    line: Line, festival: Festival, *, at: datetime, buyer: Buyer | None = None
) -> BestUnitPrice:
    """Say what the first unit of a line costs now: stage 1 for a quantity of one.

    For pages and the AI host, which make a line of the list price, reference price, floor, cap
    and offered prices that they know. Quantity and presale of the line do not matter.
    """
    one = replace(line, qty=1, presale=None)
    filled = fill_lines(CartRequest(at=at, festival=festival, lines=(one,), buyer=buyer or Buyer()))
    (part,) = filled.parts
    charged = next((price for price in line.prices if price.id == part.price_id), None)
    below = max(line.reference_price_minor - part.unit_minor, 0)
    return BestUnitPrice(
        unit_minor=part.unit_minor,
        kind=part.kind,
        price_id=part.price_id,
        ends_at=None if charged is None else charged.window.ends_at,
        percent_off=below * 100 // line.reference_price_minor if below else 0,
    )


def _judge_prices(
    line: Line, request: CartRequest, legal: int, floor: int
) -> tuple[list[_Candidate], list[RejectedPrice]]:
    """Sort the prices in force into those that may be charged and those that are refused.

    A price is judged and charged at its unit less the deposit bonus, never below the deposit.
    The list price is never refused; the bonus takes it no lower than the line's floor.
    """
    deposit, bonus = line.deposit_paid_minor, line.bonus_minor
    listed = line.list_price_minor
    candidates = [_Candidate(max(listed - bonus, min(listed, floor)), SCARCITY_OF_LIST, "", None)]
    rejected = []
    for price in sorted(line.prices, key=_ID):
        if not (price.window.is_open(request.at) and _is_offered(price, line, request.buyer)):
            continue
        unit = max(price.unit_minor - bonus, deposit)
        if unit < legal:
            reason = RefusalReason.DISCOUNT_CAP
        elif unit < line.floor_price_minor:
            reason = RefusalReason.BELOW_FLOOR
        else:
            candidates.append(_Candidate(unit, SCARCITY[price.kind], price.id, price))
            continue
        rejected.append(RejectedPrice(line_id=line.id, price_id=price.id, reason=reason))
    candidates.sort(key=_RANK)
    return candidates, rejected


def _is_offered(price: OfferedPrice, line: Line, buyer: Buyer) -> bool:
    """Tell whether the condition of a price's kind holds for the line and its buyer."""
    match price.kind:
        case PriceKind.SALE | PriceKind.FLASH:
            return True
        case PriceKind.MEMBER:
            return line.seller in buyer.member_of
        case PriceKind.ROOM:
            return line.room is not None and line.room == price.room
        case PriceKind.TIER:
            return price.min_qty is not None and line.qty >= price.min_qty
        case PriceKind.GROUP:
            return line.group is not None and line.group == price.group
        case PriceKind.PRESALE:
            return line.presale is not None
        case PriceKind.LIST:
            raise AssertionError("the list price stands on the line, not among its prices")


def _fill_line(
    line: Line, candidates: Iterable[_Candidate], served: Counter[str], floor: int
) -> Iterator[Part]:
    """Fill a line's units from its sorted candidates, noting in `served` the flash units used."""
    wanted = line.qty
    for unit, _, _, price in candidates:
        qty = _count_servable(price, wanted, served)
        if qty == 0:
            continue
        yield Part(
            line=line,
            qty=qty,
            unit_minor=unit,
            kind=PriceKind.LIST if price is None else price.kind,
            price_id=None if price is None else price.id,
            is_exclusive=price is not None and price.is_exclusive,
            floor_minor=qty * min(floor, unit),
        )
        wanted -= qty
        if wanted == 0:
            return
    raise AssertionError("the list price serves every unit that no other price served")


def _count_servable(price: OfferedPrice | None, wanted: int, served: Counter[str]) -> int:
    """Count the units that a price still serves of those wanted, and note them as used."""
    if price is None or price.kind is not PriceKind.FLASH:
        return wanted
    for limit in (price.left, price.per_buyer_left):
        if limit is not None:
            wanted = min(wanted, max(limit - served[price.id], 0))
    served[price.id] += wanted
    return wanted
