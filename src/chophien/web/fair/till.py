"""A cart as its page shows it: what each line costs and why, what changed, what would help."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chophien.apps.festivals.selectors import get_current_festival
from chophien.apps.orders.quoting import PricedCart, quote_lines
from chophien.apps.orders.selectors import CartView
from chophien.apps.promotions.buyers import Buyer
from chophien.domain.limits import LINE_QUANTITY_MAX
from chophien.web.shared.why.explain import WhyCart, WhyLine, explain_quote
from chophien.web.shared.why.naming import load_names

if TYPE_CHECKING:
    from chophien.apps.festivals.models import Festival
    from chophien.apps.orders.models import Cart, CartLine
    from chophien.apps.sellers.models import Stall
    from chophien.web.shared.why.words import Names

TIER = "tier"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the cart. `short` is how many units there are, where that is fewer than asked."""

    line: "CartLine"
    why: WhyLine
    short: int | None

    @property
    def unit_minor(self) -> int | None:
        """What the first unit costs; `None` where it is a deposit, or cheap for its number."""
        part = self.why.parts[0] if self.why.parts else None
        return None if part is None or part.kind == TIER else part.unit_minor

    @property
    def seen_minor(self) -> int | None:
        """What one unit cost when it was put in, where that is no longer so."""
        seen = self.line.seen_unit_minor
        return seen if None not in {seen, self.unit_minor} and seen != self.unit_minor else None

    @property
    def is_dearer(self) -> bool:
        return (self.seen_minor or 0) < (self.unit_minor or 0)


@dataclass(slots=True, kw_only=True)
class Group:
    """The lines of one stall; `shipping` is `None` where the stall asks nothing for it."""

    stall: "Stall"
    shipping: int | None
    lines: list[Row] = field(default_factory=list)

    @property
    def missing(self) -> int:
        """For how much more one would have to buy here to get free shipping; 0 for never."""
        if not self.shipping or self.stall.free_from_minor is None:
            return 0
        bought = sum(row.why.payable_minor for row in self.lines)
        return self.stall.free_from_minor - bought


@dataclass(frozen=True, slots=True, kw_only=True)
class Till:
    """A priced cart; `priced`, `names` and `why` are there exactly when it has lines to price."""

    festival: "Festival"
    buyer: Buyer
    groups: tuple[Group, ...]
    priced: PricedCart
    names: "Names"
    why: WhyCart

    @property
    def rows(self) -> list[Row]:
        return [row for group in self.groups for row in group.lines]

    @property
    def has_changed_prices(self) -> bool:
        return any(row.seen_minor is not None for row in self.rows)


def open_till(cart: "Cart", view: CartView, at: datetime, *, phone: str = "") -> Till:
    """Price a cart that has lines, and tell why: with the coupons picked, or the best.

    `phone` is the one that the order goes to, once typed: limits for each buyer count by it.
    """
    festival = get_current_festival(at)
    buyer = Buyer(id=str(cart.user_id or cart.id), user_id=cart.user_id, phone=phone)
    priced = quote_lines(
        view.lines, festival=festival, buyer=buyer, at=at, held_ids=cart.picked_coupons
    )
    names = load_names(
        list_rules(priced.request),
        currency=festival.currency,
        known=[line.sku for line in view.lines],
    )
    why = explain_quote(priced.request, priced.quote, names)
    return Till(
        festival=festival,
        buyer=buyer,
        groups=_group(view, priced.quote, why),
        priced=priced,
        names=names,
        why=why,
    )


def list_rules(request: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [rule for key in ("offers", "cross_store", "coupons") for rule in request.get(key) or ()]


def _group(view: CartView, quote: Mapping[str, Any], why: WhyCart) -> tuple[Group, ...]:
    groups: dict[int, Group] = {}
    for line in view.lines:
        stall = line.sku.product.stall
        group = groups.setdefault(
            stall.id, Group(stall=stall, shipping=quote["shipping"].get(stall.slug))
        )
        group.lines.append(
            Row(line=line, why=why.lines[line.quote_id], short=view.short.get(line.id))
        )
    return tuple(groups.values())


def build_context(till: Till | None, view: CartView, at: datetime) -> dict[str, object]:
    """What cart and check-out show alike; an empty cart has no quote."""
    withdrawn: Sequence[CartLine] = view.withdrawn
    shared: dict[str, object] = {
        "withdrawn": withdrawn,
        "is_short": bool(view.short),
        "quantity_max": LINE_QUANTITY_MAX,
    }
    if till is None:
        return shared | {"festival": get_current_festival(at), "groups": [], "quote": None}
    return shared | {
        "festival": till.festival,
        "groups": list(till.groups),
        "quote": till.priced.quote,
        "why": till.why,
        "has_changed_prices": till.has_changed_prices,
    }
