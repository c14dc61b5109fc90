"""Words as they are compared: whatever tricks they are written with, within reason.

Small letters, look-alikes of other alphabets, digits in the place of letters (`l0i`), letters
repeated for emphasis (`ngoooon`), single letters with gaps between them (`l ừ a`).
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+(?:[@$]+[^\W_]*)*|[@$]+[^\W_]+")
_REPEATED = re.compile(r"(.)\1{2,}")
_LEET = str.maketrans("013457@$", "oieastas")
_LOOK_ALIKES = str.maketrans(
    "аеіјоорсухѕԁһӏвкмтн" + "αεικνορτυχ" + "ıɑɡ",
    "aeijoopcyxsdhlbkmth" + "aeiknoptux" + "iag",
)
_DIGIT_OR_SIGN = re.compile(r"[013457@$]")
_SPELT_LETTERS_MIN = 3
_WORDS_KNOWN = 65_536


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a text, with its place in it."""

    exact: str
    """With its diacritics."""
    plain: str
    """Without; as long as `exact`."""
    start: int
    end: int


@lru_cache(maxsize=_WORDS_KNOWN)
def fold_word(word: str) -> tuple[str, str]:
    """A word as it is compared, with its diacritics and without.

    >>> fold_word("Đ4OOOO"), fold_word("ngоn")  # the о is Cyrillic
    (('đao', 'dao'), ('ngon', 'ngon'))
    """
    exact = word.lower()
    if not exact.isascii():
        exact = unicodedata.normalize("NFKC", exact).lower().translate(_LOOK_ALIKES)
    if not exact.isdigit() and _DIGIT_OR_SIGN.search(exact):
        exact = exact.translate(_LEET)
    exact = _REPEATED.sub(r"\1", exact)
    return exact, exact if exact.isascii() else "".join(map(_strip, exact))


@lru_cache(maxsize=_WORDS_KNOWN)
def _strip(letter: str) -> str:
    """The letter without its diacritics: `ự` → `u`."""
    return "d" if letter == "đ" else unicodedata.normalize("NFD", letter)[0]


def split_words(text: str) -> list[Word]:
    """The words of a cleaned text; letters that stand alone, three or more, are one word."""
    words = [
        Word(*fold_word(found[0]), found.start(), found.end()) for found in _WORD.finditer(text)
    ]
    if sum(len(word.exact) == 1 for word in words) < _SPELT_LETTERS_MIN:
        return words
    return _join_spelt(words)


def _join_spelt(words: list[Word]) -> list[Word]:
    joined: list[Word] = []
    run: list[Word] = []
    for word in [*words, None]:
        if word is not None and len(word.exact) == 1:
            run.append(word)
            continue
        joined += [_spell(run)] if len(run) >= _SPELT_LETTERS_MIN else run
        run = []
        if word is not None:
            joined.append(word)
    return joined


def _spell(run: list[Word]) -> Word:
    exact, plain = (
        "".join(parts) for parts in zip(*((w.exact, w.plain) for w in run), strict=True)
    )
    return Word(exact, plain, run[0].start, run[-1].end)
