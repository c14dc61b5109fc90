"""Sentences with slots, and their filling."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from chophien.domain.script.beats import Slot

_SLOT = re.compile(r"\{(\w+)\}")


class UnfilledSlotError(ValueError):
    """A template names a fact that is not known; choose one whose slots are all known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledSlot:
    """The half-open `[starts_chars, ends_chars)` of a sentence that a fact was put into."""

    slot: Slot
    starts_chars: int
    ends_chars: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """Words about to be spoken, with the places that came from facts, in ascending order."""

    text: str
    filled: tuple[FilledSlot, ...]

    @property
    def slots(self) -> frozenset[Slot]:
        """The facts that stand in it."""
        return frozenset(place.slot for place in self.filled)


def slots_of(template: str) -> frozenset[Slot]:
    """Name the facts a template needs.

    Raises:
        ValueError: a name in braces is no slot.
    """
    return frozenset(Slot(name) for name in _SLOT.findall(template))


def fill(template: str, values: Mapping[Slot, str]) -> Sentence:
    """Put facts into a template.

    Raises:
        UnfilledSlotError: a slot of the template has no value.
        ValueError: a name in braces is no slot.
    """
    text = ""
    filled: list[FilledSlot] = []
    copied_to = 0
    for match in _SLOT.finditer(template):
        slot = Slot(match[1])
        value = values.get(slot)
        if not value:
            raise UnfilledSlotError(f"no value for {slot} in {template!r}")
        text += template[copied_to : match.start()]
        filled.append(
            FilledSlot(slot=slot, starts_chars=len(text), ends_chars=len(text) + len(value))
        )
        text += value
        copied_to = match.end()
    return Sentence(text=text + template[copied_to:], filled=tuple(filled))


def split_story(story: str) -> tuple[str, ...]:
    """Cut a seller's story into its sentences, each with its closing mark."""
    parts = re.split(r"(?<=[.!?…])\s+", " ".join(story.split()))
    return tuple(part for part in parts if part)
