"""Stage 1: what each unit costs before any discount, and which prices were refused."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from chophien.domain.money import BPS_WHOLE
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


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A price that may be charged: its unit after the deposit bonus, `None` for the list price."""

    unit_minor: int
    price: OfferedPrice | None

    @property
    def rank(self) -> tuple[int, int, str]:
        """Cheapest first; on a tie the less scarce kind, then the lower id."""
        if self.price is None:
            return self.unit_minor, SCARCITY[PriceKind.LIST], ""
        return self.unit_minor, SCARCITY[self.price.kind], self.price.id


def legal_floor(line: Line, festival: Festival) -> int:
    """Return the lowest lawful unit price: the reference price less the cap, rounded up."""
    cap_bps = line.discount_cap_bps
    if cap_bps is None:
        cap_bps = festival.discount_cap_bps
    return -(-line.reference_price_minor * (BPS_WHOLE - cap_bps) // BPS_WHOLE)


def fill_lines(request: CartRequest) -> Filled:
    """Price every unit of every line that is not in its deposit stage.

    Each line is filled from its cheapest price up, lower line ids first, so that flash units
    which several lines share go to the lower line id. A line may become several parts.
    """
    served: Counter[str] = Counter()
    parts: list[Part] = []
    rejected: list[RejectedPrice] = []
    for line in sorted(request.lines, key=lambda each: each.id):
        if line.is_deposit:
            continue
        candidates, refused = _judge_prices(line, request)
        rejected.extend(refused)
        parts.extend(_fill_line(line, candidates, served, request.festival))
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


def _judge_prices(line: Line, request: CartRequest) -> tuple[list[_Candidate], list[RejectedPrice]]:
    """Sort the prices in force into those that may be charged and those that are refused.

    A price is judged and charged at its unit less the deposit bonus, never below the deposit.
    The list price is never refused; the bonus takes it no lower than the line's floor.
    """
    legal = legal_floor(line, request.festival)
    deposit, bonus = line.deposit_paid_minor, line.bonus_minor
    floor = max(legal, line.floor_price_minor, deposit)
    listed = line.list_price_minor
    candidates = [_Candidate(max(listed - bonus, min(listed, floor)), None)]
    rejected = []
    for price in sorted(line.prices, key=lambda each: each.id):
        if not (price.window.is_open(request.at) and _is_offered(price, line, request.buyer)):
            continue
        unit = max(price.unit_minor - bonus, deposit)
        if unit < legal:
            reason = RefusalReason.DISCOUNT_CAP
        elif unit < line.floor_price_minor:
            reason = RefusalReason.BELOW_FLOOR
        else:
            candidates.append(_Candidate(unit, price))
            continue
        rejected.append(RejectedPrice(line_id=line.id, price_id=price.id, reason=reason))
    candidates.sort(key=lambda each: each.rank)
    return candidates, rejected


def _is_offered(price: OfferedPrice, line: Line, buyer: Buyer) -> bool:
    """Tell whether the condition of a price's kind holds for the line and its buyer."""
    match price.kind:
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
        case PriceKind.SALE | PriceKind.FLASH:
            return True
        case PriceKind.LIST:
            raise AssertionError("the list price stands on the line, not among its prices")


def _fill_line(
    line: Line, candidates: Iterable[_Candidate], served: Counter[str], festival: Festival
) -> Iterator[Part]:
    """Fill a line's units from its sorted candidates, noting in `served` the flash units used."""
    unit_floor = max(legal_floor(line, festival), line.floor_price_minor, line.deposit_paid_minor)
    wanted = line.qty
    for candidate in candidates:
        qty = min(wanted, _count_servable(candidate.price, wanted, served))
        if qty == 0:
            continue
        price = candidate.price
        if price is not None and price.kind is PriceKind.FLASH:
            served[price.id] += qty
        yield Part(
            line=line,
            qty=qty,
            unit_minor=candidate.unit_minor,
            kind=PriceKind.LIST if price is None else price.kind,
            price_id=None if price is None else price.id,
            is_exclusive=price is not None and price.is_exclusive,
            floor_minor=qty * min(unit_floor, candidate.unit_minor),
        )
        wanted -= qty
    assert wanted == 0, "the list price serves every unit that no other price served"


def _count_servable(price: OfferedPrice | None, wanted: int, served: Counter[str]) -> int:
    """Count the units that a price can still serve, up to those wanted."""
    if price is None or price.kind is not PriceKind.FLASH:
        return wanted
    limits = [limit for limit in (price.left, price.per_buyer_left) if limit is not None]
    return max(min(limits) - served[price.id], 0) if limits else wanted
