from hypothesis import given
from hypothesis import strategies as st

from chophien.domain.draws import commit, digest_entries, is_committed, rank, shuffle

seeds = st.text("0123456789abcdef", min_size=64, max_size=64)
entries = st.lists(st.text("0123456789abcdef", min_size=16, max_size=16), unique=True)


@given(seeds, entries)
def test_everybody_is_drawn_once(seed, present):
    assert sorted(shuffle(seed, present)) == sorted(present)


@given(seeds, entries, st.randoms())
def test_order_of_joining_does_not_matter(seed, present, chance):
    drawn = shuffle(seed, present)
    chance.shuffle(present)

    assert shuffle(seed, present) == drawn


@given(seeds, seeds)
def test_only_the_promised_seed_keeps_the_promise(seed, other):
    assert is_committed(seed, commit(seed))
    assert is_committed(other, commit(seed)) is (other == seed)


@given(seeds, entries)
def test_who_took_part_has_one_fingerprint(seed, present):
    assert digest_entries(present) == digest_entries(shuffle(seed, present))
    assert digest_entries([*present, "x"]) != digest_entries(present)


def test_ranks_and_promise_are_what_a_shell_works_out():
    """`printf %s 00ff | sha256sum`, and the same of `00ffa1`."""
    assert commit("00ff") == "8909cde2f411a84e86e7a39c8a3916b7cda6a9d977778030b6f6a491401400bc"
    assert rank("00ff", "a1") == "f45fb7410938a3f97f08bf374c2ae3f6a7165b36e0a743ec45cf265776bd5ea7"


def test_each_is_first_about_as_often_as_another():
    """Eight people, 4,000 seeds: 500 each, and within six standard deviations (126) of it."""
    people = [f"{number:016x}" for number in range(8)]
    firsts = [shuffle(f"{seed:064x}", people)[0] for seed in range(4_000)]

    assert all(374 < firsts.count(person) < 626 for person in people)
