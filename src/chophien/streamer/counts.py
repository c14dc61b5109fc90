"""What happened in a show so far, for logs, `bench` and tests."""

from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class ShowCounts:
    """Running totals since the show began; changed by the show alone."""

    frames: int = 0
    frames_repeated: int = 0
    """Frames that were late and showed the picture before again; sound is never left out."""
    sentences: int = 0
    sentences_stale: int = 0
    sentences_cut: int = 0
    failures: dict[str, int] = field(default_factory=dict)
    """By the part that failed: mind, voice, desk, draw, write."""
    spent_s: dict[str, float] = field(default_factory=dict)
    """Processor time of the media thread by step: draw, encode, write."""

    def fail(self, part: str) -> None:
        """Count a failure."""
        self.failures[part] = self.failures.get(part, 0) + 1

    def spend(self, step: str, seconds: float) -> None:
        """Add processor time to a step."""
        self.spent_s[step] = self.spent_s.get(step, 0.0) + seconds

    def ms_per_frame(self) -> dict[str, float]:
        """Mean processor time of each step in milliseconds."""
        return {
            step: 1000 * seconds / max(1, self.frames) for step, seconds in self.spent_s.items()
        }
