"""What was confirmed is there, and every key has made one order at most."""

from dataclasses import dataclass

from chophien.domain.history.books import Books, Made
from chophien.domain.history.clocks import Clock
from chophien.domain.history.facts import Attempt, Result
from chophien.domain.history.findings import Findings, Law

# Instants in answers are rounded.
ROUNDED_US = 1_000


@dataclass(slots=True)
class _Asked:
    wish: tuple[int, int, int]
    due_minor: int
    number: str = ""
    """What the first confirmation said."""
    is_explained: bool = False
    """Whether an attempt that got no answer asked for just what there is."""
    is_mixed: bool = False
    """Whether attempts differ in what they ask for."""


class Keys:
    """All that was asked, key by key.

    Args:
        books: with all orders taken in.
        findings: where faults go.
    """

    def __init__(self, books: Books, findings: Findings) -> None:
        self.clocks: dict[str, Clock] = {}
        self.unknown_count = 0
        self._first_us: dict[str, int] = {}
        self._made = books.made
        self._findings = findings
        self._asked: dict[str, _Asked] = {}

    def take_in(self, attempt: Attempt) -> None:
        """Hold an attempt against the orders there are."""
        asked = self._asked.get(attempt.key)
        if asked is None:
            asked = _Asked(attempt.wish, attempt.due_minor)
            self._asked[attempt.key] = asked
        elif (asked.wish, asked.due_minor) != (attempt.wish, attempt.due_minor):
            asked.is_mixed = True
        first_us = self._first_us.get(attempt.clock, attempt.asked_us)
        self._first_us[attempt.clock] = min(first_us, attempt.asked_us)
        made = self._made.get(attempt.key)
        if attempt.result is Result.OK:
            self._take_confirmed(attempt, asked, made)
        elif attempt.result is Result.UNKNOWN:
            self.unknown_count += 1
            if made is not None and _is_same(made, attempt):
                asked.is_explained = True

    def is_mixed(self, key: str) -> bool:
        """Whether different things were asked with one key."""
        return self._asked[key].is_mixed

    def _take_confirmed(self, attempt: Attempt, asked: _Asked, made: Made | None) -> None:
        checked = self._findings.checked
        checked[Law.ONCE] += 1
        if asked.number and asked.number != attempt.order:
            self._findings.add(
                Law.ONCE, f"key {attempt.key} was told {asked.number} and {attempt.order}"
            )
            return
        asked.number = attempt.order
        checked[Law.CONFIRMED] += 1
        fault = "is missing" if made is None else _compare(attempt, made)
        if fault:
            self._findings.add(
                Law.CONFIRMED,
                f"order {attempt.order} of key {attempt.key}, confirmed to {attempt.client}, {fault}",
            )
        elif made is not None and attempt.is_new:
            self.clocks.setdefault(attempt.clock, Clock()).learn(attempt, made.placed_us)

    def check_orders(self, *, is_shared: bool) -> None:
        """See that every order was asked for; call it last.

        Args:
            is_shared: others without histories ordered meanwhile; what nobody here asked for may
                be theirs.
        """
        began_us = self._find_beginning()
        before = 0
        for key, made in self._made.items():
            asked = self._asked.get(key)
            if began_us is not None and made.placed_us < began_us:
                before += 1
                continue
            self._findings.checked[Law.ONCE] += 1
            if asked is None:
                if not is_shared:
                    self._findings.add(
                        Law.ONCE, f"order {made.number}: nobody asked with its key {key}"
                    )
            elif not asked.number and not asked.is_explained:
                self._findings.add(
                    Law.ONCE,
                    f"order {made.number}: every attempt of its key {key} was refused, "
                    "or asked for something else",
                )
        if before:
            self._findings.notes.append(f"{before} orders are older than the first attempt")

    def _find_beginning(self) -> int | None:
        """Before the first attempt, by the database's clock; `None` where it is not known."""
        if not self._first_us.keys() <= self.clocks.keys():
            return None
        beginnings = [
            first_us + self.clocks[clock].bounds[0] for clock, first_us in self._first_us.items()
        ]
        return min(beginnings, default=None)


def _is_same(made: Made, attempt: Attempt) -> bool:
    return made.wish == attempt.wish and made.due_minor == attempt.due_minor


def _compare(attempt: Attempt, made: Made) -> str:
    """What the database says otherwise than the answer did, in words."""
    if made.number != attempt.order:
        return f"is {made.number}"
    if made.wish != attempt.wish:
        return f"is for {made.wish} (user, sku, units) instead of {attempt.wish}"
    if made.due_minor != attempt.told_due_minor:
        return f"costs {made.due_minor} instead of {attempt.told_due_minor}"
    if attempt.is_new and made.due_minor != attempt.due_minor:
        return f"costs {made.due_minor} where the buyer saw {attempt.due_minor}"
    if attempt.held_until_us is not None and made.expires_us + ROUNDED_US < attempt.held_until_us:
        return "is held for a shorter time than was said"
    return ""
