"""What a face shows in one frame, and what a face renderer must do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

import skia

from chophien.domain.speech.visemes import Viseme


class Mood(StrEnum):
    CALM = "calm"
    FRIENDLY = "friendly"
    HAPPY = "happy"
    EXCITED = "excited"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """One frame of the presenter; everything else (blinks, breath, sway) follows from `at_s`."""

    at_s: float
    """Seconds of media time since the show began; the same time gives the same picture."""
    visemes: Mapping[Viseme, float] = field(default_factory=dict)
    """Weights 0..1 that sum to at most 1; the rest is `Viseme.SIL` (lips closed, at rest)."""
    loudness: float = 0.0
    """0..1, smoothed loudness of the speech: widens the mouth and lifts the brows a little."""
    mood: Mood = Mood.FRIENDLY
    pointing: float = 0.0
    """0..1: how far the hand is raised to point at the product card."""
    greeting: float = 0.0
    """0..1: how far the hand is raised in a greeting."""


class Face(Protocol):
    """A presenter that can be drawn. Implementations are pure functions of the pose."""

    def draw(self, canvas: skia.Canvas, pose: Pose) -> None:
        """Draw the presenter, over what is there, into a box 720 wide and 1280 high.

        The caller has scaled the canvas; its matrix only scales and moves.
        """
        ...
