from datetime import UTC, datetime, timedelta

import pytest
from tests.fakes.pacing import SimulatedPacer

from chophien.media.pacer import LATE_SAMPLES_MAX, Pacer, WallPacer

STARTED_AT = datetime(2026, 11, 11, 13, 0, tzinfo=UTC)


class FakeClock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def monotonic(self) -> float:
        return self.now_s

    async def sleep(self, seconds: float) -> None:
        self.now_s += seconds


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def pacer(clock):
    return WallPacer(STARTED_AT, monotonic=clock.monotonic, sleep=clock.sleep)


@pytest.fixture(params=["wall", "simulated"])
def any_pacer(request, pacer) -> Pacer:
    return pacer if request.param == "wall" else SimulatedPacer(stop_samples=10**9)


async def test_contract_the_first_sample_is_never_late(any_pacer):
    assert await any_pacer.wait_until(0) == 0


async def test_contract_wall_time_runs_with_the_samples(any_pacer):
    await any_pacer.wait_until(0)

    apart = any_pacer.wall_time_of(96_000) - any_pacer.wall_time_of(0)

    assert apart == timedelta(seconds=2)
    assert any_pacer.wall_time_of(0).tzinfo is not None


async def test_waits_until_a_sample_is_due(pacer, clock):
    await pacer.wait_until(0)

    late = await pacer.wait_until(48_000)

    assert late == 0
    assert clock.now_s == pytest.approx(1001.0, abs=1e-4)


async def test_time_spent_before_the_first_sample_is_not_lateness(pacer, clock):
    clock.now_s += 60

    assert await pacer.wait_until(0) == 0
    assert pacer.wall_time_of(0) == STARTED_AT + timedelta(seconds=60)


async def test_says_how_late_it_is_and_does_not_sleep(pacer, clock):
    await pacer.wait_until(0)
    clock.now_s += 0.5

    late = await pacer.wait_until(4_800)

    assert late == pytest.approx(24_000 - 4_800, abs=2)
    assert clock.now_s == 1000.5


async def test_gives_up_time_lost_in_a_long_sleep_of_the_machine(pacer, clock):
    await pacer.wait_until(0)
    clock.now_s += 3600

    assert await pacer.wait_until(1_920) == 0
    assert pacer.resync_count == 1
    assert pacer.wall_time_of(1_920) - STARTED_AT == pytest.approx(
        timedelta(hours=1), abs=timedelta(milliseconds=1)
    )
    assert await pacer.wait_until(1_920 + LATE_SAMPLES_MAX) == 0
    assert pacer.resync_count == 1
