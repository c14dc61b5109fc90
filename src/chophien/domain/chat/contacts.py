"""Phone numbers and links in what people write.

A phone number is personal data: others see it masked, however carelessly its writer gave it
away. The order-by-comment parser reads it first.
"""

import re
from dataclasses import dataclass

from chophien.domain.contact import PhoneError, parse_phone

_GAP = r"[\s.\-()]{0,2}"
_PHONE = re.compile(
    rf"(?<!\d)(?:\+{_GAP}84|0084|84|(?=0)){_GAP}0?"
    rf"(?:[35789](?:{_GAP}\d){{8}}|2(?:{_GAP}\d){{8,9}})(?!\d)"
)
_ZERO_AS_LETTER = re.compile(r"(?<=\d)[oO](?=[\doO])|(?<![^\W_])[oO](?=\d)")
_DIGITS_MIN = 9
_SHOWN_FIRST, _SHOWN_LAST = 3, 2
# Endings that are no words of ours; others count only with a path behind them.
_ENDINGS = "com|vn|net|org|info|biz|shop|xyz|site|website|online|store|asia|icu|ly"
_LINK = re.compile(
    r"https?:|hxxps?:|\bwww\s?\.|"
    rf"(?<![^\W_])[a-z0-9][a-z0-9-]*\.(?:[a-z0-9-]+\.)*(?:(?:{_ENDINGS})(?![\w-])|[a-z]{{2,10}}/)|"
    r"(?<![^\W_])[a-z0-9][a-z0-9-]*\s?(?:\.|\(dot\)|\[dot\]|\(chấm\))\s?(?:com|net|vn)(?![\w-])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Phone:
    """A number at `[start, end)` of a text, in the national form."""

    number: str
    start: int
    end: int


def find_phones(text: str) -> list[Phone]:
    """Vietnamese numbers in a text, with gaps, dots and `+84`; a letter o counts as zero.

    >>> [phone.number for phone in find_phones("A1 2 hộp, +84 901.234.567")]
    ['0901234567']
    """
    digits = _to_digits(text)
    if sum(sign.isdigit() for sign in digits) < _DIGITS_MIN:
        return []
    found = []
    for each in _PHONE.finditer(digits):
        try:
            found.append(Phone(parse_phone(each[0]), each.start(), each.end()))
        except PhoneError:
            continue
    return found


def _to_digits(text: str) -> str:
    """The text, as long as before, with digits of all scripts as ours."""
    if not text.isascii():
        text = "".join(str(int(sign)) if sign.isdecimal() else sign for sign in text)
    return _ZERO_AS_LETTER.sub("0", text)


def mask_phones(text: str, phones: list[Phone]) -> str:
    """The text with the middle of each number hidden.

    >>> mask_phones("gọi 0901234567", find_phones("gọi 0901234567"))
    'gọi 090•••••67'
    """
    masked = list(text)
    for phone in phones:
        places = [at for at in range(phone.start, phone.end) if not _is_gap(text[at])]
        for at in places[_SHOWN_FIRST:-_SHOWN_LAST]:
            masked[at] = "•"
    return "".join(masked)


def _is_gap(sign: str) -> bool:
    return sign in " .-()+"


def has_link(text: str) -> bool:
    """Whether a text names a place on the web, also written so that it is none (`abc . com`)."""
    if "." not in text and ":" not in text and "(" not in text and "[" not in text:
        return False
    return _LINK.search(text) is not None
