"""What budgets, counts and flash prices of a plan still hold while carts go by in order."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from chophien.domain.simulation.plan import Plan, RuleKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One pricing of a cart: what limited promotions would take, and which of them could not."""

    off_minor: Mapping[RuleKey, int]
    over: frozenset[RuleKey]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that a cart's outcome owes to what was left when it was priced.

    Where another state of the limits leads to the same evidence, it leads to the same outcome:
    so a cart may be priced ahead of its turn and checked when its turn comes.
    """

    reach: frozenset[RuleKey] = frozenset()
    exhausted: frozenset[RuleKey] = frozenset()
    steps: tuple[Step, ...] = ()
    units: tuple[tuple[str, int, int], ...] = ()
    """For each limited price in the cart: its id, the units wanted, and those it could have."""


NO_EVIDENCE = Evidence()


@dataclass(slots=True, kw_only=True)
class Left:
    """Money by budget, uses by count, units by flash price; what is not listed has no limit."""

    money_minor: dict[RuleKey, int] = field(default_factory=dict)
    uses: dict[RuleKey, int] = field(default_factory=dict)
    units: dict[str, int] = field(default_factory=dict)

    @classmethod
    def at_start(cls, plan: Plan) -> "Left":
        return cls(
            money_minor=dict(plan.budgets_minor),
            uses=dict(plan.uses_max),
            units=dict(plan.units_left),
        )

    def copy(self) -> "Left":
        return Left(
            money_minor=dict(self.money_minor), uses=dict(self.uses), units=dict(self.units)
        )

    def find_exhausted(self, keys: Iterable[RuleKey]) -> frozenset[RuleKey]:
        """Those that are not offered any more."""
        return frozenset(
            key for key in keys if self.money_minor.get(key, 1) < 1 or self.uses.get(key, 1) < 1
        )

    def find_over(self, off_minor: Mapping[RuleKey, int]) -> frozenset[RuleKey]:
        """Those that would take more than they hold: a promotion is given whole or not at all."""
        return frozenset(
            key
            for key, off in off_minor.items()
            if off > self.money_minor.get(key, off) or self.uses.get(key, 1) < 1
        )

    def agrees_with(self, evidence: Evidence) -> bool:
        """Say whether a cart priced on that evidence comes out the same with what is left now."""
        return (
            self.find_exhausted(evidence.reach) == evidence.exhausted
            and all(self.find_over(step.off_minor) == step.over for step in evidence.steps)
            and all(min(wanted, self.units[price]) == had for price, wanted, had in evidence.units)
        )

    def take(self, off_minor: Mapping[RuleKey, int], units: Mapping[str, int]) -> None:
        """Note what a cart used."""
        for key, off in off_minor.items():
            if key in self.money_minor:
                self.money_minor[key] -= off
                assert self.money_minor[key] >= 0, "no budget is overspent"
            if key in self.uses:
                self.uses[key] -= 1
                assert self.uses[key] >= 0, "no coupon is used more often than it was issued"
        for price, count in units.items():
            if price in self.units:
                self.units[price] -= count
                assert self.units[price] >= 0, "no flash price serves more units than it has"
