"""What a check has looked at, and what it found."""

from collections import Counter, defaultdict
from enum import StrEnum

# More lines of one law than this say nothing new; they are counted.
FAULTS_KEPT_MAX = 100


class Law(StrEnum):
    """What must hold between the histories and the database."""

    UNITS = "units"
    CONFIRMED = "confirmed"
    ONCE = "once"
    LIMITS = "limits"
    REFUSALS = "refusals"


class Findings:
    """Facts looked at and faults found, by law."""

    def __init__(self) -> None:
        self.checked: Counter[Law] = Counter()
        self.fault_counts: Counter[Law] = Counter()
        self.faults: defaultdict[Law, list[str]] = defaultdict(list)
        self.notes: list[str] = []

    @property
    def is_clean(self) -> bool:
        return not self.fault_counts

    def add(self, law: Law, fault: str) -> None:
        """Note a fault in one line."""
        self.fault_counts[law] += 1
        if len(self.faults[law]) < FAULTS_KEPT_MAX:
            self.faults[law].append(fault)

    def expect(self, law: Law, expected: object, found: object, what: str) -> None:
        """Look at one fact; `what` names it where it is not as expected."""
        self.checked[law] += 1
        if expected != found:
            self.add(law, f"{what}: {found} instead of {expected}")
