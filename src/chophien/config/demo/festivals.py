"""The demonstration's seasons and phases: today always stands in an interesting place."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from chophien.apps.festivals.models import Festival, Season
from chophien.apps.festivals.selectors import list_phases
from chophien.apps.festivals.services import CalendarFilled, fill_calendar, turn_phases
from chophien.config.demo.programme import LOCAL
from chophien.domain.phases import PhaseKind, PhasePlan, list_turns

Document = Mapping[str, Any]


def find_season(document: Document, seasons: list[Document], at: datetime) -> Season:
    """The season that a festival names, made when it is first needed."""
    (one,) = (each for each in seasons if each["slug"] == document["season"])
    season, _ = Season.objects.get_or_create(
        slug=one["slug"],
        defaults={
            "name_vi": one["name"]["vi"],
            "name_en": one["name"]["en"],
            "name_zh": one["name"]["zh"],
            "starts_on": (at.astimezone(LOCAL) + timedelta(days=one["starts_day"])).date(),
        },
    )
    return season


def build_phases(festival: Festival, document: Document, at: datetime) -> None:
    """Give a festival the phases of its document; day 0 is that of `at`."""
    plans = [_plan(one, at) for one in document["phases"]]
    outcome = fill_calendar(festival_id=festival.id, plans=plans, at=at)
    assert isinstance(outcome, CalendarFilled), f"phases of {festival.slug}: {outcome}"


def turn_past_phases(at: datetime) -> int:
    """Turn what was due before the fair was set up, each at its own instant; returns how many."""
    turns = [
        turn
        for festival in Festival.objects.all()
        for turn in list_turns(list_phases(festival.id))
        if turn.at <= at
    ]
    instants = sorted({turn.at for turn in turns})
    return sum(len(turn_phases(at=instant)) for instant in instants)


def _plan(one: Document, at: datetime) -> PhasePlan:
    return PhasePlan(
        kind=PhaseKind(one["kind"]),
        wave=one.get("wave"),
        name_vi=one["name"]["vi"],
        name_en=one["name"]["en"],
        name_zh=one["name"]["zh"],
        starts_at=_find_instant(at, one["starts_day"], one["starts_at"]),
        ends_at=_find_instant(at, one["ends_day"], one["ends_at"]),
    )


def _find_instant(at: datetime, day: int, clock: str) -> datetime:
    today = at.astimezone(LOCAL).date()
    return datetime.combine(today + timedelta(days=day), time.fromisoformat(clock), tzinfo=LOCAL)
