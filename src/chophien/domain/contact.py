"""Phone numbers and names as people type them."""

import re
import unicodedata

_MOBILE = re.compile(r"0[35789]\d{8}")
_LANDLINE = re.compile(r"02\d{8,9}")
_WITH_COUNTRY_DIGITS = 11  # 84 and the nine digits after the trunk zero
_SEPARATORS = re.compile(r"[\s.\-()]")


class PhoneError(ValueError):
    """Not a Vietnamese phone number."""


def parse_phone(text: str) -> str:
    """Return the national form, ten or eleven digits: `+84 901.234.567` → `0901234567`.

    Raises:
        PhoneError: it is no Vietnamese mobile or landline number.
    """
    digits = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text))
    if digits.startswith(("+84", "0084")):
        digits = "0" + digits.removeprefix("+84").removeprefix("0084").removeprefix("0")
    elif digits.startswith("84") and len(digits) == _WITH_COUNTRY_DIGITS:
        digits = "0" + digits[2:]
    if not (_MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits)) or not digits.isascii():
        raise PhoneError("not a Vietnamese phone number")
    return digits


def fold(text: str) -> str:
    """Reduce text to what people type in a hurry: lower case, no diacritics, đ as d.

    `Mật ong Gia Lai` → `mat ong gia lai`; runs of anything but letters and digits become one
    space. Chinese characters stay as they are.
    """
    plain = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    kept = "".join(mark for mark in plain if not unicodedata.combining(mark))
    return " ".join("".join(mark if mark.isalnum() else " " for mark in kept).split())
