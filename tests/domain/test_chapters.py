from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chophien.domain.chapters import Chapter, Pin, Recorded, find_chapters

AT = datetime(2026, 11, 11, 13, 0, tzinfo=UTC)
HONEY, TEA, RICE = 1, 2, 3


def after(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


def stretch(position_s: int, made_s: int, lasts_s: int) -> Recorded:
    return Recorded(
        position_ms=position_s * 1000, starts_at=after(made_s), duration_ms=lasts_s * 1000
    )


def pins(*said: tuple[int | None, float]) -> list[Pin]:
    return [Pin(sku_id=sku_id, at=after(seconds)) for sku_id, seconds in said]


def chapters(stretches, *said):
    found = find_chapters(stretches, pins(*said))
    return [(each.sku_id, each.position_ms / 1000, each.ends_ms / 1000) for each in found]


WHOLE = [stretch(0, 0, 100)]
# 40 seconds; then a minute without a line; then 60 more.
BROKEN = [stretch(0, 0, 40), stretch(40, 100, 60)]


@pytest.mark.parametrize(
    ("stretches", "said", "expected"),
    [
        pytest.param(WHOLE, [(HONEY, 0)], [(HONEY, 0, 100)], id="one all along"),
        pytest.param(
            WHOLE, [(HONEY, -600), (TEA, 30)], [(HONEY, 0, 30), (TEA, 30, 100)],
            id="pinned before the show",
        ),
        pytest.param(
            WHOLE, [(HONEY, 10), (None, 20), (TEA, 50)], [(HONEY, 10, 20), (TEA, 50, 100)],
            id="nothing for a while",
        ),
        pytest.param(
            WHOLE, [(HONEY, 10), (TEA, 11), (RICE, 12)], [(RICE, 12, 100)], id="passed over",
        ),
        pytest.param(
            WHOLE, [(HONEY, 0), (TEA, 50), (HONEY, 50.5)], [(HONEY, 0, 50), (HONEY, 50.5, 100)],
            id="left for a moment",
        ),
        pytest.param(WHOLE, [(HONEY, 0), (HONEY, 50)], [(HONEY, 0, 100)], id="the same again"),
        pytest.param(WHOLE, [(HONEY, 0), (TEA, 300)], [(HONEY, 0, 100)], id="after the end"),
        pytest.param(
            BROKEN, [(HONEY, 0), (TEA, 60)], [(HONEY, 0, 40), (TEA, 40, 100)], id="in the gap",
        ),
        pytest.param(
            BROKEN, [(HONEY, 0), (TEA, 110)], [(HONEY, 0, 50), (TEA, 50, 100)], id="behind it",
        ),
        pytest.param([], [(HONEY, 0)], [], id="nothing recorded"),
        pytest.param(WHOLE, [], [], id="nothing pinned"),
    ],
)  # fmt: skip
def test_chapters(stretches, said, expected):
    assert chapters(stretches, *said) == expected


@given(
    lengths=st.lists(st.tuples(st.integers(1, 60), st.integers(0, 60)), max_size=6),
    said=st.lists(
        st.tuples(st.sampled_from([HONEY, TEA, None]), st.integers(-100, 900)), max_size=12
    ),
)
def test_chapters_ascend_within_the_replay_and_never_overlap(lengths, said):
    stretches, position_s, made_s = [], 0, 0
    for lasts_s, gap_s in lengths:
        stretches.append(stretch(position_s, made_s, lasts_s))
        position_s += lasts_s
        made_s += lasts_s + gap_s

    found = find_chapters(stretches, pins(*sorted(said, key=lambda each: each[1])))

    edges = [edge for each in found for edge in (each.position_ms, each.ends_ms)]
    assert edges == sorted(edges)
    assert all(isinstance(each, Chapter) and each.ends_ms > each.position_ms for each in found)
    assert all(0 <= edge <= position_s * 1000 for edge in edges)
