"""Stage 3: every S minus D over all sellers, and how far it is to the next step."""

from collections.abc import Sequence
from dataclasses import dataclass

from chophien.domain.pricing.request import CrossStore
from chophien.domain.pricing.spreading import Basket, Cut, spread


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedProgramme:
    programme: CrossStore
    cut: Cut


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """Adding `add_minor` in the programme's scope takes `save_minor` more off, floors aside."""

    programme_id: str
    add_minor: int
    save_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossStoreOutcome:
    """The programme applied, if one was, the amounts that it left, and the step that is near."""

    applied: AppliedProgramme | None
    amounts: list[int]
    next_step: NextStep | None


def apply_cross_store(
    programmes: Sequence[CrossStore], basket: Basket, amounts: list[int]
) -> CrossStoreOutcome:
    """Apply the programme that takes off most after floors, on a tie the lower id.

    The programmes are those in force. The discount is spread over all parts in scope, so each
    seller bears its share. The next step is counted on the amounts before this stage.
    """
    best: AppliedProgramme | None = None
    for programme in sorted(programmes, key=lambda each: each.id):
        among = basket.reach(programme.scope)
        off = programme.discount.taken_from(sum(amounts[index] for index in among))
        cut = spread(off, amounts, basket.floors, among)
        if cut.off_minor > (0 if best is None else best.cut.off_minor):
            best = AppliedProgramme(programme=programme, cut=cut)
    if best is None:
        near = _find_nearest_step(programmes, basket, amounts)
        return CrossStoreOutcome(applied=None, amounts=amounts, next_step=near)
    return CrossStoreOutcome(
        applied=best,
        amounts=best.cut.applied_to(amounts),
        next_step=_find_next_step(best.programme, basket, amounts),
    )


def _find_nearest_step(
    programmes: Sequence[CrossStore], basket: Basket, amounts: Sequence[int]
) -> NextStep | None:
    """Find the step that needs the least more, then the lower id, where none was reached.

    A programme with nothing in its scope, or with no step left, has none.
    """
    steps = [_find_next_step(programme, basket, amounts) for programme in programmes]
    return min(
        (step for step in steps if step is not None),
        key=lambda step: (step.add_minor, step.programme_id),
        default=None,
    )


def _find_next_step(
    programme: CrossStore, basket: Basket, amounts: Sequence[int]
) -> NextStep | None:
    discount = programme.discount
    amount = sum(amounts[index] for index in basket.reach(programme.scope))
    steps = discount.count_steps(amount)
    if amount == 0 or steps == discount.times_max:
        return None
    return NextStep(
        programme_id=programme.id,
        add_minor=discount.every_minor * (steps + 1) - amount,
        save_minor=discount.off_minor,
    )
