import pytest
from hypothesis import given
from hypothesis import strategies as st

from chophien.domain.buckets import Bucket
from chophien.domain.guards import Allowance, Guard, to_ms

SECOND_US = 1_000_000
HERE = "192.0.2.0/24"
ELSEWHERE = "198.51.100.0/24"
NOW_US = 5 * SECOND_US


def make_guard(*, account=2, device=3, network=4, trusts_devices=False):
    """An allowance of so many at once, each again after a second; the network's after ten."""
    return Guard(
        Allowance(
            account=Bucket(burst=account, interval_us=SECOND_US),
            device=Bucket(burst=device, interval_us=SECOND_US),
            network=Bucket(burst=network, interval_us=10 * SECOND_US),
            trusts_devices=trusts_devices,
        ),
        keys_max=1_000,
    )


def check(guard, *, user_id=None, device="", network=HERE, at_us=NOW_US):
    return guard.check(user_id=user_id, device=device, network=network, at_us=at_us)


def wear_out(guard, network=HERE):
    """Nobody, again and again, until the network is told to wait."""
    while check(guard, network=network) is None:
        pass


def test_account_waits_on_every_device():
    guard = make_guard()

    answers = [check(guard, user_id=1, device=device) for device in ("a", "b", "c")]

    assert answers == [None, None, 1_000]


def test_device_waits_with_every_account():
    guard = make_guard()

    answers = [check(guard, user_id=user_id, device="a") for user_id in (1, 2, 3, 4)]

    assert answers == [None, None, None, 1_000]


def test_who_waits_as_told_is_let_in():
    guard = make_guard(account=1)
    check(guard, user_id=1)
    wait_ms = check(guard, user_id=1)

    assert check(guard, user_id=1, at_us=NOW_US + wait_ms * 1_000) is None


def test_refused_tries_do_not_make_the_wait_longer():
    guard = make_guard(account=1, network=100)
    check(guard, user_id=1)

    assert {check(guard, user_id=1) for _ in range(50)} == {1_000}


def test_a_whole_office_is_let_in_behind_a_worn_out_address():
    guard = make_guard()
    wear_out(guard)

    answers = [check(guard, user_id=user_id, device=f"d{user_id}") for user_id in range(500)]

    assert set(answers) == {None}


def test_behind_a_worn_out_address_trying_again_waits():
    guard = make_guard()
    check(guard, user_id=1)
    wear_out(guard)

    assert check(guard, user_id=1) == 10_000
    assert check(guard, user_id=1, network=ELSEWHERE) is None


def test_nobody_waits_for_the_network_alone():
    guard = make_guard()

    answers = [check(guard) for _ in range(5)]

    assert answers == [None] * 4 + [10_000]
    assert check(guard, network=ELSEWHERE) is None


def test_made_up_devices_share_their_network():
    guard = make_guard()

    answers = [check(guard, device=f"made up {number}") for number in range(5)]

    assert answers == [None] * 4 + [10_000]


def test_where_devices_are_trusted_each_is_somebody():
    guard = make_guard(trusts_devices=True)

    assert {check(guard, device=f"guest {number}") for number in range(50)} == {None}
    assert [check(guard) for _ in range(5)] == [None] * 4 + [10_000]


def test_refused_accounts_wear_out_the_network_for_those_who_come_again():
    guard = make_guard(account=1, network=3)
    check(guard, user_id=1)
    check(guard, user_id=2)

    for _ in range(3):
        check(guard, user_id=1)

    assert check(guard, user_id=2, at_us=NOW_US + SECOND_US - 1) > 1_000


def test_peek_counts_nothing():
    guard = make_guard(account=1)

    assert {guard.peek(user_id=1, device="a", network=HERE, at_us=NOW_US) for _ in range(9)} == {
        None
    }
    check(guard, user_id=1, device="a")
    assert guard.peek(user_id=1, device="a", network=HERE, at_us=NOW_US) == 1_000


def test_early_refusal_is_for_devices_that_no_account_could_help():
    guard = make_guard(device=1, network=3)
    early = {"device": "a", "network": HERE, "at_us": NOW_US}
    assert guard.refuse_early(**early) is None
    check(guard, user_id=1, device="a")

    assert [guard.refuse_early(**early) for _ in range(4)] == [1_000, 1_000, 1_000, 10_000]
    assert guard.refuse_early(device="b", network=HERE, at_us=NOW_US) is None
    assert guard.refuse_early(device="", network=HERE, at_us=NOW_US) is None


def test_whom_it_refuses_early_it_would_refuse():
    guard = make_guard(device=1)
    check(guard, user_id=1, device="a")

    early = guard.refuse_early(device="a", network=HERE, at_us=NOW_US)

    assert early == check(guard, user_id=2, device="a")


@pytest.mark.parametrize(("wait_us", "wait_ms"), [(1, 1), (1_000, 1), (1_001, 2)])
def test_milliseconds_are_rounded_up(wait_us, wait_ms):
    assert to_ms(wait_us) == wait_ms


tries = st.lists(
    st.tuples(
        st.none() | st.integers(1, 4),
        st.sampled_from(["", "a", "b"]),
        st.sampled_from([HERE, ELSEWHERE]),
        st.integers(0, 3 * SECOND_US),
    ),
    max_size=60,
)


@given(tries, st.booleans())
def test_peek_says_what_check_answers(steps, trusts_devices):
    guard, at_us = make_guard(trusts_devices=trusts_devices), 0
    for user_id, device, network, later_us in steps:
        at_us += later_us
        who = {"user_id": user_id, "device": device, "network": network, "at_us": at_us}

        assert guard.peek(**who) == guard.check(**who)


@given(tries)
def test_somebody_new_is_always_let_in(steps):
    guard, at_us = make_guard(), 0
    for user_id, device, network, later_us in steps:
        at_us += later_us
        guard.check(user_id=user_id, device=device, network=network, at_us=at_us)

    assert {check(guard, user_id=99, network=each, at_us=at_us) for each in (HERE, "")} == {None}
