"""The calendar of a festival: its phases, when they turn, and what is wrong with a calendar."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from itertools import combinations

# Peaks are kept apart, as in 2020 and 2021: deposits close before midnight, when the sale begins,
# and balances open after it.
DEPOSITS_CLOSE = timedelta(hours=2)
BALANCE_OPENS = timedelta(minutes=30)
DAY = timedelta(days=1)


class PhaseKind(StrEnum):
    """What a phase is for; people are told of kinds of one instant in this order."""

    TEASER = "teaser"
    DEPOSIT = "deposit"
    SALE = "sale"
    BALANCE = "balance"
    PAUSE = "pause"
    AFTER = "after"


class Edge(StrEnum):
    STARTS = "starts"
    ENDS = "ends"


# Kinds that belong to a numbered wave; the others stand beside the waves.
WAVE_KINDS = frozenset({PhaseKind.DEPOSIT, PhaseKind.SALE, PhaseKind.BALANCE})
_ORDER = {kind: position for position, kind in enumerate(PhaseKind)}
_NAMES = {
    PhaseKind.TEASER: ("Hé lộ", "Teaser", "预热"),
    PhaseKind.DEPOSIT: ("Đặt cọc đợt {}", "Deposits for wave {}", "第{}波预售付定金"),
    PhaseKind.SALE: ("Đợt bán {}", "Sale, wave {}", "第{}波开卖"),
    PhaseKind.BALANCE: ("Trả nốt đợt {}", "Balance of wave {}", "第{}波付尾款"),
    PhaseKind.PAUSE: ("Nghỉ giữa hai đợt", "Between the waves", "两波之间"),
    PhaseKind.AFTER: ("Sau hội", "After the fair", "节后"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PhasePlan:
    """One part of a festival, `[starts_at, ends_at)`; parts of different kinds may overlap."""

    kind: PhaseKind
    wave: int | None
    """Which wave a deposit, sale or balance belongs to, from 1; the other kinds have none."""
    name_vi: str
    name_en: str
    name_zh: str
    starts_at: datetime
    ends_at: datetime
    id: int | None = None
    """The row that keeps it; a phase that is only planned has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """The instant at which a phase begins or ends."""

    at: datetime
    edge: Edge
    phase: PhasePlan


class Flaw(StrEnum):
    """What can be wrong with a calendar."""

    EMPTY = "empty"
    WITHOUT_WAVE = "without_wave"
    WITH_WAVE = "with_wave"
    SAME_KIND_OVERLAPS = "same_kind_overlaps"
    DEPOSIT_RUNS_INTO_BALANCE = "deposit_runs_into_balance"
    DEPOSIT_WITHOUT_BALANCE = "deposit_without_balance"
    BALANCE_WITHOUT_DEPOSIT = "balance_without_deposit"
    BALANCE_BEFORE_SALE = "balance_before_sale"
    PEAKS_COINCIDE = "peaks_coincide"
    WAVES_OUT_OF_ORDER = "waves_out_of_order"
    TEASER_DURING_SALE = "teaser_during_sale"
    PAUSE_DURING_SALE = "pause_during_sale"
    AFTER_TOO_EARLY = "after_too_early"
    OUTSIDE_FESTIVAL = "outside_festival"


# These cannot be kept at all. The others are advice: a calendar is made one phase at a time.
BLOCKING = frozenset(
    {
        Flaw.EMPTY,
        Flaw.WITHOUT_WAVE,
        Flaw.WITH_WAVE,
        Flaw.SAME_KIND_OVERLAPS,
        Flaw.DEPOSIT_RUNS_INTO_BALANCE,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A flaw of a phase, with the other phase that it does not fit, if it is one."""

    flaw: Flaw
    phase: PhasePlan
    other: PhasePlan | None = None

    @property
    def is_blocking(self) -> bool:
        return self.flaw in BLOCKING


def name_phase(kind: PhaseKind, wave: int | None) -> tuple[str, str, str]:
    """What a phase is called when nobody chose a name: `(vi, en, zh)`."""
    vi, en, zh = (name.format(wave) for name in _NAMES[kind])
    return vi, en, zh


def plan_phase(
    kind: PhaseKind, starts_at: datetime, ends_at: datetime, *, wave: int | None = None
) -> PhasePlan:
    """Make a phase with the usual names."""
    vi, en, zh = name_phase(kind, wave)
    return PhasePlan(
        kind=kind,
        wave=wave,
        name_vi=vi,
        name_en=en,
        name_zh=zh,
        starts_at=starts_at,
        ends_at=ends_at,
    )


# ---------------------------------------------------------------- the calendar of 2020 and 2021


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoWaves:
    """The days from which a calendar of two waves follows; times are those of `zone`."""

    first_on: date
    first_days: int
    second_on: date
    second_days: int
    deposits_on: date
    """The day on which the first deposits are taken."""
    deposits_from: time = time(0)
    """When on their first day deposits open: midnight in 2020, 20:00 in 2021."""
    teaser_on: date | None = None
    teaser_from: time = time(0)
    after_days: int = 7
    zone: tzinfo


def plan_two_waves(days: TwoWaves) -> tuple[PhasePlan, ...]:
    """Make the calendar of 2020 and 2021 for any days, in order.

    Deposits close two hours before the midnight at which their sale begins, and balances open
    half an hour after it. The second deposits open, at the same time of day as the first, on
    the day after the first wave; whatever lies between the waves is the pause.
    The days are not checked: `check_calendar` tells what does not fit.

    Source: the consumer rules of 2020 and 2021, docs/howto/phases.md.
    """
    first = _at(days.first_on, days.zone)
    first_ends = _at(days.first_on + days.first_days * DAY, days.zone)
    second = _at(days.second_on, days.zone)
    second_ends = _at(days.second_on + days.second_days * DAY, days.zone)
    deposits = _at(days.deposits_on, days.zone, days.deposits_from)
    next_deposits = _at(first_ends.date(), days.zone, days.deposits_from)
    phases = [
        *_plan_wave(1, deposits, first, first_ends),
        *_plan_wave(2, next_deposits, second, second_ends),
        plan_phase(PhaseKind.AFTER, second_ends, second_ends + days.after_days * DAY),
    ]
    if days.teaser_on is not None:
        teaser = _at(days.teaser_on, days.zone, days.teaser_from)
        phases.append(plan_phase(PhaseKind.TEASER, teaser, deposits))
    if second > first_ends:
        phases.append(plan_phase(PhaseKind.PAUSE, first_ends, second))
    return tuple(sort_phases(phases))


def _plan_wave(
    wave: int, deposits: datetime, starts_at: datetime, ends_at: datetime
) -> Iterator[PhasePlan]:
    yield plan_phase(PhaseKind.DEPOSIT, deposits, starts_at - DEPOSITS_CLOSE, wave=wave)
    yield plan_phase(PhaseKind.SALE, starts_at, ends_at, wave=wave)
    yield plan_phase(PhaseKind.BALANCE, starts_at + BALANCE_OPENS, ends_at, wave=wave)


def _at(day: date, zone: tzinfo, clock: time = time(0)) -> datetime:
    return datetime.combine(day, clock, tzinfo=zone)


# ---------------------------------------------------------------- where a festival stands


def sort_phases(phases: Iterable[PhasePlan]) -> list[PhasePlan]:
    """Order phases as people tell them: by beginning, then by kind and wave."""
    return sorted(phases, key=lambda one: (one.starts_at, _ORDER[one.kind], one.wave or 0))


def current_phases(phases: Iterable[PhasePlan], at: datetime) -> list[PhasePlan]:
    """List the phases that are on at an instant; none in a gap."""
    return sort_phases(one for one in phases if one.starts_at <= at < one.ends_at)


def list_turns(phases: Iterable[PhasePlan]) -> list[Turn]:
    """List all beginnings and ends in order; at one instant what ends does so first."""
    turns = [
        Turn(at=at, edge=edge, phase=phase)
        for phase in phases
        for edge, at in ((Edge.STARTS, phase.starts_at), (Edge.ENDS, phase.ends_at))
    ]
    return sorted(turns, key=lambda one: (one.at, one.edge, _ORDER[one.phase.kind]))


# ---------------------------------------------------------------- what is wrong with a calendar


def check_calendar(
    phases: Sequence[PhasePlan],
    *,
    opens_at: datetime | None = None,
    closes_at: datetime | None = None,
) -> tuple[Fault, ...]:
    """Tell what does not fit, in the order of the phases; gaps are allowed.

    `opens_at` and `closes_at` bound the festival itself: outside of it nothing can be sold.
    """
    ordered = sort_phases(phases)
    faults = [
        *_check_alone(ordered),
        *_check_overlaps(ordered),
        *_check_waves(ordered),
        *_check_beside(ordered),
        *_check_bounds(ordered, opens_at, closes_at),
    ]
    return tuple(sorted(faults, key=lambda fault: ordered.index(fault.phase)))


def _check_alone(phases: Sequence[PhasePlan]) -> Iterator[Fault]:
    for one in phases:
        if one.ends_at <= one.starts_at:
            yield Fault(flaw=Flaw.EMPTY, phase=one)
        if one.kind in WAVE_KINDS and not one.wave:
            yield Fault(flaw=Flaw.WITHOUT_WAVE, phase=one)
        if one.kind not in WAVE_KINDS and one.wave is not None:
            yield Fault(flaw=Flaw.WITH_WAVE, phase=one)


def _overlap(one: PhasePlan, other: PhasePlan) -> bool:
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


def _check_overlaps(phases: Sequence[PhasePlan]) -> Iterator[Fault]:
    for one, other in combinations(phases, 2):
        if one.kind is other.kind and _overlap(one, other):
            yield Fault(flaw=Flaw.SAME_KIND_OVERLAPS, phase=other, other=one)


def _check_waves(phases: Sequence[PhasePlan]) -> Iterator[Fault]:
    """Within a wave: deposit, then sale, then balance. Between them: in the order of numbers."""
    found = {(one.kind, one.wave): one for one in reversed(phases) if one.kind in WAVE_KINDS}
    for (kind, wave), one in found.items():
        sale = found.get((PhaseKind.SALE, wave))
        balance = found.get((PhaseKind.BALANCE, wave))
        if kind is PhaseKind.DEPOSIT and balance is None:
            yield Fault(flaw=Flaw.DEPOSIT_WITHOUT_BALANCE, phase=one)
        if kind is PhaseKind.DEPOSIT and balance is not None and one.ends_at > balance.starts_at:
            yield Fault(flaw=Flaw.DEPOSIT_RUNS_INTO_BALANCE, phase=one, other=balance)
        if kind is PhaseKind.BALANCE and (PhaseKind.DEPOSIT, wave) not in found:
            yield Fault(flaw=Flaw.BALANCE_WITHOUT_DEPOSIT, phase=one)
        if kind is PhaseKind.BALANCE and sale is not None and one.starts_at <= sale.starts_at:
            coincide = one.starts_at == sale.starts_at
            flaw = Flaw.PEAKS_COINCIDE if coincide else Flaw.BALANCE_BEFORE_SALE
            yield Fault(flaw=flaw, phase=one, other=sale)
    yield from _check_order(phases)


def _check_order(phases: Sequence[PhasePlan]) -> Iterator[Fault]:
    for kind in WAVE_KINDS:
        same = [one for one in phases if one.kind is kind]
        for one, following in combinations(same, 2):
            if (following.wave or 0) <= (one.wave or 0):
                yield Fault(flaw=Flaw.WAVES_OUT_OF_ORDER, phase=following, other=one)


_BESIDE = {
    PhaseKind.TEASER: Flaw.TEASER_DURING_SALE,
    PhaseKind.PAUSE: Flaw.PAUSE_DURING_SALE,
}


def _check_beside(phases: Sequence[PhasePlan]) -> Iterator[Fault]:
    """What stands beside the sales: teasers and pauses not during them, the after not before."""
    for sale in (one for one in phases if one.kind is PhaseKind.SALE):
        for one in phases:
            if one.kind in _BESIDE and _overlap(one, sale):
                yield Fault(flaw=_BESIDE[one.kind], phase=one, other=sale)
            if one.kind is PhaseKind.AFTER and one.starts_at < sale.ends_at:
                yield Fault(flaw=Flaw.AFTER_TOO_EARLY, phase=one, other=sale)


def _check_bounds(
    phases: Sequence[PhasePlan], opens_at: datetime | None, closes_at: datetime | None
) -> Iterator[Fault]:
    for one in phases:
        too_early = opens_at is not None and one.starts_at < opens_at
        too_late = closes_at is not None and one.ends_at > closes_at
        if one.kind in WAVE_KINDS and (too_early or too_late):
            yield Fault(flaw=Flaw.OUTSIDE_FESTIVAL, phase=one)
