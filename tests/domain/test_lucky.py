"""Lucky draws: the laws that make a draw fair, and what each of them costs who would cheat."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chophien.domain.draws import digest_entries
from chophien.domain.limits import WATCH_GAP_MAX
from chophien.domain.lucky import (
    Bought,
    Condition,
    Rule,
    Terms,
    check_rule,
    count_watched_ms,
    find_missing,
    find_next,
    fold,
    is_number,
    make_receipt,
    mask,
    mix,
    order,
    parse_rule,
    promise,
    render_rule,
    render_terms,
    says,
)

AT = datetime(2026, 11, 11, 13, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
seeds = st.text("0123456789abcdef", min_size=64, max_size=64)
numbers = st.text("0123456789abcdef", min_size=32, max_size=32)
lists = st.lists(numbers, unique=True, min_size=1, max_size=30)
rules = st.builds(
    Rule,
    is_tap=st.booleans(),
    keyword=st.sampled_from(["", "may mắn"]),
    watched_s=st.integers(0, 7_200),
    bought=st.sampled_from(list(Bought)),
    is_member=st.booleans(),
    stall_id=st.none() | st.integers(1, 9),
    seen_s=st.integers(0, 600),
    chatted_s=st.integers(0, 600),
)


def make_terms(**fields):
    values = {
        "kind": "draw",
        "rule": Rule(is_tap=True),
        "prize": "Hũ mật ong",
        "winners": 3,
        "opens_at": AT,
        "closes_at": AT + 60 * SECOND,
        "steps": 10,
    }
    return Terms(**(values | fields))


# ---------------------------------------------------------------- promise and result


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "gift"},
        {"rule": Rule(is_tap=True, watched_s=60)},
        {"prize": "Hũ mật"},
        {"winners": 2},
        {"opens_at": AT - SECOND},
        {"closes_at": AT + 61 * SECOND},
        {"steps": 9},
    ],
    ids=lambda change: next(iter(change)),
)
def test_whatever_of_the_terms_is_changed_breaks_the_promise(change):
    assert promise("5eed", render_terms(make_terms(**change))) != promise(
        "5eed", render_terms(make_terms())
    )


def test_promise_and_result_are_what_a_shell_works_out():
    """`printf '5eed\\n{}' | sha256sum`; the result by `openssl kdf` of 10 steps."""
    assert promise("5eed", "{}") == (
        "776c0050407da3864640d9247356a2bb3376a0fc53c39a784b1007c542f91336"
    )
    assert mix("5eed", "00ff", steps=10) == (
        "525d969f163a93cf13765444f9b32e49fee38a38ddf37069f1a070804df3375c"
    )


@given(seeds, lists)
def test_everybody_is_drawn_once_and_the_order_of_joining_does_not_matter(seed, entries):
    mixed = mix(seed, digest_entries(entries), steps=1)

    assert sorted(order(mixed, entries)) == sorted(entries)
    assert order(mixed, entries[::-1]) == order(mixed, entries)


@given(seeds, lists, numbers)
def test_one_entrant_more_is_another_result_for_all(seed, entries, late):
    more = [*entries, "x" + late]

    assert mix(seed, digest_entries(more), steps=1) != mix(seed, digest_entries(entries), steps=1)


def test_no_seed_is_good_for_a_friend_whose_rivals_are_not_known_yet():
    """A seed under which a friend wins among the expected nineteen, and what it is worth later.

    With the numbers of the devices as they come, that friend wins one time in twenty.
    """
    friend, expected = "f" * 32, [f"{number:032x}" for number in range(1, 20)]
    chosen = next(
        seed
        for seed in (f"{number:064x}" for number in range(1_000))
        if order(mix(seed, digest_entries([friend, *expected]), steps=1), [friend, *expected])[0]
        == friend
    )

    wins = 0
    for crowd in range(1_000):
        others = [make_receipt(f"{crowd}", f"{number:032x}") for number in range(19)]
        mixed = mix(chosen, digest_entries([friend, *others]), steps=1)
        wins += order(mixed, [friend, *others])[0] == friend

    # 50 expected; six standard deviations are 41.
    assert 9 <= wins <= 91


def test_each_wins_about_as_often_as_another():
    """Eight people, 4,000 seeds: 500 each, and within six standard deviations (126) of it."""
    people = [f"{number:032x}" for number in range(8)]
    digest = digest_entries(people)
    firsts = [order(mix(f"{seed:064x}", digest, steps=1), people)[0] for seed in range(4_000)]

    assert all(374 < firsts.count(person) < 626 for person in people)


@given(numbers, numbers)
def test_receipt_stands_for_one_number_in_one_draw(number, other):
    receipt = make_receipt("promised", number)

    assert len(receipt) == 32
    assert make_receipt("another promise", number) != receipt
    assert (make_receipt("promised", other) == receipt) is (other == number)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0123456789abcdef" * 2, True),
        ("0" * 32, False),
        ("0123456789ABCDEF" * 2, False),
        ("0123456789abcdef", False),
        ("0123456789abcdef" * 2 + "\n", False),
        ("", False),
    ],
)
def test_device_number_is_32_small_hex_digits(text, expected):
    assert is_number(text) is expected


# ---------------------------------------------------------------- rules


@given(rules)
def test_rule_is_read_as_it_was_written(rule):
    assert parse_rule(render_rule(rule)) == rule


@given(rules, st.sets(st.sampled_from(list(Condition))))
def test_takes_part_who_meets_all_that_is_asked(rule, met):
    missing = find_missing(rule.asks, met)

    assert set(missing) == set(rule.asks) - met
    assert list(missing) == [each for each in rule.asks if each in missing]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (Rule(), "asks nothing"),
        (Rule(is_member=True), "a stall is named when"),
        (Rule(bought=Bought.STALL), "a stall is named when"),
        (Rule(is_tap=True, stall_id=1), "a stall is named when"),
        (Rule(is_tap=True, watched_s=-1), "below zero"),
    ],
)
def test_rule_that_cannot_be_meant_is_refused(rule, message):
    with pytest.raises(ValueError, match=message):
        check_rule(rule)


def test_rule_that_asks_something_is_taken():
    check_rule(Rule(is_member=True, stall_id=1))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("may mắn", True),
        ("MAY MAN", True),
        ("em xin maymắn ạ!", True),
        ("ｍａｙ ｍａｎ", True),
        ("ma y ma", False),
        ("", False),
    ],
)
def test_keyword_is_heard_however_it_is_typed(text, expected):
    assert says(text, "may mắn") is expected


def test_empty_keyword_is_said_by_nobody():
    assert not says("anything", "")
    assert fold("Đ đ") == "dd"


@given(st.text(), st.text(min_size=1))
def test_keyword_is_heard_among_other_words(before, keyword):
    assert says(f"{before} {keyword}", keyword)


# ---------------------------------------------------------------- watching


@given(st.lists(st.integers(0, 600_000), max_size=50))
def test_watched_time_is_the_sum_of_short_gaps(gaps_ms):
    watched, last = 0, AT
    for gap_ms in gaps_ms:
        at = last + timedelta(milliseconds=gap_ms)
        watched, last = count_watched_ms(watched, last, at), at

    limit_ms = WATCH_GAP_MAX // timedelta(milliseconds=1)
    assert watched == sum(gap for gap in gaps_ms if gap <= limit_ms)


def test_watching_does_not_count_while_away_or_when_a_clock_goes_back():
    assert count_watched_ms(5_000, AT, AT + WATCH_GAP_MAX + SECOND) == 5_000
    assert count_watched_ms(5_000, AT, AT - SECOND) == 5_000
    assert count_watched_ms(5_000, AT, AT + SECOND) == 6_000


# ---------------------------------------------------------------- wins and names


@given(st.sets(st.integers(0, 20)), st.integers(0, 20))
def test_next_winner_is_the_first_whom_nobody_told(told, count):
    place = find_next(told, count)

    if place is None:
        assert set(range(count)) <= told
    else:
        assert place < count
        assert place not in told
        assert set(range(place)) <= told


@given(st.text())
def test_masked_name_shows_three_letters_at_most(name):
    assert 3 <= len(mask(name)) <= 6
    assert "•••" in mask(name)
