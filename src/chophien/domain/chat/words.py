"""Lists of words that are refused, held for a moderator, or masked.

An entry is a word or a phrase. It is found in the same letters, and where diacritics were left
out, if it is long enough that this is no accident: two words, or five letters. So `lừa đảo` finds
`lua dao` and `LUADAO`, but `các` is not found by an entry that differs from it by a mark alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from chophien.domain.chat.folding import Word, split_words

_LOOSE_LETTERS_MIN = 5


class Action(StrEnum):
    """What happens to a message with a word of the list, the mildest first."""

    MASK = "mask"
    HOLD = "hold"
    REFUSE = "refuse"


_STRENGTH = tuple(Action)


@dataclass(frozen=True, slots=True)
class _Entry:
    exact: str
    action: Action
    is_loose: bool

    def is_in(self, found: str) -> bool:
        """Whether letters that are the same without diacritics are meant by this entry.

        Who writes some marks and leaves out others means another word: `hàng gia` is no
        `hàng giả`.
        """
        return found == self.exact or (self.is_loose and found.isascii())


@dataclass(frozen=True, slots=True)
class Found:
    """A word of the list in a text, at `[start, end)`."""

    action: Action
    start: int
    end: int


class WordList:
    """All words that count in a room, found in time that grows with the text alone."""

    def __init__(self, entries: Iterable[tuple[str, Action]] = ()) -> None:
        self._by_plain: dict[str, list[_Entry]] = {}
        self._longest = 0
        for phrase, action in entries:
            self._add(split_words(phrase), action)

    def _add(self, words: Sequence[Word], action: Action) -> None:
        if not words:
            return
        self._longest = max(self._longest, len(words))
        letters = sum(len(word.exact) for word in words)
        entry = _Entry(
            exact="".join(word.exact for word in words),
            action=action,
            is_loose=len(words) > 1 or letters >= _LOOSE_LETTERS_MIN,
        )
        # A key of several words, and one of the same letters without gaps.
        for key in {" ".join(word.plain for word in words), "".join(word.plain for word in words)}:
            self._by_plain.setdefault(key, []).append(entry)

    def find(self, words: Sequence[Word]) -> list[Found]:
        """What of the list is in a text, in its order."""
        if not self._by_plain:
            return []
        found = []
        for start in range(len(words)):
            for end in range(start + 1, min(start + self._longest, len(words)) + 1):
                hit = self._find_phrase(words[start:end])
                if hit is not None:
                    found.append(Found(hit, words[start].start, words[end - 1].end))
        return found

    def _find_phrase(self, words: Sequence[Word]) -> Action | None:
        entries = self._by_plain.get(" ".join(word.plain for word in words))
        if entries is None:
            return None
        exact = "".join(word.exact for word in words)
        hits = [entry.action for entry in entries if entry.is_in(exact)]
        return max(hits, key=_STRENGTH.index, default=None)


def find_strongest(found: Sequence[Found]) -> Action | None:
    return max((each.action for each in found), key=_STRENGTH.index, default=None)


def mask_words(text: str, found: Sequence[Found]) -> str:
    """The text with stars in the place of what was found."""
    masked = list(text)
    for each in found:
        for place in range(each.start, each.end):
            if masked[place] != " ":
                masked[place] = "*"
    return "".join(masked)
