"""A festival's calendar is changed, refused and turned; what has turned stays."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from chophien.apps.festivals import services
from chophien.apps.festivals.models import Festival, Phase, PhaseTurn
from chophien.apps.festivals.selectors import (
    list_phases,
    list_removed_phases,
    list_turned_edges,
)
from chophien.apps.festivals.services import (
    CalendarFilled,
    CalendarRefused,
    HasTurned,
    PhaseSaved,
    UnknownPhaseError,
    add_phase,
    change_phase,
    fill_calendar,
    remove_phase,
    restore_phase,
    turn_phases,
)
from chophien.domain.phases import Edge, Flaw, PhaseKind, TwoWaves, plan_phase, plan_two_waves
from chophien.wire.events import FAIR, PhaseTurned

SAIGON = ZoneInfo("Asia/Ho_Chi_Minh")
CALENDAR = plan_two_waves(
    TwoWaves(
        first_on=date(2026, 11, 1),
        first_days=3,
        second_on=date(2026, 11, 11),
        second_days=1,
        deposits_on=date(2026, 10, 21),
        zone=SAIGON,
    )
)
EARLY = datetime(2026, 9, 1, tzinfo=SAIGON)
HOUR = timedelta(hours=1)


def at(month, day, hour=0, minute=0):
    return datetime(2026, month, day, hour, minute, tzinfo=SAIGON)


@pytest.fixture
def told(monkeypatch):
    """What was published, in order."""
    events = []
    monkeypatch.setattr(services, "publish", lambda channel, event: events.append((channel, event)))
    return events


@pytest.fixture
def filled(festival):
    fill_calendar(festival_id=festival.id, plans=CALENDAR, at=EARLY)
    return festival


def find(festival, kind, wave=None):
    return next(one for one in list_phases(festival.id) if (one.kind, one.wave) == (kind, wave))


def tell_turns():
    turns = PhaseTurn.objects.select_related("phase").order_by("id")
    return [(turn.phase.kind, turn.phase.wave, turn.edge) for turn in turns]


def test_calendar_is_kept_as_it_was_planned(filled):
    kept = [replace(one, id=None) for one in list_phases(filled.id)]

    assert kept == list(CALENDAR)


def test_festival_grows_until_its_sales_lie_in_it(festival):
    Festival.objects.filter(id=festival.id).update(starts_at=at(11, 2), ends_at=at(11, 3))

    fill_calendar(festival_id=festival.id, plans=CALENDAR, at=EARLY)

    festival.refresh_from_db()
    assert (festival.starts_at, festival.ends_at) == (at(10, 21), at(11, 12))


def test_calendar_replaces_the_one_before_as_long_as_nothing_has_turned(filled):
    outcome = fill_calendar(festival_id=filled.id, plans=CALENDAR[:2], at=EARLY)

    assert outcome == CalendarFilled(phase_count=2)
    assert len(list_phases(filled.id)) == 2
    assert len(list_removed_phases(filled.id)) == len(CALENDAR)


def test_calendar_that_has_begun_is_not_replaced(filled):
    turn_phases(at=at(10, 21))

    outcome = fill_calendar(festival_id=filled.id, plans=CALENDAR[:2], at=at(10, 22))

    assert outcome == HasTurned(edges=frozenset({Edge.STARTS}))
    assert len(list_phases(filled.id)) == len(CALENDAR)


def test_phase_that_overlaps_one_of_its_kind_is_refused(filled):
    sale = plan_phase(PhaseKind.SALE, at(11, 3), at(11, 5), wave=3)

    outcome = add_phase(festival_id=filled.id, plan=sale)

    assert isinstance(outcome, CalendarRefused)
    assert [fault.flaw for fault in outcome.faults] == [Flaw.SAME_KIND_OVERLAPS]
    assert len(list_phases(filled.id)) == len(CALENDAR)


def test_phase_of_another_festival_may_be_at_the_same_time(filled):
    other = Festival.objects.create(
        slug="khac", name_vi="Khác", organiser_name="Ban", programme_type="ordinary",
        discount_cap_bps=5000, starts_at=at(11, 1), ends_at=at(11, 5),
    )  # fmt: skip

    outcome = add_phase(
        festival_id=other.id, plan=plan_phase(PhaseKind.SALE, at(11, 1), at(11, 3), wave=1)
    )

    assert isinstance(outcome, PhaseSaved)


def row(festival, **fields):
    values = {
        "kind": "sale", "wave": 9, "name_vi": "Thử",
        "starts_at": at(12, 1), "ends_at": at(12, 2),
    }  # fmt: skip
    return Phase(festival=festival, **(values | fields))


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("phase_kind_once_at_a_time", {"starts_at": at(11, 3), "ends_at": at(11, 5)}),
        ("phase_ends_after_start", {"starts_at": at(12, 2)}),
        ("phase_wave_fits_kind", {"wave": None}),
        ("phase_wave_fits_kind", {"wave": 0}),
        ("phase_wave_fits_kind", {"kind": "teaser"}),
        ("phase_kind_known", {"kind": "gala", "wave": None}),
    ],
)
def test_database_itself_refuses(filled, constraint, fields):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        row(filled, **fields).save()


@pytest.mark.parametrize(
    ("label", "fields"),
    [
        ("another kind at the same time", {"kind": "teaser", "wave": None, "starts_at": at(11, 1)}),
        ("the next one at the very end", {"starts_at": at(11, 4), "ends_at": at(11, 5)}),
        ("one that was taken out", {"starts_at": at(11, 3), "removed_at": EARLY}),
    ],
)
def test_database_lets_pass(filled, label, fields):
    row(filled, **fields).save()


def test_every_edge_turns_once_in_the_order_of_instants(filled, told):
    first = turn_phases(at=at(11, 1, 0, 30))
    again = turn_phases(at=at(11, 1, 0, 30))

    assert [(turn.phase.kind, turn.edge) for turn in first] == [
        ("deposit", "starts"), ("deposit", "ends"), ("sale", "starts"), ("balance", "starts"),
    ]  # fmt: skip
    assert again == []
    assert [event.kind for _, event in told] == ["deposit", "deposit", "sale", "balance"]


def test_edge_does_not_turn_a_moment_early(filled, told):
    assert turn_phases(at=at(10, 21) - timedelta(microseconds=1)) == []
    assert told == []


def test_event_says_what_turned_and_when_it_was_due(filled, told):
    deposit = find(filled, PhaseKind.DEPOSIT, 1)

    turn_phases(at=at(10, 21, 0, 0) + HOUR)

    assert told == [
        (
            FAIR,
            PhaseTurned(
                festival_id=filled.id, phase_id=deposit.id, kind="deposit", edge="starts",
                at=at(10, 21),
            ),
        )
    ]  # fmt: skip


def test_worker_that_slept_through_beginning_and_end_turns_both(filled, told):
    """Stopped before the first sale, started after the whole festival."""
    turn_phases(at=at(10, 31))
    before = len(told)

    late = turn_phases(at=at(12, 1))

    assert [(turn.phase.kind, turn.phase.wave, turn.edge) for turn in late] == [
        ("deposit", 1, "ends"),
        ("sale", 1, "starts"),
        ("balance", 1, "starts"),
        ("sale", 1, "ends"),
        ("balance", 1, "ends"),
        ("deposit", 2, "starts"),
        ("pause", None, "starts"),
        ("deposit", 2, "ends"),
        ("pause", None, "ends"),
        ("sale", 2, "starts"),
        ("balance", 2, "starts"),
        ("sale", 2, "ends"),
        ("balance", 2, "ends"),
        ("after", None, "starts"),
        ("after", None, "ends"),
    ]
    assert len(told) - before == 15
    assert {turn.turned_at for turn in late} == {at(12, 1)}


def test_phases_of_all_festivals_turn(filled, told):
    other = Festival.objects.create(
        slug="khac", name_vi="Khác", organiser_name="Ban", programme_type="ordinary",
        discount_cap_bps=5000, starts_at=at(11, 1), ends_at=at(11, 5),
    )  # fmt: skip
    add_phase(festival_id=other.id, plan=plan_phase(PhaseKind.TEASER, at(10, 20), at(10, 22)))

    turn_phases(at=at(10, 21))

    assert [event.festival_id for _, event in told] == [other.id, filled.id]


def test_phase_that_was_taken_out_never_turns(filled, told):
    remove_phase(phase_id=find(filled, PhaseKind.DEPOSIT, 1).id, at=EARLY)

    assert turn_phases(at=at(10, 31)) == []


def test_turned_beginning_stays_and_the_end_may_still_move(filled):
    sale = find(filled, PhaseKind.SALE, 1)
    turn_phases(at=at(11, 1))

    begun = change_phase(phase_id=sale.id, plan=replace(sale, starts_at=at(11, 2)))
    longer = change_phase(phase_id=sale.id, plan=replace(sale, ends_at=at(11, 4, 6)))

    assert begun == HasTurned(edges=frozenset({Edge.STARTS}))
    assert longer == PhaseSaved(phase_id=sale.id)
    kept = find(filled, PhaseKind.SALE, 1)
    assert (kept.starts_at, kept.ends_at) == (at(11, 1), at(11, 4, 6))


def test_phase_that_has_begun_keeps_its_kind_and_may_change_its_name(filled):
    sale = find(filled, PhaseKind.SALE, 1)
    turn_phases(at=at(11, 1))

    other = change_phase(phase_id=sale.id, plan=replace(sale, kind=PhaseKind.PAUSE, wave=None))
    named = change_phase(phase_id=sale.id, plan=replace(sale, name_vi="Mở hàng"))

    assert isinstance(other, HasTurned)
    assert isinstance(named, PhaseSaved)
    assert find(filled, PhaseKind.SALE, 1).name_vi == "Mở hàng"


def test_phase_that_has_begun_is_not_taken_out(filled):
    deposit = find(filled, PhaseKind.DEPOSIT, 1)
    turn_phases(at=at(10, 21))

    assert remove_phase(phase_id=deposit.id, at=at(10, 22)) == HasTurned(
        edges=frozenset({Edge.STARTS})
    )
    assert find(filled, PhaseKind.DEPOSIT, 1) == deposit


def test_phase_that_was_taken_out_can_be_put_back_while_its_place_is_free(filled):
    after = find(filled, PhaseKind.AFTER)
    remove_phase(phase_id=after.id, at=EARLY)
    add_phase(festival_id=filled.id, plan=plan_phase(PhaseKind.AFTER, at(11, 12), at(11, 13)))
    taken = find(filled, PhaseKind.AFTER)

    refused = restore_phase(phase_id=after.id)
    remove_phase(phase_id=taken.id, at=EARLY)
    restored = restore_phase(phase_id=after.id)

    assert isinstance(refused, CalendarRefused)
    assert restored == PhaseSaved(phase_id=after.id)
    assert find(filled, PhaseKind.AFTER) == after


def test_unknown_phases_are_named(filled):
    for act in (
        lambda: change_phase(phase_id=0, plan=CALENDAR[0]),
        lambda: remove_phase(phase_id=0, at=EARLY),
        lambda: restore_phase(phase_id=0),
    ):
        with pytest.raises(UnknownPhaseError, match="0"):
            act()


@pytest.mark.parametrize(
    "statement",
    ["UPDATE festivals_phaseturn SET due_at = due_at", "DELETE FROM festivals_phaseturn"],
)
def test_what_has_turned_is_never_rewritten(filled, statement):
    turn_phases(at=at(10, 21))

    with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
        connection.cursor().execute(statement)


def test_rehearsals_turn_phases_of_their_own(filled, told):
    """A rehearsal from 10:00 on the eve turns what is due after that; so does the next one."""
    eve = at(10, 31, 10)

    for number in (1, 2):
        turn_phases(at=at(11, 1), rehearsal=number, since=eve)

    assert tell_turns() == [("deposit", 1, "ends"), ("sale", 1, "starts")] * 2
    assert list_turned_edges(filled.id) == {}


def test_what_was_rehearsed_turns_again_in_earnest_and_may_be_moved_before(filled, told):
    sale = find(filled, PhaseKind.SALE, 1)
    turn_phases(at=at(12, 1), rehearsal=1, since=EARLY)

    moved = change_phase(phase_id=sale.id, plan=replace(sale, starts_at=at(11, 1, 8)))
    turned = turn_phases(at=at(11, 1, 8))

    assert isinstance(moved, PhaseSaved)
    assert ("sale", "starts") in {(turn.phase.kind, turn.edge) for turn in turned}


def test_within_a_rehearsal_what_has_turned_stays(filled, told):
    sale = find(filled, PhaseKind.SALE, 1)
    turn_phases(at=at(11, 2), rehearsal=1, since=EARLY)

    moved = change_phase(phase_id=sale.id, plan=replace(sale, starts_at=at(11, 1, 8)), rehearsal=1)

    assert moved == HasTurned(edges=frozenset({Edge.STARTS}))
