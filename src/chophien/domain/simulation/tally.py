"""Many carts added up, in memory that grows with the goods and promotions, not with the carts."""

from collections import Counter
from dataclasses import dataclass, field
from heapq import heappush, heappushpop
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from chophien.domain.pricing.request import PriceKind
from chophien.domain.simulation.assess import FESTIVAL, Bearer, Outcome, Side
from chophien.domain.simulation.carts import RefusedCart
from chophien.domain.simulation.left import Left
from chophien.domain.simulation.plan import Plan, RuleKey

if TYPE_CHECKING:
    from chophien.domain.pricing.unit_prices import RefusalReason

WORST_MAX: Final = 100  # carts that lose most: what a person reads through
REFUSED_MAX: Final = 100  # refused carts named; all are counted
FAULTS_MAX: Final = 5  # of one refused cart
# Promotions beyond the plan's own are those that carts keep: a wallet's coupons have ids of their
# own. Those that do not fit are added up in one row for each stage and bearer.
KEPT_MAX: Final = 500
OTHERS: Final = "…"
# Lower ends of the classes of margin, in basis points; the class below them all is the first.
MARGIN_EDGES_BPS: Final = tuple(range(-3000, 7000, 1000))

K = TypeVar("K")
V = TypeVar("V")


@dataclass(slots=True)
class PromotionSum:
    """What a promotion costs; `not_given` counts carts for which it had run out."""

    carts: int = 0
    off_minor: int = 0
    largest_minor: int = 0
    bearers: Counter[Bearer] = field(default_factory=Counter)
    not_given_carts: int = 0
    not_given_minor: int = 0
    ran_out_at: str | None = None


@dataclass(slots=True)
class BearerSum:
    """What a seller, or the festival, bears: discounts and prices below the list price."""

    was_off_minor: int = 0
    was_cut_minor: int = 0
    off_minor: int = 0
    cut_minor: int = 0


@dataclass(slots=True)
class PriceSum:
    """Units that went at one price; `cut_minor` is how far it is below the list price."""

    kind: PriceKind
    carts: int = 0
    units: int = 0
    cut_minor: int = 0


@dataclass(slots=True)
class RejectedSum:
    """`lawful_minor` is the highest that any of the carts asks for."""

    carts: int = 0
    units: int = 0
    unit_minor: int = 0
    lawful_minor: int = 0


@dataclass(slots=True)
class LossSum:
    """Goods of one sku that were paid less than they cost, as in `Loss`."""

    seller: str
    carts: int = 0
    units: int = 0
    lost_minor: int = 0
    to_seller_minor: int = 0


@dataclass(slots=True)
class SideSum:
    """All carts priced one way. `margin_classes` counts carts by `MARGIN_EDGES_BPS`."""

    units: int = 0
    list_minor: int = 0
    before_minor: int = 0
    payable_minor: int = 0
    margin_minor: int = 0
    costed_carts: int = 0
    below_cost_carts: int = 0
    below_cost_minor: int = 0
    margin_classes: list[int] = field(default_factory=lambda: [0] * (len(MARGIN_EDGES_BPS) + 1))

    @property
    def discount_minor(self) -> int:
        return self.before_minor - self.payable_minor

    def add(self, side: Side) -> None:
        """Add one cart."""
        sums = side.sums
        self.units += sums.units
        self.list_minor += sums.list_minor
        self.before_minor += sums.before_minor
        self.payable_minor += sums.payable_minor
        if side.margin_minor is None:
            return
        self.costed_carts += 1
        self.margin_minor += side.margin_minor
        if side.margin_minor < 0:
            self.below_cost_carts += 1
            self.below_cost_minor -= side.margin_minor
        bps = side.margin_bps
        if bps is None:  # nothing is paid: the worst class, unless the goods cost nothing either
            bps = MARGIN_EDGES_BPS[0] - 1 if side.margin_minor < 0 else 0
        self.margin_classes[sum(bps >= edge for edge in MARGIN_EDGES_BPS)] += 1


class WorstCart(NamedTuple):
    """Ordered by what it lacks; of equal ones the earlier cart counts as worse."""

    lacking_minor: int
    minus_number: int
    name: str
    payable_minor: int
    units: int


class Tally:
    """The sums over all carts so far. `add` in the order of the carts, each once."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.left = Left.at_start(plan)
        self.currency: str | None = None
        self.priced = 0
        self.refused_count = 0
        self.refused: list[RefusedCart] = []
        self.uncosted_units = 0
        self.was = SideSum()
        self.planned = SideSum()
        self.promotions = {key: PromotionSum() for key in sorted(plan.rule_keys)}
        self.bearers: dict[Bearer, BearerSum] = {FESTIVAL: BearerSum()}
        self.prices: dict[tuple[str, str], PriceSum] = {}
        self.rejected: dict[tuple[str, str, RefusalReason], RejectedSum] = {}
        self.losses: dict[str, LossSum] = {}
        self.worst: list[WorstCart] = []
        self._kept_max = len(self.promotions) + KEPT_MAX

    def refuse(self, cart: RefusedCart) -> None:
        """Count a cart that is no request."""
        self.refused_count += 1
        if len(self.refused) < REFUSED_MAX:
            self.refused.append(cart)

    def add(self, outcome: Outcome) -> None:
        """Add a priced cart, and take from the plan's limits what it used.

        One in another currency than the first is refused: its sums would mean nothing.
        """
        if outcome.currency != (self.currency or outcome.currency):
            fault = f"festival.currency: {outcome.currency}, carts before this in {self.currency}"
            self.refuse(RefusedCart(number=outcome.number, name=outcome.name, faults=(fault,)))
            return
        self.currency = outcome.currency
        self.priced += 1
        self.uncosted_units += outcome.uncosted_units
        self.was.add(outcome.was)
        self.planned.add(outcome.planned)
        self.left.take(outcome.off_by_rule, outcome.units_by_price)
        self._add_promotions(outcome)
        self._add_bearers(outcome)
        self._add_goods(outcome)
        self._keep_worst(outcome)

    def assert_accounted(self) -> None:
        """Hold the sums against the law: each unit of money taken off is in every view once."""
        off = self.planned.discount_minor
        assert off == sum(each.off_minor for each in self.promotions.values()), "by promotion"
        assert off == sum(each.off_minor for each in self.bearers.values()), "by bearer"
        assert off == sum(each.bearers.total() for each in self.promotions.values()), "of both"
        assert self.was.discount_minor == sum(e.was_off_minor for e in self.bearers.values())
        cut = self.planned.list_minor - self.planned.before_minor
        assert cut == sum(each.cut_minor for each in self.bearers.values()), "cuts by bearer"
        assert self.was.units == self.planned.units, "the same goods both ways"

    def _add_promotions(self, outcome: Outcome) -> None:
        for taken in outcome.taken:
            entry = self._find_promotion(taken.key)
            entry.carts += 1
            entry.off_minor += taken.off_minor
            entry.largest_minor = max(entry.largest_minor, taken.off_minor)
            entry.bearers.update(taken.by_bearer)
        for key, off in outcome.not_given.items():
            entry = self._find_promotion(key)
            entry.not_given_carts += 1
            entry.not_given_minor += off
            entry.ran_out_at = entry.ran_out_at or outcome.name

    def _find_promotion(self, key: RuleKey) -> PromotionSum:
        if key not in self.promotions and len(self.promotions) >= self._kept_max:
            key = RuleKey(key.stage, OTHERS)
        return _entry(self.promotions, key, PromotionSum())

    def _add_bearers(self, outcome: Outcome) -> None:
        for bearer, off in outcome.was.off_by_bearer.items():
            _entry(self.bearers, bearer, BearerSum()).was_off_minor += off
        for bearer, off in outcome.planned.off_by_bearer.items():
            _entry(self.bearers, bearer, BearerSum()).off_minor += off
        for seller, cut in outcome.was.cut_by_seller.items():
            _entry(self.bearers, seller, BearerSum()).was_cut_minor += cut
        for seller, cut in outcome.planned.cut_by_seller.items():
            _entry(self.bearers, seller, BearerSum()).cut_minor += cut

    def _add_goods(self, outcome: Outcome) -> None:
        seen: set[int] = set()  # two lines of one sku are one cart
        for used in outcome.prices:
            price = _entry(self.prices, (used.sku, used.price_id), PriceSum(used.kind))
            price.carts += id(price) not in seen
            price.units += used.units
            price.cut_minor += used.cut_minor
            seen.add(id(price))
        for each in outcome.rejected:
            key = (each.sku, each.price_id, each.reason)
            rejected = _entry(self.rejected, key, RejectedSum())
            rejected.carts += id(rejected) not in seen
            rejected.units += each.units
            rejected.unit_minor = each.unit_minor
            rejected.lawful_minor = max(rejected.lawful_minor, each.lawful_minor)
            seen.add(id(rejected))
        for lost in outcome.losses:
            loss = _entry(self.losses, lost.sku, LossSum(lost.seller))
            loss.carts += id(loss) not in seen
            loss.units += lost.units
            loss.lost_minor += lost.lost_minor
            loss.to_seller_minor += lost.to_seller_minor
            seen.add(id(loss))

    def _keep_worst(self, outcome: Outcome) -> None:
        margin = outcome.planned.margin_minor
        if margin is None or margin >= 0:
            return
        sums = outcome.planned.sums
        worst = WorstCart(-margin, -outcome.number, outcome.name, sums.payable_minor, sums.units)
        if len(self.worst) < WORST_MAX:
            heappush(self.worst, worst)
        else:
            heappushpop(self.worst, worst)


def _entry(table: dict[K, V], key: K, fresh: V) -> V:
    return table.setdefault(key, fresh)
