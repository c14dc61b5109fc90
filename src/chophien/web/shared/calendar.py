"""Where a festival stands, as pages show it."""

from dataclasses import dataclass
from datetime import datetime

from chophien.apps.festivals.selectors import list_phases
from chophien.domain.phases import Edge, PhasePlan, current_phases, list_turns


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One phase and whether it is `past`, `on` or `coming`."""

    phase: PhasePlan
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """All phases in order, those that are on, and the one that begins next."""

    steps: tuple[Step, ...]
    current: tuple[PhasePlan, ...]
    coming: PhasePlan | None


def build_strip(festival_id: int, at: datetime) -> Strip:
    """Read a festival's phases as they stand at an instant; one query."""
    phases = list_phases(festival_id)
    turns = [turn for turn in list_turns(phases) if turn.edge is Edge.STARTS]
    return Strip(
        steps=tuple(Step(phase=one, state=judge_state(one, at)) for one in phases),
        current=tuple(current_phases(phases, at)),
        coming=next((turn.phase for turn in turns if turn.at > at), None),
    )


def judge_state(phase: PhasePlan, at: datetime) -> str:
    if at < phase.starts_at:
        return "coming"
    return "on" if at < phase.ends_at else "past"
