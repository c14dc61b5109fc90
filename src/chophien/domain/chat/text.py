"""Text of strangers, made fit to be shown beside other people's.

What comes out is always shown as text. It is in Unicode's normal form C, on one line, without
what is invisible or turns the direction of writing around, and with so few marks on a letter
that no line grows into its neighbours.
"""

import re
import unicodedata
from functools import lru_cache

from chophien.domain.limits import CHAT_MARKS_MAX

_JOINER = "\u200d"
_EMOJI_STYLE = "\ufe0f"
_KEPT, _SPACE, _DROPPED, _MARK = range(4)
# Letters and signs by their class, but nothing is to be seen of them.
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufffc")
_ASCII_UNSEEN = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]+")
_LETTERS_KNOWN = 8_192


def clean_text(text: str) -> str:
    """Make text fit to be shown: one line, NFC, nothing unseen, few marks on each letter.

    >>> clean_text("  A1  hai" + chr(0x202E) + "   hộp ")
    'A1 hai hộp'
    """
    if text.isascii():
        return " ".join(_ASCII_UNSEEN.sub("", text).split())
    kept: list[str] = []
    mark_count = 0
    for sign in unicodedata.normalize("NFC", text):
        kind = _judge(sign)
        if kind == _KEPT:
            kept.append(sign)
            mark_count = 0
        elif kind == _SPACE:
            kept.append(" ")
            mark_count = CHAT_MARKS_MAX  # a mark on nothing would sit on its neighbour
        elif kind == _MARK and kept and mark_count < CHAT_MARKS_MAX:
            kept.append(sign)
            mark_count += 1
        elif sign == _JOINER and kept and _is_pictorial(kept[-1]):
            kept.append(sign)
    return " ".join("".join(kept).strip(_JOINER + _EMOJI_STYLE).split())


@lru_cache(maxsize=_LETTERS_KNOWN)
def _judge(sign: str) -> int:
    category = unicodedata.category(sign)
    if sign in _UNSEEN or "\ufe00" <= sign <= "\ufe0e":
        return _DROPPED
    if category[0] == "Z" or sign in "\t\n\r\x0b\x0c\x85":
        return _SPACE
    if category[0] == "C":
        return _DROPPED
    return _MARK if category in {"Mn", "Me"} else _KEPT


def _is_pictorial(sign: str) -> bool:
    """Whether a joiner after it may make one picture of several: an emoji, or its style."""
    return sign == _EMOJI_STYLE or unicodedata.category(sign) in {"So", "Sk"}


def count_graphemes(text: str) -> int:
    """How many signs a reader sees, nearly: an emoji of several parts, or a flag, is one.

    After `clean_text`; Hangul written in single jamo counts each.
    """
    if text.isascii():
        return len(text)
    count = 0
    is_joined = is_half_flag = False
    for sign in text:
        if sign == _JOINER:
            is_joined = True
            continue
        if _judge(sign) == _MARK or "\U0001f3fb" <= sign <= "\U0001f3ff":
            continue
        is_flag = "\U0001f1e6" <= sign <= "\U0001f1ff"
        if not is_joined and not (is_flag and is_half_flag):
            count += 1
        is_half_flag = is_flag and not is_half_flag
        is_joined = False
    return count
