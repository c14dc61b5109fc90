"""Chapters of a replay: from what was pinned when, and what was recorded when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

# Pinned for less than this, a product was passed over on the way to another.
CHAPTER_MS_MIN = 2_000
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A stretch of the replay: `position_ms` is its place, `starts_at` when it was made."""

    position_ms: int
    starts_at: datetime
    duration_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """From `at` on that sku was pinned; none from then on."""

    sku_id: int | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """A sku's place in the replay, `[position_ms, ends_ms)`."""

    sku_id: int
    position_ms: int
    ends_ms: int


def find_chapters(stretches: Sequence[Recorded], pins: Sequence[Pin]) -> tuple[Chapter, ...]:
    """Lay what was pinned over what was recorded; both in the order of time.

    What was pinned before the recording began is the first chapter. A time that was not recorded
    takes no place: a chapter that began in a gap begins after it. The same sku pinned again right
    after itself is one chapter; one shorter than `CHAPTER_MS_MIN` is none.
    """
    total_ms = sum(stretch.duration_ms for stretch in stretches)
    places = [_find_place(stretches, pin.at) for pin in pins]
    chapters: list[Chapter] = []
    for pin, starts_ms, ends_ms in zip(pins, places, [*places, total_ms][1:], strict=True):
        if pin.sku_id is None or ends_ms - starts_ms < CHAPTER_MS_MIN:
            continue
        before = chapters[-1] if chapters else None
        goes_on = before is not None and (before.sku_id, before.ends_ms) == (pin.sku_id, starts_ms)
        first_ms = chapters.pop().position_ms if goes_on else starts_ms
        chapters.append(Chapter(sku_id=pin.sku_id, position_ms=first_ms, ends_ms=ends_ms))
    return tuple(chapters)


def _find_place(stretches: Sequence[Recorded], at: datetime) -> int:
    """Where an instant stands in the replay: at the next thing recorded, if it was in a gap."""
    for stretch in stretches:
        since_ms = (at - stretch.starts_at) // _MILLISECOND
        if since_ms < stretch.duration_ms:
            return stretch.position_ms + max(0, since_ms)
    return sum(stretch.duration_ms for stretch in stretches)
