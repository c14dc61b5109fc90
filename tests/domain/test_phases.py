from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chophien.domain.phases import (
    BALANCE_OPENS,
    DEPOSITS_CLOSE,
    Flaw,
    PhaseKind,
    TwoWaves,
    check_calendar,
    current_phases,
    list_turns,
    plan_phase,
    plan_two_waves,
)

BEIJING = ZoneInfo("Asia/Shanghai")
SAIGON = ZoneInfo("Asia/Ho_Chi_Minh")
OF_2020 = TwoWaves(
    first_on=date(2020, 11, 1),
    first_days=3,
    second_on=date(2020, 11, 11),
    second_days=1,
    deposits_on=date(2020, 10, 21),
    zone=BEIJING,
)
OF_2021 = TwoWaves(
    first_on=date(2021, 11, 1),
    first_days=3,
    second_on=date(2021, 11, 11),
    second_days=1,
    deposits_on=date(2021, 10, 20),
    deposits_from=time(20),
    teaser_on=date(2021, 10, 20),
    teaser_from=time(14),
    zone=BEIJING,
)


def tell(phases):
    """Each phase as `kind wave: from – to`, to the minute."""
    return [
        f"{one.kind} {one.wave or '-'}: {one.starts_at:%m-%d %H:%M} – {one.ends_at:%m-%d %H:%M}"
        for one in phases
    ]


def test_calendar_of_2020_has_its_exact_instants():
    assert tell(plan_two_waves(OF_2020)) == [
        "deposit 1: 10-21 00:00 – 10-31 22:00",
        "sale 1: 11-01 00:00 – 11-04 00:00",
        "balance 1: 11-01 00:30 – 11-04 00:00",
        "deposit 2: 11-04 00:00 – 11-10 22:00",
        "pause -: 11-04 00:00 – 11-11 00:00",
        "sale 2: 11-11 00:00 – 11-12 00:00",
        "balance 2: 11-11 00:30 – 11-12 00:00",
        "after -: 11-12 00:00 – 11-19 00:00",
    ]


def test_calendar_of_2021_opens_its_deposits_at_eight_in_the_evening():
    assert tell(plan_two_waves(OF_2021))[:2] == [
        "teaser -: 10-20 14:00 – 10-20 20:00",
        "deposit 1: 10-20 20:00 – 10-31 22:00",
    ]
    assert "deposit 2: 11-04 20:00 – 11-10 22:00" in tell(plan_two_waves(OF_2021))


def test_instants_are_those_of_the_fairs_own_zone():
    sale = plan_two_waves(replace(OF_2020, zone=SAIGON))[1]

    assert sale.starts_at.astimezone(UTC) == datetime(2020, 10, 31, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize("days", [OF_2020, OF_2021])
def test_calendars_as_they_were_have_no_flaw(days):
    assert check_calendar(plan_two_waves(days)) == ()


def test_waves_that_touch_have_no_pause_and_no_room_for_the_second_deposits():
    phases = plan_two_waves(replace(OF_2020, second_on=date(2020, 11, 4)))

    assert PhaseKind.PAUSE not in {one.kind for one in phases}
    assert [(fault.flaw, fault.phase.wave) for fault in check_calendar(phases)] == [(Flaw.EMPTY, 2)]


def test_waves_are_named_in_three_languages():
    sale = plan_two_waves(OF_2020)[1]

    assert (sale.name_vi, sale.name_en, sale.name_zh) == (
        "Đợt bán 1", "Sale, wave 1", "第1波开卖",
    )  # fmt: skip


@given(
    first_on=st.dates(date(2024, 1, 1), date(2030, 1, 1)),
    first_days=st.integers(1, 5),
    gap=st.integers(1, 20),
    second_days=st.integers(1, 5),
    lead=st.integers(1, 20),
)
def test_peaks_never_meet_whatever_the_days(first_on, first_days, gap, second_days, lead):
    phases = plan_two_waves(
        TwoWaves(
            first_on=first_on,
            first_days=first_days,
            second_on=first_on + timedelta(days=first_days + gap),
            second_days=second_days,
            deposits_on=first_on - timedelta(days=lead),
            zone=SAIGON,
        )
    )

    found = {(one.kind, one.wave): one for one in phases}
    for wave in (1, 2):
        sale = found[PhaseKind.SALE, wave]
        assert sale.starts_at - found[PhaseKind.DEPOSIT, wave].ends_at == DEPOSITS_CLOSE
        assert found[PhaseKind.BALANCE, wave].starts_at - sale.starts_at == BALANCE_OPENS
    assert check_calendar(phases) == ()


def at(text):
    return datetime.fromisoformat(f"2020-{text}").replace(tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("label", "instant", "kinds"),
    [
        ("before all", "10-20T23:59", []),
        ("the first instant counts", "10-21T00:00", ["deposit"]),
        ("deposits are closed, the sale is not open", "10-31T22:00", []),
        ("sale without balance", "11-01T00:29", ["sale"]),
        ("sale and balance", "11-01T00:30", ["sale", "balance"]),
        ("the end does not count", "11-04T00:00", ["deposit", "pause"]),
        ("the second sale", "11-11T12:00", ["sale", "balance"]),
        ("after", "11-12T00:00", ["after"]),
    ],
)
def test_phases_that_are_on(label, instant, kinds):
    assert [one.kind for one in current_phases(plan_two_waves(OF_2020), at(instant))] == kinds


def test_at_one_instant_what_ends_does_so_before_what_begins():
    same = [one for one in list_turns(plan_two_waves(OF_2020)) if one.at == at("11-04T00:00")]

    assert [one.edge for one in same] == ["ends", "ends", "starts", "starts"]


def make(kind, first, last, wave=None):
    """A phase from one day of November 2020 to another."""
    start = datetime(2020, 11, 1, tzinfo=BEIJING)
    days = timedelta(days=1)
    return plan_phase(PhaseKind(kind), start + first * days, start + last * days, wave=wave)


SALE = make("sale", 2, 4, 1)


@pytest.mark.parametrize(
    ("flaw", "phases", "is_blocking"),
    [
        (Flaw.EMPTY, [make("teaser", 1, 1)], True),
        (Flaw.WITHOUT_WAVE, [make("sale", 1, 2)], True),
        (Flaw.WITH_WAVE, [make("pause", 1, 2, 1)], True),
        (Flaw.SAME_KIND_OVERLAPS, [make("teaser", 0, 2), make("teaser", 1, 3)], True),
        (
            Flaw.DEPOSIT_RUNS_INTO_BALANCE,
            [make("deposit", 0, 3, 1), SALE, make("balance", 2.5, 4, 1)],
            True,
        ),
        (Flaw.DEPOSIT_WITHOUT_BALANCE, [make("deposit", 0, 1, 1), SALE], False),
        (Flaw.BALANCE_WITHOUT_DEPOSIT, [SALE, make("balance", 3, 4, 1)], False),
        (
            Flaw.BALANCE_BEFORE_SALE,
            [make("deposit", 0, 1, 1), make("balance", 1, 4, 1), SALE],
            False,
        ),
        (
            Flaw.PEAKS_COINCIDE,
            [make("deposit", 0, 1, 1), SALE, make("balance", 2, 4, 1)],
            False,
        ),
        (Flaw.WAVES_OUT_OF_ORDER, [make("sale", 0, 1, 2), SALE], False),
        (Flaw.TEASER_DURING_SALE, [make("teaser", 1, 3), SALE], False),
        (Flaw.PAUSE_DURING_SALE, [make("pause", 3, 5), SALE], False),
        (Flaw.AFTER_TOO_EARLY, [SALE, make("after", 3, 5)], False),
    ],
)
def test_flaw_is_found_alone(flaw, phases, is_blocking):
    faults = check_calendar(phases)

    assert [(fault.flaw, fault.is_blocking) for fault in faults] == [(flaw, is_blocking)]


def test_sale_outside_the_festival_is_found_and_a_teaser_is_not():
    phases = [make("teaser", 0, 1), SALE]

    faults = check_calendar(phases, opens_at=SALE.starts_at, closes_at=SALE.starts_at)

    assert [(fault.flaw, fault.phase) for fault in faults] == [(Flaw.OUTSIDE_FESTIVAL, SALE)]


def test_gaps_and_overlaps_of_different_kinds_are_fine():
    assert check_calendar([make("teaser", 0, 1), make("deposit", 0, 1, 2), make("after", 9, 10),
                           make("balance", 6, 7, 2), make("sale", 5, 7, 2)]) == ()  # fmt: skip
